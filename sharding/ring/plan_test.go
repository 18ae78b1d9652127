package ring

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRebalance(t *testing.T) {
	cases := map[string]struct {
		reason  string
		given   string // who owns each partition
		weights []float64
		joining []string
		urgent  bool   // something is asked for before membership has settled
		want    string // who owns each in the end
		epochs  int
	}{
		"SmallRing": {
			reason: "a tenth of eight partitions is none, but one may always move",
			given:  "aaaaaaaa", joining: []string{"b"},
			want: "bbbbaaaa", epochs: 5,
		},
		"Lumps": {
			reason: "a partition that is heavier than the mean moves if the larger load falls; two of them are urgent",
			given:  "aab", weights: []float64{14, 14, 8}, joining: []string{"c"},
			urgent: true, want: "cab", epochs: 1,
		},
		"LumpsThatDoNotFit": {
			reason: "a partition does not move when it would only carry the excess elsewhere",
			given:  "aab", weights: []float64{14, 14, 14}, want: "aab", epochs: 0,
		},
		"Giant": {
			reason: "a member that holds one giant partition cannot be helped; the others still share with a new one",
			given:  "abbbb", weights: []float64{100, 10, 10, 10, 10}, joining: []string{"c"},
			want: "accbb", epochs: 3,
		},
		"GiantInARollout": {
			reason: "a giant is no reason to even out the others before membership has settled",
			given:  "abbbb", weights: []float64{100, 10, 10, 10, 10}, joining: []string{"c", "d"},
			want: "acdbb", epochs: 3,
		},
		"GiantWithCompany": {
			reason: "who holds a giant gives the rest away",
			given:  "aaaab", weights: []float64{100, 10, 10, 10, 10},
			want: "abbbb", epochs: 4,
		},
		"Middling": {
			reason:  "a partition that carries one member above the target moves if another one comes down by more",
			given:   "aaaaaaaaaaaaaaaaaaaabcdefghij",
			weights: slices.Concat(slices.Repeat([]float64{5.9}, 20), slices.Repeat([]float64{98}, 9)),
			want:    "bcdaaaaaaaaaaaaaaaaabcdefghij", epochs: 3,
		},
		"Swap": {
			reason: "an excess that would be as large elsewhere stays where it is",
			given:  "aabcdefghij", weights: append([]float64{101, 12}, slices.Repeat([]float64{98.67}, 9)...),
			want: "aabcdefghij", epochs: 0,
		},
		"Even": {
			reason: "nothing moves for a difference that cannot be made smaller",
			given:  "aaabbbcc", want: "aaabbbcc", epochs: 0,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(len(tc.given))
			w.give(tc.given)
			w.weights = tc.weights
			w.join(tc.joining...)
			w.plan() // membership alone
			require.Equal(t, tc.given, owners(w.table), "before membership has settled")
			require.Equal(t, tc.urgent, len(w.table.Handoffs) > 0, "before membership has settled")
			require.Equal(t, tc.epochs, w.settle(), tc.reason)
			require.Equal(t, tc.want, owners(w.table), tc.reason)
			require.False(t, w.plan(), "it stays so")
		})
	}
}

// TestRebalanceReachesTarget: more has to move than may be on its way at once, and
// it goes on below the load that began it.
func TestRebalanceReachesTarget(t *testing.T) {
	for members := 1; members < 12; members++ {
		w := newWorld(DefaultPartitions)
		w.join(pods(members)...)
		w.plan()
		w.join("newcomer")
		w.settle()
		require.LessOrEqual(t, w.spread(), w.settings.Target, "%d members and a new one", members)
	}
}

// TestRebalanceOnce: a rebalance that may have all that it needs on its way asks for
// it with one table.
func TestRebalanceOnce(t *testing.T) {
	w := newWorld(1000)
	w.give(strings.Repeat("a", 560) + strings.Repeat("b", 440))
	require.Equal(t, 2, w.settle(), "asked for, and granted")
	require.Equal(t, 515, SpreadOf(w.table, nil).Members[0].Partitions)
}

func TestUrgent(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  string
		join   []string
		urgent bool
	}{
		"PairWithEmpty":   {"one of two comes back empty: a rolling restart, not an emergency", "aaaaaaaaaaaa", []string{"b"}, false},
		"TripleWithEmpty": {"one of three comes back empty", "aaaaaabbbbbb", []string{"c"}, false},
		"OneOfThree":      {"one has all the work and two have none", "aaaaaaaaaaaa", []string{"b", "c"}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(len(tc.given))
			w.give(tc.given)
			w.join(tc.join...)
			w.plan()
			require.Equal(t, tc.urgent, len(w.table.Handoffs) > 0, tc.reason)
		})
	}
}

// TestRestartedDestination: what is on its way to a pod that restarts in place goes
// to its next life.
func TestRestartedDestination(t *testing.T) {
	w := newWorld(12)
	w.give("aaaabbbbcccc")
	w.live["a"].Draining = true
	w.plan()
	before := w.table.Handoffs
	w.restart("b")
	w.plan()
	require.Len(t, w.table.Handoffs, len(before))
	for i, h := range w.table.Handoffs {
		require.Equal(t, before[i].Partitions, h.Partitions)
		require.NotEqual(t, "b/1", h.To)
	}
	w.handOver()
	require.Equal(t, "bcbcbbbbcccc", owners(w.table))
}

