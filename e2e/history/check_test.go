package history

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

var ten = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return ten.Add(time.Duration(seconds) * time.Second) }

// window is an event of the window that starts at a time.
func window(kind Kind, when, start int, fence int64) Event {
	return Event{Kind: kind, At: at(when), Exporter: "x", Start: at(start), End: at(start + 10), Owner: "pod", Fence: fence}
}

func commit(when int, fence, seq int64, watermark int) Event {
	return Event{Kind: Commit, At: at(when), Exporter: "x", Owner: "pod", Fence: fence, Seq: seq, Watermark: at(watermark)}
}

func TestCheck(t *testing.T) {
	good := []Event{
		window(Query, 10, 0, 1), window(Push, 11, 0, 1), commit(12, 1, 1, 10),
		window(Query, 20, 10, 2), window(Push, 21, 10, 2), commit(22, 2, 2, 20),
	}
	final := Final{Exporter: "x", Interval: 10 * time.Second, Watermark: at(20), Pushes: true}
	cases := map[string]struct {
		reason string
		edit   func(events []Event, f *Final) []Event
		want   Report
	}{
		"Good": {"two windows, two owners", func(e []Event, _ *Final) []Event { return e }, Report{Windows: 2}},
		"Lost": {"a window in the middle", func(e []Event, f *Final) []Event {
			f.Watermark = at(30)
			return e
		}, Report{Windows: 3, Lost: 1}},
		"Stuck": {"nobody goes on with it", func(e []Event, f *Final) []Event {
			f.Due = at(30)
			return e
		}, Report{Windows: 2, Lost: 1}},
		"Waiting": {"it is in the backlog", func(e []Event, f *Final) []Event {
			f.Watermark, f.Waiting = at(30), []Range{{at(20), at(30)}}
			return e
		}, Report{Windows: 3}},
		"SeqTwice": {"two owners wrote the same seq", func(e []Event, _ *Final) []Event {
			return append(e, commit(23, 2, 2, 20))
		}, Report{Windows: 2, DoubleCommits: 1}},
		"WatermarkBack": {"a window is settled twice", func(e []Event, _ *Final) []Event {
			return append(e, commit(23, 2, 3, 10))
		}, Report{Windows: 2, DoubleCommits: 1}},
		"LateCommit": {"an old owner's, before the new one's first", func(e []Event, _ *Final) []Event {
			late := commit(21, 1, 2, 20)
			return append(e[:5], late, commit(22, 2, 3, 20))
		}, Report{Windows: 2}},
		"FenceBack": {"an old owner's, after the new one's", func(e []Event, _ *Final) []Event {
			return append(e, commit(23, 1, 3, 20))
		}, Report{Windows: 2, DoubleCommits: 1}},
		"Zombie": {"an old owner asks after the new one did", func(e []Event, _ *Final) []Event {
			return append(e, window(Query, 21, 20, 1))
		}, Report{Windows: 2, Overlaps: 1}},
		"FrozenZombie": {"it stood still before it sent", func(e []Event, _ *Final) []Event {
			late := window(Push, 21, 10, 1)
			late.Frozen = true
			return append(e, late)
		}, Report{Windows: 2, FreezeInGap: 1, DuplicatePushes: 1}},
		"Duplicate": {"a window is pushed again, and asked for again", func(e []Event, _ *Final) []Event {
			return append(e, window(Query, 24, 10, 3), window(Push, 25, 10, 3))
		}, Report{Windows: 2, DuplicatePushes: 1, RepeatedQueries: 1}},
		"Differing": {"with other content", func(e []Event, _ *Final) []Event {
			again := window(Push, 25, 10, 3)
			again.Digest = 9
			return append(e, again)
		}, Report{Windows: 2, DuplicatePushes: 1, Differing: 1}},
		"Twice": {"a series on two replicas", func(e []Event, _ *Final) []Event {
			return append(e, Event{Kind: Look, At: at(25), Shown: 1, Twice: 1, Missing: 1})
		}, Report{Windows: 2, Looks: 2, Twice: 1, Missing: 1}},
		"ScrapeOnly": {"windows of no receiver may be passed over", func(_ []Event, f *Final) []Event {
			f.Pushes = false
			return nil
		}, Report{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := final
			got := Check(tc.edit(append([]Event(nil), good...), &f), []Final{f})
			broken := got.Lost+got.DoubleCommits+got.Overlaps+got.Differing > 0
			require.Equal(t, broken, got.Sound() != nil, tc.reason)
			require.Equal(t, broken || got.Twice > 0, len(got.Faults) > 0, "faults are named")
			got.Faults = nil
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}

// TestFinalOf: what waits and what was given up both count as kept.
func TestFinalOf(t *testing.T) {
	stamp := func(seconds int) metav1.Time { return metav1.NewTime(at(seconds)) }
	watermark := stamp(30)
	require.Equal(t,
		Final{
			Exporter: "x", Interval: time.Minute, Pushes: true, Watermark: at(30),
			Waiting: []Range{{at(0), at(10)}, {at(10), at(20)}},
		},
		FinalOf("x", time.Minute, v1.GroupStatus{
			Watermark:   &watermark,
			Backlog:     []v1.BacklogEntry{{StartTime: stamp(0), EndTime: stamp(10)}},
			DeadLetters: []v1.DeadLetter{{StartTime: stamp(10), EndTime: stamp(20)}},
		}))
	require.Zero(t, FinalOf("x", time.Minute, v1.GroupStatus{}).Watermark, "nothing is settled yet")
}

func TestReportsAddUp(t *testing.T) {
	one := Report{Windows: 1, Lost: 2, DoubleCommits: 3, Overlaps: 4, FreezeInGap: 5, DuplicatePushes: 6, Differing: 7, RepeatedQueries: 8, Looks: 100, Twice: 1, Missing: 10}
	require.Equal(t, "windows=2 lost=4 double_commits=6 overlaps=8 duplicate_pushes=12 differing=14 freeze_in_gap=10 exposed_twice=1.0000% unexposed=10.0000%",
		one.Add(one).String())
	require.Contains(t, Report{}.String(), "exposed_twice=0%")
	unled := Report{Unled: 1, Faults: []string{"nobody leads"}}
	require.ErrorContains(t, unled.Add(unled).Sound(), "nobody leads")
	require.Equal(t, 2, unled.Add(unled).Unled)
}
