package ring

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExplain(t *testing.T) {
	table := example()
	keys := map[int]string{} // one for each partition
	for _, name := range pods(50) {
		keys[Partition(name, 4)] = name
	}
	b := table.Members[1]
	cases := map[string]struct {
		reason string
		key    string
		want   Explanation
		moving bool
	}{
		"Rests":  {"it has an owner, and stays", keys[2], Explanation{Partition: 2, Owner: b, Generation: 9}, false},
		"Moves":  {"its owner has been asked for it", keys[1], Explanation{Partition: 1, Owner: b, Generation: 7, Handoff: table.Handoffs[0], To: table.Members[2]}, true},
		"Nobody": {"nobody owns it", keys[3], Explanation{Partition: 3}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := Explain(table, tc.key)
			require.Equal(t, tc.want, got, tc.reason)
			require.Equal(t, tc.moving, got.Moving(), tc.reason)
		})
	}
}

func TestSpreadOf(t *testing.T) {
	cases := map[string]struct {
		reason  string
		table   Table
		weights []float64
		want    Spread
	}{
		"Even": {
			"a member that is about to go does not count", example(), nil,
			Spread{Members: []Share{{"a", 1, 0.25}, {"c", 0, 0}}, Busiest: 2},
		},
		"Weighed": {
			"weights are parts of the whole",
			Table{Members: example().Members[:1], Owners: []int32{0, -1}},
			[]float64{1, 1},
			Spread{Members: []Share{{"a", 1, 0.5}}, Busiest: 1},
		},
		"Nobody": {
			"no members, no load", Table{Owners: []int32{-1}}, nil, Spread{},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, SpreadOf(tc.table, tc.weights), tc.reason)
		})
	}
}

func TestSimulate(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  string
		change Change
		want   Moves
	}{
		"Nothing": {
			reason: "no change, no moves",
			given:  "aabb",
			want:   Moves{Before: spread("a", 2, "b", 2), After: spread("a", 2, "b", 2)},
		},
		"Join": {
			reason: "a new member gets its share, one partition at a time in a ring this small",
			given:  "aaabbb", change: Change{Joining: []string{"c"}},
			want: Moves{Partitions: 2, Weight: 1.0 / 3, Epochs: 3, Before: spread("a", 3, "b", 3), After: spread("a", 2, "b", 2, "c", 2)},
		},
		"Leave": {
			reason: "who leaves gives everything to the others at once",
			given:  "aabbcc", change: Change{Leaving: []string{"b"}},
			want: Moves{Partitions: 2, Weight: 1.0 / 3, Epochs: 2, Before: spread("a", 2, "b", 2, "c", 2), After: spread("a", 3, "c", 3)},
		},
		"Replace": {
			reason: "one comes and one goes: nothing moves between the others",
			given:  "aabbcc", change: Change{Joining: []string{"d"}, Leaving: []string{"a"}},
			want: Moves{Partitions: 2, Weight: 1.0 / 3, Epochs: 2, Before: spread("a", 2, "b", 2, "c", 2), After: spread("b", 2, "c", 2, "d", 2)},
		},
		"AllLeave": {
			reason: "there is nobody to give it to",
			given:  "aabb", change: Change{Leaving: []string{"a", "b"}},
			want: Moves{Epochs: 1, Before: spread("a", 2, "b", 2)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(len(tc.given))
			w.give(tc.given)
			before := w.table.String()
			got, err := Simulate(w.table, nil, tc.change)
			require.NoError(t, err)
			require.Equal(t, tc.want, got, tc.reason)
			require.Equal(t, before, w.table.String(), "the table stays as it is")
		})
	}
}

// spread returns that of members with so many partitions each, of the same weight.
func spread(namesAndPartitions ...any) Spread {
	var s Spread
	all, most := 0, 0
	for i := 1; i < len(namesAndPartitions); i += 2 {
		n := namesAndPartitions[i].(int)
		all, most = all+n, max(most, n)
		s.Members = append(s.Members, Share{Name: namesAndPartitions[i-1].(string), Partitions: n})
	}
	for i := range s.Members {
		s.Members[i].Weight = float64(s.Members[i].Partitions) / float64(all)
	}
	s.Busiest = float64(most) * float64(len(s.Members)) / float64(all)
	return s
}

func TestSimulateErrors(t *testing.T) {
	w := newWorld(4)
	w.give("aabb")
	for _, change := range []Change{{Joining: []string{"a"}}, {Joining: []string{"c", "c"}}, {Leaving: []string{"c"}}} {
		_, err := Simulate(w.table, nil, change)
		require.ErrorIs(t, err, ErrMember)
	}
	_, err := Simulate(w.table, nil, Change{Leaving: []string{"c"}})
	require.EqualError(t, err, `no such change of members: "c" is no member`)
}

// TestSimulateUnderWay: a simulation begins when what is under way has ended.
func TestSimulateUnderWay(t *testing.T) {
	w := newWorld(12)
	w.give("aaaaaabbbbbb")
	w.join("c")
	w.quiet = w.settings.Settle
	w.plan()
	require.NotEmpty(t, w.table.Handoffs)
	got, err := Simulate(w.table, nil, Change{})
	require.NoError(t, err)
	require.Zero(t, got.Partitions)
	require.Equal(t, spread("a", 4, "b", 4, "c", 4), got.Before)
}

// TestNeedless counts what moves between members that were there and stay.
func TestNeedless(t *testing.T) {
	w := newWorld(6)
	w.give("aabbcc")
	before := w.table
	s := newSimulation(before, nil)
	require.NoError(t, s.apply(Change{Joining: []string{"d"}, Leaving: []string{"c"}}))
	w.join("d")
	w.give("bbbbdd") // c gives, d takes, and a has given to b for nothing
	s.in.Table = w.table
	var moves Moves
	s.count(&moves, before)
	require.Equal(t, 4, moves.Partitions)
	require.Equal(t, 2, moves.Needless)
}
