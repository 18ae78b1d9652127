package ring

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/buraksezer/consistent"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

func TestPartition(t *testing.T) {
	ring := consistent.New(nil, consistent.Config{
		Hasher: hasher{}, PartitionCount: DefaultPartitions, ReplicationFactor: 1, Load: 1.25,
	})
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.String().Draw(t, "key")
		require.Equal(t, ring.FindPartitionID([]byte(key)), Partition(key, DefaultPartitions))
	})
	// It must never change: rings in use depend on it.
	require.Equal(t, 399, Partition("monitoring/service-latency", DefaultPartitions))
	require.Zero(t, testing.AllocsPerRun(100, func() { Partition("monitoring/service-latency", DefaultPartitions) }))
}

func specOf(partitions int) v1.ExporterRingSpec {
	return v1.ExporterRingSpec{Partitions: int32(partitions), Hash: HashName, LeaseNamespace: "monitoring"}
}

// example is a table of three members and four partitions, one on its way.
func example() Table {
	return Table{
		Epoch: 9, Term: 2,
		Members: []Member{{Name: "a", Identity: "a/1"}, {Name: "b", Identity: "b/1", Draining: true}, {Name: "c", Identity: "c/3"}},
		Owners:  []int32{0, 1, 1, -1}, Generations: []int64{7, 7, 9, 0},
		Handoffs: []Handoff{{Partitions: []int32{1}, From: "b/1", To: "c/3", Epoch: 8}},
	}
}

func TestDecode(t *testing.T) {
	cases := map[string]struct {
		reason  string
		damage  func(*v1.ExporterRingSpec, *v1.ExporterRingStatus)
		invalid bool
	}{
		"Valid":               {"what Encode has written", func(*v1.ExporterRingSpec, *v1.ExporterRingStatus) {}, false},
		"NoPartitions":        {"a ring has at least one", func(s *v1.ExporterRingSpec, _ *v1.ExporterRingStatus) { s.Partitions = 0 }, true},
		"NegativePartitions":  {"and no fewer", func(s *v1.ExporterRingSpec, _ *v1.ExporterRingStatus) { s.Partitions = -4 }, true},
		"HugeRing":            {"nothing is allocated for more than a ring may have", func(s *v1.ExporterRingSpec, _ *v1.ExporterRingStatus) { s.Partitions = math.MaxInt32 }, true},
		"MorePartitions":      {"the table is too short", func(s *v1.ExporterRingSpec, _ *v1.ExporterRingStatus) { s.Partitions = 5 }, true},
		"FewerPartitions":     {"the table is too long", func(s *v1.ExporterRingSpec, _ *v1.ExporterRingStatus) { s.Partitions = 3 }, true},
		"NoTable":             {"an epoch without a table", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Table = "" }, true},
		"NoBase64":            {"not base64", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Table = "%%%" }, true},
		"UnknownOwner":        {"an owner beyond the members", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Members = s.Members[:1] }, true},
		"EndlessNumber":       {"a number that does not end", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Table = "/////////////////////w==" }, true},
		"NoGenerations":       {"fences are not made up", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Generations = "" }, true},
		"GenerationsNoBase64": {"not base64", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Generations = "%" }, true},
		"GenerationOfFuture":  {"an owner cannot be newer than the table", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Epoch = 8 }, true},
		"NegativeGeneration": {"epochs count up", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) {
			s.Generations = encodeGenerations([]int64{7, 7, 9, -1})
		}, true},
		"NegativeEpoch":     {"epochs count up", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Epoch = -1 }, true},
		"TwinMembers":       {"an identity is one member", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Members[2].Identity = "a/1" }, true},
		"HandoffOfNothing":  {"a partition that there is not", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Handoffs[0].Partitions[0] = 4 }, true},
		"HandoffOfNegative": {"a partition that there is not", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Handoffs[0].Partitions[0] = -1 }, true},
		"HandoffOfOthers":   {"only its owner can give a partition away", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Handoffs[0].From = "a/1" }, true},
		"HandoffTwice":      {"a partition goes one way", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Handoffs = append(s.Handoffs, s.Handoffs[0]) }, true},
		"HandoffOfFuture":   {"nobody can have asked for it yet", func(_ *v1.ExporterRingSpec, s *v1.ExporterRingStatus) { s.Handoffs[0].Epoch = 10 }, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec, status := specOf(4), example().Encode()
			tc.damage(&spec, &status)
			table, err := Decode(spec, status)
			if tc.invalid {
				require.ErrorIs(t, err, ErrCorrupt, tc.reason)
				require.Zero(t, table, tc.reason)
				return
			}
			require.NoError(t, err, tc.reason)
			require.Equal(t, example(), table)
		})
	}
}

func TestDecodeNothing(t *testing.T) {
	table, err := Decode(specOf(1024), v1.ExporterRingStatus{})
	require.NoError(t, err)
	require.Zero(t, table)
}

