package query

import (
	"fmt"
	"math"
	"time"
)

// Type is a Kusto scalar data type.
type Type uint8

// The scalar data types of Kusto.
// See https://learn.microsoft.com/kusto/query/scalar-data-types/.
const (
	Bool Type = iota + 1
	DateTime
	Decimal
	Dynamic
	GUID
	Int
	Long
	Real
	String
	TimeSpan
)

var typeNames = [...]string{
	Bool: "bool", DateTime: "datetime", Decimal: "decimal", Dynamic: "dynamic", GUID: "guid",
	Int: "int", Long: "long", Real: "real", String: "string", TimeSpan: "timespan",
}

// String returns the type's name in KQL.
func (t Type) String() string {
	if t == 0 || int(t) >= len(typeNames) {
		return fmt.Sprintf("Type(%d)", uint8(t))
	}
	return typeNames[t]
}

// ParseType returns the type that a frame's ColumnType or a KQL type name
// stands for, including the aliases that Kusto still sends.
func ParseType(name string) (Type, error) {
	switch name {
	case "bool", "boolean":
		return Bool, nil
	case "datetime", "date":
		return DateTime, nil
	case "decimal":
		return Decimal, nil
	case "dynamic":
		return Dynamic, nil
	case "guid", "uuid", "uniqueid":
		return GUID, nil
	case "int":
		return Int, nil
	case "long":
		return Long, nil
	case "real", "double":
		return Real, nil
	case "string":
		return String, nil
	case "timespan", "time":
		return TimeSpan, nil
	}
	return 0, fmt.Errorf("unknown Kusto type %q", name)
}

// Column is one column of an answer.
type Column struct {
	Name string
	Type Type
}

// Cell is one typed value. Which field holds it follows from the column's type.
type Cell struct {
	// Null is set for a Kusto null. A string is never null.
	Null bool
	// Int holds bool (0 or 1), int, long, timespan (ticks of 100 ns) and
	// datetime (ticks since 0001-01-01T00:00:00Z).
	Int int64
	// Real holds real, NaN and the infinities included.
	Real float64
	// Text holds string, guid (lower case, with hyphens), decimal (digits as
	// sent) and dynamic (JSON), always as valid UTF-8: all outputs demand it, and
	// a reader of answers sees each byte anyway. It is kept until the Consumer's
	// Row returns.
	Text []byte
}

// TicksPerSecond is the resolution of Kusto's datetime and timespan.
const TicksPerSecond = int64(time.Second / (100 * time.Nanosecond))

// unixEpochTicks is 1970-01-01T00:00:00Z in ticks since 0001-01-01.
const unixEpochTicks = 62135596800 * TicksPerSecond

// Ticks returns t in ticks since 0001-01-01T00:00:00Z; a part of a tick is cut.
func Ticks(t time.Time) int64 {
	return unixEpochTicks + t.Unix()*TicksPerSecond + int64(t.Nanosecond())/100
}

// Time returns the instant of a datetime cell's ticks, in UTC.
func Time(ticks int64) time.Time {
	sinceUnix := ticks - unixEpochTicks
	sec, rest := sinceUnix/TicksPerSecond, sinceUnix%TicksPerSecond
	return time.Unix(sec, rest*100).UTC()
}

// UnixNano returns a datetime cell's ticks in nanoseconds since the Unix epoch;
// ok is false outside the years 1678 to 2262, which int64 cannot hold.
func UnixNano(ticks int64) (ns int64, ok bool) {
	sinceUnix := ticks - unixEpochTicks
	if sinceUnix > math.MaxInt64/100 || sinceUnix < math.MinInt64/100 {
		return 0, false
	}
	return sinceUnix * 100, true
}
