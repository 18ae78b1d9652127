package schedule

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func at(clock string) time.Time {
	t, err := time.Parse(time.RFC3339, "2026-11-23T"+clock+"Z")
	if err != nil {
		panic(err)
	}
	return t
}

func TestNext(t *testing.T) {
	cases := map[string]struct {
		reason    string
		rule      Rule
		watermark time.Time
		now       time.Time
		window    string
		due       time.Time
		missed    string
	}{
		"FirstIsTheLastCompleteOne": {
			reason: "a new exporter shows values at once, of a full aligned window",
			rule:   Rule{Interval: 5 * time.Minute, Spread: 9 * time.Second},
			now:    at("10:07:13"), window: "10:00:00-10:05:00", due: at("10:07:13"),
		},
		"FirstWaitsForLateRows": {
			reason: "the newest window is not complete before the ingestion delay is over",
			rule:   Rule{Interval: 5 * time.Minute, Delay: 3 * time.Minute},
			now:    at("10:07:13"), window: "09:55:00-10:00:00", due: at("10:07:13"),
		},
		"StartsWhereTheLastEnded": {
			reason: "SummaryRule's rule: start is the previous end",
			rule:   Rule{Interval: time.Minute}, watermark: at("10:05:00"),
			now: at("10:05:30"), window: "10:05:00-10:06:00", due: at("10:06:00"),
		},
		"DelayShiftsWhenNotWhat": {
			reason: "the cadence stays the interval; upstream's SummaryRule spaces by interval plus delay",
			rule:   Rule{Interval: time.Minute, Delay: 20 * time.Second, Spread: 2 * time.Second}, watermark: at("10:05:00"),
			now: at("10:05:30"), window: "10:05:00-10:06:00", due: at("10:06:22"),
		},
		"EditedIntervalGivesOneShortWindow": {
			reason: "from a 1m grid to a 5m grid in the middle of five minutes",
			rule:   Rule{Interval: 5 * time.Minute}, watermark: at("10:03:00"),
			now: at("10:03:10"), window: "10:03:00-10:05:00", due: at("10:05:00"),
		},
		"ShortIntervalIsFullLength": {
			reason: "upstream clips to the minute and asks negative windows below it",
			rule:   Rule{Interval: 30 * time.Second}, watermark: at("10:00:30"),
			now: at("10:00:45"), window: "10:00:30-10:01:00", due: at("10:01:00"),
		},
		"NewestFirst": {
			reason: "after an outage people look at now; what was missed is named",
			rule:   Rule{Interval: time.Minute}, watermark: at("09:00:00"),
			now: at("10:00:30"), window: "09:59:00-10:00:00", due: at("10:00:00"), missed: "09:00:00-09:59:00",
		},
		"ShortWindowIsMissedToo": {
			reason: "the rest of an edited interval is a window like others",
			rule:   Rule{Interval: 5 * time.Minute}, watermark: at("09:53:00"),
			now: at("10:00:30"), window: "09:55:00-10:00:00", due: at("10:00:00"), missed: "09:53:00-09:55:00",
		},
		"ClockBehindTheWatermark": {
			reason: "a clock that jumped back never asks for a window twice",
			rule:   Rule{Interval: time.Minute}, watermark: at("10:05:00"),
			now: at("08:00:00"), window: "10:05:00-10:06:00", due: at("10:06:00"),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			plan := tc.rule.Next(tc.watermark, tc.now)
			require.Equal(t, tc.window, short(plan.Window), tc.reason)
			require.Equal(t, tc.due, plan.Due, tc.reason)
			require.Equal(t, tc.missed, short(plan.Missed), tc.reason)
		})
	}
}

func short(w Window) string {
	if w.IsZero() {
		return ""
	}
	return w.Start.Format(time.TimeOnly) + "-" + w.End.Format(time.TimeOnly)
}

func TestAgain(t *testing.T) {
	rule := Rule{Interval: 5 * time.Minute, Delay: time.Minute}
	require.Equal(t, "10:00:00-10:05:00", short(rule.Again(at("10:05:00"), at("10:30:00"))),
		"the last settled window, not a newer one")
	require.Equal(t, "09:55:00-10:00:00", short(rule.Again(at("10:03:00"), at("10:30:00"))),
		"a full window, also where the watermark is off the grid")
	require.Equal(t, "10:00:00-10:05:00", short(rule.Again(time.Time{}, at("10:06:30"))),
		"without a watermark, the newest complete one")
}

func TestWindow(t *testing.T) {
	require.True(t, Window{}.IsZero())
	w := Window{Start: at("10:00:00"), End: at("10:05:00")}
	require.False(t, w.IsZero())
	require.True(t, w.Equal(Window{Start: w.Start.In(time.FixedZone("", 3600)), End: w.End}))
	require.Equal(t, "[2026-11-23T10:00:00Z, 2026-11-23T10:05:00Z)", w.String())
	require.Equal(t, int64(0), Count(w.End, w.Start, time.Minute))
	require.Equal(t, "1969-12-31T23:55:00Z", floor(time.Unix(-1, 0), 5*time.Minute).Format(time.RFC3339),
		"the grid holds before the epoch")
}

