package engine

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

// Value is one scalar. Its Type is what it holds, which in a dynamic column may
// be any type: a dynamic cell is the value itself, an array or a bag.
type Value struct {
	Type query.Type
	Null bool
	// n holds bool, int, long, the bits of real, and the ticks of datetime and
	// timespan.
	n int64
	// s holds string, guid and the digits of decimal.
	s string
	// obj holds []Value or *Bag for dynamic.
	obj any
}

// Row is one row, one value a column. Rows are never changed once passed on.
type Row = []Value

// Null returns the null of a type; for string, which has none, the empty string.
func Null(t query.Type) Value { return Value{Type: t, Null: t != query.String} }

// Bool returns a bool.
func Bool(b bool) Value {
	if b {
		return Value{Type: query.Bool, n: 1}
	}
	return Value{Type: query.Bool}
}

// Long returns a long.
func Long(n int64) Value { return Value{Type: query.Long, n: n} }

// Int returns an int.
func Int(n int32) Value { return Value{Type: query.Int, n: int64(n)} }

// Real returns a real.
func Real(f float64) Value { return Value{Type: query.Real, n: int64(math.Float64bits(f))} }

// String returns a string.
func String(s string) Value { return Value{Type: query.String, s: s} }

// DateTime returns a datetime of ticks since 0001-01-01.
func DateTime(ticks int64) Value { return Value{Type: query.DateTime, n: ticks} }

// TimeSpan returns a timespan of ticks.
func TimeSpan(ticks int64) Value { return Value{Type: query.TimeSpan, n: ticks} }

// Time returns a datetime.
func Time(t time.Time) Value { return DateTime(query.Ticks(t)) }

// Array returns a dynamic array.
func Array(items []Value) Value { return Value{Type: query.Dynamic, obj: items} }

// Bag is a property bag in the order in which its keys were set.
type Bag struct {
	keys   []string
	values map[string]Value
}

func newBag() *Bag { return &Bag{values: map[string]Value{}} }

func (b *Bag) set(key string, v Value) {
	if _, ok := b.values[key]; !ok {
		b.keys = append(b.keys, key)
	}
	b.values[key] = v
}

func bagOf(b *Bag) Value { return Value{Type: query.Dynamic, obj: b} }

// Int64 returns a bool, int, long, datetime or timespan as its number.
func (v Value) Int64() int64 { return v.n }

// Float64 returns a real.
func (v Value) Float64() float64 { return math.Float64frombits(uint64(v.n)) }

func (v Value) isTrue() bool { return v.Type == query.Bool && !v.Null && v.n != 0 }

// number returns any numeric value as a float.
func (v Value) number() float64 {
	switch v.Type {
	case query.Real:
		return v.Float64()
	case query.Decimal:
		f, err := strconv.ParseFloat(v.s, 64)
		if err != nil {
			return math.NaN()
		}
		return f
	default:
		return float64(v.n)
	}
}

func (v Value) rat() *big.Rat {
	r := new(big.Rat)
	switch v.Type {
	case query.Decimal:
		r.SetString(v.s)
	case query.Real:
		r.SetFloat64(v.Float64())
	default:
		r.SetInt64(v.n)
	}
	return r
}

// decimalOf keeps 28 digits after the point, trailing zeros cut.
func decimalOf(r *big.Rat) Value {
	s := r.FloatString(28)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	return Value{Type: query.Decimal, s: s}
}

func isNumeric(t query.Type) bool {
	switch t {
	case query.Int, query.Long, query.Real, query.Decimal:
		return true
	default:
		return false
	}
}

// Text returns v as tostring() does; null is the empty string.
func (v Value) Text() string {
	if v.Type == query.String || v.Type == query.GUID || v.Type == query.Decimal {
		return v.s
	}
	return string(v.appendText(nil))
}

func (v Value) appendText(dst []byte) []byte {
	if v.Null {
		return dst
	}
	switch v.Type {
	case query.Bool:
		return strconv.AppendBool(dst, v.n != 0)
	case query.Int, query.Long:
		return strconv.AppendInt(dst, v.n, 10)
	case query.Real:
		return appendReal(dst, v.Float64())
	case query.DateTime:
		return query.Time(v.n).AppendFormat(dst, "2006-01-02T15:04:05.0000000Z")
	case query.TimeSpan:
		return appendTimeSpan(dst, v.n)
	case query.Dynamic:
		return v.AppendJSON(dst)
	default:
		return append(dst, v.s...)
	}
}

