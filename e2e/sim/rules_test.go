package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// TestRulesAreTheCRDs: the rules of the simulated API server allow what those of the
// CRDs do, and nothing else.
func TestRulesAreTheCRDs(t *testing.T) {
	validator, err := validation.New()
	require.NoError(t, err)
	allowed := func(t *rapid.T, next, old any) bool {
		return len(validator.UpdateStatus(asUnstructured(t, next), asUnstructured(t, old))) == 0
	}
	t.Run("GroupStatus", rapid.MakeCheck(func(t *rapid.T) {
		old := (&World{}).exporter(0)
		old.SetGroupVersionKind(v1.GroupVersion.WithKind("MetricsExporter"))
		next := old.DeepCopy()
		o := drawEntry(t, "old")
		n := o
		if rapid.Bool().Draw(t, "differs") {
			n = drawEntry(t, "next")
		}
		old.Status.Groups, next.Status.Groups = []v1.GroupStatus{o}, []v1.GroupStatus{n}
		require.Equal(t, allowed(t, next, old), follows(n, o))
	}))
	t.Run("ExporterRingStatus", rapid.MakeCheck(func(t *rapid.T) {
		old := &v1.ExporterRing{ObjectMeta: metav1.ObjectMeta{Name: "g"}, Spec: v1.ExporterRingSpec{
			Partitions: partitions, Hash: ring.HashName, LeaseNamespace: namespace, Labels: "region=eastus",
		}}
		old.SetGroupVersionKind(v1.GroupVersion.WithKind("ExporterRing"))
		next := old.DeepCopy()
		old.Status = drawStatus(t, "old")
		next.Status = old.Status
		if rapid.Bool().Draw(t, "differs") {
			next.Status = drawStatus(t, "next")
		}
		require.Equal(t, allowed(t, next, old), succeeds(next.Status, old.Status))
	}))
}

func asUnstructured(t *rapid.T, object any) *unstructured.Unstructured {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	require.NoError(t, err)
	return &unstructured.Unstructured{Object: content}
}

func drawEntry(t *rapid.T, name string) v1.GroupStatus {
	small := func(field string) int64 { return rapid.Int64Range(1, 3).Draw(t, name+field) }
	entry := v1.GroupStatus{
		Group: "g", Labels: "region=eastus", Fence: small("fence"), Seq: small("seq"), Rewind: small("rewind") - 1,
		Owner: rapid.SampledFrom([]string{"a/u/1", "b/u/1"}).Draw(t, name+"owner"),
	}
	if rapid.Bool().Draw(t, name+"settled") {
		watermark := metav1.NewTime(time.Date(2026, 11, 23, 10, int(small("watermark")), 0, 0, time.UTC))
		entry.Watermark = &watermark
	}
	return entry
}

func drawStatus(t *rapid.T, name string) v1.ExporterRingStatus {
	table := ring.Table{
		Epoch: rapid.Int64Range(1, 4).Draw(t, name+"epoch"), Term: rapid.Int64Range(1, 3).Draw(t, name+"term"),
		Members: []ring.Member{{Name: "a", Identity: "a/u/1"}},
	}
	owner := rapid.Int32Range(-1, 0).Draw(t, name+"owner")
	for range partitions {
		table.Owners, table.Generations = append(table.Owners, owner), append(table.Generations, 1)
	}
	return table.Encode()
}
