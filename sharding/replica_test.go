package sharding

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	coordinationv1 "k8s.io/api/coordination/v1"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a replica that has been started.
type running struct {
	*Replica

	work *journal
	stop func() error
}

// many is how many partitions a ring has that is shared out: a tenth of them may be
// on their way at once.
const many = 40

func start(t *testing.T, c *cluster, pod string) *running {
	t.Helper()
	return startWith(t, c, pod, func(*Replica) {})
}

// startWith is start for a replica that is changed before.
func startWith(t *testing.T, c *cluster, pod string, change func(*Replica)) *running {
	t.Helper()
	r, work := newReplica(c, pod)
	r.opts.Partitions = many
	change(r)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Start(ctx) }() // stop waits for it
	return &running{r, work, func() error {
		cancel()
		return <-done
	}}
}

// settle waits until a condition holds, a minute at most.
func settle(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		synctest.Wait() // what happens at one instant is seen as a whole
		if holds() {
			return
		}
		require.Less(t, time.Since(began), time.Minute, what)
	}
}

// shares returns how many partitions each replica may act for. None is two's.
func shares(t *testing.T, replicas ...*running) []int {
	t.Helper()
	all, owner := make([]int, len(replicas)), map[int]int{}
	for i, r := range replicas {
		for p, h := range r.guard.held() {
			if !h.acts() || !r.State().Valid {
				continue
			}
			all[i]++
			require.NotContains(t, owner, p, "partition %d has two owners", p)
			owner[p] = i
		}
	}
	return all
}

// TestLifeOfARing: the first replica has all, the second gets half of it, and when the
// first one stops the second has all. No partition is ever acted for by both.
func TestLifeOfARing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		one := start(t, c, "m-0")
		settle(t, "the first has all", func() bool { return shares(t, one)[0] == many })
		require.NoError(t, one.Ready())
		require.True(t, one.State().Leader)

		two := start(t, c, "m-1")
		settle(t, "the second is let in", func() bool { return two.Ready() == nil })
		settle(t, "each has half", func() bool { return slices.Equal(shares(t, one, two), []int{many / 2, many / 2}) })
		require.True(t, slices.ContainsFunc(two.work.since(), func(line string) bool { return strings.Contains(line, " m-0}") }), "the first one can be asked")
		require.False(t, two.State().Leader)

		began := time.Now()
		stopped := make(chan error, 1)
		go func() { stopped <- one.stop() }() // received below
		settle(t, "the second has all", func() bool { return shares(t, one, two)[1] == many })
		require.NoError(t, <-stopped)
		require.Less(t, time.Since(began), two.opts.Timing.Dead, "nobody waits for its death")
		require.Empty(t, c.holder("m-0"))
		require.NoError(t, two.stop())
		require.Empty(t, c.holder("m-1"))
		lines := two.work.since()
		require.Contains(t, lines[len(lines)-1], "drop")
		require.True(t, slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "released") }), "what nobody takes comes to rest")
	})
}

// TestLoopsThatFailEndTheReplica: a replica that cannot watch is none.
func TestLoopsThatFailEndTheReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		r, _ := newReplica(c, "m-0")
		broken := errors.New("cannot watch")
		r.opts.Cluster = blind{c, broken}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Start(ctx) }() // received below
		time.Sleep(time.Minute)
		cancel()
		require.ErrorIs(t, <-done, broken)
	})
}

// blind is a cluster that cannot be watched.
type blind struct {
	*cluster

	err error
}

func (b blind) Watch(context.Context, string, Observer) error { return b.err }

// member returns a replica that is a member, without its loops.
func member(t *testing.T, partitions ...phase) (*Replica, *journal) {
	t.Helper()
	r, work := newReplica(newCluster(), "m-0")
	r.guard.begin(me, time.Now())
	r.guard.set(me, len(partitions), func(tenures []tenure) {
		for p := range tenures {
			if partitions[p] != phaseNone {
				tenures[p] = tenure{4, partitions[p]}
			}
		}
	})
	return r, work
}

