package push

import (
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Status is how an endpoint is doing, for people.
type Status struct {
	// Output is the output's name in spec.outputs, and Endpoint the endpoint's own.
	Output, Endpoint string
	// Breaker is closed while deliveries are sent, open while the endpoint is left
	// alone, and half-open while one delivery tries whether it is back.
	Breaker string
	// Until is when the next delivery may try; zero if one may now.
	Until time.Time
	// LastSuccess is when a delivery was last taken; zero if none was.
	LastSuccess time.Time
	// InFlight is how many deliveries are being sent or wait to be, and InFlightBytes
	// the estimated memory of those that are being sent.
	InFlight, InFlightBytes int64
	// Delivered and Failed count the deliveries since the start.
	Delivered, Failed int64
	// LastError is the newest failure, at LastFailure; empty if there was none.
	LastError   string
	LastFailure time.Time
}

// ledger keeps what came of deliveries.
type ledger struct {
	mu     sync.Mutex // guards the status
	status Status
}

// begin notes a delivery that waits to be sent.
func (l *ledger) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.InFlight++
}

// sending notes how much more, or less, memory is being sent.
func (l *ledger) sending(bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.InFlightBytes += bytes
}

// end notes what a delivery came to.
func (l *ledger) end(err error, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status.InFlight--
	if err == nil {
		l.status.Delivered++
		l.status.LastSuccess = now
		return
	}
	l.status.Failed++
	l.status.LastError, l.status.LastFailure = errorOf(err).Message, now
}

func (l *ledger) read() Status {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status
}

// Status returns how the endpoint is doing at a time. Its texts hold no secrets: the
// endpoint has a name, and errors have sentences of their own.
func (s *Sink) Status(now time.Time) Status {
	status := s.ledger.read()
	status.Output, status.Endpoint = s.kind, s.endpoint
	status.Breaker = breakerName(s.breaker.gate.State())
	if wait := s.breaker.pause(now); wait > 0 {
		status.Until = now.Add(wait)
		status.Breaker = breakerName(gobreaker.StateOpen) // the receiver asked for a pause
	}
	if last := s.unreachable.Load(); last != nil && status.LastError == "" && !s.reached.Load() {
		status.LastError = last.Message
	}
	return status
}

func breakerName(s gobreaker.State) string {
	switch s {
	case gobreaker.StateHalfOpen:
		return "half-open"
	case gobreaker.StateOpen:
		return "open"
	case gobreaker.StateClosed:
	}
	return "closed"
}
