package otlp

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/mem"

	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
	"github.com/adx-mon/adxexporter/push"
)

// TestLentMemoryIsNotReused: deliveries that run at the same time, some of them
// answered before they are read, share encoders and buffers, and every request
// that is read has its own points and no others.
func TestLentMemoryIsNotReused(t *testing.T) {
	for name, uncompressed := range map[string]bool{"Gzip": false, "Uncompressed": true} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if len(r.Header.Get("X-Idempotency-Key"))%2 == 0 {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				got, err := readHTTP(r)
				if err == nil {
					err = sameLetters(got.points)
				}
				if err != nil {
					t.Errorf("cannot read the request: %v", err)
				}
				accept(w, 0)
			}))
			defer server.Close()
			c, err := ParseEndpoint(server.URL, "")
			require.NoError(t, err)
			c.Uncompressed = uncompressed
			s := newSender(t, c)
			var senders sync.WaitGroup
			for i := range 8 {
				d := letters(t, "a")
				d.Source.Name += fmt.Sprintf("%0*d", i, 0) // even and odd keys
				d.Batch = batchtest.New(t, batchtest.Options{}, letterSamples(rune('a'+i), 200*i+1)...)
				senders.Go(func() {
					for range 8 {
						var failed *push.Error
						if err := s.Send(t.Context(), d); err != nil && !errors.As(err, &failed) {
							t.Errorf("cannot send: %v", err)
						}
					}
				})
			}
			senders.Wait()
		})
	}
}

func letterSamples(letter rune, n int) []batchtest.Sample {
	samples := make([]batchtest.Sample, n)
	for i := range samples {
		samples[i] = batchtest.Sample{Name: "m", Labels: map[string]string{"i": string(letter), "n": fmt.Sprint(i)}, Time: windowEnd}
	}
	return samples
}

func sameLetters(points []string) error {
	for i, point := range points {
		if point != points[0] {
			return fmt.Errorf("point %d is %q, not %q", i, point, points[0])
		}
	}
	return nil
}

// lateReader answers at once and keeps the body, as a client may.
type lateReader struct {
	body io.ReadCloser
}

func (l *lateReader) RoundTrip(r *http.Request) (*http.Response, error) {
	l.body = r.Body
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Body: http.NoBody, Request: r}, nil
}

// TestLendingEnds: whoever goes on reading after the answer gets none of the next
// request's bytes.
func TestLendingEnds(t *testing.T) {
	c, err := ParseEndpoint("http://host", "http")
	require.NoError(t, err)
	s := newSender(t, c)
	late := &lateReader{}
	s.exchange.(*httpExchange).client.Transport = late
	require.Error(t, s.Send(t.Context(), letters(t, "abc")))
	_, err = io.ReadAll(late.body)
	require.ErrorIs(t, err, errRevoked)

	for _, uncompressed := range []bool{false, true} {
		c := Config{Protocol: GRPC, Endpoint: c.Endpoint, Uncompressed: uncompressed}
		x, err := newGRPCExchange(c, nil)
		require.NoError(t, err)
		data := request("abc")
		lent, err := x.codec.Marshal(data)
		require.NoError(t, err)
		data[0] = 'x'
		kept := map[bool]string{false: "xbc", true: "abc"}[uncompressed]
		require.Equal(t, kept, string(lent.Materialize()), "gRPC compresses before it returns, or has a copy")
		require.NoError(t, x.close())
	}
}

func TestPayload(t *testing.T) {
	p := newPayload([]byte("abc"))
	first, second := p.reader(), p.reader()
	data, err := io.ReadAll(first)
	require.NoError(t, err)
	require.Equal(t, "abc", string(data))
	one := make([]byte, 1)
	_, err = second.Read(one)
	require.NoError(t, err)
	p.revoke()
	_, err = second.Read(one)
	require.ErrorIs(t, err, errRevoked)
	_, err = first.Read(one)
	require.ErrorIs(t, err, io.EOF, "who has read all needs nothing more")
	require.NoError(t, first.Close())
}

func TestCodec(t *testing.T) {
	_, err := codec{}.Marshal("text")
	require.Error(t, err)
	require.Error(t, codec{}.Unmarshal(nil, "text"))
	answer := &collector.ExportMetricsServiceResponse{PartialSuccess: &collector.ExportMetricsPartialSuccess{RejectedDataPoints: 1}}
	require.NoError(t, codec{}.Unmarshal(mem.BufferSlice{mem.SliceBuffer{0xff}}, answer), "the points were taken")
	require.Zero(t, answer.GetPartialSuccess().GetRejectedDataPoints())
}

// TestTLSEndpoints: HTTP/2 and gRPC over TLS with an authority of the user's.
func TestTLSEndpoints(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("HTTP/%d, want 2", r.ProtoMajor)
		}
		accept(w, 0)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(block), 0o600))

	overHTTP, err := ParseEndpoint(server.URL, "http")
	require.NoError(t, err)
	kept, overGRPC := grpcReceiver(t, func(context.Context, int, received) (*collector.ExportMetricsServiceResponse, error) {
		return new(collector.ExportMetricsServiceResponse), nil
	}, append(gzipped(), grpc.Creds(credentials.NewServerTLSFromCert(&server.TLS.Certificates[0])))...)
	overGRPC.Endpoint.Scheme = "https"
	for name, c := range map[string]Config{"HTTP": overHTTP, "GRPC": overGRPC} {
		t.Run(name, func(t *testing.T) {
			requireFailed(t, &push.Error{Kind: push.Retryable, Message: "The receiver's certificate is not trusted."},
				newSender(t, c).Check(t.Context()), "before it is told of the authority")
			c.TLS.CAFile = ca
			require.NoError(t, newSender(t, c).Send(t.Context(), letters(t, "abc")))
		})
	}
	require.Len(t, kept.requests(), 1)
}