// ackOf returns what a replica's Lease acknowledges.
func ackOf(r *Replica) int64 {
	ack, _ := r.said()
	return ack
}

// TestReleases: what is asked for is released within its time, and acknowledged when
// it is at rest.
func TestReleases(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		drains time.Duration
		after  time.Duration
		want   []string
	}{
		"Quick": {"work ends by itself", 4 * time.Second, 4 * time.Second, []string{"0s release [1]", "4s released [1]"}},
		"Slow":  {"or is cut off", time.Hour, 10 * time.Second, []string{"0s release [1]", "10s cut off [1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, work := member(t, phaseHeld, phaseHeld, phaseNone, phaseNone)
				work.drains = tc.drains
				after := since(handing(tableOf(6, []string{me, other}, 0, 0, 1, 1), 6, me, other, 1), 4, 4, 4, 4)
				r.obey(t.Context(), make([][]string, 4), after, me)
				require.Equal(t, tenure{4, phaseReleasing}, r.guard.held()[1])
				time.Sleep(tc.after - time.Nanosecond)
				synctest.Wait()
				r.guard.renewedAt(time.Now())
				require.True(t, r.guard.held()[1].acts(), "until it is at rest it is ours")
				require.Zero(t, ackOf(r))
				time.Sleep(time.Nanosecond)
				r.releases.Wait()
				require.Equal(t, []tenure{{4, phaseHeld}, {4, phaseReleased}, {}, {}}, r.guard.held())
				require.Equal(t, int64(6), ackOf(r))
				require.Equal(t, tc.want, work.since(), tc.reason)
				require.Len(t, r.kick, 1, "the Lease says so at once")
			})
		})
	}
}

// TestAcksStandForAllBefore: while one release is under way a later one is not
// acknowledged, since its ack would stand for both.
func TestAcksStandForAllBefore(t *testing.T) {
	r, _ := member(t, phaseReleasing, phaseReleasing)
	r.released(turn{release: []int32{1}, ack: 7}, me)
	require.Zero(t, r.ack)
	r.released(turn{release: []int32{0}, ack: 6}, me)
	require.Equal(t, int64(6), r.ack)
	r.released(turn{ack: 5}, me)
	require.Equal(t, int64(6), r.ack, "an ack is never taken back")
	r.released(turn{ack: 7}, me) // the next table asks again
	require.Equal(t, int64(7), r.ack)
	r.released(turn{ack: 9}, "m-0/u/old")
	require.Equal(t, int64(7), r.ack, "a life that has ended says nothing")
}

// TestObeyOrder: what is lost is dropped before what is new is taken, and a life that
// has ended takes nothing.
func TestObeyOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, work := member(t, phaseHeld, phaseNone)
		table := tableOf(6, []string{me, other}, 1, 0)
		r.obey(t.Context(), make([][]string, 2), table, "m-0/u/old")
		require.Empty(t, work.since())
		r.obey(t.Context(), make([][]string, 2), table, me)
		require.Equal(t, []string{"0s drop [0]", "0s take [{1 }]"}, work.since())
		require.Equal(t, []tenure{{}, {5, phaseHeld}}, r.guard.held())
		require.InDelta(t, 6, testutil.ToFloat64(r.metrics.epoch), 0)
		require.InDelta(t, float64(table.Hash()), testutil.ToFloat64(r.metrics.hash), 0)
		require.InDelta(t, 1, testutil.ToFloat64(r.metrics.owned), 0)
		require.InDelta(t, 2, testutil.ToFloat64(r.metrics.members), 0)
	})
}

