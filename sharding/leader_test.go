package sharding

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// office is a leader at work: m-0, a member that sees all that happens.
type office struct {
	*leader

	cluster *cluster
}

// newOffice returns the leader of a ring whose table is stored; the zero table is
// none. Each of the pods holds its Lease as pod/u/1.
func newOffice(t *testing.T, table ring.Table, pods ...string) *office {
	t.Helper()
	c := newCluster()
	c.version = 100
	if table.Epoch > 0 {
		c.ring = ringOf("u1", table)
	}
	r, _ := newReplica(c, "m-0")
	o := &office{&leader{Replica: r, gone: map[string]bool{}}, c}
	for _, pod := range pods {
		c.put(leaseFor(pod, pod+"/u/1", ""))
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Watch(ctx, testGroup, r) }() // the end of the test waits for it
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	synctest.Wait()
	o.guard.begin("m-0/u/1", time.Now())
	return o
}

// renew keeps pods alive, and the leader in touch.
func (o *office) renew(pods ...string) {
	o.guard.renewedAt(time.Now())
	for _, pod := range pods {
		o.cluster.put(leaseFor(pod, pod+"/u/1", ""))
	}
	synctest.Wait()
}

// TestPauseAfterEveningOut: members that have been evened out are left alone for a
// while; one that joins is not.
func TestPauseAfterEveningOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 0, 1, 1), "m-0", "m-1")
		f := o.facts()
		require.Zero(t, o.sinceEvened(f), "they never were")
		way := ring.Handoff{From: "m-0/u/1", To: "m-1/u/1", Epoch: 5, Partitions: []int32{0}}
		f.table.Handoffs = []ring.Handoff{way}
		require.Zero(t, o.sinceEvened(f))
		require.Zero(t, o.evened, "that belongs to the change of members, which is not over yet")

		f.now, f.quiet = f.now.Add(time.Minute), time.Minute
		require.Zero(t, o.sinceEvened(f), "they are being evened out")
		f.table.Handoffs = nil
		f.now, f.quiet = f.now.Add(time.Second), f.quiet+time.Second
		require.Equal(t, time.Second, o.sinceEvened(f))
		f.now, f.quiet = f.now.Add(time.Minute), time.Second
		require.Zero(t, o.sinceEvened(f), "somebody has joined since")
	})
}

// silence is a time in which only some pods are heard of.
func (o *office) silence(d time.Duration, alive ...string) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(time.Until(end), time.Second))
		o.renew(alive...)
	}
}

func three(epoch int64, owners ...int32) ring.Table {
	return tableOf(epoch, []string{"m-0/u/1", "m-1/u/1", "m-2/u/1"}, owners...)
}

// TestFirstPass: the first leader makes the ring, and gives all partitions to who is
// there, under an epoch above all fences of old.
func TestFirstPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, ring.Table{}, "m-0", "m-1")
		o.opts.Inventory = exporters{{Key: "ns/a", Fence: time.Now().UnixMilli() + 1000}, {Key: "ns/b", Fence: 3}}
		require.NoError(t, o.pass(t.Context()))
		table := o.cluster.table(t)
		require.Equal(t, time.Now().UnixMilli()+1001, table.Epoch)
		require.Equal(t, int64(1), table.Term)
		require.Len(t, table.PartitionsOf("m-0/u/1"), 2)
		require.Len(t, table.PartitionsOf("m-1/u/1"), 2)
		require.Equal(t, v1.ExporterRingSpec{Partitions: 4, Hash: ring.HashName, LeaseNamespace: "ns", Labels: "region=eastus"}, o.cluster.ring.Spec)
		require.Equal(t, table, o.table(), "it is in force at once")

		o.cluster.called("")
		require.NoError(t, o.pass(t.Context()))
		require.Zero(t, o.cluster.called("UpdateRing"), "nothing is to be done")
	})
}

// TestLeaderOutOfTouch: the silence that it sees may be its own.
func TestLeaderOutOfTouch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 1, 2, -1), "m-0", "m-1", "m-2")
		time.Sleep(o.opts.Timing.Gate + time.Nanosecond)
		o.cluster.called("")
		require.NoError(t, o.pass(t.Context()))
		require.Empty(t, o.cluster.calls)
		o.guard.renewedAt(time.Now())
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, int64(6), o.cluster.table(t).Epoch, "what was free is given away")
	})
}

