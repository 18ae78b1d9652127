//go:build unix

package benchline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLine(t *testing.T) {
	cases := map[string]struct {
		reason string
		line   Line
		want   string
	}{
		"Reached": {
			"the target itself is enough",
			Line{Name: "decode", PeerName: "sdk", Ours: "3ms", Peer: "30ms", Ratio: 10, Target: 10},
			"bench decode ours=3ms peer=sdk:30ms ratio=10 target=10 ok",
		},
		"Missed": {
			"just below is short, also when the rounded ratio looks equal",
			Line{Name: "decode", PeerName: "sdk", Ours: "3ms", Peer: "30ms", Ratio: 9.9999, Target: 10},
			"bench decode ours=3ms peer=sdk:30ms ratio=10 target=10 short",
		},
		"LargeNumbers": {
			"no exponent form, which scripts would have to parse",
			Line{Name: "n", PeerName: "p", Ours: "1", Peer: "2", Ratio: 123456.7, Target: 0.001234},
			"bench n ours=1 peer=p:2 ratio=123457 target=0.00123 ok",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, tc.line.String(), tc.reason) })
	}
}

// reporter keeps what a report does to its test.
type reporter struct {
	testing.TB
	failed, skipped bool
}

func (r *reporter) Helper()               {}
func (r *reporter) Errorf(string, ...any) { r.failed = true }
func (r *reporter) Skipf(string, ...any)  { r.skipped = true }

func TestReportFailsOnlyBelowTheTarget(t *testing.T) {
	for _, tc := range []struct {
		ours, limit float64
		failed      bool
	}{{39, 40, false}, {40, 40, false}, {41, 40, true}, {0, 1, false}} {
		r := &reporter{TB: t}
		ReportLimit(r, "benchline_selftest", tc.ours, tc.limit, "MB")
		require.Equal(t, tc.failed, r.failed, "%v of %v", tc.ours, tc.limit)
	}
}

func TestGuard(t *testing.T) {
	for value, skipped := range map[string]bool{"": true, "0": true, "1": false} {
		t.Setenv(Env, value)
		r := &reporter{TB: t}
		Guard(r)
		require.Equal(t, skipped, r.skipped, "%q", value)
	}
}

func TestMedian(t *testing.T) {
	require.Equal(t, 0, Median[int](nil))
	require.Equal(t, 2, Median([]int{3, 1, 2}))
	require.Equal(t, 2, Median([]int{4, 3, 1, 2}), "the lower of the two in the middle")
}

func TestInterleaveRunsBothSidesInTurns(t *testing.T) {
	var order []byte
	spin := func(mark byte, d time.Duration) func() {
		return func() {
			order = append(order, mark)
			for start := CPUTime(); CPUTime()-start < d; {
				continue
			}
		}
	}
	ours, peer := Interleave(t, 3, spin('o', time.Millisecond), spin('p', 20*time.Millisecond))
	require.Equal(t, "opopopop", string(order), "one warm-up and three rounds")
	require.Greater(t, peer, ours)
}

func TestPeak(t *testing.T) {
	rss, err := PeakRSS()
	require.NoError(t, err)
	memory, err := PeakMemory()
	require.NoError(t, err)
	require.Greater(t, memory, int64(1<<20), "a Go process is larger than 1 MiB")
	require.Greater(t, rss, memory, "the program is mapped")

	got, err := parseStatus("VmPeak:\t 1 kB\nVmHWM:\t    2048 kB\n", "VmHWM:")
	require.NoError(t, err)
	require.Equal(t, int64(2<<20), got)
	for _, status := range []string{"", "VmHWM:\t many kB\n"} {
		_, err = parseStatus(status, "VmHWM:")
		require.Error(t, err, status)
	}
}

func TestAllocsDuring(t *testing.T) {
	var keep [][]byte
	n := AllocsDuring(func() {
		for range 1000 {
			keep = append(keep, make([]byte, 64))
		}
	})
	require.GreaterOrEqual(t, n, uint64(1000))
	require.Len(t, keep, 1000)
}
