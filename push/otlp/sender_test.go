package otlp

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
	"github.com/adx-mon/adxexporter/push"
)

// letters is a delivery with a point for each letter, as its label "i".
func letters(t testing.TB, points string) metric.Delivery {
	samples := make([]batchtest.Sample, 0, len(points))
	for _, letter := range points {
		samples = append(samples, batchtest.Sample{Name: "m", Labels: map[string]string{"i": string(letter)}, Value: 1, Time: windowEnd})
	}
	return metric.Delivery{
		Source: metric.Source{NamespacedName: types.NamespacedName{Namespace: "ns", Name: "ex"}, UID: "uid"},
		Start:  windowEnd.Add(-time.Minute), End: windowEnd,
		Batch: batchtest.New(t, batchtest.Options{}, samples...),
	}
}

const letterKey = "ns/ex/uid/2022-01-01T00:04:00Z-2022-01-01T00:05:00Z/"

// requireFailed checks what a delivery came to; want nil is success.
func requireFailed(t *testing.T, want *push.Error, err error, reason string) {
	t.Helper()
	if want == nil {
		require.NoError(t, err, reason)
		return
	}
	var got *push.Error
	require.ErrorAs(t, err, &got, reason)
	summary := *got
	summary.Err = nil
	require.Equal(t, *want, summary, reason)
	require.NotContains(t, got.Message, "secret")
}

func TestHTTPAnswers(t *testing.T) {
	const retryable, permanent, unusable = push.Retryable, push.Permanent, push.Unusable
	fail := func(kind push.Kind, message string) *push.Error { return &push.Error{Kind: kind, Message: message} }
	answer := func(status int, header ...string) httpAnswer {
		return func(w http.ResponseWriter, _ *http.Request, _ int, _ received) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte("secret detail"))
		}
	}
	cases := map[string]struct {
		reason string
		answer httpAnswer
		want   *push.Error
	}{
		"OK":       {"success", func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { accept(w, 0) }, nil},
		"Accepted": {"any 2xx is success, whatever its body", answer(202), nil},
		"BadBody":  {"the points were taken", answer(200, "Content-Type", contentType), nil},
		"CutBody": {"the points were taken", func(w http.ResponseWriter, _ *http.Request, _ int, _ received) {
			w.Header().Set("Content-Length", "100")
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write([]byte("x"))
		}, nil},
		"HugeBody": {"more than 4 MiB are not read", func(w http.ResponseWriter, _ *http.Request, _ int, _ received) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write(make([]byte, 8<<20))
		}, nil},
		"HugeRefusal": {"nor of a refusal", func(w http.ResponseWriter, _ *http.Request, _ int, _ received) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write(make([]byte, 8<<20))
		}, fail(retryable, "The receiver is not available (HTTP 503).")},
		"Partial": {
			"never sent again", func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { accept(w, 1) },
			&push.Error{Kind: push.Partial, Rejected: 1, Message: "The receiver rejects some of the points."},
		},
		"PartialAll": {
			"a part that is the whole", func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { accept(w, 7) },
			&push.Error{Kind: permanent, Rejected: 3, Message: "The receiver rejects all points."},
		},
		"PartialNegative": {"a number that makes no sense", func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { accept(w, -7) }, nil},
		"429":             {"honoured", answer(429, "Retry-After", "30"), &push.Error{Kind: retryable, RetryAfter: 30 * time.Second, Message: "The receiver asks to send less (HTTP 429)."}},
		"502":             {"passes", answer(502), fail(retryable, "The receiver is not available (HTTP 502).")},
		"503":             {"passes, and when", answer(503, "Retry-After", "3"), &push.Error{Kind: retryable, RetryAfter: 3 * time.Second, Message: "The receiver is not available (HTTP 503)."}},
		"504":             {"passes", answer(504), fail(retryable, "The receiver is not available (HTTP 504).")},
		"500":             {"not to be sent again at once, whatever its Retry-After; but not the points' fault", answer(500, "Retry-After", "3"), fail(unusable, "The receiver refuses the request (HTTP 500).")},
		"401":             {"not the points' fault: the window waits", answer(401), fail(unusable, "The receiver does not accept the credentials (HTTP 401).")},
		"404":             {"not the points' fault: the window waits", answer(404), fail(unusable, "There is no OTLP receiver at the endpoint's URL (HTTP 404).")},
		"415":             {"not the points' fault: the window waits", answer(415), fail(unusable, "The receiver does not take protobuf, or not with gzip (HTTP 415).")},
		"Redirect": {
			"not followed: the credentials are not for others", answer(307, "Location", "http://127.0.0.1:1/"),
			fail(unusable, "The endpoint redirects: use the URL it redirects to (HTTP 307)."),
		},
		"400": {
			"each point is tried alone", answer(400),
			&push.Error{Kind: permanent, Rejected: 3, Message: "The receiver rejects all points: The receiver refuses the content (HTTP 400)."},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, c := httpReceiver(t, tc.answer)
			err := newSender(t, c).Send(t.Context(), letters(t, "abc"))
			requireFailed(t, tc.want, err, tc.reason)
			if name != "400" {
				require.Len(t, kept.requests(), 1, "an answer is not asked for twice")
			}
		})
	}
}

