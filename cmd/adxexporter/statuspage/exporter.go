package statuspage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/schedule"
	"github.com/adx-mon/adxexporter/exposition/page"
)

// sampleLines is how many series the page of an exporter shows.
const sampleLines = 20

// late is how many intervals the newest settled window may lie back, beyond the
// exporter's own delay.
const late = 3

// stateOf returns how an exporter does, and the condition that says why.
func stateOf(s executor.Snapshot, now time.Time) (state page.State, reason, message string) {
	ready := meta.FindStatusCondition(s.Entry.Conditions, v1.ConditionReady)
	if ready != nil {
		reason, message = ready.Reason, ready.Message
	}
	switch {
	case s.Refused != "":
		return page.StateRefused, reason, s.Refused
	case s.Object.Spec.Suspend:
		return page.StateSuspended, reason, message
	case meta.IsStatusConditionTrue(s.Entry.Conditions, v1.ConditionStalled):
		return page.StateStalled, reason, message
	case ready == nil:
		return page.StateWaiting, "", "No window has been run yet."
	case ready.Status != metav1.ConditionTrue && !runsWell(s):
		return page.StateFailing, reason, message
	case s.BacklogWindows > 0:
		return page.StateBehind, s.Entry.Backlog[0].Reason, waiting(s)
	case ready.Status != metav1.ConditionTrue:
		return page.StateBehind, reason, message
	case isLate(s, now):
		return page.StateBehind, reason, "The newest settled window ended long ago."
	}
	return page.StateHealthy, reason, message
}

// runsWell reports whether queries and deliveries succeed.
func runsWell(s executor.Snapshot) bool {
	return meta.IsStatusConditionTrue(s.Entry.Conditions, v1.ConditionQuerySucceeded) &&
		meta.IsStatusConditionTrue(s.Entry.Conditions, v1.ConditionDelivered)
}

func waiting(s executor.Snapshot) string {
	text := fmt.Sprintf("%d windows wait in the backlog.", s.BacklogWindows)
	if s.BacklogWindows == 1 {
		text = "One window waits in the backlog."
	}
	return strings.TrimSpace(text + " " + s.Entry.Backlog[0].Error)
}

func isLate(s executor.Snapshot, now time.Time) bool {
	lag := lagOf(s, now)
	allowed := late * s.Object.Spec.Interval.Duration
	if delay := s.Object.Spec.IngestionDelay; delay != nil {
		allowed += delay.Duration
	}
	return lag > allowed
}

// lagOf returns how long ago the newest settled window ended; negative if there is
// none.
func lagOf(s executor.Snapshot, now time.Time) time.Duration {
	if s.Entry.Watermark == nil {
		return -time.Second
	}
	return max(0, now.Sub(s.Entry.Watermark.Time))
}

func (s *Source) exporter(snapshot executor.Snapshot, now time.Time) page.Exporter {
	e := page.Exporter{
		Namespace: snapshot.Key.Namespace, Name: snapshot.Key.Name, Owner: s.Pod,
		Running: snapshot.Running, NextRun: snapshot.Next,
		Interval: page.Seconds(snapshot.Object.Spec.Interval.Duration),
		Lag:      page.Seconds(lagOf(snapshot, now)),
		Backlog:  snapshot.BacklogWindows, DeadLetters: snapshot.DeadWindows,
	}
	var message string
	e.State, e.Reason, message = stateOf(snapshot, now)
	e.Message = page.Clean(message)
	if last := snapshot.Entry.Last; last != nil {
		e.LastRun = last.At.Time
		e.Duration = page.Seconds(time.Duration(last.DurationMs) * time.Millisecond)
		e.Rows, e.Points, e.Series, e.Dropped = last.Rows, last.Points, last.Series, last.Dropped
	}
	if n := len(snapshot.Runs); n > 0 {
		e.LastRun = snapshot.Runs[n-1].Started
	}
	return e
}

// Exporter returns one of the exporters that this replica runs.
func (s *Source) Exporter(namespace, name string, now time.Time) (page.Detail, bool) {
	key := types.NamespacedName{Namespace: namespace, Name: name}
	snapshot, ok := s.Executor.Snapshot(key)
	if !ok {
		return page.Detail{}, false
	}
	d := page.Detail{
		At: now, Exporter: s.exporter(snapshot, now), Database: snapshot.Object.Spec.Database,
		Runs: runsOf(snapshot), Conditions: conditionsOf(snapshot),
		Waiting: waitingOf(snapshot), DeadLetters: deadOf(snapshot), Sample: []string{},
	}
	s.question(&d, snapshot, now)
	if s.Series != nil {
		d.Shown = int64(s.Series.Shown(key))
		for _, line := range s.Series.Sample(key, sampleLines) {
			d.Sample = append(d.Sample, cut(line))
		}
	}
	return d, true
}

// cut shortens a line that no reader would see the end of.
func cut(line string) string {
	const most = 1024
	if len(line) <= most {
		return line
	}
	return strings.ToValidUTF8(line[:most], "") + "…"
}

