package backlog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

func TestWait(t *testing.T) {
	b := Backoff{Base: 5 * time.Second, Max: 5 * time.Minute}
	rapid.Check(t, func(t *rapid.T) {
		attempts := rapid.Int32Range(1, 1000).Draw(t, "attempts")
		key := rapid.String().Draw(t, "key")
		nominal := b.Max
		if attempts < 7 {
			nominal = b.Base << (attempts - 1)
		}
		wait := b.Wait(attempts, key)
		require.Equal(t, wait, b.Wait(attempts, key), "the same on every replica")
		require.GreaterOrEqual(t, wait, nominal*8/10)
		require.Less(t, wait, nominal*12/10)
	})
	require.NotEqual(t, b.Wait(1, "a"), b.Wait(1, "b"), "exporters are spread")
}

func minutes(from, to int) schedule.Window {
	epoch := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	return schedule.Window{Start: epoch.Add(time.Duration(from) * time.Minute), End: epoch.Add(time.Duration(to) * time.Minute)}
}

func TestBury(t *testing.T) {
	var entry v1.GroupStatus
	const month = 30 * 24 * 60
	for i := range month {
		Bury(&entry, minutes(i, i+1), v1.DeadLetter{Attempts: 1, Reason: "ResultTooLarge"}, time.Minute)
	}
	require.Len(t, entry.DeadLetters, 1, "30 days of one failure are one range")
	require.Equal(t, minutes(0, 1).Start, entry.DeadLetters[0].StartTime.Time)
	require.Equal(t, minutes(0, month).End, entry.DeadLetters[0].EndTime.Time)

	before := append([]v1.DeadLetter(nil), entry.DeadLetters...)
	held := entry.DeadLetters
	for i := range MaxDeadLetters {
		at := month + 10*i
		Bury(&entry, minutes(at, at+2), v1.DeadLetter{Attempts: 3, At: metav1.Now(), Reason: "QueryFailed"}, time.Minute)
	}
	require.Equal(t, before, held, "the entry that was handed in before is not changed")
	require.Len(t, entry.DeadLetters, MaxDeadLetters)
	require.Equal(t, int64(month), entry.DroppedWindows, "the oldest range went, and is counted in windows")
}

// model is a backlog as a plain list of windows, each with its fate.
type model struct {
	entry    v1.GroupStatus
	interval time.Duration
	now      time.Time
	end      time.Time
	in, out  int64
}

// TestNoWindowDisappears: whatever happens, each window that went in waits, was
// delivered, is a dead letter, or is counted as dropped; and the status stays
// small.
func TestNoWindowDisappears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{interval: time.Minute, now: minutes(0, 0).Start, end: minutes(0, 0).Start}
		t.Repeat(map[string]func(*rapid.T){
			"": m.check, "fail": m.fail, "retry": m.retry, "expire": m.expire,
		})
	})
}

func (m *model) fail(t *rapid.T) {
	m.end = m.end.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "gap")) * m.interval)
	r := schedule.Window{Start: m.end, End: m.end.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "windows")) * m.interval)}
	m.end, m.now = r.End, r.End
	m.in += schedule.Count(r.Start, r.End, m.interval)
	Add(&m.entry, r, v1.BacklogEntry{
		Reason:  rapid.SampledFrom([]string{"QueryFailed", "DeliveryFailed"}).Draw(t, "reason"),
		Outputs: rapid.SampledFrom([][]string{nil, {"OTLP"}, {"RemoteWrite/a"}}).Draw(t, "outputs"),
	}, m.now, m.interval)
}

func (m *model) retry(t *rapid.T) {
	i, _ := Next(m.entry, free)
	if i < 0 {
		t.Skip("nothing to try")
	}
	w := Window(m.entry.Backlog[i], m.interval)
	require.Equal(t, m.interval, w.End.Sub(w.Start))
	switch rapid.IntRange(0, 2).Draw(t, "outcome") {
	case 0:
		Done(&m.entry, i, w)
		m.out++
	case 1:
		attempts := m.entry.Backlog[i].Attempts
		Failed(&m.entry, i, m.now, time.Minute, "QueryFailed", "no")
		require.Equal(t, attempts+1, m.entry.Backlog[i].Attempts)
		require.Equal(t, m.now.Add(time.Minute), m.entry.Backlog[i].NextAttempt.Time)
	default:
		GiveUp(&m.entry, i, w, m.now, m.interval)
	}
}