// TestTakeover: a member that has been silent for long enough is fenced first, and
// then its share is given away.
func TestTakeover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 1, 2, 1), "m-0", "m-1", "m-2")
		require.NoError(t, o.pass(t.Context()))
		o.silence(10*time.Second-time.Nanosecond, "m-0", "m-2")
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, "m-1/u/1", o.cluster.holder("m-1"))
		require.Equal(t, int64(5), o.cluster.table(t).Epoch)

		o.silence(time.Nanosecond, "m-0", "m-2")
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, "!fenced/m-0/u/1", o.cluster.holder("m-1"))
		table := o.cluster.table(t)
		require.Equal(t, int64(6), table.Epoch)
		require.Len(t, table.Members, 2)
		for p := range table.Owners {
			_, owned := table.Owner(p)
			require.True(t, owned)
		}
		require.InDelta(t, 1, testutil.ToFloat64(o.metrics.takeovers), 0)
		require.InDelta(t, 1, testutil.ToFloat64(o.metrics.writes), 0)
	})
}

// TestMassSilence: if half of the members fall silent together, one goes at a time.
func TestMassSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 1, 2, 1), "m-0", "m-1", "m-2")
		o.silence(10*time.Second, "m-0")
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, "!fenced/m-0/u/1", o.cluster.holder("m-1"))
		o.silence(10*time.Second-time.Nanosecond, "m-0")
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, "m-2/u/1", o.cluster.holder("m-2"))
		o.silence(time.Nanosecond, "m-0")
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, "!fenced/m-0/u/1", o.cluster.holder("m-2"))
	})
}

// TestFence: a Lease that has moved after all stays whose it is, and nothing is given
// away before the fence is in.
func TestFence(t *testing.T) {
	moved := func(o *office) {
		o.cluster.before = func(method string) {
			if method != "UpdateLease" {
				return
			}
			o.cluster.before = func(string) {}
			o.cluster.set(func() { o.cluster.keep(leaseFor("m-1", "m-1/u/1", "")) }) // the watch is late
		}
	}
	cases := map[string]struct {
		reason string
		before func(o *office)
		want   string
		epoch  int64
		err    string
	}{
		"Silent": {"it is fenced", func(*office) {}, "!fenced/m-0/u/1", 6, ""},
		"Unseen": {
			"the watch was late: it lives", func(o *office) {
				o.cluster.set(func() { o.cluster.keep(leaseFor("m-1", "m-1/u/1", "")) })
			}, "m-1/u/1", 5, "",
		},
		"Raced": {"it renews at that moment", moved, "m-1/u/1", 5, ""},
		"Deleted": {
			"whoever deletes a Lease does not make it free", func(o *office) {
				o.cluster.set(func() { delete(o.cluster.leases, LeaseName(testGroup, "m-1")) })
			}, "!fenced/m-0/u/1", 6, "",
		},
		"Recreated": {
			"its member came back in that moment", func(o *office) {
				o.cluster.set(func() { delete(o.cluster.leases, LeaseName(testGroup, "m-1")) })
				o.cluster.before = func(method string) {
					if method == "CreateLease" {
						o.cluster.before = func(string) {}
						o.cluster.put(leaseFor("m-1", "m-1/u/2", ""))
					}
				}
			}, "m-1/u/2", 6, "",
		},
		"Unreadable": {"nothing is decided then", func(o *office) { o.cluster.fails["GetLease"] = errNoAnswer }, "m-1/u/1", 5, `cannot fence the Lease of "m-1": no answer`},
		"Unwritable": {"as above", func(o *office) { o.cluster.fails["UpdateLease"] = errNoAnswer }, "m-1/u/1", 5, `cannot fence the Lease of "m-1": no answer`},
		"LostAnswer": {"the fence is in, and the next pass sees it", func(o *office) { o.cluster.loses["UpdateLease"] = errNoAnswer }, "!fenced/m-0/u/1", 5, `cannot fence the Lease of "m-1": no answer`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, three(5, 0, 1, 2, 1), "m-0", "m-1", "m-2")
				o.silence(10*time.Second, "m-0", "m-2")
				tc.before(o)
				err := o.pass(t.Context())
				if tc.err != "" {
					require.EqualError(t, err, tc.err)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, tc.want, o.cluster.holder("m-1"), tc.reason)
				require.Equal(t, tc.epoch, o.cluster.table(t).Epoch, tc.reason)
				clear(o.cluster.loses)
				if name == "LostAnswer" {
					require.NoError(t, o.pass(t.Context()))
					require.Equal(t, int64(6), o.cluster.table(t).Epoch)
				}
			})
		})
	}
}

