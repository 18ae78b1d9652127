package apiserver

import (
	"net/http"
	"slices"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

// get answers with one object. It is always as new as can be, whatever version the
// client would put up with.
func (s *Server) get(w http.ResponseWriter, q *request) error {
	object, err := q.table.Get(q.NamespacedName)
	if err != nil {
		return err
	}
	return s.respond(w, q, http.StatusOK, q.view.fromStored(object))
}

// list answers with all objects of a selection.
func (s *Server) list(w http.ResponseWriter, q *request) error {
	options, err := q.listOptions()
	if err != nil {
		return err
	}
	list, err := q.table.List(options)
	if err != nil {
		return err
	}
	object, err := s.listOf(q.resource, list)
	if err != nil {
		return err
	}
	return s.respond(w, q, http.StatusOK, object)
}

// selection is which objects a request means.
func (q *request) selection() (store.Selection, error) {
	selection := store.Selection{Namespace: q.Namespace}
	var err error
	if selection.Labels, err = labels.Parse(q.query.Get("labelSelector")); err != nil {
		return selection, apierrors.NewBadRequest(err.Error())
	}
	if selection.Fields, err = fields.ParseSelector(q.query.Get("fieldSelector")); err != nil {
		return selection, apierrors.NewBadRequest(err.Error())
	}
	for _, term := range selection.Fields.Requirements() {
		if term.Field != "metadata.name" && term.Field != "metadata.namespace" && !slices.Contains(q.selectable, term.Field) {
			return selection, apierrors.NewBadRequest("field label not supported: " + term.Field)
		}
	}
	return selection, nil
}

// listOptions reads what a request wants to have listed. A limit without a match
// means the exact version, as it always has.
func (q *request) listOptions() (store.ListOptions, error) {
	selection, err := q.selection()
	options := store.ListOptions{Selection: selection, ResourceVersion: q.query.Get("resourceVersion"), Continue: q.query.Get("continue")}
	if err != nil {
		return options, err
	}
	if limit := q.query.Get("limit"); limit != "" {
		if options.Limit, err = strconv.ParseInt(limit, 10, 64); err != nil {
			return options, apierrors.NewBadRequest("limit: " + err.Error())
		}
	}
	switch match := metav1.ResourceVersionMatch(q.query.Get("resourceVersionMatch")); {
	case q.query.Get("sendInitialEvents") != "":
		return options, apierrors.NewBadRequest("sendInitialEvents is forbidden for list")
	case match != "" && options.ResourceVersion == "":
		return options, apierrors.NewBadRequest("resourceVersionMatch is forbidden unless resourceVersion is provided")
	case match == metav1.ResourceVersionMatchExact && options.ResourceVersion == "0":
		return options, apierrors.NewBadRequest(`resourceVersionMatch "Exact" is forbidden for resourceVersion "0"`)
	case match == metav1.ResourceVersionMatchExact:
		options.Exact = true
	case match == metav1.ResourceVersionMatchNotOlderThan:
	case match != "":
		return options, apierrors.NewBadRequest("resourceVersionMatch: supported values: Exact, NotOlderThan")
	default:
		options.Exact = options.Limit > 0 && options.ResourceVersion != "" && options.ResourceVersion != "0"
	}
	return options, nil
}

// listOf returns a list as an object.
func (s *Server) listOf(r *resource, list store.List) (runtime.Object, error) {
	items := make([]runtime.Object, len(list.Items))
	for i, item := range list.Items {
		items[i] = r.view.fromStored(item)
	}
	object, err := s.emptyList(r)
	if err != nil {
		return nil, err
	}
	if err := meta.SetList(object, items); err != nil {
		return nil, err
	}
	if r.custom == nil {
		_ = meta.EachListItem(object, func(item runtime.Object) error {
			kindOf(item, schema.GroupVersionKind{}) // the list says it for all; items are copies
			return nil
		})
	}
	listed, err := meta.ListAccessor(object)
	if err != nil {
		return nil, err
	}
	listed.SetResourceVersion(list.ResourceVersion)
	listed.SetContinue(list.Continue)
	if list.Remaining > 0 {
		listed.SetRemainingItemCount(&list.Remaining)
	}
	return object, nil
}

// emptyList returns a list without items, which are not null all the same.
func (s *Server) emptyList(r *resource) (runtime.Object, error) {
	kind := r.kind.GroupVersion().WithKind(r.kind.Kind + "List")
	if r.custom != nil {
		list := &unstructured.UnstructuredList{Object: map[string]any{}, Items: []unstructured.Unstructured{}}
		list.SetGroupVersionKind(kind)
		return list, nil
	}
	list, err := s.codecs.scheme.New(kind)
	if err != nil {
		return nil, err
	}
	kindOf(list, kind)
	return list, nil
}
