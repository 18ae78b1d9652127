package executor

import (
	"fmt"
	"strings"
	"time"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// wantsBackfill reports whether spec.backfill asks for something else than what
// the status has: a new request, or none any more.
func (s situation) wantsBackfill() bool {
	has := s.state.entry.Backfill
	switch wanted := s.object.Spec.Backfill; {
	case wanted == nil:
		return has != nil && has.Pending > 0
	case has == nil:
		return true
	default:
		return has.RequestID != wanted.RequestID
	}
}

// backfill puts the windows that spec.backfill asks for into the backlog, in the
// place of those of an earlier request. They are run below live work, and wherever
// the exporter moves.
func (s settlement) backfill(next *state) {
	if has := next.entry.Backfill; has != nil {
		backlog.Cancel(&next.entry, has.RequestID)
	}
	wanted := s.object.Spec.Backfill
	if wanted == nil {
		next.entry.Backfill = nil
		return
	}
	status := &v1.BackfillStatus{RequestID: wanted.RequestID}
	next.entry.Backfill = status
	if !s.keepsPast() {
		status.Message = "No output of this exporter takes past windows."
		return
	}
	r := BackfillRange(wanted, s.state.watermark(), s.rule.Interval)
	status.Windows = schedule.Count(r.Start, r.End, s.rule.Interval)
	status.Message = clip(notDone(wanted, r))
	if status.Windows > 0 {
		backlog.Add(&next.entry, r, v1.BacklogEntry{Reason: v1.ReasonBackfill, Backfill: wanted.RequestID}, s.now, s.rule.Interval)
	}
}

// wantsRetry reports whether somebody asks for the dead letters to be tried again.
func (s situation) wantsRetry() bool {
	token := s.object.Annotations[v1.AnnotationRetryDeadLetters]
	return token != "" && clipToken(token) != s.state.entry.LastHandledRetry
}

// revive puts the dead letters back into the backlog, unless no output would take
// them.
func (s settlement) revive(next *state) {
	token := clipToken(s.object.Annotations[v1.AnnotationRetryDeadLetters])
	next.entry.LastHandledRetry = token
	if s.keepsPast() {
		backlog.Revive(&next.entry, "retry-"+token, s.now, s.rule.Interval)
	}
}

// clipToken cuts a token to what the status holds, with room for a prefix and
// between two characters.
func clipToken(token string) string {
	return strings.ToValidUTF8(token[:min(len(token), 48)], "")
}

// BackfillRange returns the range of the windows that lie in a request and are
// settled; later ones come in their own time. It is empty if there is none.
func BackfillRange(wanted *v1.Backfill, watermark time.Time, interval time.Duration) schedule.Window {
	end := wanted.EndTime.Time
	if end.After(watermark) {
		end = watermark
	}
	r := schedule.Window{
		Start: schedule.Latest(wanted.StartTime.Add(interval-time.Nanosecond), interval).End,
		End:   schedule.Latest(end, interval).End,
	}
	if !r.Start.Before(r.End) {
		r.End = r.Start
	}
	return r
}

// notDone says which parts of a request are no whole windows, or not past.
func notDone(wanted *v1.Backfill, r schedule.Window) string {
	if !r.Start.Before(r.End) {
		return "The request has no whole window of the past."
	}
	var parts []string
	if wanted.StartTime.Time.Before(r.Start) {
		parts = append(parts, fmt.Sprintf("before %s", r.Start.Format(time.RFC3339)))
	}
	if wanted.EndTime.After(r.End) {
		parts = append(parts, fmt.Sprintf("from %s", r.End.Format(time.RFC3339)))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("Only whole windows of the past are run; what is asked for %s is not.", strings.Join(parts, " and "))
}

// countBackfill keeps the number of windows to go.
func (s settlement) countBackfill(next *state) {
	if next.entry.Backfill == nil {
		return
	}
	status := *next.entry.Backfill
	status.Pending = backlog.Pending(next.entry, status.RequestID, s.rule.Interval)
	next.entry.Backfill = &status
}
