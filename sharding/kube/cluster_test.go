package kube

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding"
)

const (
	group      = "g-0123"
	leasesPath = "/apis/coordination.k8s.io/v1/namespaces/ns/leases"
	ringsPath  = "/apis/adx-mon.azure.com/v1/exporterrings"
)

// inVirtualTime runs a test against a server; both end before the time does.
func inVirtualTime(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		defer s.stop()
		test(t, s)
	})
}

func newCluster(t *testing.T, s *server) *Cluster {
	t.Helper()
	c, err := NewCluster(s.config(), "ns", group)
	require.NoError(t, err)
	return c
}

func lease(name, holder string) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{sharding.LabelRing: group}},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder},
	}
}

func ring(name string) *v1.ExporterRing {
	return &v1.ExporterRing{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec:       v1.ExporterRingSpec{Partitions: 4, Hash: "h", LeaseNamespace: "ns", Labels: "region=eastus"},
	}
}

// TestLeases: a Lease is what was written last, and nobody writes over what he has
// not seen.
func TestLeases(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *server) {
		c, ctx := newCluster(t, s), t.Context()
		_, err := c.GetLease(ctx, "m")
		require.True(t, apierrors.IsNotFound(err), "%v", err)
		_, err = c.UpdateLease(ctx, lease("m", "one"))
		require.True(t, apierrors.IsNotFound(err), "%v", err)

		made, err := c.CreateLease(ctx, lease("m", "one"))
		require.NoError(t, err)
		require.Equal(t, "1", made.ResourceVersion)
		_, err = c.CreateLease(ctx, lease("m", "two"))
		require.True(t, apierrors.IsAlreadyExists(err), "%v", err)

		mine := made.DeepCopy()
		mine.Spec.HolderIdentity = new("one again")
		mine.Annotations = map[string]string{sharding.AnnotationAck: "7"}
		written, err := c.UpdateLease(ctx, mine)
		require.NoError(t, err)
		require.Equal(t, "2", written.ResourceVersion)
		_, err = c.UpdateLease(ctx, made)
		require.True(t, apierrors.IsConflict(err), "%v", err)

		found, err := c.GetLease(ctx, "m")
		require.NoError(t, err)
		require.Equal(t, written, found)
		require.Equal(t, "one again", *found.Spec.HolderIdentity)
		require.Equal(t, "7", found.Annotations[sharding.AnnotationAck])
	})
}

// TestRings: what is written is the status, over the one that was seen.
func TestRings(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *server) {
		c, ctx := newCluster(t, s), t.Context()
		_, err := c.GetRing(ctx, group)
		require.True(t, apierrors.IsNotFound(err), "%v", err)
		_, err = c.UpdateRing(ctx, ring(group))
		require.True(t, apierrors.IsNotFound(err), "%v", err)

		made, err := c.CreateRing(ctx, ring(group))
		require.NoError(t, err)
		require.Equal(t, ring(group).Spec, made.Spec)
		_, err = c.CreateRing(ctx, ring(group))
		require.True(t, apierrors.IsAlreadyExists(err), "%v", err)

		next := made.DeepCopy()
		next.Spec.Labels = "region=westus"
		next.Status = v1.ExporterRingStatus{Epoch: 5, Term: 2, Members: []v1.RingMember{{Name: "m", Identity: "m/u/n"}}}
		written, err := c.UpdateRing(ctx, next)
		require.NoError(t, err)
		require.Equal(t, next.Status, written.Status)
		_, err = c.UpdateRing(ctx, made)
		require.True(t, apierrors.IsConflict(err), "%v", err)

		found, err := c.GetRing(ctx, group)
		require.NoError(t, err)
		require.Equal(t, written, found)
		require.Equal(t, made.Spec, found.Spec, "a status write changes nothing else")
	})
}

// TestFailuresGiveNoObject: a caller that asks whether it was given an object is
// not misled by an empty one.
func TestFailuresGiveNoObject(t *testing.T) {
	leases := schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"}
	refusals := map[string]struct {
		reason string
		err    *apierrors.StatusError
		is     func(error) bool
	}{
		"Forbidden":   {"a verb is missing in a role", apierrors.NewForbidden(leases, "m", nil), apierrors.IsForbidden},
		"Unavailable": {"there is no API server behind the address", apierrors.NewServiceUnavailable("down"), apierrors.IsServiceUnavailable},
		"Invalid":     {"a rule of the CRD", apierrors.NewInvalid(v1.GroupVersion.WithKind("ExporterRing").GroupKind(), "m", nil), apierrors.IsInvalid},
	}
	calls := map[string]func(context.Context, *Cluster) (given bool, err error){
		"GetLease": func(ctx context.Context, c *Cluster) (bool, error) {
			l, err := c.GetLease(ctx, "m")
			return l != nil, err
		},
		"CreateLease": func(ctx context.Context, c *Cluster) (bool, error) {
			l, err := c.CreateLease(ctx, lease("m", "one"))
			return l != nil, err
		},
		"UpdateLease": func(ctx context.Context, c *Cluster) (bool, error) {
			l, err := c.UpdateLease(ctx, lease("m", "one"))
			return l != nil, err
		},
		"GetRing": func(ctx context.Context, c *Cluster) (bool, error) {
			r, err := c.GetRing(ctx, group)
			return r != nil, err
		},
		"CreateRing": func(ctx context.Context, c *Cluster) (bool, error) {
			r, err := c.CreateRing(ctx, ring(group))
			return r != nil, err
		},
		"UpdateRing": func(ctx context.Context, c *Cluster) (bool, error) {
			r, err := c.UpdateRing(ctx, ring(group))
			return r != nil, err
		},
	}
	for refused, tc := range refusals {
		for called, call := range calls {
			t.Run(fmt.Sprint(refused, called), func(t *testing.T) {
				inVirtualTime(t, func(t *testing.T, s *server) {
					s.fail(tc.err)
					given, err := call(t.Context(), newCluster(t, s))
					require.True(t, tc.is(err), "%s: %v", tc.reason, err)
					require.False(t, given, tc.reason)
				})
			})
		}
	}
}

