package ring

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// drawWeights draws what partitions cost: all the same, differing, or with giants.
func drawWeights(t *rapid.T, partitions int, kinds ...string) []float64 {
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed of weights"), 0))
	kind := rapid.SampledFrom(kinds).Draw(t, "weights")
	weights := make([]float64, partitions)
	for p := range weights {
		switch giant := random.IntN(50) == 0; {
		case kind == "same":
			weights[p] = 1
		case kind == "differing":
			weights[p] = 0.5 + 1.5*random.Float64()
		case giant:
			weights[p] = 10 + 1000*random.Float64()
		default:
			weights[p] = max(0, random.Float64()-0.3)
		}
	}
	return weights
}

// walk lets anything happen to a ring, and calls check for each new plan with what
// it was made of.
func walk(t *rapid.T, check func(in Input, next Table, changed bool)) {
	names := []string{"a", "b", "c", "d", "e", "f"}
	w := newWorld(rapid.SampledFrom([]int{1, 7, 32, 100}).Draw(t, "partitions"))
	w.weights = drawWeights(t, w.settings.Partitions, "same", "differing", "giants")
	pod := func(t *rapid.T) string { return rapid.SampledFrom(names).Draw(t, "pod") }
	lives := func(t *rapid.T) *Live {
		m, ok := w.live[pod(t)]
		if !ok {
			t.Skip("it does not live")
		}
		return m
	}
	t.Repeat(map[string]func(*rapid.T){
		"join": func(t *rapid.T) {
			name := pod(t)
			if w.live[name] == nil {
				w.join(name)
				w.live[name].Capacity = rapid.SampledFrom([]float64{0, 1, 2.5}).Draw(t, "capacity")
			}
		},
		"restart": func(t *rapid.T) { w.restart(pod(t)) },
		"vanish":  func(t *rapid.T) { w.vanish(pod(t)) },
		"fence":   func(t *rapid.T) { w.fence(pod(t)) },
		"drain":   func(t *rapid.T) { m := lives(t); m.Draining = !m.Draining },
		"ack":     func(t *rapid.T) { w.ack(pod(t)) },
		"settle":  func(*rapid.T) { w.quiet = w.settings.Settle },
		"weigh":   func(t *rapid.T) { w.weights = drawWeights(t, w.settings.Partitions, "same", "differing", "giants") },
		"": func(*rapid.T) {
			in := w.input()
			next, changed := Plan(in)
			check(in, next, changed)
			w.table = next
			if changed {
				w.table.Term++ // as a leader does that has just been elected
			}
		},
	})
}

// TestPlanIsSound holds for whatever happens, step by step.
func TestPlanIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		walk(t, func(in Input, next Table, changed bool) {
			requireEpoch(t, in, next, changed)
			requireStored(t, in, next)
			requireTotal(t, in, next)
			requireMembers(t, in, next)
			requireGenerations(t, in, next)
			requireAllowedMoves(t, in, next)
			requireHandoffs(t, in, next)
			requireIdempotent(t, in, next)
			requireOrderless(t, in, next)
		})
	})
}

func requireEpoch(t *rapid.T, in Input, next Table, changed bool) {
	switch {
	case in.Table.Epoch == 0:
		require.True(t, changed)
		require.Equal(t, in.FirstEpoch, next.Epoch)
	case changed:
		require.Equal(t, in.Table.Epoch+1, next.Epoch)
	default:
		require.Equal(t, in.Table, next)
	}
	require.Equal(t, in.Table.Term, next.Term)
}

// requireStored: what has been planned can be written and read.
func requireStored(t *rapid.T, in Input, next Table) {
	got, err := Decode(specOf(in.Settings.Partitions), next.Encode())
	require.NoError(t, err)
	require.Equal(t, next, got)
}

// requireTotal: if anybody lives, everything is owned.
func requireTotal(t *rapid.T, in Input, next Table) {
	require.Len(t, next.Owners, in.Settings.Partitions)
	if len(in.Live) > 0 {
		require.NotContains(t, next.Owners, int32(-1))
	}
}

