package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// Backfill asks an exporter for past windows.
type Backfill struct {
	Exporter types.NamespacedName
	// From and To are the range that is asked for; From may be absent if the request
	// is there already.
	From, To When
	// MaxInFlight is how many of its windows Kusto is asked for at once.
	MaxInFlight int32
	// RequestID names the request; the same again is watched, not repeated.
	RequestID string
	// Replace cancels an earlier request that is not finished.
	Replace bool
	DryRun  bool
	// Wait is set to wait until the backfill has come to its end.
	Wait bool
}

// Plan is what a backfill will come to.
type Plan struct {
	// Asked is the range that was asked for, Range what of it is whole windows of the
	// past; it is empty if there are none.
	Asked, Range schedule.Window
	Interval     time.Duration
	Windows      int64
	Outputs      []v1.Output
}

// NewPlan returns what a request would come to. Until the exporter has run, what is
// past is what now is after.
func NewPlan(object *v1.MetricsExporter, from, to, now time.Time) Plan {
	p := Plan{Asked: schedule.Window{Start: from.UTC(), End: to.UTC()}, Interval: intervalOf(object), Outputs: object.Spec.Outputs}
	wanted := &v1.Backfill{StartTime: metav1.NewTime(p.Asked.Start), EndTime: metav1.NewTime(p.Asked.End)}
	p.Range = executor.BackfillRange(wanted, settled(object, now), p.Interval)
	p.Windows = schedule.Count(p.Range.Start, p.Range.End, p.Interval)
	return p
}

// settled returns until when every group has settled the exporter's windows.
func settled(object *v1.MetricsExporter, now time.Time) time.Time {
	oldest := now
	for _, group := range object.Status.Groups {
		if group.Watermark != nil && group.Watermark.Time.Before(oldest) {
			oldest = group.Watermark.Time
		}
	}
	return oldest
}

// lines are the plan for people.
func (p Plan) lines() []string {
	last := schedule.Latest(p.Range.End, p.Interval)
	lines := []string{
		fmt.Sprintf("windows  %d of %s each", p.Windows, p.Interval),
		fmt.Sprintf("first    %s", span(p.Range.Start, p.Range.Start.Add(p.Interval))),
		fmt.Sprintf("last     %s", span(last.Start, last.End)),
		fmt.Sprintf("outputs  %s", p.outputs()),
	}
	if p.Asked.Start.Before(p.Range.Start) {
		lines = append(lines, fmt.Sprintf("not run  %s: no whole window", span(p.Asked.Start, p.Range.Start)))
	}
	if p.Asked.End.After(p.Range.End) {
		lines = append(lines, fmt.Sprintf("not run  %s: no whole window, or not past; live work does what is to come", span(p.Range.End, p.Asked.End)))
	}
	return lines
}

func (p Plan) outputs() string {
	var past []string
	for _, output := range p.Outputs {
		if output != v1.OutputPrometheus {
			past = append(past, string(output))
		}
	}
	if len(past) == 0 {
		return "all that the instance pushes to"
	}
	return strings.Join(past, ", ")
}

// Backfill prints the plan of a backfill and asks for it, or goes on with one that
// has been asked for, and shows how far it is. An error is a *Refusal, ErrNotDone, or
// the API server's.
func (s *Session) Backfill(ctx context.Context, b Backfill, now time.Time) error {
	object, err := s.get(ctx, b.Exporter)
	if err != nil {
		return err
	}
	if err := mayBackfill(object); err != nil {
		return err
	}
	known := object.Spec.Backfill
	if known != nil && known.RequestID == b.RequestID {
		return s.resume(ctx, b, object, now)
	}
	plan, err := b.plan(object, now)
	if err != nil {
		return err
	}
	if b.DryRun {
		s.plan(b, plan)
		s.say("dry run  nothing is changed")
		return nil
	}
	if n := unfinished(object); n > 0 && !b.Replace {
		return refuse("backfill %q of %q has %s to go: watch it by --request-id=%s, or cancel it by --replace",
			known.RequestID, b.Exporter, count(n, "window"), known.RequestID)
	}
	s.plan(b, plan)
	if err := s.order(ctx, b, plan, object.ResourceVersion); err != nil {
		return err
	}
	return s.follow(ctx, b, plan, object)
}

// mayBackfill returns why an exporter cannot run past windows at all.
func mayBackfill(object *v1.MetricsExporter) error {
	if err := mayRun(object); err != nil {
		return err
	}
	if outputs := object.Spec.Outputs; len(outputs) > 0 && !slices.ContainsFunc(outputs, func(o v1.Output) bool { return o != v1.OutputPrometheus }) {
		return refuse("MetricsExporter %q has no output for past windows: a scrape takes only the newest, so add OTLP or RemoteWrite to spec.outputs", keyOf(object))
	}
	return nil
}

