package backlog

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// MaxRanges bounds the ranges in an exporter's status, as the CRD does.
const MaxRanges = 64

// Add puts a range of windows into the backlog. It joins a neighbour that waits
// for the same outputs for the same reason. When there are too many ranges, the
// oldest is given up.
func Add(entry *v1.GroupStatus, r schedule.Window, item v1.BacklogEntry, now time.Time, interval time.Duration) {
	item.StartTime, item.EndTime = metav1.NewTime(r.Start), metav1.NewTime(r.End)
	ranges := append(slices.Clone(entry.Backlog), item)
	slices.SortStableFunc(ranges, func(a, b v1.BacklogEntry) int { return a.StartTime.Compare(b.StartTime.Time) })
	entry.Backlog = join(ranges)
	for len(entry.Backlog) > MaxRanges {
		GiveUp(entry, 0, rangeOf(entry.Backlog[0]), now, interval)
	}
}

// join makes one range of neighbours that share their fate. The longer trial
// stands for both: it has the attempts and the next time.
func join(ranges []v1.BacklogEntry) []v1.BacklogEntry {
	joined := ranges[:0]
	for _, next := range ranges {
		n := len(joined)
		if n == 0 || !alike(joined[n-1], next) {
			joined = append(joined, next)
			continue
		}
		last := &joined[n-1]
		if next.Attempts > last.Attempts {
			last.Attempts, last.LastAttempt, last.NextAttempt = next.Attempts, next.LastAttempt, next.NextAttempt
		}
		last.EndTime, last.Error = next.EndTime, next.Error
	}
	return joined
}

func alike(a, b v1.BacklogEntry) bool {
	return a.EndTime.Equal(&b.StartTime) && a.Reason == b.Reason && a.Backfill == b.Backfill && slices.Equal(a.Outputs, b.Outputs)
}

func rangeOf(item v1.BacklogEntry) schedule.Window {
	return schedule.Window{Start: item.StartTime.UTC(), End: item.EndTime.UTC()}
}

// Held says until when a range must wait, whatever its own time is; zero if there
// is no such time. It is not ok for a range that waits for others. Nil holds nothing
// up.
type Held func(item v1.BacklogEntry) (until time.Time, ok bool)

// due returns when a range is to be tried; zero is at once.
func (h Held) due(item v1.BacklogEntry) (at time.Time, ok bool) {
	if h != nil {
		if at, ok = h(item); !ok {
			return at, false
		}
	}
	if item.NextAttempt != nil && item.NextAttempt.After(at) {
		at = item.NextAttempt.Time
	}
	return at, true
}

// Next returns the range to try next and when: the one with the earliest time,
// of several the oldest. It is -1 if there is none.
func Next(entry v1.GroupStatus, held Held) (index int, at time.Time) {
	index = -1
	for i, item := range entry.Backlog {
		if due, ok := held.due(item); ok && (index < 0 || due.Before(at)) {
			index, at = i, due
		}
	}
	return index, at
}

// Oldest returns the oldest range that is no backfill's; -1 if there is none.
func Oldest(entry v1.GroupStatus) (index int) {
	return slices.IndexFunc(entry.Backlog, func(item v1.BacklogEntry) bool { return item.Backfill == "" })
}

// Window returns the window of a range that is tried first: its oldest.
func Window(item v1.BacklogEntry, interval time.Duration) schedule.Window {
	return schedule.First(rangeOf(item), interval)
}

// Done takes a window off the ith range, which begins with it: it was delivered.
// What cured it may cure the next one, which is therefore due at once.
func Done(entry *v1.GroupStatus, i int, w schedule.Window) {
	entry.Backlog = slices.Clone(entry.Backlog)
	entry.Backlog[i].Attempts, entry.Backlog[i].NextAttempt = 0, nil
	shorten(entry, i, w)
}

// Hasten makes the ranges due at once that wait only for outputs that take windows
// again.
func Hasten(entry *v1.GroupStatus, recovered []string) {
	entry.Backlog = slices.Clone(entry.Backlog)
	for i := range entry.Backlog {
		item := &entry.Backlog[i]
		waits := func(output string) bool { return !slices.Contains(recovered, output) }
		if len(item.Outputs) > 0 && !slices.ContainsFunc(item.Outputs, waits) {
			item.NextAttempt = nil
		}
	}
}

// HastenAll makes every range due at once.
func HastenAll(entry *v1.GroupStatus) {
	entry.Backlog = slices.Clone(entry.Backlog)
	for i := range entry.Backlog {
		entry.Backlog[i].NextAttempt = nil
	}
}

