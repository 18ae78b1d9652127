package sharding

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

const (
	me    = "m-0/u/1"
	other = "m-1/u/1"
)

// handing returns a table that asks for partitions of one life for another.
func handing(t ring.Table, epoch int64, from, to string, partitions ...int32) ring.Table {
	t.Handoffs = append(t.Handoffs, ring.Handoff{Partitions: partitions, From: from, To: to, Epoch: epoch})
	return t
}

// since returns a table whose partitions have other generations.
func since(t ring.Table, generations ...int64) ring.Table {
	t.Generations = generations
	return t
}

func TestTurnOf(t *testing.T) {
	both := []string{me, other}
	mine, theirs := int32(0), int32(1)
	held := func(generation int64) tenure { return tenure{generation, phaseHeld} }
	released := tenure{4, phaseReleased}
	cases := map[string]struct {
		reason        string
		before, after ring.Table
		held          []tenure
		want          turn
	}{
		"First": {
			"nobody had them",
			ring.Table{},
			tableOf(5, both, mine, theirs, -1), nil,
			turn{take: []Grant{{Partition: 0}}},
		},
		"Same": {"it is as it was", tableOf(5, both, mine, theirs), tableOf(5, both, mine, theirs), []tenure{held(4), {}}, turn{}},
		"FromTheLiving": {
			"who had it can be asked", tableOf(5, both, theirs), tableOf(6, both, mine),
			[]tenure{{}},
			turn{take: []Grant{{Partition: 0, From: "m-1"}}},
		},
		"FromTheDead": {
			"who is no member any more cannot", tableOf(5, both, theirs), tableOf(6, []string{me}, mine),
			[]tenure{{}},
			turn{take: []Grant{{Partition: 0}}},
		},
		"FromAnotherLife": {
			"nor can its next life", tableOf(5, both, theirs), tableOf(6, []string{me, "m-1/u/2"}, mine),
			[]tenure{{}},
			turn{take: []Grant{{Partition: 0}}},
		},
		"FromNobody": {
			"it was free", tableOf(5, both, -1), tableOf(6, both, mine),
			[]tenure{{}},
			turn{take: []Grant{{Partition: 0}}},
		},
		"Lost": {
			"the ring has given it away without asking", tableOf(5, both, mine), tableOf(6, both, theirs),
			[]tenure{held(4)},
			turn{drop: []int32{0}},
		},
		"LostInRelease": {
			"the same while it is released", tableOf(5, both, mine), tableOf(6, both, -1),
			[]tenure{{4, phaseReleasing}},
			turn{drop: []int32{0}},
		},
		"Released": {
			"what we have let go of is not dropped again", tableOf(5, both, mine), tableOf(6, both, theirs),
			[]tenure{released},
			turn{},
		},
		"Asked": {
			"it is to be given away", tableOf(5, both, mine, mine), since(handing(tableOf(6, both, mine, mine), 6, me, other, 1), 4, 4),
			[]tenure{held(4), held(4)},
			turn{release: []int32{1}, ack: 6},
		},
		"AskedAgain": {
			"once is enough", tableOf(5, both, mine), since(handing(tableOf(6, both, mine), 6, me, other, 0), 4),
			[]tenure{{4, phaseReleasing}},
			turn{ack: 6},
		},
		"AskedForReleased": {
			"it is acknowledged all the same", tableOf(5, both, mine), since(handing(tableOf(6, both, mine), 6, me, other, 0), 4),
			[]tenure{released},
			turn{ack: 6},
		},
		"AskedTwice": {
			"the newest epoch is acknowledged", tableOf(5, both, mine, mine),
			since(handing(handing(tableOf(7, both, mine, mine), 7, me, other, 1), 6, me, other, 0), 4, 4),
			[]tenure{released, held(4)},
			turn{release: []int32{1}, ack: 7},
		},
		"OthersAsked": {
			"that is theirs to do", tableOf(5, both, theirs), since(handing(tableOf(6, both, theirs), 6, other, me, 0), 4),
			[]tenure{{}},
			turn{},
		},
		"Pass": {
			"granted and asked for before we saw it: it is taken, to be passed on", tableOf(4, both, theirs), handing(tableOf(6, both, mine), 6, me, other, 0),
			[]tenure{{}},
			turn{take: []Grant{{Partition: 0, From: "m-1"}}, release: []int32{0}, ack: 6},
		},
		"Regranted": {
			"it was somebody else's meanwhile", tableOf(5, both, mine), tableOf(8, both, mine),
			[]tenure{held(4)},
			turn{drop: []int32{0}, take: []Grant{{Partition: 0, From: "m-0"}}},
		},
		"Returned": {
			"the handoff found no taker", tableOf(6, both, mine), tableOf(7, both, mine),
			[]tenure{released},
			turn{take: []Grant{{Partition: 0, From: "m-0"}}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, turnOf(giversOf(nil, tc.before, tc.after), tc.after, me, tc.held), tc.reason)
		})
	}
}

