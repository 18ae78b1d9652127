package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// pages lists the objects of a server, two at a time, whatever limit is asked for.
type pages struct {
	*server

	lists []string
	// breaks is the list that fails, from 1.
	breaks int
}

// List implements client.Reader.
func (p *pages) List(ctx context.Context, into client.ObjectList, opts ...client.ListOption) error {
	if err := errors.Join(p.down, ctx.Err()); err != nil {
		return err
	}
	options := (&client.ListOptions{}).ApplyOptions(opts)
	p.lists = append(p.lists, options.Namespace+options.Continue)
	names := slices.SortedFunc(maps.Keys(p.objects), func(a, b types.NamespacedName) int { return strings.Compare(a.String(), b.String()) })
	if len(p.lists) == p.breaks {
		return errBroken
	}
	list := into.(*unstructured.UnstructuredList)
	list.Items = nil
	list.SetContinue("")
	list.SetRemainingItemCount(nil)
	left := int64(0)
	for _, name := range names {
		switch {
		case options.Namespace != "" && name.Namespace != options.Namespace, name.String() <= options.Continue:
		case len(list.Items) == 2 && options.Namespace != "":
			list.SetContinue(client.ObjectKeyFromObject(&list.Items[1]).String())
			left++
			list.SetRemainingItemCount(&left)
		default:
			list.Items = append(list.Items, *p.objects[name].DeepCopy())
		}
	}
	return nil
}

var errBroken = errors.New("the connection breaks")

func newPages(t *testing.T, objects ...*unstructured.Unstructured) *pages {
	t.Helper()
	p := &pages{server: newServer(t)}
	for _, o := range objects {
		p.put(o)
	}
	return p
}

// many returns exporters of a namespace.
func many(t *testing.T, namespace string, n int) (all []*unstructured.Unstructured, keys []types.NamespacedName) {
	t.Helper()
	for i := range n {
		u := object(t)
		u.SetNamespace(namespace)
		u.SetName(fmt.Sprintf("x%02d", i))
		all, keys = append(all, u), append(keys, client.ObjectKeyFromObject(u))
	}
	return all, keys
}

// TestFetch: few exporters are got, many are listed page by page, and both ways tell
// what exists, what is on its way out, and what cannot run.
func TestFetch(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		n      int
		lists  int
	}{
		"Few":  {"one by one", 4, 0},
		"Many": {"in pages, until few are left", oneByOne + 4, 2},
	} {
		t.Run(name, func(t *testing.T) {
			objects, keys := many(t, "a", tc.n)
			others, _ := many(t, "b", 1)
			p := newPages(t, append(objects, others...)...)
			leaving := objects[1]
			now := leaving.GetCreationTimestamp()
			leaving.SetDeletionTimestamp(&now)
			require.NoError(t, unstructured.SetNestedField(objects[2].Object, "often", "spec", "interval"))
			p.remove(keys[3])
			h := &Home{Reader: p, Validator: p.validator}

			found, err := h.Fetch(t.Context(), append(slices.Clone(keys), types.NamespacedName{Namespace: "b", Name: "x00"}))
			require.NoError(t, err)
			require.Len(t, p.lists, tc.lists, tc.reason)
			require.Len(t, found, tc.n-2+1)
			require.NoError(t, found[keys[0]].Invalid)
			require.Equal(t, "DB", found[keys[0]].Object.Spec.Database)
			require.NotContains(t, found, keys[1], "it is on its way out")
			require.ErrorContains(t, found[keys[2]].Invalid, "interval")
			require.Equal(t, keys[2].Name, found[keys[2]].Object.Name)
			require.NotContains(t, found, keys[3])

			p.down = errors.New("the API server is down")
			_, err = h.Fetch(t.Context(), keys)
			require.ErrorIs(t, err, p.down)
			require.ErrorContains(t, err, "MetricsExporter")
		})
	}
}

// TestFetchSomeOfMany: a list of all is worth it for a good part of them only.
func TestFetchSomeOfMany(t *testing.T) {
	const wanted = oneByOne + 1
	for name, tc := range map[string]struct {
		reason string
		others int
		lists  int
	}{
		"Worth":    {"those that are left are listed", (asListed-1)*wanted + 2, ((asListed-1)*wanted + 2 + 2) / 2},
		"NotWorth": {"one page says how many there are", (asListed-1)*wanted + 3, 1},
	} {
		t.Run(name, func(t *testing.T) {
			others, _ := many(t, "a", tc.others)
			p := newPages(t, others...)
			var keys []types.NamespacedName
			for i := range wanted {
				u := object(t)
				u.SetNamespace("a")
				u.SetName(fmt.Sprintf("z%02d", i)) // behind the others
				p.put(u)
				keys = append(keys, client.ObjectKeyFromObject(u))
			}
			found, err := (&Home{Reader: p, Validator: p.validator}).Fetch(t.Context(), keys)
			require.NoError(t, err)
			require.Len(t, found, wanted)
			require.Len(t, p.lists, tc.lists, tc.reason)
		})
	}
}

// TestFetchBreaksOff: what has been read is not read in vain. On a busy API server a
// read of thousands would never come to its end otherwise.
func TestFetchBreaksOff(t *testing.T) {
	objects, keys := many(t, "a", oneByOne+8)
	p := newPages(t, objects...)
	p.breaks = 3
	found, err := (&Home{Reader: p, Validator: p.validator}).Fetch(t.Context(), keys)
	require.ErrorIs(t, err, errBroken)
	require.Len(t, found, 4, "two pages of two")
}