func TestHTTPRequest(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("first\n"), 0o600))
	kept, c := httpReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { accept(w, 0) })
	c.Headers = map[string]string{"X-Scope-OrgID": "tenant"}
	c.BearerTokenFile, c.Version, c.MaxPoints = token, "1.2.3", 2
	c.Endpoint.RawQuery = "database=m"
	registry := prometheus.NewRegistry()
	metrics := push.NewMetrics(registry)
	s, err := New(c, metrics.Meter("OTLP", c.Name()))
	require.NoError(t, err)
	defer s.Close() //nolint:errcheck // it cannot fail over HTTP

	require.NoError(t, s.Send(t.Context(), letters(t, "abc")))
	require.NoError(t, os.WriteFile(token, []byte("second"), 0o600))
	require.NoError(t, s.Send(t.Context(), letters(t, "d")))
	require.NoError(t, os.Remove(token))
	requireFailed(t, &push.Error{Kind: push.Retryable, Message: "The bearer token cannot be read."}, s.Send(t.Context(), letters(t, "e")), "")

	got := kept.requests()
	require.Len(t, got, 3)
	for i, want := range []struct{ points, key, token string }{
		{"ab", letterKey + "0", "first"}, {"c", letterKey + "1", "first"}, {"d", letterKey + "0", "second"},
	} {
		require.Equal(t, "/v1/metrics", got[i].path)
		require.Equal(t, "database=m", got[i].query)
		require.Equal(t, want.points, names(got[i].points))
		require.Equal(t, want.key, got[i].header.Get("X-Idempotency-Key"))
		require.Equal(t, "Bearer "+want.token, got[i].header.Get("Authorization"))
		require.Equal(t, "tenant", got[i].header.Get("X-Scope-Orgid"))
		require.Equal(t, "application/x-protobuf", got[i].header.Get("Content-Type"))
		require.Equal(t, "gzip", got[i].header.Get("Content-Encoding"))
		require.Equal(t, "adxexporter/1.2.3", got[i].header.Get("User-Agent"))
	}
	sent := got[0].size + got[1].size + got[2].size
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(fmt.Sprintf(`
# HELP adxexporter_push_bytes_total Bytes of the requests sent, as they were on the wire.
# TYPE adxexporter_push_bytes_total counter
adxexporter_push_bytes_total{endpoint=%[1]q,sink="OTLP"} %[2]d
# HELP adxexporter_push_requests_total Requests sent, by the receiver's answer: an HTTP status, a gRPC code, or error if there was none.
# TYPE adxexporter_push_requests_total counter
adxexporter_push_requests_total{code="200",endpoint=%[1]q,sink="OTLP"} 3
`, c.Name(), sent)), "adxexporter_push_bytes_total", "adxexporter_push_requests_total"))
}

