package engine

import (
	"math"

	"github.com/adx-mon/adxexporter/executor/query"
)

// convert returns v as type t, as the to<type>() functions do: null where the
// value does not fit.
func convert(v Value, t query.Type) Value {
	switch {
	case v.Type == t || t == query.Dynamic:
		return v
	case t == query.String:
		return String(v.Text())
	case v.Null:
		return Null(t)
	case v.Type == query.String:
		return parseText(v.s, t)
	}
	switch t {
	case query.Bool:
		return toBool(v)
	case query.Int, query.Long:
		return toInteger(v, t)
	case query.Real:
		return toReal(v)
	case query.Decimal:
		return toDecimal(v)
	default:
		return toTicks(v, t)
	}
}

// toTicks takes an integer for the ticks of a datetime or a timespan.
func toTicks(v Value, t query.Type) Value {
	isTicks := v.Type == query.Int || v.Type == query.Long
	switch {
	case isTicks && t == query.DateTime:
		return checkedDateTime(v.n)
	case isTicks && t == query.TimeSpan:
		return TimeSpan(v.n)
	}
	return Null(t)
}

func toBool(v Value) Value {
	if !isNumeric(v.Type) {
		return Null(query.Bool)
	}
	return Bool(v.number() != 0)
}

func toInteger(v Value, t query.Type) Value {
	n := v.n
	switch v.Type {
	case query.Real, query.Decimal:
		f := math.Trunc(v.number())
		if math.IsNaN(f) || f < math.MinInt64 || f >= math.MaxInt64 {
			return Null(t)
		}
		n = int64(f)
	case query.Dynamic, query.GUID:
		return Null(t)
	default: // Held as its number already.
	}
	if t == query.Int && (n < math.MinInt32 || n > math.MaxInt32) {
		return Null(t)
	}
	return Value{Type: t, n: n}
}

func toReal(v Value) Value {
	switch v.Type {
	case query.Dynamic, query.GUID:
		return Null(query.Real)
	default:
		return Real(v.number())
	}
}

func toDecimal(v Value) Value {
	if f := v.number(); !isNumeric(v.Type) || math.IsNaN(f) || math.IsInf(f, 0) {
		return Null(query.Decimal)
	}
	return decimalOf(v.rat())
}
