package store

import (
	"context"
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
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// listed returns the names and versions of a list's objects.
func listed(list List) []string {
	var names []string
	for _, object := range list.Items {
		names = append(names, object.GetName()+" "+object.GetResourceVersion())
	}
	return names
}

// written returns a table in which leases have come, changed and gone.
func written(t *testing.T) *Table {
	t.Helper()
	table := newTable(t, leases, Options{})
	for _, name := range []string{"c", "a", "b"} { // versions 2 to 4
		create(t, table, lease(name))
	}
	_, err := table.Delete(key("b"), Preconditions{}) // version 5
	require.NoError(t, err)
	relabel(t, table, "a", "h")    // version 6
	create(t, table, lease("b"))   // version 7
	relabel(t, table, "a", "i")    // version 8
	create(t, table, lease("aaa")) // version 9
	return table
}

// TestListOfThePast: a list is of the version that it is asked for, if exactly that
// one is wanted.
func TestListOfThePast(t *testing.T) {
	table := written(t)
	cases := map[string]struct {
		reason, version string
		exact           bool
		want            []string
		of              string
	}{
		"Empty":    {"nothing had been written", "1", true, nil, "1"},
		"First":    {"what has come since is left out", "2", true, []string{"c 2"}, "2"},
		"Before":   {"the deletion is undone, and both changes of a", "4", true, []string{"a 3", "b 4", "c 2"}, "4"},
		"Between":  {"b was gone, and has come again", "6", true, []string{"a 6", "c 2"}, "6"},
		"Again":    {"b is another one", "7", true, []string{"a 6", "b 7", "c 2"}, "7"},
		"Now":      {"there is nothing to undo", "9", true, []string{"a 8", "aaa 9", "b 7", "c 2"}, "9"},
		"AtLeast":  {"newer is as good", "2", false, []string{"a 8", "aaa 9", "b 7", "c 2"}, "9"},
		"AnyAtAll": {"0 is as good as none", "0", false, []string{"a 8", "aaa 9", "b 7", "c 2"}, "9"},
		"Unasked":  {"as it is now", "", false, []string{"a 8", "aaa 9", "b 7", "c 2"}, "9"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			list, err := table.List(ListOptions{ResourceVersion: tc.version, Exact: tc.exact})
			require.NoError(t, err)
			require.Equal(t, tc.want, listed(list), tc.reason)
			require.Equal(t, tc.of, list.ResourceVersion)
			require.Empty(t, list.Continue)
		})
	}
}

