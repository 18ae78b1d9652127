package ring

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// Live is a member whose Lease is held.
type Live struct {
	Name, Identity string
	// Draining is set when it wants to give its share away.
	Draining bool
	// Acked is the newest epoch whose releases it has completed.
	Acked int64
	// Capacity is what it can bear relative to others; zero is 1.
	Capacity float64
}

// Input is what a plan depends on.
type Input struct {
	// Table is the one in force; its Epoch is zero if there is none.
	Table Table
	Live  []Live
	// Gone are lives that can act no more. A life of the table that is neither here
	// nor in Live is silent: it keeps what it has, and is given nothing.
	Gone []string
	// Weights are what the partitions cost; nil means the same for all.
	Weights []float64
	// Quiet is how long membership has not changed, and Evened how long ago loads were
	// evened out among the same members; 0 if they were not, or still are.
	Quiet, Evened time.Duration
	Settings      Settings
	// FirstEpoch is the epoch of a ring without a table.
	FirstEpoch int64
}

// Settings are the planner's.
type Settings struct {
	Partitions int
	// Settle is how long membership must be quiet before loads are evened out.
	Settle time.Duration
	// Pause is how long members that have been evened out are left alone.
	Pause time.Duration
	// Loads are evened out if the largest is above Trigger times the mean, until it
	// is at most Target times the mean. Above Urgent it waits for nothing.
	Trigger, Target, Urgent float64
	// InFlight is the largest part of the partitions that is on the move for it.
	InFlight float64
}

// DefaultSettings returns the settings that were measured to move the least.
func DefaultSettings() Settings {
	return Settings{
		Partitions: DefaultPartitions, Settle: 30 * time.Second, Pause: 5 * time.Minute,
		Trigger: 1.10, Target: 1.03, Urgent: 2.0, InFlight: 0.10,
	}
}

// maxHandoffs is how many the ExporterRing holds.
const maxHandoffs = 512

// Plan returns the next table, and whether it differs from the one in force. It
// does not depend on the order of its input, and changes nothing of its own result.
func Plan(in Input) (next Table, changed bool) {
	p := newPlanner(in)
	p.inherit()
	p.advanceHandoffs()
	p.assignFree()
	p.evacuate()
	p.rebalance()
	next = p.table()
	if next.equal(in.Table) {
		return in.Table, false
	}
	return next, true
}

// equal compares all but the epoch and the term.
func (t Table) equal(other Table) bool {
	return t.Epoch != 0 && other.Epoch != 0 &&
		slices.Equal(t.Members, other.Members) && slices.Equal(t.Owners, other.Owners) &&
		slices.Equal(t.Generations, other.Generations) &&
		slices.EqualFunc(t.Handoffs, other.Handoffs, func(a, b Handoff) bool {
			return a.From == b.From && a.To == b.To && a.Epoch == b.Epoch && slices.Equal(a.Partitions, b.Partitions)
		})
}

// planner is a table in the making. Owners are identities.
type planner struct {
	in    Input
	epoch int64
	// live are the members by identity; takers are those that may be given
	// something, by name.
	live   map[string]Live
	takers []Live
	gone   map[string]bool
	// names are the names of all lives of the old table.
	names map[string]string

	owners      []string
	generations []int64
	// weights are whole numbers, so that their sums do not depend on their order.
	weights []float64
	// heaviest are the partitions, the heaviest first.
	heaviest []int32
	// loads is what each life has, or will have when what is on its way arrives.
	loads map[string]float64
	// moving has the way that each partition is on; zero if it rests. There are
	// sent of them, on these routes.
	moving []route
	sent   int
	routes map[route]bool
}

type route struct {
	from, to string
	epoch    int64
}

func newPlanner(in Input) *planner {
	n := in.Settings.Partitions
	p := &planner{
		in: in, epoch: in.Table.Epoch + 1,
		live: map[string]Live{}, gone: map[string]bool{}, names: map[string]string{},
		owners: make([]string, n), generations: make([]int64, n), weights: weightsOf(in.Weights, n),
		loads: map[string]float64{}, moving: make([]route, n), routes: map[route]bool{},
	}
	p.heaviest = heaviestOf(p.weights)
	if in.Table.Epoch == 0 {
		p.epoch = max(1, in.FirstEpoch)
	}
	for _, identity := range in.Gone {
		p.gone[identity] = true
	}
	for _, m := range in.Table.Members {
		p.names[m.Identity] = m.Name
	}
	for _, m := range in.Live {
		if m.Capacity <= 0 {
			m.Capacity = 1
		}
		p.live[m.Identity] = m
	}
	p.takers = takersOf(p.live)
	return p
}

