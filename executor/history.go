package executor

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// HistoryLength is how many runs are kept of an exporter. They take 6 KiB as a rule,
// and 18 KiB while every one fails at Kusto and at a push endpoint: an error is cut to
// 256 bytes. Each further endpoint that fails adds 6 KiB.
const HistoryLength = 20

// RunKind is why a window was run.
type RunKind string

// The kinds of runs.
const (
	// RunLive: the window was due.
	RunLive RunKind = "live"
	// RunAgain: the window was settled already, and run for its values.
	RunAgain RunKind = "again"
	// RunRetry: the window waited in the backlog.
	RunRetry RunKind = "retry"
)

// Run is one run of a window, as it went.
type Run struct {
	Kind RunKind
	// Start and End bound the window [Start, End).
	Start, End time.Time
	Started    time.Time
	// Duration is from the start to the end of the deliveries, and Query the part of
	// it that Kusto took; zero if there was no answer.
	Duration, Query time.Duration
	// Attempt counts the tries of the window, from 1.
	Attempt              int32
	Rows, Points, Series int64
	// Dropped is how many values gave no point, by reason; nil if there are none.
	Dropped map[string]int64
	// Reason and Error say why the run failed; empty if it succeeded.
	Reason, Error string
	// Undelivered says for each output that did not take the window why.
	Undelivered []Undelivered
	RequestID   string
}

// Undelivered is an output that did not take a window.
type Undelivered struct {
	// Output is the output's name, or output/endpoint.
	Output, Error string
}

// history is the newest runs of an exporter, the newest last.
type history []Run

// add keeps a run in place of the oldest one. The slice is never changed in place:
// whoever looks has it while the next run comes.
func (h history) add(r Run) history {
	from := max(0, len(h)+1-HistoryLength)
	return append(slices.Clone(h[from:]), r)
}

// remember keeps what a run came to, unless the exporter has gone meanwhile.
func (e *Executor) remember(s situation, o outcome, attempt int32) {
	if !o.action.runs() || o.aborted() {
		return
	}
	run := runOf(o, attempt, e.clock.Now())
	e.mu.Lock()
	defer e.mu.Unlock()
	if x, ok := e.exporters[keyOf(s.object)]; ok && x.object.UID == s.object.UID {
		x.history = x.history.add(run)
	}
}

func runOf(o outcome, attempt int32, now time.Time) Run {
	r := Run{
		Kind: kindOf(o.action), Start: o.action.window.Start, End: o.action.window.End,
		Started: o.started, Duration: now.Sub(o.started), Query: o.stats.Duration, Attempt: attempt,
		Rows: o.counts.rows, Points: o.counts.points, Series: o.counts.series, Dropped: o.counts.reasons,
		RequestID: o.requestID,
	}
	if o.err != nil {
		r.Reason, r.Error = verdictOf(o.err).reason, sentence(o.err)
	}
	for _, d := range o.delivered {
		if d.err != nil {
			r.Undelivered = append(r.Undelivered, Undelivered{idOf(d.sink), sentence(d.err)})
		}
	}
	return r
}

func kindOf(a action) RunKind {
	switch a.step {
	case stepShow:
		return RunAgain
	case stepRetry:
		return RunRetry
	default:
		return RunLive
	}
}

// reasonsOf returns the drops of a batch by reason; nil if there are none.
func reasonsOf(b *metric.Batch) map[string]int64 {
	if b.DroppedTotal() == 0 {
		return nil
	}
	reasons := map[string]int64{}
	for i, n := range b.Dropped {
		if n > 0 {
			reasons[metric.DropReason(i).String()] = n
		}
	}
	return reasons
}

// Snapshot is what is known of an exporter at a moment. What it refers to is never
// changed.
type Snapshot struct {
	Key types.NamespacedName
	// Object is as last applied.
	Object *v1.MetricsExporter
	// Refused says why the object cannot run at all; empty if it can.
	Refused string
	// Entry is this group's status, perhaps ahead of the stored one.
	Entry v1.GroupStatus
	// BacklogWindows and DeadWindows are how many windows wait, and were given up.
	BacklogWindows, DeadWindows int64
	// Running is set while a step is going on, and Owed while the entry waits to be
	// written.
	Running, Owed bool
	// Next is when the next step is due; zero if none is.
	Next time.Time
	// Attempts counts the failed tries in a row.
	Attempts int32
	// Runs are the newest runs, the newest last.
	Runs []Run
}

// Snapshots returns what is known of all exporters, in no order.
func (e *Executor) Snapshots() []Snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]Snapshot, 0, len(e.exporters))
	for _, x := range e.exporters {
		all = append(all, x.snapshot())
	}
	return all
}

// Snapshot returns what is known of one exporter; false if it is not run here.
func (e *Executor) Snapshot(key types.NamespacedName) (Snapshot, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.exporters[key]
	if !ok {
		return Snapshot{}, false
	}
	return x.snapshot(), true
}

// snapshot copies no more than a struct: entries and runs are replaced, not changed.
// The executor's mu is held.
func (x *exporter) snapshot() Snapshot {
	s := Snapshot{
		Key: x.key, Object: x.object, Entry: x.state.entry, Running: x.running,
		Owed: !x.state.owed.IsZero(), Attempts: x.state.failure.attempts, Runs: x.history,
	}
	if x.refusal != nil {
		s.Refused = x.refusal.message
	}
	if x.index >= 0 {
		s.Next = x.due
	}
	if interval := x.object.Spec.Interval.Duration; interval > 0 {
		s.BacklogWindows = backlog.Windows(s.Entry, interval)
		s.DeadWindows = givenUp(s.Entry, interval)
	}
	return s
}
