package push

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

var _ executor.Sink = (*Sink)(nil)

// endpoint is a Sender that answers as its test says.
type endpoint struct {
	send   func(ctx context.Context) error
	check  error
	forgot []types.NamespacedName
	closed bool
}

func (e *endpoint) Send(ctx context.Context, _ metric.Delivery) error { return e.send(ctx) }
func (e *endpoint) Forget(key types.NamespacedName)                   { e.forgot = append(e.forgot, key) }
func (e *endpoint) Check(context.Context) error                       { return e.check }
func (e *endpoint) Close() error                                      { e.closed = true; return nil }

// script returns a send function that gives the answers in turn; it fails the
// test when it is asked once more.
func script(t *testing.T, answers ...error) func(context.Context) error {
	return func(context.Context) error {
		require.NotEmpty(t, answers, "a request that should not have been sent")
		answer := answers[0]
		answers = answers[1:]
		return answer
	}
}

var (
	down    = Fail(Retryable, "The receiver is down.", nil)
	refused = Fail(Permanent, "The receiver refuses.", nil)
	busy    = &Error{Kind: Retryable, Message: "Busy.", RetryAfter: 40 * time.Second}
)

// threePoints is a delivery of three points; estimate says 3*(64+64) bytes.
func threePoints(t testing.TB) metric.Delivery {
	samples := make([]batchtest.Sample, 3)
	for i := range samples {
		samples[i] = batchtest.Sample{
			Name: "m", Labels: map[string]string{"i": string(rune('a' + i))}, Time: time.Unix(1, 0),
		}
	}
	return metric.Delivery{
		Source: metric.Source{NamespacedName: types.NamespacedName{Namespace: "ns", Name: "ex"}, UID: "uid"},
		Start:  time.Unix(60, 0), End: time.Unix(120, 0),
		Batch: batchtest.New(t, batchtest.Options{}, samples...),
	}
}

func TestBreaker(t *testing.T) {
	type step struct {
		after time.Duration // since the step before
		send  error         // what the endpoint answers; errNotAsked if it must not be asked
		want  error
		wait  time.Duration
		state float64
	}
	notAsked := errors.New("not asked")
	cases := map[string]struct {
		reason string
		steps  []step
	}{
		"OpensAndProbes": {
			"two failures in a row open it, one probe after 15 s, which fails; the second closes it",
			[]step{
				{send: down, want: down},
				{send: nil},
				{send: down, want: down},
				{send: down, want: down, state: 2},
				{send: notAsked, want: down, wait: 15*time.Second + 1, state: 2},
				{after: 10 * time.Second, send: notAsked, want: down, wait: 5*time.Second + 1, state: 2},
				{after: 5*time.Second + 1, send: down, want: down, state: 2},
				{after: time.Second, send: notAsked, want: down, wait: 14*time.Second + 1, state: 2},
				{after: 14*time.Second + 1, send: nil, state: 0},
				{send: down, want: down},
			},
		},
		"DataErrorsAreNoFailures": {
			"an endpoint that refuses points is there",
			[]step{
				{send: down, want: down},
				{send: refused, want: refused},
				{send: down, want: down},
				{send: Rejected(1, "One."), want: Rejected(1, "One.")},
				{send: down, want: down},
			},
		},
		"RetryAfter": {
			"a pause that the receiver asks for is kept by all deliveries, from the first on",
			[]step{
				{send: busy, want: busy, wait: 40 * time.Second},
				{after: 30 * time.Second, send: notAsked, want: busy, wait: 10 * time.Second},
				{after: 10 * time.Second, send: nil},
			},
		},
		"UnknownErrors": {
			"an error of no kind is retryable",
			[]step{{send: errors.New("odd"), want: Fail(Retryable, "The delivery failed for a reason of its own.", nil)}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := &endpoint{}
				metrics := NewMetrics(nil)
				sink := NewSink("OTLP", "host", e, Options{MaxFailures: 2}, metrics)
				for i, s := range tc.steps {
					time.Sleep(s.after)
					e.send = func(context.Context) error {
						require.NotErrorIs(t, s.send, notAsked, "step %d", i)
						return s.send
					}
					err := sink.Deliver(t.Context(), threePoints(t))
					require.InDelta(t, s.state, testutil.ToFloat64(metrics.state), 0, "step %d", i)
					if s.want == nil {
						require.NoError(t, err, "step %d", i)
						require.NoError(t, sink.Healthy())
						require.False(t, sink.RestsUntil().After(time.Now()), "step %d", i)
						continue
					}
					want, got := errorOf(s.want), errorOf(err)
					require.Equal(t, want.Kind, got.Kind, "step %d", i)
					require.Equal(t, s.wait, got.Wait(), "step %d", i)
					if s.wait > 0 {
						require.Equal(t, s.wait, time.Until(sink.RestsUntil()), "step %d", i)
					}
					require.Contains(t, got.Message, want.Message, "step %d", i)
					require.Equal(t, "DeliveryFailed", got.ConditionReason())
				}
			})
		})
	}
}

