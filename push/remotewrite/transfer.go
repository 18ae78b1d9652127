package remotewrite

import (
	"context"
	"math/bits"
	"net/http"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/push"
)

// transfer is one delivery, or one lot of markers, on its way.
type transfer struct {
	sender *Sender
	work   *workspace
	// taken and rejected are samples, and so is unsifted: those that were refused
	// together and not tried in smaller parts.
	taken, rejected, unsifted int
	// why is the answer to the first samples that were not taken.
	why answer
	// splits is how often the present request was split, and before how many samples
	// had been taken before it.
	splits, before int
	// most is how many points a request has at most: what was configured, or less
	// if the receiver finds that too large.
	most int
}

// deliver sends all points of a delivery, one request after the other, so that the
// samples of a series arrive in order.
func (t *transfer) deliver(ctx context.Context, d metric.Delivery) error {
	t.work.layout.reset(d.Batch)
	t.most = t.sender.config.MaxSamples
	for n, points := 0, d.Batch.Points; len(points) > 0; n++ {
		t.splits, t.before = 0, t.taken
		taken, err := t.some(ctx, points, push.Key(d, n))
		if err != nil {
			return err
		}
		points = points[taken:]
	}
	return nil
}

// some sends the first points, as many as one request takes.
func (t *transfer) some(ctx context.Context, points []metric.Point, key string) (taken int, err error) {
	var samples int
	a, refused, err := t.exchange(ctx, key, func(e encoder) {
		taken = fill(e, &t.work.layout, points, t.most, t.sender.config.MaxBytes)
		samples = countSamples(points[:taken])
	})
	switch {
	case err != nil:
		return 0, err
	case a.written >= 0 && a.status != http.StatusRequestEntityTooLarge:
		t.count(samples, a)
	case refused:
		return taken, t.narrow(ctx, points[:taken], key, a)
	default:
		t.taken += samples
	}
	return taken, nil
}

// count trusts the receiver on how many samples it took.
func (t *transfer) count(samples int, a answer) {
	taken := min(a.written, samples)
	t.taken += taken
	t.reject(samples-taken, a)
}

func (t *transfer) reject(samples int, a answer) {
	t.blame(samples, a)
	t.rejected += samples
}

// blame notes why samples were not taken, if they are the first.
func (t *transfer) blame(samples int, a answer) {
	if samples > 0 && t.rejected+t.unsifted == 0 {
		t.why = a
	}
}

// narrow sends a refused request's points again in two halves: receivers of 1.0
// take a request as a whole or not at all, so one bad sample would take the good
// ones along.
func (t *transfer) narrow(ctx context.Context, points []metric.Point, key string, a answer) error {
	middle, ok := halve(points)
	switch {
	case !ok:
		t.reject(countSamples(points), a)
		return nil
	case a.status == http.StatusRequestEntityTooLarge:
		// A single huge sample must not make all further requests tiny.
		t.most = max(middle, t.sender.config.MaxSamples/16)
	case t.splits < t.maxSplits():
		t.splits++
	default:
		samples := countSamples(points)
		t.blame(samples, a)
		t.unsifted += samples
		return nil
	}
	if err := t.half(ctx, points[:middle], key+".0"); err != nil {
		return err
	}
	return t.half(ctx, points[middle:], key+".1")
}

// maxSplits is how often the present request may be split. One bad sample costs a
// split a level, and this is enough for ten of 2000, wherever they are; a window
// that is refused altogether must not cost a request a sample. A search that gets
// good samples in goes on: it is enough for one bad sample in a hundred.
func (t *transfer) maxSplits() int {
	const samplesPerSplit = 16
	return 8*bits.Len(uint(t.sender.config.MaxSamples)) + (t.taken-t.before)/samplesPerSplit
}

func (t *transfer) half(ctx context.Context, points []metric.Point, key string) error {
	// It takes more than one request if those have become smaller meanwhile.
	for ; len(points) > 0; key += "+" {
		taken, err := t.some(ctx, points, key)
		if err != nil {
			return err
		}
		points = points[taken:]
	}
	return nil
}

// exchange posts the message that write makes, in the version that the receiver
// speaks. It returns the answer if the samples were taken or refused; any other
// one is an error.
func (t *transfer) exchange(ctx context.Context, key string, write func(encoder)) (a answer, refused bool, err error) {
	for {
		version, confirmed := t.sender.speech.version()
		e := t.work.encoder(version)
		write(e)
		a, err := t.sender.client.post(ctx, version, t.work.compress(e), versioned(key, version))
		if err != nil {
			return a, false, err
		}
		if version == Version1 {
			a.written = -1 // it is said of 2.0 only
		}
		switch judge(version, confirmed, a) {
		case verdictTaken:
			t.sender.speech.understood(version)
			return a, false, nil
		case verdictRefused:
			return a, true, nil
		case verdictRetry:
			return a, false, a.fail(push.Retryable)
		case verdictFailed:
			return a, false, a.fail(push.Unusable)
		case verdictOtherVersion:
			if !t.sender.speech.fallBack() {
				return a, false, push.Fail(push.Unusable, "The receiver does not speak Remote-Write 2.0.", nil)
			}
		}
	}
}

// versioned tells the requests of both versions apart: who has seen a key and did
// not understand the message must not skip the one it would understand.
func versioned(key string, v Version) string {
	if key == "" || v == Version2 {
		return key
	}
	return key + "-v1"
}

// outcome returns what the delivery came to.
func (t *transfer) outcome() error {
	if t.unsifted > 0 {
		return push.Unsifted(int64(t.rejected+t.unsifted), t.why.fail(push.Permanent))
	}
	if t.rejected == 0 {
		return nil
	}
	kind := push.Partial
	if t.taken == 0 {
		kind = push.Permanent
	}
	e := t.why.fail(kind)
	e.Rejected = int64(t.rejected)
	return e
}