// TestSeeLease: only the members' Leases of our own ring are seen, and a leader is
// woken when there is something to decide.
func TestSeeLease(t *testing.T) {
	r, _ := newReplica(newCluster(), "m-0")
	woken := func() bool {
		select {
		case <-r.led:
			return true
		default:
			return false
		}
	}
	foreign := leaseFor("m-1", "m-1/u/1", "1")
	foreign.Labels[LabelRing] = "g-2"
	r.SeeLease(foreign)
	leader := leaseFor("leader", "m-0/u/1", "1")
	leader.Labels = nil
	r.SeeLease(leader)
	require.Empty(t, r.view.leases)
	require.False(t, woken())

	r.SeeLease(leaseFor("m-1", "m-1/u/1", "1"))
	require.True(t, woken(), "somebody has joined")
	r.SeeLease(leaseFor("m-1", "m-1/u/1", "2"))
	require.False(t, woken(), "a renewal says nothing new")
	said := leaseFor("m-1", "m-1/u/1", "3")
	said.Annotations = map[string]string{AnnotationAck: "5"}
	r.SeeLease(said)
	require.True(t, woken(), "an ack does")
	r.SeeLease(leaseFor("m-1", "", "4"))
	require.True(t, woken(), "so does a member that leaves")
}

// TestSeeRing: another group's ring is not ours, and trouble with our own passes when
// it does.
func TestSeeRing(t *testing.T) {
	r, _ := newReplica(newCluster(), "m-0")
	stranger := ringOf("u1", tableOf(5, []string{me}, 0, 0, 0, 0))
	stranger.Name = "g-2"
	r.SeeRing(stranger)
	require.Nil(t, r.view.object)
	require.Empty(t, r.followed)

	corrupt := ringOf("u1", tableOf(5, []string{me}, 0, 0, 0, 0))
	corrupt.Status.Generations = "%"
	r.SeeRing(corrupt)
	require.ErrorIs(t, r.Ready(), ring.ErrCorrupt)
	require.Empty(t, r.followed)
	r.SeeRing(ringOf("u1", tableOf(5, []string{me}, 0, 0, 0, 0)))
	require.Len(t, r.followed, 1, "there is a new table")
	require.EqualError(t, r.Ready(), "sharding: this replica is no member of its ring yet")
}

// TestReady: a replica that is not ready says what is missing.
func TestReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newReplica(newCluster(), "m-0")
		require.EqualError(t, r.Ready(), "sharding: this replica is no member of its ring yet")
		r.noted("membership", errNoAnswer)
		require.EqualError(t, r.Ready(), "sharding: membership: no answer")
		r.guard.begin(me, time.Now())
		require.EqualError(t, r.Ready(), "sharding: the leader has not let this replica into the ring yet")
		r.SeeRing(ringOf("u1", tableOf(5, []string{me}, 0, 0, 0, 0)))
		require.NoError(t, r.Ready(), "trouble with a Lease that is valid is not urgent")
		time.Sleep(r.opts.Timing.Valid - time.Nanosecond)
		require.NoError(t, r.Ready())
		time.Sleep(time.Nanosecond)
		require.EqualError(t, r.Ready(), "sharding: the Lease has not been renewed for 8s")
		r.guard.renewedAt(time.Now())
		r.noted("ring", ErrForeignRing)
		require.ErrorIs(t, r.Ready(), ErrForeignRing)
		r.noted("ring", nil)
		require.NoError(t, r.Ready())
	})
}

// TestState: what a replica tells its peers follows from its Lease.
func TestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := member(t, phaseHeld, phaseReleasing, phaseReleased, phaseNone)
		r.SeeRing(ringOf("u1", tableOf(5, []string{me}, 0, 0, 0, 0)))
		want := State{Group: testGroup, Pod: "m-0", Identity: me, Epoch: 5, Connected: true, Valid: true, Serving: true, Partitions: 2}
		time.Sleep(r.opts.Timing.Gate)
		require.Equal(t, want, r.State())
		time.Sleep(time.Nanosecond)
		want.Connected = false
		require.Equal(t, want, r.State())
		time.Sleep(r.opts.Timing.Valid)
		want.Valid, want.Serving = false, false
		require.Equal(t, want, r.State())
		r.guard.confirm(time.Now().Add(time.Nanosecond))
		want.Serving = true
		require.Equal(t, want, r.State())

		recorder := httptest.NewRecorder()
		r.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, StatePath, http.NoBody))
		var told State
		require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &told))
		require.Equal(t, want, told)
		require.Equal(t, "application/json", recorder.Header().Get("Content-Type"))
		recorder = httptest.NewRecorder()
		r.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, StatePath, http.NoBody))
		require.Equal(t, http.StatusMethodNotAllowed, recorder.Code)
		require.Equal(t, http.MethodGet, recorder.Header().Get("Allow"))
	})
}

