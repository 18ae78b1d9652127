package otlp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/adx-mon/adxexporter/push"
)

// grpcExchange calls the MetricsService.
type grpcExchange struct {
	config  Config
	tls     *tls.Config // nil without TLS
	conn    *grpc.ClientConn
	headers metadata.MD
	codec   codec
	meter   *push.Meter
}

func newGRPCExchange(c Config, meter *push.Meter) (*grpcExchange, error) {
	x := &grpcExchange{
		config: c, headers: metadata.New(c.Headers), codec: codec{copies: c.Uncompressed}, meter: meter,
	}
	transport := insecure.NewCredentials()
	if c.Endpoint.Scheme == "https" {
		var err error
		if x.tls, err = c.TLS.Config(); err != nil {
			return nil, err
		}
		transport = credentials.NewTLS(x.tls)
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithUserAgent(c.userAgent()),
		grpc.WithStatsHandler(wireSizes{}),
		grpc.WithConnectParams(reconnect),
		grpc.WithKeepaliveParams(keepAlive),
	}
	if !c.Uncompressed {
		options = append(options, compressed()...)
	}
	var err error
	x.conn, err = grpc.NewClient("dns:///"+hostPort(c), options...)
	return x, err
}

// reconnect is faster than gRPC's own: the breaker already decides how often a
// dead endpoint is tried, and its probe must not meet gRPC's own pause.
var reconnect = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second},
	MinConnectTimeout: 5 * time.Second,
}

// keepAlive finds a connection to a host that vanished. Servers allow a ping
// every five minutes unless told otherwise; data that is not acknowledged within
// the timeout ends the connection sooner, where the system can do that.
var keepAlive = keepalive.ClientParameters{Time: 5 * time.Minute, Timeout: 20 * time.Second}

// hostPort returns the address to dial, with the port that the scheme implies.
func hostPort(c Config) string {
	port := c.Endpoint.Port()
	switch {
	case port != "":
	case c.Endpoint.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(c.Endpoint.Hostname(), port)
}

func (x *grpcExchange) close() error { return x.conn.Close() }

// diagnose connects again by other means if the receiver is not available: gRPC
// tells why only in prose.
func (x *grpcExchange) diagnose(ctx context.Context, err error) error {
	if status.Code(errors.Unwrap(err)) != codes.Unavailable {
		return err
	}
	var dialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = new(net.Dialer)
	if x.tls != nil {
		dialer = &tls.Dialer{Config: x.tls}
	}
	conn, cause := dialer.DialContext(ctx, "tcp", hostPort(x.config))
	if cause != nil {
		return push.NetworkError(cause)
	}
	_ = conn.Close()
	return err
}

func (x *grpcExchange) export(ctx context.Context, data []byte, key string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, x.config.Timeout)
	defer cancel()
	ctx, err := x.outgoing(ctx, key)
	if err != nil {
		return 0, err
	}
	ctx, size := withWireSize(ctx)
	answer := new(collector.ExportMetricsServiceResponse)
	err = x.conn.Invoke(ctx, collector.MetricsService_Export_FullMethodName, request(data), answer,
		grpc.ForceCodecV2(x.codec))
	x.meter.Request(status.Code(err).String(), *size)
	if err != nil {
		return 0, judgeGRPC(err)
	}
	return answer.GetPartialSuccess().GetRejectedDataPoints(), nil
}

// outgoing returns a context with the metadata of a request.
func (x *grpcExchange) outgoing(ctx context.Context, key string) (context.Context, error) {
	authorization, err := x.config.authorization()
	if err != nil {
		return nil, err
	}
	md := x.headers.Copy()
	md.Set(strings.ToLower(push.KeyHeader), key)
	if authorization != "" {
		md.Set("authorization", authorization)
	}
	return metadata.NewOutgoingContext(ctx, md), nil
}

// judgeGRPC returns what an error means by the OTLP specification.
func judgeGRPC(err error) *push.Error {
	s := status.Convert(err)
	wait, asked := retryInfo(s)
	if !asked && isTooLarge(s) {
		return push.Fail(push.Permanent, fmt.Sprintf("The receiver finds a point too large (gRPC %s).", s.Code()), errTooLarge)
	}
	kind, cause := kindOf(s.Code(), asked), err
	if s.Code() == codes.InvalidArgument {
		cause = errContent
	}
	e := push.Fail(kind, grpcMessage(s.Code()), cause)
	if kind == push.Retryable {
		e.RetryAfter = wait
	}
	return e
}

// tooLarge are the words, in lower case, in which servers say that a request is
// larger than they take: those in Go and C, in Java, and in Rust. They have no code
// of their own for it.
var tooLarge = []string{"larger than max", "exceeds maximum size", "message length too large"}

