package engine

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

// Ticks of the units.
const (
	ticksPerMicrosecond = query.TicksPerSecond / 1e6
	ticksPerMillisecond = query.TicksPerSecond / 1e3
	ticksPerSecond      = query.TicksPerSecond
	ticksPerMinute      = 60 * ticksPerSecond
	ticksPerHour        = 60 * ticksPerMinute
	ticksPerDay         = 24 * ticksPerHour
	// maxTicks is 9999-12-31T23:59:59.9999999Z, the last datetime.
	maxTicks = 3155378975999999999
)

var dateTimeLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00",
	"2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01", "2006",
	"1/2/2006 3:04:05 PM", "1/2/2006", "20060102", time.RFC1123, time.RFC850, time.RFC822,
}

// parseDateTime reads the forms that todatetime() and datetime() know.
func parseDateTime(s string) Value {
	s = strings.TrimSpace(s)
	for _, layout := range dateTimeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return checkedDateTime(query.Ticks(t))
		}
	}
	return Null(query.DateTime)
}

func checkedDateTime(ticks int64) Value {
	if ticks < 0 || ticks > maxTicks {
		return Null(query.DateTime)
	}
	return DateTime(ticks)
}

var (
	clockForm = regexp.MustCompile(`^(-)?(?:(\d{1,8})\.)?(\d{1,4}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$`)
	unitForm  = regexp.MustCompile(`^(-?\d+(?:\.\d+)?)\s*([a-z]+)?$`)
)

// parseTimeSpan reads 1.02:03:04.5 and 1.5h; a bare number is days.
func parseTimeSpan(s string) Value {
	s = strings.ToLower(strings.TrimSpace(s))
	if m := clockForm.FindStringSubmatch(s); m != nil {
		return clockTimeSpan(m)
	}
	m := unitForm.FindStringSubmatch(s)
	if m == nil {
		return Null(query.TimeSpan)
	}
	unit := unitTicks(m[2])
	number, err := strconv.ParseFloat(m[1], 64)
	if unit == 0 || err != nil {
		return Null(query.TimeSpan)
	}
	return TimeSpan(saturate(number * float64(unit)))
}

func clockTimeSpan(m []string) Value {
	field := func(i int) int64 {
		n, err := strconv.ParseInt(m[i], 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	m[6] = (m[6] + "0000000")[:7]
	ticks := field(2)*ticksPerDay + field(3)*ticksPerHour + field(4)*ticksPerMinute + field(5)*ticksPerSecond + field(6)
	if m[1] == "-" {
		ticks = -ticks
	}
	return TimeSpan(ticks)
}

// unitTicks returns the ticks of a unit's name, 0 for an unknown one.
func unitTicks(unit string) int64 {
	switch unit {
	case "d", "day", "days", "":
		return ticksPerDay
	case "h", "hr", "hrs", "hour", "hours":
		return ticksPerHour
	case "m", "min", "minute", "minutes":
		return ticksPerMinute
	case "s", "sec", "second", "seconds":
		return ticksPerSecond
	case "ms", "milli", "millis", "millisecond", "milliseconds":
		return ticksPerMillisecond
	case "micro", "micros", "microsecond", "microseconds", "us":
		return ticksPerMicrosecond
	case "tick", "ticks":
		return 1
	}
	return 0
}

// timeSpanToken reads a token such as 5m; nanoseconds are hundredths of a tick.
func timeSpanToken(text string) Value {
	i := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if i > 0 && (strings.HasPrefix(text[i:], "nano") || text[i:] == "ns") {
		n, err := strconv.ParseFloat(text[:i], 64)
		if err != nil {
			return Null(query.TimeSpan)
		}
		return TimeSpan(saturate(n / 100))
	}
	return parseTimeSpan(text)
}

func saturate(f float64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(math.Round(f))
}

// appendTimeSpan appends [-][d.]hh:mm:ss[.fffffff].
func appendTimeSpan(dst []byte, ticks int64) []byte {
	abs := uint64(ticks)
	if ticks < 0 {
		dst = append(dst, '-')
		abs = -abs
	}
	if days := abs / uint64(ticksPerDay); days > 0 {
		dst = append(strconv.AppendUint(dst, days, 10), '.')
	}
	dst = appendTwo(dst, abs/uint64(ticksPerHour)%24)
	dst = appendTwo(append(dst, ':'), abs/uint64(ticksPerMinute)%60)
	dst = appendTwo(append(dst, ':'), abs/uint64(ticksPerSecond)%60)
	if fraction := abs % uint64(ticksPerSecond); fraction > 0 {
		dst = fmt.Appendf(dst, ".%07d", fraction)
	}
	return dst
}

func appendTwo(dst []byte, n uint64) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// parseLiteral returns the value of the text inside a typed literal, or false
// if the text is no literal of the type.
func parseLiteral(t query.Type, text string) (Value, bool) {
	text = strings.TrimSpace(text)
	if text == "null" || text == "" && t != query.String {
		return Null(t), true
	}
	if t == query.TimeSpan {
		v := timeSpanToken(text)
		return v, !v.Null
	}
	v := parseText(text, t)
	return v, !v.Null
}

// parseText converts text to a type as the to<type>() functions do; null if it
// does not fit.
func parseText(s string, t query.Type) Value {
	switch t {
	case query.String:
		return String(s)
	case query.DateTime:
		return parseDateTime(s)
	case query.TimeSpan:
		return parseTimeSpan(s)
	case query.Bool:
		return parseBool(s)
	case query.GUID:
		return parseGUID(s)
	case query.Real:
		return parseReal(s)
	case query.Decimal:
		if r, ok := new(big.Rat).SetString(strings.TrimSpace(s)); ok && len(s) < 64 && !strings.ContainsAny(s, "/eE") {
			return decimalOf(r)
		}
	case query.Long:
		return parseLong(s)
	case query.Int:
		return convert(parseLong(s), query.Int)
	case query.Dynamic:
		if v, err := parseJSON(s); err == nil {
			return v
		}
		return String(s)
	}
	return Null(t)
}

func parseLong(s string) Value {
	s = strings.TrimSpace(s)
	base := 10
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		s, base = s[2:], 16
	}
	n, err := strconv.ParseInt(s, base, 64)
	if err != nil {
		return Null(query.Long)
	}
	return Long(n)
}

func parseReal(s string) Value {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.Replace(s, "infinity", "inf", 1)
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Null(query.Real)
	}
	return Real(f)
}

func parseBool(s string) Value {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "1":
		return Bool(true)
	case "false", "0":
		return Bool(false)
	}
	return Null(query.Bool)
}

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func parseGUID(s string) Value {
	s = strings.ToLower(strings.TrimSpace(s))
	if !guidForm.MatchString(s) {
		return Null(query.GUID)
	}
	return Value{Type: query.GUID, s: s}
}