func (m *model) expire(t *rapid.T) {
	before := m.end.Add(-time.Duration(rapid.IntRange(0, 300).Draw(t, "age")) * m.interval)
	waiting := Windows(m.entry, m.interval)
	expired := Expire(&m.entry, before, m.now, m.interval)
	require.Equal(t, waiting-expired, Windows(m.entry, m.interval))
	for _, item := range m.entry.Backlog {
		require.False(t, Window(item, m.interval).End.Before(before))
	}
}

func (m *model) check(t *rapid.T) {
	waiting := Windows(m.entry, m.interval)
	buried := Buried(m.entry, m.interval) + m.entry.DroppedWindows
	require.Equal(t, m.in, m.out+waiting+buried)
	require.LessOrEqual(t, len(m.entry.Backlog), MaxRanges)
	require.LessOrEqual(t, len(m.entry.DeadLetters), MaxDeadLetters)
	for _, item := range m.entry.Backlog {
		require.True(t, item.StartTime.Before(&item.EndTime))
	}
}

func TestAdd(t *testing.T) {
	var entry v1.GroupStatus
	i, _ := Next(entry, free)
	require.Equal(t, -1, i)
	const month = 30 * 24 * 60
	for i := range month {
		Add(&entry, minutes(i, i+1), v1.BacklogEntry{Reason: "DeliveryFailed", Outputs: []string{"OTLP"}}, minutes(i, i+1).End, time.Minute)
	}
	require.Len(t, entry.Backlog, 1, "30 days of one failure are one range")
	require.Equal(t, int64(month), Windows(entry, time.Minute))

	Failed(&entry, 0, minutes(month, month).Start, time.Minute, "DeliveryFailed", "no")
	Add(&entry, minutes(month, month+1), v1.BacklogEntry{Reason: "DeliveryFailed", Outputs: []string{"OTLP"}, Error: "still no"}, minutes(month+1, 0).Start, time.Minute)
	require.Len(t, entry.Backlog, 1)
	require.Equal(t, int32(1), entry.Backlog[0].Attempts, "a newcomer does not shorten the wait")
	require.NotNil(t, entry.Backlog[0].NextAttempt)
	require.Equal(t, "still no", entry.Backlog[0].Error)

	Add(&entry, minutes(month+5, month+6), v1.BacklogEntry{Reason: "Missed"}, minutes(month+6, 0).Start, time.Minute)
	i, at := Next(entry, free)
	require.Equal(t, 1, i, "what was never tried is due before what waits")
	require.True(t, at.IsZero())
	Failed(&entry, 1, minutes(month+6, month+6).Start, time.Hour, "QueryFailed", "no")
	i, at = Next(entry, free)
	require.Equal(t, 0, i)
	require.Equal(t, minutes(month+1, 0).Start, at)
}

func TestHasten(t *testing.T) {
	var entry v1.GroupStatus
	later := metav1.NewTime(minutes(90, 90).Start)
	for i, outputs := range [][]string{{"OTLP"}, {"OTLP", "RemoteWrite/eu"}, nil} {
		Add(&entry, minutes(10*i, 10*i+1), v1.BacklogEntry{Outputs: outputs, NextAttempt: &later}, minutes(50, 50).Start, time.Minute)
	}
	before := entry.Backlog
	Hasten(&entry, []string{"OTLP", "Prometheus"})
	require.Nil(t, entry.Backlog[0].NextAttempt, "its only output takes windows again")
	require.Equal(t, &later, entry.Backlog[1].NextAttempt, "another output is still away")
	require.Equal(t, &later, entry.Backlog[2].NextAttempt, "it could not be asked for, which is no output's fault")
	require.Equal(t, &later, before[0].NextAttempt, "the entry that was handed in before is not changed")
}

