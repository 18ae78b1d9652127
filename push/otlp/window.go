package otlp

import (
	"context"
	"errors"
	"fmt"

	"github.com/adx-mon/adxexporter/push"
)

// maxExtraRequests bounds what one request may cost beyond itself to find the
// points that the receiver does not want. Ten bad points of 10,000 take 230 more,
// wherever they are, and a run of them about two each; a request that is bad
// altogether must not cost one for each point.
const maxExtraRequests = 512

// pointsPerRequest is how many points that were taken meanwhile pay for one more
// request: a search that gets good points in goes on. It is enough for one bad
// point in a hundred.
const pointsPerRequest = 8

// leastShare is the part of a request's limit that no refusal for size pushes
// below: one odd point must not make all further requests tiny.
const leastShare = 16

// errContent is the cause of an error that is about the points of a request: with
// other points it might have been taken.
var errContent = errors.New("the receiver refuses the content")

// errTooLarge is the cause of an error that is about the size of a request.
var errTooLarge = fmt.Errorf("%w: it is too large", errContent)

// window is a delivery while it is being sent.
type window struct {
	sender  *Sender
	encoder *Encoder
	// whole is the delivery's request that is being sent, and key its key.
	whole Span
	key   string
	// extra is how many more requests were spent on halving it, and taken how many of
	// its points arrived.
	extra, taken int
	// most is how many bytes a request has at most: what was configured, or less
	// once the receiver has found that too large.
	most int
	// rejected counts the points that the receiver refused for good, and unsifted
	// those that were refused together and not tried in smaller parts.
	rejected, unsifted int64
	// refusal is why points were refused.
	refusal error
}

// sendWhole sends one of the delivery's requests. What is spent on one leaves the
// others theirs.
func (w *window) sendWhole(ctx context.Context, s Span, key string) error {
	w.whole, w.key, w.extra, w.taken = s, key, 0, 0
	if w.most < w.sender.config.MaxBytes {
		return w.sendParts(ctx, s)
	}
	return w.send(ctx, s)
}

// sendParts sends a span in as many requests as the receiver's limit asks for,
// which may turn out lower on the way.
func (w *window) sendParts(ctx context.Context, rest Span) error {
	for rest.Len() > 0 {
		part := w.encoder.first(rest, w.most, w.sender.config.MaxPoints)
		if err := w.send(ctx, part); err != nil {
			return err
		}
		rest.From = part.To
	}
	return nil
}

// send sends the points of a span. Points that the receiver refuses for their
// content are counted; any other error ends the delivery.
func (w *window) send(ctx context.Context, s Span) error {
	data := w.encoder.Encode(s)
	size := len(data)
	rejected, err := w.sender.exchange.export(ctx, data, w.keyOf(s))
	switch {
	case err == nil:
		w.take(s, rejected)
		return nil
	case !errors.Is(err, errContent):
		return err
	case s.Len() == 1:
		w.rejected++
	case errors.Is(err, errTooLarge) && size > w.least():
		// A little more than a half, so that two parts are enough.
		w.most = max(size/8*5, w.least())
		return w.sendParts(ctx, s)
	case w.extra+2 <= maxExtraRequests+w.taken/pointsPerRequest:
		return w.halve(ctx, s)
	default:
		w.unsifted += int64(s.Len())
	}
	w.refusal = err
	return nil
}

// least is the size of a request that is not too large in itself: if it is refused
// for that, some of its points are to blame.
func (w *window) least() int { return w.sender.config.MaxBytes / leastShare }

// keyOf returns the key of a part of the request that is being sent. It tells which
// points the part has, since that depends on what the receiver refused before.
func (w *window) keyOf(s Span) string {
	if s == w.whole {
		return w.key
	}
	return fmt.Sprintf("%s:%d-%d", w.key, s.From, s.To)
}

// halve sends a refused span in two.
func (w *window) halve(ctx context.Context, s Span) error {
	w.extra += 2
	first, second := s.halves()
	if err := w.send(ctx, first); err != nil {
		return err
	}
	return w.send(ctx, second)
}

// take counts a span that was taken. Receivers have been seen to claim any number
// of rejected points.
func (w *window) take(s Span, rejected int64) {
	rejected = min(max(rejected, 0), int64(s.Len()))
	w.rejected += rejected
	w.taken += s.Len() - int(rejected)
}

// verdict returns what the delivery came to when every point was answered.
func (w *window) verdict() error {
	refusal, _ := errors.AsType[*push.Error](w.refusal)
	if w.unsifted > 0 {
		return push.Unsifted(w.rejected+w.unsifted, refusal)
	}
	if w.rejected == 0 {
		return nil
	}
	kind, message := push.Partial, "The receiver rejects some of the points."
	if w.rejected == int64(len(w.encoder.batch.Points)) {
		kind, message = push.Permanent, "The receiver rejects all points."
	}
	if refusal != nil {
		message = fmt.Sprintf("%s: %s", message[:len(message)-1], refusal.Message)
	}
	e := push.Fail(kind, message, w.refusal)
	e.Rejected = w.rejected
	return e
}
