package apiserver

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// entry is a group's entry in a status.
func entry(group, owner string, fence, seq int64) map[string]any {
	return map[string]any{"group": group, "owner": owner, "fence": fence, "seq": seq}
}

// applyStatus applies a status as the owner's group.
func applyStatus(t testing.TB, c client.Client, name string, e map[string]any) error {
	t.Helper()
	u := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"groups": []any{e}}}}
	u.SetGroupVersionKind(v1.GroupVersion.WithKind("MetricsExporter"))
	u.SetNamespace("default")
	u.SetName(name)
	return c.Status().Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u),
		client.FieldOwner("adxexporter/"+e["group"].(string)), client.ForceOwnership)
}

// TestTwoGroupsApplyOneStatus is how replicas of two cluster-label sets commit to
// one exporter, and what fences them.
func TestTwoGroupsApplyOneStatus(t *testing.T) {
	c := typed(t, start(t, Options{}))
	e := exporter("latency")
	e.Status.Series = 7
	require.NoError(t, c.Create(t.Context(), e))
	require.Zero(t, e.Status, "the status is a subresource")

	require.NoError(t, applyStatus(t, c, "latency", entry("east", "pod-0", 3, 1)))
	require.NoError(t, applyStatus(t, c, "latency", entry("west", "pod-9", 1, 1)))
	require.NoError(t, applyStatus(t, c, "latency", entry("east", "pod-0", 3, 2)))

	before := e.Generation
	require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(e), e))
	require.Equal(t, before, e.Generation, "a status is no new spec")
	require.Equal(t, "DB", e.Spec.Database)
	require.Len(t, e.Status.Groups, 2)
	require.Equal(t, int64(2), e.Status.Groups[0].Seq)
	var managers []string
	for _, m := range e.ManagedFields {
		managers = append(managers, fmt.Sprintf("%s %s %s", m.Manager, m.Operation, m.Subresource))
	}
	require.ElementsMatch(t, []string{"apiserver.test Update ", "adxexporter/east Apply status", "adxexporter/west Apply status"}, managers)

	refusals := map[string]struct {
		reason string
		entry  map[string]any
		want   string
	}{
		"Stale":      {"a write that is behind", entry("east", "pod-0", 3, 2+5), "stale: seq must be one more than the stored seq"},
		"Fenced":     {"an owner of before", entry("east", "pod-0", 2, 3), "fenced: fence must not decrease"},
		"OtherOwner": {"two owners with one fence", entry("east", "pod-1", 3, 3), "fenced: a new owner needs a higher fence"},
	}
	for name, tc := range refusals {
		t.Run(name, func(t *testing.T) {
			err := applyStatus(t, c, "latency", tc.entry)
			require.True(t, apierrors.IsInvalid(err), "%s: %v", tc.reason, err)
			require.ErrorContains(t, err, tc.want, tc.reason)
		})
	}
	t.Run("Replay", func(t *testing.T) {
		rv := e.ResourceVersion
		require.NoError(t, applyStatus(t, c, "latency", entry("east", "pod-0", 3, 2)), "a write whose answer was lost")
		require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(e), e))
		require.Equal(t, rv, e.ResourceVersion)
	})
	t.Run("MainResource", func(t *testing.T) {
		e.Status = v1.MetricsExporterStatus{Series: 99}
		e.Spec.Interval.Duration = 2 * time.Minute
		require.NoError(t, c.Update(t.Context(), e))
		require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(e), e))
		require.Len(t, e.Status.Groups, 2, "an update of the spec does not touch the status")
		require.Equal(t, int64(2), e.Generation)
	})
	t.Run("Ownership", func(t *testing.T) {
		both := &unstructured.Unstructured{Object: map[string]any{
			"spec": map[string]any{"suspend": true}, "status": map[string]any{"series": int64(3)},
		}}
		both.SetGroupVersionKind(v1.GroupVersion.WithKind("MetricsExporter"))
		both.SetNamespace("default")
		both.SetName("latency")
		patch := client.ApplyConfigurationFromUnstructured(both)
		require.NoError(t, c.Status().Apply(t.Context(), patch, client.FieldOwner("of-status")))
		both.Object["spec"], both.Object["status"] = map[string]any{"suspend": true}, map[string]any{"series": int64(3)}
		both.SetManagedFields(nil)
		both.SetResourceVersion("")
		require.NoError(t, c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(both), client.FieldOwner("of-object")))
		require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(e), e))
		for _, m := range e.ManagedFields {
			owned := string(m.FieldsV1.GetRawBytes())
			require.Equal(t, m.Subresource == "status", strings.Contains(owned, "f:status"), "%s owns %s", m.Manager, owned)
			require.Equal(t, m.Subresource == "", strings.Contains(owned, "f:spec"), "%s owns %s", m.Manager, owned)
		}
	})
	t.Run("RemovedEntry", func(t *testing.T) {
		removed := e.DeepCopy()
		removed.Status.Groups = removed.Status.Groups[:1]
		require.ErrorContains(t, c.Status().Update(t.Context(), removed), "an entry of groups must not be removed")
	})
}

// TestApplyConflict: what another manager owns is not taken without force.
func TestApplyConflict(t *testing.T) {
	c := typed(t, start(t, Options{}))
	apply := func(owner, interval string, options ...client.ApplyOption) error {
		u := &unstructured.Unstructured{}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(exporter("latency"))
		require.NoError(t, err)
		u.Object = content
		delete(u.Object, "status")
		u.SetGroupVersionKind(v1.GroupVersion.WithKind("MetricsExporter"))
		require.NoError(t, unstructured.SetNestedField(u.Object, interval, "spec", "interval"))
		u.SetLabels(map[string]string{"by-" + owner: "yes"})
		return c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(u), append(options, client.FieldOwner(owner))...)
	}
	require.NoError(t, apply("git", "1m"), "what is not there is created")
	require.NoError(t, apply("hand", "1m"), "both may say the same")
	err := apply("hand", "5m")
	require.True(t, apierrors.IsConflict(err), "%v", err)
	require.ErrorContains(t, err, `conflict with "git"`)
	require.NoError(t, apply("hand", "5m", client.ForceOwnership))

	var e v1.MetricsExporter
	require.NoError(t, c.Get(t.Context(), types.NamespacedName{Namespace: "default", Name: "latency"}, &e))
	require.Equal(t, 5*time.Minute, e.Spec.Interval.Duration)
	require.Equal(t, map[string]string{"by-git": "yes", "by-hand": "yes"}, e.Labels)

	namespace := &unstructured.Unstructured{Object: map[string]any{"metadata": map[string]any{"name": "ns", "labels": map[string]any{"a": "b"}}}}
	namespace.SetAPIVersion("v1")
	namespace.SetKind("Namespace")
	for range 2 {
		require.NoError(t, c.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(namespace), client.FieldOwner("git")), "a built-in type")
	}
	var made corev1.Namespace
	require.NoError(t, c.Get(t.Context(), types.NamespacedName{Name: "ns"}, &made))
	require.Equal(t, map[string]string{"a": "b"}, made.Labels)
}