// TestPages: the pages of a list are of one version, until that is forgotten.
func TestPages(t *testing.T) {
	table := written(t)
	first, err := table.List(ListOptions{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, []string{"a 8", "aaa 9"}, listed(first))
	require.Equal(t, int64(2), first.Remaining)

	_, err = table.Delete(key("c"), Preconditions{})
	require.NoError(t, err)
	create(t, table, lease("bb"))
	second, err := table.List(ListOptions{Limit: 1, Continue: first.Continue})
	require.NoError(t, err)
	require.Equal(t, []string{"b 7"}, listed(second))
	require.Equal(t, int64(1), second.Remaining)
	third, err := table.List(ListOptions{Limit: 1, Continue: second.Continue})
	require.NoError(t, err)
	require.Equal(t, []string{"c 2"}, listed(third), "it was there")
	require.Equal(t, first.ResourceVersion, third.ResourceVersion)
	require.Empty(t, third.Continue, "the last page is full, but the last")
	require.Zero(t, third.Remaining)

	table.store.Compact()
	_, err = table.List(ListOptions{Continue: first.Continue})
	require.True(t, apierrors.IsResourceExpired(err), "%v", err)
}

func TestContinueThatIsNone(t *testing.T) {
	table := written(t)
	for name, token := range map[string]string{"Base64": "!", "JSON": "bm8"} {
		t.Run(name, func(t *testing.T) {
			_, err := table.List(ListOptions{Continue: token})
			require.True(t, apierrors.IsBadRequest(err), "%v", err)
			require.ErrorContains(t, err, "continue key is not valid")
		})
	}
}

// TestFieldsOfAResource: what a resource makes selectable is so besides the names.
func TestFieldsOfAResource(t *testing.T) {
	resource := leases
	resource.Fields = func(o Object) fields.Set {
		return fields.Set{"spec.holderIdentity": *o.(*coordinationv1.Lease).Spec.HolderIdentity}
	}
	table := newTable(t, resource, Options{})
	create(t, table, lease("a"))
	other, holder := lease("b"), "you"
	other.Spec.HolderIdentity = &holder
	create(t, table, other)
	cases := map[string]struct {
		reason, selector string
		want             []string
	}{
		"Own":       {"the resource's own", "spec.holderIdentity=you", []string{"b 3"}},
		"Not":       {"all others", "spec.holderIdentity!=you", []string{"a 2"}},
		"Both":      {"nobody is both", "spec.holderIdentity=you,metadata.name=a", nil},
		"Namespace": {"every resource's", "metadata.namespace=ns", []string{"a 2", "b 3"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			list, err := table.List(ListOptions{Selection: Selection{Fields: fields.ParseSelectorOrDie(tc.selector)}})
			require.NoError(t, err)
			require.Equal(t, tc.want, listed(list), tc.reason)
		})
	}
}

// TestDefaultsOfAStore: the zero Options are ready for use.
func TestDefaultsOfAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{})
		require.Nil(t, s.Table(leases.GroupResource))
		table := s.Add(leases)
		require.Same(t, table, s.Table(leases.GroupResource))
		one, two := create(t, table, lease("a")), create(t, table, lease("b"))
		require.NotEmpty(t, one.GetUID())
		require.NotEqual(t, one.GetUID(), two.GetUID())
		require.Equal(t, time.Now().UTC(), one.GetCreationTimestamp().UTC())

		for i := range 2*DefaultHistory - 3 { // one change less than what makes it forget
			relabel(t, table, "a", strconv.Itoa(i))
		}
		_, err := table.Watch(WatchOptions{ResourceVersion: "1"})
		require.NoError(t, err)
		relabel(t, table, "a", "last")
		_, err = table.Watch(WatchOptions{ResourceVersion: "1"})
		require.True(t, apierrors.IsResourceExpired(err), "%v", err)

		described := leases
		described.Kind = "Other"
		require.Same(t, table, s.Add(described), "the objects stay")
		require.Equal(t, "Other", table.Resource().Kind)
		require.Nil(t, s.Table(schema.GroupResource{Resource: "leases"}), "the group counts")
	})
}

// TestCompactOfNothing: a table without history has nothing to forget.
func TestCompactOfNothing(t *testing.T) {
	table := newTable(t, leases, Options{})
	table.store.Compact()
	w, err := table.Watch(WatchOptions{ResourceVersion: "1"})
	require.NoError(t, err)
	create(t, table, lease("a"))
	require.Equal(t, []string{"ADDED a 2"}, events(t, w))
}

// TestComplete: what is left open is filled in before the rules are asked.
func TestComplete(t *testing.T) {
	resource := leases
	resource.Complete = func(next, old Object) {
		if old == nil {
			next.SetAnnotations(map[string]string{"by": "default"})
		}
	}
	var asked []string
	resource.Validate = func(_ context.Context, next, _ Object) error {
		asked = append(asked, next.GetAnnotations()["by"])
		if next.GetLabels()["ring"] == "bad" {
			return apierrors.NewBadRequest("bad ring")
		}
		return nil
	}
	table := newTable(t, resource, Options{})
	require.Equal(t, "default", create(t, table, lease("a")).GetAnnotations()["by"])
	require.Equal(t, []string{"default"}, asked)

	bad := lease("b")
	bad.Labels["ring"] = "bad"
	_, err := table.Create(t.Context(), bad)
	require.True(t, apierrors.IsBadRequest(err), "%v", err)
	_, err = table.Get(key("b"))
	require.True(t, apierrors.IsNotFound(err), "what is refused is not kept: %v", err)
	require.Equal(t, "2", table.store.ResourceVersion())
}