// TestHandoffsFit: however many members come, go and stop while partitions are on
// their way, the handoffs fit into the ExporterRing, and all of them end.
func TestHandoffsFit(t *testing.T) {
	w := newWorld(4096)
	leaving := pods(4)
	w.join(leaving...)
	w.plan()
	for _, pod := range leaving {
		w.live[pod].Draining = true
	}
	w.join("sink")
	w.plan()
	w.fence("sink")
	for i := range 250 {
		w.join("new-" + pods(250)[i])
	}
	w.plan()
	require.LessOrEqual(t, len(w.table.Handoffs), maxHandoffs)
	require.Positive(t, w.settle())
	for _, pod := range leaving {
		require.Empty(t, w.table.PartitionsOf(w.live[pod].Identity))
	}
}

// TestDrainAlone: who is alone keeps its share though it wants to go, and gives it
// away when somebody comes.
func TestDrainAlone(t *testing.T) {
	w := newWorld(8)
	w.give("aaaaaaaa")
	w.live["a"].Draining = true
	require.True(t, w.plan(), "peers learn that it wants to go")
	require.Empty(t, w.table.Handoffs)
	require.False(t, w.plan())

	w.join("b")
	require.True(t, w.plan())
	require.Equal(t, []Handoff{{Partitions: []int32{0, 1, 2, 3, 4, 5, 6, 7}, From: "a/1", To: "b/1", Epoch: 102}}, w.table.Handoffs)
}

// TestUnowned: what nobody owns keeps its generation, and the next owner gets a
// newer one.
func TestUnowned(t *testing.T) {
	w := newWorld(2)
	w.give("aa")
	w.fence("a")
	require.True(t, w.plan())
	require.Equal(t, "--", owners(w.table))
	require.Equal(t, []int64{100, 100}, w.table.Generations)
	require.False(t, w.plan())
	w.join("b")
	w.plan()
	require.Equal(t, []int64{102, 102}, w.table.Generations)
}

// TestAllDraining: if all want to go, nobody is asked for anything.
func TestAllDraining(t *testing.T) {
	w := newWorld(8)
	w.give("aaaaaaab")
	w.live["a"].Draining, w.live["b"].Draining = true, true
	w.settle()
	require.Equal(t, "aaaaaaab", owners(w.table))
	w.restart("a")
	w.live["a"].Draining = true
	w.plan()
	require.Equal(t, "aaaaaaab", owners(w.table), "a pod's next life has its share")
}

// TestEnds: if a handoff must not be split, it goes to the emptiest.
func TestEnds(t *testing.T) {
	w := newWorld(6)
	w.give("aabbbc")
	h := Handoff{Partitions: []int32{0, 1}, From: "a/1", To: "x/1"}
	p := newPlanner(w.input())
	p.inherit()
	require.Equal(t, "c/1", p.endsOf(h, 1)[0].Identity)
	require.Len(t, p.endsOf(h, 1), 1)
	require.Len(t, p.endsOf(h, 9), 2)
}

// TestEmptyPartitions: partitions without exporters are spread as well, for those
// that will be made.
func TestEmptyPartitions(t *testing.T) {
	w := newWorld(100)
	w.weights = make([]float64, 100)
	w.weights[7], w.weights[8] = 50, 50
	w.join("a", "b", "c")
	w.plan()
	for _, share := range SpreadOf(w.table, nil).Members[:2] {
		require.Equal(t, 1, share.Partitions, "who has the work has no more")
	}

	w.weights[9] = 50
	w = &world{live: w.live, gone: w.gone, lives: w.lives, weights: w.weights, settings: w.settings}
	w.plan()
	for _, share := range SpreadOf(w.table, nil).Members {
		require.InDelta(t, 100.0/3, share.Partitions, 1)
	}
}

func TestWeightsOf(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  []float64
	}{
		"None":      {"nothing is known", nil},
		"Zero":      {"nobody costs anything", make([]float64, 4096)},
		"Short":     {"fewer than partitions", []float64{1, 2}},
		"Long":      {"more than partitions", slices.Repeat([]float64{1}, 5000)},
		"Nonsense":  {"no numbers, or none that a cost can be", []float64{math.NaN(), math.Inf(1), math.Inf(-1), -5, 3}},
		"Enormous":  {"their sum is beyond a float64", slices.Repeat([]float64{math.MaxFloat64}, 4096)},
		"Tiny":      {"next to nothing", slices.Repeat([]float64{math.SmallestNonzeroFloat64}, 4096)},
		"Irregular": {"no whole numbers", slices.Repeat([]float64{0.1, 1.0 / 3, math.Pi}, 1000)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			weights := weightsOf(tc.given, 4096)
			require.Len(t, weights, 4096)
			sum := 0.0
			for _, w := range weights {
				require.GreaterOrEqual(t, w, 1.0, tc.reason)
				require.Zero(t, w-math.Trunc(w), "a whole number")
				sum += w
			}
			require.Less(t, sum, float64(1<<53), "sums are exact")
		})
	}
}