// TestAnswersAreBounded: a receiver that never stops talking is left talking.
func TestAnswersAreBounded(t *testing.T) {
	for code, limit := range map[int]int{http.StatusOK: maxAnswer, http.StatusServiceUnavailable: 4 << 10} {
		body := &counter{Reader: io.LimitReader(zeros{}, 64<<20)}
		_, _ = judgeHTTP(&http.Response{
			StatusCode: code, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(body),
		}, windowEnd)
		require.InDelta(t, limit, body.n, 64<<10, "HTTP %d", code)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestHTTPConnections: a connection that breaks is made again, with the same
// bytes and key, a few times; time that runs out is not.
func TestHTTPConnections(t *testing.T) {
	hijack := func(w http.ResponseWriter) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
			_ = conn.Close()
		}
	}
	t.Run("ResetTwice", func(t *testing.T) {
		kept, c := httpReceiver(t, func(w http.ResponseWriter, _ *http.Request, n int, _ received) {
			if n < 2 {
				hijack(w)
				return
			}
			accept(w, 0)
		})
		require.NoError(t, newSender(t, c).Send(t.Context(), letters(t, "abc")))
		got := kept.requests()
		require.Len(t, got, 3)
		for _, r := range got {
			require.Equal(t, letterKey+"0", r.header.Get(push.KeyHeader))
			require.Equal(t, "abc", names(r.points))
		}
	})
	t.Run("ResetAlways", func(t *testing.T) {
		kept, c := httpReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { hijack(w) })
		requireFailed(t, &push.Error{Kind: push.Retryable, Message: "The connection to the receiver broke."},
			newSender(t, c).Send(t.Context(), letters(t, "abc")), "")
		require.Len(t, kept.requests(), 3)
	})
	t.Run("Timeout", func(t *testing.T) {
		kept, c := httpReceiver(t, func(_ http.ResponseWriter, r *http.Request, _ int, _ received) { <-r.Context().Done() })
		c.Timeout = 50 * time.Millisecond
		requireFailed(t, &push.Error{Kind: push.Retryable, Message: "The receiver did not answer in time."},
			newSender(t, c).Send(t.Context(), letters(t, "abc")), "")
		require.Len(t, kept.requests(), 1)
	})
	t.Run("SlowBody", func(t *testing.T) {
		_, c := httpReceiver(t, func(w http.ResponseWriter, r *http.Request, _ int, _ received) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		c.Timeout = 50 * time.Millisecond
		require.NoError(t, newSender(t, c).Send(t.Context(), letters(t, "abc")), "the status came: the points were taken")
	})
	t.Run("Stopped", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, c := httpReceiver(t, func(_ http.ResponseWriter, r *http.Request, _ int, _ received) {
			cancel()
			<-r.Context().Done()
		})
		err := newSender(t, c).Send(ctx, letters(t, "abc"))
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("EarlyAnswer", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		answered := make(chan struct{})
		go func() { // ends with the listener, and is waited for
			defer close(answered)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = conn.Write([]byte("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"))
				_, _ = conn.Read(make([]byte, 1))
				_ = conn.Close()
			}
		}()
		c, err := ParseEndpoint("http://"+listener.Addr().String(), "http")
		require.NoError(t, err)
		c.Uncompressed = true
		d := letters(t, "a")
		d.Batch = batchtest.New(t, batchtest.Options{}, letterSamples('a', 10_000)...) // more than a socket takes at once
		err = newSender(t, c).Send(t.Context(), d)
		var got *push.Error
		require.ErrorAs(t, err, &got, "an answer, or a write that failed before it was read")
		require.Equal(t, push.Retryable, got.Kind)
		require.NoError(t, listener.Close())
		<-answered
	})
}

// refusing answers 400 to every request with one of the bad points.
func refusing(bad string) httpAnswer {
	return func(w http.ResponseWriter, _ *http.Request, _ int, got received) {
		if strings.ContainsAny(names(got.points), bad) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		accept(w, 0)
	}
}

func TestBadPointsTakeNoOthersAlong(t *testing.T) {
	const refusal = "The receiver rejects some of the points: The receiver refuses the content (HTTP 400)."
	cases := map[string]struct {
		reason      string
		points, bad string
		max         int
		taken       string
		want        *push.Error
	}{
		"None":     {"no refusal, no more requests", "abcdefgh", "x", 100, "abcdefgh", nil},
		"One":      {"the good ones of its request arrive in order", "abcdefgh", "d", 100, "abcefgh", &push.Error{Kind: push.Partial, Rejected: 1, Message: refusal}},
		"Requests": {"other requests are not concerned", "abcdefgh", "c", 3, "abdefgh", &push.Error{Kind: push.Partial, Rejected: 1, Message: refusal}},
		"Many":     {"each is found", "abcdefgh", "adh", 100, "bcefg", &push.Error{Kind: push.Partial, Rejected: 3, Message: refusal}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var taken strings.Builder
			refuse := refusing(tc.bad)
			kept, c := httpReceiver(t, func(w http.ResponseWriter, r *http.Request, n int, got received) {
				if !strings.ContainsAny(names(got.points), tc.bad) {
					taken.WriteString(names(got.points))
				}
				refuse(w, r, n, got)
			})
			c.MaxPoints = tc.max
			requireFailed(t, tc.want, newSender(t, c).Send(t.Context(), letters(t, tc.points)), tc.reason)
			require.Equal(t, tc.taken, taken.String(), tc.reason)
			requireDistinctKeys(t, kept.requests())
		})
	}
}

