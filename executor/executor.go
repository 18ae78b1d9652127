package executor

import (
	"container/heap"
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// Options are what an executor works with.
type Options struct {
	// Labels are the instance's cluster labels.
	Labels criteria.Labels
	// NamePrefix is put before every metric name.
	NamePrefix string
	// MaxLabelValue bounds a label value, in bytes; zero means the default.
	MaxLabelValue int
	// Commits bounds how often statuses are written; nil is no bound. When it is
	// used up, one write stands for several windows of an exporter. The executor lowers
	// its rate while writes fail.
	Commits *rate.Limiter
	// Memory is how many bytes the answers of all exporters may take together, as
	// points on their way to the outputs; zero is no limit. When it is used up, large
	// answers wait for each other.
	Memory int64
	// Outdated is told of an exporter whose status somebody else has written: it is
	// forgotten here, and may be taken again with what the status says now.
	Outdated func(exporter types.NamespacedName)
	// Clock is the executor's own; nil means the real one.
	Clock clock.Clock

	Guard    Guard
	Querier  Querier
	Sinks    []Sink
	Recorder Recorder
	Metrics  *Metrics
	Log      *zap.Logger
	// Tracer makes a trace of each run; nil means none.
	Tracer trace.Tracer
}

// Executor runs exporters. Create it with New. It is a prometheus.Collector of its
// exporters' gauges; the counters are Options.Metrics.
type Executor struct {
	opts  Options
	clock clock.Clock
	group string

	// wake is signalled when the queue's head may have changed.
	wake chan struct{}
	// steps counts the steps that are going on; Start waits for them.
	steps sync.WaitGroup
	// transformers are kept for the next run: their memory is worth it.
	transformers sync.Pool
	// memory is what their answers share.
	memory *memory
	// pace is that of the statuses' writes.
	pace *pace

	// mu guards what follows. It is never held while working.
	mu        sync.Mutex
	exporters map[types.NamespacedName]*exporter
	queue     queue
	beat      time.Time
	// retrying counts the windows of backlogs that are run right now.
	retrying int
}

// New returns an executor that knows no exporters yet.
func New(opts Options) *Executor {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	if opts.Outdated == nil {
		opts.Outdated = func(types.NamespacedName) {}
	}
	return &Executor{
		opts:         opts.traced(),
		clock:        opts.Clock,
		group:        opts.Labels.Group(),
		wake:         make(chan struct{}, 1),
		exporters:    map[types.NamespacedName]*exporter{},
		transformers: sync.Pool{New: func() any { return new(metric.Transformer) }},
		memory:       newMemory(opts.Memory),
		pace:         newPace(opts.Commits),
	}
}

// Apply makes an exporter, or its new spec, known. The object must not change
// afterwards. An exporter whose criteria do not match is not ours: it is removed
// if we had it, and its status is left alone.
func (e *Executor) Apply(object *v1.MetricsExporter) { e.Take(object, nil) }

// Take is Apply for an exporter that another replica ran until now, with what that
// replica has handed over, if anything.
func (e *Executor) Take(object *v1.MetricsExporter, from *Handover) {
	matcher, err := criteria.Compile(object.Spec.Criteria, object.Spec.CriteriaExpression)
	if err != nil {
		e.upsert(object, &refusal{v1.ReasonInvalidCriteria, sentence(err)}, from)
		return
	}
	matches, err := matcher.Match(e.opts.Labels)
	switch {
	case err != nil:
		e.upsert(object, &refusal{v1.ReasonInvalidCriteria, sentence(err)}, from)
	case matches:
		e.upsert(object, nil, from)
	default:
		e.Remove(keyOf(object))
	}
}

// Concerns reports whether an exporter is meant for this cluster-label set, as far
// as its criteria can be understood. One whose criteria cannot is everybody's to
// refuse.
func (e *Executor) Concerns(object *v1.MetricsExporter) bool {
	matcher, err := criteria.Compile(object.Spec.Criteria, object.Spec.CriteriaExpression)
	if err != nil {
		return true
	}
	matches, err := matcher.Match(e.opts.Labels)
	return err != nil || matches
}

// Refuse makes an exporter known that cannot run, since its spec is not valid.
// Its status says why; a refused exporter touches nobody else. The object has what
// could be read of its criteria: one that is meant for others is theirs to refuse.
func (e *Executor) Refuse(object *v1.MetricsExporter, err error) {
	matcher, unreadable := criteria.Compile(object.Spec.Criteria, object.Spec.CriteriaExpression)
	if unreadable == nil {
		if matches, failed := matcher.Match(e.opts.Labels); failed == nil && !matches {
			e.Remove(keyOf(object))
			return
		}
	}
	e.upsert(object, &refusal{v1.ReasonInvalidSpec, sentence(err)}, nil)
}

func (e *Executor) upsert(object *v1.MetricsExporter, why *refusal, from *Handover) {
	key := keyOf(object)
	e.mu.Lock()
	defer e.mu.Unlock()
	x, known := e.exporters[key]
	if known && x.object.UID != object.UID {
		e.drop(x)
		known = false
	}
	if !known {
		x = &exporter{key: key, index: -1, state: from.onto(adopt(object, e.group), object)}
		e.exporters[key] = x
		e.opts.Metrics.adopt(key)
	}
	e.assign(x, object, why)
}

// assign gives an exporter its object; a new generation is a fresh start. mu is
// held.
func (e *Executor) assign(x *exporter, object *v1.MetricsExporter, why *refusal) {
	if x.object != nil && x.object.Generation != object.Generation {
		x.state.failure = failure{}
		if x.running {
			x.cancel() // the old spec's query would only keep the new one waiting
		}
	}
	if x.object == nil || x.object.Generation != object.Generation {
		x.compiler = CompilerFor(object, metric.Options{Prefix: e.opts.NamePrefix, MaxLabelValue: e.opts.MaxLabelValue})
	}
	x.object, x.refusal = object, why
	if why != nil || object.Spec.Suspend {
		e.hide(x)
	}
	if !x.running {
		e.schedule(x, time.Time{})
	}
}

// hide ends a run and takes an exporter's series away: from a scrape at once, from
// other outputs when the run has ended. mu is held.
func (e *Executor) hide(x *exporter) {
	x.state.shown = 0
	if !x.running {
		e.endSeries(x, true)
		return
	}
	x.cancel()
	e.endSeries(x, false)
}

// Remove forgets an exporter: its run is ended and its series vanish at once.
func (e *Executor) Remove(key types.NamespacedName) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x, ok := e.exporters[key]; ok {
		e.drop(x)
	}
}

