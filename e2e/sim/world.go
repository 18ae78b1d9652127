package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/history"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/sharding"
)

// Options are what a World is made of.
type Options struct {
	Seed      uint64
	Replicas  int
	Exporters int
	Timing    sharding.Timing
	Faults    Faults
	// Preflight is how long the host that asks for columns first stands still over it.
	Preflight time.Duration
	// Without leaves protections out, to see that their lack is noticed.
	Without Without
	// Log is where the replicas log; nil means nowhere.
	Log *zap.Logger
}

// Without names protections to leave out.
type Without struct {
	LeaseCAS, SecondPhase, PushGate, CommitFence bool
}

// World is everything around the replicas.
type World struct {
	Options
	random

	api     *api
	group   string
	labels  criteria.Labels
	names   []types.NamespacedName
	specs   map[types.NamespacedName]*v1.MetricsExporter
	journal history.Journal
	// down is set while the API server answers nobody.
	down atomic.Bool
	// calm is set when nothing goes wrong any more.
	calm atomic.Bool
	// gap is set to freeze a host when it is about to push.
	gap atomic.Pointer[gap]
	// preflight is set to freeze whoever asks for columns next.
	preflight atomic.Pointer[gap]

	mu    sync.Mutex
	hosts []*Host
	uids  int
	moved chan struct{}
}

// interval is that of all exporters.
const interval = 10 * time.Second

// settled is how far behind a window may be that is still being worked on: two
// intervals, a slow query, and a clock that is off.
const settled = 2*interval + 8*time.Second + 5*time.Second

// newWorld returns a world whose replicas run.
func newWorld(opts Options) *World {
	w := &World{
		Options: opts, random: random{rng: rand.New(rand.NewPCG(opts.Seed, 0))}, //nolint:gosec // a schedule that can be had again

		labels: criteria.Labels{"region": "eastus"}, specs: map[types.NamespacedName]*v1.MetricsExporter{}, moved: make(chan struct{}),
	}
	w.group = w.labels.Group()
	w.api = newAPI(w)
	for i := range opts.Exporters {
		object := w.exporter(i)
		key := types.NamespacedName{Namespace: object.Namespace, Name: object.Name}
		made, err := w.api.exporters.Create(context.Background(), object)
		if err != nil {
			panic(err)
		}
		w.names = append(w.names, key)
		w.specs[key] = made.(*v1.MetricsExporter)
	}
	if opts.Preflight > 0 {
		w.preflight.Store(&gap{lasting: opts.Preflight})
	}
	for i := range opts.Replicas {
		w.start(podName(i), w.newUID())
	}
	return w
}

// exporter returns the spec of an exporter. Every fourth is scraped only.
func (*World) exporter(i int) *v1.MetricsExporter {
	object := &v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: fmt.Sprintf("exporter-%02d", i), UID: types.UID(fmt.Sprintf("uid-%02d", i)), Generation: 1},
		Spec: v1.MetricsExporterSpec{
			Database: "DB", Body: "T", Interval: metav1.Duration{Duration: interval},
			Transform: v1.TransformConfig{DefaultMetricName: "m", ValueColumn: "value", TimestampColumn: "time"},
		},
	}
	if i%4 == 3 {
		object.Spec.Outputs = []v1.Output{v1.OutputPrometheus}
	}
	return object
}

func podName(i int) string { return fmt.Sprint("adxexporter-", i) }

func (w *World) newUID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.uids++
	return fmt.Sprint("uid", w.uids)
}

// alive returns the hosts that are not dead, of one pod or of all.
func (w *World) alive(pod string) []*Host {
	w.mu.Lock()
	defer w.mu.Unlock()
	var alive []*Host
	for _, h := range w.hosts {
		if !h.dead.Load() && (pod == "" || h.pod == pod) {
			alive = append(alive, h)
		}
	}
	return alive
}

// newest returns the youngest living process of a pod's name.
func (w *World) newest(pod string) *Host {
	all := w.alive(pod)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// changed returns a channel that is closed when connections change.
func (w *World) changed() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.moved
}

func (w *World) connectivity() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.moved)
	w.moved = make(chan struct{})
}

func (w *World) setDown(down bool) {
	w.down.Store(down)
	w.connectivity()
}

// happens draws whether something goes wrong.
func (w *World) happens(chance float64) bool { return !w.calm.Load() && w.chance(chance) }

// gap is a freeze between a host's last look at its right and what it does by it.
type gap struct {
	// host is whose fate it is; nil means the next one that comes there.
	host    *Host
	lasting time.Duration
}

// standIn freezes a host for a while, if that is its fate.
func (h *Host) standIn(here *atomic.Pointer[gap]) {
	g := here.Load()
	if g == nil || (g.host != nil && g.host != h) || !here.CompareAndSwap(g, nil) {
		return
	}
	h.freeze()
	time.Sleep(g.lasting)
	h.thaw()
}

// queryTime is how long Kusto takes: mostly a moment, now and then seconds.
func (w *World) queryTime() time.Duration {
	if w.chance(0.01) {
		return w.between(time.Second, 8*time.Second)
	}
	return w.between(5*time.Millisecond, 300*time.Millisecond)
}

// scrape looks at what all hosts show, once a second, until ctx ends.
func (w *World) scrape(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.look()
		}
	}
}

func (w *World) look() {
	e := history.Event{Kind: history.Look, At: time.Now()}
	hosts := w.alive("")
	for _, key := range w.names {
		shown := 0
		for _, h := range hosts {
			_, frozen := h.frozenNow()
			if !frozen && h.screen.shows(key) && h.replica.Guard().Serves(key) {
				shown++
			}
		}
		switch {
		case shown == 0:
			e.Missing++
		case shown > 1:
			e.Twice++
			fallthrough
		default:
			e.Shown++
		}
	}
	w.journal.Add(e)
}

// finals returns where the exporters stand.
func (w *World) finals() []history.Final {
	var all []history.Final
	for _, key := range w.names {
		object, err := w.api.exporters.Get(key)
		if err != nil {
			panic(err)
		}
		exporter := object.(*v1.MetricsExporter)
		var entry v1.GroupStatus
		if len(exporter.Status.Groups) > 0 {
			entry = exporter.Status.Groups[0]
		}
		f := history.FinalOf(key.Name, interval, entry)
		f.Pushes, f.Due = len(exporter.Spec.Outputs) == 0, time.Now().Add(-settled)
		all = append(all, f)
	}
	return all
}

// stopAll ends every process and waits for it.
func (w *World) stopAll() {
	w.mu.Lock()
	hosts := slices.Clone(w.hosts)
	w.mu.Unlock()
	for _, h := range hosts {
		h.kill()
	}
	for _, h := range hosts {
		if err := <-h.done; err != nil {
			w.log(h.pod).Debug("ended", zap.Error(err))
		}
	}
}