// TestLateShortPause: two deliveries are under way when the receiver asks for pauses;
// the longer one holds, whichever is answered last.
func TestLateShortPause(t *testing.T) {
	for name, waits := range map[string][]time.Duration{
		"LongFirst":  {40 * time.Second, time.Second},
		"ShortFirst": {time.Second, 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan error)
				e := &endpoint{send: func(context.Context) error { return <-answer }}
				sink := NewSink("OTLP", "host", e, Options{}, NewMetrics(nil))
				results := make(chan error)
				for range waits {
					go func() { results <- sink.Deliver(t.Context(), threePoints(t)) }()
				}
				synctest.Wait()
				for _, wait := range waits {
					answer <- &Error{Kind: Retryable, Message: "Busy.", RetryAfter: wait}
					require.Equal(t, wait, errorOf(<-results).Wait())
				}
				require.Equal(t, 40*time.Second, time.Until(sink.RestsUntil()))
			})
		})
	}
}

// probing begins a delivery that tries whether the endpoint is back: it waits for an
// answer, and then says what it came to.
func probing(t *testing.T, sink *Sink, e *endpoint) (answer chan<- error, result <-chan error) {
	t.Helper()
	answers, results := make(chan error), make(chan error)
	e.send = func(context.Context) error { return <-answers }
	go func() { results <- sink.Deliver(t.Context(), threePoints(t)) }() // received by the caller
	synctest.Wait()
	return answers, results
}

// TestProbeIsAlone: while one delivery probes, the others are told to wait.
func TestProbeIsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{send: script(t, down)}
		sink := NewSink("OTLP", "host", e, Options{MaxFailures: 1, OpenFor: time.Second}, NewMetrics(nil))
		require.ErrorIs(t, sink.Deliver(t.Context(), threePoints(t)), down)
		time.Sleep(2 * time.Second)

		answer, probe := probing(t, sink, e)
		err := sink.Deliver(t.Context(), threePoints(t))
		require.Equal(t, time.Second, errorOf(err).Wait())
		require.ErrorIs(t, err, down, "the cause is the failure that opened it")
		require.Equal(t, whileProbing, time.Until(sink.RestsUntil()), "nobody need ask Kusto for a window that would be refused")
		time.Sleep(time.Minute)
		require.Equal(t, whileProbing, time.Until(sink.RestsUntil()), "however long the probe takes")
		require.ErrorContains(t, sink.Healthy(), `OTLP endpoint "host": The receiver is down.`)
		answer <- nil
		require.NoError(t, <-probe)
		require.NoError(t, sink.Healthy())
		require.False(t, sink.RestsUntil().After(time.Now()))
	})
}

// TestNotTried: only what the breaker refuses was not tried, in whatever an error is
// wrapped, and whether the endpoint rests or a probe is under way.
func TestNotTried(t *testing.T) {
	notTried := func(err error) bool {
		told, ok := errors.AsType[interface {
			error
			NotTried() bool
		}](err)
		return ok && told.NotTried()
	}
	synctest.Test(t, func(t *testing.T) {
		e := &endpoint{send: script(t, refused, Rejected(1, "One."), errors.New("odd"), down)}
		sink := NewSink("OTLP", "host", e, Options{MaxFailures: 2, OpenFor: time.Second}, NewMetrics(nil))
		for range 4 {
			require.False(t, notTried(sink.Deliver(t.Context(), threePoints(t))))
		}
		resting := sink.Deliver(t.Context(), threePoints(t))
		require.True(t, notTried(resting))
		require.True(t, notTried(fmt.Errorf("context: %w", resting)))
		require.True(t, notTried(errors.Join(errors.New("other"), resting)))
		require.False(t, notTried(errors.Unwrap(resting)), "the failure that opened it was one of the receiver")

		time.Sleep(2 * time.Second)
		answer, probe := probing(t, sink, e)
		require.True(t, notTried(sink.Deliver(t.Context(), threePoints(t))), "another delivery is trying")
		answer <- down
		require.False(t, notTried(<-probe))

		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, sink.room.Acquire(t.Context(), sink.opts.MaxInFlight))
		require.False(t, notTried(sink.Deliver(stopped, threePoints(t))), "it was ended while it waited: no word of the breaker")
	})
}

