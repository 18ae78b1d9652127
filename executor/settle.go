package executor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// commitEvery is how often a scrape-only exporter's status is written when
// nothing but its times and counts has changed, each at its own phase of it. Its values are points in time,
// so a watermark that is a few minutes old loses nothing.
const commitEvery = 5 * time.Minute

// commitBacklogEvery is how often the status is written while a backlog drains. A
// crash repeats what was pushed since.
const commitBacklogEvery = 5 * time.Second

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
	// delivered has an entry for each of the exporter's sinks, when err is nil, and
	// delivering is how long the slowest of them took.
	delivered  []delivered
	delivering time.Duration
}

// counts is what is kept of a batch.
type counts struct {
	rows, points, series, dropped, tooManySeries int64
	// reasons are the drops by reason; nil if there are none.
	reasons map[string]int64
}

func countsOf(b *metric.Batch) counts {
	return counts{
		rows: b.Rows, points: int64(len(b.Points)), series: int64(b.Series),
		dropped: b.DroppedTotal(), tooManySeries: b.Dropped[metric.DropTooManySeries],
		reasons: reasonsOf(b),
	}
}

// delivered is what came of a delivery to one sink.
type delivered struct {
	sink Sink
	err  error
}

// retryable reports whether the sink should get the window again.
func (d delivered) retryable() bool {
	if d.err == nil || !d.sink.TakesPast() {
		return false
	}
	told, ok := errors.AsType[DeliveryError](d.err)
	return !ok || !told.Permanent()
}

// tried reports whether the receiver was asked at all.
func (d delivered) tried() bool {
	told, ok := errors.AsType[interface {
		error
		NotTried() bool
	}](d.err)
	return !ok || !told.NotTried()
}

// refused reports whether the sink will never take the window, nor any of it.
func (d delivered) refused() bool {
	if d.err == nil || !d.sink.TakesPast() {
		return false
	}
	told, ok := errors.AsType[DeliveryError](d.err)
	return ok && told.Permanent() && !told.Partial()
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
	settlement := settlement{s, o, now}
	settlement.handled(&next)
	switch o.action.step {
	case stepCommit: // it settles nothing
	case stepIdle, stepNote:
		next.failure = failure{}
		next.shown = 0
	case stepRun, stepShow:
		settlement.window(&next)
	case stepRetry:
		settlement.retry(&next)
	case stepBackfill:
		settlement.backfill(&next)
	case stepRevive:
		settlement.revive(&next)
	case stepBury:
		settlement.orphaned(&next)
	}
	if o.action.step != stepNote { // a spec that is not valid has no interval to count windows by
		// A window's age counts from when it is due: before that nobody can deliver it.
		backlog.Expire(&next.entry, now.Add(-maxAge(s.object)-s.rule.Delay-s.rule.Spread), now, s.rule.Interval)
		settlement.countBackfill(&next)
	}
	next.entry.Conditions = conditionsOf(s, next, o, now)
	return next
}

// settlement is what settling a step depends on.
type settlement struct {
	situation
	outcome
	now time.Time
}

// window settles a live window, or one that was run for its values.
func (s settlement) window(next *state) {
	if s.err != nil {
		s.failed(next)
		return
	}
	next.failure = failure{}
	next.shown = s.generation
	next.entry.Last = s.lastRun()
	if s.action.step == stepShow {
		return
	}
	s.advance(next)
	end := metav1.NewTime(s.action.window.End)
	next.entry.LastSuccessfulExecution = &end
	backlog.Hasten(&next.entry, s.answered())
	s.keep(next, 1)
	s.line(next)
}

// line puts the window into the backlog of the outputs that get older ones first.
func (s settlement) line(next *state) {
	queued := s.queued(s.action)
	if len(queued) == 0 {
		return
	}
	var outputs []string // none are all
	if slices.ContainsFunc(minus(s.sinks, queued), Sink.TakesPast) {
		for _, sink := range queued {
			outputs = append(outputs, idOf(sink))
		}
	}
	backlog.Add(&next.entry, s.action.window, v1.BacklogEntry{Outputs: outputs, Reason: v1.ReasonInLine}, s.now, s.rule.Interval)
}

