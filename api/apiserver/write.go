package apiserver

import (
	"cmp"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

// create stores a new object.
func (s *Server) create(w http.ResponseWriter, q *request) error {
	data, err := body(q)
	if err != nil {
		return err
	}
	object, err := s.decode(w, q, data, q.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if q.review != nil {
		q.review(object)
		return s.respond(w, q, http.StatusCreated, object)
	}
	if err := q.checkNames(object); err != nil {
		return err
	}
	stored, err := s.add(q, object)
	if err != nil {
		return err
	}
	return s.respond(w, q, http.StatusCreated, stored)
}

// add stores a new object, without what only the server may set.
func (s *Server) add(q *request, object store.Object) (store.Object, error) {
	if err := s.checkNamespace(q.resource, object.GetNamespace()); err != nil {
		return nil, err
	}
	object.SetUID("")
	object.SetCreationTimestamp(metav1.Time{})
	object.SetSelfLink("")
	object, err := q.track(q.made(), object, q.manager())
	if err != nil {
		return nil, err
	}
	stored, err := q.table.Create(q.Context(), q.view.toStored(object))
	if err != nil {
		return nil, err
	}
	return q.view.fromStored(stored), s.after(q.resource)
}

// checkNames compares the object's name and namespace with those of the request.
func (q *request) checkNames(object store.Object) error {
	if object.GetNamespace() == "" {
		object.SetNamespace(q.Namespace)
	}
	if object.GetNamespace() != q.Namespace {
		return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	if q.Name != "" && object.GetName() != q.Name {
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", object.GetName(), q.Name))
	}
	return nil
}

// checkNamespace refuses objects in namespaces that do not exist.
func (s *Server) checkNamespace(r *resource, name string) error {
	if !r.namespaced {
		return nil
	}
	_, err := s.store.Table(namespaceResource).Get(types.NamespacedName{Name: name})
	return err
}

// after is what follows from a write.
func (s *Server) after(r *resource) error {
	if r.GroupResource() == crdResource {
		return s.installCRDs()
	}
	return nil
}

// track keeps the managedFields of an object that is written in place of old, which
// is empty if there is none. Those of a built-in type are kept once it has been
// applied: before that nothing can conflict.
func (q *request) track(old, next store.Object, manager string) (store.Object, error) {
	if q.custom == nil && len(old.GetManagedFields()) == 0 {
		next.SetManagedFields(nil)
		return next, nil
	}
	q.leave(next, old)
	fields, err := q.managers.of(q.subresource)
	if err != nil {
		return nil, err
	}
	tracked := fields.UpdateNoErrors(old, next, manager).(store.Object)
	kindOf(tracked, q.kind)
	return tracked, nil
}

// leave has a write of the object leave the status alone, and one of the status
// everything else, so that nobody comes to own what he did not write.
func (q *request) leave(next, old store.Object) {
	u, ok := next.(*unstructured.Unstructured)
	if !ok || !q.status {
		return
	}
	from := old.(*unstructured.Unstructured).Object
	for name := range u.Object {
		if name != "metadata" && (name == "status") != (q.subresource == "status") {
			delete(u.Object, name)
		}
	}
	for name, value := range from {
		if name != "metadata" && (name == "status") != (q.subresource == "status") {
			u.Object[name] = runtime.DeepCopyJSONValue(value)
		}
	}
}

// update replaces an object, or its status.
func (s *Server) update(w http.ResponseWriter, q *request) error {
	data, err := body(q)
	if err != nil {
		return err
	}
	object, err := s.decode(w, q, data, q.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	if err := q.checkNames(object); err != nil {
		return err
	}
	if q.conditional && object.GetResourceVersion() == "" {
		missing := field.Invalid(field.NewPath("metadata", "resourceVersion"), uint64(0), "must be specified for an update")
		return apierrors.NewInvalid(schema.GroupKind{Group: q.Group, Kind: q.Resource}, q.Name, field.ErrorList{missing})
	}
	stored, err := s.change(q, func(old store.Object) (store.Object, error) {
		return q.track(old, object.DeepCopyObject().(store.Object), q.manager())
	})
	if err != nil {
		return err
	}
	return s.respond(w, q, http.StatusOK, stored)
}

// change replaces an object by what edit makes of it, again and again until no other
// write comes between.
func (s *Server) change(q *request, edit func(old store.Object) (store.Object, error)) (store.Object, error) {
	for {
		old, err := q.table.Get(q.NamespacedName)
		if err != nil {
			return nil, err
		}
		next, err := edit(q.view.fromStored(old))
		if err != nil {
			return nil, err
		}
		next.SetResourceVersion(cmp.Or(next.GetResourceVersion(), old.GetResourceVersion()))
		stored, err := q.put(q.view.toStored(next))
		if apierrors.IsConflict(err) && q.moved(old) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return q.view.fromStored(stored), s.after(q.resource)
	}
}

// put writes an object, or its status.
func (q *request) put(next store.Object) (store.Object, error) {
	if q.subresource == "status" {
		return q.table.UpdateStatus(q.Context(), next)
	}
	return q.table.Update(q.Context(), next)
}

// moved reports whether an object has been written since it was read.
func (q *request) moved(old store.Object) bool {
	now, err := q.table.Get(q.NamespacedName)
	return q.Context().Err() == nil && (err != nil || now != old)
}

// delete removes one object.
func (s *Server) delete(w http.ResponseWriter, q *request) error {
	options, err := s.deleteOptions(q)
	if err != nil {
		return err
	}
	var preconditions store.Preconditions
	if p := options.Preconditions; p != nil {
		preconditions = store.Preconditions{UID: pointed(p.UID), ResourceVersion: pointed(p.ResourceVersion)}
	}
	object, err := s.remove(q.resource, q.NamespacedName, preconditions)
	if err != nil {
		return err
	}
	if len(object.GetFinalizers()) > 0 {
		return s.respond(w, q, http.StatusOK, q.view.fromStored(object))
	}
	writeJSON(w, http.StatusOK, asKind(&metav1.Status{
		Status:  metav1.StatusSuccess,
		Details: &metav1.StatusDetails{Name: q.Name, Group: q.Group, Kind: q.Resource, UID: object.GetUID()},
	}, schema.GroupVersionKind{Version: "v1", Kind: "Status"}))
	return nil
}

func pointed[T any](p *T) (value T) {
	if p != nil {
		value = *p
	}
	return value
}

// remove deletes an object. A namespace takes with it what is in it.
func (s *Server) remove(r *resource, key types.NamespacedName, preconditions store.Preconditions) (store.Object, error) {
	object, err := r.table.Delete(key, preconditions)
	if err != nil {
		return nil, err
	}
	if r.GroupResource() == namespaceResource {
		return object, s.empty(key.Name)
	}
	return object, s.after(r)
}

// empty deletes everything in a namespace.
func (s *Server) empty(namespace string) error {
	for _, r := range s.resources() {
		if !r.namespaced || r.table == nil {
			continue
		}
		if _, err := s.removeAll(r, store.ListOptions{Selection: store.Selection{Namespace: namespace}}); err != nil {
			return err
		}
	}
	return nil
}

// removeAll deletes the selected objects and returns them.
func (s *Server) removeAll(r *resource, options store.ListOptions) (store.List, error) {
	list, err := r.table.List(options)
	if err != nil {
		return list, err
	}
	for _, object := range list.Items {
		key := types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}
		if _, err := s.remove(r, key, store.Preconditions{}); err != nil && !apierrors.IsNotFound(err) {
			return list, err
		}
	}
	return list, nil
}

// deleteCollection removes the selected objects.
func (s *Server) deleteCollection(w http.ResponseWriter, q *request) error {
	if _, err := s.deleteOptions(q); err != nil {
		return err
	}
	options, err := q.listOptions()
	if err != nil {
		return err
	}
	list, err := s.removeAll(q.resource, options)
	if err != nil {
		return err
	}
	object, err := s.listOf(q.resource, list)
	if err != nil {
		return err
	}
	return s.respond(w, q, http.StatusOK, object)
}

// deleteOptions reads the body of a DELETE, of whatever version its kind is.
func (s *Server) deleteOptions(q *request) (options metav1.DeleteOptions, err error) {
	data, err := body(q)
	if err != nil || len(data) == 0 {
		return options, err
	}
	info, err := s.codecs.decoder(q.Header.Get("Content-Type"), true)
	if err != nil {
		return options, err
	}
	if info.MediaType == runtime.ContentTypeProtobuf {
		var content runtime.Unknown
		if _, _, err = info.Serializer.Decode(data, nil, &content); err == nil {
			err = options.Unmarshal(content.Raw)
		}
	} else {
		err = yaml.Unmarshal(data, &options)
	}
	switch {
	case err != nil:
		return options, apierrors.NewBadRequest(err.Error())
	case len(options.DryRun) > 0:
		return options, errDryRun
	}
	return options, nil
}

// errDryRun is the answer to what must not be done for real instead.
var errDryRun = apierrors.NewBadRequest("dryRun is not supported: this server is a stand-in for a cluster")
