package exposition

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// minStale is how long series are shown at least after their window's end: that
// is also how far Prometheus looks back for a sample.
const minStale = 5 * time.Minute

// exporter is what one delivery left: all of an exporter's series.
type exporter struct {
	source   metric.Source
	end      time.Time
	interval time.Duration
	// delay is how long after its end a window is run on purpose.
	delay  time.Duration
	chunks []*chunk
	// series is how many series the chunks have.
	series int
	// served is whether this instance may show the exporter. Store.mu guards it.
	served bool
}

// newExporter returns the exporter of a delivery, without chunks.
func newExporter(d metric.Delivery) *exporter {
	return &exporter{source: d.Source, end: d.End, interval: d.Interval, delay: d.Delay}
}

// chunk is one exporter's series of one family, rendered.
type chunk struct {
	owner  *exporter
	family metric.Family
	series int
	lines  lines

	// What follows is the index's view of the chunk; Store.mu guards it.

	// keys are the hashes of the series; known while the family has several owners.
	keys []uint64
	// shown are the lines that a scrape gets: all, fewer, or none.
	shown       lines
	shownSeries int
	conflicts   []Conflict
}

// lines are samples in each format; both may be the same segment.
type lines [numFormats]*segment

// deadline is when the series are too old to be shown.
func (e *exporter) deadline() time.Time {
	return e.end.Add(e.delay + max(2*e.interval, minStale))
}

// outdates reports whether e is what remains after d arrives, because d is of an
// older window. Windows of another interval come from another spec, which the
// user expects to see at once.
func (e *exporter) outdates(d metric.Delivery) bool {
	return e.source.UID == d.Source.UID && e.interval == d.Interval && e.end.After(d.End)
}

// compareAge orders exporters by who wins a conflict: the oldest one first.
func compareAge(a, b *exporter) int {
	return cmp.Or(
		a.source.Created.Compare(b.source.Created),
		strings.Compare(a.source.Namespace, b.source.Namespace),
		strings.Compare(a.source.Name, b.source.Name),
	)
}

// visible are the chunks that the index has.
func (e *exporter) visible() []*chunk {
	if !e.served {
		return nil
	}
	return e.chunks
}

// deflated is how many bytes the exporter's series take in memory.
func (e *exporter) deflated() int {
	total := 0
	for _, c := range e.chunks {
		total += len(c.lines[formatText].deflated)
		if om := c.lines[formatOpenMetrics]; om != c.lines[formatText] {
			total += len(om.deflated)
		}
	}
	return total
}

// conflicts are what the exporter loses to older ones, in an order that does not
// depend on that of the rows.
func (e *exporter) conflicts() []Conflict {
	var all []Conflict
	for _, c := range e.visible() {
		all = append(all, c.conflicts...)
	}
	slices.SortStableFunc(all, func(a, b Conflict) int { return strings.Compare(a.Family, b.Family) })
	return all
}
