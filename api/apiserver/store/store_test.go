package store

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

var (
	leases    = Resource{GroupResource: schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"}, Kind: "Lease", Namespaced: true}
	exporters = Resource{GroupResource: schema.GroupResource{Group: v1.GroupVersion.Group, Resource: "metricsexporters"}, Kind: "MetricsExporter", Namespaced: true, Status: true, Generation: true}
	ten       = time.Date(2026, 11, 23, 10, 0, 0, 5, time.UTC)
)

func lease(name string) *coordinationv1.Lease {
	holder := "me"
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, Labels: map[string]string{"ring": "g"}},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder},
	}
}

func key(name string) types.NamespacedName { return types.NamespacedName{Namespace: "ns", Name: name} }

func newTable(t testing.TB, resource Resource, options Options) *Table {
	t.Helper()
	uids := 0
	options.NewUID = func() types.UID { uids++; return types.UID(strconv.Itoa(uids)) }
	options.Now = func() time.Time { return ten }
	return New(options).Add(resource)
}

func create(t testing.TB, table *Table, object Object) Object {
	t.Helper()
	stored, err := table.Create(t.Context(), object)
	require.NoError(t, err)
	return stored
}

func TestCreate(t *testing.T) {
	table := newTable(t, leases, Options{})
	given := lease("a")
	stored := create(t, table, given)
	require.Equal(t, lease("a"), given, "what goes in is copied")
	require.Equal(t, types.UID("1"), stored.GetUID())
	require.Equal(t, "2", stored.GetResourceVersion())
	require.Equal(t, ten.Truncate(time.Second), stored.GetCreationTimestamp().UTC(), "whole seconds, as in JSON")
	found, err := table.Get(key("a"))
	require.NoError(t, err)
	require.Equal(t, stored, found)

	named := lease("")
	named.GenerateName = "lease-"
	require.Regexp(t, "^lease-.{5}$", create(t, table, named).GetName())

	cases := map[string]struct {
		reason string
		edit   func(*coordinationv1.Lease)
		want   func(error) bool
	}{
		"Exists":    {"names are unique", func(*coordinationv1.Lease) {}, apierrors.IsAlreadyExists},
		"Version":   {"that would be an update", func(l *coordinationv1.Lease) { l.ResourceVersion = "1" }, apierrors.IsBadRequest},
		"Namespace": {"leases live in namespaces", func(l *coordinationv1.Lease) { l.Namespace = "" }, apierrors.IsBadRequest},
		"Name":      {"there is nothing to make one from", func(l *coordinationv1.Lease) { l.Name = "" }, apierrors.IsInvalid},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			other := lease("a")
			tc.edit(other)
			_, err := table.Create(t.Context(), other)
			require.True(t, tc.want(err), "%s: %v", tc.reason, err)
		})
	}
}

func TestUpdate(t *testing.T) {
	cases := map[string]struct {
		reason string
		edit   func(*coordinationv1.Lease)
		want   func(error) bool
	}{
		"Current":     {"based on what is stored", func(*coordinationv1.Lease) {}, nil},
		"Blind":       {"no version means any", func(l *coordinationv1.Lease) { l.ResourceVersion, l.UID = "", "" }, nil},
		"Outdated":    {"somebody has written meanwhile", func(l *coordinationv1.Lease) { l.ResourceVersion = "1" }, apierrors.IsConflict},
		"Namesake":    {"it was made again meanwhile", func(l *coordinationv1.Lease) { l.UID = "7" }, apierrors.IsConflict},
		"Gone":        {"nothing to update", func(l *coordinationv1.Lease) { l.Name = "b" }, apierrors.IsNotFound},
		"OtherBirth":  {"nobody sets the time of creation", func(l *coordinationv1.Lease) { l.CreationTimestamp = metav1.Time{} }, nil},
		"OtherDemise": {"nobody sets the time of deletion", func(l *coordinationv1.Lease) { now := metav1.Now(); l.DeletionTimestamp = &now }, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			table := newTable(t, leases, Options{})
			stored := create(t, table, lease("a"))
			next := stored.DeepCopyObject().(*coordinationv1.Lease)
			holder := "you"
			next.Spec.HolderIdentity = &holder
			tc.edit(next)
			updated, err := table.Update(t.Context(), next)
			found, getErr := table.Get(key("a"))
			require.NoError(t, getErr)
			if tc.want != nil {
				require.True(t, tc.want(err), "%s: %v", tc.reason, err)
				require.Equal(t, stored, found)
				return
			}
			require.NoError(t, err, tc.reason)
			require.Equal(t, updated, found)
			want := stored.DeepCopyObject().(*coordinationv1.Lease)
			want.ResourceVersion, want.Spec.HolderIdentity = "3", &holder
			require.Equal(t, want, found)
		})
	}
}

