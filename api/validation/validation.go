package validation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/manifests"
)

// Validator checks objects of this API. It may be used by several goroutines.
type Validator struct {
	kinds map[schema.GroupVersionKind]*Kind
}

// InvalidError says why a document is not a valid object.
type InvalidError struct {
	// Errors are the findings, each with the path of its field.
	Errors field.ErrorList
}

// Error returns all findings in one line.
func (e *InvalidError) Error() string {
	return "invalid object: " + e.Errors.ToAggregate().Error()
}

// New compiles the embedded CRDs. It takes some tens of milliseconds; make one
// Validator and keep it.
func New() (*Validator, error) {
	names, err := fs.Glob(manifests.CRDs, "crd/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("cannot list the embedded CRDs: %w", err)
	}
	v := &Validator{kinds: make(map[schema.GroupVersionKind]*Kind)}
	for _, name := range names {
		doc, err := manifests.CRDs.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read CRD %q: %w", name, err)
		}
		if err := v.add(doc); err != nil {
			return nil, fmt.Errorf("cannot compile CRD %q: %w", name, err)
		}
	}
	return v, nil
}

// add compiles every version of one CRD.
func (v *Validator) add(doc []byte) error {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(doc, &crd); err != nil {
		return err
	}
	for i := range crd.Spec.Versions {
		gvk := schema.GroupVersionKind{Group: crd.Spec.Group, Version: crd.Spec.Versions[i].Name, Kind: crd.Spec.Names.Kind}
		k, err := Compile(&crd, gvk.Version)
		if err != nil {
			return err
		}
		v.kinds[gvk] = k
	}
	return nil
}

// Create returns what the API server would say to a new object. Its status and
// its unknown fields do not count, as the API server drops both; an empty
// namespace is taken for "default", as kubectl does.
func (v *Validator) Create(object *unstructured.Unstructured) field.ErrorList {
	k, errs := v.kindOf(object)
	if len(errs) > 0 {
		return errs
	}
	object = k.prepare(object)
	unstructured.RemoveNestedField(object.Object, "status")
	return k.validate(context.Background(), object)
}

// Update returns what the API server would say when object replaces old through
// the main resource, where the status stays as it was.
func (v *Validator) Update(object, old *unstructured.Unstructured) field.ErrorList {
	k, errs := v.kindOf(object)
	if len(errs) > 0 {
		return errs
	}
	object, old = k.prepare(object), k.prepare(old)
	copyField(object, old, "status")
	return k.validateUpdate(context.Background(), object, old)
}

// UpdateStatus returns what the API server would say when object replaces old
// through the status subresource, where everything but the status stays as it
// was.
func (v *Validator) UpdateStatus(object, old *unstructured.Unstructured) field.ErrorList {
	k, errs := v.kindOf(object)
	if len(errs) > 0 {
		return errs
	}
	object, old = k.prepare(object), k.prepare(old)
	updated := old.DeepCopy()
	copyField(updated, object, "status")
	return k.validateUpdate(context.Background(), updated, old)
}

// UnknownFields returns the fields that the API server would drop, as kubectl's
// strict validation reports them.
func (v *Validator) UnknownFields(object *unstructured.Unstructured) field.ErrorList {
	k, errs := v.kindOf(object)
	if len(errs) > 0 {
		return errs
	}
	return k.unknownFields(object)
}

// Decode turns one YAML or JSON document into an exporter. A document that the
// API server would refuse, has an unknown field or has a key twice is an error;
// an *InvalidError has the findings.
func (v *Validator) Decode(doc []byte) (*v1.MetricsExporter, error) {
	object, err := parse(doc)
	if err != nil {
		return nil, err
	}
	if kind := object.GetKind(); kind != "" && kind != "MetricsExporter" {
		return nil, &InvalidError{field.ErrorList{field.NotSupported(field.NewPath("kind"), kind, []string{"MetricsExporter"})}}
	}
	if errs := append(v.UnknownFields(object), v.Create(object)...); len(errs) > 0 {
		return nil, &InvalidError{distinct(errs)}
	}
	var exporter v1.MetricsExporter
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &exporter); err != nil {
		return nil, fmt.Errorf("cannot decode MetricsExporter %q: %w", object.GetName(), err)
	}
	return &exporter, nil
}

// kindOf returns the rules of object's kind.
func (v *Validator) kindOf(object *unstructured.Unstructured) (*Kind, field.ErrorList) {
	gvk := object.GroupVersionKind()
	if k := v.kinds[gvk]; k != nil {
		return k, nil
	}
	return nil, field.ErrorList{field.Invalid(field.NewPath("kind"), gvk.Kind, fmt.Sprintf("no such kind in %q; this API has MetricsExporter and ExporterRing in %q", object.GetAPIVersion(), v1.GroupVersion))}
}

// parse reads a document into an object. Numbers become int64 where they can,
// as in the API server.
func parse(doc []byte) (*unstructured.Unstructured, error) {
	asJSON, err := yaml.YAMLToJSONStrict(doc)
	if err != nil {
		return nil, fmt.Errorf("cannot parse document: %w", err)
	}
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal(asJSON, &object.Object); err != nil {
		return nil, fmt.Errorf("cannot parse document: %w", err)
	}
	if object.Object == nil {
		return nil, fmt.Errorf("cannot parse document: %w", errEmpty)
	}
	return object, nil
}

// errEmpty is the cause of a document without content.
var errEmpty = errors.New("it is empty")

// copyField makes one top-level field of to what it is in from, also absent.
func copyField(to, from *unstructured.Unstructured, name string) {
	delete(to.Object, name)
	if value, ok := from.Object[name]; ok {
		to.Object[name] = runtime.DeepCopyJSONValue(value)
	}
}

// distinct removes repeated findings: an unknown kind is found by each step.
func distinct(errs field.ErrorList) field.ErrorList {
	seen := make(map[string]bool, len(errs))
	var kept field.ErrorList
	for _, err := range errs {
		if text := err.Error(); !seen[text] {
			seen[text] = true
			kept = append(kept, err)
		}
	}
	return kept
}
