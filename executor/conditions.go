package executor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// finding is one condition's content.
type finding struct {
	status  metav1.ConditionStatus
	reason  string
	message string
}

func (f finding) isTrue() bool { return f.status == metav1.ConditionTrue }

// conditionsOf returns an entry's conditions after a step. Their messages hold
// no times and no counts of one run, so that equal failures read the same.
func conditionsOf(s situation, next state, o outcome, now time.Time) []metav1.Condition {
	c := conditions{
		list:       slices.Clone(s.state.entry.Conditions),
		generation: o.generation,
		now:        metav1.NewTime(now),
	}
	if o.action.step == stepNote {
		return c.refused(refusalOf(s), s.refusal != nil)
	}
	if !o.action.runs() || (o.action.step == stepRetry && !speaksOfAll(o, next)) {
		return c.list // conditions speak of live windows
	}
	queried, delivery := queryFinding(o), c.current(v1.ConditionDelivered)
	if o.err == nil && (o.action.step != stepShow || !s.keepsPast()) {
		delivery = lineFinding(s.queued(o.action), deliveryFinding(s, o), delivery)
	}
	stalled := o.err != nil && verdictOf(o.err).stalled
	c.set(v1.ConditionReady, readyFinding(queried, delivery, lagging(s, next, now)))
	c.set(v1.ConditionQuerySucceeded, queried)
	c.set(v1.ConditionDelivered, delivery)
	c.onlyIf(stalled, v1.ConditionStalled, queried)
	c.onlyIf(o.err != nil && !stalled && next.shown != o.generation, v1.ConditionReconciling, queried)
	return c.list
}

// speaksOfAll reports whether what came of a window of the backlog holds for the
// exporter as a whole: the last one is through, or only a person can help.
func speaksOfAll(o outcome, next state) bool {
	if o.err != nil {
		return verdictOf(o.err).stalled
	}
	return len(next.entry.Backlog) == 0
}

// conditions is a list of conditions under change.
type conditions struct {
	list       []metav1.Condition
	generation int64
	now        metav1.Time
}

func (c *conditions) set(kind string, f finding) {
	meta.SetStatusCondition(&c.list, metav1.Condition{
		Type: kind, Status: f.status, Reason: f.reason, Message: f.message,
		ObservedGeneration: c.generation, LastTransitionTime: c.now,
	})
}

// onlyIf keeps a condition that is present only while it is true.
func (c *conditions) onlyIf(present bool, kind string, f finding) {
	if !present {
		meta.RemoveStatusCondition(&c.list, kind)
		return
	}
	c.set(kind, finding{metav1.ConditionTrue, f.reason, f.message})
}

func (c *conditions) current(kind string) finding {
	if found := meta.FindStatusCondition(c.list, kind); found != nil {
		return finding{found.Status, found.Reason, found.Message}
	}
	return finding{metav1.ConditionUnknown, v1.ReasonNotDueYet, "No window has been delivered yet."}
}

// refused are the conditions of an exporter that does not run.
func (c *conditions) refused(r refusal, stalled bool) []metav1.Condition {
	idle := finding{metav1.ConditionUnknown, r.reason, "The exporter does not run."}
	ready := finding{metav1.ConditionFalse, r.reason, r.message}
	c.set(v1.ConditionReady, ready)
	c.set(v1.ConditionQuerySucceeded, idle)
	c.set(v1.ConditionDelivered, idle)
	c.onlyIf(stalled, v1.ConditionStalled, ready)
	c.onlyIf(false, v1.ConditionReconciling, ready)
	return c.list
}

func queryFinding(o outcome) finding {
	switch {
	case o.err != nil:
		return finding{metav1.ConditionFalse, verdictOf(o.err).reason, sentence(o.err)}
	case o.counts.rows == 0:
		return finding{metav1.ConditionTrue, v1.ReasonNoRows, "The last window had no rows."}
	}
	return finding{metav1.ConditionTrue, v1.ReasonSucceeded, "The last window was queried."}
}

func deliveryFinding(s situation, o outcome) finding {
	for _, d := range o.delivered {
		if d.err != nil {
			return finding{metav1.ConditionFalse, deliveryReason(d.err), clip(fmt.Sprintf("%s: %s", idOf(d.sink), d.err))}
		}
	}
	switch {
	case len(s.missing) > 0:
		return finding{
			metav1.ConditionFalse, v1.ReasonOutputMissing,
			fmt.Sprintf("This instance has no output %s, which spec.outputs names.", joinOutputs(s.missing)),
		}
	case o.counts.tooManySeries > 0:
		return finding{
			metav1.ConditionFalse, v1.ReasonTooManySeries,
			fmt.Sprintf("There are more series than spec.limits.maxSeries, %d; the rest is left out.", maxSeries(s.object)),
		}
	}
	return finding{metav1.ConditionTrue, v1.ReasonSucceeded, "Every output has the last window."}
}

// lineFinding is what is found of a delivery while some outputs are queued: what was
// said of those before holds until their turn comes.
func lineFinding(queued []Sink, found, before finding) finding {
	if len(queued) == 0 || !found.isTrue() {
		return found
	}
	about := func(sink Sink) bool { return strings.HasPrefix(before.message, idOf(sink)+": ") }
	if before.status != metav1.ConditionFalse || slices.ContainsFunc(queued, about) {
		return before
	}
	return finding{metav1.ConditionFalse, v1.ReasonDeliveryFailed, idOf(queued[0]) + ": older windows go first."}
}

func deliveryReason(err error) string {
	if told, ok := errors.AsType[DeliveryError](err); ok {
		return told.ConditionReason()
	}
	return v1.ReasonDeliveryFailed
}

func joinOutputs(outputs []v1.Output) string {
	names := make([]string, len(outputs))
	for i, output := range outputs {
		names[i] = string(output)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// readyFinding is the summary: what is wrong first, in the order of the sentence.
func readyFinding(queried, delivery finding, late bool) finding {
	switch {
	case !queried.isTrue():
		return queried
	case delivery.status == metav1.ConditionFalse:
		return delivery
	case late:
		return finding{metav1.ConditionFalse, v1.ReasonLagging, "The newest settled window is more than two intervals old."}
	case queried.reason == v1.ReasonNoRows:
		return queried
	}
	return finding{metav1.ConditionTrue, v1.ReasonSucceeded, "The last window was queried and delivered."}
}

// lagging reports whether the next window should have run two intervals ago.
func lagging(s situation, next state, now time.Time) bool {
	watermark := next.watermark()
	if watermark.IsZero() {
		return false
	}
	due := watermark.Add(s.rule.Delay + s.rule.Spread)
	return now.Sub(due) > 2*s.rule.Interval
}
