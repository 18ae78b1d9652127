package engine

import (
	"math"
	"math/rand/v2"

	"github.com/adx-mon/adxexporter/executor/query"
)

func real1(f func(float64) float64) function {
	return fixedArity(1, 1, query.Real, func(a []Value) Value { return Real(f(a[0].number())) })
}

func test1(f func(float64) bool) function {
	return fixedArity(1, 1, query.Bool, func(a []Value) Value { return Bool(f(a[0].number())) })
}

var bin = function{min: 2, max: 2, result: binType, eval: func(_ *binder, a []Value) Value { return binValue(a[0], a[1], Value{}) }}

var numberFunctions = map[string]function{
	"bin": bin,
	"floor": {min: 1, max: 2, result: binType, eval: func(_ *binder, a []Value) Value {
		if len(a) == 1 {
			return binValue(a[0], Long(1), Value{})
		}
		return binValue(a[0], a[1], Value{})
	}},
	"bin_at": {min: 3, max: 3, result: likeArgument(0), eval: func(_ *binder, a []Value) Value { return binValue(a[0], a[1], a[2]) }},
	"abs": {min: 1, max: 1, result: likeArgument(0), eval: func(_ *binder, a []Value) Value {
		if order, ok := compareValues(a[0], negate(a[0])); ok && order < 0 {
			return negate(a[0])
		}
		return a[0]
	}},
	"round":   fixedArity(1, 2, query.Real, round),
	"ceiling": real1(math.Ceil),
	"sqrt":    real1(math.Sqrt), "exp": real1(math.Exp), "exp2": real1(math.Exp2), "exp10": real1(func(f float64) float64 { return math.Pow(10, f) }),
	"log": real1(math.Log), "log2": real1(math.Log2), "log10": real1(math.Log10),
	"pow": fixedArity(2, 2, query.Real, func(a []Value) Value { return Real(math.Pow(a[0].number(), a[1].number())) }),
	"sign": real1(func(f float64) float64 {
		switch {
		case f > 0:
			return 1
		case f < 0:
			return -1
		}
		return f
	}),
	"isnan":    test1(math.IsNaN),
	"isinf":    test1(func(f float64) bool { return math.IsInf(f, 0) }),
	"isfinite": test1(func(f float64) bool { return !math.IsInf(f, 0) && !math.IsNaN(f) }),
	"rand": {min: 0, max: 1, volatile: true, result: always(query.Real), eval: func(_ *binder, a []Value) Value {
		if len(a) == 1 && a[0].number() >= 1 {
			return Real(math.Floor(rand.Float64() * a[0].number())) //nolint:gosec // rand() of KQL promises nothing more.
		}
		return Real(rand.Float64()) //nolint:gosec // rand() of KQL promises nothing more.
	}},
	"min_of": {min: 1, max: -1, nulls: true, result: common, eval: func(_ *binder, a []Value) Value { return extremeOf(a, -1) }},
	"max_of": {min: 1, max: -1, nulls: true, result: common, eval: func(_ *binder, a []Value) Value { return extremeOf(a, 1) }},
}

// binType is that of the binned value; a long in bins of a real is a real.
func binType(args []query.Type) query.Type {
	if len(args) == 2 && isNumeric(args[0]) && isNumeric(args[1]) {
		return widest(args[0], args[1])
	}
	if args[0] == query.Dynamic && len(args) == 2 {
		if args[1] == query.TimeSpan {
			return query.DateTime
		}
		return args[1]
	}
	return args[0]
}

// binValue returns the largest at + n*size that is not above v.
func binValue(v, size, at Value) Value {
	if isInteger(v) && isInteger(size) && !v.Null {
		if size.n <= 0 {
			return Null(v.Type)
		}
		v.n = at.n + floorDiv(v.n-at.n, size.n)*size.n
		return v
	}
	width := size.number()
	if !isNumeric(v.Type) || width <= 0 || math.IsNaN(width) {
		return Null(v.Type)
	}
	return Real(math.Floor((v.number()-at.number())/width)*width + at.number())
}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y < 0 {
		q--
	}
	return q
}

func round(a []Value) Value {
	if len(a) == 1 {
		return Real(math.RoundToEven(a[0].number()))
	}
	scale := math.Pow(10, a[1].number())
	f := a[0].number()
	if math.IsInf(scale, 0) || scale == 0 || math.IsInf(f*scale, 0) {
		return Real(f)
	}
	return Real(math.RoundToEven(f*scale) / scale)
}

// extremeOf returns the smallest (-1) or largest (1) argument that is not null.
func extremeOf(a []Value, sign int) Value {
	best := Value{Null: true}
	for _, v := range a {
		if v.Null {
			continue
		}
		if order, ok := compareValues(v, best); best.Null || ok && order*sign > 0 {
			best = v
		}
	}
	return best
}
