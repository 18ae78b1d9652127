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

// TestRemoveScales: a replica that gives a share away removes hundreds of thousands.
func TestRemoveScales(t *testing.T) {
	took := func(n int) time.Duration {
		m := NewMetrics(prometheus.NewRegistry())
		key := func(i int) types.NamespacedName { return types.NamespacedName{Namespace: "a", Name: fmt.Sprint(i)} }
		for i := range n {
			m.adopt(key(i))
		}
		began := time.Now()
		for i := range 100 {
			m.remove(key(i))
		}
		return time.Since(began)
	}
	few, many := took(100), took(5000)
	t.Log(few, many, float64(many)/float64(few))
}
