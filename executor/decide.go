package executor

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// step is what to do with an exporter.
type step uint8

const (
	// stepIdle: nothing before action.at; never, if that is zero.
	stepIdle step = iota
	// stepNote: write the status, without a run.
	stepNote
	// stepRun: run action.window and settle it.
	stepRun
	// stepShow: run action.window for its values only; it is settled already.
	stepShow
	// stepRetry: run action.window, which waits in the backlog.
	stepRetry
	// stepBackfill: put the windows that spec.backfill asks for into the backlog.
	stepBackfill
	// stepRevive: put the dead letters back into the backlog.
	stepRevive
	// stepBury: give up a range of the backlog that no output is there for.
	stepBury
	// stepCommit: record what is known already.
	stepCommit
)

var stepNames = [...]string{
	stepIdle: "idle", stepNote: "note", stepRun: "run", stepShow: "show", stepRetry: "retry",
	stepBackfill: "backfill", stepRevive: "revive", stepBury: "bury", stepCommit: "commit",
}

// String returns the step's name, as traces show it.
func (s step) String() string { return stepNames[s] }

// action is a step and what it needs.
type action struct {
	step   step
	at     time.Time
	window schedule.Window
	// due is when the window was to be run.
	due time.Time
	// missed are older windows that are passed over for it.
	missed schedule.Window
	// backlog is the index of the window's range, for stepRetry and stepBury, and width
	// how many of the range's windows are asked for at once.
	backlog, width int
}

// runs reports whether the step asks Kusto.
func (a action) runs() bool {
	return a.step == stepRun || a.step == stepShow || a.step == stepRetry
}

// unowned is how long to wait before asking again for the right to act.
const unowned = time.Second

// situation is all that a decision depends on, besides the time.
type situation struct {
	object  *v1.MetricsExporter
	refusal *refusal
	state   state
	rule    schedule.Rule
	mayAct  bool
	// sinks are those that the exporter asks for, missing what it asks for in vain.
	sinks   []Sink
	missing []v1.Output
	// resting has the sinks that deliver nothing for now, by id, and until when. It is
	// known only if there is a backlog.
	resting map[string]time.Time
}

// decide returns what to do with an exporter at now. What is owed to the status is
// recorded when there is nothing better to do; a run records it too.
func decide(s situation, now time.Time) action {
	a := s.next(now)
	owed := s.state.owed
	switch {
	case a.step != stepIdle || !s.mayAct || owed.IsZero():
		return a
	case !owed.After(now):
		return action{step: stepCommit}
	case a.at.IsZero() || owed.Before(a.at):
		a.at = owed
	}
	return a
}

// next returns the next piece of work. The first check that applies wins.
func (s situation) next(now time.Time) action {
	generation := s.object.Generation
	switch {
	case !s.mayAct: // somebody else's, for now
		return action{step: stepIdle, at: now.Add(unowned)}
	case s.wantsRun() && !s.isNote(): // somebody does not want to wait
		return s.atOnce(now)
	case s.failure().until.After(now): // backing off
		return action{step: stepIdle, at: s.failure().until}
	case s.isNote(): // not to be run; say so once
		return s.note()
	case s.failure().hold == generation: // only a new spec helps
		return action{step: stepIdle}
	case s.wantsBackfill() && !s.state.watermark().IsZero(): // after the first window, which says what is past
		return action{step: stepBackfill}
	case s.wantsRetry():
		return action{step: stepRevive}
	}
	if orphan := s.orphan(); orphan >= 0 {
		return action{step: stepBury, backlog: orphan}
	}
	plan := s.rule.Next(s.state.watermark(), now)
	waiting, at := s.waiting()
	switch {
	case !plan.Due.After(now):
		return live(plan)
	case s.state.shown != generation: // a new spec, or a replica that just took over
		return s.show(now)
	case waiting < 0:
		return action{step: stepIdle, at: plan.Due}
	case !at.After(now): // below live work
		return s.retry(waiting)
	}
	return action{step: stepIdle, at: earliest(plan.Due, at)}
}

// live is the run of a window that is due.
func live(plan schedule.Plan) action {
	return action{step: stepRun, window: plan.Window, due: plan.Due, missed: plan.Missed}
}

// show runs the last settled window for its values.
func (s situation) show(now time.Time) action {
	return action{step: stepShow, window: s.rule.Again(s.state.watermark(), now), due: now}
}

// atOnce is the run that somebody asks for: of the window that is due, however
// often it has failed, else of the last one.
func (s situation) atOnce(now time.Time) action {
	if plan := s.rule.Next(s.state.watermark(), now); !plan.Due.After(now) {
		return live(plan)
	}
	return s.show(now)
}