// TestUpdateOfNothing: what changes nothing is no change.
func TestUpdateOfNothing(t *testing.T) {
	table := newTable(t, leases, Options{})
	stored := create(t, table, lease("a"))
	again, err := table.Update(t.Context(), lease("a"))
	require.NoError(t, err)
	require.Same(t, stored, again)
	require.Equal(t, "2", table.store.ResourceVersion())
}

// asUnstructured is an exporter without its Go type.
func asUnstructured(labels map[string]any, database string, series any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "adx-mon.azure.com/v1", "kind": "MetricsExporter",
		"metadata": map[string]any{"namespace": "ns", "name": "a", "labels": labels},
		"spec":     map[string]any{"database": database},
		"status":   map[string]any{"series": series},
	}}
}

func typed(labels map[string]string, database string, series int64) *v1.MetricsExporter {
	return &v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "a", Labels: labels},
		Spec:       v1.MetricsExporterSpec{Database: database},
		Status:     v1.MetricsExporterStatus{Series: series},
	}
}

// TestStatusIsApart: each way in changes its own part, for objects with a Go type
// and without.
func TestStatusIsApart(t *testing.T) {
	type seen struct {
		label, database string
		series          int64
	}
	cases := map[string]struct {
		object func(label, database string, series int64) Object
		look   func(Object) seen
	}{
		"Typed": {
			func(label, database string, series int64) Object {
				return typed(map[string]string{"l": label}, database, series)
			},
			func(o Object) seen {
				e := o.(*v1.MetricsExporter)
				return seen{e.Labels["l"], e.Spec.Database, e.Status.Series}
			},
		},
		"Unstructured": {
			func(label, database string, series int64) Object {
				return asUnstructured(map[string]any{"l": label}, database, series)
			},
			func(o Object) seen {
				u := o.(*unstructured.Unstructured)
				database, _, _ := unstructured.NestedString(u.Object, "spec", "database")
				series, _, _ := unstructured.NestedInt64(u.Object, "status", "series")
				return seen{u.GetLabels()["l"], database, series}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			table := newTable(t, exporters, Options{})
			stored := create(t, table, tc.object("1", "A", 5))
			require.Equal(t, seen{"1", "A", 0}, tc.look(stored), "a create sets no status")
			require.Equal(t, int64(1), stored.GetGeneration())

			stored, err := table.UpdateStatus(t.Context(), tc.object("2", "B", 6))
			require.NoError(t, err)
			require.Equal(t, seen{"1", "A", 6}, tc.look(stored))
			require.Equal(t, int64(1), stored.GetGeneration())

			before := stored.DeepCopyObject()
			after, err := table.Update(t.Context(), tc.object("3", "A", 7))
			require.NoError(t, err)
			require.Equal(t, seen{"3", "A", 6}, tc.look(after))
			require.Equal(t, int64(1), after.GetGeneration(), "a label is no new spec")
			require.Equal(t, before, stored, "what was given out stays as it was")

			stored, err = table.Update(t.Context(), tc.object("3", "C", 7))
			require.NoError(t, err)
			require.Equal(t, int64(2), stored.GetGeneration())
		})
	}
}

// TestValidate: rules see what would be stored, and what is.
func TestValidate(t *testing.T) {
	errNo := errors.New("no")
	refuse := func(_ context.Context, next, old Object) error {
		if old != nil && next.(*v1.MetricsExporter).Status.Series < old.(*v1.MetricsExporter).Status.Series {
			return errNo
		}
		return nil
	}
	resource := exporters
	resource.Validate = refuse
	table := newTable(t, resource, Options{})
	create(t, table, typed(nil, "A", 0))
	_, err := table.UpdateStatus(t.Context(), typed(nil, "", 5))
	require.NoError(t, err)
	_, err = table.UpdateStatus(t.Context(), typed(nil, "", 4))
	require.ErrorIs(t, err, errNo)
	_, err = table.Update(t.Context(), typed(nil, "B", 4))
	require.NoError(t, err, "the status is not this one's")
}

