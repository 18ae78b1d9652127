package remotewrite

import (
	"encoding/binary"
	"slices"

	"github.com/adx-mon/adxexporter/executor/metric"
)

const nameLabel = "__name__"

// layout is what all series of a batch have in common, encoded once: the label
// names, and the name of each family.
type layout struct {
	batch *metric.Batch
	// nameAt is where __name__ belongs among the label names. The protocol asks for
	// byte order, in which capital letters come before it.
	nameAt int
	// names[i] starts a label that is called LabelNames[i]: everything up to the
	// value's length, but the label's own length is zero.
	names [][]byte
	// families[i] is the whole label __name__ of Families[i].
	families [][]byte

	// text and fields are where both are kept.
	text   texts
	fields [][]byte
}

func (l *layout) reset(batch *metric.Batch) {
	l.batch = batch
	l.nameAt, _ = slices.BinarySearch(batch.LabelNames, nameLabel)
	l.text.reset()
	for _, name := range batch.LabelNames {
		l.text.buf = append(l.text.buf, tagSeriesLabel, 0)
		l.text.buf = appendText(l.text.buf, tagLabelName, name)
		l.text.buf = append(l.text.buf, tagLabelValue)
		l.text.end()
	}
	for i := range batch.Families {
		l.text.buf = appendLabel(l.text.buf, nameLabel, batch.Families[i].Name)
		l.text.end()
	}
	l.fields = l.fields[:0]
	for i := range l.text.ends {
		l.fields = append(l.fields, l.text.at(i))
	}
	l.names, l.families = l.fields[:len(batch.LabelNames)], l.fields[len(batch.LabelNames):]
}

// appendLabels appends the labels of a series of version 1.0, in byte order.
// Labels without a value do not exist.
func (l *layout) appendLabels(dst []byte, p *metric.Point) []byte {
	dst = l.appendSome(dst, p.Row, 0, l.nameAt)
	dst = append(dst, l.families[p.Family]...)
	return l.appendSome(dst, p.Row, l.nameAt, len(l.batch.LabelNames))
}

// appendSome appends the labels from one index to another.
func (l *layout) appendSome(dst []byte, row int32, from, to int) []byte {
	b := l.batch
	for i := from; i < to; i++ {
		value, name := b.Label(row, i), l.names[i]
		length := len(name) + len(value) - 1
		switch {
		case len(value) == 0:
		case length < 1<<7: // both lengths are one byte, as almost always
			start := len(dst)
			dst = append(dst, name...)
			dst[start+1] = byte(length)
			dst = append(dst, byte(len(value)))
			dst = append(dst, value...)
		default:
			dst = appendLabel(dst, b.LabelNames[i], value)
		}
	}
	return dst
}

func appendLabel[T string | []byte](dst []byte, name string, value T) []byte {
	dst = append(dst, tagSeriesLabel)
	dst = binary.AppendUvarint(dst, uint64(textLen(name)+textLen(value)))
	dst = appendText(dst, tagLabelName, name)
	return appendText(dst, tagLabelValue, value)
}

// texts are strings in one buffer.
type texts struct {
	buf  []byte
	ends []int
}

func (t *texts) reset() { t.buf, t.ends = t.buf[:0], t.ends[:0] }

// end ends the string that was appended to buf.
func (t *texts) end() { t.ends = append(t.ends, len(t.buf)) }

func (t *texts) at(i int) []byte {
	start := 0
	if i > 0 {
		start = t.ends[i-1]
	}
	return t.buf[start:t.ends[i]]
}

// milliseconds is the time of a point as both versions send it.
func milliseconds(p *metric.Point) int64 { return p.Time / 1e6 }

// sameSample reports whether two points are one sample of the protocol: points of
// a series may be less than a millisecond apart.
func sameSample(p, q *metric.Point) bool {
	return p.Series == q.Series && milliseconds(p) == milliseconds(q)
}

// superseded reports whether a later point of the same sample follows: the last
// one counts, as everywhere.
func superseded(points []metric.Point, i int) bool {
	return i+1 < len(points) && sameSample(&points[i], &points[i+1])
}

// cut returns the first place from at on where points can be cut without cutting a
// sample.
func cut(points []metric.Point, at int) int {
	for at < len(points) && sameSample(&points[at-1], &points[at]) {
		at++
	}
	return at
}

// halve returns a place about in the middle to cut points at; ok is false for a
// single sample.
func halve(points []metric.Point) (at int, ok bool) {
	if len(points) < 2 {
		return 0, false
	}
	if at = cut(points, len(points)/2); at < len(points) {
		return at, true
	}
	for at = len(points) / 2; at > 0 && sameSample(&points[at-1], &points[at]); {
		at--
	}
	return at, at > 0
}

// countSamples is how many samples the points are.
func countSamples(points []metric.Point) int {
	n := 0
	for i := range points {
		if !superseded(points, i) {
			n++
		}
	}
	return n
}

// seriesEnd returns where the series that starts at from ends.
func seriesEnd(points []metric.Point, from int) int {
	to := from + 1
	for to < len(points) && points[to].Series == points[from].Series {
		to++
	}
	return to
}
