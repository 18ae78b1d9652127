package roster

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

// Executor runs the exporters.
type Executor interface {
	// Concerns reports whether an exporter is meant for this cluster-label set.
	Concerns(object *v1.MetricsExporter) bool
	Take(object *v1.MetricsExporter, from *executor.Handover)
	Refuse(object *v1.MetricsExporter, err error)
	Remove(key types.NamespacedName)
	Release(ctx context.Context, key types.NamespacedName) (executor.Handover, bool)
	Drop(key types.NamespacedName)
}

// Found is an exporter as it is stored, and why it cannot run, if so.
type Found struct {
	Object  *v1.MetricsExporter
	Invalid error
}

// Home is where exporters are stored. It is never a cache: what it returns is no older
// than what the watch had told when it was asked.
type Home interface {
	// Fetch returns those of the exporters that exist; with an error, those that have
	// been read until then. It ends in bounded time.
	Fetch(ctx context.Context, keys []types.NamespacedName) (map[types.NamespacedName]Found, error)
}

// Series moves what is shown of an exporter from one replica to another.
type Series interface {
	Export(key types.NamespacedName) (content []byte, ok bool)
	Import(content []byte) error
}

// Peers asks other replicas for what they have handed over.
type Peers interface {
	// Handed returns what the replica of a pod knew of exporters in partitions that
	// it has released.
	Handed(ctx context.Context, pod string, partitions []int32) ([]Handed, error)
}

// Handed is an exporter that a replica has let go of.
type Handed struct {
	Handover executor.Handover `json:"handover"`
	// Series is what was shown of it; empty if nothing was.
	Series []byte `json:"series,omitempty"`
}

// Grant is a partition that is ours from now on, and the pod that had it before,
// if there is one to ask.
type Grant struct {
	Partition int32
	From      string
}

// Options are what a Roster works with.
type Options struct {
	Executor Executor
	Home     Home
	// Series is nil if this replica shows none.
	Series Series
	Peers  Peers
	// Partition returns the partition of an exporter.
	Partition func(key types.NamespacedName) int32
	// Clock is the replica's own; nil means the real one.
	Clock clock.Clock
	Log   *zap.Logger
}

// Roster passes this replica's exporters on to the executor. Create it with New.
type Roster struct {
	opts  Options
	clock clock.Clock
	// wake is signalled when an exporter waits to be taken.
	wake chan struct{}

	// mu guards what follows. The executor is called under it, never waited for.
	mu     sync.Mutex
	known  map[types.NamespacedName]*entry
	owned  map[int32]tenure
	turns  int
	handed map[types.NamespacedName]kept
	// leaving are the exporters that are being released. One that comes back
	// meanwhile is taken after that, or it would be dropped with the rest.
	leaving map[types.NamespacedName]bool
	// round is closed, and replaced, when exporters that waited have been taken, or
	// others asked for what they were handed.
	round chan struct{}
}

// entry is an exporter that exists.
type entry struct {
	found    Found
	concerns bool
	// taken is set while the executor has it; waiting while it is about to.
	taken, waiting bool
	// alone is set when nobody is to be asked for it: the status has the truth.
	alone bool
}

// tenure is our hold on a partition; turn tells it from an earlier one.
type tenure struct {
	turn int
	from string
}

// kept is what is kept of an exporter that went.
type kept struct {
	Handed

	until time.Time
	// asked is set once a successor has it.
	asked bool
}

const (
	// keepFor is how long a successor may ask for what was handed over.
	keepFor = time.Minute
	// settleFor is how long exporters that are to be released may take to arrive.
	settleFor = 5 * time.Second
	// lingerFor is how long a replica that ends stays for successors to ask.
	lingerFor = 3 * time.Second
)

// New returns a roster that owns nothing.
func New(opts Options) *Roster {
	if opts.Clock == nil {
		opts.Clock = clock.RealClock{}
	}
	return &Roster{
		opts: opts, clock: opts.Clock, wake: make(chan struct{}, 1),
		known: map[types.NamespacedName]*entry{}, owned: map[int32]tenure{},
		handed: map[types.NamespacedName]kept{}, leaving: map[types.NamespacedName]bool{}, round: make(chan struct{}),
	}
}

// Apply makes an exporter, or its new spec, known.
func (r *Roster) Apply(object *v1.MetricsExporter) { r.know(Found{Object: object}) }

// Refuse makes an exporter known that cannot run.
func (r *Roster) Refuse(object *v1.MetricsExporter, err error) {
	r.know(Found{Object: object, Invalid: err})
}

func (r *Roster) know(found Found) {
	key := keyOf(found.Object)
	concerns := r.opts.Executor.Concerns(found.Object)
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.known[key]
	if !ok {
		e = &entry{}
		r.known[key] = e
	}
	e.found, e.concerns = found, concerns
	e.waiting = e.waiting && concerns
	if e.taken {
		r.pass(found, nil)
		return
	}
	r.enqueue(key, e)
}

// Remove forgets an exporter that is gone.
func (r *Roster) Remove(key types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.known[key]; ok {
		delete(r.known, key)
		delete(r.handed, key)
		if e.taken || r.leaving[key] {
			r.opts.Executor.Remove(key)
		}
	}
}

// Take makes partitions ours: their exporters are read, and then run.
func (r *Roster) Take(grants []Grant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns++
	for _, g := range grants {
		r.owned[g.Partition] = tenure{turn: r.turns, from: g.From}
	}
	for key, e := range r.known {
		r.enqueue(key, e)
	}
}

