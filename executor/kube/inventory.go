package kube

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Inventory tells what the statuses of all exporters say, for the ring's leader.
type Inventory struct {
	// Reader is the cache.
	Reader client.Reader
	// Group is the cluster-label set's.
	Group string
	// Knows reports whether an exporter is meant for the set.
	Knows func(types.NamespacedName) bool
	Now   func() time.Time
}

// Fact is what an exporter's status says.
type Fact struct {
	Exporter types.NamespacedName
	// Busy is the part of its interval that the last run took, or 0 if it has not
	// run yet.
	Busy float64
	// Fence is the highest one that the status has seen.
	Fence int64
	// Overdue is set when no window has been settled for three intervals, and no
	// less than the time that a status may lag.
	Overdue bool
}

// overdueAfter is how long a status may lag at least: a scrape-only exporter's is
// written every five minutes.
const overdueAfter = 11 * time.Minute

// seriesCost is what a series costs besides its query, as a part of a second: it
// is rendered, kept, and sent with each scrape.
const seriesCost = 2e-6

// Each yields every exporter of the set. A cache that cannot be read yields none.
func (i *Inventory) Each(yield func(Fact) bool) {
	list := newExporterList()
	if err := i.Reader.List(context.Background(), list, client.UnsafeDisableDeepCopy); err != nil {
		return
	}
	now := i.Now()
	for n := range list.Items {
		key := client.ObjectKeyFromObject(&list.Items[n])
		if !i.Knows(key) {
			continue
		}
		if !yield(i.fact(key, &list.Items[n], now)) {
			return
		}
	}
}

func (i *Inventory) fact(key types.NamespacedName, found *unstructured.Unstructured, now time.Time) Fact {
	fact := Fact{Exporter: key}
	entry := i.entry(found)
	if entry == nil {
		return fact
	}
	interval := intervalOf(found)
	fact.Fence, _, _ = unstructured.NestedInt64(entry, "fence")
	duration, ran, _ := unstructured.NestedInt64(entry, "last", "durationMs")
	series, _, _ := unstructured.NestedInt64(entry, "last", "series")
	if ran {
		fact.Busy = (float64(duration)/1000 + float64(series)*seriesCost + 0.001) / interval.Seconds()
	}
	suspended, _, _ := unstructured.NestedBool(found.Object, "spec", "suspend")
	text, _, _ := unstructured.NestedString(entry, "watermark")
	if watermark, err := time.Parse(time.RFC3339, text); err == nil && !suspended {
		fact.Overdue = now.Sub(watermark) > max(3*interval, overdueAfter)
	}
	return fact
}

// entry returns the set's entry, without a copy.
func (i *Inventory) entry(found *unstructured.Unstructured) map[string]any {
	groups, _, _ := unstructured.NestedFieldNoCopy(found.Object, "status", "groups")
	list, _ := groups.([]any)
	for _, group := range list {
		if entry, ok := group.(map[string]any); ok && entry["group"] == i.Group {
			return entry
		}
	}
	return nil
}