// requireMembers: members are who lives, and who is silent and owns something.
func requireMembers(t *rapid.T, in Input, next Table) {
	require.True(t, slices.IsSortedFunc(next.Members, byName))
	living := lifeOf(in)
	for _, m := range next.Members {
		require.NotContains(t, in.Gone, m.Identity)
		if l, ok := living[m.Identity]; ok {
			require.Equal(t, l.Draining, m.Draining)
			delete(living, m.Identity)
			continue
		}
		require.NotEmpty(t, next.PartitionsOf(m.Identity), "%s is silent and owns nothing", m.Identity)
	}
	require.Empty(t, living, "each live member is in the table")
}

func lifeOf(in Input) map[string]Live {
	living := map[string]Live{}
	for _, m := range in.Live {
		living[m.Identity] = m
	}
	return living
}

// requireGenerations: a generation grows with each change of owner, to the epoch,
// and otherwise only where a release is taken back.
func requireGenerations(t *rapid.T, in Input, next Table) {
	asked := handoffOf(in.Table)
	for p := range next.Owners {
		is, owned := next.Owner(p)
		was, _ := in.Table.Owner(p)
		var before int64
		if len(in.Table.Generations) > 0 {
			before = in.Table.Generations[p]
		}
		h, wasAsked := asked[int32(p)]
		switch regrant := wasAsked && lifeOf(in)[h.From].Acked >= h.Epoch; {
		case !owned:
		case is.Identity != was.Identity, regrant:
			require.Equal(t, next.Epoch, next.Generations[p])
			require.Greater(t, next.Generations[p], before)
		default:
			require.Equal(t, before, next.Generations[p])
		}
	}
}

func handoffOf(table Table) map[int32]Handoff {
	asked := map[int32]Handoff{}
	for _, h := range table.Handoffs {
		for _, p := range h.Partitions {
			asked[p] = h
		}
	}
	return asked
}

// requireAllowedMoves: a partition changes its owner only if that one can act no
// more, or has acknowledged its release. What nobody owned goes to who lives.
func requireAllowedMoves(t *rapid.T, in Input, next Table) {
	asked, living := handoffOf(in.Table), lifeOf(in)
	for _, p := range moved(in.Table, next) {
		was, _ := in.Table.Owner(int(p))
		is, owned := next.Owner(int(p))
		if !owned {
			require.Contains(t, in.Gone, was.Identity)
			require.Empty(t, in.Live)
			continue
		}
		require.Contains(t, living, is.Identity, "given to somebody who does not live")
		if slices.Contains(in.Gone, was.Identity) {
			requireHeir(t, in, next, p, was, is)
			continue
		}
		h, ok := asked[p]
		require.True(t, ok, "taken from %s, which was not asked", was.Identity)
		require.GreaterOrEqual(t, living[h.From].Acked, h.Epoch, "taken from %s before it acknowledged", was.Identity)
	}
}

// requireHeir: the next life of a pod has what the one before had, unless that was
// on its way already.
func requireHeir(t *rapid.T, in Input, next Table, p int32, was, is Member) {
	if _, ok := handoffOf(in.Table)[p]; ok {
		return
	}
	for _, m := range in.Live {
		if m.Name == was.Name && !m.Draining {
			require.Equal(t, m.Identity, is.Identity, "the pod's next life has its share")
			if h, ok := handoffOf(next)[p]; ok {
				require.Equal(t, next.Epoch, h.Epoch)
			}
		}
	}
}

// requireHandoffs: nothing that was asked for is forgotten; who wants to go is asked
// for everything; and no more than allowed is on the move to even out loads.
func requireHandoffs(t *rapid.T, in Input, next Table) {
	before, after, living := handoffOf(in.Table), handoffOf(next), lifeOf(in)
	for p, h := range before {
		_, lives := living[h.From]
		waits := (lives && living[h.From].Acked < h.Epoch) || (!lives && !slices.Contains(in.Gone, h.From))
		if waits {
			require.Equal(t, h.From, after[p].From, "a release that was asked for is forgotten")
			require.Equal(t, h.Epoch, after[p].Epoch)
		}
	}
	staying := slices.DeleteFunc(slices.Clone(in.Live), func(m Live) bool { return m.Draining })
	fresh := 0
	for p, h := range after {
		require.True(t, h.From != h.To || h.Epoch < next.Epoch, "asked to give to itself")
		if h.To != h.From {
			require.Contains(t, living, h.To, "%d moves to somebody who does not live", p)
		}
		if len(staying) > 0 {
			require.False(t, living[h.To].Draining, "%d moves to somebody who goes", p)
		}
		if h.To == h.From && before[p].To != h.From {
			others := slices.DeleteFunc(slices.Clone(staying), func(m Live) bool { return m.Identity == h.From })
			require.Empty(t, others, "%d returns to its owner though there are others", p)
		}
		if h.Epoch != before[p].Epoch && !living[h.From].Draining {
			fresh++
		}
	}
	if fresh > 0 {
		require.LessOrEqual(t, len(after), max(1, int(in.Settings.InFlight*float64(in.Settings.Partitions))))
	}
	for p := range next.Owners {
		if owner, ok := next.Owner(p); ok && living[owner.Identity].Draining && len(staying) > 0 {
			require.Contains(t, after, int32(p), "%s wants to go", owner.Identity)
		}
	}
}

