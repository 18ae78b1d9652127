package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// errModified is what a cluster says to a write that is based on an old version.
var errModified = errors.New("the object has been modified; please apply your changes to the latest version and try again")

// Table holds the objects of one resource. It may be used by several goroutines.
type Table struct {
	store *Store

	// The store's lock guards what follows.
	resource Resource
	index    map[types.NamespacedName]*entry
	// sorted are the same entries in the order of lists.
	sorted []*entry
	// history are the last changes, the oldest first.
	history []change
	// dropped counts the changes before those.
	dropped uint64
	// floor is the oldest version that history leads back to.
	floor uint64
	// changed is closed at the next change; nil when nobody waits.
	changed chan struct{}
}

// entry is the place of one object.
type entry struct {
	key    types.NamespacedName
	object Object
}

// change is one step of a table's history. One of the objects is nil when the other
// came into being or went.
type change struct {
	revision  uint64
	next, old Object
	// last is, when next is nil, the object as it went.
	last Object
}

// Resource returns the table's description.
func (t *Table) Resource() Resource {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	return t.resource
}

// Get returns the object of a name, as it is now.
func (t *Table) Get(key types.NamespacedName) (Object, error) {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	if e := t.index[key]; e != nil {
		return e.object, nil
	}
	return nil, apierrors.NewNotFound(t.resource.GroupResource, key.Name)
}

// Create stores a new object and returns it as stored. Name, UID and
// creationTimestamp are filled in where they are empty.
func (t *Table) Create(ctx context.Context, object Object) (Object, error) {
	resource := t.Resource()
	next := copyOf(object)
	if err := t.begin(resource, next); err != nil {
		return nil, err
	}
	if err := validate(ctx, resource, next, nil); err != nil {
		return nil, err
	}
	return t.commit(resource, next, nil, false)
}

// begin makes a new object complete.
func (t *Table) begin(resource Resource, next Object) error {
	if next.GetResourceVersion() != "" {
		return apierrors.NewBadRequest("resourceVersion should not be set on objects to be created")
	}
	if resource.Namespaced != (next.GetNamespace() != "") {
		return apierrors.NewBadRequest(fmt.Sprintf("namespace %q: %s are namespaced: %t", next.GetNamespace(), resource.Resource, resource.Namespaced))
	}
	if next.GetName() == "" && next.GetGenerateName() != "" {
		next.SetName(next.GetGenerateName() + rand.String(5))
	}
	if next.GetName() == "" {
		missing := field.Required(field.NewPath("metadata", "name"), "name or generateName is required")
		return apierrors.NewInvalid(schema.GroupKind{Group: resource.Group, Kind: resource.Kind}, "", field.ErrorList{missing})
	}
	if next.GetUID() == "" {
		next.SetUID(t.store.options.NewUID())
	}
	if created := next.GetCreationTimestamp(); created.IsZero() {
		next.SetCreationTimestamp(t.now())
	}
	next.SetDeletionTimestamp(nil)
	next.SetDeletionGracePeriodSeconds(nil)
	if resource.Generation {
		next.SetGeneration(1)
	}
	if resource.Status {
		clearStatus(next)
	}
	complete(resource, next, nil)
	return nil
}

// now is the time as it is stored: of whole seconds, as in JSON.
func (t *Table) now() metav1.Time {
	now := metav1.NewTime(t.store.options.Now())
	return now.Rfc3339Copy()
}

// Update replaces an object through the main resource and returns it as stored. A
// resourceVersion or UID that is set and not that of the stored object is a
// conflict. An update that changes nothing writes nothing.
func (t *Table) Update(ctx context.Context, object Object) (Object, error) {
	return t.replace(ctx, object, keepStatus)
}

// UpdateStatus replaces the status of an object, and its managedFields; nothing
// else of the object counts but the resourceVersion and the UID, as in Update.
func (t *Table) UpdateStatus(ctx context.Context, object Object) (Object, error) {
	return t.replace(ctx, object, keepAllButStatus)
}

// replace writes an object over the stored one, again and again until no other write
// came between.
func (t *Table) replace(ctx context.Context, object Object, keep func(resource Resource, next, old Object)) (Object, error) {
	resource, key := t.Resource(), keyOf(object)
	for {
		old, err := t.Get(key)
		if err != nil {
			return nil, err
		}
		if err := precondition(resource, old, object.GetUID(), object.GetResourceVersion()); err != nil {
			return nil, err
		}
		next := copyOf(object)
		keep(resource, next, old)
		keepIdentity(next, old)
		complete(resource, next, old)
		if same(next, old) {
			return old, nil
		}
		if err := t.admit(ctx, resource, next, old); err != nil {
			return nil, err
		}
		released := next.GetDeletionTimestamp() != nil && len(next.GetFinalizers()) == 0
		stored, err := t.commit(resource, next, old, released)
		if !errors.Is(err, errRaced) {
			return stored, err
		}
	}
}

// admit checks a change of an object and counts it in the generation.
func (t *Table) admit(ctx context.Context, resource Resource, next, old Object) error {
	if err := addedFinalizers(resource, next, old); err != nil {
		return err
	}
	if resource.Generation && !sameContent(next, old, resource.Status) {
		next.SetGeneration(old.GetGeneration() + 1)
	}
	return validate(ctx, resource, next, old)
}

