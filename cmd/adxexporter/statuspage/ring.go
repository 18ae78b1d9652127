package statuspage

import (
	"time"

	"github.com/adx-mon/adxexporter/exposition/page"
	"github.com/adx-mon/adxexporter/sharding"
)

// Ring returns the ring as this replica sees it.
func (s *Source) Ring(now time.Time) page.Ring {
	if s.Membership == nil {
		return page.Ring{At: now, Alone: true, Own: page.View{Pod: s.Pod}}
	}
	o := s.Membership.Overview()
	r := page.Ring{At: now, Term: o.Term, Total: o.Total, Own: viewOf(o), Unowned: o.Total}
	if o.Epoch == 0 {
		r.Unowned = 0 // there is no table yet that could leave out some
	}
	for _, m := range o.Members {
		member := page.Member{
			Pod: m.Pod, Identity: m.Identity, Version: m.Version, State: string(m.Standing),
			Partitions: m.Partitions, Share: float64(m.Partitions) / float64(max(1, o.Total)),
			Heartbeat: page.Seconds(m.Heartbeat), Leader: o.Leader && m.Identity == o.Identity,
		}
		if o.Epoch > 0 {
			r.Unowned -= m.Partitions
		}
		r.Members = append(r.Members, member)
	}
	for _, h := range o.Handoffs {
		r.Handoffs = append(r.Handoffs, page.Handoff{From: h.From, To: h.To, Partitions: len(h.Partitions), Epoch: h.Epoch})
	}
	return r
}

func viewOf(o sharding.Overview) page.View {
	return page.View{
		Pod: o.Pod, Epoch: o.Epoch, Hash: hashText(o), TableAge: page.Seconds(o.TableAge),
		Connected: o.Connected, Valid: o.Valid, Serving: o.Serving, Leader: o.Leader, Partitions: o.Partitions,
	}
}
