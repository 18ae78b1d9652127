package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/history"
)

// TestProtections leaves one protection out after the other: whatever it is there
// for must happen then, and must not while it is in.
func TestProtections(t *testing.T) {
	if hours(t) == 0 {
		t.Skip("this takes minutes: run make sim")
	}
	overlaps := func(r history.Report) int { return r.Overlaps }
	cases := map[string]struct {
		reason  string
		kinds   []string
		without func(o *Options)
		count   func(r history.Report) int
	}{
		"SelfFencing": {
			"a replica that cannot renew its Lease goes on while another has taken over",
			[]string{"cut", "freeze"},
			func(o *Options) { o.Timing.Valid = 10 * time.Minute }, overlaps,
		},
		"ValidBeforeDead": {
			"a replica is declared dead while its Lease is still good",
			[]string{"cut"},
			func(o *Options) { o.Timing.Dead = 3 * time.Second }, overlaps,
		},
		"LeaseCompareAndSwap": {
			"a replica that was fenced takes its Lease back, and acts on an old table",
			[]string{"deaf"},
			func(o *Options) { o.Without.LeaseCAS = true }, overlaps,
		},
		"SecondPhase": {
			"a share is granted before its old owner has finished, and a window is sent by both",
			[]string{"scale", "rolling"},
			func(o *Options) { o.Without.SecondPhase = true }, func(r history.Report) int { return r.DuplicatePushes },
		},
		"PushGate": {
			"a replica that stood still for a moment sends after another has taken over",
			[]string{"cut-in-gap"},
			func(o *Options) { o.Without.PushGate = true }, func(r history.Report) int { return r.FreezeInGap },
		},
		"CommitFence": {
			"a late write of an old owner overwrites the new one's",
			[]string{"freeze", "cut"},
			func(o *Options) { o.Without.CommitFence = true }, func(r history.Report) int { return r.DoubleCommits },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			with := func(seed uint64) Options {
				o := dense(seed)
				o.Faults = Faults{Every: 20 * time.Second, Kinds: tc.kinds}
				return o
			}
			sound := simulate(t, 4, 30*time.Minute, with)
			require.NoError(t, sound.Sound())
			require.Zero(t, tc.count(sound), "while the protection is in")

			// Some need a rare coincidence, such as a freeze while a write is under way.
			var broken history.Report
			for round := uint64(0); round < 25 && tc.count(broken) == 0; round++ {
				broken = broken.Add(simulate(t, 4, 30*time.Minute, func(seed uint64) Options {
					o := with(seed + 1000*round)
					tc.without(&o)
					return o
				}))
			}
			t.Log(broken)
			require.Positive(t, tc.count(broken), tc.reason)
		})
	}
}
