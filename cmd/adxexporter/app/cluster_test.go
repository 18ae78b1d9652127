package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/sharding"
)

// TestJoinsWhenExportersAreKnown: a replica takes no share before it knows what is in
// it, and one that ends before that never does.
func TestJoinsWhenExportersAreKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &joins{}
		c := &cluster{
			rights: &rights{granted: make(chan struct{})}, synced: make(chan struct{}),
			replica: sharding.New(sharding.Options{Group: "g", Timing: sharding.DefaultTiming(), Cluster: api, Log: zap.NewNop()}),
			roster:  roster.New(roster.Options{Log: zap.NewNop()}),
		}
		close(c.rights.granted)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 2)
		early, end := context.WithCancel(t.Context())
		go func() { done <- c.Member(early) }() // received below
		time.Sleep(time.Minute)
		end()
		require.NoError(t, <-done)
		go func() { done <- c.Member(ctx) }() // received below
		time.Sleep(time.Minute)
		require.False(t, api.asked.Load())

		close(c.synced)
		synctest.Wait()
		require.True(t, api.asked.Load())
		stop()
		require.NoError(t, <-done)
	})
}

// joins are an API server that notes whether somebody wants to join a ring, and does
// not let them.
type joins struct {
	sharding.Cluster

	asked atomic.Bool
}

// GetRing is the first thing that whoever joins asks for.
func (j *joins) GetRing(context.Context, string) (*v1.ExporterRing, error) {
	j.asked.Store(true)
	return nil, errors.New("not now")
}

// Watch tells nothing.
func (*joins) Watch(ctx context.Context, _ string, _ sharding.Observer) error {
	<-ctx.Done()
	return nil
}

// TestListedMeansListed: while the API server has not answered what exporters there
// are, they are not known, although everything else runs.
func TestListedMeansListed(t *testing.T) {
	listing, answer := make(chan struct{}), make(chan struct{})
	var first sync.Once
	m := operateThrough(t, func(api http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/metricsexporters") {
				first.Do(func() { close(listing) })
				select {
				case <-answer:
				case <-r.Context().Done():
				}
			}
			api.ServeHTTP(w, r)
		})
	}, operated)
	<-listing
	require.Eventually(t, func() bool { return m.home.(*cluster).contact.last.Load() != nil }, 60*time.Second, 20*time.Millisecond)
	require.ErrorContains(t, m.Ready(), "have not been listed yet")
	close(answer)
	require.Eventually(t, func() bool { return m.Ready() == nil }, 60*time.Second, 20*time.Millisecond)
}

// proxied returns where an API server can be reached through something else.
func proxied(t *testing.T, target string, through func(http.Handler) http.Handler) string {
	t.Helper()
	at, err := url.Parse(target)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(at)
	proxy.FlushInterval = -1 // watches tell at once
	server := httptest.NewServer(through(proxy))
	t.Cleanup(server.Close)
	return server.URL
}
