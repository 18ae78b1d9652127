package cluster

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// facts is what the API server has said: every table of every ring, and every entry
// of every exporter's status, in order.
type facts struct {
	client dynamic.Interface

	mu sync.Mutex // guards what follows
	// tables are by group.
	tables map[string][]seen[ring.Table]
	// entries are by group and exporter, as in id.
	entries map[string][]seen[v1.GroupStatus]
}

// seen is something, and when the API server told of it.
type seen[T any] struct {
	at    time.Time
	value T
}

// id names an exporter as one group, or one set of replicas, has it.
func id(of, exporter string) string { return of + "/" + exporter }

var (
	exporters = v1.GroupVersion.WithResource("metricsexporters")
	rings     = v1.GroupVersion.WithResource("exporterrings")
)

// watchFacts follows the API server until the test ends.
func watchFacts(t testing.TB, config *rest.Config) (*facts, error) {
	t.Helper()
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	f := &facts{client: client, tables: map[string][]seen[ring.Table]{}, entries: map[string][]seen[v1.GroupStatus]{}}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { follow(ctx, client, rings, f.seeRing) })
	running.Go(func() { follow(ctx, client, exporters, f.seeExporter) })
	t.Cleanup(func() { stop(); running.Wait() })
	return f, nil
}

// follow tells of each version of each object, until ctx ends. An object that cannot
// be read is passed over: there are scenarios with some.
func follow[T any](ctx context.Context, client dynamic.Interface, resource schema.GroupVersionResource, see func(*T)) {
	informer := dynamicinformer.NewFilteredDynamicInformer(client, resource, metav1.NamespaceAll, 0, nil, nil).Informer()
	tell := func(object any) {
		var read T
		if convert(object, &read) == nil {
			see(&read)
		}
	}
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{ // it has not been stopped
		AddFunc:    tell,
		UpdateFunc: func(_, object any) { tell(object) },
	})
	informer.RunWithContext(ctx)
}

func convert(object, into any) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(object.(*unstructured.Unstructured).Object, into)
}

func (f *facts) seeRing(r *v1.ExporterRing) {
	table, err := ring.Decode(r.Spec, r.Status)
	if err != nil || table.Epoch == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables[r.Name] = append(f.tables[r.Name], seen[ring.Table]{time.Now(), table})
}

func (f *facts) seeExporter(e *v1.MetricsExporter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, g := range e.Status.Groups {
		key := id(g.Group, e.Name)
		all := f.entries[key]
		if len(all) == 0 || all[len(all)-1].value.Seq != g.Seq {
			f.entries[key] = append(all, seen[v1.GroupStatus]{time.Now(), g})
		}
	}
}

// newest returns the newest table of a group.
func (f *facts) newest(group string) ring.Table {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.tables[group]
	if len(all) == 0 {
		return ring.Table{}
	}
	return all[len(all)-1].value
}

// moved reports whether partitions of a group have been on their way since a time.
func (f *facts) moved(group string, since time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.tables[group], func(t seen[ring.Table]) bool { return t.at.After(since) && len(t.value.Handoffs) > 0 })
}

// onItsWay reports whether an exporter of a group was between two replicas at any time
// of a span.
func (f *facts) onItsWay(group, exporter string, from, to time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := int32(ring.Partition("e2e/"+exporter, ring.DefaultPartitions))
	tables := f.tables[group]
	for i, t := range tables {
		ends := i+1 < len(tables) && tables[i+1].at.Before(from)
		if ends || t.at.After(to) {
			continue
		}
		for j := range journeys(t.value) {
			if j.partition == p {
				return true
			}
		}
	}
	return false
}

// We may learn of a table later than a replica does: by watchDelay as a rule, and by
// firstDelay on a machine that is short of time.
const (
	watchDelay = 250 * time.Millisecond
	firstDelay = 5 * time.Second
)

// right returns under which right a replica acted for an exporter: the newest that it
// was given before. If it had been given none, it is one that it was given right then:
// nobody acts on a table that is not there yet. The zero right is that of one who had
// none.
func (f *facts) right(who replica, exporter string, at time.Time) (group, owner string, fence int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := ring.Partition("e2e/"+exporter, ring.DefaultPartitions)
	for name, tables := range f.tables {
		for _, table := range slices.Backward(tables) {
			member, known := memberOf(table.value, who)
			if !known {
				continue
			}
			group = name
			m, owned := table.value.Owner(p)
			if !owned || m.Identity != member.Identity || table.at.After(at.Add(firstDelay)) {
				continue
			}
			owner, fence = m.Identity, table.value.Generations[p]
			if !table.at.After(at.Add(watchDelay)) {
				return group, owner, fence
			}
		}
	}
	return group, owner, fence
}

// memberOf returns the life of a replica that is in a table.
func memberOf(t ring.Table, who replica) (ring.Member, bool) {
	for _, m := range t.Members {
		if strings.HasPrefix(m.Identity, who.pod+"/"+who.uid+"/") {
			return m, true
		}
	}
	return ring.Member{}, false
}