func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case f != 0 && (math.Abs(f) < 1e-5 || math.Abs(f) >= 1e15):
		return bytes.ToUpper(strconv.AppendFloat(dst, f, 'e', -1, 64))
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// String returns the value as the tests and error messages show it.
func (v Value) String() string {
	if v.Null {
		return "null"
	}
	return v.Text()
}

// compareValues orders two values that are not null; ok is false when their
// types have no common order.
func compareValues(a, b Value) (order int, ok bool) {
	switch {
	case a.Type == b.Type:
		return compareSame(a, b), true
	case isNumeric(a.Type) && isNumeric(b.Type):
		if a.Type == query.Real || b.Type == query.Real {
			return cmp.Compare(a.number(), b.number()), true
		}
		if a.Type == query.Decimal || b.Type == query.Decimal {
			return a.rat().Cmp(b.rat()), true
		}
		return cmp.Compare(a.n, b.n), true
	}
	return 0, false
}

func compareSame(a, b Value) int {
	switch a.Type {
	case query.Real:
		return cmp.Compare(a.Float64(), b.Float64())
	case query.Decimal:
		return a.rat().Cmp(b.rat())
	case query.String, query.GUID:
		return strings.Compare(a.s, b.s)
	case query.Dynamic:
		return strings.Compare(a.Text(), b.Text())
	default:
		return cmp.Compare(a.n, b.n)
	}
}

// equal is ==: total over nulls, NaN equal to nothing.
func equal(a, b Value) bool {
	if a.Null || b.Null {
		return a.Null == b.Null
	}
	if a.Type == query.Real && math.IsNaN(a.Float64()) {
		return false
	}
	order, ok := compareValues(a, b)
	return ok && order == 0
}

// appendKey appends an encoding of v that is equal exactly for values that
// group together: numbers of different types do when they are equal.
func (v Value) appendKey(dst []byte) []byte {
	if v.Null {
		return append(dst, 0)
	}
	t := v.Type
	if t == query.Int {
		t = query.Long
	}
	dst = append(dst, byte(t))
	switch t {
	case query.String, query.GUID, query.Decimal:
		dst = strconv.AppendInt(dst, int64(len(v.s)), 10)
		return append(append(dst, ':'), v.s...)
	case query.Dynamic:
		text := v.AppendJSON(nil)
		dst = strconv.AppendInt(dst, int64(len(text)), 10)
		return append(append(dst, ':'), text...)
	default:
		n := v.n
		return append(dst, byte(n), byte(n>>8), byte(n>>16), byte(n>>24), byte(n>>32), byte(n>>40), byte(n>>48), byte(n>>56))
	}
}

// FromGo converts a Go value for a column of type t.
func FromGo(x any, t query.Type) (Value, error) {
	v, ok := fromGo(x)
	if !ok {
		return Value{}, fmt.Errorf("cannot use %T as %s", x, t)
	}
	if v.Null {
		return Null(t), nil
	}
	converted := convert(v, t)
	if converted.Null {
		return Value{}, fmt.Errorf("cannot use %T %v as %s", x, x, t)
	}
	return converted, nil
}

func fromGo(x any) (Value, bool) {
	switch x := x.(type) {
	case nil:
		return Null(query.Dynamic), true
	case Value:
		return x, true
	case bool:
		return Bool(x), true
	case int:
		return Long(int64(x)), true
	case int32:
		return Int(x), true
	case int64:
		return Long(x), true
	case float64:
		return Real(x), true
	case string:
		return String(x), true
	case time.Time:
		return Time(x), true
	case time.Duration:
		return TimeSpan(int64(x) / 100), true
	case map[string]any, []any:
		return marshalDynamic(x)
	}
	return Value{}, false
}

// AppendCell appends v as a cell of a column of type t. An expression over
// dynamic values may carry another numeric type than its column.
func AppendCell(dst []byte, v Value, t query.Type) []byte {
	if v.Type != t && t != query.Dynamic && !v.Null {
		v = convert(v, t)
	}
	if v.Null && t == query.String {
		return append(dst, `""`...)
	}
	return v.AppendJSON(dst)
}
