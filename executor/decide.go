package executor

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	v1 "github.com/adx-mon/adxexporter/api/v1"
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
)

// action is a step and what it needs.
type action struct {
	step   step
	at     time.Time
	window schedule.Window
	// due is when the window was to be run, and skipped how many older windows
	// are passed over for it.
	due     time.Time
	skipped int64
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
}

// decide returns what to do with an exporter at now. The first check that
// applies wins.
func decide(s situation, now time.Time) action {
	generation := s.object.Generation
	switch {
	case !s.mayAct: // somebody else's, for now
		return action{step: stepIdle, at: now.Add(unowned)}
	case s.failure().until.After(now): // backing off
		return action{step: stepIdle, at: s.failure().until}
	case s.isNote(): // not to be run; say so once
		return s.note()
	case s.failure().hold == generation: // only a new spec helps
		return action{step: stepIdle}
	}
	plan := s.rule.Next(s.state.watermark(), now)
	switch {
	case !plan.Due.After(now):
		return action{step: stepRun, window: plan.Window, due: plan.Due, skipped: s.skipped(plan)}
	case s.state.shown != generation: // a new spec, or a replica that just took over
		return action{step: stepShow, window: s.rule.Again(s.state.watermark(), now), due: now}
	}
	return action{step: stepIdle, at: plan.Due}
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

// skipped returns how many windows are passed over for sure. A scrape-only
// exporter commits its watermark every few minutes only, so right after a
// takeover the windows of that time may well have run.
func (s situation) skipped(plan schedule.Plan) int64 {
	if s.state.exact || plan.Skipped == 0 {
		return plan.Skipped
	}
	return schedule.Count(s.state.watermark().Add(commitEvery), plan.Window.Start, s.rule.Interval)
}