func TestDelete(t *testing.T) {
	cases := map[string]struct {
		reason        string
		name          string
		preconditions Preconditions
		want          func(error) bool
	}{
		"Plain":    {"", "a", Preconditions{}, nil},
		"Exactly":  {"the one that is meant", "a", Preconditions{"1", "2"}, nil},
		"Namesake": {"it was made again meanwhile", "a", Preconditions{UID: "9"}, apierrors.IsConflict},
		"Outdated": {"somebody has written meanwhile", "a", Preconditions{ResourceVersion: "1"}, apierrors.IsConflict},
		"Gone":     {"nothing to delete", "b", Preconditions{}, apierrors.IsNotFound},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			table := newTable(t, leases, Options{})
			create(t, table, lease("a"))
			_, err := table.Delete(key(tc.name), tc.preconditions)
			_, getErr := table.Get(key("a"))
			if tc.want != nil {
				require.True(t, tc.want(err), "%s: %v", tc.reason, err)
				require.NoError(t, getErr)
				return
			}
			require.NoError(t, err, tc.reason)
			require.True(t, apierrors.IsNotFound(getErr))
		})
	}
}

// TestFinalizers: an object is held until the last of its finalizers is removed.
func TestFinalizers(t *testing.T) {
	table := newTable(t, leases, Options{})
	held := lease("a")
	held.Finalizers = []string{"one", "two"}
	create(t, table, held)
	marked, err := table.Delete(key("a"), Preconditions{})
	require.NoError(t, err)
	require.NotNil(t, marked.GetDeletionTimestamp())
	again, err := table.Delete(key("a"), Preconditions{})
	require.NoError(t, err)
	require.Same(t, marked, again, "it is marked already")

	more := lease("a")
	more.Finalizers = []string{"one", "two", "three"}
	_, err = table.Update(t.Context(), more)
	require.True(t, apierrors.IsInvalid(err), err)

	watching, err := table.Watch(WatchOptions{ResourceVersion: marked.GetResourceVersion()})
	require.NoError(t, err)
	for _, left := range [][]string{{"two"}, nil} {
		held.Finalizers = left
		_, err = table.Update(t.Context(), held)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"MODIFIED a 4", "DELETED a 5"}, events(t, watching))
	_, err = table.Get(key("a"))
	require.True(t, apierrors.IsNotFound(err))
}

// events returns what a watch has to tell by now.
func events(t testing.TB, w *Watch) []string {
	t.Helper()
	var told []string
	for {
		event, ok, err := w.TryNext()
		require.NoError(t, err)
		if !ok {
			return told
		}
		require.Equal(t, event.ResourceVersion, event.Object.GetResourceVersion())
		told = append(told, string(event.Type)+" "+event.Object.GetName()+" "+event.ResourceVersion)
	}
}

func relabel(t testing.TB, table *Table, name, ring string) {
	t.Helper()
	next := lease(name)
	next.Labels["ring"] = ring
	_, err := table.Update(t.Context(), next)
	require.NoError(t, err)
}

// TestWatchOfASelection: an object that enters a selection is added, one that
// leaves is deleted.
func TestWatchOfASelection(t *testing.T) {
	table := newTable(t, leases, Options{})
	create(t, table, lease("a"))
	create(t, table, lease("b"))
	relabel(t, table, "b", "h")
	start := func(options WatchOptions) *Watch {
		w, err := table.Watch(options)
		require.NoError(t, err)
		return w
	}
	all := start(WatchOptions{})
	group := start(WatchOptions{Selection: Selection{Labels: labels.SelectorFromSet(labels.Set{"ring": "g"})}})
	one := start(WatchOptions{ResourceVersion: "3", Selection: Selection{Fields: fields.OneTermEqualSelector("metadata.name", "b")}})
	elsewhere := start(WatchOptions{Selection: Selection{Namespace: "other"}})
	relabel(t, table, "a", "h")
	relabel(t, table, "b", "g")
	_, err := table.Delete(key("b"), Preconditions{})
	require.NoError(t, err)
	require.Equal(t, []string{"ADDED a 2", "ADDED b 4", "MODIFIED a 5", "MODIFIED b 6", "DELETED b 7"}, events(t, all))
	require.Equal(t, []string{"ADDED a 2", "DELETED a 5", "ADDED b 6", "DELETED b 7"}, events(t, group))
	require.Equal(t, []string{"MODIFIED b 4", "MODIFIED b 6", "DELETED b 7"}, events(t, one))
	require.Empty(t, events(t, elsewhere))
	require.Equal(t, "7", elsewhere.ResourceVersion(), "it has seen that there is nothing")
}

