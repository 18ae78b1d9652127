package sim

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/sharding"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// Host is one process of a replica.
type Host struct {
	world    *World
	pod, uid string
	clock    *hostClock
	replica  *sharding.Replica
	guard    executor.Guard
	roster   *roster.Roster
	executor *executor.Executor
	screen   *screen
	stop     context.CancelFunc
	done     chan error
	dead     atomic.Bool

	mu sync.Mutex
	// cut is set while the host cannot reach the API server.
	cut bool
	// deaf is set while its watches tell it nothing.
	deaf bool
	// thawed is closed when a frozen host goes on; nil if it is not frozen.
	thawed chan struct{}
	// stood counts how often it was frozen.
	stood int
	// fences are those under which it last asked.
	fences map[types.NamespacedName]right
}

// right is a fence and who had it.
type right struct {
	owner string
	fence int64
}

// start starts a process in a pod.
func (w *World) start(pod, uid string) *Host {
	h := &Host{
		world: w, pod: pod, uid: uid, done: make(chan error, 1), fences: map[types.NamespacedName]right{},
		screen: &screen{shown: map[types.NamespacedName]time.Time{}},
	}
	h.clock = &hostClock{
		host: h, began: time.Now(), skew: time.Duration(w.intn(10001)-5000) * time.Millisecond,
		rate: 1 + (float64(w.intn(1001))-500)/1e6,
	}
	h.replica = sharding.New(sharding.Options{
		Group: w.group, Labels: w.labels.String(), Namespace: namespace, Pod: pod, PodUID: uid,
		Partitions: partitions, Timing: w.Timing, Cluster: link{h}, Peers: peers{h}, Workload: w.workload(h), Inventory: link{h},
		Clock: h.clock, Log: w.log(pod), Metrics: nil,
	})
	h.guard = h.replica.Guard()
	if w.Without.PushGate {
		h.guard = ungated{h.guard}
	}
	h.executor = executor.New(executor.Options{
		Labels: w.labels, Guard: h.guard, Querier: kusto{h}, Sinks: []executor.Sink{h.screen, receiver{h}}, Recorder: h.recorder(),
		Metrics: executor.NewMetrics(prometheus.NewRegistry()), Log: w.log(pod), Clock: h.clock,
		Outdated: func(key types.NamespacedName) { h.roster.Outdated(key) },
	})
	h.roster = roster.New(roster.Options{
		Executor: h.executor, Home: link{h}, Series: h.screen, Peers: peers{h}, Clock: h.clock, Log: w.log(pod),
		Partition: partitionOf,
	})
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() { h.done <- h.run(ctx) }() // the world waits for it
	w.mu.Lock()
	w.hosts = append(w.hosts, h)
	w.mu.Unlock()
	return h
}

// partitions is how many a simulated ring has: few, so that exporters share them.
const partitions = 64

func partitionOf(key types.NamespacedName) int32 {
	return int32(ring.Partition(key.String(), partitions))
}

// run is what cmd/adxexporter/app does with the same parts.
func (h *Host) run(ctx context.Context) error {
	alive, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var parts errgroup.Group
	parts.Go(func() error { return h.executor.Start(alive) })
	parts.Go(func() error { return h.roster.Start(alive) })
	h.listExporters(alive)
	err := h.replica.Start(ctx)
	h.roster.Collected(alive)
	end()
	return errors.Join(err, parts.Wait())
}

// listExporters is the informer: its objects may be old, so that nobody must trust
// the status in them.
func (h *Host) listExporters(ctx context.Context) {
	for _, key := range h.world.names {
		if h.travel(ctx) != nil {
			return
		}
		object := h.world.specs[key].DeepCopy()
		h.roster.Apply(object)
	}
}

// gate holds back what a frozen host would do, until it goes on.
func (h *Host) gate() {
	for {
		h.mu.Lock()
		thawed := h.thawed
		h.mu.Unlock()
		if thawed == nil {
			return
		}
		<-thawed
	}
}

// freeze stops a host, as SIGSTOP does.
func (h *Host) freeze() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.thawed == nil {
		h.thawed = make(chan struct{})
		h.stood++
	}
}

// thaw lets it go on.
func (h *Host) thaw() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.thawed != nil {
		close(h.thawed)
		h.thawed = nil
	}
}

// kill ends a host: nothing of it has an effect any more.
func (h *Host) kill() {
	h.dead.Store(true)
	h.stop()
	h.thaw()
}

// setCut cuts a host off from the API server, or connects it again.
func (h *Host) setCut(cut bool) {
	h.mu.Lock()
	h.cut = cut
	h.mu.Unlock()
	h.world.connectivity()
}

// setDeaf stalls the host's watches, or lets them go on.
func (h *Host) setDeaf(deaf bool) {
	h.mu.Lock()
	h.deaf = deaf
	h.mu.Unlock()
	h.world.connectivity()
}

func (h *Host) hears() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.deaf
}

func (h *Host) reachable() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.cut && !h.world.down.Load()
}

// reach waits until the API server can be reached: a broken path swallows, it does
// not refuse.
func (h *Host) reach(ctx context.Context) error { return h.until(ctx, h.reachable) }

// until waits until a connection is as it has to be.
func (h *Host) until(ctx context.Context, fine func() bool) error {
	for {
		changed := h.world.changed()
		if fine() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// frozenNow returns how often the host has been frozen, and whether it is.
func (h *Host) frozenNow() (times int, frozen bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stood, h.thawed != nil
}

// log returns a host's logger.
func (w *World) log(pod string) *zap.Logger {
	if w.Log == nil {
		return zap.NewNop()
	}
	return w.Log.Named(pod)
}
