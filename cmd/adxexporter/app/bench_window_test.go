//go:build unix

package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/benchline"
)

// windowWays are the outputs that a window is measured with, one at a time.
var windowWays = []struct {
	name string
	to   outputs
}{
	{"otlp", outputs{OTLP: true}},
	{"remote_write", outputs{RemoteWrite: true}},
	{"scrape", outputs{Scrape: true}},
}

// TestBenchWindow measures a window from Kusto's answer until the output has it,
// in processes that do nothing else. A window's CPU time has the garbage collection
// that falls into it, so that the mean of a process counts, and the median of the
// processes. What the limits are compared with in docs/performance.md was measured
// elsewhere.
func TestBenchWindow(t *testing.T) {
	benchline.Guard(t)
	const windows, processes = 21, 5
	limits := []struct {
		load
		name              string
		cpu, allocs, peak float64 // us a row, a row, MB
	}{
		{load{Rows: 50_000, Labels: 4}, "50k_x4", 1, 1, 64},
		{load{Rows: 50_000, Labels: 20}, "50k_x20", 4, 1, 128},
	}
	for _, limit := range limits {
		from, to := part{Name: kustoPart, Load: limit.load}.start(t), part{Name: receiversPart}.start(t)
		rounds := make([][]windowsCost, len(windowWays))
		for range processes { // in turns, so that a busy machine slows all alike
			for i, way := range windowWays {
				p := part{Name: windowsPart, Load: limit.load, Kusto: from, Receivers: to, To: way.to, Windows: windows}
				rounds[i] = append(rounds[i], p.windows(t))
			}
		}
		points := int64(processes * windows * limit.Rows)
		requireTaken(t, to, taken{OTLP: points, RemoteWrite: points})
		for i, way := range windowWays {
			name, rows := "window_"+way.name+"_"+limit.name, float64(limit.Rows)
			cpu := medianOf(rounds[i], func(c windowsCost) float64 { return mean(c.CPU) / float64(time.Microsecond) / rows })
			allocs := medianOf(rounds[i], func(c windowsCost) float64 { return mean(c.Allocs) / rows })
			peak := medianOf(rounds[i], func(c windowsCost) float64 { return float64(c.Peak) / 1e6 })
			benchline.ReportLimit(t, name+"_cpu", cpu, limit.cpu, "us/row")
			benchline.ReportLimit(t, name+"_allocs", allocs, limit.allocs, "/row")
			benchline.ReportLimit(t, name+"_peak_memory", peak, limit.peak, "MB")
		}
	}
}

func medianOf(costs []windowsCost, value func(windowsCost) float64) float64 {
	values := make([]float64, len(costs))
	for i, c := range costs {
		values[i] = value(c)
	}
	return benchline.Median(values)
}

func mean[T ~int64 | ~uint64](values []T) float64 {
	sum := T(0)
	for _, v := range values {
		sum += v
	}
	return float64(sum) / float64(len(values))
}

func TestMeanAndMedian(t *testing.T) {
	require.InDelta(t, 2, mean([]uint64{1, 2, 3}), 0)
	costs := []windowsCost{{Peak: 9}, {Peak: 1}, {Peak: 5}}
	require.InDelta(t, 5, medianOf(costs, func(c windowsCost) float64 { return float64(c.Peak) }), 0)
}

// BenchmarkWindow is for profiles, and for benchstat. Its CPU time, us a row, is of
// the whole process.
func BenchmarkWindow(b *testing.B) {
	for _, l := range []load{{Rows: 50_000, Labels: 4}, {Rows: 50_000, Labels: 20}} {
		from, to := part{Name: kustoPart, Load: l}.start(b), part{Name: receiversPart}.start(b)
		for _, way := range windowWays {
			b.Run(fmt.Sprintf("%s/x%d", way.name, l.Labels), func(b *testing.B) {
				p, err := newPipeline(l, from, to, way.to)
				require.NoError(b, err)
				defer func() { require.NoError(b, p.close()) }()
				require.NoError(b, p.window(b.Context()))
				b.ReportAllocs()
				cpu := benchline.CPUTime()
				for b.Loop() {
					require.NoError(b, p.window(b.Context()))
				}
				spent := float64(benchline.CPUTime()-cpu) / float64(time.Microsecond)
				b.ReportMetric(spent/float64(b.N)/float64(l.Rows), "cpu-us/row")
			})
		}
	}
}