// requireDistinctKeys checks that requests with different points have different
// keys, so that a receiver may trust them.
func requireDistinctKeys(t *testing.T, all []received) {
	t.Helper()
	points := make(map[string]string)
	for _, r := range all {
		key := r.header.Get(push.KeyHeader)
		require.NotContains(t, points, key)
		points[key] = names(r.points)
	}
}

// numbered is a delivery of n points with their number as the label "i".
func numbered(t testing.TB, n int) metric.Delivery {
	return withHugePoint(t, n, 0)
}

// evenly returns n numbers of points from from to to, in the middle of equal parts.
func evenly(n, from, to int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%05d", from+(2*i+1)*(to-from)/(2*n)))
	}
	return all
}

// pickyReceiver refuses requests with bad points, and keeps all others' points in
// taken.
func pickyReceiver(t testing.TB, bad []string) (kept *receiver, c Config, taken map[string]int) {
	isBad := make(map[string]bool)
	for _, point := range bad {
		isBad[point] = true
	}
	taken = make(map[string]int)
	kept, c = httpReceiver(t, func(w http.ResponseWriter, _ *http.Request, _ int, got received) {
		if slices.ContainsFunc(got.points, func(p string) bool { return isBad[p] }) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for _, p := range got.points {
			taken[p]++
		}
		accept(w, 0)
	})
	return kept, c, taken
}

// TestOnlyBadPointsAreLost: of large deliveries, the receiver gets all good points
// once, in a bounded number of requests.
func TestOnlyBadPointsAreLost(t *testing.T) {
	tenAndFour := evenly(10, 0, 10_000)
	for request := 1; request < 5; request++ {
		tenAndFour = append(tenAndFour, evenly(1, request*10_000, (request+1)*10_000)...)
	}
	cases := map[string]struct {
		points   int
		bad      []string
		requests int // at most
	}{
		"One":       {10_000, []string{"07777"}, 1 + 28},
		"Ten":       {10_000, evenly(10, 0, 10_000), 1 + 230},
		"Hundred":   {10_000, evenly(100, 0, 10_000), 1 + 1600},
		"Run":       {10_000, evenly(100, 0, 100), 1 + 220},
		"FiveTimes": {50_000, tenAndFour, 5 + 230 + 4*28},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			kept, c, taken := pickyReceiver(t, tc.bad)
			var got *push.Error
			require.ErrorAs(t, newSender(t, c).Send(t.Context(), numbered(t, tc.points)), &got)
			require.Equal(t, push.Partial, got.Kind)
			require.Equal(t, len(tc.bad), int(got.Rejected))
			require.Len(t, taken, tc.points-len(tc.bad))
			for point, n := range taken {
				require.Equal(t, 1, n, point)
			}
			require.LessOrEqual(t, len(kept.requests()), tc.requests)
		})
	}
}

// TestNoGoodPointIsBlamed: when the search for bad points ends before all are
// found, the window is not settled as taken but for those: the good ones among
// them can be had again from its dead letter.
func TestNoGoodPointIsBlamed(t *testing.T) {
	const message = "Too many points are refused to try each of them alone, so good ones may be among them: The receiver refuses the content (HTTP 400)."
	cases := map[string]struct {
		reason   string
		bad      []string
		requests int // at most
	}{
		"All":   {"who refuses everything is not asked for each point", evenly(10_000, 0, 10_000), 1 + maxExtraRequests},
		"Third": {"nor who refuses every third", evenly(3_333, 0, 10_000), 1 + maxExtraRequests + 10_000/pointsPerRequest},
		"Run":   {"what is behind a long run of bad ones arrives", evenly(1_000, 0, 1_000), 1 + maxExtraRequests + 10_000/pointsPerRequest},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			kept, c, taken := pickyReceiver(t, tc.bad)
			err := newSender(t, c).Send(t.Context(), numbered(t, 10_000))
			requireFailed(t, &push.Error{Kind: push.Permanent, Rejected: int64(10_000 - len(taken)), Message: message}, err, tc.reason)
			require.GreaterOrEqual(t, len(taken)+len(tc.bad), map[string]int{"Run": 9_000}[name], tc.reason)
			require.LessOrEqual(t, len(kept.requests()), tc.requests, tc.reason)
		})
	}
}

