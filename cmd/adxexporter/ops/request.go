package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
)

// Kind is what an exporter can be asked for by an annotation.
type Kind string

// The kinds of requests.
const (
	// RunNow: run at once instead of waiting.
	RunNow Kind = "run-now"
	// Retry: the same, for the sake of what waits in the backlog.
	Retry Kind = "retry"
	// RetryDeadLetters: put the dead letters back into the backlog.
	RetryDeadLetters Kind = "retry-dead-letters"
)

// annotation is where the request stands.
func (k Kind) annotation() string {
	if k == RetryDeadLetters {
		return v1.AnnotationRetryDeadLetters
	}
	return v1.AnnotationRunNow
}

// handled reports whether a group has done what was asked for.
func (k Kind) handled(group v1.GroupStatus, token string) bool {
	if k == RetryDeadLetters {
		return group.LastHandledRetry == token
	}
	return group.LastHandledRequest == token
}

// Request asks an exporter for something.
type Request struct {
	Kind     Kind
	Exporter types.NamespacedName
	// Token tells the request from others: at most 48 characters.
	Token string
	// Wait is how long to wait until it has been handled; zero is not at all.
	Wait time.Duration
}

// Ask asks an exporter for something, waits until every cluster-label set that runs
// it has handled the request, and says what came of it. An error is a *Refusal,
// ErrNotDone, or the API server's.
func (s *Session) Ask(ctx context.Context, r Request) error {
	before, err := s.get(ctx, r.Exporter)
	if err != nil {
		return err
	}
	if err := mayRun(before); err != nil {
		return err
	}
	if done := nothingTo(r.Kind, before); done != "" {
		s.say("%s: %s", r.Exporter, done)
		return nil
	}
	change := map[string]any{"metadata": map[string]any{"annotations": map[string]any{r.Kind.annotation(): r.Token}}}
	if err := s.patch(ctx, r.Exporter, change); err != nil {
		return err
	}
	if r.Wait == 0 {
		s.say("%s: asked for it", r.Exporter)
		return nil
	}
	return s.await(ctx, r, before)
}

// mayRun returns why an exporter does not run at all.
func mayRun(object *v1.MetricsExporter) error {
	if object.Spec.Suspend {
		return refuse("MetricsExporter %q is suspended: set spec.suspend to false first", keyOf(object))
	}
	ready := meta.FindStatusCondition(object.Status.Conditions, v1.ConditionReady)
	if ready != nil && (ready.Reason == v1.ReasonInvalidSpec || ready.Reason == v1.ReasonInvalidCriteria) &&
		object.Status.ObservedGeneration == object.Generation {
		return refuse("MetricsExporter %q does not run, %s: %s", keyOf(object), ready.Reason, ready.Message)
	}
	return nil
}

// nothingTo says why there is nothing to ask for; empty if there is.
func nothingTo(kind Kind, object *v1.MetricsExporter) string {
	if kind != RetryDeadLetters {
		return ""
	}
	var dropped int64
	for _, group := range object.Status.Groups {
		if len(group.DeadLetters) > 0 {
			return ""
		}
		dropped += group.DroppedWindows
	}
	if dropped > 0 {
		return fmt.Sprintf("there are no dead letters; of %s they no longer fit, and nobody knows them any more", count(dropped, "window"))
	}
	return "there are no dead letters"
}

// await waits until a request has been handled, and says what came of it.
func (s *Session) await(ctx context.Context, r Request, before *v1.MetricsExporter) error {
	limited, cancel := context.WithTimeout(ctx, r.Wait)
	defer cancel()
	after := before
	err := s.watch(limited, r.Exporter, func(found *v1.MetricsExporter) bool {
		after = found
		return len(open(r, found)) == 0
	})
	if err != nil && limited.Err() == nil {
		return err
	}
	failed := false
	for _, group := range after.Status.Groups {
		if r.Kind.handled(group, r.Token) {
			text, ok := came(r, groupOf(before, group.Group), group, intervalOf(after))
			s.say("%s on %s: %s", r.Exporter, labelsOf(group), text)
			failed = failed || !ok
		}
	}
	if waiting := open(r, after); len(waiting) > 0 {
		s.unhandled(ctx, r, waiting)
		failed = true
	}
	if failed {
		return ErrNotDone
	}
	return nil
}