func (s settlement) lastRun() *v1.LastRun {
	return &v1.LastRun{
		At:         metav1.NewTime(s.now),
		StartTime:  metav1.NewTime(s.action.window.Start),
		EndTime:    metav1.NewTime(s.action.window.End),
		DurationMs: s.now.Sub(s.started).Milliseconds(),
		Rows:       s.counts.rows,
		Points:     s.counts.points,
		Series:     s.counts.series,
		Dropped:    s.counts.dropped,
		RequestID:  s.requestID,
	}
}

// failed settles a live window that could not be had. Unless it is given up, the
// watermark stays: the window is run again, or becomes part of what was missed.
func (s settlement) failed(next *state) {
	v := verdictOf(s.err)
	attempts := s.state.failure.attempts + 1
	next.failure = s.state.failure.next(v, s.err, string(s.object.UID), s.generation, s.now)
	if v.hold || v.free || !v.givesUp(attempts) {
		return
	}
	next.shown = s.generation // there is nothing to show of it; the next window may do better
	if s.action.step == stepShow {
		return
	}
	s.advance(next)
	s.bury(next, attempts, v.reason, sentence(s.err))
}

// advance moves the watermark past the window. What was missed on the way waits
// in the backlog, if an output has a use for it.
func (s settlement) advance(next *state) {
	end := metav1.NewTime(s.action.window.End)
	next.entry.Watermark = &end
	next.exact = true
	switch missed := s.action.missed; {
	case missed.IsZero():
	case s.keepsPast():
		backlog.Add(&next.entry, missed, v1.BacklogEntry{Reason: v1.ReasonMissed}, s.now, s.rule.Interval)
	default:
		next.entry.SkippedWindows += s.skipped(missed)
	}
}

// keep puts the window into the backlog of the outputs that did not take it, and
// buries it where one never will.
func (s settlement) keep(next *state, attempts int32) {
	var outputs []string
	var failed delivered
	var refused error
	for _, d := range s.delivered {
		switch {
		case d.retryable():
			outputs, failed = append(outputs, idOf(d.sink)), d
		case d.refused():
			refused = d.err
		}
	}
	if refused != nil {
		s.bury(next, attempts, v1.ReasonDeliveryFailed, sentence(refused))
	}
	if failed.err == nil {
		return
	}
	at := metav1.NewTime(s.now)
	retry := metav1.NewTime(s.now.Add(s.wait(failed, attempts)))
	if !s.tried() {
		attempts--
	}
	backlog.Add(&next.entry, s.action.window, v1.BacklogEntry{
		Attempts: attempts, LastAttempt: &at, NextAttempt: &retry,
		Outputs: outputs, Reason: v1.ReasonDeliveryFailed, Error: sentence(failed.err), Backfill: s.backfillID(),
	}, s.now, s.rule.Interval)
}

// retry settles a window of the backlog.
func (s settlement) retry(next *state) {
	i, item := s.action.backlog, s.state.entry.Backlog[s.action.backlog]
	attempts := item.Attempts + 1
	if s.err != nil {
		s.retryFailed(next, attempts)
		return
	}
	next.failure = failure{}
	if slices.ContainsFunc(s.delivered, func(d delivered) bool { return !d.retryable() }) || len(s.delivered) == 0 {
		backlog.Done(&next.entry, i, s.action.window)
		s.keep(next, attempts)
		s.line(next)
		return
	}
	first := s.delivered[0]
	if !s.tried() {
		backlog.Postpone(&next.entry, i, s.now.Add(s.wait(first, attempts)))
		return
	}
	backlog.Failed(&next.entry, i, s.now, s.wait(first, attempts), v1.ReasonDeliveryFailed, sentence(first.err))
	if attempts >= maxAttempts(s.object) {
		backlog.GiveUp(&next.entry, i, s.action.window, s.now, s.rule.Interval)
	}
}

// tried reports whether a receiver was asked to take what is to be delivered again.
// One that is left alone since others failed has refused nothing: an outage uses up
// the tries of no window that waits for its end.
func (s settlement) tried() bool {
	return slices.ContainsFunc(s.delivered, func(d delivered) bool { return d.retryable() && d.tried() })
}

