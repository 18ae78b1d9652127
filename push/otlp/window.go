package otlp

import (
	"context"
	"errors"
	"fmt"

	"github.com/adx-mon/adxexporter/push"
)

// maxExtraRequests bounds the requests that a delivery may cost beyond its own,
// to find the points that the receiver does not want. One bad point of 10,000
// takes 28.
const maxExtraRequests = 128

// errContent is the cause of an error that is about the points of a request: with
// other points it might have been taken.
var errContent = errors.New("the receiver refuses the content")

// window is a delivery while it is being sent.
type window struct {
	sender  *Sender
	encoder *Encoder
	// key is that of the delivery's request that is being sent.
	key string
	// extra is how many more requests may be spent on halving.
	extra int
	// sent and rejected count the points that the receiver has seen, and those of
	// them that it refused for good.
	sent, rejected int64
	// refusal is why points were refused.
	refusal error
}

// sendWhole sends one of the delivery's requests.
func (w *window) sendWhole(ctx context.Context, s Span, key string) error {
	w.key = key
	return w.send(ctx, s, key)
}

// send sends the points of a span. Points that the receiver refuses for their
// content are counted; any other error ends the delivery.
func (w *window) send(ctx context.Context, s Span, key string) error {
	rejected, err := w.sender.exchange.export(ctx, w.encoder.Encode(s), key)
	switch {
	case err == nil:
		w.count(s, rejected)
		return nil
	case !errors.Is(err, errContent):
		return err
	}
	w.refusal = err
	if s.Len() == 1 || w.extra < 2 {
		w.count(s, int64(s.Len()))
		return nil
	}
	return w.halve(ctx, s)
}

// halve sends a refused span in two. The keys tell which points a part has, since
// that depends on what the receiver refused before.
func (w *window) halve(ctx context.Context, s Span) error {
	w.extra -= 2
	first, second := s.halves()
	for _, half := range []Span{first, second} {
		if err := w.send(ctx, half, fmt.Sprintf("%s:%d-%d", w.key, half.From, half.To)); err != nil {
			return err
		}
	}
	return nil
}

// count adds a span that was answered. Receivers have been seen to claim any
// number of rejected points.
func (w *window) count(s Span, rejected int64) {
	w.sent += int64(s.Len())
	w.rejected += min(max(rejected, 0), int64(s.Len()))
}

// broken returns what the delivery came to when it ended early with err. What
// the receiver took before it refused for good must not be sent again.
func (w *window) broken(err error) error {
	e, ok := errors.AsType[*push.Error](err)
	if !ok || !e.Permanent() || w.sent == w.rejected {
		return err
	}
	partial := push.Fail(push.Partial, e.Message, e.Err)
	partial.Rejected = int64(len(w.encoder.batch.Points)) - w.sent + w.rejected
	return partial
}

// verdict returns what the delivery came to when every point was answered.
func (w *window) verdict() error {
	if w.rejected == 0 {
		return nil
	}
	kind, message := push.Partial, "The receiver rejects some of the points."
	if w.rejected == w.sent {
		kind, message = push.Permanent, "The receiver rejects all points."
	}
	if refusal, ok := errors.AsType[*push.Error](w.refusal); ok {
		message = fmt.Sprintf("%s: %s", message[:len(message)-1], refusal.Message)
	}
	e := push.Fail(kind, message, w.refusal)
	e.Rejected = w.rejected
	return e
}
