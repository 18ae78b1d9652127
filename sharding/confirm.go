package sharding

import (
	"context"
	"sync"
	"time"
)

// Without an API server the peers are asked this often, and an answer counts this
// long.
const (
	confirmEvery = time.Second
	confirmFor   = 2500 * time.Millisecond
)

// confirmServing lets this replica go on showing its series while it has no API
// server, as long as its peers have none either, until ctx ends.
func (r *Replica) confirmServing(ctx context.Context) error {
	for r.pauseOr(ctx, confirmEvery, nil) == nil {
		age, member := r.guard.age()
		if !member || age <= r.opts.Timing.Gate || age > r.opts.Timing.Valid+r.opts.Timing.Serve {
			continue
		}
		asked := r.clock.Now()
		if mayServe(r.State(), r.askPeers(ctx)) {
			r.guard.confirm(asked.Add(confirmFor))
		} else {
			r.guard.confirm(time.Time{})
		}
	}
	return nil
}

// askPeers returns the answers of all other members; nil for one that gave none.
func (r *Replica) askPeers(ctx context.Context) []*State {
	ctx, cancel := context.WithTimeout(ctx, confirmEvery)
	defer cancel()
	members, me := r.table().Members, r.guard.Identity()
	answers := make([]*State, len(members))
	var all sync.WaitGroup
	for i, m := range members {
		if m.Identity == me {
			continue
		}
		all.Go(func() {
			if state, err := r.opts.Peers.State(ctx, m.Name); err == nil && state.Group == r.opts.Group {
				answers[i] = &state
			}
		})
	}
	all.Wait()
	return answers
}

// mayServe reports whether what the members say rules out that somebody takes
// over: a majority, with ourselves, is out of touch with the API server, nobody is
// in touch, and nobody knows a newer table. There is an answer for each member,
// nil for ourselves and for those that gave none.
func mayServe(own State, answers []*State) bool {
	agree := 1
	for _, answer := range answers {
		switch {
		case answer == nil:
		case answer.Connected || answer.Epoch > own.Epoch:
			return false
		default:
			agree++
		}
	}
	return 2*agree > len(answers)
}
