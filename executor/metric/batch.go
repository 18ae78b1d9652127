package metric

import (
	"iter"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Type is the type of a metric family.
type Type uint8

// The metric types.
const (
	Gauge Type = iota
	Counter
)

// String returns the type's name in the exposition formats.
func (t Type) String() string {
	if t == Counter {
		return "counter"
	}
	return "gauge"
}

// Family is a metric: a name and what is said of it.
type Family struct {
	// Name is a valid Prometheus metric name of the legacy alphabet.
	Name string
	// Help is the text the user gave; empty if none.
	Help string
	// Unit is the unit the user gave; empty if none.
	Unit string
	Type Type
}

// Point is one sample.
type Point struct {
	// Family is the index in Batch.Families.
	Family int32
	// Series is the same for all points of a batch with equal family and labels;
	// points with the same Series are adjacent.
	Series int32
	// Row is the label row, for Batch.Label. Points of one row share it.
	Row int32
	// Time is in nanoseconds since the Unix epoch.
	Time  int64
	Value float64
}

// Batch is the points of one window.
//
// Points are sorted by family (in order of first appearance), then by series (in
// order of first appearance), then by time. No two have the same series and
// time.
type Batch struct {
	Families []Family
	Points   []Point
	// LabelNames are the label names in use, byte-sorted, static labels included.
	LabelNames []string
	// Series is how many different series the points belong to.
	Series int
	// SeriesLeftOut is how many more series there were, beyond the exporter's
	// limit. Which ones are left out follows from their names and labels alone,
	// so that it is the same ones in every window.
	SeriesLeftOut int
	// Rows is how many rows the answer had. Dropped is how many values gave no
	// point, by reason; a dropped row counts once for each value column, so that
	// points and drops add up to rows times value columns.
	Rows    int64
	Dropped [numDropReasons]int64

	labels labelRows
}

// Label returns the value of the label LabelNames[name] of a label row. Empty
// means that the series has no such label.
func (b *Batch) Label(row int32, name int) []byte { return b.labels.value(int(row), name) }

// ByFamily yields the points of each family.
func (b *Batch) ByFamily() iter.Seq[[]Point] {
	return runs(b.Points, func(p, q *Point) bool { return p.Family == q.Family })
}

// BySeries yields the points of each series, oldest first.
func (b *Batch) BySeries() iter.Seq[[]Point] {
	return runs(b.Points, func(p, q *Point) bool { return p.Series == q.Series })
}

// NewestPerSeries yields the newest point of each series.
func (b *Batch) NewestPerSeries() iter.Seq[Point] {
	return func(yield func(Point) bool) {
		for points := range b.BySeries() {
			if !yield(points[len(points)-1]) {
				return
			}
		}
	}
}

// index32 returns n as a number of a family, a row or a series. An answer of 2^31
// rows has no room in memory, and MaxRows comes long before.
func index32(n int) int32 { return int32(n) }

// runs yields the stretches of adjacent points that are the same.
func runs(points []Point, same func(p, q *Point) bool) iter.Seq[[]Point] {
	return func(yield func([]Point) bool) {
		start := 0
		for i := range points {
			if i+1 < len(points) && same(&points[i], &points[i+1]) {
				continue
			}
			if !yield(points[start : i+1 : i+1]) {
				return
			}
			start = i + 1
		}
	}
}

// DropReason is why a row, or one of its values, gave no point.
type DropReason uint8

// The reasons.
const (
	// DropNullValue: the value is null.
	DropNullValue DropReason = iota
	// DropBadValue: the value is no number.
	DropBadValue
	// DropNullTime: the timestamp is null.
	DropNullTime
	// DropBadTime: the timestamp is not between 1970 and 2262.
	DropBadTime
	// DropNoName: neither the name column nor the default gives a name, or it has
	// no letter or digit.
	DropNoName
	// DropNameCollision: the name, made valid, is that of another metric.
	DropNameCollision
	// DropLabelTooLong: a label value, or the name, is longer than the limit.
	DropLabelTooLong
	// DropDuplicate: a later row has the same series and time.
	DropDuplicate
	// DropTooManySeries: the series is beyond the exporter's limit.
	DropTooManySeries

	numDropReasons = iota
)

var dropReasonNames = [numDropReasons]string{
	DropNullValue: "null_value", DropBadValue: "bad_value", DropNullTime: "null_timestamp",
	DropBadTime: "bad_timestamp", DropNoName: "no_name", DropNameCollision: "name_collision",
	DropLabelTooLong: "label_too_long", DropDuplicate: "duplicate", DropTooManySeries: "too_many_series",
}

// String returns the reason as the self-metrics show it.
func (r DropReason) String() string { return dropReasonNames[r] }

// DropReasons are all reasons, for those who initialise a metric for each.
func DropReasons() []DropReason {
	reasons := make([]DropReason, numDropReasons)
	for i := range reasons {
		reasons[i] = DropReason(i)
	}
	return reasons
}

// DroppedTotal is the sum over all reasons.
func (b *Batch) DroppedTotal() int64 {
	var total int64
	for _, n := range b.Dropped {
		total += n
	}
	return total
}

// Source is the exporter that a batch comes from.
type Source struct {
	types.NamespacedName
	UID types.UID
	// Created is when the exporter was created: the oldest wins a conflict.
	Created time.Time
}

// Delivery is one window's batch on its way to an output.
type Delivery struct {
	Source Source
	// Start and End bound the window [Start, End).
	Start, End time.Time
	// Interval is the exporter's interval.
	Interval time.Duration
	// Delay is how long after its end a window is run on purpose.
	Delay time.Duration
	Batch *Batch
}