func requireIdempotent(t *rapid.T, in Input, next Table) {
	in.Table = next
	again, changed := Plan(in)
	require.False(t, changed, "a plan of its own result changed\n%s to\n%s", next, again)
	require.Equal(t, next, again)
}

func requireOrderless(t *rapid.T, in Input, next Table) {
	slices.Reverse(in.Live)
	slices.Reverse(in.Gone)
	again, _ := Plan(in)
	require.Equal(t, next, again)
}

// TestPlanConverges: once everybody acknowledges and nothing happens any more, the
// ring comes to rest, evened out as far as the partitions allow.
func TestPlanConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"a", "b", "c", "d", "e", "f"}
		w := newWorld(rapid.SampledFrom([]int{16, 200, 1024}).Draw(t, "partitions"))
		w.weights = drawWeights(t, w.settings.Partitions, "same", "differing", "giants")
		w.join(rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 6, rapid.ID).Draw(t, "first")...)
		w.plan()
		for _, pod := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, "changing") {
			switch {
			case w.live[pod] == nil:
				w.join(pod)
			case rapid.Bool().Draw(t, "drains"):
				w.live[pod].Draining = true
			default:
				w.fence(pod)
			}
		}
		if len(w.loads()) == 0 {
			w.join("a")
		}
		require.GreaterOrEqual(t, w.settle(), 0, "it never comes to rest")
		require.Empty(t, w.table.Handoffs)
		requireEven(t, w)
	})
}

// requireEven: no partition can be moved from the busiest member so that the larger
// load of two falls by much, and if partitions are light then loads are even.
func requireEven(t *rapid.T, w *world) {
	loads := w.loads()
	weights := weightsOf(w.weights, w.settings.Partitions)
	var sum float64
	for _, load := range loads {
		sum += load
	}
	mean := sum / float64(len(loads))
	least := slices.Min(slices.Collect(maps.Values(loads)))
	busiest := slices.Max(slices.Collect(maps.Values(loads)))
	if slices.Max(weights) < 0.02*mean {
		require.LessOrEqual(t, busiest, w.settings.Trigger*mean)
	}
	if busiest <= w.settings.Trigger*mean {
		return
	}
	for p, weight := range weights {
		owner, _ := w.table.Owner(p)
		if loads[owner.Name] == busiest {
			require.Greater(t, max(busiest-weight, least+weight), busiest-0.031*mean,
				"partition %d of weight %g should have moved", p, weight)
		}
	}
}

// TestNoCollateral: who joins or leaves moves what it must and nothing else, and
// no more than even loads need.
func TestNoCollateral(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(DefaultPartitions)
		w.weights = drawWeights(t, DefaultPartitions, "same", "differing")
		n := rapid.IntRange(2, 8).Draw(t, "members")
		w.join(pods(n)...)
		w.plan()
		before := w.table
		gone := "adxexporter-0"
		if rapid.Bool().Draw(t, "joins") {
			gone = ""
			w.join("newcomer")
		} else {
			w.fence(gone)
		}
		w.settle()
		var weight, all float64
		for _, p := range moved(before, w.table) {
			was, _ := before.Owner(int(p))
			is, _ := w.table.Owner(int(p))
			require.True(t, was.Name == gone || is.Name == "newcomer", "moved from %s to %s, which both stay", was.Name, is.Name)
			weight += w.weights[p]
		}
		for _, cost := range w.weights {
			all += cost
		}
		if gone == "" {
			require.LessOrEqual(t, weight, all/float64(n+1), "more than the newcomer's share has moved")
		}
	})
}
