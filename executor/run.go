package executor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// perform takes one step to its end, from query to commit, and returns what is
// known of the exporter afterwards.
func (e *Executor) perform(ctx context.Context, s situation, a action, compiler *metric.Compiler) state {
	if !a.runs() {
		return e.conclude(ctx, s, outcome{action: a, generation: s.object.Generation, started: e.clock.Now()})
	}
	wanted := true
	for i, r := range e.ask(ctx, s, a, compiler) {
		if !wanted {
			r.forget() // it is asked for again in its turn
		}
		<-r.done
		wanted = wanted && (i == 0 || s.goesOn(&r.outcome, e.clock.Now()))
		if wanted {
			s.state = e.publish(s, r)
		}
		e.recycle(r)
	}
	return s.state
}

// publish delivers a reply, if there is one, and settles it.
func (e *Executor) publish(s situation, r *reply) state {
	r.share.resume()
	if r.err == nil {
		e.deliver(r.ctx, s, e.finish(r.ctx, r.transformer), &r.outcome)
	}
	endRun(r.span, r.outcome)
	return e.conclude(r.ctx, s, r.outcome)
}

// conclude settles a step, tells what it came to, and records it.
func (e *Executor) conclude(ctx context.Context, s situation, o outcome) state {
	log := e.logger(s, o.action)
	if o.action.runs() {
		log = log.With(zap.String("clientRequestID", o.requestID))
	}
	next := s.state
	if o.action.step != stepCommit {
		next = settle(s, o, e.clock.Now())
	}
	e.observe(s, next, o, log)
	e.remember(s, o, s.attempt(o.action))
	if !o.aborted() {
		e.commit(ctx, s, o.action, &next, log)
	}
	return next
}

// reply is what Kusto gives for a window, as points.
type reply struct {
	outcome

	// ctx is the run's, and span what is told of it; forget ends the query alone.
	ctx    context.Context //nolint:containedctx // it lives as long as the run
	span   trace.Span
	forget context.CancelFunc

	transformer *metric.Transformer
	share       *share
	// ahead is set if it waits for others before it is delivered.
	ahead bool
	// done is closed when the reply is there; until then it is the query's own.
	done chan struct{}
}

// ask asks for the windows of a step, for all of them at once, and returns their
// replies in the windows' order. Whoever asks waits for each of them, and recycles it.
func (e *Executor) ask(ctx context.Context, s situation, a action, compiler *metric.Compiler) []*reply {
	windows := s.windows(a)
	replies := make([]*reply, len(windows))
	for i, w := range windows {
		a.window = w
		replies[i] = e.askFor(ctx, s, a, compiler, i > 0)
	}
	return replies
}

// askFor asks for the window of an action, perhaps ahead of its turn.
func (e *Executor) askFor(ctx context.Context, s situation, a action, compiler *metric.Compiler, ahead bool) *reply {
	ctx, span := e.startRun(ctx, s, a)
	asking, forget := context.WithCancel(ctx)
	r := &reply{
		outcome: outcome{action: a, generation: s.object.Generation, started: e.clock.Now()},
		ctx:     ctx, span: span, forget: forget,
		transformer: e.transformers.Get().(*metric.Transformer),
		share:       e.memory.enter(),
		ahead:       ahead,
		done:        make(chan struct{}),
	}
	go e.query(asking, s, compiler, r)
	return r
}

// recycle gives back what a reply has. Where memory is short, that of a large answer
// is freed, not kept in the shape that it has.
func (e *Executor) recycle(r *reply) {
	if e.opts.Memory == 0 || r.share.held == 0 {
		e.transformers.Put(r.transformer)
	}
	r.share.leave()
	r.forget()
	r.span.End()
}

// query asks for one window's rows.
func (e *Executor) query(ctx context.Context, s situation, compiler *metric.Compiler, o *reply) {
	defer close(o.done)
	request := RequestFor(s.object, o.action.window, e.opts.Labels, tryOf(ctx, s.attempt(o.action)))
	o.requestID = request.RequestID
	if s.state.verified != o.generation {
		if o.err = e.preflight(ctx, s.object, request, compiler); o.err != nil {
			return
		}
	}
	o.verified = true
	o.transformer.Reset(compiler, RowTime(o.action.window))
	o.stats, o.err = e.opts.Querier.Query(ctx, request, &metered{Transformer: o.transformer, ctx: ctx, share: o.share})
	if o.ahead {
		o.share.pause()
	}
}

// tryOf names a try so that no other has its name: by the trace that it can be looked
// up in, or at random.
func tryOf(ctx context.Context, attempt int32) string {
	if id, ok := traceOf(ctx); ok {
		return fmt.Sprintf("%d-%s", attempt, id)
	}
	return fmt.Sprintf("%d-%08x", attempt, rand.Uint32()) //nolint:gosec // it tells requests apart, no more
}

