package exposition

import (
	"bytes"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// line is a line of the text format, taken apart.
type line struct {
	series []byte
	value  float64
	// milliseconds are the sample's time; zero for a line without one.
	milliseconds int64
}

// parseLine takes a line apart, without its line feed, if it is just as the
// renderer writes one of this family. Anything else is refused, also what scrapers
// would read: one series must not be there in two spellings.
func parseLine(text []byte, family string, timed bool) (l line, ok bool) {
	rest, ok := cutSeries(text, family)
	if !ok || !utf8.Valid(text) {
		return line{}, false
	}
	l.series = text[:len(text)-len(rest)]
	if rest, ok = cutValue(rest, &l.value); !ok {
		return line{}, false
	}
	if timed {
		rest, ok = cutTime(rest, &l.milliseconds)
	}
	return l, ok && len(rest) == 0
}

// cutSeries returns what follows the series.
func cutSeries(text []byte, family string) (rest []byte, ok bool) {
	if len(text) < len(family) || string(text[:len(family)]) != family {
		return nil, false
	}
	rest = text[len(family):]
	if len(rest) == 0 || rest[0] != '{' {
		return rest, true
	}
	return cutLabels(rest)
}

// cutLabels returns what follows the labels, which are in order of their names.
func cutLabels(text []byte) (rest []byte, ok bool) {
	var last []byte
	for rest = text; len(rest) > 0 && rest[0] != '}'; {
		n := nameLength(rest[1:], false)
		name := rest[1 : 1+n]
		if rest[0] != separator(last) || bytes.Compare(name, last) <= 0 || bytes.HasPrefix(name, []byte("__")) {
			return nil, false
		}
		if rest, ok = cutLabelValue(rest[1+n:]); !ok {
			return nil, false
		}
		last = name
	}
	if len(rest) == 0 {
		return nil, false
	}
	return rest[1:], true
}

// separator is what comes before the label that follows the last one.
func separator(last []byte) byte {
	if last == nil {
		return '{'
	}
	return ','
}

// nameLength returns the length of the name that text begins with, of the legacy
// alphabet; only metrics may have colons.
func nameLength[T string | []byte](text T, colons bool) int {
	n := 0
	for n < len(text) {
		switch c := text[n]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == ':' && colons, c >= '0' && c <= '9' && n > 0:
			n++
		default:
			return n
		}
	}
	return n
}

// cutLabelValue returns what follows ="value", if the value is not empty and
// nothing is escaped but what must be.
func cutLabelValue(text []byte) (rest []byte, ok bool) {
	value, ok := bytes.CutPrefix(text, []byte(`="`))
	if !ok {
		return nil, false
	}
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '"':
			return value[i+1:], i > 0
		case '\n':
			return nil, false
		case '\\':
			if i++; i == len(value) || bytes.IndexByte([]byte(`\n"`), value[i]) < 0 {
				return nil, false
			}
		}
	}
	return nil, false
}

// cutField returns the field that a space precedes, and what follows it.
func cutField(text []byte) (field, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != ' ' {
		return nil, nil, false
	}
	text = text[1:]
	if i := bytes.IndexByte(text, ' '); i >= 0 {
		return text[:i], text[i:], true
	}
	return text, nil, true
}

func cutValue(text []byte, v *float64) (rest []byte, ok bool) {
	field, rest, ok := cutField(text)
	if !ok {
		return nil, false
	}
	var err error
	if *v, err = strconv.ParseFloat(string(field), 64); err != nil {
		return nil, false
	}
	var written [32]byte
	return rest, bytes.Equal(appendValue(written[:0], *v), field)
}

func cutTime(text []byte, milliseconds *int64) (rest []byte, ok bool) {
	field, rest, ok := cutField(text)
	if !ok {
		return nil, false
	}
	ms, err := strconv.ParseInt(string(field), 10, 64)
	if err != nil || ms < 0 || ms > math.MaxInt64/int64(time.Millisecond) {
		return nil, false
	}
	*milliseconds = ms
	var written [20]byte
	return rest, bytes.Equal(strconv.AppendInt(written[:0], ms, 10), field)
}
