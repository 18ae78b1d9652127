package executor

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

func TestPace(t *testing.T) {
	limiter := rate.NewLimiter(40, 40)
	p := newPace(limiter)
	now := time.Unix(1_700_000_000, 0)
	p.succeeded(now)
	require.InDelta(t, 40, float64(limiter.Limit()), 1e-9, "there is nothing to bring back")
	p.failed(now)
	p.failed(now.Add(slowAgain - time.Second))
	require.InDelta(t, 20, float64(limiter.Limit()), 1e-9, "a burst of failures counts once")
	p.succeeded(now)
	require.InDelta(t, 20.2, float64(limiter.Limit()), 1e-9)
	for range 10 {
		now = now.Add(slowAgain)
		p.failed(now)
	}
	require.InDelta(t, slowest, float64(limiter.Limit()), 1e-9)
	for range recovery {
		p.succeeded(now)
	}
	require.InDelta(t, 40, float64(limiter.Limit()), 1e-9, "and no more than that")
}

func TestPaceBelowTheSlowest(t *testing.T) {
	limiter := rate.NewLimiter(0.5, 1)
	p := newPace(limiter)
	p.failed(time.Unix(1_700_000_000, 0))
	require.InDelta(t, 0.5, float64(limiter.Limit()), 1e-9, "a failure never makes it faster")
}

func TestPaceWithoutBound(t *testing.T) {
	p := newPace(nil)
	p.failed(time.Unix(1_700_000_000, 0))
	p.succeeded(time.Unix(1_700_000_000, 0))
	require.Nil(t, p.limiter)
}

// failing is a Recorder that nothing reaches.
type failing struct{}

func (failing) Record(context.Context, Commit) (v1.GroupStatus, error) {
	return v1.GroupStatus{}, errors.New("no answer")
}

// TestWritesSlowDownWhileTheyFail: the executor tells the pace.
func TestWritesSlowDownWhileTheyFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(nil)
		w.stop()
		limiter := rate.NewLimiter(40, 40)
		e := New(Options{
			Guard: w, Querier: &busyKusto{places: make(chan struct{}, 64), late: map[string][]time.Duration{}}, Sinks: []Sink{w.sinks[0]},
			Recorder: failing{}, Commits: limiter, Metrics: NewMetrics(prometheus.NewRegistry()), Log: zap.NewNop(),
		})
		for i := range 10 {
			e.Apply(newExporter(fmt.Sprint("e", i)))
		}
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
		defer stop()
		require.NoError(t, e.Start(ctx))
		require.InDelta(t, slowest, float64(limiter.Limit()), 1e-9)
		e.opts.Recorder = w
		ctx, stop = context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		require.NoError(t, e.Start(ctx))
		require.Greater(t, limiter.Limit(), rate.Limit(slowest))
	})
}

// slowRecorder takes a while for each write, and notes how many there were at once.
type slowRecorder struct {
	Recorder

	mu             sync.Mutex
	underWay, most int
}

func (s *slowRecorder) Record(ctx context.Context, commit Commit) (v1.GroupStatus, error) {
	s.count(1)
	defer s.count(-1)
	time.Sleep(3 * time.Second)
	return s.Recorder.Record(ctx, commit)
}

func (s *slowRecorder) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay += n
	s.most = max(s.most, s.underWay)
}

// TestFewWritesAtOnce: an API server that takes its time has few writes to deal with,
// and gets to all exporters.
func TestFewWritesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const exporters = 10 * writesAtOnce
		w := newWorld(nil)
		w.stop()
		recorder := &slowRecorder{Recorder: w}
		metrics := NewMetrics(prometheus.NewRegistry())
		e := New(Options{
			Guard: w, Querier: &busyKusto{places: make(chan struct{}, 64), late: map[string][]time.Duration{}}, Sinks: []Sink{w.sinks[0]},
			Recorder: recorder, Commits: rate.NewLimiter(200, 200), Metrics: metrics, Log: zap.NewNop(),
		})
		for i := range exporters {
			e.Apply(newExporter(fmt.Sprint("e", i)))
		}
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Second)
		defer stop()
		require.NoError(t, e.Start(ctx))
		require.Equal(t, writesAtOnce, recorder.most)
		for _, x := range e.exporters {
			require.NotZero(t, x.state.committed.Seq, "%s has no status", x.key)
		}
	})
}
