package exposition

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
)

// DefaultMaxLine is how long a line may be if Options do not say: the adx-mon
// Collector stops reading a scrape at a line of 64 KiB.
const DefaultMaxLine = 32 << 10

// Options are what a Store can be told. The zero value is usable.
type Options struct {
	// Timestamps adds the sample's time to every line. Off by default: Prometheus
	// ignores a sample older than five minutes, writes no staleness marker for a
	// series with timestamps, and may refuse a whole scrape for one that is too old.
	Timestamps bool
	// MaxSeries is how many series all exporters together may have; zero for no
	// limit.
	MaxSeries int
	// MaxLine is the length that no line reaches, in bytes; a line that would is
	// left out and counted. Zero means DefaultMaxLine.
	MaxLine int
	// Serve says whether this instance may show an exporter; nil means all. Every
	// scrape asks it for every exporter, sometimes while the store is locked: it
	// must be quick, and must not call the store.
	Serve func(types.NamespacedName) bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

type serveFunc = func(types.NamespacedName) bool

// Store keeps the newest series of every exporter, rendered. All its methods may
// be called at the same time, except that the deliveries and imports of one
// exporter come one after the other, and that Forget comes after the last of them.
type Store struct {
	opts    Options
	metrics *metrics
	codec   codec
	// renderers are pooled *renderer.
	renderers sync.Pool

	// snapshot is what scrapes see; nil when it must be made again.
	snapshot atomic.Pointer[snapshot]
	// eof is the line that ends an OpenMetrics exposition.
	eof *segment

	// mu guards what follows. Scrapes take it for the first look after a change
	// only, and no client is written to under it.
	mu        sync.Mutex
	exporters map[types.NamespacedName]*exporter
	index     index
	// series is how many series all exporters have.
	series int
}

// NewStore returns an empty store that registers its self-metrics with reg; nil
// registers them nowhere.
func NewStore(opts Options, reg prometheus.Registerer) *Store {
	if opts.MaxLine == 0 {
		opts.MaxLine = DefaultMaxLine
	}
	if opts.Serve == nil {
		opts.Serve = func(types.NamespacedName) bool { return true }
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Store{opts: opts, exporters: make(map[types.NamespacedName]*exporter)}
	s.eof = s.codec.deflate([]byte("# EOF\n"))
	s.index = index{codec: &s.codec, fields: 1, seed: maphash.MakeSeed(), families: make(map[string]*family)}
	if opts.Timestamps {
		s.index.fields = 2
	}
	s.metrics = newMetrics(reg, s.view)
	return s
}

// Name returns the name of this output in a MetricsExporter's spec.
func (s *Store) Name() string { return "Prometheus" }

// Forget takes an exporter's series away at once. Series that it kept younger
// exporters from showing come back with it.
func (s *Store) Forget(name types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, found := s.exporters[name]; found {
		s.remove(e)
	}
}

// Conflicts returns what an exporter loses to older ones at this moment, which
// may have changed since its last delivery.
func (s *Store) Conflicts(name types.NamespacedName) []Conflict {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, found := s.exporters[name]
	if !found {
		return nil
	}
	return e.conflicts()
}

// view returns what a scrape sees now.
func (s *Store) view() *snapshot {
	now := s.opts.Now()
	if v := s.snapshot.Load(); v != nil && v.current(now, s.opts.Serve) {
		return v
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.snapshot.Load(); v != nil && v.current(now, s.opts.Serve) {
		return v // another scrape was faster
	}
	s.expire(now)
	s.serve()
	v := s.assemble()
	s.snapshot.Store(v)
	return v
}

// expire removes the exporters whose series are too old. It runs when somebody
// looks, so that nothing needs a timer.
func (s *Store) expire(now time.Time) {
	for _, e := range s.exporters {
		if now.After(e.deadline()) {
			s.remove(e)
		}
	}
}

// serve shows the exporters of this instance, and hides all others as if they
// were not there: they win no conflict.
func (s *Store) serve() {
	for name, e := range s.exporters {
		switch served := s.opts.Serve(name); {
		case served && !e.served:
			s.index.replace(nil, e.chunks)
		case !served && e.served:
			s.index.replace(e.chunks, nil)
		default:
			continue
		}
		e.served = !e.served
	}
}

// remove takes e out; the caller holds mu.
func (s *Store) remove(e *exporter) {
	delete(s.exporters, e.source.NamespacedName)
	s.series -= e.series
	s.index.replace(e.visible(), nil)
	s.snapshot.Store(nil)
}

// assemble makes a snapshot; the caller holds mu.
func (s *Store) assemble() *snapshot {
	v := &snapshot{eof: s.eof, served: make([]servedExporter, 0, len(s.exporters))}
	for _, e := range s.exporters {
		v.served = append(v.served, servedExporter{exporter: e, served: e.served})
		v.deflated += e.deflated()
		if deadline := e.deadline(); v.expires.IsZero() || deadline.Before(v.expires) {
			v.expires = deadline
		}
	}
	for _, f := range s.index.ordered() {
		v.append(f, s.index.head(f))
	}
	return v
}