// enqueue has an exporter taken that is ours and is not taken yet. mu is held.
func (r *Roster) enqueue(key types.NamespacedName, e *entry) {
	if _, ours := r.owned[r.opts.Partition(key)]; !ours || e.taken || !e.concerns || r.leaving[key] {
		return
	}
	e.waiting = true
	select {
	case r.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Drop ends the run of the exporters of partitions that are no longer ours.
func (r *Roster) Drop(partitions []int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range r.disown(partitions) {
		r.opts.Executor.Drop(key)
	}
	// Nobody goes on from us.
	maps.DeleteFunc(r.handed, func(key types.NamespacedName, _ kept) bool {
		return slices.Contains(partitions, r.opts.Partition(key))
	})
}

// disown gives partitions up and returns those of their exporters that the
// executor has. mu is held.
func (r *Roster) disown(partitions []int32) []types.NamespacedName {
	for _, p := range partitions {
		delete(r.owned, p)
	}
	var taken []types.NamespacedName
	for key, e := range r.known {
		if _, ours := r.owned[r.opts.Partition(key)]; ours {
			continue
		}
		e.waiting, e.alone = false, false
		if e.taken {
			e.taken = false
			taken = append(taken, key)
		}
	}
	return taken
}

// Release brings the exporters of partitions to rest, takes their series away, and
// keeps what is known of them for whoever goes on. Work under way may finish until
// ctx ends.
func (r *Roster) Release(ctx context.Context, partitions []int32) {
	r.arrived(ctx, partitions)
	r.mu.Lock()
	taken := r.disown(partitions)
	for _, key := range taken {
		r.leaving[key] = true
	}
	r.mu.Unlock()
	var all sync.WaitGroup
	for _, key := range taken {
		all.Go(func() {
			r.release(ctx, key)
			r.left(key)
		})
	}
	all.Wait()
}

// arrived waits until the exporters of partitions have been taken that were about to
// be: their heir asks us for what our predecessor was asked for.
func (r *Roster) arrived(ctx context.Context, partitions []int32) {
	r.await(ctx, settleFor, func() bool {
		for key, e := range r.known {
			if e.waiting && slices.Contains(partitions, r.opts.Partition(key)) {
				return false
			}
		}
		return true
	})
}

// left notes that an exporter has been released. It may have come back.
func (r *Roster) left(key types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.leaving, key)
	if e, ok := r.known[key]; ok {
		r.enqueue(key, e)
	}
}

func (r *Roster) release(ctx context.Context, key types.NamespacedName) {
	handover, ok := r.opts.Executor.Release(ctx, key)
	if !ok {
		return
	}
	gone := Handed{Handover: handover}
	if r.opts.Series != nil {
		gone.Series, _ = r.opts.Series.Export(key)
	}
	r.opts.Executor.Drop(key)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	maps.DeleteFunc(r.handed, func(_ types.NamespacedName, k kept) bool { return now.After(k.until) })
	r.handed[key] = kept{Handed: gone, until: now.Add(keepFor)}
}

// Handed returns what was known of the exporters in partitions that this replica
// has released.
func (r *Roster) Handed(partitions []int32) []Handed {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []Handed
	now := r.clock.Now()
	for key, k := range r.handed {
		if slices.Contains(partitions, r.opts.Partition(key)) && !now.After(k.until) {
			found = append(found, k.Handed)
			k.asked = true
			r.handed[key] = k
		}
	}
	r.turn()
	return found
}

// Collected returns when all that was handed over has been asked for, or after a
// few seconds: a replica that ends must not be gone before its successors ask.
func (r *Roster) Collected(ctx context.Context) {
	r.await(ctx, lingerFor, func() bool {
		for _, k := range r.handed {
			if !k.asked && !r.clock.Now().After(k.until) {
				return false
			}
		}
		return true
	})
}

// turn ends a round. mu is held.
func (r *Roster) turn() {
	close(r.round)
	r.round = make(chan struct{})
}

// await returns when something is so, or after a time.
func (r *Roster) await(ctx context.Context, most time.Duration, so func() bool) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		r.mu.Lock()
		done, round := so(), r.round
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-round:
		}
	}
}

// Outdated has an exporter read again: somebody else has written its status.
func (r *Roster) Outdated(key types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// One that is not ours any more is nothing to read; when it is ours again, another
	// replica has had it, which is asked.
	_, ours := r.owned[r.opts.Partition(key)]
	if e, ok := r.known[key]; ok && ours {
		e.taken, e.alone = false, true
		r.enqueue(key, e)
	}
}

// Knows reports whether an exporter exists that is meant for this cluster-label
// set.
func (r *Roster) Knows(key types.NamespacedName) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.known[key]
	return ok && e.concerns
}

// Exporters returns all exporters that are meant for this cluster-label set, in no
// order, whoever runs them.
func (r *Roster) Exporters() []types.NamespacedName {
	r.mu.Lock()
	defer r.mu.Unlock()
	var keys []types.NamespacedName
	for key, e := range r.known {
		if e.concerns {
			keys = append(keys, key)
		}
	}
	return keys
}

// pass hands an exporter to the executor. mu is held.
func (r *Roster) pass(found Found, from *executor.Handover) {
	if found.Invalid != nil {
		r.opts.Executor.Refuse(found.Object, found.Invalid)
		return
	}
	r.opts.Executor.Take(found.Object, from)
}

func keyOf(object *v1.MetricsExporter) types.NamespacedName {
	return types.NamespacedName{Namespace: object.Namespace, Name: object.Name}
}
