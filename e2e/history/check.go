package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// Final is where an exporter stood when the journal ended.
type Final struct {
	Exporter string
	Interval time.Duration
	// Watermark is the end of its newest settled window.
	Watermark time.Time
	// Due is until when its windows must be settled, by the exporter's own pace.
	Due time.Time
	// Waiting are the ranges of its backlog and its dead letters.
	Waiting []Range
	// Pushes is set when its windows are pushed; others may be passed over.
	Pushes bool
}

// FinalOf returns where an exporter that pushes stands by its entry in a status.
func FinalOf(exporter string, interval time.Duration, entry v1.GroupStatus) Final {
	f := Final{Exporter: exporter, Interval: interval, Pushes: true}
	if entry.Watermark != nil {
		f.Watermark = entry.Watermark.Time
	}
	for _, b := range entry.Backlog {
		f.Waiting = append(f.Waiting, Range{Start: b.StartTime.Time, End: b.EndTime.Time})
	}
	for _, d := range entry.DeadLetters {
		f.Waiting = append(f.Waiting, Range{Start: d.StartTime.Time, End: d.EndTime.Time})
	}
	return f
}

// Range is a range of windows.
type Range struct{ Start, End time.Time }

func (r Range) holds(start time.Time) bool { return !start.Before(r.Start) && start.Before(r.End) }

// Report is what a journal came to.
type Report struct {
	// Windows were due and are pushed or waiting; Lost are neither.
	Windows, Lost int
	// DoubleCommits are writes of an entry that follow on no other or go back.
	DoubleCommits int
	// Overlaps are acts under a right that somebody else had taken over, and
	// FreezeInGap those of a replica that stood still just before it sent.
	Overlaps, FreezeInGap int
	// DuplicatePushes are pushes of a window that had been pushed before, and Differing
	// those of them that had other content.
	DuplicatePushes, Differing int
	// RepeatedQueries are windows that were asked for again.
	RepeatedQueries int
	// Looks count exporters times scrapes; Twice and Missing are those shown by more
	// than one replica, and by none.
	Looks, Twice, Missing int
	// Unled are rings at rest that have no leader, or several. Check sees none: whoever
	// runs the replicas counts them.
	Unled int
	// Faults names the first violations, for people.
	Faults []string
}

// String returns the report as the simulation prints it.
func (r Report) String() string {
	return fmt.Sprintf("windows=%d lost=%d double_commits=%d overlaps=%d duplicate_pushes=%d differing=%d freeze_in_gap=%d exposed_twice=%s unexposed=%s",
		r.Windows, r.Lost, r.DoubleCommits, r.Overlaps, r.DuplicatePushes, r.Differing, r.FreezeInGap, percent(r.Twice, r.Looks), percent(r.Missing, r.Looks))
}

func percent(part, of int) string {
	if of == 0 {
		return "0%"
	}
	return fmt.Sprintf("%.4f%%", 100*float64(part)/float64(of))
}

// Add sums two reports.
func (r Report) Add(o Report) Report {
	return Report{
		Windows: r.Windows + o.Windows, Lost: r.Lost + o.Lost, DoubleCommits: r.DoubleCommits + o.DoubleCommits,
		Overlaps: r.Overlaps + o.Overlaps, FreezeInGap: r.FreezeInGap + o.FreezeInGap,
		DuplicatePushes: r.DuplicatePushes + o.DuplicatePushes, Differing: r.Differing + o.Differing,
		RepeatedQueries: r.RepeatedQueries + o.RepeatedQueries,
		Looks:           r.Looks + o.Looks, Twice: r.Twice + o.Twice, Missing: r.Missing + o.Missing,
		Unled:  r.Unled + o.Unled,
		Faults: append(slices.Clone(r.Faults), o.Faults...),
	}
}

// Sound returns an error if an invariant that always holds is broken. Duplicate
// pushes are allowed, as long as their content is the same.
func (r Report) Sound() error {
	if r.Lost+r.DoubleCommits+r.Overlaps+r.Differing+r.Unled > 0 {
		return fmt.Errorf("the history is not sound: %s\n%s", r, strings.Join(r.Faults, "\n"))
	}
	return nil
}

// maxFaults is how many violations are described.
const maxFaults = 10

