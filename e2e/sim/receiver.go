package sim

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/history"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// receiver takes pushes.
type receiver struct{ *Host }

// Name implements executor.Sink.
func (receiver) Name() string { return string(v1.OutputOTLP) }

// Endpoint implements executor.Sink.
func (receiver) Endpoint() string { return "" }

// TakesPast implements executor.Sink.
func (receiver) TakesPast() bool { return true }

// InOrder implements executor.Sink.
func (receiver) InOrder() bool { return false }

var errReceiver = errors.New("the receiver is busy")

// Deliver implements executor.Sink. The receiver journals what it takes.
func (r receiver) Deliver(ctx context.Context, d metric.Delivery) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// Frozen here, or since a moment before, it sends when it goes on: the host's code
	// stands still at gates only.
	before, frozen := r.frozenNow()
	r.standIn(&r.world.gap)
	r.gate()
	after, _ := r.frozenNow()
	if r.dead.Load() {
		return errDead
	}
	r.mu.Lock()
	mine := r.fences[d.Source.NamespacedName]
	r.mu.Unlock()
	if r.world.happens(r.world.Faults.PushFails) {
		return errReceiver
	}
	r.world.journal.Add(history.Event{
		Kind: history.Push, At: time.Now(), Exporter: d.Source.Name, Start: d.Start, End: d.End,
		Owner: mine.owner, Fence: mine.fence, Digest: digest(d.Batch), Frozen: frozen || after > before,
	})
	select {
	case <-ctx.Done():
		r.gate()
		return ctx.Err()
	case <-time.After(time.Duration(5+r.world.intn(45)) * time.Millisecond):
	}
	r.gate()
	return nil
}

func digest(b *metric.Batch) uint64 {
	var sum uint64
	for _, p := range b.Points {
		sum = sum*31 + uint64(p.Value) + uint64(p.Time)
	}
	return sum
}

// End implements executor.Sink.
func (receiver) End(types.NamespacedName) {}

// Forget implements executor.Sink.
func (receiver) Forget(types.NamespacedName) {}
