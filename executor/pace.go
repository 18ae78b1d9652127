package executor

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// slowAgain is how long a slower rate is given until failures count again: those of
	// writes that were under way say nothing about it.
	slowAgain = 10 * time.Second
	// slowest is the rate that failures leave, in writes a second, so that a success is
	// noticed soon.
	slowest = 1
	// recovery is how many successes bring the full rate back.
	recovery = 200
	// writesAtOnce is how many writes may be under way: at 50 a second, as many as an
	// API server has that takes a third of a second for each.
	writesAtOnce = 16
	// placeAgain is how long an exporter waits that found no place for its write.
	placeAgain = time.Second
)

// pace fits the writes of statuses to the API server. Few are under way at once, so
// that a slow one gets as many as it answers and no queue grows there, in which
// renewals of Leases would be late. While writes fail there are fewer: the API server
// goes on working on those that nobody waits for any more.
type pace struct {
	limiter *rate.Limiter // nil means no bound
	full    rate.Limit
	places  chan struct{}

	mu     sync.Mutex // guards what follows
	slowed time.Time
}

func newPace(limiter *rate.Limiter) *pace {
	p := &pace{limiter: limiter, places: make(chan struct{}, writesAtOnce)}
	if limiter != nil {
		p.full = limiter.Limit()
	}
	return p
}

// begin takes a place for a write. It does not wait: ok is false if there is none.
func (p *pace) begin() (ok bool) {
	if p.limiter == nil {
		return true
	}
	select {
	case p.places <- struct{}{}:
		return true
	default:
		return false
	}
}

// end gives the place of a write back.
func (p *pace) end() {
	if p.limiter != nil {
		<-p.places
	}
}

// failed halves the rate.
func (p *pace) failed(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limiter == nil || now.Sub(p.slowed) < slowAgain {
		return
	}
	p.slowed = now
	p.limiter.SetLimitAt(now, min(p.full, max(slowest, p.limiter.Limit()/2)))
}

// succeeded brings the rate back, step by step.
func (p *pace) succeeded(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limiter == nil || p.limiter.Limit() >= p.full {
		return
	}
	p.limiter.SetLimitAt(now, min(p.full, p.limiter.Limit()+p.full/recovery))
}
