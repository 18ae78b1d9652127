package remotewrite

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
	"github.com/adx-mon/adxexporter/push"
)

func TestReceivers(t *testing.T) {
	const n = 5000
	cases := map[string]struct {
		reason   string
		react    func(request) reaction
		version  Version
		bad      []int
		stored   int
		kind     push.Kind
		message  string
		requests string // a prefix of the summary
		most     int    // requests at most
	}{
		"Prometheus3": {
			"2.0 is spoken, in requests of 2000 samples",
			prometheus3, VersionAuto, nil, n, 0, "", "2:2000 2:2000 2:1000", 3,
		},
		"Prometheus3Bad": {
			"the receiver stores the good samples and says how many, nothing is sent twice",
			prometheus3, VersionAuto,
			[]int{7, 4999},
			n - 2, push.Partial, "out of its bounds", "2:2000 2:2000 2:1000", 3,
		},
		"Prometheus3AllBad": {
			"nothing was taken", prometheus3, VersionAuto, upTo(n), 0, push.Permanent, "out of its bounds", "2:2000 2:2000 2:1000", 3,
		},
		"Prometheus3Version1Bad": {
			"a request of 1.0 is rolled back, so it is halved until the bad sample is alone",
			prometheus3, Version1,
			[]int{4001},
			n - 1, push.Partial, "out of its bounds", "1:2000 1:2000 1:1000 1:500 1:250 1:125", 3 + 2*11,
		},
		"Prometheus2": {
			"a success that does not say how much was written means 1.0; the samples are sent again",
			prometheus2, VersionAuto, nil, n, 0, "", "2:2000 1:2000 1:2000 1:1000", 4,
		},
		"Prometheus2Bad": {
			"a 500 that is about samples is final, or it would be tried for ever",
			prometheus2, VersionAuto,
			[]int{0, 2999},
			n - 2, push.Partial, "too old", "2:2000 1:2000 1:1000", 4 + 4*11,
		},
		"Victoria": {"as Prometheus 2", victoria, VersionAuto, []int{1}, n, 0, "", "2:2000 1:2000 1:2000 1:1000", 4},
		"ThanosConflict": {
			"a 400 to the first message of 2.0 may mean 1.0, and a 409 is about samples",
			thanos, VersionAuto,
			[]int{100},
			n - 1, push.Partial, "conflict", "2:2000 1:2000 1:1000", 4 + 2*11,
		},
		"Version1AllBad": {
			"the requests of a window that is refused altogether are bounded",
			prometheus2, Version1, upTo(n), 0, push.Permanent, "Too many points are refused", "1:2000 1:1000", 3 * (1 + 2*8*11),
		},
		"TooLarge": {
			"a request that is too large is halved, and later ones are smaller from the start",
			strict, VersionAuto, nil, n, 0, "", "2:2000 1:2000 1:1000 1:500 1:250 1:125 1:62 1:63 1:125 1:62 1:63 1:125 1:62", 130,
		},
		"OneTooLarge": {
			"only that one is left out, and it does not make all further requests tiny",
			tooLarge, VersionAuto,
			[]int{2100},
			n - 1, push.Partial, "too large", "2:2000 2:2000 2:1000 2:500 2:250 2:125", 3 + 2*11 + 24,
		},
		"HeaderOfVersion2": {
			"who is not spoken to in 2.0 may say what it likes about it",
			func(request) reaction {
				return reaction{http.StatusOK, map[string]string{"X-Prometheus-Remote-Write-Samples-Written": "0"}, "", everything}
			}, Version1, nil, n, 0, "", "1:2000 1:2000 1:1000", 3,
		},
		"OnlyVersion2": {
			"who asks for 2.0 is not given 1.0", victoria, Version2, nil, 0, push.Unusable, "does not speak Remote-Write 2.0", "2:2000", 1,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, tc.react)
			s := newSender(t, Config{Transport: r, Version: tc.version, NoStaleMarkers: true})
			err := s.Send(t.Context(), windowAt(t, 0, samplesOf(n, tc.bad...)...))
			require.Equal(t, tc.stored, r.count(), tc.reason)
			require.True(t, strings.HasPrefix(r.summary(), tc.requests), "%s: %s", tc.reason, r.summary())
			require.LessOrEqual(t, len(r.requests), tc.most, tc.reason)
			if tc.kind == 0 {
				require.NoError(t, err, tc.reason)
				return
			}
			e := pushError(t, err)
			require.Equal(t, tc.kind, e.Kind, tc.reason)
			require.Contains(t, e.Message, tc.message)
			if name != "OnlyVersion2" {
				require.EqualValues(t, n-tc.stored, e.Rejected)
			}
		})
	}
}