// swallowing is a connection that takes requests and never answers.
type swallowing struct{ client.Reader }

func (swallowing) Get(ctx context.Context, _ client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	<-ctx.Done()
	return ctx.Err()
}

func (swallowing) List(ctx context.Context, _ client.ObjectList, _ ...client.ListOption) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestFetchEnds: each request has its time, so that thousands have more than a few.
func TestFetchEnds(t *testing.T) {
	for _, n := range []int{1, oneByOne + 1} {
		synctest.Test(t, func(t *testing.T) {
			_, keys := many(t, "a", n)
			began := time.Now()
			_, err := (&Home{Reader: swallowing{}}).Fetch(t.Context(), keys)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, readFor, time.Since(began))
		})
	}
}

// TestInventory: the leader learns what each exporter costs, its fence, and whether it
// is late.
func TestInventory(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	entry := func(group string, fence int64, watermark time.Time) map[string]any {
		return map[string]any{
			"group": group, "fence": fence, "watermark": watermark.Format(time.RFC3339),
			"last": map[string]any{"durationMs": int64(3200), "rows": int64(5000), "series": int64(1000)},
		}
	}
	cases := map[string]struct {
		reason string
		groups []any
		fields []any
		want   Fact
	}{
		"New":       {"nothing is known of it", nil, nil, Fact{}},
		"Others":    {"another set's entry is not ours", []any{entry("west", 7, now)}, nil, Fact{}},
		"Runs":      {"a run of 3.2 s, 5,000 rows and 1,000 series each minute", []any{entry("west", 9, now), entry("east", 7, now)}, nil, Fact{Fence: 7, Cost: 0.109 / 60}},
		"Late":      {"a scrape-only one may lag", []any{entry("east", 7, now.Add(-overdueAfter))}, nil, Fact{Fence: 7, Cost: 0.109 / 60}},
		"Overdue":   {"but not for longer", []any{entry("east", 7, now.Add(-overdueAfter-time.Second))}, nil, Fact{Fence: 7, Cost: 0.109 / 60, Overdue: true}},
		"Slow":      {"three intervals count", []any{entry("east", 7, now.Add(-3*time.Hour))}, []any{at("spec", "interval"), "1h"}, Fact{Fence: 7, Cost: 0.109 / 3600}},
		"Suspended": {"it is not to run", []any{entry("east", 7, now.Add(-time.Hour))}, []any{at("spec", "suspend"), true}, Fact{Fence: 7, Cost: 0.109 / 60}},
		"Damaged":   {"what cannot be read is not known", []any{"east", map[string]any{"group": "east"}}, nil, Fact{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u := object(t, tc.fields...)
			if tc.groups != nil {
				require.NoError(t, unstructured.SetNestedSlice(u.Object, tc.groups, "status", "groups"))
			}
			unknown, _ := many(t, "z", 1)
			p := newPages(t, u, unknown[0])
			i := &Inventory{
				Reader: cached{p}, Group: "east", Now: func() time.Time { return now },
				Knows: func(key types.NamespacedName) bool { return key == latency },
			}
			tc.want.Exporter = latency
			got := slices.Collect(i.Each)
			require.Len(t, got, 1)
			require.InDelta(t, tc.want.Cost, got[0].Cost, 1e-9)
			got[0].Cost = tc.want.Cost
			require.Equal(t, tc.want, got[0], tc.reason)
			for range i.Each {
				break // whoever has seen enough may stop
			}
			p.down = errors.New("the cache is not there yet")
			require.Empty(t, slices.Collect(i.Each))
		})
	}
}

// TestInventoryReadsChangesOnly: an exporter is unpacked once for each version of it.
func TestInventoryReadsChangesOnly(t *testing.T) {
	entry := func(fence int64) []any { return []any{map[string]any{"group": "east", "fence": fence}} }
	u := object(t, at("status", "groups"), entry(1), at("metadata", "resourceVersion"), "10")
	p := newPages(t, u)
	i := &Inventory{Reader: cached{p}, Group: "east", Now: time.Now, Knows: func(types.NamespacedName) bool { return true }}
	fence := func() int64 { return slices.Collect(i.Each)[0].Fence }
	require.EqualValues(t, 1, fence())
	p.put(object(t, at("status", "groups"), entry(2), at("metadata", "resourceVersion"), "10"))
	require.EqualValues(t, 1, fence(), "it is the same version")
	p.put(object(t, at("status", "groups"), entry(3), at("metadata", "resourceVersion"), "11"))
	require.EqualValues(t, 3, fence())
	p.remove(latency)
	require.Empty(t, slices.Collect(i.Each))
	require.Empty(t, i.seen, "nothing is kept of one that is gone")
}

// TestInventoryEnds: a cache that has not been filled yet holds no leader up.
func TestInventoryEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.Empty(t, slices.Collect((&Inventory{Reader: swallowing{}}).Each))
		require.Equal(t, listFor, time.Since(began))
	})
}

// TestRetryAsked: only the annotation counts, and only when it changes.
func TestRetryAsked(t *testing.T) {
	require.False(t, asked{}.Create(event.CreateEvent{}))
	require.False(t, asked{}.Delete(event.DeleteEvent{}))
	require.False(t, asked{}.Generic(event.GenericEvent{}))
}
