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
	// Cost is what it costs its replica, as a part of one core; 0 if it has not run yet.
	Cost float64
	// Fence is the highest one that the status has seen.
	Fence int64
	// Overdue is set when no window has been settled for three intervals, and no
	// less than the time that a status may lag.
	Overdue bool
}

// overdueAfter is how long a status may lag at least: a scrape-only exporter's is
// written every five minutes.
const overdueAfter = 11 * time.Minute

// listFor bounds the wait for a cache that has not been filled yet: the leader has
// members to look after meanwhile.
const listFor = 3 * time.Second

// What a run costs its replica, in seconds of a core, as docs/performance.md has it:
// the run itself, with its status; a row; a series, which is rendered, kept, and sent
// with each scrape. Waiting for Kusto costs next to nothing, but a replica asks so
// many questions at once and no more. How long a run takes depends on how busy the
// replica is, the others do not: if it were all that counts, a replica with too much
// to do would have each of its exporters look heavy, and they would never rest.
const (
	runCost    = 2e-3
	rowCost    = 1e-6
	seriesCost = 2e-6
	waitCost   = 1.0 / 32 // of a second of waiting
)

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
	ctx, cancel := context.WithTimeout(context.Background(), listFor)
	defer cancel()
	if err := i.Reader.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
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
	rows, _, _ := unstructured.NestedInt64(entry, "last", "rows")
	series, _, _ := unstructured.NestedInt64(entry, "last", "series")
	if ran {
		cost := runCost + float64(rows)*rowCost + float64(series)*seriesCost + float64(duration)/1000*waitCost
		s.fact.Cost = cost / s.interval.Seconds()
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
