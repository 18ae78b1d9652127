package executor

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// Event reasons.
const (
	EventFirstRunSucceeded   = "FirstRunSucceeded"
	EventQueryFailed         = "QueryFailed"
	EventQueryRecovered      = "QueryRecovered"
	EventDeliveryFailed      = "DeliveryFailed"
	EventDeliveryRecovered   = "DeliveryRecovered"
	EventWindowsDeadLettered = "WindowDeadLettered"
	EventRefused             = "Refused"
	EventBackfillStarted     = "BackfillStarted"
	EventBackfillFinished    = "BackfillFinished"
)

// eventsOf returns what changed between two commits that people want to hear
// of. Nothing changed, no event.
func eventsOf(before, after v1.GroupStatus) []Event {
	var events []Event
	add := func(warning bool, reason, format string, args ...any) {
		events = append(events, Event{warning, reason, fmt.Sprintf(format, args...)})
	}
	was, is := transition(before, after, v1.ConditionQuerySucceeded)
	switch {
	case is.Status == metav1.ConditionTrue && before.LastSuccessfulExecution == nil && after.LastSuccessfulExecution != nil:
		add(false, EventFirstRunSucceeded, "The first window gave %d series.", seriesOf(after))
	case is.Status == metav1.ConditionTrue && was.Status == metav1.ConditionFalse:
		add(false, EventQueryRecovered, "Queries succeed again; they failed with %s.", was.Reason)
	case is.Status == metav1.ConditionFalse && is.Reason != was.Reason:
		add(true, EventQueryFailed, "%s: %s", is.Reason, is.Message)
	}
	was, is = transition(before, after, v1.ConditionDelivered)
	switch {
	case is.Status == metav1.ConditionTrue && was.Status == metav1.ConditionFalse:
		add(false, EventDeliveryRecovered, "Every output has the last window again; before it was %s.", was.Reason)
	case is.Status == metav1.ConditionFalse && is.Reason != was.Reason:
		add(true, EventDeliveryFailed, "%s: %s", is.Reason, is.Message)
	}
	was, is = transition(before, after, v1.ConditionReady)
	if is.Reason != was.Reason && isRefusal(is.Reason) {
		add(true, EventRefused, "%s: %s", is.Reason, is.Message)
	}
	switch was, is := before.Backfill, after.Backfill; {
	case is == nil:
	case was == nil || was.RequestID != is.RequestID:
		add(false, EventBackfillStarted, "Backfill %q has %d windows. %s", is.RequestID, is.Windows, is.Message)
	case was.Pending > 0 && is.Pending == 0:
		add(false, EventBackfillFinished, "Backfill %q is done.", is.RequestID)
	}
	if n := len(after.DeadLetters); n > 0 && buried(before, after) {
		last := after.DeadLetters[n-1]
		add(true, EventWindowsDeadLettered, "A window was given up after %d attempts, %s: %s", last.Attempts, last.Reason, last.Error)
	}
	return events
}

// buried reports whether a new range of dead letters began; a range that grows
// was spoken of when it began.
func buried(before, after v1.GroupStatus) bool {
	n := len(before.DeadLetters)
	if n == 0 {
		return true
	}
	last := after.DeadLetters[len(after.DeadLetters)-1]
	return !before.DeadLetters[n-1].StartTime.Equal(&last.StartTime)
}

func isRefusal(reason string) bool {
	return reason == v1.ReasonInvalidSpec || reason == v1.ReasonInvalidCriteria
}

func transition(before, after v1.GroupStatus, kind string) (was, is metav1.Condition) {
	return condition(before, kind), condition(after, kind)
}

func condition(entry v1.GroupStatus, kind string) metav1.Condition {
	if c := meta.FindStatusCondition(entry.Conditions, kind); c != nil {
		return *c
	}
	return metav1.Condition{}
}
