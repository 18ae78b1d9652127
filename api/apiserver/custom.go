package apiserver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
	"github.com/adx-mon/adxexporter/api/validation"
)

// crdKey is one state of a CRD's spec.
type crdKey struct {
	uid        types.UID
	generation int64
}

func keyOfCRD(crd *apiextensionsv1.CustomResourceDefinition) crdKey {
	return crdKey{crd.UID, crd.Generation}
}

// compiled returns a CRD's schema and rules, which are compiled once.
func (s *Server) compiled(crd *apiextensionsv1.CustomResourceDefinition) (*validation.Kind, error) {
	s.mu.RLock()
	kind := s.kinds[keyOfCRD(crd)]
	s.mu.RUnlock()
	if kind != nil {
		return kind, nil
	}
	version := storageOf(crd)
	if version == nil {
		return nil, errors.New("no version is stored")
	}
	kind, err := validation.Compile(crd, version.Name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds[keyOfCRD(crd)] = kind
	return kind, nil
}

// storageOf returns the version that is stored, which is the one that is served; nil
// if there is none.
func storageOf(crd *apiextensionsv1.CustomResourceDefinition) *apiextensionsv1.CustomResourceDefinitionVersion {
	for i := range crd.Spec.Versions {
		if v := &crd.Spec.Versions[i]; v.Storage && v.Served {
			return v
		}
	}
	return nil
}

// checkCRD refuses a CRD that could not be served.
func (s *Server) checkCRD(_ context.Context, next, _ store.Object) field.ErrorList {
	crd := next.(*apiextensionsv1.CustomResourceDefinition)
	if want := crd.Spec.Names.Plural + "." + crd.Spec.Group; crd.Name != want {
		return field.ErrorList{field.Invalid(field.NewPath("metadata", "name"), crd.Name, fmt.Sprintf("must be spec.names.plural+\".\"+spec.group: %q", want))}
	}
	if _, err := s.compiled(crd); err != nil {
		return field.ErrorList{field.Invalid(field.NewPath("spec", "versions"), crd.Name, err.Error())}
	}
	return nil
}

// installCRDs serves the resources of all CRDs that are stored, and no others.
func (s *Server) installCRDs() error {
	s.installing.Lock()
	defer s.installing.Unlock()
	list, err := s.store.Table(crdResource).List(store.ListOptions{})
	if err != nil {
		return err
	}
	custom := make(map[schema.GroupVersionResource]*resource, len(list.Items))
	kinds := make(map[crdKey]*validation.Kind, len(list.Items))
	for _, item := range list.Items {
		crd := item.(*apiextensionsv1.CustomResourceDefinition)
		kind, err := s.compiled(crd)
		if err != nil {
			return err
		}
		r := s.newCustom(crd, kind)
		custom[r.GroupVersionResource], kinds[keyOfCRD(crd)] = r, kind
	}
	gone := s.serveCustom(custom, kinds)
	for _, r := range gone {
		if _, err := s.removeAll(r, store.ListOptions{}); err != nil {
			return err
		}
	}
	return s.establish(list.Items)
}

// serveCustom puts resources into service and returns those that are no longer.
func (s *Server) serveCustom(custom map[schema.GroupVersionResource]*resource, kinds map[crdKey]*validation.Kind) (gone []*resource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for gvr, r := range s.custom {
		switch now := custom[gvr]; {
		case now == nil:
			gone = append(gone, r)
		case now.custom == r.custom:
			custom[gvr] = r // with the managers that have been made
		}
	}
	s.custom, s.kinds = custom, kinds
	for _, r := range custom {
		r.table = s.store.Add(r.stored())
	}
	return gone
}

// newCustom returns what a CRD describes.
func (s *Server) newCustom(crd *apiextensionsv1.CustomResourceDefinition, kind *validation.Kind) *resource {
	names, version := crd.Spec.Names, storageOf(crd)
	gv := schema.GroupVersion{Group: crd.Spec.Group, Version: version.Name}
	r := &resource{
		GroupVersionResource: gv.WithResource(names.Plural), kind: gv.WithKind(names.Kind),
		singular: names.Singular, short: names.ShortNames, categories: names.Categories,
		namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped, generation: true, conditional: true,
		status: version.Subresources != nil && version.Subresources.Status != nil,
		view:   asStored, custom: kind,
	}
	r.columns = newColumns(s.ctx, version.AdditionalPrinterColumns)
	for _, selectable := range version.SelectableFields {
		r.selectable = append(r.selectable, strings.TrimPrefix(selectable.JSONPath, "."))
	}
	r.fields = r.fieldsOfCustom
	r.made = func() store.Object {
		object := &unstructured.Unstructured{Object: map[string]any{}}
		kindOf(object, r.kind)
		return object
	}
	r.managers = newManagers(func(subresource string) (*managedfields.FieldManager, error) {
		types, err := managedfields.NewTypeConverter(map[string]*spec.Schema{r.kind.Kind: openAPIOf(kind, r.kind)}, false)
		if err != nil {
			return nil, fmt.Errorf("cannot read schema of %s: %w", r.kind, err)
		}
		c := converter{r.made}
		return managedfields.NewDefaultCRDFieldManager(types, c, c, c, r.kind, gv, subresource, nil)
	})
	return r
}

// fieldsOfCustom returns the values of the fields that a CRD makes selectable.
func (r *resource) fieldsOfCustom(object store.Object) fields.Set {
	set := fields.Set{}
	for _, name := range r.selectable {
		value, found, err := unstructured.NestedFieldNoCopy(object.(*unstructured.Unstructured).Object, strings.Split(name, ".")...)
		if found && err == nil {
			set[name] = fmt.Sprint(value)
		}
	}
	return set
}

// openAPIOf returns the schema of a custom resource, for merging.
func openAPIOf(kind *validation.Kind, gvk schema.GroupVersionKind) *spec.Schema {
	openAPI := kind.Structural().ToKubeOpenAPI()
	openAPI.Properties["apiVersion"], openAPI.Properties["kind"] = *spec.StringProperty(), *spec.StringProperty()
	openAPI.Properties["metadata"] = *metaSchema()
	openAPI.AddExtension("x-kubernetes-group-version-kind", []any{map[string]any{
		"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind,
	}})
	return openAPI
}

// metaSchema describes the metadata that clients set.
func metaSchema() *spec.Schema {
	owner := new(spec.Schema).Typed("object", "")
	for _, name := range []string{"apiVersion", "kind", "name", "uid"} {
		owner.SetProperty(name, *spec.StringProperty())
	}
	owner.SetProperty("controller", *spec.BooleanProperty())
	owner.SetProperty("blockOwnerDeletion", *spec.BooleanProperty())
	owners := spec.ArrayProperty(owner)
	owners.AddExtension("x-kubernetes-list-type", "map")
	owners.AddExtension("x-kubernetes-list-map-keys", []any{"uid"})
	finalizers := spec.ArrayProperty(spec.StringProperty())
	finalizers.AddExtension("x-kubernetes-list-type", "set")

	meta := new(spec.Schema).Typed("object", "")
	for _, name := range []string{"name", "generateName", "namespace", "uid", "resourceVersion", "selfLink", "creationTimestamp", "deletionTimestamp"} {
		meta.SetProperty(name, *spec.StringProperty())
	}
	meta.SetProperty("generation", *spec.Int64Property())
	meta.SetProperty("deletionGracePeriodSeconds", *spec.Int64Property())
	meta.SetProperty("labels", *spec.MapProperty(spec.StringProperty()))
	meta.SetProperty("annotations", *spec.MapProperty(spec.StringProperty()))
	meta.SetProperty("ownerReferences", *owners)
	meta.SetProperty("finalizers", *finalizers)
	managed := spec.ArrayProperty(spec.MapProperty(nil))
	managed.AddExtension("x-kubernetes-list-type", "atomic")
	meta.SetProperty("managedFields", *managed)
	return meta
}

// establish says in the statuses of CRDs that they are served.
func (s *Server) establish(crds []store.Object) error {
	for _, item := range crds {
		crd := item.DeepCopyObject().(*apiextensionsv1.CustomResourceDefinition)
		if len(crd.Status.Conditions) > 0 {
			continue
		}
		now := metav1.NewTime(time.Now())
		for _, kind := range []apiextensionsv1.CustomResourceDefinitionConditionType{apiextensionsv1.NamesAccepted, apiextensionsv1.Established} {
			crd.Status.Conditions = append(crd.Status.Conditions, apiextensionsv1.CustomResourceDefinitionCondition{
				Type: kind, Status: apiextensionsv1.ConditionTrue, LastTransitionTime: now, Reason: "Served",
			})
		}
		crd.Status.AcceptedNames, crd.Status.StoredVersions = crd.Spec.Names, []string{storageOf(crd).Name}
		_, err := s.store.Table(crdResource).UpdateStatus(s.ctx, crd)
		if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
			return err // whoever wrote in between installs again
		}
	}
	return nil
}

// converter is what keeps managedFields needs of a scheme. There is one version of
// everything.
type converter struct {
	made func() store.Object
}

var errOneVersion = errors.New("there is one version only")

// Convert implements runtime.ObjectConvertor.
func (converter) Convert(_, _, _ any) error { return errOneVersion }

// ConvertToVersion implements runtime.ObjectConvertor: what has been merged becomes
// an object of the type that is served.
func (c converter) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	u, ok := in.(*unstructured.Unstructured)
	out := c.made()
	if _, custom := out.(*unstructured.Unstructured); !ok || custom {
		return in, nil
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, out); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return out, nil
}

// ConvertFieldLabel implements runtime.ObjectConvertor.
func (converter) ConvertFieldLabel(schema.GroupVersionKind, string, string) (label, value string, err error) {
	return "", "", errOneVersion
}

// Default implements runtime.ObjectDefaulter: there are no defaults.
func (converter) Default(runtime.Object) {}

// New implements runtime.ObjectCreater.
func (c converter) New(schema.GroupVersionKind) (runtime.Object, error) { return c.made(), nil }
