package apiserver

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/manifests"
)

// BenchmarkNew starts a server with this project's CRDs.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		s, err := New(Options{CRDs: manifests.CRDs})
		require.NoError(b, err)
		s.Close()
	}
}

// BenchmarkUpdateLease renews a Lease with client-go.
func BenchmarkUpdateLease(b *testing.B) {
	leases := clientset(b, start(b, Options{})).CoordinationV1().Leases("default")
	held, err := leases.Create(b.Context(), lease("a", "me"), metav1.CreateOptions{})
	require.NoError(b, err)
	for b.Loop() {
		now := metav1.NowMicro()
		held.Spec.RenewTime = &now
		held, err = leases.Update(b.Context(), held, metav1.UpdateOptions{})
		require.NoError(b, err)
	}
}

// BenchmarkApplyStatus commits a window of one group to an exporter.
func BenchmarkApplyStatus(b *testing.B) {
	c := typed(b, start(b, Options{}))
	require.NoError(b, c.Create(b.Context(), exporter("latency")))
	for seq := int64(1); b.Loop(); seq++ {
		require.NoError(b, applyStatus(b, c, "latency", entry("east", "pod-0", 3, seq)))
	}
}

// BenchmarkListExporters lists 10,000 exporters with controller-runtime.
func BenchmarkListExporters(b *testing.B) {
	c := typed(b, start(b, Options{}))
	for i := range 10_000 {
		require.NoError(b, c.Create(b.Context(), exporter(fmt.Sprintf("e-%05d", i))))
	}
	for b.Loop() {
		var list v1.MetricsExporterList
		require.NoError(b, c.List(b.Context(), &list))
		require.Len(b, list.Items, 10_000)
	}
}
