package sharding

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// ErrNoRight ends work whose right has ended: the Lease was not renewed in time,
// or the ring gave the exporter to another replica.
var ErrNoRight = errors.New("this replica may no longer act for the exporter")

// Guard answers "may this replica act for this exporter, now?". Two things make
// the right: a Lease whose last good renewal was sent less than Timing.Valid ago,
// by this process's own monotonic clock, and a ring that gives the exporter's
// partition to this identity.
type Guard struct {
	clock  clock.Clock
	timing Timing

	// mu guards what follows. It is held for a few instructions only.
	mu       sync.RWMutex
	identity string
	// life ends with the identity.
	life    context.Context
	endLife context.CancelFunc
	// sent is when the last good renewal was sent; zero if there is no Lease.
	sent time.Time
	// confirmed is until when the peers have confirmed that nobody can take over.
	confirmed time.Time
	tenures   []tenure
	// bound are the contexts of work under way.
	bound map[*binding]struct{}
	// renewed is closed, and replaced, when the Lease is renewed or lost.
	renewed chan struct{}
}

// phase is how far a replica is with a partition.
type phase uint8

const (
	// phaseNone: it is somebody else's.
	phaseNone phase = iota
	// phaseHeld: it is ours.
	phaseHeld
	// phaseReleasing: we were asked to give it away, and finish what is under way.
	phaseReleasing
	// phaseReleased: nothing is under way; the ring need not know yet.
	phaseReleased
)

// tenure is this replica's hold on a partition.
type tenure struct {
	// generation is the epoch from which the partition is ours; it is the fence.
	generation int64
	phase      phase
}

func (t tenure) acts() bool { return t.phase == phaseHeld || t.phase == phaseReleasing }

type binding struct {
	partition int
	cancel    context.CancelFunc
}

func newGuard(c clock.Clock, timing Timing) *Guard {
	return &Guard{clock: c, timing: timing, bound: map[*binding]struct{}{}, renewed: make(chan struct{})}
}

// Identity returns how this life of the replica signs its commits.
func (g *Guard) Identity() string {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.identity
}

// CanAct returns the fence under which this replica may act for the exporter.
func (g *Guard) CanAct(exporter types.NamespacedName) (fence int64, ok bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	t := g.tenureOf(exporter)
	return t.generation, t.acts() && g.valid(g.clock.Now())
}

// Serves reports whether this replica may show the exporter's series. Without an
// API server, peers may confirm that nobody else does.
func (g *Guard) Serves(exporter types.NamespacedName) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	now := g.clock.Now()
	return g.tenureOf(exporter).acts() && (g.valid(now) || now.Before(g.confirmed))
}

// Bind returns a context that ends no later than the right to act.
func (g *Guard) Bind(ctx context.Context, exporter types.NamespacedName) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	b := &binding{partition: g.partitionOf(exporter), cancel: cancel}
	if !g.tenureOf(exporter).acts() || !g.valid(g.clock.Now()) {
		cancel()
		return ctx, cancel
	}
	g.bound[b] = struct{}{}
	return ctx, func() {
		cancel()
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.bound, b)
	}
}

// Fresh returns nil once the Lease has been renewed so recently that nobody can
// have begun to take over. It waits for a renewal as long as the right lasts.
func (g *Guard) Fresh(ctx context.Context, exporter types.NamespacedName) error {
	for {
		g.mu.RLock()
		now := g.clock.Now()
		acts := g.tenureOf(exporter).acts() && g.valid(now)
		age, renewed := now.Sub(g.sent), g.renewed
		g.mu.RUnlock()
		switch {
		case !acts:
			return ErrNoRight
		case age <= g.timing.Gate:
			return nil
		}
		if err := g.wait(ctx, renewed, g.timing.Valid-age); err != nil {
			return err
		}
	}
}

// wait returns when the channel is closed or the time is over.
func (g *Guard) wait(ctx context.Context, renewed <-chan struct{}, most time.Duration) error {
	timer := g.clock.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-renewed:
	case <-timer.C():
	}
	return nil
}

