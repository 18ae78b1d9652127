package ops

import (
	"fmt"
	"time"
)

// When is a point in time as a user gives it: exact, or counted from now.
type When struct {
	text  string
	exact time.Time
	ago   time.Duration
}

// UnmarshalText reads an RFC 3339 time, a date (its midnight in UTC), now, or a
// duration before now, such as -2h.
func (w *When) UnmarshalText(text []byte) error {
	given := string(text)
	*w = When{text: given}
	if given == "now" {
		return nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, given); err == nil {
			w.exact = t.UTC()
			return nil
		}
	}
	if d, err := time.ParseDuration(given); err == nil && d < 0 {
		w.ago = -d
		return nil
	}
	return fmt.Errorf("cannot read time %q: want RFC 3339 such as 2026-11-01T10:00:00Z, a date, now, or a time before now such as -2h", given)
}

// At returns the point in time, in whole seconds.
func (w When) At(now time.Time) time.Time {
	if !w.exact.IsZero() {
		return w.exact.Truncate(time.Second)
	}
	return now.Add(-w.ago).UTC().Truncate(time.Second)
}

// IsZero reports whether nothing was given.
func (w When) IsZero() bool { return w.text == "" }

// String returns what was given.
func (w When) String() string { return w.text }

// differs reports whether an exact time was given that is not the other one.
func (w When) differs(other time.Time) bool {
	return !w.exact.IsZero() && !w.exact.Truncate(time.Second).Equal(other)
}
