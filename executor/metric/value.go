package metric

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

// isValueType reports whether cells of a type can hold a number. Strings and
// dynamic values may: that is for each row to show.
func isValueType(t query.Type) bool { return t != query.GUID }

// number returns a cell as a metric's value. If it cannot, ok is false and
// reason says why.
func number(t query.Type, cell *query.Cell) (value float64, reason DropReason, ok bool) {
	if cell.Null {
		return 0, DropNullValue, false
	}
	switch t {
	case query.Real:
		return canonical(cell.Real), 0, true
	case query.Bool, query.Int, query.Long:
		return float64(cell.Int), 0, true
	case query.TimeSpan:
		return seconds(cell.Int), 0, true
	case query.DateTime:
		return unixSeconds(cell.Int), 0, true
	case query.Dynamic:
		return parseNumber(unquoted(cell.Text))
	case query.Decimal, query.String:
		return parseNumber(cell.Text)
	case query.GUID: // Compile refuses it.
	}
	return 0, DropBadValue, false
}

func seconds(ticks int64) float64 { return float64(ticks) / float64(query.TicksPerSecond) }

// unixSeconds converts whole and part seconds apart: today's datetime has more
// ticks than a float64 has digits.
func unixSeconds(ticks int64) float64 {
	at := query.Time(ticks)
	return float64(at.Unix()) + float64(at.Nanosecond())/float64(time.Second)
}

// canonical returns the one NaN for all NaNs, since Prometheus reads one of their
// bit patterns as "this series has ended".
func canonical(v float64) float64 {
	if math.IsNaN(v) {
		return math.NaN()
	}
	return v
}

// parseNumber reads a number that is written as text. Kusto has no null string:
// the empty one stands for it.
func parseNumber(text []byte) (value float64, reason DropReason, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return 0, DropNullValue, false
	}
	if !mayBeNumber(text) {
		return 0, DropBadValue, false
	}
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, DropBadValue, false
	}
	return value, 0, true
}

// mayBeNumber spares a column of words an allocated error per row, and refuses
// what only Go's syntax has: 1_000 and 0x1p4.
func mayBeNumber(text []byte) bool {
	if bytes.ContainsAny(text, "_xX") {
		return false
	}
	switch c := text[0]; c {
	case '+', '-', '.', 'i', 'I', 'n', 'N':
		return true
	default:
		return '0' <= c && c <= '9'
	}
}
