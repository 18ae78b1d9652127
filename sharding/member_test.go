package sharding

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// joining runs keep until stop is called.
func joining(t *testing.T, r *Replica) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.keep(ctx) }() // stop waits for it
	synctest.Wait()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

// sentOf returns when the last good renewal was sent.
func sentOf(r *Replica) time.Time {
	r.guard.mu.RLock()
	defer r.guard.mu.RUnlock()
	return r.guard.sent
}

// inTouchSince returns since when a replica has been in touch.
func inTouchSince(r *Replica) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.view.connected
}

// troubleOf returns what does not work.
func troubleOf(r *Replica) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return errors.Join(slices.Collect(maps.Values(r.trouble))...)
}

// setSaid changes what a Lease has to say.
func setSaid(r *Replica, ack int64, draining bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ack, r.draining = ack, draining
}

// TestJoin: a Lease is taken when that is safe.
func TestJoin(t *testing.T) {
	foreign := ringOf("u1", ring.Table{})
	foreign.Spec.LeaseNamespace = "elsewhere"
	nobody := leaseFor("m-0", "", "")
	nobody.Spec.HolderIdentity = nil
	cases := map[string]struct {
		reason string
		before func(c *cluster)
		after  time.Duration
	}{
		"New":     {"there is none yet", func(*cluster) {}, 0},
		"Free":    {"it was given back", func(c *cluster) { c.put(leaseFor("m-0", "", "")) }, 0},
		"Nobody":  {"or never held", func(c *cluster) { c.put(nobody) }, 0},
		"Fenced":  {"it was taken away", func(c *cluster) { c.put(leaseFor("m-0", fenced+"m-1/u/1", "")) }, 0},
		"Restart": {"our own process has ended, or we would not run", func(c *cluster) { c.put(leaseFor("m-0", "m-0/u/old", "")) }, 0},
		"Namesake": {
			"another pod of our name may live on", func(c *cluster) { c.put(leaseFor("m-0", "m-0/other/1", "")) },
			10 * time.Second,
		},
		"LivingNamesake": {
			"as long as it renews", func(c *cluster) {
				c.put(leaseFor("m-0", "m-0/other/1", ""))
				time.AfterFunc(5500*time.Millisecond, func() { c.put(leaseFor("m-0", "m-0/other/1", "")) })
			}, 16 * time.Second, // seen at 6 s
		},
		"Unreachable": {
			"it is tried again every second", func(c *cluster) {
				c.fails["CreateLease"] = errNoAnswer
				time.AfterFunc(2500*time.Millisecond, func() { c.set(func() { c.fails["CreateLease"] = nil }) })
			}, 3 * time.Second,
		},
		"Foreign": {
			"another deployment of the same labels runs", func(c *cluster) {
				c.ring = foreign
				time.AfterFunc(4500*time.Millisecond, func() { c.set(func() { c.ring = nil }) })
			}, 5 * time.Second,
		},
		"NoRights": {
			"a ring that cannot be read may be a foreign one", func(c *cluster) {
				c.fails["GetRing"] = apierrors.NewForbidden(resource("exporterrings"), testGroup, nil)
				time.AfterFunc(500*time.Millisecond, func() { c.set(func() { c.fails["GetRing"] = nil }) })
			}, time.Second,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster()
				tc.before(c)
				r, _ := newReplica(c, "m-0")
				defer joining(t, r)()
				if tc.after > 0 {
					require.Empty(t, r.guard.Identity(), tc.reason)
					require.Error(t, r.Ready())
					time.Sleep(tc.after - time.Nanosecond)
					synctest.Wait()
					require.Empty(t, r.guard.Identity(), tc.reason)
					time.Sleep(time.Nanosecond)
					synctest.Wait()
				}
				require.NotEmpty(t, r.guard.Identity(), tc.reason)
				require.Equal(t, c.holder("m-0"), r.guard.Identity())
				require.Equal(t, "u", uidOf(r.guard.Identity()))
				require.NoError(t, troubleOf(r))
			})
		})
	}
}