// TestSearchesOfOneRequestLeaveTheNextIts: what is spent on a request that is bad
// altogether does not lack where a later one has a single bad point.
func TestSearchesOfOneRequestLeaveTheNextIts(t *testing.T) {
	bad := append(evenly(10_000, 0, 10_000), evenly(1, 10_000, 20_000)...)
	_, c, taken := pickyReceiver(t, bad)
	var got *push.Error
	require.ErrorAs(t, newSender(t, c).Send(t.Context(), numbered(t, 20_000)), &got)
	require.Equal(t, push.Permanent, got.Kind)
	require.Len(t, taken, 9_999)
}

// TestTooLarge: a limit that is lower than ours is found once for a delivery, and
// costs nothing of what finds bad points.
func TestTooLarge(t *testing.T) {
	const refusal = "The receiver rejects some of the points: The receiver finds a point too large (HTTP 413)."
	cases := map[string]struct {
		reason   string
		limit    int // of bytes before compression
		huge     bool
		requests int // at most
		want     *push.Error
	}{
		"Half":   {"one refusal, and then two requests for each of the five", 250_000, false, 1 + 2*5, nil},
		"Tenth":  {"each refusal makes smaller what is tried from then on", 45_000, false, 65, nil},
		"Tiny":   {"below the least, the search for bad points does it", 7_000, false, 5 * 200, nil},
		"Huge":   {"one point that is larger alone takes no others along", 250_000, true, 30, &push.Error{Kind: push.Partial, Rejected: 1, Message: refusal}},
		"Enough": {"nothing is split that is small enough", 1 << 20, false, 5, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			taken := 0
			kept, c := httpReceiver(t, func(w http.ResponseWriter, r *http.Request, _ int, got received) {
				if r.ContentLength > int64(tc.limit) {
					w.WriteHeader(http.StatusRequestEntityTooLarge)
					return
				}
				taken += len(got.points)
				accept(w, 0)
			})
			c.Uncompressed, c.MaxPoints, c.MaxBytes = true, 10_000, 512<<10
			d := numbered(t, 50_000)
			if tc.huge {
				d = withHugePoint(t, 50_000, tc.limit+1)
			}
			rejected := 0
			if tc.want != nil {
				rejected = int(tc.want.Rejected)
			}
			requireFailed(t, tc.want, newSender(t, c).Send(t.Context(), d), tc.reason)
			require.Equal(t, 50_000-rejected, taken, tc.reason)
			require.LessOrEqual(t, len(kept.requests()), tc.requests, tc.reason)
			requireDistinctKeys(t, kept.requests())
		})
	}
}

// withHugePoint is such a delivery in which one label has so many bytes more.
func withHugePoint(t testing.TB, n, size int) metric.Delivery {
	samples := make([]batchtest.Sample, n)
	for i := range samples {
		samples[i] = batchtest.Sample{Name: "m", Labels: map[string]string{"i": fmt.Sprintf("%05d", i)}, Time: windowEnd}
	}
	samples[n/3].Labels["i"] += strings.Repeat("x", size)
	d := letters(t, "a")
	d.Batch = batchtest.New(t, batchtest.Options{}, samples...)
	return d
}

// TestBrokenInTheMiddle: what ends a delivery after some of it was taken.
func TestBrokenInTheMiddle(t *testing.T) {
	cases := map[string]struct {
		reason string
		status int
		want   *push.Error
	}{
		"Retryable": {"all of it has to be sent again", 503, &push.Error{Kind: push.Retryable, Message: "The receiver is not available (HTTP 503)."}},
		"Unusable":  {"as well, once the credentials are right", 401, &push.Error{Kind: push.Unusable, Message: "The receiver does not accept the credentials (HTTP 401)."}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, c := httpReceiver(t, func(w http.ResponseWriter, _ *http.Request, n int, _ received) {
				if n == 0 {
					accept(w, 1)
					return
				}
				w.WriteHeader(tc.status)
			})
			c.MaxPoints = 2
			requireFailed(t, tc.want, newSender(t, c).Send(t.Context(), letters(t, "abcde")), tc.reason)
		})
	}
}

// withRetryInfo returns a status that asks to wait.
func withRetryInfo(t *testing.T, code codes.Code, wait time.Duration) error {
	s, err := status.New(code, "secret detail").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	require.NoError(t, err)
	return s.Err()
}