// TestConfirmServing: without an API server the series stay while the peers agree,
// for a quarter of an hour, and end within seconds when they do not.
func TestConfirmServing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := member(t, phaseHeld, phaseHeld, phaseHeld, phaseHeld)
		r.SeeRing(ringOf("u1", tableOf(5, []string{me, "m-1/u/1", "m-2/u/1"}, 0, 0, 0, 0)))
		peers := &asked{answers: map[string]State{"m-1": {Group: testGroup, Epoch: 5}}}
		r.opts.Peers = peers
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.confirmServing(ctx) }() // received below
		began := time.Now()
		serves := func() bool { synctest.Wait(); return r.guard.Serves(exporter) }

		time.Sleep(3*time.Second + time.Millisecond)
		synctest.Wait()
		require.Empty(t, peers.since(), "while there is an API server nobody is asked")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Subset(t, []string{"m-1", "m-2"}, peers.since(), "not ourselves")
		for time.Since(began) < 5*time.Minute {
			time.Sleep(100 * time.Millisecond)
			require.True(t, serves(), "for %s", time.Since(began))
		}

		peers.say("m-2", State{Group: testGroup, Epoch: 6})
		time.Sleep(1100 * time.Millisecond)
		require.False(t, serves(), "somebody knows a newer table")
		peers.say("m-2", State{Group: "g-2", Epoch: 9})
		time.Sleep(1100 * time.Millisecond)
		require.True(t, serves(), "whoever is of another ring says nothing")

		last := r.opts.Timing.Valid + r.opts.Timing.Serve + confirmFor
		for time.Since(began) < last+time.Second {
			time.Sleep(100 * time.Millisecond)
			serves()
		}
		require.False(t, serves(), "values that are a quarter of an hour old are no values")
		stop()
		require.NoError(t, <-done)
	})
}

// TestPeersThatHang: a peer that does not answer costs a second, and its silence no
// more than its vote.
func TestPeersThatHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := member(t, phaseHeld)
		r.SeeRing(ringOf("u1", tableOf(5, []string{me, "m-1/u/1", "m-2/u/1"}, 0, 0, 0, 0)))
		r.opts.Peers = &asked{answers: map[string]State{"m-1": {Group: testGroup, Epoch: 4}}, hangs: "m-2"}
		began := time.Now()
		answers := r.askPeers(t.Context())
		require.Equal(t, confirmEvery, time.Since(began))
		require.Equal(t, []*State{nil, {Group: testGroup, Epoch: 4}, nil}, answers)
	})
}

// asked are peers that write down who is asked.
type asked struct {
	journal

	answers map[string]State
	hangs   string
}

// State implements Peers.
func (a *asked) State(ctx context.Context, pod string) (State, error) {
	if pod == a.hangs {
		<-ctx.Done()
		return State{}, ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lines = append(a.lines, pod)
	state, ok := a.answers[pod]
	if !ok {
		return State{}, errNoAnswer
	}
	return state, nil
}

func (a *asked) say(pod string, state State) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[pod] = state
}

