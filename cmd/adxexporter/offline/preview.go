package offline

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// Preview shows what one window of an exporter comes to.
type Preview struct {
	Question Question
	Querier  Querier
	// Limit is how many rows are printed.
	Limit int
	// ShowQuery prints the query, ready to be run elsewhere.
	ShowQuery bool
	Format    Format
	// Push is for the formats of the push outputs.
	Push Push
}

// Write asks and prints the window, the first rows, the series as they would be
// exposed or the requests as they would be sent, what was dropped, and what the
// author should know besides.
func (p Preview) Write(ctx context.Context, w io.Writer) error {
	var out bytes.Buffer
	if err := p.writeQuestion(&out); err != nil {
		return err
	}
	// The question is of use even if the answer never comes.
	if _, err := out.WriteTo(w); err != nil {
		return err
	}
	answer, err := p.Question.Ask(ctx, p.Querier, p.Limit)
	if err != nil {
		return p.failed(err)
	}
	if err := p.writeAnswer(ctx, &out, answer); err != nil {
		return err
	}
	for _, note := range p.notes() {
		_, _ = fmt.Fprintf(&out, "\nNote: %s\n", note)
	}
	_, err = out.WriteTo(w)
	return err
}

func (p Preview) failed(err error) error {
	return fmt.Errorf("cannot preview %s: %s", nameOf(p.Question.Exporter), Explain(err))
}

func (p Preview) writeQuestion(out *bytes.Buffer) error {
	window := p.Question.Window
	_, _ = fmt.Fprintf(out, "Exporter  %s\nDatabase  %s\nWindow    %s to %s (%s)\n",
		nameOf(p.Question.Exporter), p.Question.Exporter.Spec.Database,
		window.Start.UTC().Format(time.RFC3339), window.End.UTC().Format(time.RFC3339), window.End.Sub(window.Start))
	if !p.ShowQuery {
		return nil
	}
	statement, err := kusto.Render(p.Question.Request())
	if err != nil {
		return p.failed(err)
	}
	_, _ = fmt.Fprintf(out, "\nQuery\n%s\n", strings.TrimRight(statement.Standalone(), "\n"))
	return nil
}

func (p Preview) writeAnswer(ctx context.Context, out *bytes.Buffer, answer *Answer) error {
	if answer.Sample.Total == 0 {
		_, _ = fmt.Fprintf(out, "\nThe answer has no rows in this window, so no series would be %s.\n", p.Format.verb())
		return nil
	}
	_, _ = fmt.Fprint(out, "\nRows\n")
	answer.Sample.write(out)
	if p.Format.pushed() {
		return p.writePushed(ctx, out, answer)
	}
	return p.writeExposed(ctx, out, answer)
}

func (p Preview) writeExposed(ctx context.Context, out *bytes.Buffer, answer *Answer) error {
	exposed, err := answer.Exposed(ctx, p.Format)
	if err != nil {
		return p.failed(err)
	}
	if answer.Batch.Series > 0 {
		_, _ = fmt.Fprintf(out, "\nSeries\n%s", exposed)
	}
	shown := 0
	for line := range strings.Lines(exposed) {
		if isSeries(line) {
			shown++
		}
	}
	writeCounts(out, answer.Batch)
	if hidden := answer.Batch.Series - shown; hidden > 0 {
		_, _ = fmt.Fprintf(out, "Not exposed: %s, since the line would be too long for scrapers.\n", count(hidden, "series"))
	}
	return nil
}

func (p Preview) writePushed(ctx context.Context, out *bytes.Buffer, answer *Answer) error {
	requests, err := answer.Pushed(ctx, p.Format, p.Push)
	if err != nil {
		return p.failed(err)
	}
	sent := 0
	for i := range requests {
		requests[i].write(out, i+1, len(requests))
		sent += requests[i].Points
	}
	writeCounts(out, answer.Batch)
	if merged := len(answer.Batch.Points) - sent; merged > 0 {
		_, _ = fmt.Fprintf(out, "Not pushed: %s, since a later one of the series is in the same millisecond.\n", count(merged, "point"))
	}
	return nil
}

// dropSentences say of a dropped value why it gave no point.
var dropSentences = map[metric.DropReason]string{
	metric.DropNullValue:     "The value is null or empty.",
	metric.DropBadValue:      "The value is not a number.",
	metric.DropNullTime:      "The timestamp is null.",
	metric.DropBadTime:       "The timestamp is not between 1970 and 2262.",
	metric.DropNoName:        "The row has no metric name.",
	metric.DropNameCollision: "Made valid, the metric's name is the name of another metric.",
	metric.DropLabelTooLong:  "The metric's name or a label is too long.",
	metric.DropDuplicate:     "A later row has the same series and time, and replaces it.",
	metric.DropTooManySeries: "The series is beyond the exporter's limit, limits.maxSeries.",
}

// writeCounts says what became of the rows.
func writeCounts(out *bytes.Buffer, batch *metric.Batch) {
	_, _ = fmt.Fprintf(out, "\n%s became %s in %s.\n",
		count(batch.Rows, "row"), count(len(batch.Points), "point"), count(batch.Series, "series"))
	if len(batch.Points) > batch.Series {
		_, _ = fmt.Fprintln(out, "A scrape shows the newest point of each series; push outputs send all.")
	}
	if dropped := batch.DroppedTotal(); dropped > 0 {
		_, _ = fmt.Fprintf(out, "Dropped %s:\n", count(dropped, "value"))
	}
	for _, reason := range metric.DropReasons() {
		if n := batch.Dropped[reason]; n > 0 {
			_, _ = fmt.Fprintf(out, "  %d %s: %s\n", n, reason, dropSentences[reason])
		}
	}
}

// notes are what keeps an instance with these labels from putting the series out.
func (p Preview) notes() []string {
	exporter := p.Question.Exporter
	var found []string
	if exporter.Spec.Suspend {
		found = append(found, "the exporter is suspended (spec.suspend), so no instance runs it.")
	}
	output := p.Format.output()
	if outputs := exporter.Spec.Outputs; len(outputs) > 0 && !slices.Contains(outputs, output) {
		found = append(found, fmt.Sprintf("spec.outputs does not have %s, so these series are not %s.", output, p.Format.verb()))
	}
	if note := criteriaNote(exporter, p.Question.Labels); note != "" {
		found = append(found, note)
	}
	return found
}

func criteriaNote(exporter *v1.MetricsExporter, labels criteria.Labels) string {
	matcher, err := criteria.Compile(exporter.Spec.Criteria, exporter.Spec.CriteriaExpression)
	if err != nil {
		return fmt.Sprintf("no instance would run this exporter: %s.", err)
	}
	matches, err := matcher.Match(labels)
	switch {
	case err != nil:
		return fmt.Sprintf("an instance with these cluster labels would not run this exporter: %s.", err)
	case matches:
		return ""
	case len(labels) == 0:
		return "an instance without cluster labels would not run this exporter; give those of yours with --cluster-labels."
	}
	return fmt.Sprintf("an instance with the cluster labels %s would not run this exporter: its criteria do not match them.", labels)
}
