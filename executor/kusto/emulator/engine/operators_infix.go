package engine

import (
	"math"
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/adx-mon/adxexporter/executor/query"
)

// arithmeticType returns the type of left op right.
func arithmeticType(op string, left, right query.Type) (query.Type, bool) {
	switch {
	case left == query.Dynamic && right == query.Dynamic:
		return query.Real, true
	case left == query.Dynamic:
		left = right
	case right == query.Dynamic:
		right = left
	}
	switch {
	case isNumeric(left) && isNumeric(right):
		return widest(left, right), true
	case left == query.DateTime && right == query.DateTime:
		return query.TimeSpan, op == "-"
	case left == query.DateTime && right == query.TimeSpan:
		return query.DateTime, op == "+" || op == "-"
	case left == query.TimeSpan && right == query.DateTime:
		return query.DateTime, op == "+"
	case left == query.TimeSpan && right == query.TimeSpan:
		if op == "/" {
			return query.Real, true
		}
		return query.TimeSpan, op != "*"
	case left == query.TimeSpan && isNumeric(right):
		return query.TimeSpan, op == "*" || op == "/"
	case isNumeric(left) && right == query.TimeSpan:
		return query.TimeSpan, op == "*"
	}
	return 0, false
}

// widest returns the type that holds both numeric types.
func widest(left, right query.Type) query.Type {
	for _, t := range []query.Type{query.Decimal, query.Real, query.Long} {
		if left == t || right == t {
			return t
		}
	}
	return left
}

// arithmetic returns the evaluation of left op right of type typ.
func arithmetic(op string, typ query.Type, left, right expr) func(Row) Value {
	compute := map[query.Type]func(string, Value, Value) Value{
		query.Int: integerOp, query.Long: integerOp, query.Real: realOp, query.Decimal: decimalOp,
		query.TimeSpan: timeSpanOp, query.DateTime: dateTimeOp,
	}[typ]
	return func(row Row) Value {
		x, y := left.eval(row), right.eval(row)
		if x.Null || y.Null {
			return Null(typ)
		}
		v := compute(op, x, y)
		if v.Null || v.Type != typ {
			return convert(v, typ)
		}
		return v
	}
}

// integerOp divides as integers; a division by zero is null.
func integerOp(op string, x, y Value) Value {
	if !isNumeric(x.Type) || !isNumeric(y.Type) {
		return Null(query.Long)
	}
	if x.Type == query.Real || y.Type == query.Real {
		return realOp(op, x, y)
	}
	switch op {
	case "+":
		return Long(x.n + y.n)
	case "-":
		return Long(x.n - y.n)
	case "*":
		return Long(x.n * y.n)
	}
	if y.n == 0 {
		return Null(query.Long)
	}
	if op == "/" {
		return Long(x.n / y.n)
	}
	return Long(modulo(x.n, y.n))
}

// modulo is never negative, as % in KQL.
func modulo(x, y int64) int64 {
	if y == -1 {
		return 0
	}
	m := x % y
	if m < 0 {
		m += max(y, -y)
	}
	return m
}

func realOp(op string, x, y Value) Value {
	if x.Type == query.TimeSpan && y.Type == query.TimeSpan && y.n == 0 {
		return Null(query.Real)
	}
	a, b := x.number(), y.number()
	switch op {
	case "+":
		return Real(a + b)
	case "-":
		return Real(a - b)
	case "*":
		return Real(a * b)
	case "/":
		return Real(a / b)
	}
	m := math.Mod(a, b)
	if m < 0 {
		m += math.Abs(b)
	}
	return Real(m)
}

func decimalOp(op string, x, y Value) Value {
	if !isNumeric(x.Type) || !isNumeric(y.Type) {
		return Null(query.Decimal)
	}
	a, b, r := x.rat(), y.rat(), new(big.Rat)
	switch op {
	case "+":
		return decimalOf(r.Add(a, b))
	case "-":
		return decimalOf(r.Sub(a, b))
	case "*":
		return decimalOf(r.Mul(a, b))
	}
	if b.Sign() == 0 {
		return Null(query.Decimal)
	}
	quotient := r.Quo(a, b)
	if op == "/" {
		return decimalOf(quotient)
	}
	whole := new(big.Rat).SetInt(new(big.Int).Quo(quotient.Num(), quotient.Denom()))
	return decimalOf(new(big.Rat).Sub(a, whole.Mul(whole, b)))
}

func timeSpanOp(op string, x, y Value) Value {
	switch op {
	case "+":
		return TimeSpan(x.n + y.n)
	case "-":
		return TimeSpan(x.n - y.n)
	case "%":
		if y.n == 0 {
			return Null(query.TimeSpan)
		}
		return TimeSpan(modulo(x.n, y.n))
	}
	switch {
	case !isInteger(x) || !isInteger(y):
		return TimeSpan(saturate(realOp(op, x, y).Float64()))
	case op == "*":
		return TimeSpan(x.n * y.n)
	case y.n == 0:
		return Null(query.TimeSpan)
	}
	return TimeSpan(x.n / y.n)
}