// open returns the groups that have not handled a request, by their labels. An
// exporter that nobody has run yet has none that could have.
func open(r Request, object *v1.MetricsExporter) []string {
	if len(object.Status.Groups) == 0 {
		return []string{"any instance"}
	}
	var waiting []string
	for _, group := range object.Status.Groups {
		if !r.Kind.handled(group, r.Token) {
			waiting = append(waiting, labelsOf(group))
		}
	}
	return waiting
}

// unhandled says who has not done what was asked for.
func (s *Session) unhandled(ctx context.Context, r Request, waiting []string) {
	why := "within " + r.Wait.String()
	if errors.Is(ctx.Err(), context.Canceled) {
		why = "yet"
	}
	for _, labels := range waiting {
		s.say("%s on %s: not handled %s; the request stands until its owner comes to it", r.Exporter, labels, why)
	}
}

func groupOf(object *v1.MetricsExporter, name string) v1.GroupStatus {
	i := slices.IndexFunc(object.Status.Groups, func(g v1.GroupStatus) bool { return g.Group == name })
	if i < 0 {
		return v1.GroupStatus{}
	}
	return object.Status.Groups[i]
}

// came says what came of a request, and whether it went well.
func came(r Request, before, after v1.GroupStatus, interval time.Duration) (text string, ok bool) {
	if r.Kind == RetryDeadLetters {
		return revived(before, after, interval)
	}
	queried := meta.FindStatusCondition(after.Conditions, v1.ConditionQuerySucceeded)
	if queried == nil || queried.Status != metav1.ConditionTrue || after.Last == nil {
		return failure(queried), false
	}
	text = fmt.Sprintf("window %s gave %s", span(after.Last.StartTime.Time, after.Last.EndTime.Time), gave(after.Last))
	if n := backlog.Windows(after, interval); n > 0 {
		text += fmt.Sprintf("; %s waiting in the backlog, due now", windowsAre(n))
	} else if r.Kind == Retry {
		text += "; nothing waits in the backlog"
	}
	return text, true
}

// windowsAre begins a sentence about windows.
func windowsAre(n int64) string {
	if n == 1 {
		return "1 window is"
	}
	return fmt.Sprintf("%d windows are", n)
}

func failure(queried *metav1.Condition) string {
	if queried == nil {
		return "the run has failed"
	}
	return fmt.Sprintf("the run has failed, %s: %s", queried.Reason, queried.Message)
}

// revived says what became of the dead letters that were there before.
func revived(before, after v1.GroupStatus, interval time.Duration) (text string, ok bool) {
	left := v1.GroupStatus{DeadLetters: slices.DeleteFunc(slices.Clone(after.DeadLetters), func(l v1.DeadLetter) bool {
		return !hasLetter(before.DeadLetters, l)
	})}
	switch all := backlog.Buried(before, interval); {
	case all == 0:
		return "there are no dead letters", true
	case len(left.DeadLetters) > 0:
		return fmt.Sprintf("%s stay dead letters: no output of this exporter takes past windows", count(backlog.Buried(left, interval), "window")), false
	default:
		return fmt.Sprintf("%s back in the backlog, to be run below live work", windowsAre(all)), true
	}
}

// hasLetter reports whether a dead letter is among others, as it is.
func hasLetter(letters []v1.DeadLetter, wanted v1.DeadLetter) bool {
	return slices.ContainsFunc(letters, func(l v1.DeadLetter) bool {
		return l.StartTime.Equal(&wanted.StartTime) && l.At.Equal(&wanted.At)
	})
}
