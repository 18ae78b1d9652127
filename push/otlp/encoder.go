package otlp

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// Attribute is a resource attribute: what all points have in common.
type Attribute struct {
	Key, Value string
}

// Tags of the OTLP messages' fields: number<<3 | wire type. All numbers are
// below 16, so a tag is one byte. Source: opentelemetry-proto 1.11, metrics.proto
// and common.proto.
const (
	tagResourceMetrics = 1<<3 | 2 // ExportMetricsServiceRequest

	tagResource     = 1<<3 | 2 // ResourceMetrics
	tagScopeMetrics = 2<<3 | 2

	tagResourceAttribute = 1<<3 | 2 // Resource

	tagScope  = 1<<3 | 2 // ScopeMetrics
	tagMetric = 2<<3 | 2

	tagScopeName    = 1<<3 | 2 // InstrumentationScope
	tagScopeVersion = 2<<3 | 2

	tagMetricName        = 1<<3 | 2 // Metric
	tagMetricDescription = 2<<3 | 2
	tagMetricUnit        = 3<<3 | 2
	tagMetricGauge       = 5<<3 | 2
	tagMetricSum         = 7<<3 | 2

	tagPoint          = 1<<3 | 2 // Gauge and Sum
	tagSumTemporality = 2 << 3
	tagSumMonotonic   = 3 << 3

	tagPointTime      = 3<<3 | 1 // NumberDataPoint
	tagPointDouble    = 4<<3 | 1
	tagPointAttribute = 7<<3 | 2

	tagKey         = 1<<3 | 2 // KeyValue
	tagValue       = 2<<3 | 2
	tagStringValue = 1<<3 | 2 // AnyValue
)

// scopeName is the instrumentation scope of all metrics.
const scopeName = "github.com/adx-mon/adxexporter"

// cumulativeMonotonic ends every Sum: aggregation_temporality = CUMULATIVE (2),
// is_monotonic = true.
var cumulativeMonotonic = [...]byte{tagSumTemporality, 2, tagSumMonotonic, 1}

// numbersSize is the size of a point's time and value.
const numbersSize = 9 + 9

// Encoder writes batches as export requests. It keeps its memory, so that it
// allocates nothing once it has seen its largest batch; it is not safe for
// concurrent use.
type Encoder struct {
	// resource and scope are fields, tag and length included, that all requests
	// have.
	resource, scope []byte

	batch *metric.Batch
	// keys are the label names, each as the field KeyValue.key.
	keys [][]byte
	// keyText is the memory of keys.
	keyText []byte
	// sizes are the lengths of the points' messages.
	sizes []uint32

	sections []section
	out      []byte
}

// section is the part of a family that a request has.
type section struct {
	from, to int // of Batch.Points
	size     int // of the fields of its points
}

// NewEncoder returns an encoder whose requests have these resource attributes and
// this version of the instrumentation scope.
func NewEncoder(resource []Attribute, version string) *Encoder {
	var attributes []byte
	for _, a := range resource {
		attributes = appendTagLen(attributes, tagResourceAttribute, sizeAttribute(a))
		attributes = appendString(attributes, tagKey, a.Key)
		attributes = appendTagLen(attributes, tagValue, sizeField(len(a.Value)))
		attributes = appendString(attributes, tagStringValue, a.Value)
	}
	scope := appendString(nil, tagScopeName, scopeName)
	if version != "" {
		scope = appendString(scope, tagScopeVersion, version)
	}
	return &Encoder{
		resource: append(appendTagLen(nil, tagResource, len(attributes)), attributes...),
		scope:    append(appendTagLen(nil, tagScope, len(scope)), scope...),
	}
}

func sizeAttribute(a Attribute) int {
	return sizeField(len(a.Key)) + sizeField(sizeField(len(a.Value)))
}

// Reset prepares the encoder for a batch, which must not change until the next
// Reset.
func (e *Encoder) Reset(b *metric.Batch) {
	e.batch = b
	e.keyText, e.keys = e.keyText[:0], e.keys[:0]
	for _, name := range b.LabelNames {
		start := len(e.keyText)
		e.keyText = appendString(e.keyText, tagKey, name)
		// A slice of memory that keyText has outgrown stays what it is.
		e.keys = append(e.keys, e.keyText[start:len(e.keyText):len(e.keyText)])
	}
	e.sizes = slices.Grow(e.sizes[:0], len(b.Points))[:len(b.Points)]
	row, size := int32(-1), 0
	for i := range b.Points {
		if p := &b.Points[i]; p.Row != row {
			row, size = p.Row, e.sizeAttributes(p.Row)
		}
		e.sizes[i] = uint32(numbersSize + size)
	}
}

// sizeAttributes returns the length of a label row's attributes.
func (e *Encoder) sizeAttributes(row int32) int {
	total := 0
	for i, key := range e.keys {
		n := len(e.batch.Label(row, i))
		switch short := len(key) + shortHeaders + n; {
		case n == 0:
		case short < 0x80:
			total += 2 + short
		default:
			total += sizeField(len(key) + sizeField(sizeField(n)))
		}
	}
	return total
}

// shortHeaders is the size of the tags and lengths of a label's value, when all
// lengths take one byte. Most labels are like that, and most of the time goes
// into labels.
const shortHeaders = 4