// preflight checks the columns that the answer would have against the transform,
// before the query costs anything. A replica may stand still over it for longer than
// it takes others to take over, so that it has to look at its right again.
func (e *Executor) preflight(ctx context.Context, object *v1.MetricsExporter, request query.Request, compiler *metric.Compiler) error {
	request.RequestID += ";schema"
	columns, err := e.opts.Querier.Schema(ctx, request)
	if err != nil {
		return err
	}
	if !e.mayGoOn(ctx, keyOf(object)) {
		return errLost
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
	targets := s.targets(o.action)
	if !e.mayDeliver(ctx, delivery.Source.NamespacedName, targets) {
		o.err = errLost
		return
	}
	began := e.clock.Now()
	o.delivered = deliverTo(ctx, targets, delivery)
	o.delivering = e.clock.Since(began)
	e.opts.Metrics.dropped(delivery.Source.NamespacedName, batch)
}

// mayDeliver reports whether the exporter is still ours. What is pushed cannot be
// taken back, so that waits until we are sure.
func (e *Executor) mayDeliver(ctx context.Context, key types.NamespacedName, targets []Sink) bool {
	if slices.ContainsFunc(targets, Sink.TakesPast) && e.opts.Guard.Fresh(ctx, key) != nil {
		return false
	}
	return e.mayGoOn(ctx, key)
}

// mayGoOn reports whether a step goes on: the exporter is ours, and nothing has ended it.
func (e *Executor) mayGoOn(ctx context.Context, key types.NamespacedName) bool {
	_, ok := e.opts.Guard.CanAct(key)
	return ok && ctx.Err() == nil
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

// recordAgain is how long to wait after a failed write of a status.
const recordAgain = 5 * time.Second

// commit records the entry, if there is something to record and the budget of
// writes allows it. Else it is owed: the newest entry stands for all before it.
func (e *Executor) commit(ctx context.Context, s situation, a action, next *state, log *zap.Logger) {
	now := e.clock.Now()
	if !worthRecording(s, a, *next, now) {
		return
	}
	wait := e.budget(*next, now)
	next.reserved = wait > 0
	if wait == 0 && e.write(ctx, s, next, log) {
		return
	}
	next.owed = now.Add(recordAgain)
	if wait > 0 {
		next.owed = now.Add(wait)
	}
	if s.isNote() {
		next.failure.until = next.owed // no run comes that would record it
	}
}

// budget takes one write out of the budget, unless one is reserved, and returns how
// long it takes until it may be made; if that is now, it has a place. Each exporter has its turn: who waits is not
// asked to try again with all others, and nobody gets ahead by writing more often.
func (e *Executor) budget(next state, now time.Time) time.Duration {
	wait := time.Duration(0)
	switch {
	case e.opts.Commits == nil:
	case next.reserved:
		wait = max(0, next.owed.Sub(now))
	default:
		wait = e.opts.Commits.ReserveN(now, 1).DelayFrom(now)
	}
	if wait == 0 && !e.pace.begin() {
		return placeAgain
	}
	return wait
}

// write records the entry, and gives back the place that it has for that.
func (e *Executor) write(ctx context.Context, s situation, next *state, log *zap.Logger) bool {
	defer e.pace.end()
	return e.record(ctx, s, next, log)
}

// record writes the entry into the status, if this replica may.
func (e *Executor) record(ctx context.Context, s situation, next *state, log *zap.Logger) bool {
	fence, ok := e.opts.Guard.CanAct(keyOf(s.object))
	if !ok {
		return false
	}
	entry := *next.entry.DeepCopy()
	entry.Labels = e.opts.Labels.String()
	entry.Owner, entry.Fence, entry.Seq = e.opts.Guard.Identity(), fence, next.committed.Seq+1
	// A shutdown must not lose what has been done; the recorder has its own limit.
	stored, err := e.opts.Recorder.Record(context.WithoutCancel(ctx), Commit{
		Exporter: keyOf(s.object), UID: s.object.UID,
		Entry: entry, Events: eventsOf(s.state.committed, entry),
	})
	e.opts.Metrics.committed(err)
	switch {
	case errors.Is(err, ErrOutdated):
		log.Warn("the status was written by somebody else; it is read again", zap.Error(err))
		next.outdated = true
		return true
	case err != nil:
		e.pace.failed(e.clock.Now())
		log.Warn("cannot record the status; it is tried again", zap.Error(err))
		return false
	}
	e.pace.succeeded(e.clock.Now())
	next.entry, next.committed, next.committedAt, next.owed = entry, stored, e.clock.Now(), time.Time{}
	next.entry.Seq = stored.Seq
	return true
}

// worthRecording reports whether the entry says something new.
func worthRecording(s situation, a action, next state, now time.Time) bool {
	if timesMatter(s, a, next, now) {
		// A watermark that has moved says it at once; to compare all takes as long as a
		// query of some rows.
		return !next.entry.Watermark.Equal(next.committed.Watermark) || !equality.Semantic.DeepEqual(next.entry, next.committed)
	}
	return !equality.Semantic.DeepEqual(timeless(next.entry), timeless(next.committed))
}

// timesMatter reports whether times and counts alone are worth a write. With push
// outputs those of each live window are, and those of the backlog every few seconds;
// without, now and then: each exporter has a time of its own for it, so that those
// that began together, at a start, do not write together ever after.
func timesMatter(s situation, a action, next state, now time.Time) bool {
	switch {
	case !a.runs():
		return true
	case s.keepsPast() && a.step == stepRetry && drains(next.entry, a):
		return now.Sub(next.committedAt) >= commitBacklogEvery
	case s.keepsPast():
		return true
	}
	return schedule.Turns(string(s.object.UID), commitEvery, next.committedAt, now)
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
			zap.Duration("query", o.stats.Duration), zap.Duration("duration", e.clock.Since(o.started)))
	}
	for _, d := range o.delivered {
		if d.err != nil {
			log.Warn("delivery failed", zap.String("output", idOf(d.sink)), zap.Error(d.err))
		}
	}
	e.opts.Metrics.ran(s, o, next, e.clock.Now())
}

// logger returns what a step logs with: every line of it can be found by these keys,
// and those of a run by its window, attempt and request, too.
func (e *Executor) logger(s situation, a action) *zap.Logger {
	log := e.opts.Log.With(zap.Stringer("exporter", keyOf(s.object)), zap.String("group", e.group))
	if !a.runs() {
		return log
	}
	return log.With(zap.Stringer("window", a.window), zap.Int32("attempt", s.attempt(a)))
}
