package executor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// TestHandoverFollowsOnTheStatus: whatever does not belong to the very entry that is
// stored is worth nothing.
func TestHandoverFollowsOnTheStatus(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	stored := entryOf("m-0/u/n", 7, 4, noon)
	ahead := entryOf("m-0/u/n", 7, 4, noon.Add(time.Minute))
	ahead.ObservedGeneration = 2
	cases := map[string]struct {
		reason string
		change func(*Handover)
		want   bool
	}{
		"Follows":    {"it was the last one to write", func(*Handover) {}, true},
		"Namesake":   {"another object", func(h *Handover) { h.UID = "other" }, false},
		"Seq":        {"one more write", func(h *Handover) { h.Committed.Seq = 3 }, false},
		"Fence":      {"another right to act", func(h *Handover) { h.Committed.Fence = 6 }, false},
		"Owner":      {"another life", func(h *Handover) { h.Committed.Owner = "m-1/u/n" }, false},
		"Group":      {"another set of cluster labels", func(h *Handover) { h.Committed.Group = "other" }, false},
		"NotWritten": {"nothing was written yet", func(h *Handover) { h.Committed = v1.GroupStatus{Group: "g"} }, false},
	}
	object := &v1.MetricsExporter{}
	object.UID, object.Generation = "u", 2
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := &Handover{UID: "u", Entry: ahead, Committed: stored, Shown: 2, Attempts: 3}
			tc.change(h)
			got := h.onto(state{entry: stored, committed: stored}, object)
			require.Equal(t, stored, got.committed)
			if !tc.want {
				require.Equal(t, state{entry: stored, committed: stored}, got, tc.reason)
				return
			}
			require.Equal(t, ahead, got.entry, tc.reason)
			require.Equal(t, int64(2), got.shown)
			require.Equal(t, int32(3), got.failure.attempts)
		})
	}
	var none *Handover
	require.Equal(t, state{entry: stored}, none.onto(state{entry: stored}, object))
}
