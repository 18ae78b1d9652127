package sim

import (
	"context"
	"errors"
	"time"

	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/sharding"
)

// peers are the other hosts, as the EndpointSlices name them: of two pods of one
// name the newer one is found.
type peers struct{ *Host }

// State implements sharding.Peers.
func (p peers) State(ctx context.Context, pod string) (sharding.State, error) {
	other, err := p.ask(ctx, pod)
	if err != nil {
		return sharding.State{}, err
	}
	return other.replica.State(), nil
}

// Handed implements roster.Peers.
func (p peers) Handed(ctx context.Context, pod string, of []int32) ([]roster.Handed, error) {
	other, err := p.ask(ctx, pod)
	if err != nil {
		return nil, err
	}
	return other.roster.Handed(of), nil
}

var errNoPeer = errors.New("connection refused")

// ask returns a pod's process, if it answers in time.
func (p peers) ask(ctx context.Context, pod string) (*Host, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(2 * time.Millisecond):
	}
	p.gate()
	other := p.world.newest(pod)
	if other == nil || p.dead.Load() {
		return nil, errNoPeer
	}
	if _, frozen := other.frozenNow(); frozen {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return other, nil
}
