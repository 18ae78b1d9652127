package apiserver

import (
	"context"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
	"github.com/adx-mon/adxexporter/api/validation"
)

// resource is one resource of one version of a group, as it is served.
type resource struct {
	schema.GroupVersionResource
	kind       schema.GroupVersionKind
	singular   string
	short      []string
	categories []string
	namespaced bool
	status     bool
	// conditional is set when an update must say which version it is based on.
	conditional bool
	// generation is set when changes of the spec are counted.
	generation bool
	// selectable are the fields that selectors may name, besides name and namespace,
	// and fields has their values.
	selectable []string
	fields     func(store.Object) fields.Set
	// columns makes a table of an object, or of a list.
	columns func(runtime.Object) (*metav1.Table, error)

	// table is where objects are stored; nil when they are not.
	table *store.Table
	// review answers a question that is posted; nil when objects are stored.
	review func(store.Object)
	// complete fills in what a new object leaves open; nil means that nothing is.
	complete func(next, old store.Object)
	// check is rules beyond those for metadata and those of custom; nil means none.
	check func(ctx context.Context, next, old store.Object) field.ErrorList
	// made returns a new object of the Go type that is served, with its kind set.
	made func() store.Object
	// view turns stored objects into what is served, and back.
	view view
	// custom is the compiled CRD; nil for a built-in type.
	custom *validation.Kind
	// managers return who keeps the managedFields of writes to the object and to its
	// status.
	managers managers
}

// view is how objects of a resource that shares its table with another are seen.
type view struct {
	toStored, fromStored func(store.Object) store.Object
}

// asStored is the view of a resource that is served as it is stored.
var asStored = view{
	toStored:   func(o store.Object) store.Object { return o },
	fromStored: func(o store.Object) store.Object { return o },
}

// managers keep the managedFields of one resource; they are made when they are first
// asked for.
type managers struct {
	object, status func() (*managedfields.FieldManager, error)
}

func (m managers) of(subresource string) (*managedfields.FieldManager, error) {
	if subresource == "" {
		return m.object()
	}
	return m.status()
}

// newManagers returns managers that are made by fields, which is given the name of
// the subresource.
func newManagers(fields func(subresource string) (*managedfields.FieldManager, error)) managers {
	of := func(subresource string) func() (*managedfields.FieldManager, error) {
		return sync.OnceValues(func() (*managedfields.FieldManager, error) { return fields(subresource) })
	}
	return managers{object: of(""), status: of("status")}
}

// stored describes the resource to the store.
func (r *resource) stored() store.Resource {
	return store.Resource{
		GroupResource: r.GroupResource(), Kind: r.kind.Kind, Namespaced: r.namespaced, Status: r.status,
		Generation: r.generation, Complete: r.complete, Validate: r.validate, Fields: r.fields,
	}
}

// validate is the rules for what the store is about to keep.
func (r *resource) validate(ctx context.Context, next, old store.Object) error {
	errs := r.validateMeta(next, old)
	if r.custom != nil {
		var before *unstructured.Unstructured
		if old != nil {
			before = old.(*unstructured.Unstructured)
		}
		errs = append(errs, r.custom.Validate(ctx, next.(*unstructured.Unstructured), before)...)
	}
	if r.check != nil {
		errs = append(errs, r.check(ctx, next, old)...)
	}
	if len(errs) > 0 {
		return apierrors.NewInvalid(r.kind.GroupKind(), next.GetName(), errs)
	}
	return nil
}

// validateMeta checks names, labels and the like. A Kind does so by itself for all
// but what must not change.
func (r *resource) validateMeta(next, old store.Object) field.ErrorList {
	at := field.NewPath("metadata")
	var errs field.ErrorList
	if r.custom == nil {
		errs = apivalidation.ValidateObjectMetaAccessor(next, r.namespaced, r.validName, at)
	}
	if old != nil {
		errs = append(errs, apivalidation.ValidateObjectMetaAccessorUpdate(next, old, at)...)
	}
	return errs
}

// validName is the rule for names. Those of roles have colons in them.
func (r *resource) validName(name string, prefix bool) []string {
	if r.Group != "rbac.authorization.k8s.io" {
		return apivalidation.NameIsDNSSubdomain(name, prefix)
	}
	if name == "." || name == ".." || strings.ContainsAny(name, "/%") {
		return []string{`must be a part of a path: not "." or "..", and without "/" and "%"`}
	}
	return nil
}

// kindOf sets the kind of an object, which Go types lose on the way.
func kindOf(object runtime.Object, kind schema.GroupVersionKind) {
	object.GetObjectKind().SetGroupVersionKind(kind)
}