// Drop forgets an exporter that is another replica's now: its run is ended and its
// series vanish here, without an end.
func (e *Executor) Drop(key types.NamespacedName) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if x, ok := e.exporters[key]; ok {
		x.moved = true
		e.drop(x)
	}
}

// drop forgets an exporter. mu is held.
func (e *Executor) drop(x *exporter) {
	delete(e.exporters, x.key)
	x.removed = true
	e.unqueue(x)
	e.hide(x)
	e.opts.Metrics.remove(x.key)
}

// endSeries ends an exporter's series in all sinks, or where they are shown. Those
// of one that has moved are forgotten.
func (e *Executor) endSeries(x *exporter, all bool) {
	for _, sink := range e.opts.Sinks {
		switch {
		case !all && sink.TakesPast():
		case x.moved:
			sink.Forget(x.key)
		default:
			sink.End(x.key)
		}
	}
}

// adopt returns what is known of an exporter from its status.
func adopt(object *v1.MetricsExporter, group string) state {
	for _, entry := range object.Status.Groups {
		if entry.Group != group {
			continue
		}
		s := state{entry: *entry.DeepCopy(), committed: *entry.DeepCopy()}
		if condition(entry, v1.ConditionQuerySucceeded).Status == "True" {
			s.verified = entry.ObservedGeneration
		}
		return s
	}
	return state{entry: v1.GroupStatus{Group: group}, exact: true}
}

// Start runs the exporters until ctx ends, and returns when every run has ended.
func (e *Executor) Start(ctx context.Context) error {
	defer e.steps.Wait()
	timer := e.clock.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C():
		case <-e.wake:
		}
		now := e.clock.Now()
		timer.Reset(e.dispatch(ctx, now).Sub(now))
	}
}

// maxSleep is how long the scheduler sleeps at most, so that Healthy can tell a
// stuck one from an idle one.
const maxSleep = 10 * time.Second

// Windows of the backlog never crowd out live ones: only a few are run at once,
// and the others look again a little later.
const (
	maxRetrying = 4
	retryLater  = time.Second
)