// takersOf returns the members that may be given something: those that stay, or if
// there are none, those that are about to go.
func takersOf(live map[string]Live) []Live {
	all := slices.SortedFunc(maps.Values(live), func(a, b Live) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Identity, b.Identity))
	})
	staying := slices.DeleteFunc(slices.Clone(all), func(m Live) bool { return m.Draining })
	if len(staying) > 0 {
		return staying
	}
	return all
}

// weightsOf returns the weight of each partition as a whole number. One without
// weight counts a little, so that empty partitions are spread as well.
func weightsOf(given []float64, partitions int) []float64 {
	weights := make([]float64, partitions)
	for p := range min(len(given), partitions) {
		if w := given[p]; w > 0 && !math.IsInf(w, 1) {
			weights[p] = w
		}
	}
	largest, sum := slices.Max(weights), 0.0
	if largest == 0 {
		return slices.Repeat([]float64{1}, partitions)
	}
	for p := range weights {
		weights[p] /= largest
		sum += weights[p]
	}
	least := sum / float64(partitions) / 100
	for p := range weights {
		weights[p] = math.Round((weights[p] + least) * (1 << 30))
	}
	return weights
}

// heaviestOf returns the partitions, the heaviest first.
func heaviestOf(weights []float64) []int32 {
	partitions := make([]int32, len(weights))
	for i := range partitions {
		partitions[i] = int32(i)
	}
	slices.SortFunc(partitions, func(a, b int32) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
	return partitions
}

// inherit keeps what has an owner that may still act. A life that has ended leaves
// its share to the next one of the same pod.
func (p *planner) inherit() {
	copy(p.generations, p.in.Table.Generations)
	for i := range p.owners {
		m, ok := p.in.Table.Owner(i)
		if ok && !p.gone[m.Identity] {
			p.give(i, m.Identity)
			continue
		}
		if heir, lives := p.heir(m.Name); ok && lives {
			p.grant(i, heir)
		}
	}
}

// heir returns the life that now holds a pod's Lease, if it may be given something.
func (p *planner) heir(name string) (string, bool) {
	for _, m := range p.takers {
		if m.Name == name {
			return m.Identity, true
		}
	}
	return "", false
}

// give makes a life the owner of a partition that it had before.
func (p *planner) give(i int, identity string) {
	p.loads[p.owners[i]] -= p.weights[i]
	p.owners[i] = identity
	p.loads[identity] += p.weights[i]
}

// grant makes a life the owner of a partition from now on.
func (p *planner) grant(i int, identity string) {
	p.give(i, identity)
	p.generations[i] = p.epoch
}

// advanceHandoffs grants what has been released, frees what a dead member had
// promised to release, and sees to it that what is still on its way has somewhere
// to go.
func (p *planner) advanceHandoffs() {
	spare := maxHandoffs - len(p.in.Table.Handoffs)
	for _, h := range p.in.Table.Handoffs {
		from, lives := p.live[h.From]
		if p.gone[h.From] && !p.takes(h.To) {
			continue // inherit has seen to it, or it is free
		}
		ends := p.endsOf(h, 1+spare)
		spare -= len(ends) - 1
		for _, i := range h.Partitions {
			to := emptiest(ends, p.loads, "").Identity
			if p.gone[h.From] || (lives && from.Acked >= h.Epoch) {
				p.grant(int(i), to)
			} else {
				p.send(i, route{h.From, to, h.Epoch})
			}
		}
	}
}

// takes reports whether a life may be given something.
func (p *planner) takes(identity string) bool {
	return slices.ContainsFunc(p.takers, func(m Live) bool { return m.Identity == identity })
}

// endsOf returns where a handoff goes: where it was meant to go, or the next life
// of that pod, or else the emptiest of the others, at most as many as are given, or
// back.
func (p *planner) endsOf(h Handoff, most int) []Live {
	if p.takes(h.To) {
		return []Live{p.live[h.To]}
	}
	if heir, ok := p.heir(p.names[h.To]); ok {
		return []Live{p.live[heir]}
	}
	others := without(p.takers, h.From)
	if len(others) == 0 {
		return []Live{{Identity: h.From, Capacity: 1}}
	}
	slices.SortStableFunc(others, func(a, b Live) int { return cmp.Compare(p.relative(a), p.relative(b)) })
	return others[:min(len(others), len(h.Partitions), most)]
}

func without(members []Live, identity string) []Live {
	return slices.DeleteFunc(slices.Clone(members), func(m Live) bool { return m.Identity == identity })
}

// send puts a partition on its way.
func (p *planner) send(i int32, r route) {
	p.moving[i] = r
	p.sent++
	p.routes[r] = true
	p.loads[r.from] -= p.weights[i]
	p.loads[r.to] += p.weights[i]
}

// rests reports whether a life has a partition that is not on its way.
func (p *planner) rests(i int32, identity string) bool {
	return p.owners[i] == identity && p.moving[i] == route{}
}

// assignFree gives what nobody owns to the emptiest members, the heaviest first.
func (p *planner) assignFree() {
	if len(p.takers) == 0 || !slices.Contains(p.owners, "") {
		return
	}
	names := make([]string, len(p.takers))
	for i, m := range p.takers {
		names[i] = m.Name
	}
	wanted := preferred(names, len(p.owners))
	for _, i := range p.heaviest {
		if p.owners[i] == "" {
			p.grant(int(i), emptiest(p.takers, p.loads, wanted[i]).Identity)
		}
	}
}

// emptiest returns the member that has the least for its capacity. Among equals it
// is the one that is wanted, or else the first.
func emptiest(members []Live, loads map[string]float64, wanted string) Live {
	best := members[0]
	for _, m := range members[1:] {
		order := cmp.Compare(loads[m.Identity]/m.Capacity, loads[best.Identity]/best.Capacity)
		if order < 0 || (order == 0 && m.Name == wanted) {
			best = m
		}
	}
	return best
}

// evacuate asks the members that are about to go for all that they have.
func (p *planner) evacuate() {
	if len(p.takers) == 0 || p.takers[0].Draining {
		return
	}
	for _, identity := range slices.Sorted(maps.Keys(p.live)) {
		if !p.live[identity].Draining {
			continue
		}
		for _, i := range p.heaviest {
			if !p.rests(i, identity) {
				continue
			}
			r := route{identity, emptiest(p.takers, p.loads, "").Identity, p.epoch}
			if !p.routes[r] && len(p.routes) >= maxHandoffs {
				return // the next epochs ask for the rest
			}
			p.send(i, r)
		}
	}
}

// table returns what has been planned.
func (p *planner) table() Table {
	t := Table{
		Epoch: p.epoch, Term: p.in.Table.Term, Members: p.members(),
		Owners: make([]int32, len(p.owners)), Generations: p.generations, Handoffs: p.handoffs(),
	}
	index := map[string]int32{"": -1}
	for i, m := range t.Members {
		index[m.Identity] = int32(i)
	}
	for i, owner := range p.owners {
		t.Owners[i] = index[owner]
	}
	return t
}

// members are those that live, and those that are silent and own something.
func (p *planner) members() []Member {
	var members []Member
	for _, m := range p.live {
		members = append(members, Member{Name: m.Name, Identity: m.Identity, Draining: m.Draining})
	}
	owning := map[string]bool{}
	for _, owner := range p.owners {
		owning[owner] = true
	}
	for _, m := range p.in.Table.Members {
		if _, lives := p.live[m.Identity]; !lives && owning[m.Identity] {
			members = append(members, m)
		}
	}
	slices.SortFunc(members, byName)
	return members
}

// handoffs joins the partitions that go the same way.
func (p *planner) handoffs() []Handoff {
	byRoute := map[route][]int32{}
	for i, r := range p.moving {
		if r != (route{}) {
			byRoute[r] = append(byRoute[r], int32(i))
		}
	}
	var handoffs []Handoff
	for r, partitions := range byRoute {
		handoffs = append(handoffs, Handoff{Partitions: partitions, From: r.from, To: r.to, Epoch: r.epoch})
	}
	slices.SortFunc(handoffs, func(a, b Handoff) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return handoffs
}
