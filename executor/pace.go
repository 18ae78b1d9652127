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
)

// pace slows the writes of statuses down while they fail. An API server that is too
// slow for them goes on working on those that nobody waits for any more, so that
// writing on at the same rate would keep it busy for nothing, and renewals of Leases
// would be late with the rest.
type pace struct {
	limiter *rate.Limiter // nil means no bound
	full    rate.Limit

	mu     sync.Mutex // guards what follows
	slowed time.Time
}

func newPace(limiter *rate.Limiter) *pace {
	p := &pace{limiter: limiter}
	if limiter != nil {
		p.full = limiter.Limit()
	}
	return p
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
