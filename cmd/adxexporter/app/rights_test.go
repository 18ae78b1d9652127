package app

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authorization "k8s.io/client-go/kubernetes/typed/authorization/v1"
)

// reviewer answers questions about rights.
type reviewer struct {
	authorization.SelfSubjectAccessReviewInterface

	// refused is the verb that is not allowed, and silent set while nothing answers.
	refused atomic.Value
	silent  atomic.Bool
}

// Create implements authorization.SelfSubjectAccessReviewInterface.
func (r *reviewer) Create(ctx context.Context, review *authorizationv1.SelfSubjectAccessReview, _ metav1.CreateOptions) (*authorizationv1.SelfSubjectAccessReview, error) {
	if r.silent.Load() {
		<-ctx.Done()
		return nil, errors.New("no answer")
	}
	about := review.Spec.ResourceAttributes
	review.Status.Allowed = r.refused.Load() != about.Verb+" "+about.Resource
	return review, nil
}

// TestRights: a replica joins when it has all rights, says which one is missing, and
// takes silence for nothing.
func TestRights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &reviewer{}
		server.refused.Store("watch endpointslices")
		server.silent.Store(true)
		r := &rights{reviews: server, needed: neededIn("adx", nil), granted: make(chan struct{})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Start(ctx) }()
		joined := make(chan struct{})
		go func() {
			if r.await(ctx) {
				close(joined)
			}
		}()
		synctest.Wait()
		require.NoError(t, r.check(), "nothing is known yet")

		server.silent.Store(false)
		time.Sleep(rightsWithin + rightsSoon)
		synctest.Wait()
		require.EqualError(t, r.check(), `kubernetes: the ServiceAccount may not watch endpointslices.discovery.k8s.io in namespace "adx": add the verb to its role`)
		select {
		case <-joined:
			t.Fatal("it has joined without its rights")
		default:
		}

		server.refused.Store("")
		time.Sleep(rightsSoon)
		<-joined
		require.NoError(t, r.check())

		server.refused.Store("list metricsexporters")
		time.Sleep(rightsLater)
		synctest.Wait()
		require.ErrorContains(t, r.check(), "may not list metricsexporters.adx-mon.azure.com in the cluster")
		server.silent.Store(true)
		time.Sleep(rightsSoon + rightsWithin)
		require.Error(t, r.check(), "silence mends nothing")
		stop()
		require.NoError(t, <-ended)
		require.False(t, (&rights{}).await(ctx), "one that ends before it had them never joins")
	})
}

// TestRightsOfWatchedNamespaces: a replica that runs the exporters of some namespaces
// asks for no right on those of others. Rings are the cluster's all the same.
func TestRightsOfWatchedNamespaces(t *testing.T) {
	places := func(needed []authorizationv1.ResourceAttributes) map[string][]string {
		found := map[string][]string{}
		for _, right := range needed {
			if !slices.Contains(found[right.Resource], right.Namespace) {
				found[right.Resource] = append(found[right.Resource], right.Namespace)
			}
		}
		return found
	}
	require.Equal(t, map[string][]string{
		"metricsexporters": {"team-a", "team-b"}, "exporterrings": {""}, "leases": {"adx"}, "endpointslices": {"adx"},
	}, places(neededIn("adx", []string{"team-a", "team-b"})))
	require.Equal(t, []string{metav1.NamespaceAll}, places(neededIn("adx", nil))["metricsexporters"])
	require.Len(t, neededIn("adx", nil), len(needed), "each right once")
}