// TestConfirmGone: that a life has ended is read from the API server, once.
func TestConfirmGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 1, 2, 1), "m-0", "m-1", "m-2")
		one, two := ring.Member{Name: "m-1", Identity: "m-1/u/1"}, ring.Member{Name: "m-2", Identity: "m-2/u/0"}
		gone, err := o.confirmGone(t.Context(), []ring.Member{one, two})
		require.NoError(t, err)
		require.Equal(t, []string{"m-2/u/0"}, gone, "m-1 lives, whatever we had seen; m-2 has come back as another life")
		o.cluster.set(func() { o.cluster.fails["GetLease"] = errNoAnswer })
		gone, err = o.confirmGone(t.Context(), []ring.Member{two})
		require.NoError(t, err)
		require.Equal(t, []string{"m-2/u/0"}, gone, "a life does not come back")
		_, err = o.confirmGone(t.Context(), []ring.Member{two, one})
		require.EqualError(t, err, `cannot read the Lease of "m-1": no answer`)
	})
}

// TestDeletedLeaseOfTheGone: a member that has given its Lease back, which somebody
// has deleted then, does not keep its share for ever. Nor does it lose it sooner than
// a member whose Lease is silent: what was seen of it may be old.
func TestDeletedLeaseOfTheGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 1, 2, 1), "m-0", "m-1", "m-2")
		o.cluster.put(leaseFor("m-1", "", ""))
		o.cluster.set(func() { delete(o.cluster.leases, LeaseName(testGroup, "m-1")) })
		began := time.Now()
		for o.cluster.table(t).Epoch == 5 {
			require.Less(t, time.Since(began), time.Minute, "it stays for ever")
			require.NoError(t, o.pass(t.Context()))
			time.Sleep(time.Second)
			o.renew("m-0", "m-2")
		}
		require.Equal(t, "!fenced/m-0/u/1", o.cluster.holder("m-1"))
		require.GreaterOrEqual(t, time.Since(began), o.opts.Timing.Dead)
	})
}

// TestPublish: each table follows on the one that is stored.
func TestPublish(t *testing.T) {
	cases := map[string]struct {
		reason string
		before func(o *office)
		err    string
		epoch  int64
		// known is set when the leader knows the ring afterwards.
		known bool
	}{
		"Written": {"it is in", func(*office) {}, "", 6, true},
		"Raced": {
			"another leader has published: its table counts", func(o *office) {
				o.cluster.set(func() {
					o.cluster.ring = ringOf("u1", three(6, 0, 1, 2, 0))
					o.cluster.ring.ResourceVersion = "99"
				})
			}, "", 6, true,
		},
		"Touched": {
			"only the resourceVersion is another one", func(o *office) {
				o.cluster.set(func() {
					o.cluster.ring = o.cluster.ring.DeepCopy()
					o.cluster.ring.ResourceVersion = "99"
				})
			}, "", 5, true,
		},
		"Refused":    {"a rule of the CRD", func(o *office) { o.cluster.fails["UpdateRing"] = invalidRing() }, "", 5, true},
		"Deleted":    {"it is made again by the next pass", func(o *office) { o.cluster.set(func() { o.cluster.ring = nil }) }, "", 0, false},
		"NoAnswer":   {"it is tried again", func(o *office) { o.cluster.fails["UpdateRing"] = errNoAnswer }, `cannot write the ring "g-1": no answer`, 5, true},
		"LostAnswer": {"the watch tells", func(o *office) { o.cluster.loses["UpdateRing"] = errNoAnswer }, `cannot write the ring "g-1": no answer`, 6, true},
		"Unreadable": {
			"after a conflict it is read", func(o *office) {
				o.cluster.fails["UpdateRing"], o.cluster.fails["GetRing"] = invalidRing(), errNoAnswer
			}, `cannot read the ring "g-1": no answer`, 5, true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, three(5, 0, 1, 2, -1), "m-0", "m-1", "m-2")
				tc.before(o)
				err := o.pass(t.Context())
				if tc.err != "" {
					require.EqualError(t, err, tc.err)
				} else {
					require.NoError(t, err)
				}
				require.Equal(t, tc.known, o.view.object != nil, tc.reason)
				if tc.epoch > 0 {
					require.Equal(t, tc.epoch, o.cluster.table(t).Epoch, tc.reason)
				}
				clear(o.cluster.fails)
				clear(o.cluster.loses)
				require.NoError(t, o.pass(t.Context()), "the next pass mends it")
				require.GreaterOrEqual(t, o.cluster.table(t).Epoch, int64(6), tc.reason)
				_, owned := o.cluster.table(t).Owner(3)
				require.True(t, owned, tc.reason)
			})
		})
	}
}

