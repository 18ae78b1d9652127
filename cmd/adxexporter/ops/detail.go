package ops

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// Detail is all that is known of one exporter.
type Detail struct {
	Row

	// Message is that of the condition Ready.
	Message  string      `json:"message,omitempty"`
	Database string      `json:"database"`
	Interval string      `json:"interval"`
	Outputs  []v1.Output `json:"outputs"`
	Suspend  bool        `json:"suspend"`
	// Generation is the spec's, ObservedGeneration the one that everybody has seen.
	Generation         int64 `json:"generation"`
	ObservedGeneration int64 `json:"observedGeneration"`
	// Groups is what each cluster-label set knows, as it is in the status.
	Groups []v1.GroupStatus `json:"groups"`

	interval time.Duration
	now      time.Time
}

// NewDetail returns all that is known of an exporter.
func NewDetail(object *v1.MetricsExporter, now time.Time) Detail {
	d := Detail{
		Row: newRow(object, now), Database: object.Spec.Database, Interval: object.Spec.Interval.Duration.String(),
		Outputs: object.Spec.Outputs, Suspend: object.Spec.Suspend,
		Generation: object.Generation, ObservedGeneration: object.Status.ObservedGeneration,
		Groups: object.Status.Groups, interval: intervalOf(object), now: now,
	}
	if ready := meta.FindStatusCondition(object.Status.Conditions, v1.ConditionReady); ready != nil {
		d.Message = ready.Message
	}
	return d
}

// Ready reports whether the exporter is.
func (d Detail) Ready() bool { return d.Row.Ready == metav1.ConditionTrue }

func (d Detail) text(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s: Ready is %s, %s\n", d.Exporter, d.Row.Ready, d.Reason)
	switch {
	case d.Reason == notRun:
		_, _ = fmt.Fprintln(w, "No instance has run it: no cluster labels match its criteria, or none is there yet.")
	case d.Message != "":
		_, _ = fmt.Fprintln(w, d.Message)
	}
	aligned(w, "", [][]string{
		{"database", d.Database},
		{"interval", d.Interval},
		{"outputs", d.outputs()},
		{"generation", d.generation()},
	})
	for _, group := range d.Groups {
		d.group(w, group)
	}
}

func (d Detail) outputs() string {
	if len(d.Outputs) == 0 {
		return "all that the instance has"
	}
	names := make([]string, len(d.Outputs))
	for i, output := range d.Outputs {
		names[i] = string(output)
	}
	return strings.Join(names, ", ")
}

func (d Detail) generation() string {
	if d.Generation == d.ObservedGeneration {
		return strconv.FormatInt(d.Generation, 10)
	}
	return fmt.Sprintf("%d, of which %d has been seen", d.Generation, d.ObservedGeneration)
}

// group prints what one cluster-label set knows.
func (d Detail) group(w io.Writer, group v1.GroupStatus) {
	_, _ = fmt.Fprintf(w, "\n%s (group %s)\n", labelsOf(group), group.Group)
	rows := [][]string{
		{"owner", fmt.Sprintf("%s (%s)", podOf(group.Owner), group.Owner)},
		{"fence", fmt.Sprintf("%d, write %d", group.Fence, group.Seq)},
		{"watermark", d.ago(group.Watermark)},
		{"last success", d.ago(group.LastSuccessfulExecution)},
	}
	if last := group.Last; last != nil {
		rows = append(rows,
			[]string{"last run", d.ago(&last.At)},
			[]string{"its window", span(last.StartTime.Time, last.EndTime.Time) + " gave " + gave(last)},
			[]string{"its request", last.RequestID},
		)
	}
	if b := group.Backfill; b != nil {
		rows = append(rows, []string{"backfill", fmt.Sprintf("%s, %d of %s to go", b.RequestID, b.Pending, count(b.Windows, "window"))})
	}
	if n := group.DroppedWindows; n > 0 {
		rows = append(rows, []string{"dropped", count(n, "window") + ": their dead letters no longer fit"})
	}
	if n := group.SkippedWindows; n > 0 {
		rows = append(rows, []string{"skipped", count(n, "window") + ": no output takes past ones"})
	}
	aligned(w, "  ", rows)
	d.tables(w, group)
}

// ago is when something was, and how long ago that is.
func (d Detail) ago(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return fmt.Sprintf("%s, %s ago", instant(t), short(d.now.Sub(t.Time)))
}

// gave is what a run came to.
func gave(last *v1.LastRun) string {
	text := fmt.Sprintf("%s, %s, %d series in %d ms", count(last.Rows, "row"), count(last.Points, "point"), last.Series, last.DurationMs)
	if last.Dropped > 0 {
		text += fmt.Sprintf(", %s dropped", count(last.Dropped, "row"))
	}
	return text
}

// tables prints a group's lists: conditions, and what is not done.
func (d Detail) tables(w io.Writer, group v1.GroupStatus) {
	conditions := [][]string{{"CONDITION", "STATUS", "REASON", "MESSAGE"}}
	for _, c := range group.Conditions {
		conditions = append(conditions, []string{c.Type, string(c.Status), c.Reason, c.Message})
	}
	waiting := [][]string{{"BACKLOG", "WINDOWS", "TRIES", "NEXT TRY", "OUTPUTS", "REASON", "ERROR"}}
	for _, b := range group.Backlog {
		waiting = append(waiting, d.waiting(b))
	}
	dead := [][]string{{"DEAD LETTERS", "WINDOWS", "TRIES", "GIVEN UP", "REASON", "ERROR"}}
	for _, l := range group.DeadLetters {
		windows := schedule.Count(l.StartTime.Time, l.EndTime.Time, d.interval)
		dead = append(dead, []string{
			span(l.StartTime.Time, l.EndTime.Time), strconv.FormatInt(windows, 10), strconv.Itoa(int(l.Attempts)), instant(&l.At), l.Reason, l.Error,
		})
	}
	for _, rows := range [][][]string{conditions, waiting, dead} {
		if len(rows) > 1 {
			_, _ = fmt.Fprintln(w)
			aligned(w, "  ", rows)
		}
	}
}

func (d Detail) waiting(b v1.BacklogEntry) []string {
	outputs, next := strings.Join(b.Outputs, ", "), "now"
	if outputs == "" {
		outputs = "all"
	}
	if b.NextAttempt != nil && b.NextAttempt.After(d.now) {
		next = "in " + short(b.NextAttempt.Sub(d.now))
	}
	windows := schedule.Count(b.StartTime.Time, b.EndTime.Time, d.interval)
	reason := b.Reason
	if b.Backfill != "" {
		reason = fmt.Sprintf("%s (backfill %s)", reason, b.Backfill)
	}
	return []string{
		span(b.StartTime.Time, b.EndTime.Time), strconv.FormatInt(windows, 10), strconv.Itoa(int(b.Attempts)), next, outputs, reason, b.Error,
	}
}
