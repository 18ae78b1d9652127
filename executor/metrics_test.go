package executor

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
)

// TestRemovedExportersCountNoMore: all counters of an exporter go with it, and none of
// another's.
func TestRemovedExportersCountNoMore(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	m := NewMetrics(reg)
	series := func() int {
		n, err := testutil.GatherAndCount(reg)
		require.NoError(t, err)
		return n
	}
	before := series()
	one, other := types.NamespacedName{Namespace: "a", Name: "b"}, types.NamespacedName{Namespace: "a", Name: "c"}
	m.adopt(one)
	each := series() - before
	m.adopt(other)
	m.aborted(other)
	m.remove(one)
	require.Equal(t, before+each, series())
	m.remove(other)
	require.Equal(t, before, series())
}

// TestRemoveScales: a replica that gives its share away removes thousands of
// exporters, and each must cost the same however many there are.
func TestRemoveScales(t *testing.T) {
	each := func(n int) float64 {
		m := NewMetrics(prometheus.NewRegistry())
		key := func(i int) types.NamespacedName { return types.NamespacedName{Namespace: "a", Name: fmt.Sprint(i)} }
		for i := range n {
			m.adopt(key(i))
		}
		began := time.Now()
		for i := range n {
			m.remove(key(i))
		}
		return float64(time.Since(began)) / float64(n)
	}
	few, many := each(250), each(5000)
	require.Less(t, many/few, 8.0, "of 5,000 removed, each took %.0f ns; of 250, %.0f ns", many, few)
}
