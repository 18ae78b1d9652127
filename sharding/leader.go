package sharding

import (
	"context"
	"fmt"
	"iter"
	"time"

	"go.uber.org/zap"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// passEvery is how often a leader looks, if nothing wakes it before.
const passEvery = time.Second

// leader is what a leader remembers between two passes. All of it may be lost:
// the next leader finds the facts in the API server.
type leader struct {
	*Replica

	// term is this leadership's.
	term int64
	// evicted is when a member was last declared dead.
	evicted time.Time
	// gone are the lives that have ended for sure.
	gone map[string]bool
	// audited and weighed are when the exporters were last looked through.
	audited, weighed time.Time
	weights          []float64
	// evened is when loads were last on their way from one member to another.
	evened time.Time
}

// lead leads whenever this replica is elected, until ctx ends.
func (r *Replica) lead(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case elected := <-r.elected:
			r.leads.Store(true)
			r.metrics.leader.Set(1)
			r.log.Info("leads the ring")
			(&leader{Replica: r, gone: map[string]bool{}}).run(elected) //nolint:contextcheck // leadership ends before the replica does
			r.leads.Store(false)
			r.metrics.leader.Set(0)
			r.metrics.audit(0, 0, 0)
		}
	}
}

func (l *leader) run(ctx context.Context) {
	for ctx.Err() == nil {
		l.noted("leadership", l.pass(ctx))
		if l.pauseOr(ctx, passEvery, l.led) != nil {
			return
		}
	}
}

// facts are what a pass works with.
type facts struct {
	now      time.Time
	object   *v1.ExporterRing
	table    ring.Table
	live     []ring.Live
	suspects []ring.Suspect
	leases   map[string]string // pod to resourceVersion
	departed []ring.Member
	members  int
	quiet    time.Duration
}

// pass brings the ring up to date with its members: who is dead is fenced, and
// what is free is given away. A leader that is out of touch does nothing, since
// the silence that it sees may be its own.
func (l *leader) pass(ctx context.Context) error {
	if !l.guard.connected() {
		return nil
	}
	if err := l.ensureRing(ctx); err != nil {
		return err
	}
	f := l.facts()
	if err := l.evict(ctx, f); err != nil {
		return err
	}
	f = l.facts()
	if f.object == nil {
		return nil // it was deleted meanwhile; the next pass makes it again
	}
	gone, err := l.confirmGone(ctx, f.departed)
	if err != nil {
		return err
	}
	l.look(f)
	next, changed := ring.Plan(ring.Input{
		Table: f.table, Live: f.live, Gone: gone, Weights: l.weights, Quiet: f.quiet, Evened: l.sinceEvened(f),
		Settings: l.settings(f), FirstEpoch: l.firstEpoch(f),
	})
	if !changed && f.object.Status.Epoch >= f.table.Epoch {
		return nil
	}
	if !changed { // the ring was made again
		next.Epoch = f.table.Epoch + 1
	}
	return l.publish(ctx, f, next)
}

// sinceEvened returns how long ago loads were last evened out among the same members;
// 0 if they were not, or still are.
func (l *leader) sinceEvened(f facts) time.Duration {
	if f.quiet >= l.opts.Timing.Settle && ring.Evens(f.table, f.live) {
		l.evened = f.now
	}
	if since := f.now.Sub(l.evened); since < f.quiet {
		return since
	}
	return 0
}

func (l *leader) settings(f facts) ring.Settings {
	s := ring.DefaultSettings()
	s.Partitions, s.Settle = int(f.object.Spec.Partitions), l.opts.Timing.Settle
	return s
}

func (l *leader) facts() facts {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, me := l.clock.Now(), l.guard.Identity()
	f := facts{
		now: now, object: l.view.object, table: l.view.table, live: l.view.live(), departed: l.view.departed(),
		suspects: l.view.suspects(me, l.opts.Timing.Dead, now), leases: map[string]string{},
		quiet: now.Sub(l.view.changed),
	}
	f.members = members(f.live, f.suspects)
	for pod, seen := range l.view.leases {
		f.leases[pod] = seen.lease.ResourceVersion
	}
	return f
}

// members returns how many members there are, suspects and all. A Lease that nobody
// holds is no member, for however long it stays.
func members(live []ring.Live, suspects []ring.Suspect) int {
	names := map[string]bool{}
	for _, m := range live {
		names[m.Name] = true
	}
	for _, s := range suspects {
		names[s.Name] = true
	}
	return len(names)
}

// ensureRing makes the ring if there is none.
func (l *leader) ensureRing(ctx context.Context) error {
	l.mu.Lock()
	known := l.view.object != nil
	l.mu.Unlock()
	if known {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timing.Request)
	defer cancel()
	object, err := l.opts.Cluster.GetRing(ctx, l.opts.Group)
	if apierrors.IsNotFound(err) {
		object, err = l.opts.Cluster.CreateRing(ctx, &v1.ExporterRing{
			ObjectMeta: metav1.ObjectMeta{Name: l.opts.Group},
			Spec: v1.ExporterRingSpec{
				Partitions: int32(l.opts.Partitions), Hash: ring.HashName,
				LeaseNamespace: l.opts.Namespace, Labels: l.opts.Labels,
			},
		})
	}
	if err != nil {
		return fmt.Errorf("cannot make the ring %q: %w", l.opts.Group, err)
	}
	l.SeeRing(object)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.view.object == nil {
		return l.trouble["ring"]
	}
	return nil
}