// complete lets the resource fill in defaults.
func complete(resource Resource, next, old Object) {
	if resource.Complete != nil {
		resource.Complete(next, old)
	}
}

// validate asks the resource's rules.
func validate(ctx context.Context, resource Resource, next, old Object) error {
	if resource.Validate == nil {
		return nil
	}
	return resource.Validate(ctx, next, old)
}

// addedFinalizers refuses finalizers on an object that is about to go.
func addedFinalizers(resource Resource, next, old Object) error {
	if old.GetDeletionTimestamp() == nil {
		return nil
	}
	for _, name := range next.GetFinalizers() {
		if !slices.Contains(old.GetFinalizers(), name) {
			forbidden := field.Forbidden(field.NewPath("metadata", "finalizers"),
				fmt.Sprintf("no new finalizers can be added if the object is being deleted, found new finalizers %q", name))
			return apierrors.NewInvalid(schema.GroupKind{Group: resource.Group, Kind: resource.Kind}, next.GetName(), field.ErrorList{forbidden})
		}
	}
	return nil
}

// Preconditions are what an object must be to be deleted; empty ones hold always.
type Preconditions struct {
	UID             types.UID
	ResourceVersion string
}

// Delete removes an object and returns it as it was last. An object with finalizers
// is only marked; it goes with the update that removes the last of them.
func (t *Table) Delete(key types.NamespacedName, preconditions Preconditions) (Object, error) {
	resource := t.Resource()
	for {
		old, err := t.Get(key)
		if err != nil {
			return nil, err
		}
		if err := precondition(resource, old, preconditions.UID, preconditions.ResourceVersion); err != nil {
			return nil, err
		}
		held := len(old.GetFinalizers()) > 0
		if held && old.GetDeletionTimestamp() != nil {
			return old, nil
		}
		next := copyOf(old)
		if held {
			t.mark(resource, next)
		}
		stored, err := t.commit(resource, next, old, !held)
		if !errors.Is(err, errRaced) {
			return stored, err
		}
	}
}

// mark makes an object one that is to be deleted.
func (t *Table) mark(resource Resource, next Object) {
	now, grace := t.now(), int64(0)
	next.SetDeletionTimestamp(&now)
	next.SetDeletionGracePeriodSeconds(&grace)
	if resource.Generation {
		next.SetGeneration(next.GetGeneration() + 1)
	}
}

// precondition is a conflict if an object is not the one that the caller means.
func precondition(resource Resource, stored Object, uid types.UID, resourceVersion string) error {
	if uid != "" && uid != stored.GetUID() {
		return apierrors.NewConflict(resource.GroupResource, stored.GetName(),
			fmt.Errorf("Precondition failed: UID in precondition: %v, UID in object meta: %v", uid, stored.GetUID())) //nolint:staticcheck // the words of a cluster
	}
	if resourceVersion != "" && resourceVersion != stored.GetResourceVersion() {
		return apierrors.NewConflict(resource.GroupResource, stored.GetName(), errModified)
	}
	return nil
}

// errRaced means that another write came between reading and writing.
var errRaced = errors.New("another write came between")

// commit makes next the object, or what it was last if it is gone. A nil old means
// that the object is new.
func (t *Table) commit(resource Resource, next, old Object, gone bool) (Object, error) {
	key := keyOf(next)
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	e := t.index[key]
	switch {
	case old == nil && e != nil:
		return nil, apierrors.NewAlreadyExists(resource.GroupResource, key.Name)
	case old != nil && (e == nil || e.object != old):
		return nil, errRaced
	}
	t.store.revision++
	next.SetResourceVersion(version(t.store.revision))
	step := change{revision: t.store.revision, next: next, old: old}
	if gone {
		step.next, step.last = nil, next
	}
	t.put(key, e, step.next)
	t.remember(step)
	return next, nil
}

// put makes object the one of key; nil removes it.
func (t *Table) put(key types.NamespacedName, e *entry, object Object) {
	switch {
	case e == nil:
		e = &entry{key: key, object: object}
		at, _ := t.position(key)
		t.sorted = slices.Insert(t.sorted, at, e)
		t.index[key] = e
	case object == nil:
		at, _ := t.position(key)
		t.sorted = slices.Delete(t.sorted, at, at+1)
		delete(t.index, key)
	default:
		e.object = object
	}
}

// remember adds to the history and wakes the watches.
func (t *Table) remember(step change) {
	t.history = append(t.history, step)
	if limit := t.store.options.History; len(t.history) >= 2*limit {
		t.forget(len(t.history) - limit)
	}
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// forget drops the n oldest changes.
func (t *Table) forget(n int) {
	if n == 0 {
		return
	}
	t.floor = t.history[n-1].revision
	t.dropped += uint64(n)
	t.history = slices.Clone(t.history[n:])
}

func keyOf(object metav1.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}
}

// compare orders keys as lists do.
func compare(a, b types.NamespacedName) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// position returns where key is, or belongs, in the order of lists.
func (t *Table) position(key types.NamespacedName) (int, bool) {
	return slices.BinarySearchFunc(t.sorted, key, func(e *entry, key types.NamespacedName) int { return compare(e.key, key) })
}
