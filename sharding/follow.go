package sharding

import (
	"context"

	"go.uber.org/zap"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// turn is what a new table asks of a member.
type turn struct {
	take []Grant
	drop []int32
	// release are the partitions to give away.
	release []int32
	// ack is the newest epoch that asks this member to release something.
	ack int64
}

// turnOf returns what a table asks of a member, with the hold that it has on each
// partition, and the lives that had them before.
func turnOf(givers [][]string, table ring.Table, identity string, held []tenure) turn {
	var t turn
	asked := t.asked(table, identity)
	for p := range table.Owners {
		was := tenure{}
		if p < len(held) {
			was = held[p]
		}
		mine := ownedBy(table, p, identity)
		same := was.phase != phaseNone && was.generation == table.Generations[p]
		if was.acts() && (!mine || !same) {
			t.drop = append(t.drop, int32(p))
		}
		switch {
		case !mine:
		case !same:
			t.take = append(t.take, Grant{Partition: int32(p), From: giver(table, givers[p])})
			if asked[int32(p)] { // taken all the same: its heir will ask us for what we were given
				t.release = append(t.release, int32(p))
			}
		case asked[int32(p)] && was.phase == phaseHeld:
			t.release = append(t.release, int32(p))
		}
	}
	return t
}

// asked returns the partitions that a table asks a member to release, and notes
// the newest epoch that does.
func (t *turn) asked(table ring.Table, identity string) map[int32]bool {
	asked := map[int32]bool{}
	for _, h := range table.Handoffs {
		if h.From != identity {
			continue
		}
		t.ack = max(t.ack, h.Epoch)
		for _, p := range h.Partitions {
			asked[p] = true
		}
	}
	return asked
}

func ownedBy(t ring.Table, p int, identity string) bool {
	owner, ok := t.Owner(p)
	return ok && identity != "" && owner.Identity == identity
}

// maxGivers is how many earlier owners of a partition are remembered: in a rolling
// restart some are granted a share and gone before they know of it.
const maxGivers = 4

// giversOf returns the lives that had each partition before its present owner, the
// latest first, as far as they have been seen, with the step from one table to the
// next. A member that has just joined has seen them too: its watch began before.
func giversOf(known [][]string, before, after ring.Table) [][]string {
	givers := make([][]string, len(after.Owners))
	copy(givers, known)
	for p := range min(len(before.Owners), len(after.Owners)) {
		was, ok := before.Owner(p)
		if ok && (!ownedBy(after, p, was.Identity) || before.Generations[p] != after.Generations[p]) {
			all := append([]string{was.Identity}, givers[p]...)
			givers[p] = all[:min(len(all), maxGivers)]
		}
	}
	return givers
}

// giver returns the pod of the latest of some lives that is still a member, or "".
func giver(table ring.Table, lives []string) string {
	for _, identity := range lives {
		for _, m := range table.Members {
			if m.Identity == identity {
				return m.Name
			}
		}
	}
	return ""
}

// follow does what each new table asks for, until ctx ends.
func (r *Replica) follow(ctx context.Context) error {
	for {
		identity := r.guard.Identity()
		table, givers := r.assignment()
		if identity != "" && table.Epoch > 0 {
			r.obey(ctx, givers, table, identity)
		}
		if r.pauseOr(ctx, idle, r.followed) != nil {
			r.releases.Wait()
			return nil
		}
	}
}

// obey does what a table asks for.
func (r *Replica) obey(ctx context.Context, givers [][]string, table ring.Table, identity string) {
	r.turning.Lock()
	defer r.turning.Unlock()
	t := turnOf(givers, table, identity, r.guard.held())
	ours := r.guard.set(identity, len(table.Owners), func(tenures []tenure) { t.apply(tenures, table, identity) })
	if !ours {
		return // a life that has ended takes nothing
	}
	if len(t.drop) > 0 {
		r.opts.Workload.Drop(t.drop)
	}
	if len(t.take) > 0 {
		r.opts.Workload.Take(t.take)
	}
	r.metrics.observe(table, identity)
	if len(t.take)+len(t.drop)+len(t.release) > 0 {
		r.log.Info("the ring has changed", zap.Int64("epoch", table.Epoch), zap.Int("taken", len(t.take)),
			zap.Int("dropped", len(t.drop)), zap.Int("toRelease", len(t.release)))
	}
	r.giveAway(ctx, t, identity)
}

// apply makes the member's hold what the table says.
func (t *turn) apply(tenures []tenure, table ring.Table, identity string) {
	for p := range tenures {
		if !ownedBy(table, p, identity) {
			tenures[p] = tenure{}
		}
	}
	for _, g := range t.take {
		tenures[g.Partition] = tenure{generation: table.Generations[g.Partition], phase: phaseHeld}
	}
	for _, p := range t.release {
		tenures[p].phase = phaseReleasing
	}
}

// giveAway releases what a table asks for, and acknowledges it when it is done.
func (r *Replica) giveAway(ctx context.Context, t turn, identity string) {
	if t.ack == 0 {
		return
	}
	r.releases.Go(func() { // follow waits for it
		if len(t.release) > 0 {
			drain, cancel := context.WithTimeout(ctx, r.opts.Timing.Drain)
			defer cancel()
			r.opts.Workload.Release(drain, t.release)
		}
		r.released(t, identity)
	})
}

// released acknowledges a release, once no other one is under way: an ack stands
// for all epochs up to its own.
func (r *Replica) released(t turn, identity string) {
	pending := false
	ours := r.guard.set(identity, len(r.guard.held()), func(tenures []tenure) {
		for _, p := range t.release {
			if tenures[p].phase == phaseReleasing {
				tenures[p].phase = phaseReleased
			}
		}
		for _, t := range tenures {
			pending = pending || t.phase == phaseReleasing
		}
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if !ours || pending || t.ack <= r.ack {
		return
	}
	r.ack = t.ack
	nudge(r.kick)
}
