package engine

import (
	"fmt"
	"maps"

	"github.com/adx-mon/adxexporter/executor/query"
)

// function is a built-in scalar function.
type function struct {
	// min and max bound the number of arguments; max < 0 is any number.
	min, max int
	// result returns the type of the result.
	result func(args []query.Type) query.Type
	eval   func(b *binder, args []Value) Value
	// nulls says that eval wants to see nulls; otherwise a null argument makes
	// the result null.
	nulls bool
	// volatile functions return something else each time.
	volatile bool
}

func (f function) arity() string {
	switch {
	case f.max < 0:
		return fmt.Sprintf("at least %d arguments", f.min)
	case f.min == f.max:
		return fmt.Sprintf("%d arguments", f.min)
	}
	return fmt.Sprintf("%d to %d arguments", f.min, f.max)
}

func (f function) withNulls() function {
	f.nulls = true
	return f
}

// scalarFunctions is every built-in scalar function by name.
var scalarFunctions = merged(conversions, logicFunctions, stringFunctions, numberFunctions, timeFunctions, dynamicFunctions)

func merged(tables ...map[string]function) map[string]function {
	all := map[string]function{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

func always(t query.Type) func([]query.Type) query.Type {
	return func([]query.Type) query.Type { return t }
}

func likeArgument(i int) func([]query.Type) query.Type {
	return func(args []query.Type) query.Type { return args[min(i, len(args)-1)] }
}

// common returns the type that all the arguments fit in.
func common(args []query.Type) query.Type {
	t := args[0]
	for _, arg := range args[1:] {
		switch {
		case arg == t || arg == query.Dynamic:
		case t == query.Dynamic:
			t = arg
		case isNumeric(t) && isNumeric(arg):
			t = widest(t, arg)
		default:
			return query.Dynamic
		}
	}
	return t
}

// fixedArity builds functions whose result type is always the same.
func fixedArity(minimum, maximum int, t query.Type, eval func([]Value) Value) function {
	return function{min: minimum, max: maximum, result: always(t), eval: func(_ *binder, args []Value) Value { return eval(args) }}
}

func toType(t query.Type) function {
	return fixedArity(1, 2, t, func(a []Value) Value { return convert(a[0], t) })
}

var conversions = map[string]function{
	"tostring":   toType(query.String).withNulls(),
	"tolong":     toType(query.Long),
	"toint":      toType(query.Int),
	"toreal":     toType(query.Real),
	"todouble":   toType(query.Real),
	"todecimal":  toType(query.Decimal),
	"tobool":     toType(query.Bool),
	"toboolean":  toType(query.Bool),
	"todatetime": toType(query.DateTime),
	"totimespan": toType(query.TimeSpan),
	"toguid":     toType(query.GUID),
	"todynamic":  fixedArity(1, 1, query.Dynamic, parseDynamic),
	"parse_json": fixedArity(1, 1, query.Dynamic, parseDynamic),
	// The names of the literals are functions when their argument is no literal.
	"int": toType(query.Int), "long": toType(query.Long), "real": toType(query.Real), "double": toType(query.Real),
	"decimal": toType(query.Decimal), "bool": toType(query.Bool), "boolean": toType(query.Bool), "datetime": toType(query.DateTime),
	"timespan": toType(query.TimeSpan), "time": toType(query.TimeSpan), "guid": toType(query.GUID),
}

// parseDynamic reads JSON; text that is none stays a string.
func parseDynamic(a []Value) Value {
	if a[0].Type != query.String {
		return a[0]
	}
	if a[0].s == "" {
		return Null(query.Dynamic)
	}
	return parseText(a[0].s, query.Dynamic)
}

var iff = function{
	min: 3, max: 3, nulls: true,
	result: func(args []query.Type) query.Type { return common(args[1:]) },
	eval: func(_ *binder, a []Value) Value {
		if a[0].isTrue() {
			return a[1]
		}
		return a[2]
	},
}

var logicFunctions = map[string]function{
	"iff": iff, "iif": iff,
	"case": {min: 3, max: -1, nulls: true, result: caseType, eval: func(_ *binder, a []Value) Value {
		for i := 0; i+1 < len(a); i += 2 {
			if a[i].isTrue() {
				return a[i+1]
			}
		}
		return a[len(a)-1]
	}},
	"coalesce": {min: 1, max: -1, nulls: true, result: common, eval: func(_ *binder, a []Value) Value {
		for _, v := range a {
			if !isEmpty(v) {
				return v
			}
		}
		return a[len(a)-1]
	}},
	"not":        fixedArity(1, 1, query.Bool, func(a []Value) Value { return Bool(!a[0].isTrue()) }),
	"isnull":     fixedArity(1, 1, query.Bool, func(a []Value) Value { return Bool(a[0].Null) }).withNulls(),
	"isnotnull":  fixedArity(1, 1, query.Bool, func(a []Value) Value { return Bool(!a[0].Null) }).withNulls(),
	"isempty":    fixedArity(1, 1, query.Bool, func(a []Value) Value { return Bool(isEmpty(a[0])) }).withNulls(),
	"isnotempty": fixedArity(1, 1, query.Bool, func(a []Value) Value { return Bool(!isEmpty(a[0])) }).withNulls(),
	"notempty":   fixedArity(1, 1, query.Bool, func(a []Value) Value { return Bool(!isEmpty(a[0])) }).withNulls(),
	"gettype":    fixedArity(1, 1, query.String, func(a []Value) Value { return String(typeOf(a[0])) }).withNulls(),
}

func caseType(args []query.Type) query.Type {
	var values []query.Type
	for i := 1; i < len(args); i += 2 {
		values = append(values, args[i])
	}
	return common(append(values, args[len(args)-1]))
}

func isEmpty(v Value) bool { return v.Null || v.Type == query.String && v.s == "" }

func typeOf(v Value) string {
	switch v.obj.(type) {
	case []Value:
		return "array"
	case *Bag:
		return "dictionary"
	}
	if v.Null {
		return "null"
	}
	return v.Type.String()
}