// TestGenerationOfUnstructured: content that comes or goes is a change as well as
// content that is another.
func TestGenerationOfUnstructured(t *testing.T) {
	cases := map[string]struct {
		reason string
		edit   func(map[string]any)
		want   int64
	}{
		"Same":     {"nothing is written", func(map[string]any) {}, 1},
		"Removed":  {"the spec is gone", func(o map[string]any) { delete(o, "spec") }, 2},
		"Added":    {"there is something else now", func(o map[string]any) { o["data"] = "x" }, 2},
		"Metadata": {"that is no content", func(o map[string]any) { o["metadata"].(map[string]any)["labels"] = map[string]any{"l": "2"} }, 1},
		"Kind":     {"neither is the type", func(o map[string]any) { o["apiVersion"] = "adx-mon.azure.com/v2" }, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			table := newTable(t, exporters, Options{})
			create(t, table, asUnstructured(map[string]any{"l": "1"}, "A", int64(5)))
			next := asUnstructured(map[string]any{"l": "1"}, "A", int64(5))
			tc.edit(next.Object)
			stored, err := table.Update(t.Context(), next)
			require.NoError(t, err)
			require.Equal(t, tc.want, stored.GetGeneration(), tc.reason)
		})
	}
}

// TestMarkIsAGeneration: whoever waits for a generation sees the deletion.
func TestMarkIsAGeneration(t *testing.T) {
	table := newTable(t, exporters, Options{})
	held := asUnstructured(nil, "A", int64(0))
	held.SetFinalizers([]string{"test/hold"})
	create(t, table, held)
	marked, err := table.Delete(key("a"), Preconditions{})
	require.NoError(t, err)
	require.Equal(t, int64(2), marked.GetGeneration())
	require.Equal(t, metav1.NewTime(ten.Truncate(time.Second)).Unix(), marked.GetDeletionTimestamp().Unix())
	require.IsType(t, &unstructured.Unstructured{}, marked)
}

// TestVersionOfAWatch: a bookmark never runs ahead of what has been told.
func TestVersionOfAWatch(t *testing.T) {
	table := newTable(t, leases, Options{})
	w, err := table.Watch(WatchOptions{ResourceVersion: "1"})
	require.NoError(t, err)
	for _, name := range []string{"a", "b", "c"} {
		create(t, table, lease(name))
	}
	require.Equal(t, "1", w.ResourceVersion(), "it has not looked yet")
	for _, want := range []string{"2", "3", "4"} {
		event, err := w.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, event.ResourceVersion)
		require.Equal(t, want, w.ResourceVersion())
	}
	create(t, table, lease("d"))
	table.store.Compact()
	_, err = w.Next(t.Context())
	require.True(t, apierrors.IsResourceExpired(err), "%v", err)
}

// TestRacedWrites: a write without a version that another one has overtaken is done
// again, on what is there by then.
func TestRacedWrites(t *testing.T) {
	var table *Table
	resource := leases
	raced := false
	resource.Validate = func(ctx context.Context, next, old Object) error {
		if old == nil || raced {
			return nil
		}
		raced = true
		other := lease(next.GetName())
		other.Finalizers = []string{"test/hold"}
		_, err := table.Update(ctx, other)
		return err
	}
	table = newTable(t, resource, Options{})
	create(t, table, lease("a"))
	mine := lease("a")
	mine.Labels["ring"] = "mine"
	stored, err := table.Update(t.Context(), mine)
	require.NoError(t, err)
	require.True(t, raced)
	require.Equal(t, "mine", stored.GetLabels()["ring"])
	require.Equal(t, "4", stored.GetResourceVersion(), "after the other")

	raced = false
	based := stored.DeepCopyObject().(*coordinationv1.Lease)
	based.Labels["ring"] = "based"
	_, err = table.Update(t.Context(), based)
	require.True(t, apierrors.IsConflict(err), "one with a version is not: %v", err)
}
