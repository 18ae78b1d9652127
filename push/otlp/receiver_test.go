package otlp

import (
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
)

// received is a request that got to a receiver.
type received struct {
	path, query string
	header      http.Header
	// points are the label "i" of its points, in order.
	points []string
	size   int
}

// receiver keeps what it gets.
type receiver struct {
	mu  sync.Mutex // guards all
	all []received
}

func (r *receiver) keep(got received) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, got)
	return len(r.all) - 1
}

func (r *receiver) requests() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

// pointsOf returns the label "i" of all points of a request.
func pointsOf(request *collector.ExportMetricsServiceRequest) []string {
	var points []string
	for _, r := range request.GetResourceMetrics() {
		for _, s := range r.GetScopeMetrics() {
			for _, m := range s.GetMetrics() {
				for _, p := range append(m.GetGauge().GetDataPoints(), m.GetSum().GetDataPoints()...) {
					points = append(points, p.GetAttributes()[0].GetValue().GetStringValue())
				}
			}
		}
	}
	return points
}

// httpAnswer answers a request that was read; n counts them from zero.
type httpAnswer func(w http.ResponseWriter, r *http.Request, n int, got received)

// httpReceiver starts a receiver over HTTP.
func httpReceiver(t testing.TB, answer httpAnswer) (*receiver, Config) {
	t.Helper()
	kept := &receiver{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := readHTTP(r)
		if err != nil {
			t.Errorf("cannot read the request: %v", err)
		}
		answer(w, r, kept.keep(got), got)
	}))
	t.Cleanup(server.Close)
	c, err := ParseEndpoint(server.URL, "")
	require.NoError(t, err)
	return kept, c
}

func readHTTP(r *http.Request) (received, error) {
	counted := &counter{Reader: r.Body}
	var body io.Reader = counted
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(counted)
		if err != nil {
			return received{}, err
		}
		body = z
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return received{}, err
	}
	request := new(collector.ExportMetricsServiceRequest)
	err = proto.Unmarshal(data, request)
	return received{path: r.URL.Path, query: r.URL.RawQuery, header: r.Header, points: pointsOf(request), size: counted.n}, err
}

// counter counts what is read.
type counter struct {
	io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

// accept answers with success, and with the points rejected of it.
func accept(w http.ResponseWriter, rejected int64) {
	answer := new(collector.ExportMetricsServiceResponse)
	if rejected != 0 {
		answer.PartialSuccess = &collector.ExportMetricsPartialSuccess{RejectedDataPoints: rejected, ErrorMessage: "secret detail"}
	}
	data, err := proto.Marshal(answer)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(data)
}

// grpcAnswer answers a call; n counts them from zero.
type grpcAnswer func(ctx context.Context, n int, got received) (*collector.ExportMetricsServiceResponse, error)

type metricsService struct {
	collector.UnimplementedMetricsServiceServer
	kept   *receiver
	answer grpcAnswer
}

func (s *metricsService) Export(ctx context.Context, r *collector.ExportMetricsServiceRequest) (*collector.ExportMetricsServiceResponse, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	header := make(http.Header)
	for name, values := range md {
		header[http.CanonicalHeaderKey(name)] = values
	}
	got := received{header: header, points: pointsOf(r)}
	return s.answer(ctx, s.kept.keep(got), got)
}

// grpcReceiver starts a receiver over gRPC. It knows gzip only if told so, and
// then it answers with it, too.
func grpcReceiver(t testing.TB, answer grpcAnswer, options ...grpc.ServerOption) (*receiver, Config) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	kept := &receiver{}
	server := grpc.NewServer(options...)
	collector.RegisterMetricsServiceServer(server, &metricsService{kept: kept, answer: answer})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return kept, Config{Protocol: GRPC, Endpoint: &url.URL{Scheme: "http", Host: listener.Addr().String()}}
}

// gzipped are the options of a server that speaks gzip without the registry,
// which the whole process shares.
func gzipped() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.RPCDecompressor(grpc.NewGZIPDecompressor()), //nolint:staticcheck // see above
		grpc.RPCCompressor(grpc.NewGZIPCompressor()),     //nolint:staticcheck // see above
	}
}

// newSender returns a sender that is closed with its test.
func newSender(t testing.TB, c Config) *Sender {
	t.Helper()
	s, err := New(c, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// names returns the points' names as one word.
func names(points []string) string { return strings.Join(points, "") }
