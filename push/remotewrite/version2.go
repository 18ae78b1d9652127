package remotewrite

import (
	"encoding/binary"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// encoder2 writes io.prometheus.write.v2.Request, the message of Remote-Write
// 2.0: strings are sent once and referred to by number, and each series comes with
// the metadata of its family.
type encoder2 struct {
	symbols symbolTable
	// series are the encoded series; symbols come before them in the message.
	series []byte
	out    []byte
	refs   []uint32

	// described is the layout whose label names have these numbers.
	described *layout
	names     []uint32
	nameLabel uint32
	// family is the family that the following is of; only families that a request
	// needs are described in it.
	family     int32
	familyName uint32
	metadata   []byte
}

func (e *encoder2) reset() {
	e.symbols.reset()
	e.series = e.series[:0]
	e.described = nil
}

// message returns the whole message; it is valid until the next reset.
func (e *encoder2) message() []byte {
	e.out = append(append(e.out[:0], e.symbols.text.buf...), e.series...)
	return e.out
}

func (e *encoder2) size() int { return len(e.symbols.text.buf) + len(e.series) }

// add appends the points of one series.
func (e *encoder2) add(l *layout, points []metric.Point) {
	if e.described != l {
		e.describe(l)
	}
	p := &points[0]
	if e.family != p.Family {
		e.describeFamily(p.Family, &l.batch.Families[p.Family])
	}
	e.refs = e.refs[:0]
	e.refer(l, p.Row, 0, l.nameAt)
	e.refs = append(e.refs, e.nameLabel, e.familyName)
	e.refer(l, p.Row, l.nameAt, len(e.names))

	buf, start := openMessage(e.series, tagRequest2Series)
	buf = appendRefs(buf, e.refs)
	buf = appendSamples(buf, points)
	buf = append(buf, e.metadata...)
	e.series = closeMessage(buf, start)
}

// refer notes the labels of a row from one index to another.
func (e *encoder2) refer(l *layout, row int32, from, to int) {
	for i := from; i < to; i++ {
		if value := l.batch.Label(row, i); len(value) > 0 {
			e.refs = append(e.refs, e.names[i], e.symbols.number(value))
		}
	}
}

// describe numbers the label names of a layout.
func (e *encoder2) describe(l *layout) {
	e.described, e.family = l, -1
	e.nameLabel = e.symbols.numberOfName(nameLabel)
	e.names = e.names[:0]
	for _, name := range l.batch.LabelNames {
		e.names = append(e.names, e.symbols.numberOfName(name))
	}
}

func (e *encoder2) describeFamily(index int32, f *metric.Family) {
	e.family, e.familyName = index, e.symbols.numberOfName(f.Name)
	kind := byte(typeGauge)
	if f.Type == metric.Counter {
		kind = typeCounter
	}
	buf, start := openMessage(e.metadata[:0], tagSeries2Metadata)
	buf = append(buf, tagMetadataType, kind)
	buf = e.appendReference(buf, tagMetadataHelp, f.Help)
	buf = e.appendReference(buf, tagMetadataUnit, f.Unit)
	e.metadata = closeMessage(buf, start)
}

// appendReference appends a field that refers to text, unless there is none.
func (e *encoder2) appendReference(dst []byte, tag byte, text string) []byte {
	number := e.symbols.numberOfName(text)
	if number == 0 {
		return dst
	}
	return binary.AppendUvarint(append(dst, tag), uint64(number))
}

// addMarker appends the end of a series that has the given labels of version 1.0.
func (e *encoder2) addMarker(labels []byte, ms int64) {
	e.refs = e.refs[:0]
	for len(labels) > 0 {
		var name, value []byte
		name, value, labels = nextLabel(labels)
		e.refs = append(e.refs, e.symbols.number(name), e.symbols.number(value))
	}
	buf, start := openMessage(e.series, tagRequest2Series)
	buf = appendRefs(buf, e.refs)
	buf = appendSample(buf, staleMarker, ms)
	buf = append(buf, tagSeries2Metadata, 0)
	e.series = closeMessage(buf, start)
}

// nextLabel splits the first label off labels that appendLabels encoded.
func nextLabel(labels []byte) (name, value, rest []byte) {
	length, n := binary.Uvarint(labels[1:])
	label, rest := labels[1+n:1+n+int(length)], labels[1+n+int(length):]
	length, n = binary.Uvarint(label[1:])
	name, label = label[1+n:1+n+int(length)], label[1+n+int(length):]
	length, n = binary.Uvarint(label[1:])
	return name, label[1+n : 1+n+int(length)], rest
}

func appendRefs(dst []byte, refs []uint32) []byte {
	dst, start := openMessage(dst, tagSeries2Labels)
	for _, ref := range refs {
		dst = binary.AppendUvarint(dst, uint64(ref))
	}
	return closeMessage(dst, start)
}