// TestEncodeFits: the largest ring whose runs and deltas are as long as they can be
// is within what the CRD admits.
func TestEncodeFits(t *testing.T) {
	const partitions, members = 4096, 256
	table := Table{Epoch: math.MaxInt64, Term: math.MaxInt64}
	for i := range members {
		pod := pods(members)[i]
		table.Members = append(table.Members, Member{Name: pod, Identity: pod + "/" + strings.Repeat("u", 36)})
	}
	for p := range partitions {
		table.Owners = append(table.Owners, int32(members-1-p%2))
		table.Generations = append(table.Generations, int64(p%2)*math.MaxInt64)
	}
	status := table.Encode()
	require.LessOrEqual(t, len(status.Table), 32768)
	require.LessOrEqual(t, len(status.Generations), 65536)
	got, err := Decode(specOf(partitions), status)
	require.NoError(t, err)
	require.Equal(t, table, got)
}

// TestRingFits: a ring of the largest size, on the move as a whole, is small enough
// for the API server's store.
func TestRingFits(t *testing.T) {
	w := newWorld(4096)
	w.join(pods(256)...)
	w.plan()
	for _, pod := range pods(128) {
		w.live[pod].Draining = true
	}
	w.plan()
	require.Len(t, w.table.Handoffs, maxHandoffs)
	content, err := json.Marshal(w.table.Encode())
	require.NoError(t, err)
	require.Less(t, len(content), 1<<20)
}

func TestTableString(t *testing.T) {
	require.Equal(t, `epoch 9 term 2
a/1 owns 1
b/1 owns 2 draining
c/3 owns 0
nobody owns 1
1 move from b/1 to c/3, asked for in 8
`, example().String())
}

func TestOwner(t *testing.T) {
	table := example()
	for p, want := range []string{"a/1", "b/1", "b/1", ""} {
		owner, ok := table.Owner(p)
		require.Equal(t, want, owner.Identity)
		require.Equal(t, want != "", ok)
	}
	for _, p := range []int{-1, 4} {
		_, ok := table.Owner(p)
		require.False(t, ok, "partition %d", p)
	}
	require.Equal(t, []int32{1, 2}, table.PartitionsOf("b/1"))
	require.Empty(t, table.PartitionsOf("d/1"))
}

// FuzzDecode: whatever a ring's status holds, it is a valid table or an error, and a
// table survives being written and read.
func FuzzDecode(f *testing.F) {
	status := example().Encode()
	f.Add(int32(4), int64(9), status.Table, status.Generations, uint8(3), int32(1))
	f.Add(int32(1), int64(0), "", "", uint8(0), int32(0))
	f.Add(int32(4096), int64(1), "gCAB", "", uint8(1), int32(-1))
	f.Add(int32(math.MaxInt32), int64(1), "/////wcB", "AAAA", uint8(1), int32(5))
	f.Fuzz(func(t *testing.T, partitions int32, epoch int64, owners, generations string, members uint8, handoff int32) {
		status := v1.ExporterRingStatus{Epoch: epoch, Table: owners, Generations: generations}
		for i := range members {
			status.Members = append(status.Members, v1.RingMember{Name: string(rune('a' + i)), Identity: string(rune('a' + i))})
		}
		if handoff != 0 {
			status.Handoffs = []v1.RingHandoff{{Partitions: []int32{handoff}, From: "a", To: "b", Epoch: epoch}}
		}
		table, err := Decode(v1.ExporterRingSpec{Partitions: partitions}, status)
		if err != nil {
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		for p := range table.Owners {
			table.Owner(p)
		}
		again, err := Decode(v1.ExporterRingSpec{Partitions: partitions}, table.Encode())
		require.NoError(t, err)
		require.Equal(t, table, again)
		if table.Epoch > 0 {
			planFrom(table)
		}
	})
}

// planFrom plans on a table, whose members all live.
func planFrom(table Table) {
	in := Input{Table: table, Settings: DefaultSettings(), Quiet: DefaultSettings().Settle}
	in.Settings.Partitions = len(table.Owners)
	for _, m := range table.Members {
		in.Live = append(in.Live, Live{Name: m.Name, Identity: m.Identity, Draining: m.Draining, Acked: table.Epoch})
	}
	next, changed := Plan(in)
	if !changed && !slices.Equal(next.Owners, table.Owners) {
		panic("a plan that changes nothing has changed owners")
	}
}

// TestHashOfTables: what a replica would act on differently has another hash, and
// what it would not, as who leads, has the same.
func TestHashOfTables(t *testing.T) {
	table := Table{
		Epoch: 7, Term: 1, Members: []Member{{Name: "m-0", Identity: "m-0/u/1"}, {Name: "m-1", Identity: "m-1/u/1"}},
		Owners: []int32{0, 1, 1}, Generations: []int64{5, 6, 7},
	}
	cases := map[string]struct {
		reason string
		edit   func(t *Table)
		same   bool
	}{
		"Itself":     {"it is pure", func(*Table) {}, true},
		"Term":       {"another leader says the same", func(t *Table) { t.Term = 2 }, true},
		"Owner":      {"", func(t *Table) { t.Owners = []int32{0, 0, 1} }, false},
		"Generation": {"", func(t *Table) { t.Generations = []int64{5, 6, 6} }, false},
		"Life":       {"", func(t *Table) { t.Members = []Member{{Name: "m-0", Identity: "m-0/u/2"}, t.Members[1]} }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			other := table
			tc.edit(&other)
			require.Equal(t, tc.same, table.Hash() == other.Hash(), tc.reason)
		})
	}
}