// TestGivers: who had a partition before is known from all the tables that were seen.
func TestGivers(t *testing.T) {
	both := []string{me, other}
	first := tableOf(5, both, 1, 1, 0)
	second := since(tableOf(6, both, 0, 1, 0), 6, 4, 4)
	third := since(tableOf(7, both, 0, -1, 0), 6, 4, 7)
	givers := giversOf(nil, ring.Table{}, first)
	require.Equal(t, [][]string{nil, nil, nil}, givers, "nothing has been seen before")
	givers = giversOf(givers, first, second)
	require.Equal(t, [][]string{{other}, nil, nil}, givers)
	givers = giversOf(givers, second, third)
	require.Equal(t, [][]string{{other}, {other}, {me}}, givers, "free now, and granted again to its own owner")
	for epoch := int64(8); epoch < 20; epoch++ {
		next := since(tableOf(epoch, both, int32(epoch%2), 1, 0), epoch, epoch, epoch)
		givers = giversOf(givers, third, next)
		third = next
	}
	require.Equal(t, []string{me, other, me, other}, givers[0], "a few are enough")
	require.Equal(t, "m-1", giver(third, []string{"m-2/u/1", other, me}), "the latest that is still a member")
	require.Empty(t, giver(third, nil))
}

// TestLivesOwnNothingOfEachOther: a table speaks of one life of a pod.
func TestLivesOwnNothingOfEachOther(t *testing.T) {
	table := tableOf(5, []string{me}, 0, -1)
	require.True(t, ownedBy(table, 0, me))
	require.False(t, ownedBy(table, 1, me))
	require.False(t, ownedBy(table, 0, "m-0/u/2"))
	require.False(t, ownedBy(table, 2, me))
	table.Members[0].Identity = ""
	require.False(t, ownedBy(table, 0, ""), "whoever is no member owns nothing")
}

// drawTable draws a table with handoffs of members' own partitions.
func drawTable(t *rapid.T, partitions int) ring.Table {
	table := tableOf(9, []string{me, other})
	for p := range partitions {
		table.Owners = append(table.Owners, rapid.Int32Range(-1, 1).Draw(t, "owner"))
		table.Generations = append(table.Generations, rapid.Int64Range(1, 3).Draw(t, "generation"))
		if owner, ok := table.Owner(p); ok && rapid.Bool().Draw(t, "asked") {
			table = handing(table, rapid.Int64Range(4, 9).Draw(t, "epoch"), owner.Identity, other, int32(p))
		}
	}
	return table
}

// TestTurnsAgreeWithTheTable: whatever a member holds and whatever tables come, it
// acts for what is its own by the newest one, under that one's fence, and for nothing
// else; what it is told to take it did not have, and what it drops it had.
func TestTurnsAgreeWithTheTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const partitions = 6
		held := make([]tenure, partitions)
		before := ring.Table{}
		for range rapid.IntRange(1, 5).Draw(t, "tables") {
			table := drawTable(t, partitions)
			was := append([]tenure(nil), held...)
			next := turnOf(giversOf(nil, before, table), table, me, held)
			next.apply(held, table, me)
			asked := new(turn).asked(table, me)
			works := map[int32]bool{}
			for p := range was {
				works[int32(p)] = was[p].acts()
			}
			for _, p := range next.drop {
				require.True(t, works[p], "dropped what it did not have")
				works[p] = false
			}
			for _, g := range next.take {
				require.False(t, works[g.Partition], "took what it had")
				works[g.Partition] = true
			}
			for p, h := range held {
				require.Equal(t, works[int32(p)], h.acts(), "the work and the right are one")
				require.Equal(t, ownedBy(table, p, me), h.phase != phaseNone)
				if h.phase != phaseNone {
					require.Equal(t, table.Generations[p], h.generation)
				}
				if ownedBy(table, p, me) && !asked[int32(p)] && was[p].phase != phaseReleased && was[p].phase != phaseReleasing {
					require.Equal(t, phaseHeld, h.phase)
				}
				if asked[int32(p)] {
					require.NotEqual(t, phaseHeld, h.phase, "what is asked for is on its way")
				}
			}
			before = table
			for p := range held { // a release ends some time
				if held[p].phase == phaseReleasing && rapid.Bool().Draw(t, "released") {
					held[p].phase = phaseReleased
				}
			}
		}
	})
}