// valid reports whether the Lease allows to act. mu is held.
func (g *Guard) valid(now time.Time) bool {
	return !g.sent.IsZero() && now.Sub(g.sent) < g.timing.Valid
}

func (g *Guard) partitionOf(exporter types.NamespacedName) int {
	if len(g.tenures) == 0 {
		return -1
	}
	return ring.Partition(exporter.String(), len(g.tenures))
}

// tenureOf returns our hold on an exporter. mu is held.
func (g *Guard) tenureOf(exporter types.NamespacedName) tenure {
	if p := g.partitionOf(exporter); p >= 0 {
		return g.tenures[p]
	}
	return tenure{}
}

// age returns how long ago the last good renewal was sent, and whether there is a
// Lease at all.
func (g *Guard) age() (age time.Duration, ok bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.clock.Now().Sub(g.sent), !g.sent.IsZero()
}

// connected reports whether the API server has answered a renewal recently.
func (g *Guard) connected() bool {
	age, ok := g.age()
	return ok && age <= g.timing.Gate
}

// begin starts a life with a Lease that was asked for at a time.
func (g *Guard) begin(identity string, sent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.identity = identity
	g.life, g.endLife = context.WithCancel(context.Background())
	g.renew(sent)
}

// alive waits until there is a life, and returns a context that ends with it, or
// with ctx.
func (g *Guard) alive(ctx context.Context) (context.Context, context.CancelFunc, error) {
	for {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		g.mu.RLock()
		life, identity, renewed := g.life, g.identity, g.renewed
		g.mu.RUnlock()
		if identity == "" {
			select {
			case <-ctx.Done():
			case <-renewed:
			}
			continue
		}
		ctx, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(life, cancel)
		return ctx, func() { stop(); cancel() }, nil
	}
}

// renewedAt notes a renewal that was sent at a time.
func (g *Guard) renewedAt(sent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.renew(sent)
}

func (g *Guard) renew(sent time.Time) {
	g.sent = sent
	close(g.renewed)
	g.renewed = make(chan struct{})
}

// end ends a life: the Lease is somebody else's. It returns the partitions that
// were held.
func (g *Guard) end() []int32 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.endLife != nil {
		g.endLife()
	}
	g.identity, g.confirmed = "", time.Time{}
	g.renew(time.Time{})
	var held []int32
	for p := range g.tenures {
		if g.tenures[p].phase != phaseNone {
			held = append(held, int32(p))
		}
		g.tenures[p] = tenure{}
	}
	g.cancel(func(*binding) bool { return true })
	return held
}

// confirm notes until when the peers confirm that nobody can take over.
func (g *Guard) confirm(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.confirmed = until
}

// cancel ends the work that is chosen. mu is held.
func (g *Guard) cancel(which func(*binding) bool) {
	for b := range g.bound {
		if which(b) {
			b.cancel()
			delete(g.bound, b)
		}
	}
}

// held returns a copy of the tenures.
func (g *Guard) held() []tenure {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return append([]tenure(nil), g.tenures...)
}

// set changes the tenures of a life, unless it has ended. Work of partitions that
// are no longer ours is cut off.
func (g *Guard) set(identity string, partitions int, change func(tenures []tenure)) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if identity == "" || g.identity != identity {
		return false
	}
	if len(g.tenures) != partitions {
		g.tenures = make([]tenure, partitions)
	}
	change(g.tenures)
	g.cancel(func(b *binding) bool { return b.partition >= len(g.tenures) || !g.tenures[b.partition].acts() })
	return true
}

// watch ends all work when the Lease has not been renewed in time, until ctx ends.
func (g *Guard) watch(ctx context.Context) error {
	for {
		g.mu.Lock()
		now := g.clock.Now()
		left, renewed := g.timing.Valid-now.Sub(g.sent), g.renewed
		if !g.valid(now) {
			g.cancel(func(*binding) bool { return true })
			left = time.Hour // a renewal wakes it
		}
		g.mu.Unlock()
		if g.wait(ctx, renewed, left) != nil {
			return nil
		}
	}
}