// TestElectionLock: the Lease of the leader is compared and swapped like all others.
func TestElectionLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		one := &leaderLock{leases: c, name: LeaderLeaseName(testGroup), identity: "one", within: time.Second}
		two := &leaderLock{leases: c, name: LeaderLeaseName(testGroup), identity: "two", within: time.Second}
		_, _, err := one.Get(t.Context())
		require.Error(t, err)
		record := recordOf("one")
		require.EqualError(t, one.Update(t.Context(), record), "the leader's Lease has not been read yet")
		require.NoError(t, one.Create(t.Context(), record))
		require.Error(t, two.Create(t.Context(), recordOf("two")))
		read, raw, err := two.Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, "one", read.HolderIdentity)
		require.Contains(t, string(raw), `"holderIdentity":"one"`)
		require.NoError(t, one.Update(t.Context(), record), "over what it has written itself")
		require.Error(t, two.Update(t.Context(), recordOf("two")), "over what it has not seen")
		require.Equal(t, "one", *c.leases[LeaderLeaseName(testGroup)].Spec.HolderIdentity)
		require.Equal(t, "two", two.Identity())
		require.Equal(t, "adxx-g-1-leader", two.Describe())
		require.Empty(t, c.leases[LeaderLeaseName(testGroup)].Labels, "it is no member's")
	})
}

// TestElectionOutlivesALostRequest: a request for the leader's Lease that nobody ever
// answers keeps no candidate from standing again, whichever of the three it is.
func TestElectionOutlivesALostRequest(t *testing.T) {
	for _, method := range []string{"GetLease", "CreateLease", "UpdateLease"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster()
				gone := leaseFor("leader", "m-9/u/1", "1") // a leader that went: its Lease is taken over
				gone.Name, gone.Labels = LeaderLeaseName(testGroup), nil
				if method == "UpdateLease" {
					c.put(gone)
				}
				one := startWith(t, c, "m-0", func(r *Replica) { r.opts.Cluster = &swallowing{cluster: c, method: method} })
				time.Sleep(time.Hour)
				synctest.Wait()
				require.True(t, one.State().Leader)
				require.Equal(t, []int{many}, shares(t, one))
				require.NoError(t, one.stop())
			})
		})
	}
}

// swallowing is a cluster that never answers the first request of a kind for the
// leader's Lease.
type swallowing struct {
	*cluster

	method string
	once   sync.Once
}

// swallow returns an error once whoever asked has given up.
func (s *swallowing) swallow(ctx context.Context, method, name string) (err error) {
	if method == s.method && name == LeaderLeaseName(testGroup) {
		s.once.Do(func() {
			<-ctx.Done()
			err = ctx.Err()
		})
	}
	return err
}

// GetLease implements Leases.
func (s *swallowing) GetLease(ctx context.Context, name string) (*coordinationv1.Lease, error) {
	if err := s.swallow(ctx, "GetLease", name); err != nil {
		return nil, err
	}
	return s.cluster.GetLease(ctx, name)
}

// CreateLease implements Leases.
func (s *swallowing) CreateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	if err := s.swallow(ctx, "CreateLease", lease.Name); err != nil {
		return nil, err
	}
	return s.cluster.CreateLease(ctx, lease)
}

// UpdateLease implements Leases.
func (s *swallowing) UpdateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	if err := s.swallow(ctx, "UpdateLease", lease.Name); err != nil {
		return nil, err
	}
	return s.cluster.UpdateLease(ctx, lease)
}

// TestMetrics: their names and texts are good, and the age of a Lease is told.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		r, _ := newReplica(newCluster(), "m-0")
		r.opts.Metrics = registry
		r = New(r.opts)
		problems, err := testutil.GatherAndLint(registry)
		require.NoError(t, err)
		require.Empty(t, problems)
		age := func(want string) {
			t.Helper()
			require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP adxexporter_ring_lease_age_seconds Time since the last good renewal of the Lease was sent; the right to act ends at --ring-profile's validity.
# TYPE adxexporter_ring_lease_age_seconds gauge
adxexporter_ring_lease_age_seconds `+want+"\n"), "adxexporter_ring_lease_age_seconds"))
		}
		age("-1")
		r.guard.begin(me, time.Now())
		time.Sleep(1500 * time.Millisecond)
		age("1.5")
	})
}
