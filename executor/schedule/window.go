package schedule

import (
	"fmt"
	"time"
)

// Window is the time [Start, End) that one query covers.
type Window struct {
	Start, End time.Time
}

// IsZero reports whether w is no window.
func (w Window) IsZero() bool { return w.Start.IsZero() && w.End.IsZero() }

// Equal reports whether w and other cover the same time.
func (w Window) Equal(other Window) bool {
	return w.Start.Equal(other.Start) && w.End.Equal(other.End)
}

// String returns the window in interval notation, in UTC.
func (w Window) String() string {
	return fmt.Sprintf("[%s, %s)", w.Start.UTC().Format(time.RFC3339), w.End.UTC().Format(time.RFC3339))
}

// floor returns the last grid point at or before t.
func floor(t time.Time, interval time.Duration) time.Time {
	step := int64(interval / time.Second)
	sec := t.Unix()
	rest := sec % step
	if rest < 0 {
		rest += step
	}
	return time.Unix(sec-rest, 0).UTC()
}

// Next returns the window that follows the watermark: from it until the next
// grid point after it.
func Next(watermark time.Time, interval time.Duration) Window {
	return Window{Start: watermark.UTC(), End: floor(watermark, interval).Add(interval)}
}

// Latest returns the newest full window that ends at or before t.
func Latest(t time.Time, interval time.Duration) Window {
	end := floor(t, interval)
	return Window{Start: end.Add(-interval), End: end}
}

// First returns the first window of a range of windows. A range that was made on
// another grid may begin or end with a shorter one.
func First(r Window, interval time.Duration) Window {
	first := Next(r.Start, interval)
	if first.End.After(r.End) {
		first.End = r.End
	}
	return first
}

// Count returns how many windows lie between two points in time.
func Count(from, to time.Time, interval time.Duration) int64 {
	if !from.Before(to) {
		return 0
	}
	step := int64(interval / time.Second)
	span := floor(to, interval).Unix() - floor(from, interval).Unix()
	if floor(to, interval).Before(to) {
		span += step
	}
	return span / step
}
