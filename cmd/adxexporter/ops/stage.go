package ops

import (
	"fmt"
	"strings"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// ending is how a backfill ended, if it has.
type ending uint8

const (
	// running: there are windows to go, or it has not begun.
	running ending = iota
	// finished: every window has been delivered.
	finished
	// failed: some or all windows will not be run, or were given up.
	failed
)

// stage is how far a backfill is.
type stage struct {
	// windows is how many windows it has over all groups, pending how many wait.
	windows, pending int64
	end              ending
	// message says how it ended.
	message string
}

// stageOf returns how far a backfill is, from the exporter's status. Dead letters
// that were there before are not its own.
func stageOf(object *v1.MetricsExporter, requestID string, p Plan, before *v1.MetricsExporter) stage {
	if asked := object.Spec.Backfill; asked == nil || asked.RequestID != requestID {
		return stage{end: failed, message: gone(asked)}
	}
	s := stage{}
	begun, messages := len(object.Status.Groups) > 0, []string{}
	var buried int64
	for _, group := range object.Status.Groups {
		b := group.Backfill
		if b == nil || b.RequestID != requestID {
			begun = false
			continue
		}
		s.windows += b.Windows
		s.pending += b.Pending
		if b.Windows == 0 {
			messages = append(messages, fmt.Sprintf("on %s: %s", labelsOf(group), b.Message))
		}
		buried += buriedIn(p, group, before)
	}
	switch {
	case !begun || s.pending > 0:
	case len(messages) > 0:
		s.end, s.message = failed, "Nothing is run "+strings.Join(messages, "; ")
	case buried > 0:
		s.end, s.message = failed, fmt.Sprintf("Finished, but %s of the range could not be delivered and are dead letters: adxexporter status shows why.", count(buried, "window"))
	default:
		s.end, s.message = finished, fmt.Sprintf("Finished: %s.", count(s.windows, "window"))
	}
	return s
}

// gone says why a request is no longer to be found.
func gone(asked *v1.Backfill) string {
	if asked == nil {
		return "Cancelled: somebody has removed spec.backfill."
	}
	return fmt.Sprintf("Cancelled: somebody has asked for %q in its place.", asked.RequestID)
}

// buriedIn returns how many windows of a plan are dead letters of a group that were
// none before.
func buriedIn(p Plan, group v1.GroupStatus, before *v1.MetricsExporter) int64 {
	var known []v1.DeadLetter
	if before != nil {
		known = groupOf(before, group.Group).DeadLetters
	}
	var n int64
	for _, l := range group.DeadLetters {
		if hasLetter(known, l) {
			continue
		}
		from, to := l.StartTime.Time, l.EndTime.Time
		if from.Before(p.Range.Start) {
			from = p.Range.Start
		}
		if to.After(p.Range.End) {
			to = p.Range.End
		}
		n += schedule.Count(from, to, p.Interval)
	}
	return n
}
