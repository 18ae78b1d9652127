package sim

import (
	"math"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// hostClock is the clock of one host: off by skew, and faster or slower by rate.
// Its timers do not fire while the host is frozen.
type hostClock struct {
	host  *Host
	began time.Time
	skew  time.Duration
	// rate is how fast it runs; 1 is true.
	rate float64
}

var _ clock.Clock = (*hostClock)(nil)

// Now returns what the host believes the time is.
func (c *hostClock) Now() time.Time {
	elapsed := time.Since(c.began)
	return c.began.Add(c.skew + time.Duration(float64(elapsed)*c.rate))
}

// Since returns how long ago the host believes that something was.
func (c *hostClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// NewTimer returns a timer of the host.
func (c *hostClock) NewTimer(d time.Duration) clock.Timer {
	t := &hostTimer{clock: c, fired: make(chan time.Time, 1)}
	t.Reset(d)
	return t
}

// After returns the channel of a new timer.
func (c *hostClock) After(d time.Duration) <-chan time.Time { return c.NewTimer(d).C() }

// Sleep waits.
func (c *hostClock) Sleep(d time.Duration) { <-c.After(d) }

// Tick is used by nobody.
func (*hostClock) Tick(time.Duration) <-chan time.Time { panic("nobody ticks") }

// hostTimer is a timer of a host.
type hostTimer struct {
	clock *hostClock
	fired chan time.Time

	mu    sync.Mutex
	timer *time.Timer
}

// C returns where the timer fires.
func (t *hostTimer) C() <-chan time.Time { return t.fired }

// Stop stops it.
func (t *hostTimer) Stop() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.timer.Stop()
}

// Reset starts it anew.
func (t *hostTimer) Reset(d time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.timer != nil && t.timer.Stop()
	// Rounded up, as no timer of a real host fires before its time.
	t.timer = time.AfterFunc(time.Duration(math.Ceil(float64(d)/t.clock.rate)), func() {
		t.clock.host.gate()
		select {
		case t.fired <- t.clock.Now():
		default:
		}
	})
	return was
}
