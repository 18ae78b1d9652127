package offline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// Outcome is what a test came to.
type Outcome struct {
	// Diff is how the series differ from the expectation; empty if they do not.
	Diff string
	// Exposed is the series, written as the expectation is.
	Exposed string
	// Failures are what else is not as expected, and Hints what may explain it.
	Failures, Hints []string
}

// Passed reports whether all was as expected.
func (o *Outcome) Passed() bool { return o.Diff == "" && len(o.Failures) == 0 }

func (o *Outcome) fail(format string, args ...any) {
	o.Failures = append(o.Failures, fmt.Sprintf(format, args...))
}

// Run runs the test with an instance's cluster labels. An error says that it
// could not be run at all.
func (t *Test) Run(ctx context.Context, labels criteria.Labels, strict bool) (*Outcome, error) {
	embedded, err := t.start(ctx, strict)
	if err != nil {
		return nil, err
	}
	outcome, err := t.ask(ctx, labels, embedded)
	return outcome, errors.Join(err, embedded.Close())
}

// start starts a Kusto with what the test says it holds.
func (t *Test) start(ctx context.Context, strict bool) (*Kusto, error) {
	embedded, err := StartKusto(ctx, t.Exporter.Spec.Database, strict)
	if err != nil {
		return nil, err
	}
	for _, table := range t.Tables {
		err = errors.Join(err, embedded.Add(table))
	}
	if t.Answer != nil {
		err = errors.Join(err, embedded.Record(*t.Answer))
	}
	if err != nil {
		return nil, errors.Join(err, embedded.Close())
	}
	return embedded, nil
}

func (t *Test) ask(ctx context.Context, labels criteria.Labels, querier Querier) (*Outcome, error) {
	question := Question{Exporter: t.Exporter, Window: LatestWindow(&t.Exporter.Spec, t.At), Labels: labels}
	answer, err := question.Ask(ctx, querier, 0)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	outcome := &Outcome{}
	if err != nil || t.Error != nil {
		t.compareError(outcome, err)
		return outcome, nil
	}
	exposed, err := answer.Exposed(ctx, FormatText)
	if err != nil {
		return nil, err
	}
	t.compareSeries(outcome, exposed)
	t.compareDropped(outcome, answer.Batch)
	if answer.Sample.Total == 0 {
		outcome.Hints = append(outcome.Hints, fmt.Sprintf("The answer has no rows; the window was %s.", question.Window))
	}
	return outcome, nil
}

func (t *Test) compareError(o *Outcome, err error) {
	switch {
	case err == nil:
		o.fail("The run succeeded; an error that matches %q was expected.", t.Error)
	case t.Error == nil:
		o.fail("The run failed: %s", Explain(err))
	case !t.Error.MatchString(Explain(err)):
		o.fail("The run failed with another error than one that matches %q: %s", t.Error, Explain(err))
	}
}

// headers are the comments that an expectation may have or leave out.
var headers = []string{"# HELP ", "# TYPE "}

// compareSeries compares without regard to the lines' order, and without the HELP
// or TYPE lines if the expectation has none of them.
func (t *Test) compareSeries(o *Outcome, exposed string) {
	kept := slices.DeleteFunc(slices.Clone(headers), func(h string) bool {
		return strings.TrimSpace(t.Expect) != "" && !strings.Contains(t.Expect, h)
	})
	got := linesOf(exposed, kept)
	if len(got) > 0 {
		o.Exposed = strings.Join(got, "\n") + "\n"
	}
	wanted := linesOf(t.Expect, kept)
	slices.Sort(wanted)
	slices.Sort(got)
	if !slices.Equal(wanted, got) {
		o.Diff = unified(wanted, got)
	}
}

// linesOf returns the series in an exposition and those comments that are kept.
func linesOf(exposed string, kept []string) []string {
	var lines []string
	for line := range strings.Lines(exposed) {
		line = strings.TrimSpace(line)
		if isSeries(line) || slices.ContainsFunc(kept, func(h string) bool { return strings.HasPrefix(line, h) }) {
			lines = append(lines, line)
		}
	}
	return lines
}

// unified returns the difference of two lists of lines as a unified diff.
func unified(wanted, got []string) string {
	text := func(lines []string) []byte { return []byte(strings.Join(append(lines, ""), "\n")) }
	_, hunks, _ := bytes.Cut(diff.Diff("expected", text(wanted), "exposed", text(got)), []byte("\n"))
	return strings.TrimRight(string(hunks), "\n")
}

func (t *Test) compareDropped(o *Outcome, batch *metric.Batch) {
	got := map[string]int64{}
	for _, reason := range metric.DropReasons() {
		if n := batch.Dropped[reason]; n > 0 {
			got[reason.String()] = n
		}
	}
	wanted := maps.Clone(t.Dropped)
	maps.DeleteFunc(wanted, func(_ string, n int64) bool { return n == 0 })
	switch {
	case t.Dropped == nil && len(got) > 0:
		o.Hints = append(o.Hints, fmt.Sprintf("Values were dropped: %s.", droppedText(got)))
	case t.Dropped != nil && !maps.Equal(wanted, got):
		o.fail("The dropped values are %s; expected were %s.", droppedText(got), droppedText(wanted))
	}
}

func droppedText(dropped map[string]int64) string {
	if len(dropped) == 0 {
		return "none"
	}
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(dropped)) {
		parts = append(parts, fmt.Sprintf("%s: %d", reason, dropped[reason]))
	}
	return strings.Join(parts, ", ")
}