// attempt returns the number of the try that an action is, from 1.
func (s situation) attempt(a action) int32 {
	if a.step == stepRetry {
		return s.state.entry.Backlog[a.backlog].Attempts + 1
	}
	return s.state.failure.attempts + 1
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// retry is the next try of a range in the backlog.
func (s situation) retry(i int) action {
	item := s.state.entry.Backlog[i]
	return action{step: stepRetry, window: backlog.Window(item, s.rule.Interval), backlog: i, width: s.width(item)}
}

// width returns how many windows of a range are asked for at once. More than one
// are those of a backfill that says so, once its query is known to work.
func (s situation) width(item v1.BacklogEntry) int {
	wanted := s.object.Spec.Backfill
	if wanted == nil || item.Backfill != wanted.RequestID || item.Attempts > 0 || s.state.verified != s.object.Generation {
		return 1
	}
	left := schedule.Count(item.StartTime.Time, item.EndTime.Time, s.rule.Interval)
	return max(1, int(min(int64(wanted.MaxInFlight), left)))
}

// windows returns the windows that an action asks for.
func (s situation) windows(a action) []schedule.Window {
	windows := []schedule.Window{a.window}
	for len(windows) < a.width {
		rest := schedule.Window{Start: windows[len(windows)-1].End, End: s.state.entry.Backlog[a.backlog].EndTime.UTC()}
		windows = append(windows, schedule.First(rest, s.rule.Interval))
	}
	return windows
}

// goesOn reports whether a window that was asked for ahead is the next one to run,
// now that the one before it is settled, and notes where it is.
func (s situation) goesOn(o *outcome, now time.Time) bool {
	if s.state.outdated {
		return false
	}
	next := decide(s, now)
	goesOn := next.step == stepRetry && next.window.Equal(o.action.window)
	o.action.backlog = next.backlog
	return goesOn
}

// orphan returns a range of the backlog that no output is there for any more; -1 if
// there is none.
func (s situation) orphan() int {
	return slices.IndexFunc(s.state.entry.Backlog, func(item v1.BacklogEntry) bool {
		return !slices.ContainsFunc(s.sinks, func(sink Sink) bool { return takes(sink, item) })
	})
}

// waiting returns the range of the backlog to try next, and when.
func (s situation) waiting() (index int, at time.Time) {
	return backlog.Next(s.state.entry, s.held)
}

// held returns until when a range would find none of its sinks ready to deliver;
// zero if one is. To ask Kusto for it would be in vain. It is not ok while all of
// them have to get older windows first.
func (s situation) held(item v1.BacklogEntry) (until time.Time, ok bool) {
	takers := s.takers(item)
	inTurn := minus(takers, s.outOfTurn(item))
	for _, sink := range inTurn {
		rests, resting := s.resting[idOf(sink)]
		if !resting {
			return time.Time{}, true
		}
		if until.IsZero() || rests.Before(until) {
			until = rests
		}
	}
	return until, len(inTurn) > 0 || len(takers) == 0
}

// takers returns the sinks that a range of the backlog is for.
func (s situation) takers(item v1.BacklogEntry) []Sink {
	return slices.DeleteFunc(slices.Clone(s.sinks), func(sink Sink) bool { return !takes(sink, item) })
}

func takes(sink Sink, item v1.BacklogEntry) bool {
	return sink.TakesPast() && (len(item.Outputs) == 0 || slices.Contains(item.Outputs, idOf(sink)))
}

// outOfTurn returns the sinks of a range that have to get older windows first.
func (s situation) outOfTurn(item v1.BacklogEntry) []Sink {
	if item.Backfill != "" {
		return nil
	}
	return s.behind(s.takers(item), item.StartTime.Time)
}

// behind returns those of the sinks that have to get older windows before one that
// starts at a time.
func (s situation) behind(sinks []Sink, start time.Time) []Sink {
	return slices.DeleteFunc(slices.Clone(sinks), func(sink Sink) bool {
		return !sink.InOrder() || !slices.ContainsFunc(s.state.entry.Backlog, func(item v1.BacklogEntry) bool {
			return item.Backfill == "" && item.StartTime.Time.Before(start) && takes(sink, item)
		})
	})
}

// queued returns the sinks that get an action's window later, in its turn.
func (s situation) queued(a action) []Sink {
	switch {
	case a.step == stepRun && !a.missed.IsZero():
		return slices.DeleteFunc(slices.Clone(s.sinks), func(sink Sink) bool { return !sink.InOrder() })
	case a.step == stepRun:
		return s.behind(s.sinks, a.window.Start)
	case a.step == stepRetry:
		return s.outOfTurn(s.state.entry.Backlog[a.backlog])
	}
	return nil
}

// keepsPast reports whether windows that are not delivered in time still matter.
func (s situation) keepsPast() bool { return slices.ContainsFunc(s.sinks, Sink.TakesPast) }

// targets returns the sinks that an action delivers to.
func (s situation) targets(a action) []Sink {
	if a.step == stepShow { // the others have the window already, or get it in its turn
		return slices.DeleteFunc(slices.Clone(s.sinks), Sink.TakesPast)
	}
	sinks := s.sinks
	if a.step == stepRetry {
		sinks = s.takers(s.state.entry.Backlog[a.backlog])
	}
	return minus(sinks, s.queued(a))
}

// minus returns the sinks that are not among others.
func minus(sinks, others []Sink) []Sink {
	return slices.DeleteFunc(slices.Clone(sinks), func(sink Sink) bool {
		return slices.ContainsFunc(others, func(other Sink) bool { return idOf(other) == idOf(sink) })
	})
}

func (s situation) failure() failure { return s.state.failure }

// isNote reports whether the exporter is not to be run at all.
func (s situation) isNote() bool { return s.refusal != nil || s.object.Spec.Suspend }

// note says in the status why the exporter does not run, if it does not say so.
func (s situation) note() action {
	want := refusalOf(s)
	ready := meta.FindStatusCondition(s.state.committed.Conditions, v1.ConditionReady)
	if ready != nil && ready.Reason == want.reason && ready.Message == want.message &&
		ready.ObservedGeneration == s.object.Generation {
		return action{step: stepIdle}
	}
	return action{step: stepNote}
}

func refusalOf(s situation) refusal {
	if s.refusal != nil {
		return *s.refusal
	}
	return refusal{v1.ReasonSuspended, "The exporter is suspended by spec.suspend."}
}

// skipped returns how many windows are passed over for good. A scrape-only
// exporter commits its watermark every few minutes only, so right after a
// takeover the windows of that time may well have run.
func (s situation) skipped(missed schedule.Window) int64 {
	from := missed.Start
	if !s.state.exact {
		from = from.Add(commitEvery)
	}
	return schedule.Count(from, missed.End, s.rule.Interval)
}
