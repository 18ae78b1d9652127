package sharding

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/utils/clock"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// idle is how long a loop sleeps that is woken when there is something to do.
const idle = time.Minute

// Options are what a Replica is made of.
type Options struct {
	// Group is the name of the cluster-label set, and Labels the set itself.
	Group, Labels string
	// Namespace is where the Leases are.
	Namespace string
	// Pod and PodUID are those of the pod that the replica runs in.
	Pod, PodUID string
	// Version is said on the Lease.
	Version string
	// Partitions is how many shares a ring that is made has; zero is the default.
	Partitions int
	Timing     Timing

	Cluster   Cluster
	Peers     Peers
	Workload  Workload
	Inventory Inventory
	// Clock is the replica's own; nil means the real one.
	Clock clock.Clock
	Log   *zap.Logger
	// Metrics is where self-metrics are registered; nil means nowhere.
	Metrics prometheus.Registerer
}

// Replica is a member of a ring. Create it with New, run it once with Start.
type Replica struct {
	opts    Options
	clock   clock.Clock
	log     *zap.Logger
	guard   *Guard
	metrics *metrics
	// candidate is this process's name in elections.
	candidate string

	// Each loop has a channel that wakes it.
	kick, followed, led chan struct{}
	elected             chan context.Context
	leads               atomic.Bool
	// releases are those under way; follow waits for them.
	releases sync.WaitGroup
	// turning makes changes of what the workload has come one after the other.
	turning sync.Mutex

	// mu guards what follows.
	mu   sync.Mutex
	view view
	// tableSince is when the view's table came.
	tableSince time.Time
	// ack and draining are what our Lease says besides who holds it.
	ack      int64
	draining bool
	// trouble is what does not work, by what it is for.
	trouble map[string]error
}

// New returns a replica that is no member yet.
func New(opts Options) *Replica {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	if opts.Partitions == 0 {
		opts.Partitions = ring.DefaultPartitions
	}
	r := &Replica{
		opts: opts, clock: opts.Clock, log: opts.Log, guard: newGuard(opts.Clock, opts.Timing),
		candidate: newIdentity(opts.Pod, opts.PodUID),
		kick:      make(chan struct{}, 1), followed: make(chan struct{}, 1), led: make(chan struct{}, 1),
		elected: make(chan context.Context),
		view:    newView(opts.Clock.Now()), trouble: map[string]error{},
	}
	r.metrics = newMetrics(opts.Metrics, r)
	return r
}

// Guard returns the replica's right to act.
func (r *Replica) Guard() *Guard { return r.guard }

// Start is a member of the ring until ctx ends. Then it gives its share away, as
// far as there is somebody to take it, and its Lease back.
func (r *Replica) Start(ctx context.Context) error {
	alive, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var candidacy, loops errgroup.Group
	candidacy.Go(func() error { return r.elect(ctx) })
	for _, loop := range []func(context.Context) error{
		r.keep, r.follow, r.lead, r.guard.watch, r.confirmServing, r.watchCluster,
	} {
		loops.Go(func() error {
			defer stop() // one that fails ends all
			return loop(alive)
		})
	}
	select {
	case <-ctx.Done():
	case <-alive.Done():
	}
	err := candidacy.Wait() // leadership first: another one leads while we leave
	r.giveUp(alive)
	stop()
	return errors.Join(err, loops.Wait(), r.leave(context.WithoutCancel(ctx)))
}

// watchCluster keeps the view current.
func (r *Replica) watchCluster(ctx context.Context) error {
	return r.opts.Cluster.Watch(ctx, r.opts.Group, r)
}

// giveUp has this replica's share given to others, and ends what nobody takes.
func (r *Replica) giveUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timing.Leave)
	defer cancel()
	r.mu.Lock()
	r.draining = true
	r.mu.Unlock()
	nudge(r.kick)
	for r.hasHeirs() && len(r.holds()) > 0 {
		if r.pauseOr(ctx, r.opts.Timing.Renew/20, nil) != nil {
			break
		}
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.opts.Timing.Drain)
	defer cancel()
	if left := r.holds(); len(left) > 0 {
		r.opts.Workload.Release(drain, left)
	}
}

// hasHeirs reports whether another member could take our share.
func (r *Replica) hasHeirs() bool {
	if !r.guard.connected() {
		return false
	}
	me := r.guard.Identity()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.view.live(), func(m ring.Live) bool { return m.Identity != me && !m.Draining })
}

// holds returns the partitions that are ours and not released yet, or released and
// not granted yet: while they are, others may ask for what we knew.
func (r *Replica) holds() []int32 {
	var held []int32
	for p, t := range r.guard.held() {
		if t.phase != phaseNone {
			held = append(held, int32(p))
		}
	}
	return held
}