// dispatch starts every step that is due and returns when to look again.
func (e *Executor) dispatch(ctx context.Context, now time.Time) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.beat = now
	for len(e.queue) > 0 && !e.queue[0].due.After(now) {
		x := heap.Pop(&e.queue).(*exporter)
		s := e.situation(x)
		a := decide(s, now)
		switch {
		case a.step == stepIdle:
			e.schedule(x, a.at)
		case a.step == stepRetry && e.retrying >= maxRetrying:
			e.schedule(x, now.Add(retryLater))
		default:
			e.begin(ctx, x, s, a)
		}
	}
	if len(e.queue) > 0 && e.queue[0].due.Before(now.Add(maxSleep)) {
		return e.queue[0].due
	}
	return now.Add(maxSleep)
}

// situation returns what a decision about x depends on. mu is held.
func (e *Executor) situation(x *exporter) situation {
	_, mayAct := e.opts.Guard.CanAct(x.key)
	s := situation{object: x.object, refusal: x.refusal, state: x.state, mayAct: mayAct}
	s.sinks, s.missing = sinksOf(&x.object.Spec, e.opts.Sinks)
	if len(x.state.entry.Backlog) > 0 {
		s.resting = resting(s.sinks, e.clock.Now())
	}
	if x.refusal == nil {
		s.rule = ruleOf(x.object)
	}
	return s
}

// begin starts a step; Start waits for it. mu is held.
func (e *Executor) begin(ctx context.Context, x *exporter, s situation, a action) {
	x.running, x.done = true, make(chan struct{})
	a.width = min(a.width, maxRetrying-e.retrying)
	e.retrying += a.width
	ctx, x.cancel = e.opts.Guard.Bind(ctx, x.key)
	compiler, cancel := x.compiler, x.cancel
	e.steps.Go(func() {
		defer cancel()
		next := e.perform(ctx, s, a, compiler)
		e.end(x, s, a, next)
	})
}

// end takes over what a step left behind and schedules the next one.
func (e *Executor) end(x *exporter, s situation, a action, next state) {
	if next.outdated {
		defer e.opts.Outdated(x.key)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	x.running = false
	close(x.done)
	e.retrying -= a.width
	if x.removed {
		if _, replaced := e.exporters[x.key]; !replaced {
			e.endSeries(x, true) // the step may have delivered, and counted, meanwhile
			e.opts.Metrics.remove(x.key)
		}
		return
	}
	if next.outdated {
		x.moved = true
		e.drop(x)
		return
	}
	if x.object.Generation != s.object.Generation {
		next.failure = failure{} // it was the old spec's
	}
	x.state = next
	if now := e.situation(x); now.isNote() && !s.isNote() {
		e.hide(x) // it was told to stop while it ran
	}
	e.schedule(x, time.Time{})
}

// schedule puts x into the queue, due at a time; zero time means at once, unless
// nothing is left to do for it. mu is held.
func (e *Executor) schedule(x *exporter, at time.Time) {
	if x.leaving {
		return
	}
	if at.IsZero() {
		s := e.situation(x)
		now := e.clock.Now()
		a := decide(s, now)
		at = now
		if a.step == stepIdle {
			at = a.at
		}
	}
	x.due = at
	switch {
	case at.IsZero():
		e.unqueue(x)
		return
	case x.index >= 0:
		heap.Fix(&e.queue, x.index)
	default:
		heap.Push(&e.queue, x)
	}
	e.signal()
}

// unqueue takes x out of the queue. mu is held.
func (e *Executor) unqueue(x *exporter) {
	if x.index >= 0 {
		heap.Remove(&e.queue, x.index)
	}
}

func (e *Executor) signal() {
	select {
	case e.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Healthy returns an error if the scheduler has not come round for far too long.
func (e *Executor) Healthy() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if late := e.clock.Since(e.beat); !e.beat.IsZero() && late > 6*maxSleep {
		return fmt.Errorf("the scheduler has not come round for %s", late.Truncate(time.Second))
	}
	return nil
}

// Owned returns how many exporters this replica runs.
func (e *Executor) Owned() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.exporters)
}

// Succeeded returns how many exporters have had a successful run of their present
// spec.
func (e *Executor) Succeeded() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, x := range e.exporters {
		if x.object.Generation == x.state.shown && x.state.failure == (failure{}) {
			n++
		}
	}
	return n
}
