package ring

import (
	"cmp"
	"slices"
)

// rebalance evens loads out among the members that stay, if they differ enough. It
// begins with the busiest. One that cannot be helped, since a single partition is
// too heavy for a member, is set aside, and the others are evened out without it.
func (p *planner) rebalance() {
	if len(p.takers) < 2 || p.takers[0].Draining {
		return
	}
	members, limit, settled := p.takers, p.limit(), p.settled()
	for room := p.room(); room > 0 && len(members) > 1; {
		from, mean := p.busiest(members), p.mean(members)
		switch {
		case p.relative(from) <= limit*mean:
			return
		case p.moveFrom(from, members, mean):
			room--
			limit = p.in.Settings.Target
		case !settled:
			return
		default:
			members = without(members, from.Identity)
		}
	}
}

// settled reports whether there is time to even loads out. What exporters cost
// changes all the time, and moving them costs something too.
func (p *planner) settled() bool {
	paused := p.in.Evened > 0 && p.in.Evened < p.in.Settings.Pause
	return p.in.Quiet >= p.in.Settings.Settle && !paused
}

// Evens reports whether loads are being evened out: partitions are on their way
// from members that stay.
func Evens(t Table, live []Live) bool {
	stays := map[string]bool{}
	for _, m := range live {
		stays[m.Identity] = !m.Draining
	}
	return slices.ContainsFunc(t.Handoffs, func(h Handoff) bool { return h.From != h.To && stays[h.From] })
}

// limit is what the largest load may be, relative to the mean. It is lower for a
// rebalance under way than for one to begin.
func (p *planner) limit() float64 {
	switch s := p.in.Settings; {
	case !p.settled():
		return s.Urgent + 1e-9 // one of two that is empty is no emergency
	case Evens(p.in.Table, p.in.Live):
		return s.Target
	default:
		return s.Trigger
	}
}

// room is how many more partitions may be put on their way. One may always be.
func (p *planner) room() int {
	return max(1, int(p.in.Settings.InFlight*float64(len(p.owners)))) - p.sent
}

// mean is the load of a member of capacity 1 if all were even.
func (p *planner) mean(members []Live) float64 {
	var load, capacity float64
	for _, m := range members {
		load += p.loads[m.Identity]
		capacity += m.Capacity
	}
	return load / capacity
}

func (p *planner) relative(m Live) float64 { return p.loads[m.Identity] / m.Capacity }

func (p *planner) busiest(members []Live) Live {
	return slices.MaxFunc(members, func(a, b Live) int {
		return cmp.Or(cmp.Compare(p.relative(a), p.relative(b)), cmp.Compare(b.Name, a.Name))
	})
}

// moveFrom asks a member for a partition that it has too much, and reports whether
// there is one: the heaviest that makes neither of the two have too little or too
// much, or else the one that makes the larger of their loads smallest, if that gains
// more than the target leaves open.
func (p *planner) moveFrom(from Live, members []Live, mean float64) bool {
	to := emptiest(members, p.loads, "")
	excess := p.loads[from.Identity] - mean*from.Capacity
	room := p.in.Settings.Target*mean*to.Capacity - p.loads[to.Identity]
	best, gain := int32(-1), (p.in.Settings.Target-1)*mean
	for _, i := range p.heaviest {
		if !p.rests(i, from.Identity) {
			continue
		}
		w := p.weights[i]
		if w <= excess && w <= room {
			best = i
			break
		}
		if g := p.gain(from, to, w); g > gain {
			best, gain = i, g
		}
	}
	if best < 0 {
		return false
	}
	p.send(best, route{from.Identity, to.Identity, p.epoch})
	return true
}

// gain is by how much the larger load of two members falls when a weight moves.
func (p *planner) gain(from, to Live, weight float64) float64 {
	after := max(p.relative(from)-weight/from.Capacity, p.relative(to)+weight/to.Capacity)
	return p.relative(from) - after
}