// TestWatchWaits: whoever waits is told at once, or when his time is up.
func TestWatchWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := newTable(t, leases, Options{})
		w, err := table.Watch(WatchOptions{})
		require.NoError(t, err)
		began := time.Now()
		time.AfterFunc(time.Minute, func() { create(t, table, lease("a")) })
		event, err := w.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, watch.Added, event.Type)
		require.Equal(t, time.Minute, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = w.Next(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// TestExpired: nobody misses a change without being told.
func TestExpired(t *testing.T) {
	table := newTable(t, leases, Options{History: 4})
	create(t, table, lease("a")) // version 2
	slow, err := table.Watch(WatchOptions{ResourceVersion: "2"})
	require.NoError(t, err)
	for i := range 6 { // versions 3 to 8
		relabel(t, table, "a", strconv.Itoa(i))
	}
	require.Equal(t, []string{"MODIFIED a 3"}, events(t, slow)[:1], "seven changes are still remembered")
	late, err := table.Watch(WatchOptions{ResourceVersion: "2"})
	require.NoError(t, err)
	relabel(t, table, "a", "6")
	_, _, err = late.TryNext()
	require.True(t, apierrors.IsResourceExpired(err), err)
	_, err = table.Watch(WatchOptions{ResourceVersion: "4"})
	require.True(t, apierrors.IsResourceExpired(err), err)
	_, err = table.List(ListOptions{ResourceVersion: "4", Exact: true})
	require.True(t, apierrors.IsResourceExpired(err), err)
	_, err = table.Watch(WatchOptions{ResourceVersion: "5"})
	require.NoError(t, err)
	table.store.Compact()
	_, err = table.Watch(WatchOptions{ResourceVersion: "8"})
	require.True(t, apierrors.IsResourceExpired(err), err)
	_, err = table.Watch(WatchOptions{ResourceVersion: "9"})
	require.NoError(t, err)
}

func TestVersionsThatAreNone(t *testing.T) {
	table := newTable(t, leases, Options{})
	cases := map[string]struct {
		reason, version string
		want            func(error) bool
	}{
		"Future":  {"of another server, or of one that was started anew", "99", func(err error) bool { return apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge) }},
		"Strange": {"no number", "abc", apierrors.IsBadRequest},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := table.List(ListOptions{ResourceVersion: tc.version})
			require.True(t, tc.want(err), "%s: %v", tc.reason, err)
			_, err = table.Watch(WatchOptions{ResourceVersion: tc.version})
			require.True(t, tc.want(err), "%s: %v", tc.reason, err)
		})
	}
	_, err := table.List(ListOptions{Continue: "!"})
	require.True(t, apierrors.IsBadRequest(err), err)
}

// BenchmarkUpdate is the renewal of a Lease.
func BenchmarkUpdate(b *testing.B) {
	table := newTable(b, leases, Options{})
	stored := create(b, table, lease("a")).(*coordinationv1.Lease)
	b.ReportAllocs()
	for b.Loop() {
		next := *stored
		now := metav1.NowMicro()
		next.Spec.RenewTime = &now
		updated, err := table.Update(b.Context(), &next)
		if err != nil {
			b.Fatal(err)
		}
		stored = updated.(*coordinationv1.Lease)
	}
}

// BenchmarkList is a list of ten thousand.
func BenchmarkList(b *testing.B) {
	table := newTable(b, leases, Options{})
	for i := range 10_000 {
		create(b, table, lease(strconv.Itoa(i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		list, err := table.List(ListOptions{})
		if err != nil || len(list.Items) != 10_000 {
			b.Fatal(err)
		}
	}
}
