package sim

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/sharding"
)

const namespace = "adx-mon-system"

// api is the API server that all hosts share.
type api struct {
	world     *World
	leases    *store.Table
	rings     *store.Table
	exporters *store.Table
}

func newAPI(w *World) *api {
	s := store.New(store.Options{})
	group := func(name, of string) schema.GroupResource { return schema.GroupResource{Group: of, Resource: name} }
	return &api{
		world:  w,
		leases: s.Add(store.Resource{GroupResource: group("leases", "coordination.k8s.io"), Kind: "Lease", Namespaced: true}),
		rings: s.Add(store.Resource{
			GroupResource: group("exporterrings", v1.GroupVersion.Group), Kind: "ExporterRing", Status: true, Validate: ringRules,
		}),
		exporters: s.Add(store.Resource{
			GroupResource: group("metricsexporters", v1.GroupVersion.Group), Kind: "MetricsExporter", Namespaced: true, Status: true, Validate: w.groupRules,
		}),
	}
}

// errDead is what a host gets that has been killed.
var errDead = errors.New("this process is dead")

// call takes a request of a host to the API server and its answer back: either may
// be lost, and both take time.
func (h *Host) call(ctx context.Context, serve func() error) error {
	if err := h.travel(ctx); err != nil {
		return err
	}
	err := serve()
	if h.world.happens(h.world.Faults.LostAnswer) {
		<-ctx.Done()
		return ctx.Err()
	}
	if lost := h.travel(ctx); lost != nil {
		return lost
	}
	return err
}

// travel is one way between a host and the API server.
func (h *Host) travel(ctx context.Context) error {
	h.gate()
	if h.dead.Load() {
		return errDead
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(h.world.latency()):
	}
	if err := h.reach(ctx); err != nil {
		return err
	}
	if h.dead.Load() {
		return errDead
	}
	return nil
}

// link is the API server as one host reaches it.
type link struct{ *Host }

var _ sharding.Cluster = link{}

func leaseKey(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: namespace, Name: name}
}

// GetLease implements sharding.Leases.
func (c link) GetLease(ctx context.Context, name string) (lease *coordinationv1.Lease, err error) {
	err = c.call(ctx, func() error {
		found, err := c.world.api.leases.Get(leaseKey(name))
		if err == nil {
			lease = found.(*coordinationv1.Lease)
		}
		return err
	})
	return only(lease, err)
}

// only returns a result without an error, or an error without a result.
func only[T any](result *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return result, nil
}

// CreateLease implements sharding.Leases.
func (c link) CreateLease(ctx context.Context, lease *coordinationv1.Lease) (made *coordinationv1.Lease, err error) {
	lease = lease.DeepCopy()
	lease.Namespace = namespace
	err = c.call(ctx, func() error {
		object, err := c.world.api.leases.Create(ctx, lease)
		if err == nil {
			made = object.(*coordinationv1.Lease)
		}
		return err
	})
	return only(made, err)
}

// UpdateLease implements sharding.Leases.
func (c link) UpdateLease(ctx context.Context, lease *coordinationv1.Lease) (written *coordinationv1.Lease, err error) {
	if c.world.Without.LeaseCAS {
		lease = lease.DeepCopy()
		lease.ResourceVersion = ""
	}
	err = c.call(ctx, func() error {
		object, err := c.world.api.leases.Update(ctx, lease)
		if err == nil {
			written = object.(*coordinationv1.Lease)
		}
		return err
	})
	return only(written, err)
}

// GetRing implements sharding.Rings.
func (c link) GetRing(ctx context.Context, name string) (ring *v1.ExporterRing, err error) {
	err = c.call(ctx, func() error {
		found, err := c.world.api.rings.Get(types.NamespacedName{Name: name})
		if err == nil {
			ring = found.(*v1.ExporterRing)
		}
		return err
	})
	return only(ring, err)
}

