package kube

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// cached reads as from a cache with the transform.
type cached struct{ client.Reader }

// Get implements client.Reader.
func (c cached) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	if err := c.Reader.Get(ctx, key, into, opts...); err != nil {
		return err
	}
	_, err := Pack(into)
	return err
}

// List implements client.Reader.
func (c cached) List(ctx context.Context, into client.ObjectList, opts ...client.ListOption) error {
	if err := c.Reader.List(ctx, into, opts...); err != nil {
		return err
	}
	list := into.(*unstructured.UnstructuredList)
	for i := range list.Items {
		if _, err := Pack(&list.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

// TestPack: what is read of a packed object is what was packed, but for what nobody
// reads; and it is smaller.
func TestPack(t *testing.T) {
	u := object(t, at("spec", "limits"), map[string]any{"maxRows": int64(7)}, at("status", "series"), int64(9007199254740993))
	u.SetAnnotations(map[string]string{lastApplied: "{}", "adx-mon.azure.com/run-now": "1"})
	want := u.DeepCopy()
	want.SetAnnotations(map[string]string{"adx-mon.azure.com/run-now": "1"})

	require.NoError(t, unstructured.SetNestedSlice(u.Object, []any{map[string]any{"manager": "kubectl"}}, "metadata", "managedFields"))
	packed, err := Pack(u)
	require.NoError(t, err)
	require.Equal(t, want.GetGeneration(), packed.(*unstructured.Unstructured).GetGeneration(), "predicates look at it")
	require.NotContains(t, u.Object, "spec")
	kept := u.DeepCopy()

	again, err := Pack(packed)
	require.NoError(t, err)
	require.Equal(t, kept, again, "a cache may transform an object twice")
	got, err := unpack(u)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, kept, u, "the cache's object is as it was")

	whole, err := unpack(want)
	require.NoError(t, err)
	require.Same(t, want, whole, "it is not packed")
	pod := &corev1.Pod{}
	other, err := Pack(pod)
	require.NoError(t, err)
	require.Same(t, pod, other, "other kinds are as they were")
	other, err = Pack("tombstone")
	require.NoError(t, err)
	require.Equal(t, "tombstone", other)
}

// TestBrokenPack: bytes of a cache do not break by themselves, and if they do it is
// said.
func TestBrokenPack(t *testing.T) {
	u := object(t)
	_, err := Pack(u)
	require.NoError(t, err)
	u.Object[packedField] = "{"
	_, err = unpack(u)
	require.ErrorContains(t, err, "cannot unpack MetricsExporter ns/latency")
	u = object(t)
	u.Object["status"] = map[string]any{"series": make(chan int)}
	_, err = Pack(u)
	require.ErrorContains(t, err, "cannot pack MetricsExporter ns/latency")
}
