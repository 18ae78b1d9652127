package executor

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// exporter is what the executor keeps of one MetricsExporter. Executor.mu guards
// it; a run works on the copies that it was started with.
type exporter struct {
	key types.NamespacedName
	// object is as last applied. It is shared and never changed.
	object *v1.MetricsExporter
	// refusal is why the object cannot run at all; nil if it can.
	refusal *refusal

	// state is what the last step left behind.
	state state
	// compiler keeps the transform of the object's generation.
	compiler *metric.Compiler
	// history is the newest runs here; it stays when the exporter goes elsewhere.
	history history

	// due and index are the exporter's place in the queue; index is -1 outside.
	due   time.Time
	index int
	// running is set while a step is going on; cancel ends it, and done is closed
	// when it has ended.
	running bool
	cancel  context.CancelFunc
	done    chan struct{}
	// leaving is set when no further step may begin: another replica goes on.
	leaving bool
	// removed is set when the exporter was removed, perhaps while a step was going
	// on, and moved if it lives on elsewhere.
	removed, moved bool
}

// refusal is why an object cannot run, as a condition.
type refusal struct {
	reason, message string
}

// state is what is known of an exporter between two steps.
type state struct {
	// entry is this group's status, perhaps ahead of the committed one.
	entry v1.GroupStatus
	// committed is the entry as last recorded, at committedAt.
	committed   v1.GroupStatus
	committedAt time.Time
	// owed is when to try again to record the entry; zero if nothing is owed. If it is
	// reserved, a write of the budget waits for it.
	owed     time.Time
	reserved bool
	// outdated is set when the stored entry is somebody else's.
	outdated bool
	// verified is the generation whose columns were found to fit its transform.
	verified int64
	// shown is the generation whose values the sinks have.
	shown int64
	// exact is set when entry's watermark is the newest one for sure: a
	// scrape-only exporter does not commit every window.
	exact bool
	// failure is the trouble of the last step, if any.
	failure failure
}

// watermark returns the end of the newest settled window, zero if there is none.
func (s state) watermark() time.Time {
	if s.entry.Watermark == nil {
		return time.Time{}
	}
	return s.entry.Watermark.Time
}

// ruleOf returns what decides an exporter's windows.
func ruleOf(object *v1.MetricsExporter) schedule.Rule {
	rule := schedule.Rule{
		Interval: object.Spec.Interval.Duration,
		Spread:   schedule.Spread(string(object.UID), object.Spec.Interval.Duration),
	}
	if delay := object.Spec.IngestionDelay; delay != nil {
		rule.Delay = delay.Duration
	}
	return rule
}

// sourceOf returns who an exporter's points come from.
func sourceOf(object *v1.MetricsExporter) metric.Source {
	return metric.Source{
		NamespacedName: keyOf(object),
		UID:            object.UID,
		Created:        object.CreationTimestamp.Time,
	}
}

func keyOf(object *v1.MetricsExporter) types.NamespacedName {
	return types.NamespacedName{Namespace: object.Namespace, Name: object.Name}
}

// sinksOf returns the sinks that an exporter asks for, all endpoints of an output,
// and the outputs it asks for that this instance lacks.
func sinksOf(spec *v1.MetricsExporterSpec, sinks []Sink) (chosen []Sink, missing []v1.Output) {
	if len(spec.Outputs) == 0 {
		return sinks, nil
	}
	for _, output := range spec.Outputs {
		before := len(chosen)
		for _, sink := range sinks {
			if sink.Name() == string(output) {
				chosen = append(chosen, sink)
			}
		}
		if len(chosen) == before {
			missing = append(missing, output)
		}
	}
	return chosen, missing
}

// resting returns the sinks that deliver nothing at now, by id, and until when.
func resting(sinks []Sink, now time.Time) map[string]time.Time {
	var all map[string]time.Time
	for _, sink := range sinks {
		rester, ok := sink.(Rester)
		if !ok {
			continue
		}
		if until := rester.RestsUntil(); until.After(now) {
			if all == nil {
				all = map[string]time.Time{}
			}
			all[idOf(sink)] = until
		}
	}
	return all
}

// idOf names a sink in a backlog: output, or output/endpoint.
func idOf(s Sink) string {
	if s.Endpoint() == "" {
		return s.Name()
	}
	return s.Name() + "/" + s.Endpoint()
}
