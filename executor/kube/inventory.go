package kube

import (
	"context"
	"sync"
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

	mu sync.Mutex
	// seen is what the newest versions of the exporters say, so that only those that
	// have changed are unpacked.
	seen map[types.NamespacedName]reading
}

// reading is what a version of an exporter says.
type reading struct {
	version   string
	fact      Fact
	interval  time.Duration
	watermark time.Time
	suspended bool
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
	for _, fact := range i.facts() {
		if !yield(fact) {
			return
		}
	}
}

func (i *Inventory) facts() []Fact {
	list := newExporterList()
	if err := i.Reader.List(context.Background(), list, client.UnsafeDisableDeepCopy); err != nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	now, seen := i.Now(), make(map[types.NamespacedName]reading, len(i.seen))
	var facts []Fact
	for n := range list.Items {
		found := &list.Items[n]
		key := client.ObjectKeyFromObject(found)
		if !i.Knows(key) {
			continue
		}
		s, ok := i.seen[key]
		if version := found.GetResourceVersion(); !ok || s.version != version || version == "" {
			s = i.read(key, found)
		}
		seen[key] = s
		facts = append(facts, s.at(now))
	}
	i.seen = seen
	return facts
}

// read reads an exporter.
func (i *Inventory) read(key types.NamespacedName, found *unstructured.Unstructured) reading {
	s := reading{version: found.GetResourceVersion(), fact: Fact{Exporter: key}}
	found, err := unpack(found)
	if err != nil {
		return s // it says nothing
	}
	entry := i.entry(found)
	if entry == nil {
		return s
	}
	s.interval = intervalOf(found)
	s.fact.Fence, _, _ = unstructured.NestedInt64(entry, "fence")
	duration, ran, _ := unstructured.NestedInt64(entry, "last", "durationMs")
	series, _, _ := unstructured.NestedInt64(entry, "last", "series")
	if ran {
		s.fact.Busy = (float64(duration)/1000 + float64(series)*seriesCost + 0.001) / s.interval.Seconds()
	}
	s.suspended, _, _ = unstructured.NestedBool(found.Object, "spec", "suspend")
	text, _, _ := unstructured.NestedString(entry, "watermark")
	s.watermark, _ = time.Parse(time.RFC3339, text)
	return s
}

// at returns the fact at a time.
func (s reading) at(now time.Time) Fact {
	fact := s.fact
	fact.Overdue = !s.watermark.IsZero() && !s.suspended && now.Sub(s.watermark) > max(3*s.interval, overdueAfter)
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