// Failed notes that the first window of the ith range was tried once more. The
// rest of the range waits with it, since it most likely shares its fate.
func Failed(entry *v1.GroupStatus, i int, now time.Time, wait time.Duration, reason, message string) {
	entry.Backlog = slices.Clone(entry.Backlog)
	item, next := &entry.Backlog[i], metav1.NewTime(now.Add(wait))
	item.Attempts++
	last := metav1.NewTime(now)
	item.LastAttempt, item.NextAttempt = &last, &next
	item.Reason, item.Error = reason, message
}

// Postpone has the ith range wait. Nothing was tried, so nothing else changes.
func Postpone(entry *v1.GroupStatus, i int, until time.Time) {
	entry.Backlog = slices.Clone(entry.Backlog)
	next := metav1.NewTime(until)
	entry.Backlog[i].NextAttempt = &next
}

// GiveUp makes a dead letter of a window, or more, that the ith range begins with.
func GiveUp(entry *v1.GroupStatus, i int, r schedule.Window, now time.Time, interval time.Duration) {
	item := entry.Backlog[i]
	Bury(entry, r, v1.DeadLetter{Attempts: item.Attempts, At: metav1.NewTime(now), Reason: item.Reason, Error: item.Error}, interval)
	entry.Backlog = slices.Clone(entry.Backlog)
	entry.Backlog[i].Attempts = 0 // those were its own; the next window waits no less, but has tries of its own
	shorten(entry, i, r)
}

// shorten takes r off the beginning of the ith range.
func shorten(entry *v1.GroupStatus, i int, r schedule.Window) {
	item := &entry.Backlog[i]
	item.StartTime = metav1.NewTime(r.End)
	if !item.StartTime.Before(&item.EndTime) {
		entry.Backlog = slices.Delete(entry.Backlog, i, i+1)
	}
}

// Expire makes dead letters of all windows that ended before a time, and returns
// how many there were. Those of a backfill are old by nature.
func Expire(entry *v1.GroupStatus, before, now time.Time, interval time.Duration) int64 {
	var expired int64
	for i, item := range slices.Backward(entry.Backlog) {
		old := olderThan(rangeOf(item), before, interval)
		if old.Start.Equal(old.End) || item.Backfill != "" {
			continue
		}
		expired += schedule.Count(old.Start, old.End, interval)
		GiveUp(entry, i, old, now, interval)
	}
	return expired
}

// olderThan returns the windows of a range that ended before a time.
func olderThan(r schedule.Window, before time.Time, interval time.Duration) schedule.Window {
	old := schedule.Window{Start: r.Start, End: r.Start}
	for old.End.Before(r.End) {
		w := schedule.First(schedule.Window{Start: old.End, End: r.End}, interval)
		if !w.End.Before(before) {
			break
		}
		old.End = w.End
	}
	return old
}

// Pending returns how many windows of a backfill wait.
func Pending(entry v1.GroupStatus, requestID string, interval time.Duration) int64 {
	var windows int64
	for _, item := range entry.Backlog {
		if item.Backfill == requestID {
			windows += schedule.Count(item.StartTime.Time, item.EndTime.Time, interval)
		}
	}
	return windows
}

// Cancel drops the windows of a backfill.
func Cancel(entry *v1.GroupStatus, requestID string) {
	entry.Backlog = slices.DeleteFunc(slices.Clone(entry.Backlog), func(item v1.BacklogEntry) bool { return item.Backfill == requestID })
}

// Revive puts all dead letters back into the backlog, as a backfill of their own:
// they do not grow too old again.
func Revive(entry *v1.GroupStatus, requestID string, now time.Time, interval time.Duration) {
	letters := entry.DeadLetters
	entry.DeadLetters = nil
	for _, letter := range letters {
		r := schedule.Window{Start: letter.StartTime.UTC(), End: letter.EndTime.UTC()}
		Add(entry, r, v1.BacklogEntry{Reason: letter.Reason, Error: letter.Error, Backfill: requestID}, now, interval)
	}
}

// Windows returns how many windows the backlog holds.
func Windows(entry v1.GroupStatus, interval time.Duration) int64 {
	var windows int64
	for _, item := range entry.Backlog {
		windows += schedule.Count(item.StartTime.Time, item.EndTime.Time, interval)
	}
	return windows
}

// Buried returns how many windows were given up and still have a dead letter.
func Buried(entry v1.GroupStatus, interval time.Duration) int64 {
	var windows int64
	for _, letter := range entry.DeadLetters {
		windows += schedule.Count(letter.StartTime.Time, letter.EndTime.Time, interval)
	}
	return windows
}
