package schedule

import (
	"hash/fnv"
	"time"
)

// maxSpread bounds the delay that keeps many exporters of one interval from
// firing together.
const maxSpread = 15 * time.Second

// Spread returns the fixed delay of an exporter: a hash of its UID over at most
// a twentieth of the interval and 15 s, in whole milliseconds.
func Spread(uid string, interval time.Duration) time.Duration {
	return Phase(uid, min(interval/20, maxSpread))
}

// Phase returns an exporter's fixed place in a period: a hash of its UID, in whole
// milliseconds.
func Phase(uid string, period time.Duration) time.Duration {
	bound := period.Milliseconds()
	if bound <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(uid)) // a hash never fails
	return time.Duration(h.Sum64()%uint64(bound)) * time.Millisecond
}

// Turns reports whether a period of an exporter, which begins at its phase, has
// turned since a time.
func Turns(uid string, period time.Duration, since, now time.Time) bool {
	phase := Phase(uid, period)
	return now.Add(-phase).Truncate(period).After(since.Add(-phase))
}

// Rule is what decides an exporter's windows.
type Rule struct {
	// Interval is the grid, in whole seconds.
	Interval time.Duration
	// Delay is how long after a window's end its rows are expected to be in.
	Delay time.Duration
	// Spread is the exporter's fixed share of the load spreading; see Spread.
	Spread time.Duration
}

// Plan is the next window of an exporter.
type Plan struct {
	Window Window
	// Due is when it is to be run; a time in the past means now.
	Due time.Time
	// Missed is the time between the watermark and the window: older windows that
	// are overdue too. They are for the backlog, or lost on a scrape. Zero if there
	// are none.
	Missed Window
}

// DueAt returns when a window is to be run.
func (r Rule) DueAt(w Window) time.Time { return w.End.Add(r.Delay + r.Spread) }

// Next returns the next window at now of an exporter whose windows until the
// watermark are settled: the newest that is due, else the one to come. A zero
// watermark means that there has been none: then the newest complete window is
// due at once.
func (r Rule) Next(watermark, now time.Time) Plan {
	if watermark.IsZero() {
		return Plan{Window: Latest(now.Add(-r.Delay), r.Interval), Due: now}
	}
	next := Next(watermark, r.Interval)
	newest := Latest(now.Add(-r.Delay-r.Spread), r.Interval)
	if !newest.Start.After(next.Start) {
		return Plan{Window: next, Due: r.DueAt(next)}
	}
	return Plan{
		Window: newest,
		Due:    r.DueAt(newest),
		Missed: Window{Start: watermark.UTC(), End: newest.Start},
	}
}

// Again returns the window to run once more when the values of settled windows
// are needed without settling a new one: after a change of the spec, or when a
// replica starts with nothing to expose.
func (r Rule) Again(watermark, now time.Time) Window {
	if watermark.IsZero() {
		return Latest(now.Add(-r.Delay), r.Interval)
	}
	return Latest(watermark, r.Interval)
}