func TestGRPCAnswers(t *testing.T) {
	fail := func(kind push.Kind, message string) *push.Error { return &push.Error{Kind: kind, Message: message} }
	refuse := func(code codes.Code) error { return status.Error(code, "secret detail") }
	broken := func(code codes.Code) *push.Error {
		return fail(push.Unusable, fmt.Sprintf("The receiver refuses the request (gRPC %s).", code))
	}
	passing := func(code codes.Code) *push.Error {
		return fail(push.Retryable, fmt.Sprintf("The receiver refuses the request (gRPC %s).", code))
	}
	tooLarge := func(code codes.Code) *push.Error {
		return &push.Error{Kind: push.Permanent, Rejected: 3, Message: fmt.Sprintf("The receiver rejects all points: The receiver finds a point too large (gRPC %s).", code)}
	}
	cases := map[string]struct {
		err  error
		want *push.Error
	}{
		"OK":                 {nil, nil},
		"Canceled":           {refuse(codes.Canceled), fail(push.Retryable, "The request was stopped (gRPC Canceled).")},
		"DeadlineExceeded":   {refuse(codes.DeadlineExceeded), fail(push.Retryable, "The receiver did not answer in time (gRPC DeadlineExceeded).")},
		"Aborted":            {refuse(codes.Aborted), passing(codes.Aborted)},
		"OutOfRange":         {refuse(codes.OutOfRange), passing(codes.OutOfRange)},
		"DataLoss":           {refuse(codes.DataLoss), passing(codes.DataLoss)},
		"Unavailable":        {refuse(codes.Unavailable), fail(push.Retryable, "The receiver is not available (gRPC Unavailable).")},
		"UnavailableAndWhen": {withRetryInfo(t, codes.Unavailable, 3*time.Second), &push.Error{Kind: push.Retryable, RetryAfter: 3 * time.Second, Message: "The receiver is not available (gRPC Unavailable)."}},
		"Exhausted":          {refuse(codes.ResourceExhausted), fail(push.Unusable, "The receiver has no room for the request (gRPC ResourceExhausted).")},
		"ExhaustedAndWhen":   {withRetryInfo(t, codes.ResourceExhausted, 24*time.Hour), &push.Error{Kind: push.Retryable, RetryAfter: 10 * time.Minute, Message: "The receiver has no room for the request (gRPC ResourceExhausted)."}},
		"TooLargeGo":         {status.Error(codes.ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"), tooLarge(codes.ResourceExhausted)},
		"TooLargeJava":       {status.Error(codes.ResourceExhausted, "gRPC message exceeds maximum size 4: 5"), tooLarge(codes.ResourceExhausted)},
		"TooLargeRust":       {status.Error(codes.OutOfRange, "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes"), tooLarge(codes.OutOfRange)},
		"OtherLarger":        {status.Error(codes.Internal, "larger than max"), broken(codes.Internal)},
		"InvalidArgument":    {refuse(codes.InvalidArgument), &push.Error{Kind: push.Permanent, Rejected: 3, Message: "The receiver rejects all points: The receiver refuses the content (gRPC InvalidArgument)."}},
		"Unauthenticated":    {refuse(codes.Unauthenticated), fail(push.Unusable, "The receiver does not accept the credentials (gRPC Unauthenticated).")},
		"PermissionDenied":   {refuse(codes.PermissionDenied), fail(push.Unusable, "The receiver does not accept the credentials (gRPC PermissionDenied).")},
		"Unimplemented":      {refuse(codes.Unimplemented), fail(push.Unusable, "There is no OTLP receiver at the endpoint, or it does not take gzip (gRPC Unimplemented).")},
		"Internal":           {withRetryInfo(t, codes.Internal, time.Second), broken(codes.Internal)},
		"Unknown":            {refuse(codes.Unknown), broken(codes.Unknown)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := grpcReceiver(t, func(context.Context, int, received) (*collector.ExportMetricsServiceResponse, error) {
				return new(collector.ExportMetricsServiceResponse), tc.err
			}, gzipped()...)
			requireFailed(t, tc.want, newSender(t, c).Send(t.Context(), letters(t, "abc")), "")
		})
	}
}

func TestGRPCRequest(t *testing.T) {
	for name, uncompressed := range map[string]bool{"Gzip": false, "Uncompressed": true} {
		t.Run(name, func(t *testing.T) {
			kept, c := grpcReceiver(t, func(_ context.Context, n int, _ received) (*collector.ExportMetricsServiceResponse, error) {
				return &collector.ExportMetricsServiceResponse{PartialSuccess: &collector.ExportMetricsPartialSuccess{RejectedDataPoints: int64(n)}}, nil
			}, gzipped()...)
			c.Uncompressed, c.MaxPoints, c.BearerToken = uncompressed, 2, "token"
			c.Headers = map[string]string{"X-Scope-OrgID": "tenant"}
			registry := prometheus.NewRegistry()
			metrics := push.NewMetrics(registry)
			s, err := New(c, metrics.Meter("OTLP", "host"))
			require.NoError(t, err)
			requireFailed(t, &push.Error{Kind: push.Partial, Rejected: 1, Message: "The receiver rejects some of the points."},
				s.Send(t.Context(), letters(t, "abc")), "")
			require.NoError(t, s.Close())

			got := kept.requests()
			require.Len(t, got, 2)
			for i, want := range []string{"ab", "c"} {
				require.Equal(t, want, names(got[i].points))
				require.Equal(t, letterKey+fmt.Sprint(i), got[i].header.Get("X-Idempotency-Key"))
				require.Equal(t, "Bearer token", got[i].header.Get("Authorization"))
				require.Equal(t, "tenant", got[i].header.Get("X-Scope-Orgid"))
				require.Contains(t, got[i].header.Get("User-Agent"), "adxexporter grpc-go/")
			}
			requireCounted(t, registry, uncompressed)
		})
	}
}

// requireCounted checks that two calls and their bytes on the wire were counted.
func requireCounted(t *testing.T, registry *prometheus.Registry, uncompressed bool) {
	t.Helper()
	values := make(map[string]float64)
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		values[f.GetName()] = f.GetMetric()[0].GetCounter().GetValue()
	}
	require.InDelta(t, 2, values["adxexporter_push_requests_total"], 0)
	e := NewEncoder(nil, "")
	e.Reset(letters(t, "abc").Batch)
	plain := float64(len(e.Encode(Span{0, 2})) + len(e.Encode(Span{2, 3})))
	if uncompressed {
		require.InDelta(t, plain, values["adxexporter_push_bytes_total"], 0)
		return
	}
	require.Positive(t, values["adxexporter_push_bytes_total"])
	require.NotEqual(t, plain, values["adxexporter_push_bytes_total"])
}

