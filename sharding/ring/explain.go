package ring

import "slices"

// Explanation says where an exporter runs.
type Explanation struct {
	// Partition is the share that it falls into.
	Partition int
	// Owner is who runs it; it is zero if nobody does.
	Owner Member
	// Generation is the epoch since which it has this owner.
	Generation int64
	// Handoff is the move that it is part of; it is zero if it stays.
	Handoff Handoff
	// To is where it is moving to.
	To Member
}

// Moving reports whether the exporter is on its way to another owner.
func (e Explanation) Moving() bool { return len(e.Handoff.Partitions) > 0 }

// Explain says where the exporter of a key, namespace/name, runs. The table must be
// one that has been planned or decoded, not the zero Table.
func Explain(t Table, key string) Explanation {
	e := Explanation{Partition: Partition(key, len(t.Owners))}
	e.Owner, _ = t.Owner(e.Partition)
	e.Generation = t.Generations[e.Partition]
	for _, h := range t.Handoffs {
		if slices.Contains(h.Partitions, int32(e.Partition)) {
			e.Handoff, e.To = h, t.member(h.To)
		}
	}
	return e
}

// member returns the member of an identity.
func (t Table) member(identity string) Member {
	i := slices.IndexFunc(t.Members, func(m Member) bool { return m.Identity == identity })
	if i < 0 {
		return Member{Identity: identity}
	}
	return t.Members[i]
}

func (t Table) has(identity string) bool {
	return slices.ContainsFunc(t.Members, func(m Member) bool { return m.Identity == identity })
}

// Spread is how evenly a table shares out the load.
type Spread struct {
	// Members are those that stay, sorted by name.
	Members []Share
	// Busiest is the largest load relative to the mean; 1 is perfectly even, and 0 is
	// that of no members.
	Busiest float64
}

// Share is what a member has of the whole.
type Share struct {
	Name       string
	Partitions int
	// Weight is its part of the load, from 0 to 1.
	Weight float64
}

// SpreadOf returns how evenly the members that are not draining share the load. The
// weights are those of the partitions; nil means the same for all.
func SpreadOf(t Table, weights []float64) Spread {
	cost := weightsOf(weights, len(t.Owners))
	all := 0.0
	shares := map[string]Share{}
	for p := range t.Owners {
		all += cost[p]
		m, _ := t.Owner(p)
		share := shares[m.Identity]
		shares[m.Identity] = Share{Name: m.Name, Partitions: share.Partitions + 1, Weight: share.Weight + cost[p]}
	}
	var s Spread
	var sum, most float64
	for _, m := range t.Members {
		if m.Draining {
			continue
		}
		share := shares[m.Identity]
		sum, most = sum+share.Weight, max(most, share.Weight)
		s.Members = append(s.Members, Share{Name: m.Name, Partitions: share.Partitions, Weight: share.Weight / all})
	}
	if sum > 0 {
		s.Busiest = most * float64(len(s.Members)) / sum
	}
	return s
}
