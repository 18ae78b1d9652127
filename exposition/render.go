package exposition

import (
	"strconv"
	"time"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// renderer writes a batch's samples as lines, one family at a time. It is
// reused, so that its buffers grow to the largest family once.
type renderer struct {
	timestamps bool
	maxLine    int

	batch *metric.Batch
	// labels[i] is `<name>="` of the batch's i-th label name.
	labels []string

	// text and openMetrics hold the current family's lines. Without timestamps
	// a line is the same in both formats, and openMetrics stays empty.
	text, openMetrics []byte
	// out and openMetricsOut take the lines, piece by piece.
	out, openMetricsOut *deflater
	// series counts the lines of the current family; tooLong counts those of the
	// batch that were left out for their length.
	series, tooLong int
}

// reset prepares for a batch.
func (r *renderer) reset(b *metric.Batch) {
	r.batch, r.tooLong = b, 0
	r.labels = r.labels[:0]
	for _, name := range b.LabelNames {
		r.labels = append(r.labels, name+`="`)
	}
}

// family renders the newest sample of each series of points, which are all of
// one family, up to limit series. It returns how many it had no room for.
func (r *renderer) family(points []metric.Point, limit int) (leftOut int) {
	for i := range points {
		if i+1 < len(points) && points[i+1].Series == points[i].Series {
			continue // a newer sample follows
		}
		if r.series == limit {
			leftOut++
			continue
		}
		r.sample(&points[i])
	}
	return leftOut
}

// begin starts a family's segments; end must follow.
func (r *renderer) begin(c *codec) {
	r.text, r.openMetrics, r.series = r.text[:0], r.openMetrics[:0], 0
	r.out = c.begin()
	if r.timestamps {
		r.openMetricsOut = c.begin()
	}
}

// end returns the family's lines in each format.
func (r *renderer) end() lines {
	r.flush()
	text := r.out.end()
	if !r.timestamps {
		return lines{formatText: text, formatOpenMetrics: text}
	}
	return lines{formatText: text, formatOpenMetrics: r.openMetricsOut.end()}
}

// piece is how much text is kept before it is deflated.
const piece = 64 << 10

// flush hands the lines so far to the segments.
func (r *renderer) flush() {
	r.out.write(r.text)
	r.text = r.text[:0]
	if r.timestamps {
		r.openMetricsOut.write(r.openMetrics)
		r.openMetrics = r.openMetrics[:0]
	}
}

// sample renders one line in each format that has its own.
func (r *renderer) sample(p *metric.Point) {
	start := len(r.text)
	r.text = r.appendSeries(r.text, p)
	r.endLine(start, p.Value, p.Time/int64(time.Millisecond))
}

// endLine adds to the series that begins at start what follows it.
func (r *renderer) endLine(start int, value float64, milliseconds int64) {
	r.text = append(r.text, ' ')
	r.text = appendValue(r.text, value)
	untimed := len(r.text)
	if r.timestamps {
		r.text = append(r.text, ' ')
		r.text = strconv.AppendInt(r.text, milliseconds, 10)
	}
	r.text = append(r.text, '\n')
	if len(r.text)-start >= r.maxLine {
		r.text = r.text[:start]
		r.tooLong++
		return
	}
	r.series++
	if r.timestamps {
		r.openMetrics = append(r.openMetrics, r.text[start:untimed]...)
		r.openMetrics = append(r.openMetrics, ' ')
		r.openMetrics = appendSeconds(r.openMetrics, milliseconds)
		r.openMetrics = append(r.openMetrics, '\n')
	}
	if len(r.text) >= piece {
		r.flush()
	}
}

// help returns the family's help text, or none if its line would be too long.
func (r *renderer) help(f metric.Family) string {
	line := len("# HELP  \n") + len(f.Name) + len(appendQuoted(nil, f.Help))
	if line < r.maxLine {
		return f.Help
	}
	r.tooLong++
	return ""
}

// appendSeries appends the name and the labels. Their order is that of
// LabelNames, always the same: Prometheus looks series up by these very bytes.
func (r *renderer) appendSeries(dst []byte, p *metric.Point) []byte {
	dst = append(dst, r.batch.Families[p.Family].Name...)
	separator := byte('{')
	for i, label := range r.labels {
		value := r.batch.Label(p.Row, i)
		if len(value) == 0 {
			continue
		}
		dst = append(dst, separator)
		dst = append(dst, label...)
		dst = appendQuoted(dst, value)
		dst = append(dst, '"')
		separator = ','
	}
	if separator == ',' {
		dst = append(dst, '}')
	}
	return dst
}

// appendQuoted appends text as it stands between quotes: the three characters
// that have a meaning there are escaped, and no other.
func appendQuoted[T string | []byte](dst []byte, text T) []byte {
	copied := 0
	for i := plainLen(text); i < len(text); i++ {
		escaped := ""
		switch text[i] {
		case '\\':
			escaped = `\\`
		case '\n':
			escaped = `\n`
		case '"':
			escaped = `\"`
		default:
			continue
		}
		dst = append(dst, text[copied:i]...)
		dst = append(dst, escaped...)
		copied = i + 1
	}
	return append(dst, text[copied:]...)
}

// plainLen returns how many bytes surely come before the first one that is escaped.
// It takes eight at a time: nearly all values are plain to their end.
func plainLen[T string | []byte](text T) int {
	const low, high = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; n+8 <= len(text); n += 8 {
		eight := text[n : n+8]
		word := uint64(eight[0]) | uint64(eight[1])<<8 | uint64(eight[2])<<16 | uint64(eight[3])<<24 |
			uint64(eight[4])<<32 | uint64(eight[5])<<40 | uint64(eight[6])<<48 | uint64(eight[7])<<56
		// A byte that is equal becomes zero, and borrows, which sets its high bit.
		quote, slash, end := word^('"'*low), word^('\\'*low), word^('\n'*low)
		if ((quote-low)&^quote|(slash-low)&^slash|(end-low)&^end)&high != 0 {
			break
		}
	}
	return n
}

// appendValue appends a float as client_golang does: shortest form, and a
// negative zero as plain zero. The result is legal in OpenMetrics too.
func appendValue(dst []byte, v float64) []byte {
	if v == 0 {
		return append(dst, '0')
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// appendSeconds appends a time in seconds, with the milliseconds that the text
// format has, so that both formats say the same.
func appendSeconds(dst []byte, milliseconds int64) []byte {
	return strconv.AppendFloat(dst, float64(milliseconds)/1000, 'f', 3, 64)
}
