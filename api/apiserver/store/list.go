package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// Selection says which objects of a table are meant; the zero value means all.
type Selection struct {
	// Namespace is the objects' namespace; empty means all namespaces.
	Namespace string
	// Labels selects by labels; nil means all.
	Labels labels.Selector
	// Fields selects by metadata.name, metadata.namespace and the resource's own
	// fields; nil means all.
	Fields fields.Selector
}

// matches reports whether an object is selected.
func (s Selection) matches(resource Resource, object Object) bool {
	return object != nil &&
		(s.Namespace == "" || s.Namespace == object.GetNamespace()) &&
		(s.Labels == nil || s.Labels.Empty() || s.Labels.Matches(labels.Set(object.GetLabels()))) &&
		(s.Fields == nil || s.Fields.Empty() || s.Fields.Matches(fieldsOf(resource, object)))
}

func fieldsOf(resource Resource, object Object) fields.Set {
	set := fields.Set{}
	if resource.Fields != nil {
		set = resource.Fields(object)
	}
	set["metadata.name"], set["metadata.namespace"] = object.GetName(), object.GetNamespace()
	return set
}

// ListOptions says what to list; the zero value means everything as it is now.
type ListOptions struct {
	Selection
	// ResourceVersion is the version that the list is to be of: the one given if
	// Exact, else no older than it. Empty and 0 mean as it is now.
	ResourceVersion string
	Exact           bool
	// Limit is the most objects to return; 0 means all.
	Limit int64
	// Continue is what the page before returned. The pages of one list are all of
	// the version of the first.
	Continue string
}

// List is a consistent view of a table.
type List struct {
	// ResourceVersion is the version that it is of; a watch may start there.
	ResourceVersion string
	// Items are the objects by namespace and name.
	Items []Object
	// Continue gets the next page; empty on the last.
	Continue string
	// Remaining is how many selected objects are on later pages.
	Remaining int64
}

// token is what a Continue says.
type token struct {
	Revision uint64               `json:"rv"`
	After    types.NamespacedName `json:"after"`
}

// List returns the selected objects. A version of which history is no longer known
// is an Expired error.
func (t *Table) List(options ListOptions) (List, error) {
	from, exact, after, err := options.start()
	if err != nil {
		return List{}, err
	}
	resource := t.Resource()
	objects, revision, err := t.snapshot(from, exact)
	if err != nil {
		return List{}, err
	}
	objects = slices.DeleteFunc(objects, func(o Object) bool {
		return !options.matches(resource, o) || after != nil && compare(keyOf(o), *after) <= 0
	})
	list := List{ResourceVersion: version(revision), Items: objects}
	if rest := int64(len(objects)) - options.Limit; options.Limit > 0 && rest > 0 {
		list.Items, list.Remaining = objects[:options.Limit], rest
		list.Continue = token{revision, keyOf(objects[options.Limit-1])}.encode()
	}
	return list, nil
}

// start returns the version to list and the last key of the page before.
func (o ListOptions) start() (from uint64, exact bool, after *types.NamespacedName, err error) {
	if o.Continue == "" {
		from, err = parseVersion(o.ResourceVersion)
		if err != nil {
			return 0, false, nil, apierrors.NewBadRequest(err.Error())
		}
		return from, o.Exact, nil, nil
	}
	var page token
	text, err := base64.RawURLEncoding.DecodeString(o.Continue)
	if err == nil {
		err = json.Unmarshal(text, &page)
	}
	if err != nil {
		return 0, false, nil, apierrors.NewBadRequest(fmt.Sprintf("continue key is not valid: %v", err))
	}
	return page.Revision, true, &page.After, nil
}

func (t token) encode() string {
	text, _ := json.Marshal(t) //nolint:errchkjson // strings and a number
	return base64.RawURLEncoding.EncodeToString(text)
}

// snapshot returns all objects, as they are now or as they were at a version.
func (t *Table) snapshot(from uint64, exact bool) ([]Object, uint64, error) {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	now := t.store.revision
	switch {
	case from > now:
		return nil, 0, tooLarge(from, now)
	case exact && from < t.floor:
		return nil, 0, apierrors.NewResourceExpired("The provided continue parameter or resourceVersion is too old to display a consistent list result. You can start a new list without it.")
	}
	objects := make([]Object, len(t.sorted))
	for i, e := range t.sorted {
		objects[i] = e.object
	}
	if !exact {
		return objects, now, nil
	}
	return t.rewind(objects, from), from, nil
}

// rewind undoes the changes after a version.
func (t *Table) rewind(objects []Object, to uint64) []Object {
	at := t.after(to)
	if at == len(t.history) {
		return objects
	}
	undone := map[types.NamespacedName]Object{}
	for _, step := range t.history[at:] {
		key := step.key()
		if _, ok := undone[key]; !ok {
			undone[key] = step.old
		}
	}
	objects = slices.DeleteFunc(objects, func(o Object) bool { _, changed := undone[keyOf(o)]; return changed })
	for _, old := range undone {
		if old != nil {
			objects = append(objects, old)
		}
	}
	slices.SortFunc(objects, func(a, b Object) int { return compare(keyOf(a), keyOf(b)) })
	return objects
}

// after returns the index of the first change after a version.
func (t *Table) after(revision uint64) int {
	at, _ := slices.BinarySearchFunc(t.history, revision+1, func(c change, r uint64) int { return int(c.revision) - int(r) })
	return at
}

func (c change) key() types.NamespacedName {
	if c.next != nil {
		return keyOf(c.next)
	}
	return keyOf(c.last)
}

// tooLarge is what a cluster says to a version that it has not reached; clients then
// list afresh.
func tooLarge(wanted, now uint64) error {
	err := apierrors.NewTimeoutError(fmt.Sprintf("Too large resource version: %d, current: %d", wanted, now), 1)
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: metav1.CauseTypeResourceVersionTooLarge, Message: "Too large resource version"}}
	return err
}