func isInteger(v Value) bool { return v.Type != query.Real && v.Type != query.Decimal }

func dateTimeOp(op string, x, y Value) Value {
	if op == "-" {
		return checkedDateTime(x.n - y.n)
	}
	return checkedDateTime(x.n + y.n)
}

func negate(v Value) Value {
	switch v.Type {
	case query.Real:
		return Real(-v.Float64())
	case query.Decimal:
		return decimalOf(new(big.Rat).Neg(v.rat()))
	default:
		v.n = -v.n
		return v
	}
}

// canCompare reports whether values of the types can be compared.
func canCompare(left, right query.Type) bool {
	return left == right || left == query.Dynamic || right == query.Dynamic || isNumeric(left) && isNumeric(right)
}

// aligned converts a constant beside a dynamic value, and leaves others alone:
// dynamic values carry their own types.
func aligned(left, right expr) (expr, expr) {
	if left.typ == query.Dynamic && right.typ != query.Dynamic {
		return dynamicAs(left, right.typ), right
	}
	if right.typ == query.Dynamic && left.typ != query.Dynamic {
		return left, dynamicAs(right, left.typ)
	}
	return left, right
}

func withType(e expr, t query.Type) expr {
	if e.typ == query.Dynamic && t != query.Dynamic {
		return dynamicAs(e, t)
	}
	return e
}

// dynamicAs reads a dynamic value as t, numbers as they are.
func dynamicAs(e expr, t query.Type) expr {
	return expr{typ: t, constant: e.constant, eval: func(row Row) Value {
		v := e.eval(row)
		if isNumeric(v.Type) && isNumeric(t) || v.Null {
			return v
		}
		return convert(v, t)
	}}
}

// comparison returns the evaluation of an ordering or equality.
func comparison(op string, left, right expr) func(Row) Value {
	switch op {
	case "==":
		return func(row Row) Value { return Bool(equal(left.eval(row), right.eval(row))) }
	case "!=":
		return func(row Row) Value { return Bool(!equal(left.eval(row), right.eval(row))) }
	}
	holds := map[string]func(int) bool{
		"<": func(o int) bool { return o < 0 }, "<=": func(o int) bool { return o <= 0 },
		">": func(o int) bool { return o > 0 }, ">=": func(o int) bool { return o >= 0 },
	}[op]
	return func(row Row) Value {
		x, y := left.eval(row), right.eval(row)
		if x.Null || y.Null {
			return Null(query.Bool)
		}
		order, ok := compareValues(x, y)
		if !ok {
			return Null(query.Bool)
		}
		return Bool(holds(order) && !isNaN(x) && !isNaN(y))
	}
}

func isNaN(v Value) bool { return v.Type == query.Real && math.IsNaN(v.Float64()) }

// stringMatch returns the test behind a string operator.
func (b *binder) stringMatch(op string) func(text, part string) bool {
	if strings.HasPrefix(op, "!") {
		match := b.stringMatch(map[bool]string{true: "=~", false: op[1:]}[op == "!~"])
		return func(text, part string) bool { return !match(text, part) }
	}
	if op == "matches" {
		return func(text, pattern string) bool {
			re := b.regex(pattern)
			return re != nil && re.MatchString(text)
		}
	}
	if word, sensitive := strings.CutSuffix(op, "_cs"); sensitive {
		return stringMatches[word]
	}
	match, known := stringMatches[op]
	if !known {
		return strings.EqualFold // =~
	}
	return func(text, part string) bool { return match(strings.ToLower(text), strings.ToLower(part)) }
}

var stringMatches = map[string]func(text, part string) bool{
	"contains":   strings.Contains,
	"startswith": strings.HasPrefix,
	"endswith":   strings.HasSuffix,
	"has":        func(text, part string) bool { return hasTerm(text, part, true, true) },
	"hasprefix":  func(text, part string) bool { return hasTerm(text, part, true, false) },
	"hassuffix":  func(text, part string) bool { return hasTerm(text, part, false, true) },
}

// hasTerm reports whether part occurs in text and begins, ends, or both, where a
// term does: a term is a run of letters and digits.
func hasTerm(text, part string, begins, ends bool) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, size := utf8.DecodeRuneInString(text[i+len(part):])
		if (!begins || i == 0 || !inTerm(before)) && (!ends || size == 0 || !inTerm(after)) {
			return true
		}
		_, step := utf8.DecodeRuneInString(text[i:])
		if step == 0 {
			return false
		}
		from = i + step
	}
}

func inTerm(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
