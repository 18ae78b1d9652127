package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// Options are the limits of a Sink. The zero value of each means its default.
type Options struct {
	// MaxFailures is how many deliveries in a row may fail before the endpoint is
	// left alone; 5 by default.
	MaxFailures uint32
	// OpenFor is how long it is left alone then; 15 s by default.
	OpenFor time.Duration
	// MaxInFlight bounds the memory of the deliveries that are being sent, in
	// bytes; 32 MiB by default. Further ones wait.
	MaxInFlight int64
	// MaxRequest is the most that a delivery holds in memory, in bytes: one
	// request as encoded and as sent; 8 MiB by default.
	MaxRequest int64
	// InOrder is for receivers that refuse old samples after newer ones: the windows
	// of an exporter come in order.
	InOrder bool
}

func (o Options) withDefaults() Options {
	return Options{
		MaxFailures: cmp.Or(o.MaxFailures, 5),
		OpenFor:     cmp.Or(o.OpenFor, 15*time.Second),
		MaxInFlight: cmp.Or(o.MaxInFlight, 32<<20),
		MaxRequest:  cmp.Or(o.MaxRequest, 8<<20),
		InOrder:     o.InOrder,
	}
}

// Sink is one endpoint as an output of the executor.
type Sink struct {
	kind, endpoint string
	sender         Sender
	opts           Options
	meter          *Meter
	breaker        *breaker
	room           *semaphore.Weighted
	// reached is set once the endpoint has given an answer.
	reached atomic.Bool
	// unreachable is what the check at start came to.
	unreachable atomic.Pointer[Error]
	// ledger is what Status tells.
	ledger ledger
}

// NewSink wraps a sender. The kind is the output's name in spec.outputs, the
// name is the endpoint's own, short and without secrets.
func NewSink(kind, name string, sender Sender, opts Options, metrics *Metrics) *Sink {
	opts = opts.withDefaults()
	meter := metrics.Meter(kind, name)
	return &Sink{
		kind: kind, endpoint: name, sender: sender, opts: opts, meter: meter,
		breaker: newBreaker(opts.MaxFailures, opts.OpenFor, meter.state.Set),
		room:    semaphore.NewWeighted(opts.MaxInFlight),
	}
}

// Name returns the output's name in spec.outputs.
func (s *Sink) Name() string { return s.kind }

// Endpoint returns the endpoint's own name, for status and metrics.
func (s *Sink) Endpoint() string { return s.endpoint }

// TakesPast reports that windows of the past are of use: receivers keep history.
func (s *Sink) TakesPast() bool { return true }

// InOrder reports whether newer windows of an exporter wait behind older ones.
func (s *Sink) InOrder() bool { return s.opts.InOrder }

// RestsUntil returns when the next delivery may try. Until then all are refused,
// since the endpoint failed too often or asked for a pause, or since another delivery
// is trying whether it is back.
func (s *Sink) RestsUntil() time.Time { return s.breaker.restsUntil(time.Now()) }

// Deliver sends a window's points. Errors are of type *Error.
func (s *Sink) Deliver(ctx context.Context, d metric.Delivery) error {
	s.ledger.begin()
	err := s.deliver(ctx, d)
	s.ledger.end(err, time.Now())
	return err
}

// deliver sends the delivery when there is room for it.
func (s *Sink) deliver(ctx context.Context, d metric.Delivery) error {
	size := min(estimate(d.Batch), s.opts.MaxRequest, s.opts.MaxInFlight)
	if err := s.await(ctx, size); err != nil {
		return Fail(Retryable, "The delivery was stopped while it waited for others.", err)
	}
	s.meter.inFlight.Add(float64(size))
	s.ledger.sending(size)
	defer func() {
		s.ledger.sending(-size)
		s.meter.inFlight.Sub(float64(size))
		s.room.Release(size)
	}()
	err := s.send(ctx, d)
	s.meter.delivery(int64(len(d.Batch.Points)), err)
	return err
}

// await takes room for a delivery, which waits while others have it.
func (s *Sink) await(ctx context.Context, size int64) error {
	s.meter.waiting.Add(float64(size))
	defer s.meter.waiting.Sub(float64(size))
	return s.room.Acquire(ctx, size)
}

// send sends the delivery if the breaker lets it.
func (s *Sink) send(ctx context.Context, d metric.Delivery) error {
	done, err := s.breaker.allow(time.Now())
	if err != nil {
		return err
	}
	began := time.Now()
	err = s.sender.Send(ctx, d)
	s.meter.duration.Observe(time.Since(began).Seconds())
	if err != nil {
		return s.failed(ctx, errorOf(err), done)
	}
	s.reached.Store(true)
	s.meter.lastSuccess.SetToCurrentTime()
	done(nil)
	return nil
}

// failed reports a failure to the breaker, unless we ended the delivery ourselves.
func (s *Sink) failed(ctx context.Context, e *Error, done func(error)) error {
	if e.Kind == Retryable && ctx.Err() != nil {
		done(errStopped)
		return e
	}
	if e.Permanent() {
		s.reached.Store(true)
	}
	done(e)
	return e
}

// End ends the exporter's series at receivers that can be told so: the exporter
// was deleted or suspended. No delivery of it may be under way.
func (s *Sink) End(exporter types.NamespacedName) {
	if sender, ok := s.sender.(ender); ok {
		sender.End(exporter)
		return
	}
	s.sender.Forget(exporter)
}

// ender is a Sender whose protocol can end series.
type ender interface {
	End(exporter types.NamespacedName)
}

// Forget drops all that the sender keeps of the exporter.
func (s *Sink) Forget(exporter types.NamespacedName) { s.sender.Forget(exporter) }

// Check asks the endpoint for a sign of life and remembers the answer for Healthy.
func (s *Sink) Check(ctx context.Context) error {
	err := s.sender.Check(ctx)
	if err == nil {
		s.reached.Store(true)
		return nil
	}
	s.unreachable.Store(errorOf(err))
	return s.unhealthy(errorOf(err))
}

var errNotConnected = errors.New("not connected yet")

// Healthy returns nil if the endpoint takes deliveries as far as is known, and
// else what is wrong, for the details of the readiness probe.
func (s *Sink) Healthy() error {
	if s.reached.Load() && s.breaker.isClosed() {
		return nil
	}
	if last := cmp.Or(s.breaker.failure(), s.unreachable.Load()); last != nil {
		return s.unhealthy(last)
	}
	return s.unhealthy(errNotConnected)
}

func (s *Sink) unhealthy(err error) error {
	return fmt.Errorf("%s endpoint %q: %w", s.kind, s.endpoint, err)
}

// Close ends the connections, once no delivery is under way.
func (s *Sink) Close() error { return s.sender.Close() }

// What a point takes in a request, about: the number, the time and the framing,
// and each label's name and value. Too much is safe.
const (
	bytesPerPoint = 64
	bytesPerLabel = 64
)

// estimate returns about how many bytes the batch takes when it is encoded.
func estimate(b *metric.Batch) int64 {
	return int64(len(b.Points)) * int64(bytesPerPoint+bytesPerLabel*len(b.LabelNames))
}
