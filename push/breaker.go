package push

import (
	"errors"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// breaker keeps deliveries from an endpoint that is down, or that asked for a
// pause. Windows that it holds back wait in the backlog and cost nothing.
type breaker struct {
	gate    *gobreaker.TwoStepCircuitBreaker[struct{}]
	openFor time.Duration

	mu sync.Mutex // guards what follows
	// until is when the next delivery may try: the end of the open state, or of
	// the pause that the receiver asked for.
	until time.Time
	// last is the failure that the endpoint is left alone for.
	last *Error
}

// newBreaker returns a breaker that opens after a number of failures in a row;
// changed is told of each state, as 0 closed, 1 half-open, 2 open.
func newBreaker(failures uint32, openFor time.Duration, changed func(state float64)) *breaker {
	b := &breaker{openFor: openFor}
	b.gate = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  1,
		Timeout:      openFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
		IsSuccessful: func(err error) bool { return err == nil || errorOf(err).Permanent() },
		IsExcluded:   func(err error) bool { return errors.Is(err, errStopped) },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				// One tick more than the gate's own time, which it has to exceed.
				b.hold(time.Now().Add(openFor + time.Nanosecond))
			}
			changed(stateValue(to))
		},
	})
	return b
}

func stateValue(s gobreaker.State) float64 {
	switch s {
	case gobreaker.StateHalfOpen:
		return 1
	case gobreaker.StateOpen:
		return 2
	case gobreaker.StateClosed:
	}
	return 0
}

// errStopped is what a delivery ends with that we ended ourselves: it says
// nothing of the endpoint.
var errStopped = errors.New("stopped")

// hold leaves the endpoint alone until then.
func (b *breaker) hold(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.extend(until)
}

// extend makes a pause longer, never shorter: answers come in any order, and the
// longest pause that the receiver asked for is not over for a later, shorter one.
// mu is held.
func (b *breaker) extend(until time.Time) {
	if until.After(b.until) {
		b.until = until
	}
}

// allow returns how to report what the delivery came to, or why it may not try.
func (b *breaker) allow(now time.Time) (done func(error), err error) {
	if wait := b.pause(now); wait > 0 {
		return nil, b.refusal(wait)
	}
	report, err := b.gate.Allow()
	if err != nil {
		return nil, b.refusal(b.openFor) // another delivery is trying
	}
	return func(err error) {
		b.note(err)
		report(err)
	}, nil
}

func (b *breaker) pause(now time.Time) time.Duration { return b.holdsUntil().Sub(now) }

// whileProbing is how far off the end of a rest is taken to be while a delivery
// tries whether the endpoint is back: nobody knows when it will have its answer.
const whileProbing = time.Second

// restsUntil returns when it is worth while to ask again whether a delivery may try.
func (b *breaker) restsUntil(now time.Time) time.Time {
	if until := b.holdsUntil(); until.After(now) || !b.probing() {
		return until
	}
	return now.Add(whileProbing)
}

// probing reports whether a delivery is trying whether the endpoint is back. One that
// we ended ourselves is not.
func (b *breaker) probing() bool {
	if b.gate.State() != gobreaker.StateHalfOpen {
		return false
	}
	counts := b.gate.Counts()
	return counts.Requests > counts.TotalExclusions
}

// holdsUntil returns when the pause ends, or the open state.
func (b *breaker) holdsUntil() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until
}

// note remembers what a delivery came to.
func (b *breaker) note(err error) {
	if errors.Is(err, errStopped) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = nil
	if err == nil || errorOf(err).Permanent() {
		return
	}
	b.last = errorOf(err)
	if wait := BoundWait(b.last.RetryAfter); wait > 0 {
		b.extend(time.Now().Add(wait))
	}
}

func (b *breaker) refusal(wait time.Duration) *Error {
	e := Fail(Retryable, "The endpoint is left alone for a while.", nil)
	if last := b.failure(); last != nil {
		e = Fail(Retryable, "The endpoint is left alone for a while: "+last.Message, last)
	}
	e.RetryAfter, e.notTried = wait, true
	return e
}

// failure returns the failure of the last delivery, if it was one of the
// endpoint.
func (b *breaker) failure() *Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.last
}

func (b *breaker) isClosed() bool { return b.gate.State() == gobreaker.StateClosed }