func invalidRing() error {
	return apierrors.NewInvalid(v1.GroupVersion.WithKind("ExporterRing").GroupKind(), testGroup, nil)
}

// TestTerms: each leadership counts one on, and none goes back.
func TestTerms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := three(5, 0, 1, 2, -1)
		table.Term = 8
		o := newOffice(t, table, "m-0", "m-1", "m-2")
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, int64(9), o.cluster.table(t).Term)
		o.term = 3
		o.cluster.put(leaseFor("m-2", "", ""))
		synctest.Wait()
		require.NoError(t, o.pass(t.Context()))
		require.Equal(t, int64(9), o.cluster.table(t).Term, "a newer leader has been here")
	})
}

// TestDeletedRing: a ring that is deleted is made again with the table that is in
// force, under the next epoch: nobody loses anything.
func TestDeletedRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := three(5, 0, 1, 2, 0)
		o := newOffice(t, before, "m-0", "m-1", "m-2")
		require.NoError(t, o.pass(t.Context()))
		o.cluster.forget()
		require.NoError(t, o.pass(t.Context()))
		after := o.cluster.table(t)
		require.Equal(t, int64(6), after.Epoch)
		require.Equal(t, before.Owners, after.Owners)
		require.Equal(t, before.Generations, after.Generations)
		require.NotEqual(t, types.UID("u1"), o.cluster.ring.UID)
	})
}

// TestRingDeletedWhileFencing: what is deleted while a pass is going on is made again
// by the next one.
func TestRingDeletedWhileFencing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 1, 2, 1), "m-0", "m-1", "m-2")
		o.silence(10*time.Second, "m-0", "m-2")
		o.cluster.before = func(method string) {
			if method == "UpdateLease" {
				o.cluster.before = func(string) {}
				o.cluster.forget()
			}
		}
		require.NoError(t, o.pass(t.Context()))
		require.NoError(t, o.pass(t.Context()))
		require.Len(t, o.cluster.table(t).Members, 2)
	})
}

// TestForeignRing: a ring that is not ours is neither made nor written.
func TestForeignRing(t *testing.T) {
	cases := map[string]struct {
		change func(spec *v1.ExporterRingSpec)
		want   string
	}{
		"Namespace":  {func(s *v1.ExporterRingSpec) { s.LeaseNamespace = "prod" }, `another deployment of these cluster labels runs in namespace "prod", and this one is in "ns"; stop one of them`},
		"Partitions": {func(s *v1.ExporterRingSpec) { s.Partitions = 8 }, "it has 8 partitions, and this version knows rings of 4 only"},
		"Hash":       {func(s *v1.ExporterRingSpec) { s.Hash = "md5" }, fmt.Sprintf(`it is hashed by "md5", and this version knows %q only; finish the upgrade, or delete the ring`, ring.HashName)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, ring.Table{}, "m-0")
				o.cluster.ring = ringOf("u1", three(5, 0, 1, 2, -1))
				tc.change(&o.cluster.ring.Spec)
				err := o.pass(t.Context())
				require.ErrorIs(t, err, ErrForeignRing)
				require.ErrorContains(t, err, tc.want)
				require.ErrorContains(t, o.Ready(), "sharding: ring: this replica cannot be in the ring: "+tc.want)
				o.cluster.called("")
				require.Error(t, o.pass(t.Context()))
				require.Zero(t, o.cluster.called("UpdateRing"))
			})
		})
	}
}

