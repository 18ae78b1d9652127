package store

import (
	"reflect"
	"sync"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// part says what a top-level field of an object is.
type part int

const (
	content part = iota
	metadata
	typeMeta
	status
)

// goParts and jsonParts name the fields that are not content.
var (
	goParts   = map[string]part{"ObjectMeta": metadata, "TypeMeta": typeMeta, "Status": status}
	jsonParts = map[string]part{"metadata": metadata, "apiVersion": typeMeta, "kind": typeMeta, "status": status}
)

// layouts are the parts of Go types, by the number of the field.
var layouts sync.Map // reflect.Type to []part

func layoutOf(object reflect.Type) []part {
	if known, ok := layouts.Load(object); ok {
		return known.([]part)
	}
	layout := make([]part, object.NumField())
	for i := range layout {
		layout[i] = goParts[object.Field(i).Name]
	}
	layouts.Store(object, layout)
	return layout
}

func copyOf(object Object) Object { return object.DeepCopyObject().(Object) }

// keepStatus makes an update of the main resource leave the status alone.
func keepStatus(resource Resource, next, old Object) {
	if resource.Status {
		restore(next, old, func(p part) bool { return p == status })
	}
}

// keepAllButStatus makes an update of the status leave everything else alone, but
// for the record of who has written what.
func keepAllButStatus(_ Resource, next, old Object) {
	managed := next.GetManagedFields()
	restore(next, old, func(p part) bool { return p == content || p == metadata })
	next.SetManagedFields(managed)
}

// keepIdentity restores the metadata that no client can change.
func keepIdentity(next, old Object) {
	next.SetUID(old.GetUID())
	next.SetCreationTimestamp(old.GetCreationTimestamp())
	next.SetDeletionTimestamp(old.GetDeletionTimestamp())
	next.SetDeletionGracePeriodSeconds(old.GetDeletionGracePeriodSeconds())
	next.SetGeneration(old.GetGeneration())
	next.SetResourceVersion(old.GetResourceVersion())
	next.SetSelfLink("")
}

// clearStatus removes the status of a new object.
func clearStatus(next Object) {
	if u, ok := next.(*unstructured.Unstructured); ok {
		delete(u.Object, "status")
		return
	}
	if field := reflect.ValueOf(next).Elem().FieldByName("Status"); field.IsValid() {
		field.SetZero()
	}
}

// restore makes some parts of next what they are in old. Content is shared with old
// after that, metadata can be changed.
func restore(next, old Object, which func(part) bool) {
	if u, ok := next.(*unstructured.Unstructured); ok {
		restoreMap(u.Object, old.(*unstructured.Unstructured).Object, which)
		return
	}
	to, from := reflect.ValueOf(next).Elem(), reflect.ValueOf(old).Elem()
	for i, p := range layoutOf(to.Type()) {
		if which(p) {
			to.Field(i).Set(from.Field(i))
		}
	}
}

func restoreMap(to, from map[string]any, which func(part) bool) {
	for name := range to {
		if which(jsonParts[name]) {
			delete(to, name)
		}
	}
	for name, value := range from {
		switch p := jsonParts[name]; {
		case !which(p):
		case p == metadata:
			to[name] = runtime.DeepCopyJSONValue(value)
		default:
			to[name] = value
		}
	}
}

// same reports whether two objects differ in nothing.
func same(next, old Object) bool {
	return sameContent(next, old, false) && sameParts(next, old, func(p part) bool { return p == metadata })
}

// sameContent reports whether two objects differ in nothing but metadata and, if it
// does not count, status.
func sameContent(next, old Object, withoutStatus bool) bool {
	return sameParts(next, old, func(p part) bool { return p == content || p == status && !withoutStatus })
}

func sameParts(next, old Object, which func(part) bool) bool {
	if u, ok := next.(*unstructured.Unstructured); ok {
		return sameMaps(u.Object, old.(*unstructured.Unstructured).Object, which)
	}
	a, b := reflect.ValueOf(next).Elem(), reflect.ValueOf(old).Elem()
	for i, p := range layoutOf(a.Type()) {
		if which(p) && !equality.Semantic.DeepEqual(a.Field(i).Addr().Interface(), b.Field(i).Addr().Interface()) {
			return false
		}
	}
	return true
}

func sameMaps(a, b map[string]any, which func(part) bool) bool {
	for name, value := range a {
		if which(jsonParts[name]) && !reflect.DeepEqual(value, b[name]) {
			return false
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok && which(jsonParts[name]) {
			return false
		}
	}
	return true
}