// TestLeaseSays: a Lease says who holds it, since when, and how far he is.
func TestLeaseSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		r, _ := newReplica(c, "m-0")
		r.ack, r.draining = 7, true
		found := leaseFor("m-0", "m-0/other/1", "5")
		found.Labels["kept"] = "yes"
		found.Annotations = map[string]string{AnnotationAck: "3", "other": "gone"}
		found.Spec.LeaseTransitions = new(int32(4))
		before := found.DeepCopy()
		lease := r.leaseOf(found, "m-0/u/1")
		require.Equal(t, before, found, "what was read is not changed")
		require.Equal(t, map[string]string{LabelRing: testGroup, "kept": "yes"}, lease.Labels)
		require.Equal(t, map[string]string{AnnotationAck: "7", AnnotationDraining: "stopping", AnnotationVersion: "v1"}, lease.Annotations)
		require.Equal(t, "5", lease.ResourceVersion)
		require.Equal(t, "m-0/u/1", *lease.Spec.HolderIdentity)
		require.Equal(t, int32(5), *lease.Spec.LeaseTransitions)
		require.Equal(t, int32(10), *lease.Spec.LeaseDurationSeconds)
		require.True(t, lease.Spec.AcquireTime.Time.Equal(time.Now()))

		acquired := *lease.Spec.AcquireTime
		time.Sleep(2 * time.Second)
		r.ack, r.draining = 0, false
		again := r.leaseOf(lease, "m-0/u/1")
		require.Equal(t, acquired, *again.Spec.AcquireTime)
		require.Equal(t, int32(5), *again.Spec.LeaseTransitions)
		require.True(t, again.Spec.RenewTime.Time.Equal(time.Now()))
		require.Equal(t, map[string]string{AnnotationVersion: "v1"}, again.Annotations)
		made := r.leaseOf(nil, "m-0/u/1")
		require.Equal(t, "adxx-g-1-m-0", made.Name)
		require.Equal(t, int32(1), *made.Spec.LeaseTransitions)
	})
}

// TestRenewals: the right follows from when a good renewal was sent, not from when
// it was answered.
func TestRenewals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		r, _ := newReplica(c, "m-0")
		defer joining(t, r)()
		identity := r.guard.Identity()
		c.called("")
		time.Sleep(time.Minute)
		synctest.Wait()
		n := c.called("UpdateLease")
		require.GreaterOrEqual(t, n, 27, "every two seconds, give or take a tenth")
		require.LessOrEqual(t, n, 33)
		require.InDelta(t, n, testutil.ToFloat64(r.metrics.renewals.WithLabelValues("success")), 0)

		c.set(func() { c.takes = 2 * time.Second })
		nudge(r.kick)
		sent := time.Now()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, sent, sentOf(r))

		c.set(func() { c.takes = time.Hour }) // each renewal times out after 2.5 s
		time.Sleep(r.opts.Timing.Valid - 2*time.Second - time.Nanosecond)
		require.True(t, r.State().Valid)
		time.Sleep(time.Nanosecond)
		require.False(t, r.State().Valid)
		require.Equal(t, identity, r.guard.Identity(), "it is not lost, and may come back")
		require.Positive(t, testutil.ToFloat64(r.metrics.renewals.WithLabelValues("error")))
		require.ErrorContains(t, r.Ready(), "the Lease has not been renewed for 8s")

		c.set(func() { c.takes = 0 })
		time.Sleep(3 * time.Second)
		synctest.Wait()
		require.True(t, r.State().Valid)
		require.Equal(t, identity, r.guard.Identity())
	})
}

// TestFailedRenewalsComeQuickly: what fails at once is tried again after half a
// second, and not in a loop.
func TestFailedRenewalsComeQuickly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		r, _ := newReplica(c, "m-0")
		defer joining(t, r)()
		c.set(func() { c.fails["UpdateLease"] = errNoAnswer })
		time.Sleep(3 * time.Second)
		c.called("")
		time.Sleep(5 * time.Second)
		require.Equal(t, 10, c.called("UpdateLease"))
	})
}

// TestLostAnswers: a renewal whose answer is lost is ours all the same.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		r, work := newReplica(c, "m-0")
		defer joining(t, r)()
		identity := r.guard.Identity()
		c.set(func() { c.loses["UpdateLease"] = errNoAnswer })
		time.Sleep(2500 * time.Millisecond)
		c.set(func() { delete(c.loses, "UpdateLease") })
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, identity, r.guard.Identity())
		require.LessOrEqual(t, time.Since(sentOf(r)), time.Second)
		require.Empty(t, work.since())
	})
}

