package roster

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

// Limits of taking exporters.
const (
	// takeAgain is how long to wait after exporters could not be read.
	takeAgain = time.Second
	// askFor is how long a predecessor may take to answer. Its answer saves a query;
	// it is not worth a late window.
	askFor = 3 * time.Second
)

// Start takes the exporters that wait, until ctx ends.
func (r *Roster) Start(ctx context.Context) error {
	retry := time.Duration(0)
	for {
		if r.sleep(ctx, retry) != nil {
			return nil
		}
		retry = 0
		if err := r.takeWaiting(ctx); err != nil && ctx.Err() == nil {
			r.opts.Log.Warn("cannot read exporters that this replica owns now; it tries again", zap.Error(err))
			retry = takeAgain
		}
	}
}

// sleep waits until it is woken, and if a time is given, no longer than that.
func (r *Roster) sleep(ctx context.Context, most time.Duration) error {
	var over <-chan time.Time
	if most > 0 {
		timer := r.clock.NewTimer(most)
		defer timer.Stop()
		over = timer.C()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.wake:
	case <-over:
	}
	return nil
}

// due is an exporter that waits, under a tenure.
type due struct {
	partition int32
	tenure    tenure
	// told is what the watch had told of it before it was read.
	told *v1.MetricsExporter
}

// takeWaiting reads the exporters that wait, and takes those that are still ours.
func (r *Roster) takeWaiting(ctx context.Context) error {
	waiting, from := r.waiting()
	if len(waiting) == 0 {
		return nil
	}
	keys := make([]types.NamespacedName, 0, len(waiting))
	for key := range waiting {
		keys = append(keys, key)
	}
	handed := r.ask(ctx, from)
	// Read after the predecessors have answered: what they wrote last is in.
	found, err := r.opts.Home.Fetch(ctx, keys)
	for key, d := range waiting {
		r.take(key, d, found, handed) // also what was read before an error: a busy API server gets less to do each time
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	return err
}

// waiting returns the exporters that wait, and the partitions to ask each pod for.
func (r *Roster) waiting() (all map[types.NamespacedName]due, from map[string][]int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, from = map[types.NamespacedName]due{}, map[string][]int32{}
	asked := map[int32]bool{}
	for key, e := range r.known {
		if !e.waiting {
			continue
		}
		p := r.opts.Partition(key)
		all[key] = due{p, r.owned[p], e.found.Object}
		if pod := r.owned[p].from; pod != "" && !e.alone && !asked[p] {
			asked[p] = true
			from[pod] = append(from[pod], p)
		}
	}
	return all, from
}

// ask returns what the predecessors hand over.
func (r *Roster) ask(ctx context.Context, from map[string][]int32) map[types.NamespacedName]Handed {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	var mu sync.Mutex
	var all sync.WaitGroup
	handed := map[types.NamespacedName]Handed{}
	for pod, partitions := range from {
		all.Go(func() {
			list, err := r.opts.Peers.Handed(ctx, pod, partitions)
			if err != nil {
				r.opts.Log.Warn("the predecessor hands nothing over; values are asked for again", zap.String("pod", pod), zap.Error(err))
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, h := range list {
				handed[h.Handover.Exporter] = h
			}
		})
	}
	all.Wait()
	return handed
}

// take hands an exporter to the executor, if it is still ours under the tenure
// that it was read for.
func (r *Roster) take(key types.NamespacedName, d due, found map[types.NamespacedName]Found, handed map[types.NamespacedName]Handed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.known[key]
	if !ok || !e.waiting || r.owned[d.partition] != d.tenure {
		return
	}
	stored, exists := found[key]
	if !exists {
		return // deleted; the watch says so
	}
	if overtaken(d.told, e.found.Object, stored.Object) {
		return // it still waits, and the watch has woken us: it is read again
	}
	e.waiting = false
	if e.concerns = r.opts.Executor.Concerns(stored.Object); !e.concerns {
		return
	}
	var from *executor.Handover
	if h, ok := handed[key]; ok && !e.alone {
		from = r.show(h)
	}
	e.taken, e.alone = true, false
	e.found = stored
	delete(r.handed, key)
	r.pass(stored, from)
}

// overtaken reports whether the watch may have told something newer while an exporter
// was read. What it had told before is never newer: the home is no cache. Of two
// objects of one name nobody knows which is the newer one.
func overtaken(before, now, read *v1.MetricsExporter) bool {
	return now != before && (now.UID != read.UID || now.Generation > read.Generation)
}

// show shows what the predecessor showed. If that cannot be, the exporter's values
// are asked for again.
func (r *Roster) show(h Handed) *executor.Handover {
	handover := h.Handover
	if r.opts.Series == nil {
		return &handover
	}
	if len(h.Series) == 0 {
		handover.Shown = 0
		return &handover
	}
	if err := r.opts.Series.Import(h.Series); err != nil {
		r.opts.Log.Warn("cannot show what the predecessor showed; the values are asked for again",
			zap.Stringer("exporter", handover.Exporter), zap.Error(err))
		handover.Shown = 0
	}
	return &handover
}