// Of a receiver of 1.0, one bad sample in a hundred takes no good ones along, and
// when more are bad than can be found, the window is not settled.
func TestBadSamplesTakeNoneAlong(t *testing.T) {
	cases := map[string]struct {
		reason      string
		samples     int
		bad         int
		settled     bool
		mostOfWhole int // requests at most
	}{
		"Ten":     {"wherever they are in one request", 2000, 10, true, 1 + 2*85},
		"Hundred": {"one in a hundred", 10_000, 100, true, 5 * (1 + 2*151)},
		"Tenth":   {"too many to find each", 10_000, 1000, false, 5 * (1 + 2*(8*11+2000/16))},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			badOnes := make([]int, tc.bad)
			for i := range badOnes {
				badOnes[i] = (2*i + 1) * tc.samples / (2 * tc.bad)
			}
			r := newReceiver(t, prometheus3)
			s := newSender(t, Config{Transport: r, Version: Version1, NoStaleMarkers: true})
			e := pushError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(tc.samples, badOnes...)...)))
			require.Equal(t, tc.settled, e.Partial(), tc.reason)
			require.True(t, e.Permanent())
			require.EqualValues(t, tc.samples-r.count(), e.Rejected)
			require.Equal(t, tc.settled, r.count() == tc.samples-tc.bad, tc.reason)
			require.LessOrEqual(t, len(r.requests), tc.mostOfWhole, tc.reason)
		})
	}
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// What the receiver speaks is found out once, also when it changes its mind.
func TestVersionIsKept(t *testing.T) {
	r := newReceiver(t, victoria)
	s := newSender(t, Config{Transport: r})
	for i := range 3 {
		require.NoError(t, s.Send(t.Context(), windowAt(t, i, samplesOf(2)...)))
	}
	require.Equal(t, "2:2 1:2 1:2 1:2", r.summary())

	r = newReceiver(t, prometheus3)
	s = newSender(t, Config{Transport: r})
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(2)...)))
	r.react = answering(http.StatusBadRequest, nil, "")
	require.Equal(t, push.Permanent, pushError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(2)...))).Kind)
	require.Equal(t, "2:2 2:2 2:1 2:1", r.summary(), "a 400 of a receiver that is known to speak 2.0 is about samples")
	r.react = strict
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(2)...)))
	require.Equal(t, "2:2 2:2 2:1 2:1 2:2 1:2", r.summary(), "a receiver that was replaced by an older one")
}

