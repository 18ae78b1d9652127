//go:build unix

package benchline

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Env is the environment variable that switches the benchmarks on.
const Env = "ADXEXPORTER_BENCH"

// Guard skips the test unless ADXEXPORTER_BENCH=1 is set.
func Guard(t testing.TB) {
	t.Helper()
	if os.Getenv(Env) != "1" {
		t.Skipf("set %s=1 to measure", Env)
	}
}

// Cost is what one call took.
type Cost struct {
	CPU, Wall time.Duration
}

// Measure runs f once, after a garbage collection, and returns its cost. CPU
// time is that of the whole process, so work of helper goroutines counts.
func Measure(f func()) Cost {
	runtime.GC()
	cpu, wall := CPUTime(), time.Now()
	f()
	return Cost{CPU: CPUTime() - cpu, Wall: time.Since(wall)}
}

// InterleaveCost runs ours and peer in turns, once each to warm up and then
// rounds times, and returns the medians of both.
func InterleaveCost(t testing.TB, rounds int, ours, peer func()) (o, p Cost) {
	t.Helper()
	ours()
	peer()
	oursCosts, peerCosts := make([]Cost, rounds), make([]Cost, rounds)
	for i := range rounds {
		oursCosts[i], peerCosts[i] = Measure(ours), Measure(peer)
	}
	return medianCost(oursCosts), medianCost(peerCosts)
}

// Interleave is InterleaveCost for those who need the CPU time only.
func Interleave(t testing.TB, rounds int, ours, peer func()) (oursCPU, peerCPU time.Duration) {
	t.Helper()
	o, p := InterleaveCost(t, rounds, ours, peer)
	return o.CPU, p.CPU
}

func medianCost(costs []Cost) Cost {
	cpu, wall := make([]time.Duration, len(costs)), make([]time.Duration, len(costs))
	for i, c := range costs {
		cpu[i], wall[i] = c.CPU, c.Wall
	}
	return Cost{CPU: Median(cpu), Wall: Median(wall)}
}

// Median returns the middle value of values, the lower one of two; the zero
// value if there are none.
func Median[T cmp.Ordered](values []T) T {
	if len(values) == 0 {
		var zero T
		return zero
	}
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}

// CPUTime returns the user and system time that this process has used.
func CPUTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(fmt.Sprintf("cannot read the CPU time of this process: %v", err))
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// AllocsDuring returns the heap allocations of the whole process while f runs.
func AllocsDuring(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// PeakRSS returns the largest resident set that this process ever had, in
// bytes. Measure it in a process of its own: it never goes down.
func PeakRSS() (int64, error) {
	peak, _, err := readStatus()
	return peak, err
}

// PeakMemory is PeakRSS without the pages of files, which are those of the program
// itself: the kernel shares them among processes and may drop them at any time, and
// how many of them it maps at once is its own affair.
func PeakMemory() (int64, error) {
	peak, files, err := readStatus()
	return peak - files, err
}

func readStatus() (peak, files int64, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0, fmt.Errorf("cannot read the memory of this process: %w", err)
	}
	peak, peakErr := parseStatus(string(status), "VmHWM:")
	files, filesErr := parseStatus(string(status), "RssFile:")
	return peak, files, errors.Join(peakErr, filesErr)
}

// parseStatus returns a size of /proc/self/status in bytes.
func parseStatus(status, field string) (int64, error) {
	for line := range strings.Lines(status) {
		rest, found := strings.CutPrefix(line, field)
		if !found {
			continue
		}
		kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("cannot read the memory of this process: %w", err)
		}
		return kb << 10, nil
	}
	return 0, fmt.Errorf("cannot read the memory of this process: no %s line", field)
}

// Line is one measured comparison.
type Line struct {
	// Name of the measurement, PeerName of what it is compared with; no spaces.
	Name, PeerName string
	// Ours and Peer are the two values with their units.
	Ours, Peer string
	// Ratio is how many times better ours is; Target is the least we promise.
	Ratio, Target float64
}

// OK reports whether the target is reached.
func (l Line) OK() bool { return l.Ratio >= l.Target }

// String returns the line as `make bench` reads it.
func (l Line) String() string {
	verdict := "short"
	if l.OK() {
		verdict = "ok"
	}
	return fmt.Sprintf("bench %s ours=%s peer=%s:%s ratio=%s target=%s %s",
		l.Name, l.Ours, l.PeerName, l.Peer, Number(l.Ratio), Number(l.Target), verdict)
}

// Number formats x with three significant digits and no exponent.
func Number(x float64) string {
	if x >= 1000 || x <= -1000 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}

// Print prints l on standard output and fails the test if the target is missed.
func Print(t testing.TB, l Line) {
	t.Helper()
	fmt.Println(l)
	if !l.OK() {
		t.Errorf("%s misses its target: %s < %s", l.Name, Number(l.Ratio), Number(l.Target))
	}
}

// Report prints a comparison with a peer. The values come with their units, as
// in "3.1Mrows/s" or a time.Duration.
func Report(t testing.TB, name string, ours any, peerName string, peer any, ratio, target float64) {
	t.Helper()
	Print(t, Line{
		Name: name, PeerName: peerName, Ours: fmt.Sprint(ours), Peer: fmt.Sprint(peer),
		Ratio: ratio, Target: target,
	})
}

// ReportLimit prints a value that must not be larger than limit; the ratio says
// how many times it would fit.
func ReportLimit(t testing.TB, name string, ours, limit float64, unit string) {
	t.Helper()
	// A value too small to measure fits a million times, not infinitely often.
	ratio := limit / max(ours, limit*1e-6)
	Report(t, name, Number(ours)+unit, "limit", Number(limit)+unit, ratio, 1)
}