// TestEnsureRingFails: what cannot be made is said, with the verb that is missing.
func TestEnsureRingFails(t *testing.T) {
	for _, method := range []string{"GetRing", "CreateRing"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOffice(t, ring.Table{}, "m-0")
				o.cluster.fails[method] = errNoAnswer
				require.EqualError(t, o.pass(t.Context()), `cannot make the ring "g-1": no answer`)
			})
		})
	}
}

// TestAudit: exporters that nobody runs are counted every ten seconds.
func TestAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 0, 1, -1), "m-0")
		o.opts.Inventory = exporters{
			{Key: keyIn(t, 0).String()},
			{Key: keyIn(t, 1).String(), Overdue: true},
			{Key: keyIn(t, 2).String()},
			{Key: keyIn(t, 3).String(), Overdue: true},
		}
		f := o.facts()
		o.look(f)
		require.InDelta(t, 2, testutil.ToFloat64(o.metrics.unowned), 0, "one is nobody's, and m-1 does not live")
		require.InDelta(t, 2, testutil.ToFloat64(o.metrics.overdue), 0)
		o.opts.Inventory = exporters{}
		f.now = f.now.Add(auditEvery - time.Nanosecond)
		o.look(f)
		require.InDelta(t, 2, testutil.ToFloat64(o.metrics.unowned), 0)
		f.now = f.now.Add(time.Nanosecond)
		o.look(f)
		require.Zero(t, testutil.ToFloat64(o.metrics.unowned))
		require.Zero(t, testutil.ToFloat64(o.metrics.overdue))
	})
}

// counted counts how often the exporters are gone through.
type counted struct {
	exporters

	times *int
}

// Each implements Inventory.
func (c counted) Each(yield func(Exporter) bool) {
	*c.times++
	c.exporters.Each(yield)
}

// TestIdlePassIsCheap: a pass in which there is nothing to do goes through no exporters,
// of which there may be ten thousand.
func TestIdlePassIsCheap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 0, 1, 2), "m-0", "m-1", "m-2")
		times := 0
		o.opts.Inventory = counted{exporters{{Key: "ns/x"}}, &times}
		require.NoError(t, o.pass(t.Context()))
		require.Positive(t, times, "they are weighed and looked through at first")
		times = 0
		for range 3 {
			time.Sleep(time.Second)
			o.renew("m-1", "m-2")
			require.NoError(t, o.pass(t.Context()))
		}
		require.Zero(t, times)
	})
}

// TestWeights: partitions weigh what their exporters cost, in units of the average,
// and change slowly.
func TestWeights(t *testing.T) {
	key := func(p int) string { return keyIn(t, p).String() }
	require.Equal(t, []float64{0, 0, 0, 0}, ring.Weigh(costs(exporters{}), 4))
	require.Equal(t, []float64{2, 1, 0, 0}, ring.Weigh(costs(exporters{{Key: key(0)}, {Key: key(0)}, {Key: key(1)}}), 4), "what has not run yet counts like the average")
	require.Equal(t, []float64{1.5, 0.5, 1, 0}, ring.Weigh(costs(exporters{{Key: key(0), Weight: 300}, {Key: key(1), Weight: 100}, {Key: key(2)}}), 4))
	require.Equal(t, []float64{1, 2}, smooth(nil, []float64{1, 2}), "there is nothing to follow yet")
	require.InDeltaSlice(t, []float64{1.2, 0.8}, smooth([]float64{1, 1}, []float64{2, 0}), 1e-9)

	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, three(5, 0, 0, 1, -1), "m-0")
		o.opts.Inventory = exporters{{Key: key(0)}}
		f := o.facts()
		o.look(f)
		require.Equal(t, []float64{1, 0, 0, 0}, o.weights)
		o.opts.Inventory = exporters{{Key: key(1)}}
		f.now = f.now.Add(weighEvery - time.Nanosecond)
		o.look(f)
		require.Equal(t, []float64{1, 0, 0, 0}, o.weights)
		f.now = f.now.Add(time.Nanosecond)
		o.look(f)
		require.InDeltaSlice(t, []float64{0.8, 0.2, 0, 0}, o.weights, 1e-9)
	})
}