// question adds the spec, and the query as it would be asked for the last window.
func (s *Source) question(d *page.Detail, snapshot executor.Snapshot, now time.Time) {
	object := snapshot.Object.DeepCopy()
	object.Spec.Body, d.Hidden = hideSecrets(object.Spec.Body)
	readable := object.Spec
	readable.Body = trailing.ReplaceAllString(readable.Body, "")
	spec, err := yaml.Marshal(readable)
	if err != nil {
		spec = []byte("# " + err.Error())
	}
	d.Spec = string(spec)
	if object.Spec.Interval.Duration <= 0 {
		d.KQLError = "The spec has no valid interval, so there is no window to ask for."
		return
	}
	w := windowOf(snapshot, now)
	statement, err := kusto.Render(executor.RequestFor(object, w, s.Labels, "page"))
	if err != nil {
		d.KQLError = page.Clean(err.Error())
		return
	}
	d.Start, d.End, d.KQL = w.Start, w.End, statement.Standalone()
}

// trailing is white space that YAML can only write with the whole text in one line.
var trailing = regexp.MustCompile(`(?m)[ \t\r]+$`)

// windowOf returns the window of the last run, or else the newest that is complete.
func windowOf(snapshot executor.Snapshot, now time.Time) schedule.Window {
	if n := len(snapshot.Runs); n > 0 {
		return schedule.Window{Start: snapshot.Runs[n-1].Start, End: snapshot.Runs[n-1].End}
	}
	if last := snapshot.Entry.Last; last != nil {
		return schedule.Window{Start: last.StartTime.Time, End: last.EndTime.Time}
	}
	return schedule.Rule{Interval: snapshot.Object.Spec.Interval.Duration}.Again(time.Time{}, now)
}

// secretString is the beginning of an obfuscated string.
var secretString = regexp.MustCompile("(?i)\\bh@?(\"|'|```|~~~)")

// hideSecrets returns a query without the content of its obfuscated strings (h"..."),
// which Kusto hides as well. Of a text that is no KQL nothing is shown from the first on
// that may be one.
func hideSecrets(body string) (shown string, hidden bool) {
	tokens, err := kql.Lex(body)
	if err != nil {
		if at := secretString.FindStringIndex(body); at != nil {
			return body[:at[0]] + `h"…"`, true
		}
		return body, false
	}
	for _, t := range slices.Backward(tokens) {
		if t.Kind == kql.String && (t.Text[0] == 'h' || t.Text[0] == 'H') {
			body, hidden = body[:t.Offset]+`h"…"`+body[t.Offset+len(t.Text):], true
		}
	}
	return body, hidden
}

// runsOf returns the runs, the newest first.
func runsOf(snapshot executor.Snapshot) []page.Run {
	runs := make([]page.Run, 0, len(snapshot.Runs))
	for _, r := range slices.Backward(snapshot.Runs) {
		run := page.Run{
			Kind: string(r.Kind), Start: r.Start, End: r.End, Started: r.Started,
			Duration: page.Seconds(r.Duration), Query: page.Seconds(r.Query), Attempt: r.Attempt,
			Rows: r.Rows, Points: r.Points, Series: r.Series, Dropped: r.Dropped,
			Reason: r.Reason, Error: page.Clean(r.Error), RequestID: r.RequestID,
		}
		for _, u := range r.Undelivered {
			run.Undelivered = append(run.Undelivered, page.Undelivered{Output: u.Output, Error: page.Clean(u.Error)})
		}
		runs = append(runs, run)
	}
	return runs
}

func conditionsOf(snapshot executor.Snapshot) []page.Condition {
	list := make([]page.Condition, len(snapshot.Entry.Conditions))
	for i, c := range snapshot.Entry.Conditions {
		list[i] = page.Condition{
			Type: c.Type, Status: string(c.Status), Reason: c.Reason, Message: page.Clean(c.Message), Since: c.LastTransitionTime.Time,
		}
	}
	return list
}

func waitingOf(snapshot executor.Snapshot) []page.Waiting {
	list := make([]page.Waiting, len(snapshot.Entry.Backlog))
	for i, b := range snapshot.Entry.Backlog {
		list[i] = page.Waiting{
			Start: b.StartTime.Time, End: b.EndTime.Time, Windows: windows(snapshot, b.StartTime, b.EndTime),
			Attempts: b.Attempts, Outputs: b.Outputs, Backfill: b.Backfill, Reason: b.Reason, Error: page.Clean(b.Error),
		}
		if b.NextAttempt != nil {
			list[i].Next = b.NextAttempt.Time
		}
	}
	return list
}

func deadOf(snapshot executor.Snapshot) []page.DeadLetter {
	list := make([]page.DeadLetter, len(snapshot.Entry.DeadLetters))
	for i, d := range snapshot.Entry.DeadLetters {
		list[i] = page.DeadLetter{
			Start: d.StartTime.Time, End: d.EndTime.Time, Windows: windows(snapshot, d.StartTime, d.EndTime),
			At: d.At.Time, Attempts: d.Attempts, Reason: d.Reason, Error: page.Clean(d.Error),
		}
	}
	return list
}

// windows returns how many windows a range has.
func windows(snapshot executor.Snapshot, start, end metav1.Time) int64 {
	interval := snapshot.Object.Spec.Interval.Duration
	if interval <= 0 {
		return 0
	}
	return schedule.Count(start.Time, end.Time, interval)
}
