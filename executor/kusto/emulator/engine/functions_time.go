package engine

import (
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

func ofTime(t query.Type, f func(time.Time) Value) function {
	return fixedArity(1, 1, t, func(a []Value) Value {
		v := convert(a[0], query.DateTime)
		if v.Null {
			return Null(t)
		}
		return f(query.Time(v.n))
	})
}

func numberOfTime(t query.Type, f func(time.Time) int) function {
	return ofTime(t, func(at time.Time) Value { return Value{Type: t, n: int64(f(at))} })
}

// startOf rounds down to a calendar unit, moved by an optional offset of units.
func startOf(unit string, end bool) function {
	return fixedArity(1, 2, query.DateTime, func(a []Value) Value {
		v := convert(a[0], query.DateTime)
		offset := int64(0)
		if len(a) == 2 {
			offset = convert(a[1], query.Long).n
		}
		if v.Null || offset > 1e6 || offset < -1e6 {
			return Null(query.DateTime)
		}
		if end {
			offset++
		}
		ticks := query.Ticks(addUnits(truncateTo(query.Time(v.n), unit), unit, offset))
		if end {
			ticks--
		}
		return checkedDateTime(ticks)
	})
}

func truncateTo(t time.Time, unit string) time.Time {
	year, month, day := t.Date()
	switch unit {
	case "hour":
		return time.Date(year, month, day, t.Hour(), 0, 0, 0, time.UTC)
	case "day":
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	case "week":
		return time.Date(year, month, day-int(t.Weekday()), 0, 0, 0, 0, time.UTC)
	case "month":
		return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	case "quarter":
		return time.Date(year, month-(month-1)%3, 1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
}

// addUnits adds calendar units; a day that the month lacks becomes its last.
func addUnits(t time.Time, unit string, n int64) time.Time {
	switch unit {
	case "year":
		return addMonths(t, 12*n)
	case "quarter":
		return addMonths(t, 3*n)
	case "month":
		return addMonths(t, n)
	}
	return query.Time(query.Ticks(t) + n*calendarTicks(unit))
}

func addMonths(t time.Time, n int64) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC).AddDate(0, int(n), 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// calendarTicks returns the length of a unit that always has the same, else 0.
func calendarTicks(unit string) int64 {
	if unit == "week" {
		return 7 * ticksPerDay
	}
	if unit == "nanosecond" || unit == "" {
		return 0
	}
	return unitTicks(unit)
}

var timeFunctions = map[string]function{
	"now": {min: 0, max: 1, result: always(query.DateTime), eval: func(b *binder, a []Value) Value {
		ticks := query.Ticks(b.now)
		if len(a) == 1 {
			ticks += convert(a[0], query.TimeSpan).n
		}
		return checkedDateTime(ticks)
	}},
	"ago": {min: 1, max: 1, result: always(query.DateTime), eval: func(b *binder, a []Value) Value {
		return checkedDateTime(query.Ticks(b.now) - convert(a[0], query.TimeSpan).n)
	}},
	"datetime_add":  fixedArity(3, 3, query.DateTime, dateTimeAdd),
	"datetime_diff": fixedArity(3, 3, query.Long, dateTimeDiff),
	"datetime_part": fixedArity(2, 2, query.Long, func(a []Value) Value {
		return dateTimePart(strings.ToLower(a[0].Text()), convert(a[1], query.DateTime))
	}),
	"startofhour": startOf("hour", false), "endofhour": startOf("hour", true),
	"startofday": startOf("day", false), "endofday": startOf("day", true),
	"startofweek": startOf("week", false), "endofweek": startOf("week", true),
	"startofmonth": startOf("month", false), "endofmonth": startOf("month", true),
	"startofyear": startOf("year", false), "endofyear": startOf("year", true),
	"hourofday":   numberOfTime(query.Int, time.Time.Hour),
	"dayofmonth":  numberOfTime(query.Int, time.Time.Day),
	"dayofyear":   numberOfTime(query.Int, time.Time.YearDay),
	"monthofyear": numberOfTime(query.Int, func(t time.Time) int { return int(t.Month()) }),
	"getmonth":    numberOfTime(query.Int, func(t time.Time) int { return int(t.Month()) }),
	"getyear":     numberOfTime(query.Int, time.Time.Year),
	"week_of_year": numberOfTime(query.Long, func(t time.Time) int {
		_, week := t.ISOWeek()
		return week
	}),
	"dayofweek":                        ofTime(query.TimeSpan, func(t time.Time) Value { return TimeSpan(int64(t.Weekday()) * ticksPerDay) }),
	"format_datetime":                  fixedArity(2, 2, query.String, formatDateTime),
	"format_timespan":                  fixedArity(2, 2, query.String, formatTimeSpan),
	"make_datetime":                    fixedArity(1, 6, query.DateTime, makeDateTime),
	"make_timespan":                    fixedArity(2, 4, query.TimeSpan, makeTimeSpan),
	"unixtime_seconds_todatetime":      fromUnix(ticksPerSecond),
	"unixtime_milliseconds_todatetime": fromUnix(ticksPerMillisecond),
	"unixtime_microseconds_todatetime": fromUnix(ticksPerMicrosecond),
	"unixtime_nanoseconds_todatetime":  fixedArity(1, 1, query.DateTime, func(a []Value) Value { return checkedDateTime(unixEpoch + convert(a[0], query.Long).n/100) }),
}

// unixEpoch is 1970-01-01 in ticks.
var unixEpoch = query.Ticks(time.Unix(0, 0))

func fromUnix(unit int64) function {
	return fixedArity(1, 1, query.DateTime, func(a []Value) Value {
		if isInteger(a[0]) {
			return checkedDateTime(query.Ticks(query.Time(unixEpoch)) + saturate(float64(a[0].n)*float64(unit)))
		}
		return checkedDateTime(unixEpoch + saturate(a[0].number()*float64(unit)))
	})
}

func dateTimeAdd(a []Value) Value {
	unit, n, at := strings.ToLower(a[0].Text()), convert(a[1], query.Long).n, convert(a[2], query.DateTime)
	if at.Null || n > 1e12 || n < -1e12 || !isCalendarUnit(unit) {
		return Null(query.DateTime)
	}
	if calendarTicks(unit) == 0 && (n > 1e6 || n < -1e6) {
		return Null(query.DateTime)
	}
	return checkedDateTime(query.Ticks(addUnits(query.Time(at.n), unit, n)))
}

func isCalendarUnit(unit string) bool {
	return unit == "year" || unit == "quarter" || unit == "month" || calendarTicks(unit) > 0
}

// dateTimeDiff counts the unit's borders between two datetimes.
func dateTimeDiff(a []Value) Value {
	unit, left, right := strings.ToLower(a[0].Text()), convert(a[1], query.DateTime), convert(a[2], query.DateTime)
	if left.Null || right.Null || !isCalendarUnit(unit) {
		return Null(query.Long)
	}
	x, y := query.Time(left.n), query.Time(right.n)
	months := int64(x.Year()-y.Year())*12 + int64(x.Month()) - int64(y.Month())
	switch unit {
	case "year":
		return Long(int64(x.Year() - y.Year()))
	case "quarter":
		return Long(floorDiv(int64(x.Year())*12+int64(x.Month())-1, 3) - floorDiv(int64(y.Year())*12+int64(y.Month())-1, 3))
	case "month":
		return Long(months)
	case "week":
		return Long((query.Ticks(truncateTo(x, "week")) - query.Ticks(truncateTo(y, "week"))) / (7 * ticksPerDay))
	}
	size := calendarTicks(unit)
	return Long(left.n/size - right.n/size)
}

func dateTimePart(part string, v Value) Value {
	if v.Null {
		return Null(query.Long)
	}
	t := query.Time(v.n)
	parts := map[string]int{
		"year": t.Year(), "quarter": (int(t.Month()) + 2) / 3, "month": int(t.Month()), "day": t.Day(), "dayofyear": t.YearDay(),
		"hour": t.Hour(), "minute": t.Minute(), "second": t.Second(), "millisecond": t.Nanosecond() / 1e6,
		"microsecond": t.Nanosecond() / 1e3, "nanosecond": t.Nanosecond(),
	}
	_, parts["week_of_year"] = t.ISOWeek()
	n, ok := parts[part]
	if !ok {
		return Null(query.Long)
	}
	return Long(int64(n))
}

// formatRuns splits a format into runs of the same character.
func formatRuns(format string, write func(run string) string) string {
	var b strings.Builder
	for i := 0; i < len(format); {
		j := i
		for j < len(format) && format[j] == format[i] {
			j++
		}
		b.WriteString(write(format[i:j]))
		i = j
	}
	return b.String()
}

func formatDateTime(a []Value) Value {
	v := convert(a[0], query.DateTime)
	if v.Null {
		return Null(query.String)
	}
	t := query.Time(v.n)
	layouts := map[string]string{
		"yyyy": "2006", "yy": "06", "MM": "01", "M": "1", "dd": "02", "d": "2", "HH": "15", "hh": "03", "h": "3",
		"mm": "04", "m": "4", "ss": "05", "s": "5", "tt": "PM",
	}
	return String(formatRuns(a[1].Text(), func(run string) string {
		if layout, ok := layouts[run]; ok {
			return t.Format(layout)
		}
		if run == "H" {
			return Long(int64(t.Hour())).Text()
		}
		return fraction(run, v.n%ticksPerSecond)
	}))
}

// fraction writes f... as digits of a second, F... without trailing zeros, and
// any other run as it is.
func fraction(run string, ticks int64) string {
	if strings.Trim(run, "fF") != "" || len(run) > 7 {
		return run
	}
	digits := Long(ticks + ticksPerSecond).Text()[1 : 1+len(run)]
	if run[0] == 'F' {
		digits = strings.TrimRight(digits, "0")
	}
	return digits
}

func formatTimeSpan(a []Value) Value {
	v := convert(a[0], query.TimeSpan)
	if v.Null {
		return Null(query.String)
	}
	ticks := max(v.n, -v.n)
	parts := map[byte]int64{'d': ticks / ticksPerDay, 'H': ticks / ticksPerHour % 24, 'h': ticks / ticksPerHour % 24, 'm': ticks / ticksPerMinute % 60, 's': ticks / ticksPerSecond % 60}
	return String(formatRuns(a[1].Text(), func(run string) string {
		n, ok := parts[run[0]]
		if !ok {
			return fraction(run, ticks%ticksPerSecond)
		}
		digits := Long(n).Text()
		return strings.Repeat("0", min(8, max(0, len(run)-len(digits)))) + digits
	}))
}

// makeDateTime checks its fields: make_datetime(2024, 13, 1) is null.
func makeDateTime(a []Value) Value {
	if len(a) == 1 {
		return convert(a[0], query.DateTime)
	}
	fields := [6]int64{0, 1, 1}
	for i, v := range a {
		fields[i] = convert(v, query.Long).n
	}
	limits := [6]int64{9999, 12, 31, 23, 59, 59}
	for i, n := range fields {
		if n < 0 || n > limits[i] {
			return Null(query.DateTime)
		}
	}
	t := time.Date(int(fields[0]), time.Month(fields[1]), int(fields[2]), int(fields[3]), int(fields[4]), 0, 0, time.UTC)
	if t.Day() != int(fields[2]) {
		return Null(query.DateTime)
	}
	seconds := fields[5] * ticksPerSecond
	if len(a) == 6 {
		seconds = saturate(a[5].number() * float64(ticksPerSecond))
	}
	return checkedDateTime(query.Ticks(t) + seconds)
}

func makeTimeSpan(a []Value) Value {
	units := []int64{ticksPerDay, ticksPerHour, ticksPerMinute, ticksPerSecond}
	if len(a) < 4 {
		units = units[1:]
	}
	ticks := 0.0
	for i, v := range a {
		ticks += v.number() * float64(units[i])
	}
	return TimeSpan(saturate(ticks))
}