// CreateRing implements sharding.Rings.
func (c link) CreateRing(ctx context.Context, ring *v1.ExporterRing) (made *v1.ExporterRing, err error) {
	err = c.call(ctx, func() error {
		object, err := c.world.api.rings.Create(ctx, ring)
		if err == nil {
			made = object.(*v1.ExporterRing)
		}
		return err
	})
	return only(made, err)
}

// UpdateRing implements sharding.Rings.
func (c link) UpdateRing(ctx context.Context, ring *v1.ExporterRing) (written *v1.ExporterRing, err error) {
	err = c.call(ctx, func() error {
		object, err := c.world.api.rings.UpdateStatus(ctx, ring)
		if err == nil {
			written = object.(*v1.ExporterRing)
		}
		return err
	})
	return only(written, err)
}

// Watch implements sharding.Cluster. Each kind has a watch of its own, so that they
// are late by different times.
func (c link) Watch(ctx context.Context, _ string, observer sharding.Observer) error {
	var both sync.WaitGroup
	both.Go(func() {
		c.follow(ctx, c.world.api.leases, func(e store.Event) {
			if e.Type != "DELETED" {
				observer.SeeLease(e.Object.(*coordinationv1.Lease))
			}
		})
	})
	both.Go(func() {
		c.follow(ctx, c.world.api.rings, func(e store.Event) {
			if e.Type == "DELETED" {
				observer.SeeRing(nil)
				return
			}
			observer.SeeRing(e.Object.(*v1.ExporterRing))
		})
	})
	both.Wait()
	return nil
}

// follow tells the events of a table, each late by some time. A watch that was cut
// off may begin again with what it told before, as a list from a lagging server.
func (c link) follow(ctx context.Context, table *store.Table, see func(store.Event)) {
	watch, err := table.Watch(store.WatchOptions{})
	if err != nil {
		panic(err) // from now on there is always something to watch
	}
	var told []store.Event
	for {
		event, err := watch.Next(ctx)
		if apierrors.IsResourceExpired(err) {
			watch, _ = table.Watch(store.WatchOptions{})
			continue
		}
		if err != nil {
			return
		}
		wasCut := !c.reachable()
		if c.travel(ctx) != nil || c.until(ctx, c.hears) != nil {
			return
		}
		if wasCut && c.world.chance(0.3) {
			for _, old := range told {
				see(old)
			}
		}
		if told = append(told, event); len(told) > 5 {
			told = told[1:]
		}
		see(event)
	}
}

// Fetch implements roster.Home.
func (c link) Fetch(ctx context.Context, keys []types.NamespacedName) (map[types.NamespacedName]roster.Found, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second) // as executor/kube bounds a request
	defer cancel()
	found := map[types.NamespacedName]roster.Found{}
	if err := c.call(ctx, func() error {
		for _, key := range keys {
			if object, err := c.world.api.exporters.Get(key); err == nil {
				found[key] = roster.Found{Object: object.(*v1.MetricsExporter)}
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return found, nil
}

// Each implements sharding.Inventory.
func (c link) Each(yield func(sharding.Exporter) bool) {
	for _, name := range c.world.names {
		if !yield(sharding.Exporter{Key: name.String()}) {
			return
		}
	}
}

// latency is how long one way takes: mostly milliseconds, now and then far more.
func (w *World) latency() time.Duration {
	if w.happens(w.Faults.Slow) {
		return time.Duration(w.intn(1500)) * time.Millisecond
	}
	return time.Millisecond + time.Duration(w.intn(14))*time.Millisecond/2
}

// random numbers of a world: seeded, and drawn one after the other.
type random struct {
	mu  sync.Mutex
	rng *rand.Rand
}

func (r *random) chance(p float64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rng.Float64() < p
}

func (r *random) intn(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rng.IntN(n)
}

// between returns a time between two.
func (r *random) between(least, most time.Duration) time.Duration {
	return least + time.Duration(r.intn(int((most-least)/time.Millisecond)+1))*time.Millisecond
}