func TestAnswers(t *testing.T) {
	date := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	cases := map[string]struct {
		reason  string
		react   func(request) reaction
		kind    push.Kind
		atLeast time.Duration
		message string
	}{
		"ServerError": {"5xx may pass", answering(500, nil, "panic"), push.Retryable, 0, "The receiver answers 500 Internal Server Error."},
		"Unavailable": {
			"with a wait in seconds", answering(503, map[string]string{"Retry-After": "7"}, ""),
			push.Retryable, 7 * time.Second, "The receiver answers 503 Service Unavailable.",
		},
		"Throttled": {
			"with a wait as a date, bounded", answering(429, map[string]string{"Retry-After": date}, ""),
			push.Retryable, time.Minute, "The receiver answers 429 Too Many Requests.",
		},
		"Unauthorized": {
			"not the samples' fault: the window waits", answering(401, nil, "secret"),
			push.Unusable, 0, "The receiver does not accept our credentials: it answers 401 Unauthorized.",
		},
		"NotFound":  {"not the samples' fault: the window waits", answering(404, nil, ""), push.Unusable, 0, "The receiver answers 404 Not Found."},
		"Odd":       {"a status without a name", answering(499, nil, ""), push.Unusable, 0, "The receiver answers 499."},
		"Redirect":  {"not followed", answering(307, map[string]string{"Location": "/"}, ""), push.Unusable, 0, "The receiver answers 307 Temporary Redirect."},
		"HugeBody":  {"read no further than a few kilobytes", answering(502, nil, strings.Repeat("x", 64<<20)), push.Retryable, 0, "The receiver answers 502 Bad Gateway."},
		"Duplicate": {"a re-sent window with other values", answering(400, nil, "duplicate sample for timestamp"), push.Permanent, 0, "The receiver refuses samples that differ from ones it has of the same time."},
		"Mimir":     {"words with hyphens", answering(400, nil, "err-mimir-sample-out-of-order"), push.Permanent, 0, "The receiver refuses samples that are older than ones it has; its out-of-order time window decides."},
		"Large":     {"even a single sample", answering(413, nil, ""), push.Permanent, 0, "The receiver refuses a sample because it is too large."},
		"Fewer": {
			"a success that wrote nothing", answering(200, map[string]string{"X-Prometheus-Remote-Write-Samples-Written": "0"}, ""),
			push.Permanent, 0, "The receiver stored fewer samples than it was sent.",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(newReceiver(t, tc.react))
			defer server.Close()
			s := newSender(t, Config{URL: server.URL})
			e := pushError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(1)...)))
			require.Equal(t, tc.kind, e.Kind, tc.reason)
			require.GreaterOrEqual(t, e.Wait(), tc.atLeast, tc.reason)
			require.Equal(t, tc.message, e.Message)
		})
	}
}

// A delivery that breaks off counts for nothing, however much of it arrived.
func TestFailureInTheMiddle(t *testing.T) {
	calls := 0
	r := newReceiver(t, func(q request) reaction {
		if calls++; calls == 2 {
			return reaction{status: http.StatusBadGateway}
		}
		return prometheus3(q)
	})
	s := newSender(t, Config{Transport: r, MaxSamples: 10})
	d := windowAt(t, 0, samplesOf(30)...)
	require.Equal(t, push.Retryable, pushError(t, s.Send(t.Context(), d)).Kind)
	first := slices.Clone(r.requests)
	require.NoError(t, s.Send(t.Context(), d))
	again := r.requests[len(first):]
	require.Equal(t, first[0].series, again[0].series, "the same samples again")
	key := "monitoring/checkout/uid-1/2026-01-02T03:03:00Z-2026-01-02T03:04:00Z/"
	for i, n := range []string{"0", "1", "2"} {
		require.Equal(t, key+n, again[i].header.Get(push.KeyHeader), "under the same keys")
	}
	require.Equal(t, key+"1", first[1].header.Get(push.KeyHeader))
}

// No two requests of a delivery have one key, unless they are the same.
func TestKeysOfHalvesDiffer(t *testing.T) {
	r := newReceiver(t, thanos)
	s := newSender(t, Config{Transport: r})
	require.Error(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(64, 5, 40)...)))
	keys := map[string]bool{}
	for _, q := range r.requests {
		keys[q.header.Get(push.KeyHeader)] = true
	}
	require.Len(t, keys, len(r.requests))
}

