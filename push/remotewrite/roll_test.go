package remotewrite

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// pods are samples at the last moment of window number, one a pod.
func pods(number int, names ...string) []batchtest.Sample {
	var samples []batchtest.Sample
	for _, name := range names {
		samples = append(samples, batchtest.Sample{
			Name: "up", Labels: map[string]string{"Pod": name}, Value: 1,
			Time: windowEnd.Add(time.Duration(number)*time.Minute - 100),
		})
	}
	return samples
}

// ends lists the stale markers of a receiver as series@milliseconds after
// windowEnd.
func (r *receiver) ends() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := []string{}
	for _, q := range r.requests {
		for _, s := range q.series {
			for _, sample := range s.Samples {
				if math.Float64bits(sample.Value) == 0x7ff0000000000002 {
					pod, _, _ := strings.Cut(strings.TrimPrefix(seriesKey(s), `Pod="`), `"`)
					ends = append(ends, fmt.Sprintf("%s@%d", pod, sample.Timestamp-windowEnd.UnixMilli()))
				}
			}
		}
	}
	return ends
}

func TestStaleMarkers(t *testing.T) {
	type step func(t *testing.T, s *Sender)
	send := func(number int, names ...string) step {
		return func(t *testing.T, s *Sender) {
			require.NoError(t, s.Send(t.Context(), windowAt(t, number, pods(number, names...)...)))
		}
	}
	end := func(_ *testing.T, s *Sender) { s.End(exporter) }
	forget := func(_ *testing.T, s *Sender) { s.Forget(exporter) }
	flush := func(t *testing.T, s *Sender) { require.NoError(t, s.Flush(t.Context())) }
	other := func(t *testing.T, s *Sender) {
		d := windowAt(t, 0, pods(0, "other")...)
		d.Source.Name = "other"
		require.NoError(t, s.Send(t.Context(), d))
	}
	cases := map[string]struct {
		reason string
		steps  []step
		want   []string
	}{
		"FirstWindow":  {"nothing is known to end", []step{send(0, "a", "b")}, nil},
		"SameSeries":   {"in another order", []step{send(0, "a", "b"), send(1, "b", "a")}, nil},
		"Disappears":   {"where its sample would be", []step{send(0, "a", "b"), send(1, "b")}, []string{"a@59999"}},
		"Once":         {"an end is told once", []step{send(0, "a", "b"), send(1, "b"), send(2, "b")}, []string{"a@59999"}},
		"EmptyWindow":  {"all series end", []step{send(0, "a", "b"), send(1)}, []string{"a@59999", "b@59999"}},
		"ComesBack":    {"and ends again", []step{send(0, "a"), send(1), send(2, "a"), send(3)}, []string{"a@59999", "a@179999"}},
		"Past":         {"a window of the past ends nothing", []step{send(5, "a"), send(3, "b"), send(4)}, nil},
		"PastUnknown":  {"nor does it change what is expected", []step{send(5, "a"), send(3, "b"), send(6, "a")}, nil},
		"SameWindow":   {"sent again, it ends nothing", []step{send(0, "a"), send(0)}, nil},
		"Gap":          {"the next window may be a later one", []step{send(0, "a"), send(10)}, []string{"a@599999"}},
		"Ended":        {"a moment after the window", []step{send(0, "a", "b"), end, flush}, []string{"a@0", "b@0"}},
		"EndedNoFlush": {"the next delivery of any exporter takes them along", []step{send(0, "a"), end, other}, []string{"a@0"}},
		"EndedTwice":   {"once", []step{send(0, "a"), end, end, flush, flush}, []string{"a@0"}},
		"EndedUnknown": {"nothing to end", []step{end, flush}, nil},
		"Resumed":      {"begins anew", []step{send(0, "a"), end, flush, send(2, "b"), send(3, "b")}, []string{"a@0"}},
		"HandedOver":   {"the series go on elsewhere", []step{send(0, "a"), forget, flush, send(1, "b")}, nil},
		"HandedOverWaiting": {
			"what waits is not ours to send", []step{send(0, "a"), end, forget, flush}, nil,
		},
		"Others": {"exporters do not end each other's series", []step{send(0, "a"), other, send(1, "a"), forget, other}, nil},
	}
	for name, tc := range cases {
		for version, react := range map[string]func(request) reaction{"1": victoria, "2": prometheus3} {
			t.Run(name+version, func(t *testing.T) {
				r := newReceiver(t, react)
				s := newSender(t, Config{Transport: r})
				for _, step := range tc.steps {
					step(t, s)
				}
				if tc.want == nil {
					tc.want = []string{}
				}
				require.Equal(t, tc.want, distinct(r.ends()), tc.reason)
			})
		}
	}
}