// SeeLease implements Observer.
func (r *Replica) SeeLease(lease *coordinationv1.Lease) {
	pod, ok := strings.CutPrefix(lease.Name, LeaseName(r.opts.Group, ""))
	if !ok || lease.Labels[LabelRing] != r.opts.Group {
		return
	}
	r.mu.Lock()
	before := r.view.leases[pod].lease
	r.view.seeLease(pod, lease, r.clock.Now())
	r.mu.Unlock()
	if before == nil || holderOf(before) != holderOf(lease) || !maps.Equal(before.Annotations, lease.Annotations) {
		nudge(r.led)
	}
}

// SeeRing implements Observer.
func (r *Replica) SeeRing(object *v1.ExporterRing) {
	if object == nil {
		r.forgetRing()
		return
	}
	if object.Name != r.opts.Group {
		return
	}
	err := r.fits(object.Spec)
	r.mu.Lock()
	newTable := false
	if err == nil {
		newTable, err = r.view.seeRing(object)
	}
	if newTable {
		r.tableSince = r.clock.Now()
	}
	r.mu.Unlock()
	r.noted("ring", err)
	if newTable {
		nudge(r.followed)
	}
	nudge(r.led)
}

// forgetRing notes that the ring has been deleted. The table stays in force: it is
// what everybody acts on until there is a newer one.
func (r *Replica) forgetRing() {
	r.mu.Lock()
	r.view.object = nil
	r.mu.Unlock()
	nudge(r.led)
}

// refreshRing takes a ring for what it is, also if its table is no newer: the
// resourceVersion is.
func (r *Replica) refreshRing(object *v1.ExporterRing) {
	r.SeeRing(object)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.view.object != nil && object.Status.Epoch >= r.view.table.Epoch {
		r.view.object = object
	}
}

// ErrForeignRing means that a ring is not one that this replica can be in.
var ErrForeignRing = errors.New("this replica cannot be in the ring")

// fits returns an error if the ring is another deployment's, or was written by a
// version that hashes otherwise.
func (r *Replica) fits(spec v1.ExporterRingSpec) error {
	switch {
	case spec.LeaseNamespace != r.opts.Namespace:
		return fmt.Errorf("%w: another deployment of these cluster labels runs in namespace %q, and this one is in %q; stop one of them", ErrForeignRing, spec.LeaseNamespace, r.opts.Namespace)
	case int(spec.Partitions) != r.opts.Partitions:
		return fmt.Errorf("%w: it has %d partitions, and this version knows rings of %d only", ErrForeignRing, spec.Partitions, r.opts.Partitions)
	case spec.Hash != ring.HashName:
		return fmt.Errorf("%w: it is hashed by %q, and this version knows %q only; finish the upgrade, or delete the ring", ErrForeignRing, spec.Hash, ring.HashName)
	}
	return nil
}

func (r *Replica) table() ring.Table {
	table, _ := r.assignment()
	return table
}

// assignment returns the newest table, and the lives that had each partition before.
func (r *Replica) assignment() (table ring.Table, givers [][]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view.table, r.view.givers
}

// said returns what our Lease has to say besides who holds it.
func (r *Replica) said() (ack int64, draining bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ack, r.draining
}

// signal wakes all loops.
func (r *Replica) signal() {
	nudge(r.followed)
	nudge(r.led)
}

// nudge wakes a loop, unless it is about to wake anyway.
func nudge(channel chan struct{}) {
	select {
	case channel <- struct{}{}:
	default:
	}
}

// pause waits for a time, or until ctx ends.
func (r *Replica) pause(ctx context.Context, d time.Duration) { _ = r.pauseOr(ctx, d, nil) }

// pauseOr waits for a time or until it is woken; its error is that of ctx.
func (r *Replica) pauseOr(ctx context.Context, d time.Duration, wake <-chan struct{}) error {
	timer := r.clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timer.C():
	}
	return nil
}

// noted remembers what does not work, for Ready, and logs when that changes.
func (r *Replica) noted(about string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.trouble[about]
	if err == nil {
		delete(r.trouble, about)
		return
	}
	r.trouble[about] = err
	if before == nil || before.Error() != err.Error() {
		r.log.Warn("trouble with the ring", zap.String("about", about), zap.Error(err))
	}
}

// Ready returns nil while this replica is a member with a valid Lease that knows
// the ring, and else what is missing.
func (r *Replica) Ready() error {
	identity := r.guard.Identity()
	age, _ := r.guard.age()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, about := range slices.Sorted(maps.Keys(r.trouble)) {
		if about == "ring" || identity == "" {
			return fmt.Errorf("sharding: %s: %w", about, r.trouble[about])
		}
	}
	switch {
	case identity == "":
		return errors.New("sharding: this replica is no member of its ring yet")
	case age >= r.opts.Timing.Valid:
		return fmt.Errorf("sharding: the Lease has not been renewed for %s", age.Truncate(time.Second))
	case !slices.ContainsFunc(r.view.table.Members, func(m ring.Member) bool { return m.Identity == identity }):
		return errors.New("sharding: the leader has not let this replica into the ring yet")
	}
	return nil
}
