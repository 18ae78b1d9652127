package exposition

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// Deliver shows the newest sample of each of the delivery's series in place of
// all series that the exporter had. A delivery of an older window than the one
// shown changes nothing.
//
// A *ConflictError or a *LimitError (errors.As finds either, also if both are
// there) says that the delivery took effect but is not shown whole; delivering
// it again changes nothing. Any other error means that nothing has changed.
func (s *Store) Deliver(ctx context.Context, d metric.Delivery) error {
	name := d.Source.NamespacedName
	for !s.outdated(d) {
		e, omitted := s.render(d, s.room(name))
		if err := ctx.Err(); err != nil {
			return err
		}
		if !s.install(e) {
			continue // others took the room meanwhile: they got on, so this ends
		}
		s.metrics.linesTooLong.Add(float64(omitted.tooLong))
		return both(s.conflictError(name), s.limitError(omitted.leftOut))
	}
	return nil
}

func (s *Store) outdated(d metric.Delivery) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, found := s.exporters[d.Source.NamespacedName]
	return found && e.outdates(d)
}

// room returns how many series the exporter may have.
func (s *Store) room(name types.NamespacedName) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roomLocked(name)
}

func (s *Store) roomLocked(name types.NamespacedName) int {
	if s.opts.MaxSeries == 0 {
		return math.MaxInt
	}
	others := s.series
	if e, found := s.exporters[name]; found {
		others -= e.series
	}
	return s.opts.MaxSeries - others
}

// omitted counts what a delivery has and its rendering has not.
type omitted struct {
	leftOut, tooLong int
}

// render makes the chunks of a delivery, of at most room series.
func (s *Store) render(d metric.Delivery, room int) (*exporter, omitted) {
	r := s.renderer()
	defer s.renderers.Put(r)
	r.reset(d.Batch)

	e := newExporter(d)
	var o omitted
	for points := range d.Batch.ByFamily() {
		r.begin(&s.codec)
		o.leftOut += r.family(points, room-e.series)
		lines := r.end()
		if r.series > 0 {
			e.chunks = append(e.chunks, chunkOf(e, r, lines, d.Batch.Families[points[0].Family]))
			e.series += r.series
		}
	}
	o.tooLong = r.tooLong
	return e, o
}

// renderer returns one from the pool.
func (s *Store) renderer() *renderer {
	if r, ok := s.renderers.Get().(*renderer); ok {
		return r
	}
	return &renderer{timestamps: s.opts.Timestamps, maxLine: s.opts.MaxLine}
}

// chunkOf returns the family that r has rendered as lines.
func chunkOf(e *exporter, r *renderer, l lines, f metric.Family) *chunk {
	f.Help = r.help(f)
	return &chunk{owner: e, family: f, series: r.series, lines: l}
}

// install shows e in place of what its exporter had. It returns false if there
// is no longer room for it.
func (s *Store) install(e *exporter) bool {
	name := e.source.NamespacedName
	served := s.opts.Serve(name)

	s.mu.Lock()
	defer s.mu.Unlock()
	if e.series > s.roomLocked(name) {
		return false
	}
	var before []*chunk
	if old, found := s.exporters[name]; found {
		before = old.visible()
		s.series -= old.series
	}
	e.served = served
	s.exporters[name] = e
	s.series += e.series
	s.index.replace(before, e.visible())
	s.snapshot.Store(nil)
	return true
}

// conflictError returns the exporter's conflicts, if it has any, as an error.
func (s *Store) conflictError(name types.NamespacedName) error {
	conflicts := s.Conflicts(name)
	if len(conflicts) == 0 {
		return nil
	}
	for _, c := range conflicts {
		s.metrics.conflicts[c.Kind].Inc()
	}
	return &ConflictError{Conflicts: conflicts}
}

// both joins two errors, either of which may be nil, on one line.
func both(a, b error) error {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return fmt.Errorf("%w; %w", a, b)
}

func (s *Store) limitError(leftOut int) error {
	if leftOut == 0 {
		return nil
	}
	return &LimitError{Limit: s.opts.MaxSeries, LeftOut: leftOut}
}