// TestBackfillRanges: they join nobody else's, do not grow too old, are counted by
// their request, and go together.
func TestBackfillRanges(t *testing.T) {
	var entry v1.GroupStatus
	Add(&entry, minutes(0, 10), v1.BacklogEntry{Reason: "Missed"}, minutes(20, 20).Start, time.Minute)
	Add(&entry, minutes(10, 15), v1.BacklogEntry{Reason: "Missed", Backfill: "january"}, minutes(20, 20).Start, time.Minute)
	require.Len(t, entry.Backlog, 2)
	require.Equal(t, int64(5), Pending(entry, "january", time.Minute))
	require.Zero(t, Pending(entry, "february", time.Minute))
	require.Equal(t, int64(10), Expire(&entry, minutes(60, 60).Start, minutes(60, 60).Start, time.Minute))
	require.Len(t, entry.Backlog, 1)
	require.Equal(t, int64(10), Buried(entry, time.Minute))
	before := entry.Backlog
	Cancel(&entry, "february")
	require.Len(t, entry.Backlog, 1, "not its windows")
	Cancel(&entry, "january")
	require.Empty(t, entry.Backlog)
	require.Len(t, before, 1, "the entry that was handed in before is not changed")
	require.Equal(t, "january", before[0].Backfill)

	Revive(&entry, "again", minutes(60, 60).Start, time.Minute)
	require.Empty(t, entry.DeadLetters)
	require.Equal(t, int64(10), Pending(entry, "again", time.Minute))
	require.Equal(t, "Missed", entry.Backlog[0].Reason)
}

// free holds nothing.
func free(v1.BacklogEntry) (time.Time, bool) { return time.Time{}, true }

// TestHeld: a range waits for its own time and for what holds it, and others go
// before it meanwhile.
func TestHeld(t *testing.T) {
	var entry v1.GroupStatus
	own := metav1.NewTime(minutes(60, 60).Start)
	Add(&entry, minutes(0, 1), v1.BacklogEntry{Outputs: []string{"OTLP"}}, minutes(50, 50).Start, time.Minute)
	Add(&entry, minutes(10, 11), v1.BacklogEntry{NextAttempt: &own}, minutes(50, 50).Start, time.Minute)
	until := func(at time.Time) Held {
		return func(item v1.BacklogEntry) (time.Time, bool) {
			if len(item.Outputs) > 0 {
				return at, true
			}
			return time.Time{}, true
		}
	}
	for name, tc := range map[string]struct {
		held  Held
		index int
		at    time.Time
	}{
		"Free":        {free, 0, time.Time{}},
		"HeldBriefly": {until(own.Add(-time.Second)), 0, own.Add(-time.Second)},
		"HeldForLong": {until(own.Add(time.Second)), 1, own.Time},
		"HeldForLess": {func(v1.BacklogEntry) (time.Time, bool) { return own.Add(-time.Minute), true }, 0, own.Add(-time.Minute)},
		"InLine":      {func(item v1.BacklogEntry) (time.Time, bool) { return time.Time{}, len(item.Outputs) == 0 }, 1, own.Time},
		"AllInLine":   {func(v1.BacklogEntry) (time.Time, bool) { return own.Time, false }, -1, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			i, at := Next(entry, tc.held)
			require.Equal(t, tc.index, i)
			require.Equal(t, tc.at, at)
		})
	}
}

func TestOldest(t *testing.T) {
	var entry v1.GroupStatus
	require.Equal(t, -1, Oldest(entry))
	later := metav1.NewTime(minutes(90, 90).Start)
	Add(&entry, minutes(0, 1), v1.BacklogEntry{Backfill: "january"}, minutes(50, 50).Start, time.Minute)
	Add(&entry, minutes(10, 11), v1.BacklogEntry{NextAttempt: &later}, minutes(50, 50).Start, time.Minute)
	Add(&entry, minutes(20, 21), v1.BacklogEntry{}, minutes(50, 50).Start, time.Minute)
	require.Equal(t, 1, Oldest(entry), "the oldest that is no backfill's, though a younger one is due")
}
