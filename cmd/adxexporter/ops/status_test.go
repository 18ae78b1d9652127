package ops

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// summary is the status that groups make.
func summary(groups []v1.GroupStatus) v1.MetricsExporterStatus {
	status := executor.Summarize(groups, time.Minute)
	for i := range status.Conditions {
		if status.Conditions[i].LastTransitionTime.IsZero() { // of one that no entry has
			status.Conditions[i].LastTransitionTime = *at("09:00:00")
		}
	}
	return status
}

// unwell is an entry in which everything occurs.
func unwell() v1.GroupStatus {
	group := entry("gb", "environment=production,region=westus")
	group.Owner, group.LastSuccessfulExecution = "adxexporter-1/99aa/00000002", at("09:30:00")
	group.Conditions = []metav1.Condition{
		condition(v1.ConditionReady, metav1.ConditionFalse, v1.ReasonDeliveryFailed, "OTLP: the receiver does not answer"),
		condition(v1.ConditionQuerySucceeded, metav1.ConditionTrue, v1.ReasonSucceeded, "The last window was queried."),
		condition(v1.ConditionDelivered, metav1.ConditionFalse, v1.ReasonDeliveryFailed, "OTLP: the receiver does not answer"),
	}
	group.Backlog = []v1.BacklogEntry{
		{StartTime: *at("09:30:00"), EndTime: *at("10:00:00"), Attempts: 4, NextAttempt: at("10:01:10"), Outputs: []string{"OTLP"}, Reason: v1.ReasonDeliveryFailed, Error: "The receiver does not answer."},
		{StartTime: *at("08:00:00"), EndTime: *at("08:01:00"), NextAttempt: at("10:00:00"), Reason: v1.ReasonBackfill, Backfill: "fix-1"},
	}
	group.DeadLetters = []v1.DeadLetter{
		{StartTime: *at("07:00:00"), EndTime: *at("07:03:00"), Attempts: 3, At: *at("07:10:00"), Reason: v1.ReasonQueryTimeout, Error: "It took too long."},
	}
	group.Backfill = &v1.BackfillStatus{RequestID: "fix-1", Windows: 9, Pending: 1}
	group.DroppedWindows, group.SkippedWindows = 1, 5
	return group
}

// zoo is one exporter of each kind.
func zoo() []v1.MetricsExporter {
	sick := exporter(types.NamespacedName{Namespace: "team", Name: "sick"}, v1.OutputOTLP, v1.OutputPrometheus)
	sick.Generation = 2
	sick.Status = summary([]v1.GroupStatus{entry("ga", ""), unwell()})
	well := exporter(latency)
	well.Generation, well.Status = 1, summary([]v1.GroupStatus{entry("ga", "region=eastus")})
	return []v1.MetricsExporter{*sick, *exporter(types.NamespacedName{Namespace: "team", Name: "stray"}), *well}
}

// TestViews compares what is printed with testdata/*.golden. -update records them
// anew.
func TestViews(t *testing.T) {
	animals := zoo()
	cases := map[string]struct {
		view  View
		ready bool
	}{
		"list":      {NewList("", animals, now), false},
		"list-well": {NewList("monitoring", animals[2:], now), true},
		"list-none": {NewList("empty", nil, now), true},
		"nowhere":   {NewList("", nil, now), true},
		"sick":      {NewDetail(&animals[0], now), false},
		"stray":     {NewDetail(&animals[1], now), false},
		"well":      {NewDetail(&animals[2], now), true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.ready, tc.view.Ready())
			for _, format := range []Format{Text, JSON} {
				var out strings.Builder
				require.NoError(t, Write(&out, format, tc.view))
				requireGolden(t, fmt.Sprintf("%s.%s.golden", name, format), out.String())
			}
		})
	}
}

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestLook reads a namespace, all, or one, and more than fit on a page.
func TestLook(t *testing.T) {
	w := newWorld(t)
	w.create(exporter(latency), entry("ga", "region=eastus"))
	const many = 5 // three pages
	for i := range many {
		w.create(exporter(types.NamespacedName{Namespace: "team", Name: fmt.Sprintf("e%d", i)}))
	}
	for namespace, want := range map[string]int{"monitoring": 1, "team": many, "": many + 1} {
		view, err := w.Look(t.Context(), types.NamespacedName{Namespace: namespace}, time.Now)
		require.NoError(t, err)
		require.Len(t, view.(List).Exporters, want)
	}
	view, err := w.Look(t.Context(), latency, time.Now)
	require.NoError(t, err)
	require.Equal(t, "monitoring/latency", view.(Detail).Exporter)
}

func TestShort(t *testing.T) {
	cases := map[string]struct {
		d    time.Duration
		want string
	}{
		"Seconds": {1400 * time.Millisecond, "1s"},
		"Minutes": {3*time.Minute + 2*time.Second, "3m2s"},
		"Hours":   {25*time.Hour + 59*time.Minute + 29*time.Second, "25h59m"},
		"Days":    {49 * time.Hour, "2d1h"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, short(tc.d)) })
	}
}

// TestNoInterval: an object that an older CRD let through is shown all the same.
func TestNoInterval(t *testing.T) {
	broken := exporter(latency)
	broken.Spec.Interval.Duration = 0
	broken.Status.Groups = []v1.GroupStatus{unwell()}
	var out strings.Builder
	require.NoError(t, Write(&out, Text, NewDetail(broken, now)))
	require.Contains(t, out.String(), "DEAD LETTERS")
}