// TestRenewalsAreNotHeldUp: the limit of the process's other requests is not that of
// its Lease, and the caller's own settings stay as they are.
func TestRenewalsAreNotHeldUp(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *server) {
		config := s.config()
		config.QPS, config.Burst = 0.01, 1
		c, err := NewCluster(config, "ns", group)
		require.NoError(t, err)
		began := time.Now()
		for range 10 {
			_, err := c.GetLease(t.Context(), "m")
			require.True(t, apierrors.IsNotFound(err), "%v", err)
			_, err = c.GetRing(t.Context(), group)
			require.True(t, apierrors.IsNotFound(err), "%v", err)
		}
		require.Zero(t, time.Since(began))
		require.Equal(t, 20, s.requests())
		require.InEpsilon(t, 0.01, config.QPS, 1e-6)
	})
}

func TestNewClusterRefuses(t *testing.T) {
	for name, config := range map[string]*rest.Config{
		"Host":        {Host: "http://%zz"},
		"Certificate": {Host: "https://cluster", TLSClientConfig: rest.TLSClientConfig{CAData: []byte("none")}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewCluster(config, "ns", group)
			require.ErrorContains(t, err, "cannot set up the client for ")
			_, err = NewPeers(config, "ns", "ring")
			require.ErrorContains(t, err, "cannot set up the client for EndpointSlices: ")
		})
	}
}

// witness writes down what a watch tells.
type witness struct {
	mu    sync.Mutex
	lines []string
}

func (w *witness) SeeLease(l *coordinationv1.Lease) {
	w.tell(fmt.Sprintf("lease %s of %s", l.Name, *l.Spec.HolderIdentity))
}

func (w *witness) SeeRing(r *v1.ExporterRing) {
	if r == nil {
		w.tell("no ring")
		return
	}
	w.tell(fmt.Sprintf("ring %s epoch %d", r.Name, r.Status.Epoch))
}

func (w *witness) tell(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line)
}

// since returns what was told since the last time; Leases and rings are in no order
// among each other.
func (w *witness) since() []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.lines
	w.lines = nil
	slices.Sort(lines)
	return lines
}

// watchNow follows the group until stop is called, which returns what Watch does.
func watchNow(t *testing.T, c *Cluster) (w *witness, stop func() error) {
	t.Helper()
	w = &witness{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Watch(ctx, group, w) }() // stop waits for it
	return w, func() error {
		cancel()
		return <-done
	}
}

// TestWatch: the observer is told what is there and what changes, of its own group
// and of no other.
func TestWatch(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *server) {
		c := newCluster(t, s)
		foreign := lease("foreign", "f")
		foreign.Labels[sharding.LabelRing] = "g-4567"
		s.put(leasesPath+"/foreign", foreign)
		s.put(leasesPath+"/m-0", lease("m-0", "zero"))
		s.put(ringsPath+"/"+group, ring(group))
		s.put(ringsPath+"/g-4567", ring("g-4567"))
		s.put("/apis/coordination.k8s.io/v1/namespaces/other/leases/m-0", lease("m-0", "elsewhere"))
		w, stop := watchNow(t, c)
		require.Equal(t, []string{"lease m-0 of zero", "ring g-0123 epoch 0"}, w.since())

		s.put(leasesPath+"/m-1", lease("m-1", "one"))
		s.put(leasesPath+"/foreign", foreign)
		s.put(leasesPath+"/m-0", lease("m-0", "zero again"))
		later := ring(group)
		later.Status.Epoch = 3
		s.put(ringsPath+"/"+group, later)
		s.put(ringsPath+"/g-4567", ring("g-4567"))
		require.Equal(t, []string{"lease m-0 of zero again", "lease m-1 of one", "ring g-0123 epoch 3"}, w.since())

		_, err := s.remove(leasesPath + "/m-1")
		require.NoError(t, err)
		require.Empty(t, w.since(), "a Lease that is gone says nothing; its member cannot renew it")
		_, err = s.remove(ringsPath + "/" + group)
		require.NoError(t, err)
		require.Equal(t, []string{"no ring"}, w.since())
		require.NoError(t, stop())
	})
}

// TestWatchSurvivesGaps: what changed while the API server was away is told when it
// is back, also the end of the ring.
func TestWatchSurvivesGaps(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, s *server) {
		c := newCluster(t, s)
		s.put(leasesPath+"/m-0", lease("m-0", "zero"))
		s.put(ringsPath+"/"+group, ring(group))
		w, stop := watchNow(t, c)
		require.Len(t, w.since(), 2)

		s.fail(apierrors.NewServiceUnavailable("down"))
		s.cut()
		s.put(leasesPath+"/m-0", lease("m-0", "zero again"))
		_, err := s.remove(ringsPath + "/" + group)
		require.NoError(t, err)
		s.cut()
		time.Sleep(time.Minute)
		require.Empty(t, w.since())

		s.fail(nil)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"lease m-0 of zero again", "no ring"}, w.since())
		require.NoError(t, stop())
	})
}
