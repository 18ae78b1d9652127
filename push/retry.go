package push

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// pauses are the waits before a request is tried again on a new connection. The
// backlog is the real retry; these only bridge a receiver's restart or a
// connection that it closed while idle.
var pauses = [...]time.Duration{50 * time.Millisecond, 250 * time.Millisecond}

// Attempt calls request, and up to two more times shortly after, while the
// connection fails and ctx lasts. It passes the number of the try, from zero.
func Attempt(ctx context.Context, request func(try int) error) error {
	for try := 0; ; try++ {
		err := request(try)
		if err == nil || try == len(pauses) || !IsConnection(err) || !pause(ctx, pauses[try]) {
			return err
		}
	}
}

// pause waits; it returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// maxRetryAfter bounds what a receiver may ask for: a clock that is wrong must
// not silence an endpoint for a day.
const maxRetryAfter = 10 * time.Minute

// RetryAfter returns the wait that a Retry-After header asks for, in seconds or
// as a date; zero if there is none, or none that makes sense.
func RetryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return BoundWait(time.Duration(seconds) * time.Second)
	}
	if date, err := http.ParseTime(value); err == nil {
		return BoundWait(date.Sub(now))
	}
	return 0
}

// BoundWait cuts a wait that a receiver asks for to what makes sense.
func BoundWait(d time.Duration) time.Duration { return min(max(d, 0), maxRetryAfter) }
