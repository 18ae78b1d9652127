package executor

import (
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// commitEvery is how often a scrape-only exporter's status is written when
// nothing but its times and counts has changed. Its values are points in time,
// so a watermark that is a few minutes old loses nothing.
const commitEvery = 5 * time.Minute

// maxMessage bounds what is stored of an error, in bytes.
const maxMessage = 256

// outcome is what came of a step.
type outcome struct {
	action     action
	generation int64
	// verified is set when the columns were found to fit the transform.
	verified  bool
	requestID string
	started   time.Time
	// err is the failure of the query or the transform; then nothing was shown.
	err error
	// stats and the counts of the batch, when err is nil.
	stats  query.Stats
	counts counts
	// delivered has an entry for each of the exporter's sinks, when err is nil.
	delivered []delivered
	missing   []v1.Output
}

// counts is what is kept of a batch.
type counts struct {
	rows, points, series, dropped, tooManySeries int64
}

func countsOf(b *metric.Batch) counts {
	return counts{
		rows: b.Rows, points: int64(len(b.Points)), series: int64(b.Series),
		dropped: b.DroppedTotal(), tooManySeries: b.Dropped[metric.DropTooManySeries],
	}
}

// delivered is what came of a delivery to one sink.
type delivered struct {
	sink string
	err  error
}

// aborted reports whether the step was ended by ourselves: it never happened.
func (o outcome) aborted() bool {
	return o.err != nil && query.ClassOf(o.err) == query.Aborted
}

// settle returns what is known of an exporter after a step.
func settle(s situation, o outcome, now time.Time) state {
	next := s.state
	if o.aborted() {
		return next
	}
	if o.verified {
		next.verified = o.generation
	}
	next.entry.ObservedGeneration = o.generation
	switch {
	case o.action.step == stepNote:
		next.failure = failure{}
		next.shown = 0
	case o.err != nil:
		settleFailure(&next, s, o, now)
	default:
		settleSuccess(&next, o, now)
	}
	next.entry.Conditions = conditionsOf(s, next, o, now)
	return next
}

func settleSuccess(next *state, o outcome, now time.Time) {
	next.failure = failure{}
	next.shown = o.generation
	next.entry.Last = &v1.LastRun{
		At:         metav1.NewTime(now),
		StartTime:  metav1.NewTime(o.action.window.Start),
		EndTime:    metav1.NewTime(o.action.window.End),
		DurationMs: now.Sub(o.started).Milliseconds(),
		Rows:       o.counts.rows,
		Points:     o.counts.points,
		Series:     o.counts.series,
		Dropped:    o.counts.dropped,
		RequestID:  o.requestID,
	}
	if o.action.step == stepShow {
		return
	}
	advance(next, o)
	end := metav1.NewTime(o.action.window.End)
	next.entry.LastSuccessfulExecution = &end
}

func settleFailure(next *state, s situation, o outcome, now time.Time) {
	v := verdictOf(o.err)
	attempts := s.state.failure.attempts + 1
	next.failure = s.state.failure.next(v, o.err, string(s.object.UID), o.generation, now)
	if v.hold || v.free || !v.givesUp(attempts) {
		return
	}
	next.shown = o.generation // there is nothing to show of it; the next window may do better
	if o.action.step == stepShow {
		return
	}
	advance(next, o)
	backlog.Bury(&next.entry, o.action.window, v1.DeadLetter{
		Attempts: attempts, At: metav1.NewTime(now), Reason: v.reason, Error: sentence(o.err),
	}, s.rule.Interval)
}

// advance settles the window: it is published, or given up.
func advance(next *state, o outcome) {
	end := metav1.NewTime(o.action.window.End)
	next.entry.Watermark = &end
	next.entry.SkippedWindows += o.action.skipped
	next.exact = true
}

// clip cuts a message for the status, at a character's edge.
func clip(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	cut := maxMessage - len("…")
	for cut > 0 && !utf8.RuneStart(message[cut]) {
		cut--
	}
	return message[:cut] + "…"
}