// TestStoppedDeliveriesSayNothing: a delivery that we end ourselves neither opens
// the breaker nor keeps it open, and a probe that ends so makes way for another.
func TestStoppedDeliveriesSayNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		e := &endpoint{send: func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return NetworkError(err)
			}
			return down
		}}
		sink := NewSink("OTLP", "host", e, Options{MaxFailures: 1, OpenFor: time.Second}, NewMetrics(nil))
		sink.breaker.gate.State()
		done, err := sink.breaker.allow(time.Now())
		require.NoError(t, err)
		require.ErrorIs(t, sink.failed(stopped, NetworkError(stopped.Err()), done), context.Canceled)
		require.True(t, sink.breaker.isClosed())
		require.ErrorContains(t, sink.Healthy(), "not connected yet")

		require.ErrorIs(t, sink.Deliver(t.Context(), threePoints(t)), down)
		require.False(t, sink.breaker.isClosed())
		time.Sleep(2 * time.Second)
		done, err = sink.breaker.allow(time.Now())
		require.NoError(t, err)
		require.True(t, sink.RestsUntil().After(time.Now()))
		require.Error(t, sink.failed(stopped, NetworkError(stopped.Err()), done))
		require.False(t, sink.RestsUntil().After(time.Now()), "nobody is trying")
		e.send = script(t, nil)
		require.NoError(t, sink.Deliver(t.Context(), threePoints(t)), "the stopped probe holds nobody")
	})
}

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := threePoints(t)
		size := estimate(d.Batch)
		require.Equal(t, int64(3*128), size)
		answer := make(chan error)
		metrics := NewMetrics(nil)
		e := &endpoint{send: func(context.Context) error { return <-answer }}
		sink := NewSink("OTLP", "host", e, Options{MaxInFlight: 2*size + 1}, metrics)
		results := make(chan error)
		for range 3 {
			go func() { results <- sink.Deliver(t.Context(), d) }()
		}
		synctest.Wait()
		require.InDelta(t, 2*size, testutil.ToFloat64(metrics.inFlight), 0, "the third waits")

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := sink.Deliver(ctx, d)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, Retryable, errorOf(err).Kind)
		for range 3 {
			answer <- nil
			require.NoError(t, <-results)
		}
		require.Zero(t, testutil.ToFloat64(metrics.inFlight))
	})
}

// TestLargestDeliveryPasses: one that is larger than the bound goes alone.
func TestLargestDeliveryPasses(t *testing.T) {
	e := &endpoint{send: script(t, nil)}
	require.NoError(t, NewSink("OTLP", "host", e, Options{MaxInFlight: 1}, NewMetrics(nil)).Deliver(t.Context(), threePoints(t)))
}

func TestHealth(t *testing.T) {
	e := &endpoint{check: down}
	sink := NewSink("OTLP", "host", e, Options{}, NewMetrics(nil))
	require.EqualError(t, sink.Healthy(), `OTLP endpoint "host": not connected yet`)
	require.EqualError(t, sink.Check(t.Context()), `OTLP endpoint "host": The receiver is down.`)
	require.ErrorIs(t, sink.Healthy(), down)

	e.send = script(t, refused, down)
	require.ErrorIs(t, sink.Deliver(t.Context(), threePoints(t)), refused)
	require.NoError(t, sink.Healthy(), "who refuses is there")
	require.ErrorIs(t, sink.Deliver(t.Context(), threePoints(t)), down)
	require.NoError(t, sink.Healthy(), "one failure is no state")

	e.check = nil
	sink = NewSink("OTLP", "host", e, Options{}, NewMetrics(nil))
	require.NoError(t, sink.Check(t.Context()))
	require.NoError(t, sink.Healthy())
}

func TestSinkPassesOn(t *testing.T) {
	e := &endpoint{}
	sink := NewSink("RemoteWrite", "host", e, Options{}, NewMetrics(nil))
	key := types.NamespacedName{Namespace: "ns", Name: "ex"}
	sink.Forget(key)
	require.NoError(t, sink.Close())
	require.Equal(t, []types.NamespacedName{key}, e.forgot)
	require.True(t, e.closed)
	require.Equal(t, "RemoteWrite", sink.Name())
	require.Equal(t, "host", sink.Endpoint())
	require.True(t, sink.TakesPast())
}

