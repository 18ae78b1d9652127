package sharding

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// elect stands for election until ctx ends, and then gives leadership back. Only a
// member stands: another could lead nobody, and would keep others from leading.
func (r *Replica) elect(ctx context.Context) error {
	for {
		life, end, err := r.guard.alive(ctx)
		if err != nil {
			return nil
		}
		err = r.stand(life)
		end()
		if err != nil {
			return err
		}
	}
}

// stand stands for election until ctx ends.
func (r *Replica) stand(ctx context.Context) error {
	for ctx.Err() == nil {
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: &leaderLock{
				leases: r.opts.Cluster, name: LeaderLeaseName(r.opts.Group), identity: r.candidate, within: r.opts.Timing.Request,
			},
			LeaseDuration:   r.opts.Timing.Election,
			RenewDeadline:   r.opts.Timing.Deadline,
			RetryPeriod:     r.opts.Timing.Retry,
			ReleaseOnCancel: true,
			Name:            r.opts.Group,
			Callbacks: leaderelection.LeaderCallbacks{
				// lead does the work; this goroutine of the elector's ends at once.
				OnStartedLeading: func(ctx context.Context) {
					select {
					case r.elected <- ctx:
					case <-ctx.Done():
					}
				},
				OnStoppedLeading: func() {},
			},
		})
		if err != nil {
			return err
		}
		elector.Run(ctx)
	}
	return nil
}

// leaderLock is the Lease of the leader, as client-go's election wants it.
type leaderLock struct {
	leases   Leases
	name     string
	identity string
	// within bounds each request. The election itself bounds only a renewal: a
	// candidate whose request is lost would wait for its answer, and stand no more.
	within time.Duration
	lease  *coordinationv1.Lease
}

// Get returns who leads.
func (l *leaderLock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.within)
	defer cancel()
	lease, err := l.leases.GetLease(ctx, l.name)
	if err != nil {
		return nil, nil, err
	}
	l.lease = lease
	record := resourcelock.LeaseSpecToLeaderElectionRecord(&lease.Spec)
	raw, err := json.Marshal(*record)
	return record, raw, err
}

// Create makes the Lease.
func (l *leaderLock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	ctx, cancel := context.WithTimeout(ctx, l.within)
	defer cancel()
	lease, err := l.leases.CreateLease(ctx, &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: l.name},
		Spec:       resourcelock.LeaderElectionRecordToLeaseSpec(&record),
	})
	if err == nil {
		l.lease = lease
	}
	return err
}

// Update writes the Lease over the one that was last read or written.
func (l *leaderLock) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	if l.lease == nil {
		return errors.New("the leader's Lease has not been read yet")
	}
	lease := l.lease.DeepCopy()
	lease.Spec = resourcelock.LeaderElectionRecordToLeaseSpec(&record)
	ctx, cancel := context.WithTimeout(ctx, l.within)
	defer cancel()
	written, err := l.leases.UpdateLease(ctx, lease)
	if err == nil {
		l.lease = written
	}
	return err
}

// RecordEvent does nothing: who leads is in the log and in a metric.
func (l *leaderLock) RecordEvent(string) {}

// Identity returns the candidate's name.
func (l *leaderLock) Identity() string { return l.identity }

// Describe returns the Lease's name, for logs.
func (l *leaderLock) Describe() string { return l.name }
