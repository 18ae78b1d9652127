package sharding

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"time"

	"go.uber.org/zap"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/utils/ptr"
)

// keep keeps this replica a member until ctx ends: it takes the Lease, renews it,
// and comes back as a new life when it has lost it.
func (r *Replica) keep(ctx context.Context) error {
	for ctx.Err() == nil {
		lease, ok := r.join(ctx)
		if !ok {
			return nil
		}
		r.renewUntilLost(ctx, lease)
	}
	return nil
}

// join takes the Lease, as soon as that is safe. ok is false when ctx has ended.
func (r *Replica) join(ctx context.Context) (lease *coordinationv1.Lease, ok bool) {
	var seen seenLease // somebody else's, while we wait for it to fall silent
	for ctx.Err() == nil {
		identity := newIdentity(r.opts.Pod, r.opts.PodUID)
		sent := r.clock.Now()
		lease, err := r.tryJoin(ctx, identity, &seen)
		r.noted("membership", err)
		if lease != nil {
			r.begin(identity, sent, lease)
			return lease, true
		}
		r.pause(ctx, r.opts.Timing.Renew/2)
	}
	return nil, false
}

// tryJoin takes the Lease if it is free, or held by an earlier life of this pod:
// its process has ended, or we would not run. Another pod of our name may live on
// (a node that was lost, a pod that was deleted by force): then the Lease must
// have been silent for as long as the leader would wait.
func (r *Replica) tryJoin(ctx context.Context, identity string, seen *seenLease) (*coordinationv1.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timing.Request)
	defer cancel()
	if err := r.mayJoin(ctx); err != nil {
		return nil, err
	}
	found, err := r.opts.Cluster.GetLease(ctx, r.leaseName())
	switch {
	case apierrors.IsNotFound(err):
		return r.opts.Cluster.CreateLease(ctx, r.leaseOf(nil, identity))
	case err != nil:
		return nil, err
	}
	if holder := holderOf(found); holder != "" && uidOf(holder) != r.opts.PodUID {
		now := r.clock.Now()
		if seen.lease == nil || seen.lease.ResourceVersion != found.ResourceVersion {
			*seen = seenLease{lease: found, moved: now}
		}
		if now.Sub(seen.moved) < r.opts.Timing.Dead {
			return nil, fmt.Errorf("the Lease %q is held by %q, another pod of this name", found.Name, holder)
		}
	}
	return r.opts.Cluster.UpdateLease(ctx, r.leaseOf(found, identity))
}

// mayJoin returns an error if the ring is not one that this replica can be in.
func (r *Replica) mayJoin(ctx context.Context) error {
	object, err := r.opts.Cluster.GetRing(ctx, r.opts.Group)
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return err
	}
	return r.fits(object.Spec)
}

func (r *Replica) leaseName() string { return LeaseName(r.opts.Group, r.opts.Pod) }

// leaseOf returns our Lease as it has to be written over the one that was found.
func (r *Replica) leaseOf(found *coordinationv1.Lease, identity string) *coordinationv1.Lease {
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: r.leaseName()}}
	if found != nil {
		lease = found.DeepCopy()
	}
	now := metav1.NewMicroTime(r.clock.Now())
	if lease.Labels = maps.Clone(lease.Labels); lease.Labels == nil {
		lease.Labels = map[string]string{}
	}
	lease.Labels[LabelRing] = r.opts.Group
	lease.Annotations = map[string]string{AnnotationVersion: r.opts.Version}
	ack, draining := r.said()
	if ack > 0 {
		lease.Annotations[AnnotationAck] = strconv.FormatInt(ack, 10)
	}
	if draining {
		lease.Annotations[AnnotationDraining] = "stopping"
	}
	lease.Spec.LeaseDurationSeconds = new(int32(r.opts.Timing.Dead / time.Second))
	if holderOf(lease) != identity {
		lease.Spec.AcquireTime = &now
		lease.Spec.LeaseTransitions = new(int32(1))
		if found != nil && found.Spec.LeaseTransitions != nil {
			*lease.Spec.LeaseTransitions += *found.Spec.LeaseTransitions
		}
	}
	lease.Spec.HolderIdentity, lease.Spec.RenewTime = &identity, &now
	return lease
}