// Over real connections: what breaks, what is tried again, and what that looks like.
func TestConnections(t *testing.T) {
	var breaks atomic.Int32
	r := newReceiver(t, func(q request) reaction {
		if breaks.Add(-1) >= 0 {
			return reaction{}
		}
		return prometheus3(q)
	})
	server := httptest.NewServer(r)
	defer server.Close()
	registry := prometheus.NewRegistry()
	s, err := New(Config{URL: server.URL + "/write?token=secret"}, push.NewMetrics(registry).Meter("RemoteWrite", "main"))
	require.NoError(t, err)

	breaks.Store(1)
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(4)...)))
	got := r.all()
	require.Empty(t, got[0].header.Get("Retry-Attempt"))
	require.Equal(t, "1", got[1].header.Get("Retry-Attempt"))
	require.Equal(t, 4, r.count())

	breaks.Store(100)
	err = s.Send(t.Context(), windowAt(t, 1, samplesOf(4)...))
	require.Equal(t, push.Retryable, pushError(t, err).Kind)
	// net/http replaces a connection that broke while idle, since the request has
	// an idempotency key.
	require.Len(t, r.all(), 2+1+3, "two more tries, no more")
	for ; err != nil; err = unwrap(err) {
		require.NotContains(t, err.Error(), "secret", "a URL may hold one")
	}
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP adxexporter_push_requests_total Requests sent, by the receiver's answer: an HTTP status, a gRPC code, or error if there was none.
# TYPE adxexporter_push_requests_total counter
adxexporter_push_requests_total{code="204",endpoint="main",sink="RemoteWrite"} 1
adxexporter_push_requests_total{code="error",endpoint="main",sink="RemoteWrite"} 4
`), "adxexporter_push_requests_total"))
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

func TestSlowReceiver(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" { // the answer is there, only its body is slow
			w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "1")
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
		}
		<-release
	}))
	defer server.Close()
	defer close(release)
	s := newSender(t, Config{URL: server.URL, Timeout: 20 * time.Millisecond})
	e := pushError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(1)...)))
	require.Equal(t, push.Retryable, e.Kind)
	require.ErrorIs(t, e, context.DeadlineExceeded)

	s = newSender(t, Config{URL: server.URL + "/body", Timeout: 20 * time.Millisecond})
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(1)...)))
}

func TestCheck(t *testing.T) {
	cases := map[string]struct {
		reason string
		react  func(request) reaction
		kind   push.Kind
	}{
		"OK":          {"an empty message is fine", prometheus3, 0},
		"WantsMore":   {"it is reached and reads us", answering(400, nil, "empty"), 0},
		"OtherProto":  {"it is found out later", answering(415, nil, ""), 0},
		"WrongPath":   {"nobody would notice before the first window", answering(404, nil, ""), push.Unusable},
		"Credentials": {"as well", answering(403, nil, ""), push.Unusable},
		"Down":        {"it may pass", answering(503, nil, ""), push.Retryable},
		"Broken":      {"it may pass", func(request) reaction { return reaction{} }, push.Retryable},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, tc.react)
			err := newSender(t, Config{Transport: r}).Check(t.Context())
			require.Zero(t, r.requests[0].samples)
			if tc.kind == 0 {
				require.NoError(t, err, tc.reason)
				return
			}
			require.Equal(t, tc.kind, pushError(t, err).Kind, tc.reason)
		})
	}
}

// A request ends at the byte limit, never within a sample, and nothing is lost.
func TestSplit(t *testing.T) {
	for _, version := range []Version{Version1, Version2} {
		r := newReceiver(t, prometheus3)
		s := newSender(t, Config{Transport: r, Version: version, MaxBytes: 1000, MaxSamples: math.MaxInt32})
		var samples []batchtest.Sample
		for i := range 100 { // two points a millisecond
			samples = append(samples, batchtest.Sample{
				Name: "a", Labels: map[string]string{"x": strings.Repeat("l", 90)},
				Value: float64(i), Time: windowEnd.Add(time.Duration(i) * 500 * time.Microsecond),
			}, batchtest.Sample{
				Name: "b", Labels: map[string]string{"x": strings.Repeat("l", i)}, Value: 1, Time: windowEnd,
			})
		}
		require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samples...)))
		require.Equal(t, 50+100, r.count())
		require.Greater(t, len(r.requests), 5)
	}
}

// samplesAt makes a sample at each millisecond; equal ones are not at one time.
func samplesAt(milliseconds ...int) []batchtest.Sample {
	var samples []batchtest.Sample
	for i, n := range milliseconds {
		at := windowEnd.Add(time.Duration(n)*time.Millisecond + time.Duration(i)*time.Microsecond)
		samples = append(samples, batchtest.Sample{Name: "a", Value: float64(i), Time: at})
	}
	return samples
}

func TestHalve(t *testing.T) {
	cases := map[string]struct {
		reason string
		at     []int
		want   int
		ok     bool
	}{
		"One":        {"nothing to halve", []int{0}, 0, false},
		"OneSample":  {"points of one millisecond", []int{0, 0, 0}, 0, false},
		"Two":        {"in the middle", []int{0, 1}, 1, true},
		"Later":      {"behind the sample in the middle", []int{0, 1, 1, 1, 2}, 4, true},
		"NotLater":   {"before it, if nothing is behind", []int{0, 1, 1, 1}, 1, true},
		"Many":       {"in the middle", []int{0, 1, 2, 3, 4, 5}, 3, true},
		"WholeFirst": {"one long sample and another", []int{0, 0, 0, 0, 1}, 4, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			at, ok := halve(batchtest.New(t, batchtest.Options{}, samplesAt(tc.at...)...).Points)
			require.Equal(t, tc.ok, ok, tc.reason)
			require.Equal(t, tc.want, at, tc.reason)
		})
	}
}

// Whichever samples are bad, as long as they are few, all others arrive, once.
func TestFewBadSamplesTakeNoneAlong(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(rt, "n")
		worst := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, min(n, 3), rapid.ID).Draw(rt, "bad")
		react := rapid.SampledFrom([]func(request) reaction{prometheus3, prometheus2, thanos}).Draw(rt, "receiver")
		r := newReceiver(t, react)
		s := newSender(t, Config{Transport: r, MaxSamples: rapid.IntRange(1, 100).Draw(rt, "maxSamples")})
		err := s.Send(t.Context(), windowAt(t, 0, samplesOf(n, worst...)...))
		require.Equal(rt, n-len(worst), r.count())
		if len(worst) > 0 {
			require.EqualValues(rt, len(worst), pushError(t, err).Rejected)
			return
		}
		require.NoError(rt, err)
	})
}

// The race detector's test: exporters come and go at the same time.
func TestConcurrentUse(t *testing.T) {
	r := newReceiver(t, victoria)
	s := newSender(t, Config{Transport: r, MaxSamples: 10})
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan error)
	go func() { started <- s.Start(ctx) }() // waited for below
	var exporters errgroup.Group
	for i := range 4 {
		var deliveries []metric.Delivery
		for number := range 10 {
			d := windowAt(t, number, samplesOf(20+number%3)...)
			d.Source.Name = strconv.Itoa(i)
			d.Batch.Families[0].Name += d.Source.Name
			deliveries = append(deliveries, d)
		}
		exporters.Go(func() error {
			for _, d := range deliveries {
				if err := s.Send(ctx, d); err != nil {
					return err
				}
			}
			s.End(deliveries[0].Source.NamespacedName)
			return nil
		})
	}
	require.NoError(t, exporters.Wait())
	cancel()
	require.NoError(t, <-started)
	require.NoError(t, s.Flush(t.Context()))
	require.GreaterOrEqual(t, len(r.ends()), 4*(3+10), "one series ended three times, and ten with the exporter")
	require.Len(t, distinct(r.ends()), 3+10)
}