// orphaned gives up a range that no output is there for any more. Its dead letters go
// to those that are there, if somebody asks for that.
func (s settlement) orphaned(next *state) {
	i := s.action.backlog
	item := s.state.entry.Backlog[i]
	next.entry.Backlog = slices.Clone(next.entry.Backlog)
	next.entry.Backlog[i].Reason = v1.ReasonOutputMissing
	next.entry.Backlog[i].Error = "No output takes it any more."
	if len(item.Outputs) > 0 {
		next.entry.Backlog[i].Error = clip(fmt.Sprintf("There is no output %s any more.", strings.Join(item.Outputs, ", ")))
	}
	whole := schedule.Window{Start: item.StartTime.UTC(), End: item.EndTime.UTC()}
	backlog.GiveUp(&next.entry, i, whole, s.now, s.rule.Interval)
}

// answered returns the outputs that took the window.
func (s settlement) answered() []string {
	var outputs []string
	for _, d := range s.delivered {
		if d.err == nil {
			outputs = append(outputs, idOf(d.sink))
		}
	}
	return outputs
}

// retryFailed settles a window of the backlog that could not be had. Throttling holds
// the exporter back as a whole. Other trouble may be that of old windows only; if it
// is not, the next live window finds out.
func (s settlement) retryFailed(next *state, attempts int32) {
	v := verdictOf(s.err)
	if v.free {
		next.failure = s.state.failure.next(v, s.err, string(s.object.UID), s.generation, s.now)
		return
	}
	i := s.action.backlog
	if v.tries > 0 && s.state.entry.Backlog[i].Reason != v.reason {
		attempts = 1 // tries of another kind say nothing about the query
		next.entry.Backlog = slices.Clone(next.entry.Backlog)
		next.entry.Backlog[i].Attempts = 0
	}
	backlog.Failed(&next.entry, i, s.now, v.backoff.Wait(attempts, string(s.object.UID)), v.reason, sentence(s.err))
	if v.givesUp(attempts) || attempts >= maxAttempts(s.object) {
		backlog.GiveUp(&next.entry, i, s.action.window, s.now, s.rule.Interval)
	}
}

// In order, no live window finds out that an output is back: the next try of the
// window that heads the line does. It waits no longer than inLine, for the first ten
// minutes or so; the number of tries is limited, and an outage may be long.
const (
	inLine      = 30 * time.Second
	inLineTries = 20
)

// wait returns how long an output that failed is left alone: what it asked for,
// or longer and longer.
func (s settlement) wait(failed delivered, attempts int32) time.Duration {
	backoff := quick
	if failed.sink.InOrder() && attempts <= inLineTries {
		backoff.Max = inLine
	}
	wait := backoff.Wait(attempts, string(s.object.UID))
	if asked, ok := errors.AsType[interface {
		error
		Wait() time.Duration
	}](failed.err); ok {
		wait = max(wait, asked.Wait())
	}
	return wait
}

// backfillID returns the id of the request that the step's window belongs to.
func (s settlement) backfillID() string {
	if s.action.step != stepRetry {
		return ""
	}
	return s.state.entry.Backlog[s.action.backlog].Backfill
}

func (s settlement) bury(next *state, attempts int32, reason, message string) {
	backlog.Bury(&next.entry, s.action.window, v1.DeadLetter{
		Attempts: attempts, At: metav1.NewTime(s.now), Reason: reason, Error: message,
	}, s.rule.Interval)
}

// maxAttempts returns how often a window is tried.
func maxAttempts(object *v1.MetricsExporter) int32 {
	const byDefault = 400 // more than fit into the 24 h that a window has
	if retry := object.Spec.Retry; retry != nil && retry.MaxAttempts > 0 {
		return retry.MaxAttempts
	}
	return byDefault
}

// maxAge returns how old a window may become in the backlog.
func maxAge(object *v1.MetricsExporter) time.Duration {
	const byDefault = 24 * time.Hour
	if retry := object.Spec.Retry; retry != nil && retry.MaxAge != nil {
		return retry.MaxAge.Duration
	}
	return byDefault
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