// renewUntilLost renews the Lease, at its pace and when there is something to say,
// until ctx ends or the Lease is lost.
func (r *Replica) renewUntilLost(ctx context.Context, lease *coordinationv1.Lease) {
	identity := r.guard.Identity()
	wait := r.paced()
	for {
		if r.pauseOr(ctx, wait, r.kick) != nil {
			return
		}
		wait = r.paced()
		sent := r.clock.Now()
		next, err := r.renew(ctx, lease, identity)
		if err != nil {
			r.metrics.renewals.WithLabelValues("error").Inc()
		}
		switch {
		case err == nil:
			lease = next
			r.renewed(sent, lease)
		case next != nil: // still ours; only the resourceVersion was not the newest
			lease, wait = next, 0
		case isLost(err):
			r.lose(err)
			return
		default:
			wait = r.opts.Timing.Renew / 4
		}
		r.noted("membership", err)
	}
}

// paced returns how long to wait for the next renewal.
func (r *Replica) paced() time.Duration {
	tenth := int64(r.opts.Timing.Renew / 10)
	return r.opts.Timing.Renew + time.Duration(rand.Int64N(2*tenth+1)-tenth) //nolint:gosec // it spreads load, no more
}

// lostError says that the Lease is somebody else's.
type lostError struct{ holder string }

func (e *lostError) Error() string { return fmt.Sprintf("the Lease is held by %q now", e.holder) }

// renew writes the Lease again. With an error comes the Lease as it is, if it is
// still ours: the answer to an earlier renewal may have been lost.
func (r *Replica) renew(ctx context.Context, lease *coordinationv1.Lease, identity string) (*coordinationv1.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timing.Request)
	defer cancel()
	next, err := r.opts.Cluster.UpdateLease(ctx, r.leaseOf(lease, identity))
	if !apierrors.IsConflict(err) {
		return next, err
	}
	found, getErr := r.opts.Cluster.GetLease(ctx, lease.Name)
	switch {
	case getErr != nil:
		return nil, getErr
	case holderOf(found) != identity:
		return nil, &lostError{ptr.Deref(found.Spec.HolderIdentity, "")}
	}
	return found, err
}

// renewed notes a good renewal.
func (r *Replica) renewed(sent time.Time, lease *coordinationv1.Lease) {
	age, _ := r.guard.age()
	r.guard.renewedAt(sent)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	if age > r.opts.Timing.Renew+time.Second {
		r.view.reset(now) // stopped, frozen or cut off: what we did not see does not count
	}
	r.view.seeLease(r.opts.Pod, lease, now)
	r.metrics.renewals.WithLabelValues("success").Inc()
}

// begin starts a life.
func (r *Replica) begin(identity string, sent time.Time, lease *coordinationv1.Lease) {
	r.log.Info("joined the ring", zap.String("identity", identity))
	r.mu.Lock()
	now := r.clock.Now()
	r.view.reset(now)
	r.view.seeLease(r.opts.Pod, lease, now)
	r.mu.Unlock()
	r.guard.begin(identity, sent)
	r.signal()
}

// lose ends a life: whatever it held is somebody else's.
func (r *Replica) lose(err error) {
	r.log.Warn("lost the Lease; all work is dropped, and this replica joins again", zap.Error(err))
	r.metrics.lost.Inc()
	r.dropAll()
	r.signal()
}

// dropAll ends the right to act and all work.
func (r *Replica) dropAll() {
	r.turning.Lock()
	defer r.turning.Unlock()
	held := r.guard.end()
	r.mu.Lock()
	r.ack = 0
	r.mu.Unlock()
	if len(held) > 0 {
		r.opts.Workload.Drop(held)
	}
}

// leave gives the Lease back.
func (r *Replica) leave(ctx context.Context) error {
	identity := r.guard.Identity()
	if identity == "" {
		return nil
	}
	r.dropAll()
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timing.Request)
	defer cancel()
	// A renewal whose answer was not waited for may still come between.
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error { return r.free(ctx, identity) })
	if err != nil {
		return fmt.Errorf("cannot give the Lease %q back: %w", r.leaseName(), err)
	}
	return nil
}

// free makes the Lease free, if it is still that of a life.
func (r *Replica) free(ctx context.Context, identity string) error {
	found, err := r.opts.Cluster.GetLease(ctx, r.leaseName())
	if err != nil || holderOf(found) != identity {
		return err
	}
	free := r.leaseOf(found, "")
	delete(free.Annotations, AnnotationDraining)
	_, err = r.opts.Cluster.UpdateLease(ctx, free)
	return err
}

// isLost reports whether an error of a renewal means that the Lease is not ours.
func isLost(err error) bool {
	_, lost := errors.AsType[*lostError](err)
	return lost || apierrors.IsNotFound(err)
}