// Check judges a journal, with where each exporter stood at its end.
func Check(events []Event, finals []Final) Report {
	var r Report
	byExporter := map[string][]Event{}
	for _, e := range events {
		if e.Kind == Look {
			r.Looks += e.Shown + e.Missing
			r.Twice += e.Twice
			r.Missing += e.Missing
			if e.Twice > 0 {
				r.fault("%s: %d exporters are shown twice", e.At.Format(time.StampMilli), e.Twice)
			}
			continue
		}
		byExporter[e.Exporter] = append(byExporter[e.Exporter], e)
	}
	for _, name := range slices.Sorted(maps.Keys(byExporter)) {
		slices.SortStableFunc(byExporter[name], func(a, b Event) int { return a.At.Compare(b.At) })
		r.acts(byExporter[name])
		r.commits(byExporter[name])
		r.repeats(byExporter[name])
	}
	for _, f := range finals {
		r.complete(byExporter[f.Exporter], f)
	}
	return r
}

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// acts checks I3.
func (r *Report) acts(events []Event) {
	var newest Event
	for _, e := range events {
		switch {
		case e.Fence >= newest.Fence:
			newest = e
		case e.Kind == Commit: // the API server judges it, and so does I2
		case e.Frozen:
			r.FreezeInGap++
		default:
			r.Overlaps++
			r.fault("%s: %s %s of %s by %s under fence %d, after %s had fence %d at %s", e.At.Format(time.StampMilli), e.Exporter,
				e.Kind, e.Start.Format(time.TimeOnly), e.Owner, e.Fence, newest.Owner, newest.Fence, newest.At.Format(time.StampMilli))
		}
	}
}

// commits checks I2.
func (r *Report) commits(events []Event) {
	var last Event
	for _, e := range events {
		if e.Kind != Commit {
			continue
		}
		if last.Seq != 0 && (e.Seq != last.Seq+1 || e.Fence < last.Fence || e.Watermark.Before(last.Watermark)) {
			r.DoubleCommits++
			r.fault("%s: %s commit %d under fence %d by %s follows on %d under %d by %s", e.At.Format(time.StampMilli), e.Exporter,
				e.Seq, e.Fence, e.Owner, last.Seq, last.Fence, last.Owner)
		}
		last = e
	}
}

// repeats checks I4, and counts what was done again.
func (r *Report) repeats(events []Event) {
	pushed, asked := map[time.Time]uint64{}, map[time.Time]bool{}
	for _, e := range events {
		switch e.Kind {
		case Push:
			if digest, again := pushed[e.Start]; again {
				r.DuplicatePushes++
				if digest != e.Digest {
					r.Differing++
					r.fault("%s: %s window %s was pushed again with other content", e.At.Format(time.StampMilli), e.Exporter, e.Start.Format(time.TimeOnly))
				}
			}
			pushed[e.Start] = e.Digest
		case Query:
			if asked[e.Start] {
				r.RepeatedQueries++
			}
			asked[e.Start] = true
		case Commit, Look:
		}
	}
}

// complete checks I1, from the first window that was pushed: until something of an
// exporter is stored, a new owner begins it anew.
func (r *Report) complete(events []Event, f Final) {
	if !f.Pushes {
		return
	}
	if f.Watermark.Before(f.Due) {
		r.Lost++
		r.fault("%s: it is settled until %s only, and is due until %s", f.Exporter, f.Watermark.Format(time.TimeOnly), f.Due.Format(time.TimeOnly))
	}
	first, pushed := windows(events)
	for start := first; !first.IsZero() && start.Before(f.Watermark); start = start.Add(f.Interval) {
		r.Windows++
		waits := slices.ContainsFunc(f.Waiting, func(w Range) bool { return w.holds(start) })
		if !pushed[start] && !waits {
			r.Lost++
			r.fault("%s: window %s was never pushed, and does not wait", f.Exporter, start.Format(time.TimeOnly))
		}
	}
}

// windows returns those that were pushed, and the first of them.
func windows(events []Event) (first time.Time, pushed map[time.Time]bool) {
	pushed = map[time.Time]bool{}
	for _, e := range events {
		if e.Kind != Push {
			continue
		}
		start := e.Start.UTC()
		pushed[start] = true
		if first.IsZero() || start.Before(first) {
			first = start
		}
	}
	return first, pushed
}