// plan returns what the request would come to, or why it cannot be.
func (b Backfill) plan(object *v1.MetricsExporter, now time.Time) (Plan, error) {
	from, to := b.From.At(now), b.To.At(now)
	switch {
	case b.From.IsZero():
		return Plan{}, refuse("say where the range begins: --from=TIME")
	case from.After(now):
		return Plan{}, refuse("--from=%s is in the future: live work does what is to come", b.From)
	case to.After(now):
		return Plan{}, refuse("--to=%s is in the future: live work does what is to come", b.To)
	case !from.Before(to):
		return Plan{}, refuse("--from=%s is not before --to=%s", b.From, b.To)
	}
	p := NewPlan(object, from, to, now)
	if to.Sub(from) > v1.MaxBackfillWindows*p.Interval {
		return Plan{}, refuse("%s is more than %d windows of %s: ask for a part, and for the rest once it is done", span(from, to), v1.MaxBackfillWindows, p.Interval)
	}
	if p.Windows == 0 {
		return Plan{}, refuse("there is no whole window of %s that is past in %s", p.Interval, span(from, to))
	}
	return p, nil
}

// unfinished returns how many windows of the present backfill wait.
func unfinished(object *v1.MetricsExporter) int64 {
	if object.Spec.Backfill == nil {
		return 0
	}
	var n int64
	for _, group := range object.Status.Groups {
		if b := group.Backfill; b != nil && b.RequestID == object.Spec.Backfill.RequestID {
			n += b.Pending
		}
	}
	return n
}

func (s *Session) plan(b Backfill, p Plan) {
	s.say("backfill %s of %s", b.RequestID, b.Exporter)
	for _, line := range p.lines() {
		s.say("%s", line)
	}
}

// order writes the request. It replaces every field of an earlier one, and is refused
// if somebody else has changed the exporter meanwhile.
func (s *Session) order(ctx context.Context, b Backfill, p Plan, version string) error {
	return s.patch(ctx, b.Exporter, map[string]any{
		"metadata": map[string]any{"resourceVersion": version},
		"spec": map[string]any{"backfill": map[string]any{
			"requestId": b.RequestID, "maxInFlight": b.MaxInFlight,
			"startTime": p.Asked.Start.Format(time.RFC3339), "endTime": p.Asked.End.Format(time.RFC3339),
		}},
	})
}

// resume goes on with a request that is there already.
func (s *Session) resume(ctx context.Context, b Backfill, object *v1.MetricsExporter, now time.Time) error {
	known := object.Spec.Backfill
	if b.From.differs(known.StartTime.Time) || b.To.differs(known.EndTime.Time) {
		return refuse("backfill %q is there already, for %s: leave --from and --to away to watch it, or choose another --request-id",
			b.RequestID, span(known.StartTime.Time, known.EndTime.Time))
	}
	p := NewPlan(object, known.StartTime.Time, known.EndTime.Time, now)
	s.say("backfill %s of %s is there already, for %s", b.RequestID, b.Exporter, span(p.Asked.Start, p.Asked.End))
	if b.DryRun {
		s.say("dry run  nothing is changed")
		return nil
	}
	return s.follow(ctx, b, p, nil)
}

// follow shows how far a backfill is until it has come to its end, if that is to be
// waited for. What was there before tells the dead letters that are not its own; nil
// if that is not known.
func (s *Session) follow(ctx context.Context, b Backfill, p Plan, before *v1.MetricsExporter) error {
	again := fmt.Sprintf("adxexporter backfill --namespace=%s %s --request-id=%s", b.Exporter.Namespace, b.Exporter.Name, b.RequestID)
	if !b.Wait {
		s.say("It runs in the cluster. To see how far it is: %s", again)
		return nil
	}
	bar := progress{out: s.Out, terminal: s.Terminal, name: b.RequestID}
	var now stage
	err := s.watch(ctx, b.Exporter, func(found *v1.MetricsExporter) bool {
		now = stageOf(found, b.RequestID, p, before)
		bar.show(now.windows-now.pending, now.windows)
		return now.end != running
	})
	bar.end()
	switch {
	case errors.Is(err, context.Canceled) || ctx.Err() != nil:
		s.say("It goes on in the cluster. To see how far it is: %s", again)
		return ErrNotDone
	case err != nil:
		return err
	}
	s.say("%s", now.message)
	if now.end == failed {
		return ErrNotDone
	}
	return nil
}
