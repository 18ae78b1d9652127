package kusto

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// growEvery is how many answered queries in a row earn one more place. Kusto
// counts concurrent requests per cluster, shared with everybody else, so we come
// back slowly.
const growEvery = 10

// limiter bounds the concurrent queries of one endpoint, first come first
// served. It halves its limit when Kusto throttles, adds one after growEvery
// answers, and lets nobody in before the time that Kusto asked for.
type limiter struct {
	ceiling int

	mu        sync.Mutex
	limit     int
	inFlight  int
	answered  int       // since the last change of limit
	epoch     int       // how often limit was halved
	notBefore time.Time // set by Retry-After
	waiters   list.List // of chan permit
	wake      *time.Timer
}

// permit is one place. It remembers the epoch in which it was given, so that ten
// queries throttled at once halve the limit once.
type permit struct{ epoch int }

func newLimiter(ceiling int) *limiter {
	return &limiter{ceiling: ceiling, limit: ceiling}
}

// acquire waits for a place until ctx ends. Every permit must be given back by
// one call of release, answer or throttle.
func (l *limiter) acquire(ctx context.Context) (permit, error) {
	if err := ctx.Err(); err != nil {
		return permit{}, err
	}
	place := make(chan permit, 1)
	l.mu.Lock()
	element := l.waiters.PushBack(place)
	l.admit(time.Now())
	l.mu.Unlock()
	select {
	case p := <-place:
		return p, nil
	case <-ctx.Done():
		l.abandon(element, place)
		return permit{}, ctx.Err()
	}
}

// abandon leaves the queue, or gives back the place that came too late.
func (l *limiter) abandon(element *list.Element, place chan permit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-place:
		l.inFlight--
		l.admit(time.Now())
	default:
		l.waiters.Remove(element)
	}
}

// release gives a place back without judging the endpoint by it.
func (l *limiter) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	l.admit(time.Now())
}

// answer gives a place back after Kusto answered.
func (l *limiter) answer() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	if l.answered++; l.answered >= growEvery && l.limit < l.ceiling {
		l.limit, l.answered = l.limit+1, 0
	}
	l.admit(time.Now())
}

// throttle gives a place back after Kusto refused, asking to wait for retryAfter.
func (l *limiter) throttle(p permit, retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.inFlight--
	l.answered = 0
	if p.epoch == l.epoch {
		l.limit = max(1, l.limit/2)
		l.epoch++
	}
	if until := now.Add(retryAfter); until.After(l.notBefore) {
		l.notBefore = until
	}
	l.admit(now)
}

// admit lets waiters in, or sets the timer that will. The caller holds mu.
func (l *limiter) admit(now time.Time) {
	if wait := l.notBefore.Sub(now); wait > 0 && l.waiters.Len() > 0 {
		l.admitIn(wait)
		return
	}
	for l.waiters.Len() > 0 && l.inFlight < l.limit {
		place := l.waiters.Remove(l.waiters.Front()).(chan permit)
		l.inFlight++
		place <- permit{l.epoch}
	}
}

// admitIn wakes the queue later. The timer's function only takes the lock, so
// nobody needs to wait for it.
func (l *limiter) admitIn(wait time.Duration) {
	if l.wake != nil {
		l.wake.Reset(wait)
		return
	}
	l.wake = time.AfterFunc(wait, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.admit(time.Now())
	})
}

// close stops the timer.
func (l *limiter) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wake != nil {
		l.wake.Stop()
	}
}

// state reports the limiter's numbers for people.
func (l *limiter) state() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return State{Limit: l.limit, InFlight: l.inFlight, Waiting: l.waiters.Len(), NotBefore: l.notBefore}
}
