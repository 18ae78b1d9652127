package executor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/criteria"
)

// entryOf returns an entry as a replica writes it.
func entryOf(owner string, fence, seq int64, watermark time.Time) v1.GroupStatus {
	return v1.GroupStatus{Group: "g", Owner: owner, Fence: fence, Seq: seq, Watermark: new(metav1.NewTime(watermark))}
}

func TestResolve(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ours := entryOf("m-0/u/n", 7, 4, noon)
	cases := map[string]struct {
		reason string
		stored v1.GroupStatus
		want   Refusal
	}{
		"Nothing":       {"there is nothing that it could not follow on", v1.GroupStatus{}, RefusedOtherwise},
		"Follows":       {"it is the next one; its content was at fault", entryOf("m-0/u/n", 7, 3, noon), RefusedOtherwise},
		"TakesOver":     {"the same of another owner, whose fence is lower", entryOf("m-1/u/n", 6, 3, noon), RefusedOtherwise},
		"Written":       {"it is in, and only the answer was lost", entryOf("m-0/u/n", 7, 4, noon), RefusedWritten},
		"WrittenOddly":  {"fractions of a second are not stored", entryOf("m-0/u/n", 7, 4, noon.Add(time.Millisecond)), RefusedWritten},
		"Behind":        {"an older entry of ours is in, under this seq", entryOf("m-0/u/n", 7, 4, noon.Add(-time.Minute)), RefusedBehind},
		"FarBehind":     {"several answers were lost", entryOf("m-0/u/n", 7, 6, noon), RefusedBehind},
		"Gap":           {"somebody has put an older one back", entryOf("m-0/u/n", 7, 2, noon), RefusedOutdated},
		"Fenced":        {"a successor has written", entryOf("m-1/u/n", 8, 4, noon), RefusedOutdated},
		"FencedInOrder": {"although ours would be the next", entryOf("m-1/u/n", 8, 3, noon), RefusedOutdated},
		"SameSeq":       {"a predecessor has written since we read", entryOf("m-1/u/n", 6, 4, noon), RefusedOutdated},
		"OtherLife":     {"an earlier life of ours is somebody else", entryOf("m-0/u/other", 7, 4, noon), RefusedOutdated},
		"OtherFence":    {"so is ours under an earlier fence", entryOf("m-0/u/n", 5, 4, noon), RefusedOutdated},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, Resolve(tc.stored, ours), tc.reason)
		})
	}
}

func TestConcerns(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   v1.MetricsExporterSpec
		want   bool
	}{
		"All":       {"no criteria are met by everybody", v1.MetricsExporterSpec{}, true},
		"Ours":      {"the labels match", v1.MetricsExporterSpec{Criteria: map[string][]string{"region": {"eastus"}}}, true},
		"Others":    {"they do not", v1.MetricsExporterSpec{Criteria: map[string][]string{"region": {"westus"}}}, false},
		"Excluded":  {"by the expression", v1.MetricsExporterSpec{CriteriaExpression: `region == "westus"`}, false},
		"Broken":    {"somebody has to say that it cannot be understood", v1.MetricsExporterSpec{CriteriaExpression: "("}, true},
		"Undecided": {"or that it cannot be answered", v1.MetricsExporterSpec{CriteriaExpression: `int(region) == 1`}, true},
	}
	e := New(Options{Labels: criteria.Labels{"region": "eastus"}})
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, e.Concerns(&v1.MetricsExporter{Spec: tc.spec}), tc.reason)
		})
	}
}