// distinct leaves out what is sent in both versions, when 1.0 is found out.
func distinct(all []string) []string {
	seen, out := map[string]bool{}, []string{}
	for _, s := range all {
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}

// A series with samples after its window must not end before them.
func TestMarkerComesAfterTheNewestSample(t *testing.T) {
	r := newReceiver(t, prometheus3)
	s := newSender(t, Config{Transport: r})
	late := pods(0, "a")
	late[0].Time = windowEnd.Add(time.Hour)
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, late...)))
	require.NoError(t, s.Send(t.Context(), windowAt(t, 1)))
	require.Equal(t, []string{"a@3600001"}, r.ends())
	require.NoError(t, s.Send(t.Context(), windowAt(t, 2, late...)))
	s.End(exporter)
	require.NoError(t, s.Flush(t.Context()))
	require.Equal(t, []string{"a@3600001", "a@3600001"}, r.ends())
}

// A delivery that failed did not show what series there are.
func TestFailedDeliveriesEndNothing(t *testing.T) {
	r := newReceiver(t, prometheus3)
	s := newSender(t, Config{Transport: r})
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, pods(0, "a")...)))
	r.react = answering(http.StatusBadGateway, nil, "")
	require.Error(t, s.Send(t.Context(), windowAt(t, 1, pods(1, "b")...)))
	r.react = answering(http.StatusConflict, nil, "")
	require.Error(t, s.Send(t.Context(), windowAt(t, 2, pods(2, "b")...)))
	r.react = prometheus3
	require.NoError(t, s.Send(t.Context(), windowAt(t, 3, pods(3, "a")...)))
	require.Empty(t, r.ends())
}

func TestNoStaleMarkers(t *testing.T) {
	r := newReceiver(t, prometheus3)
	s := newSender(t, Config{Transport: r, NoStaleMarkers: true})
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, pods(0, "a")...)))
	require.NoError(t, s.Send(t.Context(), windowAt(t, 1, pods(1, "b")...)))
	s.End(exporter)
	require.NoError(t, s.Flush(t.Context()))
	require.Empty(t, r.ends())
}

// Markers that fail wait; a delivery does not fail because of them.
func TestMarkersWait(t *testing.T) {
	down := false
	r := newReceiver(t, func(q request) reaction {
		marker := q.samples > 0 && math.IsNaN(q.series[0].Samples[0].Value)
		if down && marker {
			return reaction{http.StatusServiceUnavailable, map[string]string{"Retry-After": "3"}, "", nil}
		}
		return prometheus3(q)
	})
	s := newSender(t, Config{Transport: r})
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, pods(0, "a", "b", "c")...)))
	down = true
	require.NoError(t, s.Send(t.Context(), windowAt(t, 1, pods(1, "b", "c")...)))
	require.NoError(t, s.Send(t.Context(), windowAt(t, 2, pods(2, "c")...)))
	require.Equal(t, 3*time.Second, pushError(t, s.Flush(t.Context())).Wait())
	r.react = prometheus3
	r.requests = nil
	require.NoError(t, s.Flush(t.Context()))
	require.Equal(t, []string{"a@59999", "b@119999"}, r.ends(), "oldest first")

	s.End(exporter)
	r.react = answering(http.StatusConflict, nil, "")
	require.NoError(t, s.Flush(t.Context()), "markers that nobody wants are dropped")
	r.requests = nil
	require.NoError(t, s.Flush(t.Context()))
	require.Empty(t, r.requests)
}

// Start sends what waits, tries again when it was told to, and ends with ctx.
func TestStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var tries []time.Time
		r := newReceiver(t, prometheus3)
		s := newSender(t, Config{Transport: r})
		require.NoError(t, s.Send(ctx, windowAt(t, 0, pods(0, "a")...)))
		r.react = func(q request) reaction {
			tries = append(tries, time.Now())
			switch len(tries) {
			case 1:
				return reaction{http.StatusServiceUnavailable, map[string]string{"Retry-After": "7"}, "", nil}
			case 2:
				return reaction{http.StatusServiceUnavailable, nil, "", nil}
			}
			return prometheus3(q)
		}
		done := make(chan error)
		go func() { done <- s.Start(ctx) }() // waited for below
		start := time.Now()
		s.End(exporter)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(t, []time.Time{start, start.Add(7 * time.Second), start.Add(37 * time.Second)}, tries)

		require.NoError(t, s.Send(ctx, windowAt(t, 1, pods(1, "a")...)))
		r.react = answering(http.StatusServiceUnavailable, nil, "")
		s.End(exporter)
		synctest.Wait()
		cancel() // while it waits for its next try
		require.NoError(t, <-done)
	})
}