// Encode returns the request with the points of a span. It is valid until the
// next call of Encode.
func (e *Encoder) Encode(s Span) []byte {
	metrics := e.layOut(s)
	scopeMetrics := len(e.scope) + metrics
	resourceMetrics := len(e.resource) + sizeField(scopeMetrics)

	out := slices.Grow(e.out[:0], sizeField(resourceMetrics))
	out = appendTagLen(out, tagResourceMetrics, resourceMetrics)
	out = append(out, e.resource...)
	out = appendTagLen(out, tagScopeMetrics, scopeMetrics)
	out = append(out, e.scope...)
	for _, section := range e.sections {
		out = e.appendMetric(out, section)
	}
	e.out = out
	return out
}

// layOut finds the sections of a span and returns the size of their fields.
func (e *Encoder) layOut(s Span) int {
	e.sections = e.sections[:0]
	total := 0
	for from := s.From; from < s.To; {
		section := e.section(from, s.To)
		e.sections = append(e.sections, section)
		total += sizeField(e.sizeMetric(section))
		from = section.to
	}
	return total
}

// section returns the points from the given one on that are of its family.
func (e *Encoder) section(from, to int) section {
	s := section{from: from, to: from}
	family := e.batch.Points[from].Family
	for s.to < to && e.batch.Points[s.to].Family == family {
		s.size += sizeField(int(e.sizes[s.to]))
		s.to++
	}
	return s
}

func (e *Encoder) family(s section) *metric.Family {
	return &e.batch.Families[e.batch.Points[s.from].Family]
}

// sizeData returns the length of a section's Gauge or Sum.
func sizeData(f *metric.Family, s section) int {
	if f.Type == metric.Counter {
		return s.size + len(cumulativeMonotonic)
	}
	return s.size
}

func (e *Encoder) sizeMetric(s section) int {
	f := e.family(s)
	return sizeText(f.Name) + sizeText(f.Help) + sizeText(f.Unit) + sizeField(sizeData(f, s))
}

// appendMetric appends a section as a Metric.
func (e *Encoder) appendMetric(out []byte, s section) []byte {
	f := e.family(s)
	out = appendTagLen(out, tagMetric, e.sizeMetric(s))
	out = appendText(out, tagMetricName, f.Name)
	out = appendText(out, tagMetricDescription, f.Help)
	out = appendText(out, tagMetricUnit, f.Unit)
	if f.Type != metric.Counter {
		return e.appendPoints(appendTagLen(out, tagMetricGauge, s.size), s)
	}
	out = e.appendPoints(appendTagLen(out, tagMetricSum, sizeData(f, s)), s)
	return append(out, cumulativeMonotonic[:]...)
}

// appendPoints appends the points of a section.
func (e *Encoder) appendPoints(out []byte, s section) []byte {
	row, start, end := int32(-1), 0, 0 // the attributes of the last row
	for i := s.from; i < s.to; i++ {
		p := &e.batch.Points[i]
		out = appendTagLen(out, tagPoint, int(e.sizes[i]))
		out = append(out, tagPointTime)
		out = binary.LittleEndian.AppendUint64(out, uint64(p.Time))
		out = append(out, tagPointDouble)
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(p.Value))
		if p.Row == row {
			out = append(out, out[start:end]...)
			continue
		}
		row, start = p.Row, len(out)
		out = e.appendAttributes(out, p.Row)
		end = len(out)
	}
	return out
}

// appendAttributes appends the labels of a row.
func (e *Encoder) appendAttributes(out []byte, row int32) []byte {
	for i, key := range e.keys {
		value := e.batch.Label(row, i)
		n := len(value)
		switch short := len(key) + shortHeaders + n; {
		case n == 0:
		case short < 0x80:
			out = append(out, tagPointAttribute, byte(short))
			out = append(out, key...)
			out = append(out, tagValue, byte(n+2), tagStringValue, byte(n))
			out = append(out, value...)
		default:
			out = appendTagLen(out, tagPointAttribute, len(key)+sizeField(sizeField(n)))
			out = append(out, key...)
			out = appendTagLen(out, tagValue, sizeField(n))
			out = append(appendTagLen(out, tagStringValue, n), value...)
		}
	}
	return out
}

// sizeField returns the size of a field with a length, tag included.
func sizeField(length int) int { return 1 + sizeVarint(length) + length }

// sizeText returns the size of a text field; an empty one is left out.
func sizeText(s string) int {
	if s == "" {
		return 0
	}
	return sizeField(len(s))
}

func sizeVarint(n int) int { return (bits.Len64(uint64(n)|1) + 6) / 7 }

func appendTagLen(out []byte, tag byte, length int) []byte {
	if length < 0x80 {
		return append(out, tag, byte(length))
	}
	return binary.AppendUvarint(append(out, tag), uint64(length))
}

func appendString(out []byte, tag byte, s string) []byte {
	return append(appendTagLen(out, tag, len(s)), s...)
}

// appendText appends a text field, unless it is empty.
func appendText(out []byte, tag byte, s string) []byte {
	if s == "" {
		return out
	}
	return appendString(out, tag, s)
}
