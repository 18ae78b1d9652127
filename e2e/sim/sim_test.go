package sim

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"k8s.io/klog/v2"

	"github.com/adx-mon/adxexporter/e2e/history"
	"github.com/adx-mon/adxexporter/sharding"
)

var (
	seed = flag.Uint64("sim.seed", 1, "seed of the first slice")
	logs = flag.String("sim.log", "", "folder for what the replicas of each seed log")
)

func TestMain(m *testing.M) {
	klog.SetLogger(logr.Discard()) // elections are said by everybody, all the time
	flag.Parse()
	os.Exit(m.Run())
}

// dense is everything at once, more than any cluster sees.
func dense(seed uint64) Options {
	return Options{
		Seed: seed, Replicas: 4, Exporters: 16, Timing: sharding.DefaultTiming(),
		Faults: Faults{Every: 45 * time.Second, LostAnswer: 0.005, Slow: 0.005, QueryFails: 0.01, PushFails: 0.01},
	}
}

// simulate runs slices of a virtual hour side by side, and sums what came of them.
func simulate(t *testing.T, slices int, lasting time.Duration, opts func(seed uint64) Options) history.Report {
	t.Helper()
	var mu sync.Mutex
	var all history.Report
	t.Run("slices", func(t *testing.T) {
		for i := range slices {
			t.Run(fmt.Sprint(*seed+uint64(i)), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(*testing.T) {
					o := opts(*seed + uint64(i))
					o.Log = logOf(o.Seed)
					r := run(o, lasting)
					for i, fault := range r.Faults {
						r.Faults[i] = fmt.Sprintf("seed %d: %s", o.Seed, fault)
					}
					mu.Lock()
					defer mu.Unlock()
					all = all.Add(r)
				})
			})
		}
	})
	return all
}

// logOf returns where the replicas of a seed log.
func logOf(seed uint64) *zap.Logger {
	if *logs == "" {
		return nil
	}
	c := zap.NewDevelopmentConfig()
	c.OutputPaths, c.DisableStacktrace = []string{filepath.Join(*logs, fmt.Sprint(seed, ".log"))}, true
	return zap.Must(c.Build())
}

// hours returns how many virtual hours make sim asks for; zero is a look in passing,
// for runs with the race detector.
func hours(t *testing.T) int {
	t.Helper()
	text := os.Getenv("ADXEXPORTER_SIM_HOURS")
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	require.Positive(t, n)
	return n
}

// TestSim: under dense faults of all kinds no window is lost, none is committed
// twice, and no two replicas act for one exporter.
func TestSim(t *testing.T) {
	n := hours(t)
	slices, lasting := n, time.Hour
	if n == 0 {
		slices, lasting = 1, 10*time.Minute
	}
	r := simulate(t, slices, lasting, dense)
	fmt.Printf("sim: hours=%d seeds=%d-%d %s\n", n, *seed, *seed+uint64(slices)-1, r)
	require.NoError(t, r.Sound())
	require.Positive(t, r.Windows)
	require.LessOrEqual(t, float64(r.Twice), 0.001*float64(r.Looks), "served twice: a thousandth at most, while peers confirm each other")
}

// TestGraceful: scaling and rolling restarts lose nothing, repeat nothing, and never
// show a series twice.
func TestGraceful(t *testing.T) {
	lasting := 10 * time.Minute
	if hours(t) > 0 {
		lasting = time.Hour
	}
	r := simulate(t, 2, lasting, func(seed uint64) Options {
		o := dense(seed)
		o.Faults = Faults{Every: 60 * time.Second, Kinds: []string{"scale", "shrink", "rolling"}}
		return o
	})
	t.Log(r)
	require.NoError(t, r.Sound())
	require.Zero(t, r.DuplicatePushes)
	require.Zero(t, r.RepeatedQueries)
	require.Zero(t, r.Twice)
}

// TestFreezeInPreflight: whoever stands still over its first question, for longer than
// a takeover takes, asks for nothing when it goes on.
func TestFreezeInPreflight(t *testing.T) {
	o := dense(*seed)
	o.Faults, o.Preflight = Faults{}, 2*o.Timing.Dead
	r := simulate(t, 4, time.Minute, func(seed uint64) Options {
		o := o
		o.Seed = seed
		return o
	})
	t.Log(r)
	require.NoError(t, r.Sound())
	require.Positive(t, r.Windows)
}

// TestLostAnswers: however many answers are lost, somebody leads in the end.
func TestLostAnswers(t *testing.T) {
	r := simulate(t, 4, 10*time.Minute, func(seed uint64) Options {
		o := dense(seed)
		o.Faults = Faults{Every: 60 * time.Second, Kinds: []string{"leader"}, LostAnswer: 0.02}
		return o
	})
	t.Log(r)
	require.NoError(t, r.Sound())
}
