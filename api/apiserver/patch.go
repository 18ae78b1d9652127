package apiserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

// patch changes an object by a patch, or applies a configuration to it.
func (s *Server) patch(w http.ResponseWriter, q *request) error {
	kind, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	data, err := body(q)
	if err != nil {
		return err
	}
	if types.PatchType(kind) == types.ApplyYAMLPatchType {
		return s.apply(w, q, data)
	}
	stored, err := s.change(q, func(old store.Object) (store.Object, error) {
		text, err := json.Marshal(old)
		if err != nil {
			return nil, err
		}
		if text, err = q.patched(types.PatchType(kind), text, data); err != nil {
			return nil, err
		}
		next, err := s.decode(w, q, text, runtime.ContentTypeJSON)
		if err != nil {
			return nil, err
		}
		if next, err = q.track(old, next, q.manager()); err != nil {
			return nil, err
		}
		return next, q.checkPatched(next, old)
	})
	if err != nil {
		return err
	}
	return s.respond(w, q, http.StatusOK, stored)
}

// patched applies a patch to the JSON of an object.
func (q *request) patched(kind types.PatchType, object, patch []byte) ([]byte, error) {
	switch {
	case kind == types.JSONPatchType:
		steps, err := jsonpatch.DecodePatch(patch)
		if err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		text, err := steps.Apply(object)
		if err != nil {
			return nil, status(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, err.Error())
		}
		return text, nil
	case kind == types.MergePatchType:
		return asBadRequest(jsonpatch.MergePatch(object, patch))
	case kind == types.StrategicMergePatchType && q.custom == nil:
		return asBadRequest(strategicpatch.StrategicMergePatch(object, patch, q.made()))
	default:
		return nil, status(http.StatusUnsupportedMediaType, metav1.StatusReasonUnsupportedMediaType,
			fmt.Sprintf("the body of the request was in an unknown format - %q", kind))
	}
}

func asBadRequest(text []byte, err error) ([]byte, error) {
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return text, nil
}

// checkPatched refuses a patch that makes another object of an object. A write to
// the status changes nothing but the status, so there another UID is left out.
func (q *request) checkPatched(next, old store.Object) error {
	if err := q.checkNames(next); err != nil {
		return err
	}
	if uid := next.GetUID(); q.subresource == "" && uid != "" && uid != old.GetUID() {
		changed := field.Invalid(field.NewPath("metadata", "uid"), uid, "field is immutable")
		return apierrors.NewInvalid(q.kind.GroupKind(), q.Name, field.ErrorList{changed})
	}
	next.SetUID(old.GetUID())
	return nil
}

// apply is server-side apply. An object that is not there is created, its status
// alone is not.
func (s *Server) apply(w http.ResponseWriter, q *request, data []byte) error {
	patch, err := q.configuration(data)
	if err != nil {
		return err
	}
	for {
		stored, err := s.change(q, func(old store.Object) (store.Object, error) {
			next, err := q.applied(old, patch)
			if err != nil {
				return nil, err
			}
			return next, q.checkPatched(next, old)
		})
		code := http.StatusOK
		if apierrors.IsNotFound(err) && q.subresource == "" {
			stored, err = s.applyNew(q, patch)
			code = http.StatusCreated
		}
		switch {
		case apierrors.IsAlreadyExists(err):
			continue
		case err != nil:
			return err
		}
		return s.respond(w, q, code, stored)
	}
}

// configuration reads what is to be applied.
func (q *request) configuration(data []byte) (*unstructured.Unstructured, error) {
	if q.query.Get("fieldManager") == "" {
		missing := field.Required(field.NewPath("fieldManager"), "is required for apply patch")
		return nil, apierrors.NewInvalid(metav1.SchemeGroupVersion.WithKind("PatchOptions").GroupKind(), "", field.ErrorList{missing})
	}
	text, err := yaml.YAMLToJSON(data)
	patch := &unstructured.Unstructured{}
	if err == nil {
		err = patch.UnmarshalJSON(text)
	}
	if err != nil {
		return nil, apierrors.NewBadRequest("error decoding patch: " + err.Error())
	}
	q.trim(patch.Object)
	return patch, nil
}

// trim removes from a configuration what is not applied here: the status from that
// of an object, everything else from that of a status.
func (q *request) trim(patch map[string]any) {
	if q.subresource == "" && q.status {
		delete(patch, "status")
	}
	if q.subresource == "" {
		return
	}
	for name := range patch {
		if name != "apiVersion" && name != "kind" && name != "metadata" && name != "status" {
			delete(patch, name)
		}
	}
}

// applied returns an object with a configuration applied to it.
func (q *request) applied(old store.Object, patch *unstructured.Unstructured) (store.Object, error) {
	fields, err := q.managers.of(q.subresource)
	if err != nil {
		return nil, err
	}
	changed, err := fields.Apply(old, patch.DeepCopy(), q.query.Get("fieldManager"), isTrue(q.query.Get("force")))
	if err != nil {
		return nil, err
	}
	next, ok := changed.(store.Object)
	if !ok {
		return nil, fmt.Errorf("cannot apply to %s: no object came of it but %T", q.kind, changed)
	}
	kindOf(next, q.kind)
	_, err = q.prune(next)
	return next, err
}

// applyNew creates what a configuration says.
func (s *Server) applyNew(q *request, patch *unstructured.Unstructured) (store.Object, error) {
	if uid := patch.GetUID(); uid != "" {
		return nil, apierrors.NewConflict(q.GroupResource(), q.Name,
			fmt.Errorf("uid mismatch: the provided object specified uid %s, and no existing object was found", uid))
	}
	if patch.GetResourceVersion() != "" {
		return nil, apierrors.NewConflict(q.GroupResource(), q.Name, errors.New("the object has been deleted"))
	}
	next, err := q.applied(q.made(), patch)
	if err != nil {
		return nil, err
	}
	if err := q.checkNames(next); err != nil {
		return nil, err
	}
	return s.add(q.asApplied(), next)
}

// asApplied is the request with its managedFields kept already.
func (q *request) asApplied() *request {
	applied := *q.resource
	request := *q
	request.resource = &applied
	return &request
}