// TestGRPCStaysBelowTheServersLimit: a delivery of more than the 4 MiB that a gRPC
// server takes by default arrives whole, in order.
func TestGRPCStaysBelowTheServersLimit(t *testing.T) {
	kept, c := grpcReceiver(t, func(context.Context, int, received) (*collector.ExportMetricsServiceResponse, error) {
		return new(collector.ExportMetricsServiceResponse), nil
	}, gzipped()...)
	c.MaxPoints = 1 << 20
	samples := make([]batchtest.Sample, 5000)
	for i := range samples {
		samples[i] = batchtest.Sample{
			Name: "m", Labels: map[string]string{"i": fmt.Sprintf("%04d", i), "long": strings.Repeat("x", 1000)}, Time: windowEnd,
		}
	}
	d := letters(t, "a")
	d.Batch = batchtest.New(t, batchtest.Options{}, samples...)
	require.NoError(t, newSender(t, c).Send(t.Context(), d))
	require.Len(t, kept.requests(), 2)
	var all []string
	for _, r := range kept.requests() {
		all = append(all, r.points...)
	}
	require.Len(t, all, 5000)
	require.True(t, slices.IsSorted(all))
}

// TestGRPCBelowALowerLimit: a server that takes less than others gets all points in
// smaller requests, and one point that is larger alone takes no others along.
func TestGRPCBelowALowerLimit(t *testing.T) {
	const limit = 512 << 10
	for name, want := range map[string]*push.Error{
		"Fits": nil,
		"Huge": {Kind: push.Partial, Rejected: 1, Message: "The receiver rejects some of the points: The receiver finds a point too large (gRPC ResourceExhausted)."},
	} {
		t.Run(name, func(t *testing.T) {
			kept, c := grpcReceiver(t, func(context.Context, int, received) (*collector.ExportMetricsServiceResponse, error) {
				return new(collector.ExportMetricsServiceResponse), nil
			}, append(gzipped(), grpc.MaxRecvMsgSize(limit))...)
			c.MaxPoints = 1 << 20
			huge, points := 0, 100_000
			if want != nil {
				huge, points = limit+1, 100_000-1
			}
			requireFailed(t, want, newSender(t, c).Send(t.Context(), withHugePoint(t, 100_000, huge)), "")
			taken := 0
			for _, r := range kept.requests() {
				taken += len(r.points)
			}
			require.Equal(t, points, taken)
			require.LessOrEqual(t, len(kept.requests()), 24)
		})
	}
}

