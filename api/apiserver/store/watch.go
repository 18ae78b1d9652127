package store

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/watch"
)

// batch is how many changes a watch takes out of the history at once.
const batch = 128

// WatchOptions says what to watch; the zero value means everything from now on,
// after what is there.
type WatchOptions struct {
	Selection
	// ResourceVersion is where to start: changes after it are told. Empty and 0 mean
	// that all objects that are there are told first, as added.
	ResourceVersion string
}

// Event is one change that a watch tells.
type Event struct {
	// Type is Added, Modified or Deleted. An object that a change takes into the
	// selection is added by it, one that a change takes out of it is deleted.
	Type watch.EventType
	// Object is the object after the change, or as it was last.
	Object Object
	// ResourceVersion is the version of the change.
	ResourceVersion string
}

// Watch tells the changes of a table in their order. It is used by one goroutine at
// a time, needs no closing and costs nothing while it is not asked.
type Watch struct {
	table    *Table
	resource Resource
	Selection

	// initial are the objects that were there and have not been told yet.
	initial []Object
	// pending are changes that have not been told yet.
	pending []change
	// next is the number of the first change after those.
	next uint64
	// seen is the version up to which everything has been told or is pending.
	seen uint64
}

// Watch returns a watch. A version of which history is no longer known is an
// Expired error.
func (t *Table) Watch(options WatchOptions) (*Watch, error) {
	from, err := parseVersion(options.ResourceVersion)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	w := &Watch{table: t, resource: t.resource, Selection: options.Selection, seen: from}
	switch {
	case from > t.store.revision:
		return nil, tooLarge(from, t.store.revision)
	case from == 0:
		w.seen, w.next = t.store.revision, t.dropped+uint64(len(t.history))
		for _, e := range t.sorted {
			w.initial = append(w.initial, e.object)
		}
	case from < t.floor:
		return nil, expired(from, t.floor)
	default:
		w.next = t.dropped + uint64(t.after(from))
	}
	return w, nil
}

// Next returns the next event, and waits for it until ctx ends. A watch that has
// fallen so far behind that it would miss events gets an Expired error.
func (w *Watch) Next(ctx context.Context) (Event, error) {
	for {
		if event, ok := w.told(); ok {
			return event, nil
		}
		changed, err := w.take(true)
		if err != nil {
			return Event{}, err
		}
		if changed == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return Event{}, ctx.Err()
		case <-changed:
		}
	}
}

// TryNext returns the next event if there is one already.
func (w *Watch) TryNext() (event Event, ok bool, err error) {
	for {
		if event, ok := w.told(); ok {
			return event, true, nil
		}
		if _, err := w.take(false); err != nil {
			return Event{}, false, err
		}
		if len(w.pending) == 0 {
			return Event{}, false, nil
		}
	}
}

// ResourceVersion returns the version up to which everything selected has been told,
// which is that of a bookmark. It is up to date when TryNext has found nothing.
func (w *Watch) ResourceVersion() string {
	if len(w.pending) > 0 {
		return version(w.pending[0].revision - 1)
	}
	return version(w.seen)
}

// told returns the next event of those at hand.
func (w *Watch) told() (Event, bool) {
	for len(w.initial) > 0 {
		object := w.initial[0]
		w.initial = w.initial[1:]
		if w.matches(w.resource, object) {
			return Event{watch.Added, object, object.GetResourceVersion()}, true
		}
	}
	for len(w.pending) > 0 {
		step := w.pending[0]
		w.pending = w.pending[1:]
		if event, ok := w.event(step); ok {
			return event, true
		}
	}
	return Event{}, false
}

// event returns what a change is for this watch.
func (w *Watch) event(step change) (Event, bool) {
	is, was := w.matches(w.resource, step.next), w.matches(w.resource, step.old)
	event := Event{Object: step.next, ResourceVersion: version(step.revision)}
	switch {
	case is && was:
		event.Type = watch.Modified
	case is:
		event.Type = watch.Added
	case was:
		event.Type, event.Object = watch.Deleted, lastOf(step)
	default:
		return Event{}, false
	}
	return event, true
}

// lastOf returns an object that is no longer selected, as it was last, with the
// version of the change that took it out.
func lastOf(step change) Object {
	if step.next == nil {
		return step.last
	}
	last := copyOf(step.old)
	last.SetResourceVersion(version(step.revision))
	return last
}

// take gets changes out of the history. If there are none and the caller wants to
// wait, it returns what is closed at the next one.
func (w *Watch) take(wait bool) (<-chan struct{}, error) {
	t := w.table
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	if w.next < t.dropped {
		return nil, expired(w.seen, t.floor)
	}
	fresh := t.history[w.next-t.dropped:]
	if len(fresh) == 0 {
		w.seen = t.store.revision
		if wait && t.changed == nil {
			t.changed = make(chan struct{})
		}
		return t.changed, nil
	}
	fresh = fresh[:min(len(fresh), batch)]
	w.pending = append(w.pending[:0:0], fresh...)
	w.next += uint64(len(fresh))
	w.seen = fresh[len(fresh)-1].revision
	return nil, nil
}

// expired says that changes after a version are no longer known.
func expired(from, floor uint64) error {
	return apierrors.NewResourceExpired(fmt.Sprintf("too old resource version: %d (%d)", from, floor))
}