// TestLostLease: whoever has lost the Lease drops all, and comes back as another
// life that holds nothing.
func TestLostLease(t *testing.T) {
	nobody := leaseFor("m-0", "", "")
	nobody.Spec.HolderIdentity = nil
	for name, tc := range map[string]struct {
		reason string
		lose   func(c *cluster)
	}{
		"Fenced":  {"the leader has taken it away", func(c *cluster) { c.put(leaseFor("m-0", fenced+"m-1/u/1", "")) }},
		"Deleted": {"what is not there cannot be renewed", func(c *cluster) { c.set(func() { clear(c.leases) }) }},
		"Emptied": {"somebody has edited it", func(c *cluster) { c.put(nobody) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster()
				r, work := newReplica(c, "m-0")
				defer joining(t, r)()
				identity := r.guard.Identity()
				setSaid(r, 7, false)
				r.guard.set(identity, 4, func(tenures []tenure) { tenures[2] = tenure{3, phaseHeld} })
				bound, cancel := r.guard.Bind(t.Context(), keyIn(t, 2))
				defer cancel()
				require.NoError(t, bound.Err())
				tc.lose(c)
				nudge(r.kick)
				synctest.Wait()
				require.NotEmpty(t, r.guard.Identity(), tc.reason)
				require.NotEqual(t, identity, r.guard.Identity(), tc.reason)
				require.Equal(t, []string{"0s drop [2]"}, work.since())
				require.Error(t, bound.Err())
				require.Equal(t, make([]tenure, 4), r.guard.held())
				require.Zero(t, ackOf(r), "what the old life has acknowledged is nothing to the new one")
				require.InDelta(t, 1, testutil.ToFloat64(r.metrics.lost), 0)
			})
		})
	}
}

// TestOwnGapsCountForNothing: a member that was frozen does not hold its own silence
// against others.
func TestOwnGapsCountForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		r, _ := newReplica(c, "m-0")
		defer joining(t, r)()
		joined := inTouchSince(r)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		require.Equal(t, joined, inTouchSince(r), "in good times nothing is forgotten")
		c.set(func() { c.takes = time.Hour })
		time.Sleep(10 * time.Second)
		c.set(func() { c.takes = 0 })
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.Less(t, time.Since(inTouchSince(r)), 5*time.Second)
	})
}

// TestLeave: the Lease is given back, unless it is somebody else's by then.
func TestLeave(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		before func(c *cluster)
		want   string
		err    string
	}{
		"Ours":   {"it is free at once", func(*cluster) {}, "", ""},
		"Others": {"whoever has it keeps it", func(c *cluster) { c.put(leaseFor("m-0", "m-0/other/1", "")) }, "m-0/other/1", ""},
		"Renewed": {"a renewal that was given up was on its way", func(c *cluster) {
			late := c.lease("m-0")
			c.before = func(method string) {
				if method == "UpdateLease" {
					c.before = func(string) {}
					c.put(late)
				}
			}
		}, "", ""},
		"Unreachable": {"it falls silent then", func(c *cluster) { c.fails["UpdateLease"] = errNoAnswer }, "ours", `cannot give the Lease "adxx-g-1-m-0" back: no answer`},
		"Unreadable":  {"as above", func(c *cluster) { c.fails["GetLease"] = errNoAnswer }, "ours", `cannot give the Lease "adxx-g-1-m-0" back: no answer`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster()
				r, work := newReplica(c, "m-0")
				require.NoError(t, r.leave(t.Context()), "whoever is no member has nothing to give back")
				joining(t, r)()
				identity := r.guard.Identity()
				setSaid(r, 7, true)
				r.guard.set(identity, 4, func(tenures []tenure) { tenures[0] = tenure{3, phaseHeld} })
				tc.before(c)
				err := r.leave(t.Context())
				if tc.err != "" {
					require.EqualError(t, err, tc.err)
				} else {
					require.NoError(t, err)
				}
				if tc.want == "ours" {
					tc.want = identity
				}
				require.Equal(t, tc.want, c.holder("m-0"), tc.reason)
				require.Equal(t, []string{"0s drop [0]"}, work.since(), "before it is given back")
				require.Empty(t, r.guard.Identity())
				if tc.want == "" {
					require.Equal(t, map[string]string{AnnotationVersion: "v1"}, c.lease("m-0").Annotations)
				}
			})
		})
	}
}

// keyIn returns an exporter of a partition of four.
func keyIn(t *testing.T, partition int) (key types.NamespacedName) {
	t.Helper()
	for i := range 1000 {
		key = types.NamespacedName{Namespace: "ns", Name: fmt.Sprint("x", i)}
		if ring.Partition(key.String(), 4) == partition {
			return key
		}
	}
	t.Fatal("no exporter falls into the partition")
	return key
}
