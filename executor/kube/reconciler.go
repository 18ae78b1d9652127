package kube

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
)

// Executor is told which exporters exist.
type Executor interface {
	Apply(object *v1.MetricsExporter)
	Refuse(object *v1.MetricsExporter, err error)
	Remove(key types.NamespacedName)
}

// Reconciler keeps an executor's exporters as Kubernetes has them.
type Reconciler struct {
	Reader    client.Reader
	Validator *validation.Validator
	Executor  Executor
}

// Reconcile tells the executor of one MetricsExporter: gone, broken, or to run.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	found := newExporter()
	switch err := r.Reader.Get(ctx, request.NamespacedName, found); {
	case apierrors.IsNotFound(err):
		r.Executor.Remove(request.NamespacedName)
		return ctrl.Result{}, nil
	case err != nil:
		return ctrl.Result{}, fmt.Errorf("cannot get MetricsExporter %q: %w", request.NamespacedName, err)
	case found.GetDeletionTimestamp() != nil:
		r.Executor.Remove(request.NamespacedName)
		return ctrl.Result{}, nil
	}
	found, err := unpack(found)
	if err != nil {
		return ctrl.Result{}, err
	}
	object, err := decode(r.Validator, found) //nolint:contextcheck // validation does not block
	if err != nil {
		r.Executor.Refuse(object, err)
		return ctrl.Result{}, nil
	}
	r.Executor.Apply(object)
	return ctrl.Result{}, nil
}

// decode returns the exporter. If its spec is not valid it returns an object
// without a spec, which is enough to say so in its status.
func decode(validator *validation.Validator, found *unstructured.Unstructured) (*v1.MetricsExporter, error) {
	if errs := validator.Create(found); len(errs) > 0 {
		return skeleton(found), errs.ToAggregate()
	}
	var object v1.MetricsExporter
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, &object); err != nil {
		return skeleton(found), err
	}
	return &object, nil
}

// skeleton returns the parts of an object that do not depend on its spec.
func skeleton(found *unstructured.Unstructured) *v1.MetricsExporter {
	object := &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{
		Namespace: found.GetNamespace(), Name: found.GetName(), UID: found.GetUID(),
		Generation: found.GetGeneration(), CreationTimestamp: found.GetCreationTimestamp(),
	}}
	object.Status.Groups = statusOf(found).Groups
	copyCriteria(&object.Spec, found)
	return object
}

// copyCriteria copies what can be read of the criteria: an object that is not
// valid, but meant for others, is not ours to speak about.
func copyCriteria(spec *v1.MetricsExporterSpec, found *unstructured.Unstructured) {
	keys, _, _ := unstructured.NestedMap(found.Object, "spec", "criteria")
	for key := range keys {
		values, ok, err := unstructured.NestedStringSlice(found.Object, "spec", "criteria", key)
		if !ok || err != nil {
			continue
		}
		if spec.Criteria == nil {
			spec.Criteria = map[string][]string{}
		}
		spec.Criteria[key] = values
	}
	spec.CriteriaExpression, _, _ = unstructured.NestedString(found.Object, "spec", "criteriaExpression")
}

// statusOf returns the status of an object, whatever its spec is like.
func statusOf(found *unstructured.Unstructured) v1.MetricsExporterStatus {
	var decoded v1.MetricsExporterStatus
	status, ok, err := unstructured.NestedMap(found.Object, "status")
	if !ok || err != nil {
		return decoded
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(status, &decoded); err != nil {
		return v1.MetricsExporterStatus{} // it was not written by us; our first commit replaces it
	}
	return decoded
}