// evict fences the members that have fallen silent.
func (l *leader) evict(ctx context.Context, f facts) error {
	chosen := ring.Evict(ring.EvictInput{
		Members: f.members, Suspects: f.suspects, Since: f.now.Sub(l.evicted), Dead: l.opts.Timing.Dead,
	})
	for _, pod := range chosen {
		done, err := l.fence(ctx, pod, f.leases[pod])
		if err != nil {
			return fmt.Errorf("cannot fence the Lease of %q: %w", pod, err)
		}
		if done {
			l.evicted = f.now
			l.metrics.takeovers.Inc()
			l.log.Warn("a member has fallen silent; its share is given to others", zap.String("pod", pod))
		}
	}
	return nil
}

// fence takes a Lease away from a member, unless it has moved after all.
func (l *leader) fence(ctx context.Context, pod, seen string) (done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timing.Request)
	defer cancel()
	by := new(fenced + l.guard.Identity())
	name := LeaseName(l.opts.Group, pod)
	found, err := l.opts.Cluster.GetLease(ctx, name)
	switch {
	case apierrors.IsNotFound(err): // somebody deleted it; its member cannot renew what is not there
		found, err = l.opts.Cluster.CreateLease(ctx, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{LabelRing: l.opts.Group}},
			Spec:       coordinationv1.LeaseSpec{HolderIdentity: by},
		})
	case err != nil:
		return false, err
	case found.ResourceVersion != seen:
		l.SeeLease(found)
		return false, nil
	default:
		found = found.DeepCopy()
		found.Spec.HolderIdentity = by
		found, err = l.opts.Cluster.UpdateLease(ctx, found)
	}
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) {
		return false, nil // it lives
	}
	if err != nil {
		return false, err
	}
	l.SeeLease(found)
	return true, nil
}

// confirmGone returns the lives among those that seem to have ended which have
// ended for sure: the watch may lag, so the Lease is read once more.
func (l *leader) confirmGone(ctx context.Context, departed []ring.Member) ([]string, error) {
	var gone []string
	for _, m := range departed {
		if !l.gone[m.Identity] {
			ended, err := l.hasEnded(ctx, m)
			if err != nil {
				return nil, err
			}
			l.gone[m.Identity] = ended
		}
		if l.gone[m.Identity] {
			gone = append(gone, m.Identity)
		}
	}
	return gone, nil
}

func (l *leader) hasEnded(ctx context.Context, m ring.Member) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timing.Request)
	defer cancel()
	found, err := l.opts.Cluster.GetLease(ctx, LeaseName(l.opts.Group, m.Name))
	if apierrors.IsNotFound(err) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.view.vanished(m, l.clock.Now())
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read the Lease of %q: %w", m.Name, err)
	}
	l.SeeLease(found)
	return holderOf(found) != m.Identity, nil
}

// firstEpoch is that of a ring without a table: above all fences of old. With a table
// it does not matter, and the exporters are not gone through for it.
func (l *leader) firstEpoch(f facts) int64 {
	if f.table.Epoch > 0 {
		return 0
	}
	epoch := f.now.UnixMilli()
	for e := range l.opts.Inventory.Each {
		epoch = max(epoch, e.Fence+1)
	}
	return epoch
}

// publish writes the next table. A write whose answer is lost shows itself in the
// watch; one that came too late is made up for by the next pass.
func (l *leader) publish(ctx context.Context, f facts, next ring.Table) error {
	ctx, cancel := context.WithTimeout(ctx, l.opts.Timing.Request)
	defer cancel()
	if l.term == 0 {
		l.term = f.table.Term + 1
	}
	next.Term = max(l.term, f.table.Term)
	object := f.object.DeepCopy()
	object.Status = next.Encode()
	written, err := l.opts.Cluster.UpdateRing(ctx, object)
	switch {
	case err == nil:
		l.metrics.writes.Inc()
		l.SeeRing(written)
		return nil
	case apierrors.IsNotFound(err):
		l.forgetRing()
		return nil
	case apierrors.IsConflict(err), apierrors.IsInvalid(err):
		found, err := l.opts.Cluster.GetRing(ctx, l.opts.Group)
		if err != nil {
			return fmt.Errorf("cannot read the ring %q: %w", l.opts.Group, err)
		}
		l.refreshRing(found)
		return nil
	}
	return fmt.Errorf("cannot write the ring %q: %w", l.opts.Group, err)
}

// Exporters are looked through this often.
const (
	weighEvery = 30 * time.Second
	auditEvery = 10 * time.Second
)

// look weighs the partitions by what their exporters cost, and counts the
// exporters that nobody runs: assignment is total by construction, so each of
// them is a fault worth an alert.
func (l *leader) look(f facts) {
	if f.now.Sub(l.weighed) >= weighEvery || len(l.weights) == 0 {
		l.weighed = f.now
		l.weights = smooth(l.weights, ring.Weigh(costs(l.opts.Inventory), int(f.object.Spec.Partitions)))
	}
	if f.now.Sub(l.audited) < auditEvery {
		return
	}
	l.audited = f.now
	alive := map[string]bool{}
	for _, m := range f.live {
		alive[m.Identity] = true
	}
	known, unowned, overdue := 0, 0, 0
	for e := range l.opts.Inventory.Each {
		known++
		if len(f.table.Owners) > 0 {
			if owner, ok := f.table.Owner(ring.Partition(e.Key, len(f.table.Owners))); !ok || !alive[owner.Identity] {
				unowned++
			}
		}
		if e.Overdue {
			overdue++
		}
	}
	l.metrics.audit(known, unowned, overdue)
}

// costs returns what each exporter costs, by its key.
func costs(inventory Inventory) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for e := range inventory.Each {
			if !yield(e.Key, e.Weight) {
				return
			}
		}
	}
}

// smooth follows changes of cost slowly: one slow query moves nothing.
func smooth(before, now []float64) []float64 {
	if len(before) != len(now) {
		return now
	}
	for p := range now {
		now[p] = 0.8*before[p] + 0.2*now[p]
	}
	return now
}
