package kube

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// newExporter returns an empty MetricsExporter as the cache keeps it. It is
// unstructured so that one object that does not decode, left behind by an older
// CRD without our rules, does not break the list of all.
func newExporter() *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(v1.GroupVersion.WithKind("MetricsExporter"))
	return u
}

// asked lets an update through that matters although the generation stays: one that
// asks for a run, or for the dead letters to be tried again, and one that is another
// object of the same name.
type asked struct{ predicate.Funcs }

// Create leaves new objects to the other predicate.
func (asked) Create(event.CreateEvent) bool { return false }

// Delete leaves deleted objects to the other predicate.
func (asked) Delete(event.DeleteEvent) bool { return false }

// Generic lets nothing through.
func (asked) Generic(event.GenericEvent) bool { return false }

// Update compares the annotations, and the objects: what was deleted and made again
// while the watch was broken is told as an update, and has generation 1 as before.
func (asked) Update(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations()
	return e.ObjectOld.GetUID() != e.ObjectNew.GetUID() ||
		before[v1.AnnotationRetryDeadLetters] != after[v1.AnnotationRetryDeadLetters] ||
		before[v1.AnnotationRunNow] != after[v1.AnnotationRunNow]
}

// Add registers the reconciler with a manager.
func (r *Reconciler) Add(mgr ctrl.Manager) error {
	err := ctrl.NewControllerManagedBy(mgr).
		Named("metricsexporter").
		For(newExporter(), builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, asked{}))).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: 4,
			SkipNameValidation:      new(true), // a process may hold several replicas
		}).
		Complete(r)
	if err != nil {
		return fmt.Errorf("cannot watch MetricsExporters: %w", err)
	}
	return nil
}

// listAgain is how long to wait when a cache cannot say how to list exporters, as
// without their CRD.
const listAgain = time.Second

// Listed returns once a cache has listed all exporters. Its error is that of ctx.
func Listed(ctx context.Context, informers cache.Informers) error {
	for {
		if _, err := informers.GetInformer(ctx, newExporter()); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(listAgain):
		}
	}
}
