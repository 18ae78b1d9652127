package executor

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// drawGroups draws what up to five cluster-label sets say of an exporter.
func drawGroups(t *rapid.T) []v1.GroupStatus {
	minutes := func(name string) *metav1.Time {
		m := metav1.NewTime(time.Date(2026, 11, 23, 10, rapid.IntRange(0, 59).Draw(t, name), 0, 0, time.UTC))
		return &m
	}
	groups := make([]v1.GroupStatus, rapid.IntRange(1, 5).Draw(t, "groups"))
	for i := range groups {
		g := &groups[i]
		g.Group, g.Labels = fmt.Sprint("g", i), fmt.Sprint("region=", i)
		g.ObservedGeneration = rapid.Int64Range(1, 3).Draw(t, "generation")
		if rapid.Bool().Draw(t, "succeeded") {
			g.LastSuccessfulExecution = minutes("success")
			g.Last = &v1.LastRun{Series: rapid.Int64Range(0, 9).Draw(t, "series")}
		}
		for _, kind := range []string{v1.ConditionReady, v1.ConditionQuerySucceeded, v1.ConditionDelivered, v1.ConditionStalled} {
			g.Conditions = append(g.Conditions, metav1.Condition{
				Type:               kind,
				Status:             rapid.SampledFrom([]metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}).Draw(t, "status"),
				Reason:             rapid.SampledFrom([]string{v1.ReasonSucceeded, v1.ReasonQueryFailed}).Draw(t, "reason"),
				LastTransitionTime: *minutes("transition"),
			})
		}
	}
	return groups
}

// TestSummaryIsOfAllGroups: whichever group writes, and in whatever order the
// groups are stored, the top of the status says the same: Ready only if all are,
// and the oldest success.
func TestSummaryIsOfAllGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := drawGroups(t)
		all := map[string]bool{v1.ConditionReady: true, v1.ConditionQuerySucceeded: true, v1.ConditionDelivered: true}
		oldest, series, stalled := groups[0].LastSuccessfulExecution, int64(0), false
		for _, g := range groups {
			for kind := range all {
				all[kind] = all[kind] && meta.IsStatusConditionTrue(g.Conditions, kind)
			}
			stalled = stalled || meta.IsStatusConditionTrue(g.Conditions, v1.ConditionStalled)
			if oldest != nil && (g.LastSuccessfulExecution == nil || g.LastSuccessfulExecution.Before(oldest)) {
				oldest = g.LastSuccessfulExecution
			}
			if g.Last != nil {
				series += g.Last.Series
			}
		}
		for _, order := range [][]v1.GroupStatus{groups, rapid.Permutation(groups).Draw(t, "order")} {
			status := Summarize(order, time.Minute)
			for kind, want := range all {
				require.Equal(t, want, meta.IsStatusConditionTrue(status.Conditions, kind), kind)
			}
			require.Equal(t, stalled, meta.IsStatusConditionTrue(status.Conditions, v1.ConditionStalled))
			require.Len(t, status.Conditions, map[bool]int{false: 3, true: 4}[stalled], "no condition that is only there while true")
			require.True(t, oldest.Equal(status.LastSuccessfulExecution))
			require.Equal(t, series, status.Series)
			for _, g := range groups {
				require.LessOrEqual(t, status.ObservedGeneration, g.ObservedGeneration)
			}
		}
	})
}

// TestSummaryNamesTheGroups: with several groups the message says which of them
// it speaks of, in the same words whoever writes it.
func TestSummaryNamesTheGroups(t *testing.T) {
	failing := func(labels, reason string) v1.GroupStatus {
		return v1.GroupStatus{Labels: labels, Conditions: []metav1.Condition{{
			Type: v1.ConditionReady, Status: metav1.ConditionFalse, Reason: reason, Message: "No.",
		}}}
	}
	ready := v1.GroupStatus{Labels: "region=good", Conditions: []metav1.Condition{{Type: v1.ConditionReady, Status: metav1.ConditionTrue}}}
	cases := map[string]struct {
		reason string
		groups []v1.GroupStatus
		want   string
	}{
		"None":    {"nothing is known yet", nil, "Unknown NotDueYet: No window has been due yet."},
		"One":     {"everybody knows which", []v1.GroupStatus{failing("region=b", "X")}, "False X: No."},
		"Some":    {"those that are not ready", []v1.GroupStatus{ready, failing("region=b", "X"), failing("region=a", "X")}, "False X: No. (on region=a; region=b)"},
		"Reasons": {"one reason at a time", []v1.GroupStatus{failing("region=b", "X"), failing("region=a", "Y")}, "False X: No. (on region=b)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := meta.FindStatusCondition(Summarize(tc.groups, time.Minute).Conditions, v1.ConditionReady)
			require.Equal(t, tc.want, fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message), tc.reason)
		})
	}
}