// closer is a Sender whose protocol can end series.
type closer struct {
	endpoint
	ended []types.NamespacedName
}

func (c *closer) End(key types.NamespacedName) { c.ended = append(c.ended, key) }

func TestEndIsForgetWhereSeriesCannotEnd(t *testing.T) {
	key := types.NamespacedName{Namespace: "ns", Name: "ex"}
	cannot := &endpoint{}
	NewSink("OTLP", "host", cannot, Options{}, NewMetrics(nil)).End(key)
	require.Equal(t, []types.NamespacedName{key}, cannot.forgot)

	can := &closer{}
	NewSink("RemoteWrite", "host", can, Options{}, NewMetrics(nil)).End(key)
	require.Equal(t, []types.NamespacedName{key}, can.ended)
	require.Empty(t, can.forgot)
}

// TestMetricsMove: each metric moves for what it is there for.
func TestMetricsMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		metrics := NewMetrics(registry)
		answer := make(chan error)
		e := &endpoint{send: func(context.Context) error { return <-answer }}
		sink := NewSink("OTLP", "host", e, Options{MaxFailures: 1, MaxInFlight: estimate(threePoints(t).Batch)}, metrics)
		var watch selfmetrics.Watch
		require.NoError(t, watch.Look(registry))
		results := make(chan error)
		for range 2 { // one is sent, the other waits
			go func() { results <- sink.Deliver(t.Context(), threePoints(t)) }()
		}
		synctest.Wait()
		require.InDelta(t, 384, testutil.ToFloat64(metrics.waiting), 0)
		require.NoError(t, watch.Look(registry))
		for _, result := range []error{nil, down} {
			time.Sleep(time.Second)
			answer <- result
			require.ErrorIs(t, <-results, result)
		}
		require.Zero(t, testutil.ToFloat64(metrics.waiting))
		require.InDelta(t, float64(time.Now().Add(-time.Second).Unix()), testutil.ToFloat64(metrics.lastSuccess), 0)
		metrics.Meter("OTLP", "host").Request("200", 100)
		require.NoError(t, watch.Look(registry))
		require.Empty(t, watch.Still())
		problems, err := testutil.GatherAndLint(registry)
		require.NoError(t, err)
		require.Empty(t, problems)
	})
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics := NewMetrics(registry)
	e := &endpoint{send: script(t, nil, refused, down, Rejected(2, "Two."), Rejected(9, "Nine."), Unsifted(1, refused))}
	sink := NewSink("OTLP", "host", e, Options{}, metrics)
	for range 6 {
		_ = sink.Deliver(t.Context(), threePoints(t))
	}
	meter := metrics.Meter("OTLP", "host")
	meter.Request("200", 100)
	meter.Request(NoAnswer, 50)
	(*Meter)(nil).Request("200", 1)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP adxexporter_push_breaker_state State of the endpoint's circuit breaker: 0 closed, 1 half-open, 2 open.
# TYPE adxexporter_push_breaker_state gauge
adxexporter_push_breaker_state{endpoint="host",sink="OTLP"} 0
# HELP adxexporter_push_bytes_total Bytes of the requests sent, as they were on the wire.
# TYPE adxexporter_push_bytes_total counter
adxexporter_push_bytes_total{endpoint="host",sink="OTLP"} 150
# HELP adxexporter_push_in_flight_bytes Estimated memory of the deliveries that are being sent.
# TYPE adxexporter_push_in_flight_bytes gauge
adxexporter_push_in_flight_bytes{endpoint="host",sink="OTLP"} 0
# HELP adxexporter_push_points_total Points pushed, by result: delivered, rejected for good, or failed and to be sent again.
# TYPE adxexporter_push_points_total counter
adxexporter_push_points_total{endpoint="host",result="delivered",sink="OTLP"} 6
adxexporter_push_points_total{endpoint="host",result="failed",sink="OTLP"} 3
adxexporter_push_points_total{endpoint="host",result="rejected",sink="OTLP"} 9
# HELP adxexporter_push_requests_total Requests sent, by the receiver's answer: an HTTP status, a gRPC code, or error if there was none.
# TYPE adxexporter_push_requests_total counter
adxexporter_push_requests_total{code="200",endpoint="host",sink="OTLP"} 1
adxexporter_push_requests_total{code="error",endpoint="host",sink="OTLP"} 1
`), "adxexporter_push_breaker_state", "adxexporter_push_bytes_total", "adxexporter_push_in_flight_bytes",
		"adxexporter_push_points_total", "adxexporter_push_requests_total"))
}
