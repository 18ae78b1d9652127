package sharding

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// TestMetricsMove goes through the life of a replica: it joins, leads, shares, loses
// its Lease, and takes over.
func TestMetricsMove(t *testing.T) {
	var watch selfmetrics.Watch
	registry := prometheus.NewRegistry()
	look := func(t *testing.T) { require.NoError(t, watch.Look(registry)) }
	synctest.Test(t, func(t *testing.T) {
		c := newCluster()
		one := startWith(t, c, "m-0", func(r *Replica) { r.metrics = newMetrics(registry, r) })
		look(t)
		settle(t, "the first has all", func() bool { return shares(t, one)[0] == many })
		time.Sleep(time.Minute)
		look(t)
		two := start(t, c, "m-1")
		settle(t, "each has half", func() bool { return slices.Equal(shares(t, one, two), []int{many / 2, many / 2}) })
		look(t)
		c.put(leaseFor("m-0", fenced+"m-1/u/1", ""))
		nudge(one.kick)
		synctest.Wait()
		c.set(func() { c.fails["UpdateLease"] = errNoAnswer })
		time.Sleep(5 * time.Second)
		look(t)
		c.set(func() { clear(c.fails) })
		require.NoError(t, one.stop())
		require.NoError(t, two.stop())
	})
	synctest.Test(t, func(t *testing.T) { // the leader's own
		registry = prometheus.NewRegistry()
		o := newOffice(t, three(5, 0, 1, 2, -1), "m-0", "m-1", "m-2")
		o.metrics = newMetrics(registry, o.Replica)
		o.opts.Inventory = exporters{{Key: keyIn(t, 3).String(), Overdue: true}}
		look(t)
		o.look(o.facts())
		require.NoError(t, o.pass(t.Context()))
		o.silence(10*time.Second, "m-0", "m-2")
		require.NoError(t, o.pass(t.Context()))
		require.InDelta(t, 1, testutil.ToFloat64(o.metrics.known), 0)
		moving := three(7, 0, 1, 2, 0)
		moving.Handoffs = []ring.Handoff{{Partitions: []int32{1, 2}}}
		o.metrics.observe(moving, "m-0/u/1")
		look(t)
	})
	require.Empty(t, watch.Still())
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}