// TestGRPCRateLimit: a receiver that has no room now gets the same window later, and
// all of it.
func TestGRPCRateLimit(t *testing.T) {
	kept, c := grpcReceiver(t, func(_ context.Context, n int, _ received) (*collector.ExportMetricsServiceResponse, error) {
		if n == 1 {
			return nil, status.Error(codes.ResourceExhausted, "rate limit exceeded")
		}
		return new(collector.ExportMetricsServiceResponse), nil
	}, gzipped()...)
	c.MaxPoints = 2
	s := newSender(t, c)
	var got *push.Error
	require.ErrorAs(t, s.Send(t.Context(), letters(t, "abcde")), &got)
	require.False(t, got.Permanent())
	require.Len(t, kept.requests(), 2, "it is not asked again at once")
	require.NoError(t, s.Send(t.Context(), letters(t, "abcde")))
	require.Len(t, kept.requests(), 2+3)
}

func TestGRPCTimeoutAndTokenFile(t *testing.T) {
	kept, c := grpcReceiver(t, func(ctx context.Context, _ int, _ received) (*collector.ExportMetricsServiceResponse, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, gzipped()...)
	c.Timeout = 50 * time.Millisecond
	requireFailed(t, &push.Error{Kind: push.Retryable, Message: "The receiver did not answer in time (gRPC DeadlineExceeded)."},
		newSender(t, c).Send(t.Context(), letters(t, "abc")), "")
	require.Len(t, kept.requests(), 1)
	c.BearerTokenFile = filepath.Join(t.TempDir(), "missing")
	require.ErrorIs(t, newSender(t, c).Send(t.Context(), letters(t, "abc")), os.ErrNotExist)
}

// freePort returns an address that nobody listens on.
func freePort(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func TestCheck(t *testing.T) {
	ok := func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { accept(w, 0) }
	status := func(code int) httpAnswer {
		return func(w http.ResponseWriter, _ *http.Request, _ int, _ received) { w.WriteHeader(code) }
	}
	for name, tc := range map[string]struct {
		reason string
		answer httpAnswer
		want   *push.Error
	}{
		"OK":           {"", ok, nil},
		"BadContent":   {"a receiver that wants points is there", status(400), nil},
		"Unauthorized": {"a wrong token shows at start", status(401), &push.Error{Kind: push.Unusable, Message: "The receiver does not accept the credentials (HTTP 401)."}},
	} {
		t.Run(name, func(t *testing.T) {
			kept, c := httpReceiver(t, tc.answer)
			s := newSender(t, c)
			requireFailed(t, tc.want, s.Check(t.Context()), tc.reason)
			require.Empty(t, kept.requests()[0].points)
			s.Forget(types.NamespacedName{}) // keeps nothing, so there is nothing to see
		})
	}
	for _, protocol := range []string{"http", "grpc"} {
		for endpoint, want := range map[string]string{
			"http://" + freePort(t):       "The receiver refuses the connection.",
			"https://" + freePort(t):      "The receiver refuses the connection.",
			"http://no.such.host.invalid": "The receiver's host name is not known.",
		} {
			t.Run(protocol+" "+endpoint, func(t *testing.T) {
				t.Parallel()
				c, err := ParseEndpoint(endpoint, protocol)
				require.NoError(t, err)
				requireFailed(t, &push.Error{Kind: push.Retryable, Message: want}, newSender(t, c).Check(t.Context()), "")
			})
		}
	}
	t.Run("GRPCThere", func(t *testing.T) {
		unavailable := true
		_, c := grpcReceiver(t, func(context.Context, int, received) (*collector.ExportMetricsServiceResponse, error) {
			if unavailable {
				return nil, grpcUnavailable
			}
			return new(collector.ExportMetricsServiceResponse), nil
		})
		c.Uncompressed = true
		s := newSender(t, c)
		requireFailed(t, &push.Error{Kind: push.Retryable, Message: "The receiver is not available (gRPC Unavailable)."}, s.Check(t.Context()), "it connects, so the answer is all we know")
		unavailable = false
		require.NoError(t, s.Check(t.Context()))
	})
}

var grpcUnavailable = status.Error(codes.Unavailable, "not now")