// isTooLarge reports whether a smaller request might have been taken.
func isTooLarge(s *status.Status) bool {
	if s.Code() != codes.ResourceExhausted && s.Code() != codes.OutOfRange {
		return false
	}
	text := strings.ToLower(s.Message())
	return slices.ContainsFunc(tooLarge, func(words string) bool { return strings.Contains(text, words) })
}

// kindOf is the specification's table, but for what is final there: only a refusal
// of the content is the content's fault. An exhausted resource is not to be asked
// again at once unless the receiver says when; but it is the receiver's, so the
// window waits in the backlog.
func kindOf(code codes.Code, asked bool) push.Kind {
	switch code {
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss:
		return push.Retryable
	case codes.ResourceExhausted:
		if asked {
			return push.Retryable
		}
	case codes.InvalidArgument:
		return push.Permanent
	default:
	}
	return push.Unusable
}

// retryInfo returns the wait that the receiver asks for.
func retryInfo(s *status.Status) (wait time.Duration, asked bool) {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return push.BoundWait(info.GetRetryDelay().AsDuration()), true
		}
	}
	return 0, false
}

func grpcMessage(code codes.Code) string {
	message := "The receiver refuses the request"
	switch code {
	case codes.Unavailable:
		message = "The receiver is not available"
	case codes.DeadlineExceeded:
		message = "The receiver did not answer in time"
	case codes.Canceled:
		message = "The request was stopped"
	case codes.ResourceExhausted:
		message = "The receiver has no room for the request"
	case codes.InvalidArgument:
		message = "The receiver refuses the content"
	case codes.Unauthenticated, codes.PermissionDenied:
		message = "The receiver does not accept the credentials"
	case codes.Unimplemented:
		message = "There is no OTLP receiver at the endpoint, or it does not take gzip"
	default:
	}
	return fmt.Sprintf("%s (gRPC %s).", message, code)
}

// request is an encoded request.
type request []byte

// codec passes encoded requests through. It has the name of gRPC's own codec,
// since what is on the wire is the same.
type codec struct {
	// copies is set when gRPC would keep the request itself, and not a compressed
	// copy: it may be sending on when the call has returned.
	copies bool
}

// Marshal returns an encoded request as it is.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	data, ok := v.(request)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", v)
	}
	if c.copies {
		return mem.BufferSlice{mem.Copy(data, mem.DefaultBufferPool())}, nil
	}
	return mem.BufferSlice{mem.SliceBuffer(data)}, nil
}

// Unmarshal reads an answer. A receiver that took the points must not get them
// again for an answer that cannot be read, so that is no error.
func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	answer, ok := v.(*collector.ExportMetricsServiceResponse)
	if !ok {
		return fmt.Errorf("cannot receive a %T", v)
	}
	if err := proto.Unmarshal(data.Materialize(), answer); err != nil {
		answer.Reset()
	}
	return nil
}

// Name returns the codec's name in the content type.
func (codec) Name() string { return "proto" }

// compressed lets a connection compress with our own gzip. gRPC's other way, a
// registry for the whole process, would replace the compressor of every other
// connection, too, and has to be written to from an init function.
func compressed() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithCompressor(&grpcPacker{}),                //nolint:staticcheck // see above
		grpc.WithDecompressor(grpc.NewGZIPDecompressor()), //nolint:staticcheck // see above; it bounds what it makes
	}
}

// grpcPacker is a packer as gRPC knows it.
type grpcPacker struct {
	packer packer
}

// Do compresses p into w.
func (g *grpcPacker) Do(w io.Writer, p []byte) error { return g.packer.packTo(w, p) }

// Type returns the encoding's name on the wire.
func (*grpcPacker) Type() string { return "gzip" }

// wireSizes notes how many bytes of a call went out.
type wireSizes struct{}

type wireSizeKey struct{}

// withWireSize returns a context with the place that the size of its call goes to.
func withWireSize(ctx context.Context) (context.Context, *int) {
	size := new(int)
	return context.WithValue(ctx, wireSizeKey{}, size), size
}

// HandleRPC notes the size of a request that goes out.
func (wireSizes) HandleRPC(ctx context.Context, s stats.RPCStats) {
	out, isOut := s.(*stats.OutPayload)
	if size, found := ctx.Value(wireSizeKey{}).(*int); isOut && found {
		*size += out.CompressedLength
	}
}

// TagRPC does nothing.
func (wireSizes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// TagConn does nothing.
func (wireSizes) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn does nothing.
func (wireSizes) HandleConn(context.Context, stats.ConnStats) {}