// Markers go out in requests of the same limits as samples.
func TestManyMarkers(t *testing.T) {
	r := newReceiver(t, prometheus3)
	s := newSender(t, Config{Transport: r, MaxSamples: 700})
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(20_000)...)))
	r.requests = nil
	require.NoError(t, s.Send(t.Context(), windowAt(t, 1)))
	require.Len(t, r.ends(), 10_000)
	require.Len(t, distinct(r.ends()), 10_000)
	for _, q := range r.requests {
		require.LessOrEqual(t, q.samples, 700)
	}
}

func TestWaitingMarkersAreBounded(t *testing.T) {
	r := newRoll()
	random := rand.NewChaCha8([32]byte{})
	big := make([]byte, maxWaiting/3)
	_, _ = random.Read(big) // it cannot be compressed
	for i := range 5 {
		name := types.NamespacedName{Name: fmt.Sprint(i)}
		var p packer
		p.add(big)
		r.last[name] = &window{end: 1, hashes: []uint64{1}, series: p.finish()}
		r.end(name)
		require.LessOrEqual(t, r.waitingBytes, maxWaiting)
	}
	require.Len(t, r.waiting, 2)
	require.Equal(t, "3", r.waiting[0].exporter.Name, "the oldest are dropped")
	r.forget(types.NamespacedName{Name: "3"})
	first, ok := r.next()
	require.True(t, ok)
	require.Equal(t, "4", first.exporter.Name)
	require.Zero(t, r.waitingBytes)
	r.putBack(first)
	require.Equal(t, first.series.size(), r.waitingBytes)
}

// What is kept of a series must be small: it is kept for each exporter.
func TestRollIsSmall(t *testing.T) {
	s := newSender(t, Config{Transport: newReceiver(t, prometheus3)})
	const n = 10_000
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(2*n)...)))
	last := s.roll.last[exporter]
	require.Len(t, last.hashes, n)
	require.Less(t, last.series.size()/n, 16, "bytes a series besides its hash")
}

// Kusto promises no order: another one must not cost packing all series again.
func TestSeriesInAnotherOrderArePackedOnce(t *testing.T) {
	s := newSender(t, Config{Transport: newReceiver(t, prometheus3)})
	samples := samplesOf(2000)
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samples...)))
	first := s.roll.last[exporter]
	slices.Reverse(samples)
	require.NoError(t, s.Send(t.Context(), windowAt(t, 1, samples...)))
	second := s.roll.last[exporter]
	require.NotEqual(t, first.hashes, second.hashes)
	require.Same(t, &first.series[0], &second.series[0])
}

// Labels survive the way through packing and both encoders.
func TestMarkersOfAnyLabels(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	samples := []batchtest.Sample{
		{Name: "a", Value: 1, Time: windowEnd},
		{Name: "a", Labels: map[string]string{"Z": "ü", "z": long}, Value: 1, Time: windowEnd},
		{Name: "b", Labels: map[string]string{"Z": "", "z": "y"}, Value: 1, Time: windowEnd},
	}
	b := batchtest.New(t, batchtest.Options{}, samples...)
	var l layout
	var a attendance
	l.reset(b)
	series := a.pack(b, &l)
	var want [][]prompb.Label
	for _, s := range wantSeries(b) {
		want = append(want, s.Labels)
	}
	for _, e := range []encoder{&encoder1{}, &encoder2{}} {
		e.reset()
		for labels := range series.all() {
			e.addMarker(labels, 5)
		}
		var got prompb.WriteRequest
		if _, ok := e.(*encoder2); ok {
			got.Timeseries = decode2(t, e.message())
		} else {
			require.NoError(t, got.Unmarshal(e.message()))
		}
		require.Len(t, got.Timeseries, len(want))
		for i, s := range got.Timeseries {
			require.Equal(t, want[i], s.Labels)
			require.EqualValues(t, 5, s.Samples[0].Timestamp)
			require.Equal(t, uint64(0x7ff0000000000002), math.Float64bits(s.Samples[0].Value))
		}
	}
}
