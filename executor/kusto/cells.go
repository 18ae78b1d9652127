package kusto

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

const ticksPerDay = 24 * 60 * 60 * query.TicksPerSecond

// setCell stores the scalar that Kusto sent for a value of type t, and reports
// whether it is one. Text is kept, not copied.
func setCell(cell *query.Cell, t query.Type, text []byte) (ok bool) {
	switch t {
	case query.Bool:
		cell.Int, ok = parseBool(text)
	case query.Int, query.Long:
		cell.Int, ok = parseInt(text)
	case query.Real:
		cell.Real, ok = parseReal(text)
	case query.DateTime:
		cell.Int, ok = parseDateTime(text)
	case query.TimeSpan:
		cell.Int, ok = parseTimeSpan(text)
	case query.GUID:
		lower(text)
		cell.Text, ok = text, len(text) == len("00000000-0000-0000-0000-000000000000")
	case query.Decimal:
		_, ok = parseReal(text)
		cell.Text = text
	case query.String, query.Dynamic:
		cell.Text, ok = text, true
	}
	return ok
}

func parseBool(b []byte) (int64, bool) {
	switch string(b) {
	case "true", "True", "1":
		return 1, true
	case "false", "False", "0":
		return 0, true
	}
	return 0, false
}

// parseInt is strconv.ParseInt for bytes and the decimal form only.
func parseInt(b []byte) (int64, bool) {
	digits, negative := bytes.CutPrefix(b, []byte("-"))
	v, ok := parseDigits(digits)
	switch {
	case !ok:
		return 0, false
	case negative && v <= 1<<63:
		return -int64(v), true // 1<<63 wraps to the minimum, which is its own negation.
	case negative || v > math.MaxInt64:
		return 0, false
	}
	return int64(v), true
}

// parseDigits reads an unsigned number of 1 to 19 digits.
func parseDigits(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var v uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	return v, true
}

func parseReal(b []byte) (float64, bool) {
	switch string(b) {
	case "NaN":
		return math.NaN(), true
	case "Infinity", "∞":
		return math.Inf(1), true
	case "-Infinity", "-∞":
		return math.Inf(-1), true
	}
	if len(b) == 0 || b[0] > '9' || b[len(b)-1] > '9' {
		return 0, false // Spellings of NaN and infinity that only Go knows.
	}
	v, err := strconv.ParseFloat(string(b), 64)
	return v, err == nil
}

// daysBefore is the number of days before each month of a common year.
var daysBefore = [...]uint64{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}

// parseDateTime reads 2006-01-02T15:04:05.9999999Z into ticks since year 1.
func parseDateTime(b []byte) (int64, bool) {
	if len(b) < len("2006-01-02T15:04:05") || b[4] != '-' || b[7] != '-' || (b[10] != 'T' && b[10] != ' ') {
		return 0, false
	}
	year, okY := parseDigits(b[:4])
	month, okM := parseDigits(b[5:7])
	day, okD := parseDigits(b[8:10])
	clock, rest, okC := parseClock(b[11:])
	if !okY || !okM || !okD || !okC || year < 1 || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return 0, false
	}
	if len(rest) > 0 && string(rest) != "Z" {
		return parseOffset(b)
	}
	y := year - 1
	days := y*365 + y/4 - y/100 + y/400 + daysBefore[month-1] + day - 1
	if month > 2 && isLeap(year) {
		days++
	}
	return int64(days)*ticksPerDay + clock, true
}

// parseOffset reads the rare datetime with an offset from UTC.
func parseOffset(b []byte) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	return query.Ticks(t), err == nil
}

func isLeap(year uint64) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

func monthDays(year, month uint64) uint64 {
	if month == 2 && isLeap(year) {
		return 29
	}
	return daysBefore[month] - daysBefore[month-1]
}

// parseClock reads 15:04:05.9999999 and returns its ticks and what follows.
// Digits beyond a tick are cut.
func parseClock(b []byte) (ticks int64, rest []byte, ok bool) {
	if len(b) < len("15:04:05") || b[2] != ':' || b[5] != ':' {
		return 0, nil, false
	}
	hour, okH := parseDigits(b[:2])
	minute, okM := parseDigits(b[3:5])
	second, okS := parseDigits(b[6:8])
	if !okH || !okM || !okS || hour > 23 || minute > 59 || second > 59 {
		return 0, nil, false
	}
	fraction, rest, ok := parseFraction(b[8:])
	return int64(hour*3600+minute*60+second)*query.TicksPerSecond + fraction, rest, ok
}

func parseFraction(b []byte) (ticks int64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, b, true
	}
	n := 1
	for unit := query.TicksPerSecond / 10; n < len(b) && b[n] >= '0' && b[n] <= '9'; n++ {
		ticks += int64(b[n]-'0') * unit
		unit /= 10
	}
	return ticks, b[n:], n > 1
}

// parseTimeSpan reads [-][days.]15:04:05[.9999999].
func parseTimeSpan(b []byte) (int64, bool) {
	b, negative := bytes.CutPrefix(b, []byte("-"))
	colon := bytes.IndexByte(b, ':')
	if colon < 2 {
		return 0, false
	}
	var days uint64
	if prefix := b[:colon-2]; len(prefix) > 0 {
		digits, dot := bytes.CutSuffix(prefix, []byte("."))
		var ok bool
		if days, ok = parseDigits(digits); !ok || !dot || days > math.MaxInt64/uint64(ticksPerDay) {
			return 0, false
		}
	}
	clock, rest, ok := parseClock(b[colon-2:])
	if !ok || len(rest) > 0 {
		return 0, false
	}
	total := days*uint64(ticksPerDay) + uint64(clock)
	switch {
	case negative && total <= 1<<63:
		return -int64(total), true // As in parseInt.
	case total > math.MaxInt64:
		return 0, false
	}
	return int64(total), true
}

func lower(b []byte) {
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
}
