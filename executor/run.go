package executor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/api/equality"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// perform takes one step to its end, from query to commit, and returns what is
// known of the exporter afterwards.
func (e *Executor) perform(ctx context.Context, s situation, a action, compiler *metric.Compiler) state {
	o := outcome{action: a, generation: s.object.Generation, started: time.Now()}
	log := e.logger(s, a)
	if a.runs() {
		e.run(ctx, s, compiler, &o)
		log = log.With(zap.String("clientRequestID", o.requestID))
	}
	next := settle(s, o, time.Now())
	e.observe(s, next, o, log)
	if !o.aborted() {
		e.commit(ctx, s, a, &next, log)
	}
	return next
}

// run asks for the window's rows and delivers the points that they become.
func (e *Executor) run(ctx context.Context, s situation, compiler *metric.Compiler, o *outcome) {
	try := fmt.Sprintf("%d-%08x", s.attempt(o.action), rand.Uint32()) //nolint:gosec // it tells requests apart, no more
	request := RequestFor(s.object, o.action.window, e.opts.Labels, try)
	o.requestID = request.RequestID
	if s.state.verified != o.generation {
		if o.err = e.preflight(ctx, request, compiler); o.err != nil {
			return
		}
	}
	o.verified = true
	transformer := e.transformers.Get().(*metric.Transformer)
	defer e.transformers.Put(transformer)
	transformer.Reset(compiler, RowTime(o.action.window))
	o.stats, o.err = e.opts.Querier.Query(ctx, request, transformer)
	if o.err != nil {
		return
	}
	e.deliver(ctx, s, transformer.Finish(), o)
}

// preflight checks the columns that the answer would have against the transform,
// before the query costs anything.
func (e *Executor) preflight(ctx context.Context, request query.Request, compiler *metric.Compiler) error {
	request.RequestID += ";schema"
	columns, err := e.opts.Querier.Schema(ctx, request)
	if err != nil {
		return err
	}
	_, err = compiler.Plan(columns)
	return err
}

// errLost ends a step whose exporter is no longer ours.
var errLost = &query.Error{Class: query.Aborted, Message: "The exporter is no longer this replica's."}

// deliver hands the batch to the exporter's sinks. One that fails holds no other.
func (e *Executor) deliver(ctx context.Context, s situation, batch *metric.Batch, o *outcome) {
	o.counts = countsOf(batch)
	delivery := metric.Delivery{
		Source:   sourceOf(s.object),
		Start:    o.action.window.Start,
		End:      o.action.window.End,
		Interval: s.rule.Interval,
		Delay:    s.rule.Delay + s.rule.Spread,
		Batch:    batch,
	}
	if _, ok := e.opts.Guard.CanAct(delivery.Source.NamespacedName); !ok || ctx.Err() != nil {
		o.err = errLost
		return
	}
	o.delivered = deliverTo(ctx, s.targets(o.action), delivery)
	e.opts.Metrics.dropped(delivery.Source.NamespacedName, batch)
}

// deliverTo hands a delivery to all sinks at once, so that a slow one costs the
// others no time, and returns when each has taken it or failed.
func deliverTo(ctx context.Context, sinks []Sink, delivery metric.Delivery) []delivered {
	results := make([]delivered, len(sinks))
	var all sync.WaitGroup
	for i, sink := range sinks {
		all.Go(func() { results[i] = delivered{sink, sink.Deliver(ctx, delivery)} })
	}
	all.Wait()
	return results
}

// commit records the entry, if there is something to record. A commit that fails
// is made up for by the next one.
func (e *Executor) commit(ctx context.Context, s situation, a action, next *state, log *zap.Logger) {
	now := time.Now()
	if !worthRecording(s, a, *next, now) {
		return
	}
	fence, ok := e.opts.Guard.CanAct(keyOf(s.object))
	if !ok {
		return
	}
	entry := *next.entry.DeepCopy()
	entry.Labels = e.opts.Labels.String()
	entry.Owner, entry.Fence, entry.Seq = e.opts.Guard.Identity(), fence, next.committed.Seq+1
	// A shutdown must not lose what has been done; the recorder has its own limit.
	err := e.opts.Recorder.Record(context.WithoutCancel(ctx), Commit{
		Exporter: keyOf(s.object), UID: s.object.UID,
		Entry: entry, Events: eventsOf(s.state.committed, entry),
	})
	e.opts.Metrics.committed(err)
	if err != nil {
		log.Warn("cannot record the status; the next step tries again", zap.Error(err))
		if s.isNote() {
			next.failure.until = now.Add(quick.Base) // no run comes that would
		}
		return
	}
	next.entry, next.committed, next.committedAt = entry, *entry.DeepCopy(), now
}

// worthRecording reports whether the entry says something new. With push outputs
// each live window counts, and those of the backlog every few seconds; without,
// what has changed besides times and counts, or these now and then.
func worthRecording(s situation, a action, next state, now time.Time) bool {
	every := commitEvery
	switch {
	case !a.runs():
		every = 0
	case s.keepsPast() && a.step == stepRetry && drains(next.entry, a):
		every = commitBacklogEvery
	case s.keepsPast():
		every = 0
	}
	if now.Sub(next.committedAt) >= every {
		return !equality.Semantic.DeepEqual(next.entry, next.committed)
	}
	return !equality.Semantic.DeepEqual(timeless(next.entry), timeless(next.committed))
}

// drains reports whether a retry went well and more of its kind follow.
func drains(entry v1.GroupStatus, a action) bool {
	return a.backlog < len(entry.Backlog) && entry.Backlog[a.backlog].Attempts == 0
}

// timeless returns an entry without what changes with every good window.
func timeless(entry v1.GroupStatus) v1.GroupStatus {
	entry.Watermark, entry.LastSuccessfulExecution, entry.Last = nil, nil, nil
	entry.SkippedWindows, entry.Backlog, entry.Backfill = 0, nil, nil
	return entry
}

// observe writes down what a step came to, for the operator.
func (e *Executor) observe(s situation, next state, o outcome, log *zap.Logger) {
	key := keyOf(s.object)
	switch {
	case !o.action.runs():
		return
	case o.aborted():
		log.Debug("run ended early", zap.Error(o.err))
		e.opts.Metrics.aborted(key)
		return
	case o.err != nil:
		log.Warn("run failed", zap.String("reason", verdictOf(o.err).reason), zap.Error(o.err),
			zap.Time("nextTry", next.failure.until))
	default:
		log.Info("run succeeded", zap.Int64("rows", o.counts.rows), zap.Int64("points", o.counts.points),
			zap.Int64("series", o.counts.series), zap.Int64("dropped", o.counts.dropped),
			zap.Duration("query", o.stats.Duration), zap.Duration("duration", time.Since(o.started)))
	}
	for _, d := range o.delivered {
		if d.err != nil {
			log.Warn("delivery failed", zap.String("output", idOf(d.sink)), zap.Error(d.err))
		}
	}
	e.opts.Metrics.ran(s, o, next)
}

func (e *Executor) logger(s situation, a action) *zap.Logger {
	return e.opts.Log.With(
		zap.Stringer("exporter", keyOf(s.object)),
		zap.String("group", e.group),
		zap.Stringer("window", a.window),
		zap.Int32("attempt", s.attempt(a)),
	)
}