func TestSpread(t *testing.T) {
	require.Equal(t, 1996*time.Millisecond, Spread("a", time.Minute), "fixed for an exporter, in every version")
	require.Zero(t, Spread("a", 10*time.Millisecond), "no room to spread")
	seen := map[time.Duration]bool{}
	for i := range 1000 {
		spread := Spread(fmt.Sprint("uid-", i), time.Hour)
		require.Less(t, spread, maxSpread)
		require.Less(t, Spread(fmt.Sprint("uid-", i), time.Minute), 3*time.Second)
		seen[spread] = true
	}
	require.Greater(t, len(seen), 900, "spread over the range")
}

func TestTurns(t *testing.T) {
	const period = 5 * time.Minute
	phase := Phase("a", period)
	turn := time.Unix(1_700_000_100, 0).Truncate(period).Add(phase)
	require.True(t, Turns("a", period, turn.Add(-time.Second), turn), "it turns now")
	require.False(t, Turns("a", period, turn, turn.Add(period-time.Nanosecond)), "once a period")
	require.True(t, Turns("a", period, turn, turn.Add(period)))
	require.False(t, Turns("a", period, turn, turn.Add(-time.Second)), "the clock has gone back")
	require.True(t, Turns("a", period, time.Time{}, turn), "since ever")
	seen := map[time.Duration]bool{}
	for i := range 1000 {
		seen[Phase(fmt.Sprint("uid-", i), period).Truncate(period/10)] = true
	}
	require.Len(t, seen, 10, "spread over the period")
}

// history is an exporter's life: what it ran, and the faults on the way.
type history struct {
	rng       *rand.Rand
	rule      Rule
	now       time.Time
	watermark time.Time
	ran       []Window
	// missed has, for each window that ran, the range before it.
	missed []Window
}

// TestHistories runs random lives of exporters (restarts, edits of interval and
// delay, failures, outages, clock jumps) and checks what DESIGN promises of
// their windows.
func TestHistories(t *testing.T) {
	const histories = 10_000
	for seed := range uint64(histories) {
		h := history{
			rng:  rand.New(rand.NewPCG(seed, 1)),
			rule: Rule{Interval: time.Minute},
			now:  at("10:00:00").Add(time.Duration(seed) * time.Second),
		}
		for range 40 {
			h.step()
		}
		h.check(t, seed)
	}
}

func (h *history) step() {
	switch h.rng.IntN(12) {
	case 0: // the interval or the delay is edited
		h.rule.Interval = time.Duration(10+h.rng.IntN(600)) * time.Second
		h.rule.Delay = time.Duration(h.rng.IntN(90)) * time.Second
	case 1: // the clock jumps
		h.now = h.now.Add(time.Duration(h.rng.IntN(7200)-3600) * time.Second)
	case 2: // an outage, or a restart after a while; the watermark is all that stays
		h.now = h.now.Add(time.Duration(h.rng.IntN(7200)) * time.Second)
	default:
		h.now = h.now.Add(time.Duration(h.rng.IntN(int(h.rule.Interval/time.Second))) * time.Second)
	}
	plan := h.rule.Next(h.watermark, h.now)
	failed := h.rng.IntN(5) == 0
	if plan.Due.After(h.now) || failed {
		return
	}
	h.ran = append(h.ran, plan.Window)
	h.missed = append(h.missed, plan.Missed)
	h.watermark = plan.Window.End
}

func (h *history) check(t *testing.T, seed uint64) {
	t.Helper()
	for i, w := range h.ran {
		require.True(t, w.Start.Before(w.End), "seed %d: %s is empty or negative", seed, w)
		require.Zero(t, w.Start.Nanosecond()+w.End.Nanosecond(), "seed %d: %s is not in whole seconds", seed, w)
		if i == 0 {
			continue
		}
		from, missed := h.ran[i-1].End, h.missed[i]
		if !missed.IsZero() {
			require.Equal(t, from, missed.Start, "seed %d: the missed range begins where the last window ended", seed)
			require.True(t, missed.Start.Before(missed.End), "seed %d: %s is empty or negative", seed, missed)
			from = missed.End
		}
		require.Equal(t, from, w.Start, "seed %d: neither a gap nor an overlap before %s", seed, w)
	}
}

// TestRangesAreWindows: a missed range, taken window by window, is what would have
// run in time, and Count knows how many there are.
func TestRangesAreWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := time.Duration(rapid.IntRange(10, 86400).Draw(t, "interval")) * time.Second
		watermark := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "watermark"), 0)
		now := watermark.Add(time.Duration(rapid.IntRange(0, 1e6).Draw(t, "later")) * time.Second)
		missed := Rule{Interval: interval}.Next(watermark, now).Missed
		count := Count(missed.Start, missed.End, interval)
		expected := Next(watermark, interval)
		for left := missed; left.Start.Before(left.End); {
			first := First(left, interval)
			require.Equal(t, expected, first)
			expected, left.Start = Next(first.End, interval), first.End
			count--
		}
		require.Zero(t, count)
	})
}

func TestFirstOfAnotherGrid(t *testing.T) {
	r := Window{Start: at("10:02:00"), End: at("10:09:00")}
	require.Equal(t, "10:02:00-10:05:00", short(First(r, 5*time.Minute)))
	require.Equal(t, "10:05:00-10:09:00", short(First(Window{Start: at("10:05:00"), End: r.End}, 5*time.Minute)))
}
