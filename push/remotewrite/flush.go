package remotewrite

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/adx-mon/adxexporter/push"
)

// retryMarkers is how long Start waits after a failure, if the receiver does not
// say; Prometheus gives a series up after five minutes without a marker.
const retryMarkers = 30 * time.Second

// Start sends the markers of ended exporters as they come, until ctx ends. What
// is left then is dropped: receivers notice by themselves after a while.
func (s *Sender) Start(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.roll.wake:
		}
		for wait := s.tryFlush(ctx); wait > 0 && sleep(ctx, wait); {
			wait = s.tryFlush(ctx)
		}
	}
}

// tryFlush returns how long to wait before the next try; zero if there is none.
func (s *Sender) tryFlush(ctx context.Context) time.Duration {
	err := s.Flush(ctx)
	if e, ok := errors.AsType[*push.Error](err); ok {
		return cmp.Or(e.Wait(), retryMarkers)
	}
	return 0
}

// sleep waits; it returns false if ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Flush sends the markers that are waiting. Those that fail for now wait on and
// the error is returned; those that the receiver refuses are dropped.
func (s *Sender) Flush(ctx context.Context) error {
	w := s.workspaces.Get().(*workspace)
	defer s.recycle(w)
	return s.flush(ctx, w)
}

func (s *Sender) flush(ctx context.Context, w *workspace) error {
	for {
		next, ok := s.roll.next()
		if !ok {
			return nil
		}
		err := s.sendMarkers(ctx, next, w)
		if e, ok := errors.AsType[*push.Error](err); ok && !e.Permanent() {
			s.roll.putBack(next)
			return err
		}
	}
}

func (s *Sender) sendMarkers(ctx context.Context, m markers, w *workspace) error {
	t := transfer{sender: s, work: w}
	for block := range m.series.blocks() {
		for len(block) > 0 {
			var rest []byte
			_, _, err := t.exchange(ctx, "", func(e encoder) {
				rest = fillMarkers(e, block, m.at, s.config.MaxSamples, s.config.MaxBytes)
			})
			if err != nil {
				return err
			}
			block = rest
		}
	}
	return nil
}

// fillMarkers makes a message that ends the first series, and returns the others.
func fillMarkers(e encoder, series []byte, at int64, maxSamples, maxBytes int) (rest []byte) {
	e.reset()
	for n := 0; len(series) > 0 && n < maxSamples && (n == 0 || e.size() < maxBytes); n++ {
		var labels []byte
		labels, series = nextSeries(series)
		e.addMarker(labels, at)
	}
	return series
}
