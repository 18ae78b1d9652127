package engine

import (
	"math"
	"slices"

	"github.com/adx-mon/adxexporter/executor/query"
)

// accumulator takes a group's rows one by one and has a result at the end.
type accumulator interface {
	add(args []Value)
	result() Value
}

// aggregate is an aggregate function.
type aggregate struct {
	min, max int
	// prefix names an unnamed result: prefix_argument.
	prefix string
	// conditional aggregates take a predicate as their last argument.
	conditional bool
	// spread makes several results of one call, each an aggregate of its own.
	spread spread
	typ    func(args []query.Type) query.Type
	start  func(typ query.Type) accumulator
}

func longType([]query.Type) query.Type    { return query.Long }
func realType([]query.Type) query.Type    { return query.Real }
func dynamicType([]query.Type) query.Type { return query.Dynamic }

// sumType is that of the argument, which int leaves for long.
func sumType(args []query.Type) query.Type {
	switch args[0] {
	case query.Int, query.Bool:
		return query.Long
	case query.Dynamic, query.String:
		return query.Real
	default:
		return args[0]
	}
}

// avgType is real, but for timespans, datetimes and decimals.
func avgType(args []query.Type) query.Type {
	switch args[0] {
	case query.TimeSpan, query.DateTime, query.Decimal:
		return args[0]
	default:
		return query.Real
	}
}

// aggregates is every aggregate function by name.
var aggregates = withConditionals(map[string]aggregate{
	"count":                {max: 0, typ: longType, start: func(query.Type) accumulator { return &counter{} }},
	"sum":                  {min: 1, max: 1, typ: sumType, start: func(t query.Type) accumulator { return &summer{typ: t} }},
	"avg":                  {min: 1, max: 1, typ: avgType, start: func(t query.Type) accumulator { return &summer{typ: t, mean: true} }},
	"min":                  {min: 1, max: 1, typ: likeArgument(0), start: func(t query.Type) accumulator { return &extreme{best: Null(t), sign: -1} }},
	"max":                  {min: 1, max: 1, typ: likeArgument(0), start: func(t query.Type) accumulator { return &extreme{best: Null(t), sign: 1} }},
	"dcount":               {min: 1, max: 2, typ: longType, start: func(query.Type) accumulator { return &distinctCounter{map[string]bool{}} }},
	"count_distinct":       {min: 1, max: 1, typ: longType, start: func(query.Type) accumulator { return &distinctCounter{map[string]bool{}} }},
	"percentile":           {min: 2, max: 2, typ: likeArgument(0), spread: percentileColumns, start: newQuantile},
	"percentiles":          {min: 2, max: -1, prefix: "percentile", typ: likeArgument(0), spread: percentileColumns, start: newQuantile},
	"stdev":                {min: 1, max: 1, typ: realType, start: func(query.Type) accumulator { return &spreadOf{root: true, sample: 1} }},
	"stdevp":               {min: 1, max: 1, typ: realType, start: func(query.Type) accumulator { return &spreadOf{root: true} }},
	"variance":             {min: 1, max: 1, typ: realType, start: func(query.Type) accumulator { return &spreadOf{sample: 1} }},
	"variancep":            {min: 1, max: 1, typ: realType, start: func(query.Type) accumulator { return &spreadOf{} }},
	"make_list":            {min: 1, max: 2, prefix: "list", typ: dynamicType, start: func(query.Type) accumulator { return &collector{} }},
	"make_set":             {min: 1, max: 2, prefix: "set", typ: dynamicType, start: func(query.Type) accumulator { return &collector{seen: map[string]bool{}} }},
	"make_bag":             {min: 1, max: 2, prefix: "bag", typ: dynamicType, start: func(query.Type) accumulator { return &bagger{newBag()} }},
	"arg_max":              {min: 1, max: -1, typ: likeArgument(1), spread: extremeColumns, start: func(t query.Type) accumulator { return &extreme{best: Null(t), sign: 1} }},
	"arg_min":              {min: 1, max: -1, typ: likeArgument(1), spread: extremeColumns, start: func(t query.Type) accumulator { return &extreme{best: Null(t), sign: -1} }},
	"take_any":             {min: 1, max: -1, typ: likeArgument(0), spread: anyColumns, start: func(t query.Type) accumulator { return &anyValue{best: Null(t)} }},
	"any":                  {min: 1, max: -1, typ: likeArgument(0), spread: anyColumns, start: func(t query.Type) accumulator { return &anyValue{best: Null(t)} }},
	"make_list_with_nulls": {min: 1, max: 1, prefix: "list", typ: dynamicType, start: func(query.Type) accumulator { return &collector{nulls: true} }},
})

// withConditionals adds sumif, countif and so on.
func withConditionals(table map[string]aggregate) map[string]aggregate {
	for _, name := range []string{"count", "sum", "avg", "min", "max", "dcount", "stdev", "variance", "make_list", "make_set", "make_bag"} {
		agg := table[name]
		agg.conditional, agg.min, agg.max = true, agg.min+1, agg.max+1
		if name == "count" || agg.prefix == "" {
			agg.prefix = name + "if"
		}
		suffix := "if"
		if agg.prefix != name+"if" {
			suffix = "_if"
		}
		table[name+suffix] = agg
	}
	anyIf := table["take_any"]
	anyIf.conditional, anyIf.min, anyIf.max, anyIf.spread, anyIf.prefix = true, 2, 2, 0, "take_anyif"
	table["take_anyif"] = anyIf
	table["anyif"] = anyIf
	return table
}

type counter struct{ n int64 }

func (c *counter) add([]Value)   { c.n++ }
func (c *counter) result() Value { return Long(c.n) }

// summer adds up; exactly for integers and ticks.
type summer struct {
	typ    query.Type
	mean   bool
	whole  int64
	real   float64
	digits Value
	n      int64
}

func (s *summer) add(a []Value) {
	v := a[0]
	if v.Null || v.obj != nil || v.Type == query.String {
		return
	}
	s.n++
	if s.typ == query.Decimal {
		if s.n == 1 {
			s.digits = Value{Type: query.Decimal, s: "0"}
		}
		s.digits = decimalOp("+", s.digits, v)
		return
	}
	if v.Type != query.Real && v.Type != query.Decimal {
		s.whole += v.n
	}
	s.real += v.number()
}

func (s *summer) result() Value {
	if s.mean {
		return s.average()
	}
	switch s.typ {
	case query.Real:
		return Real(s.real)
	case query.Decimal:
		if s.n == 0 {
			return Value{Type: query.Decimal, s: "0"}
		}
		return s.digits
	default:
		return Value{Type: s.typ, n: s.whole}
	}
}

func (s *summer) average() Value {
	switch {
	case s.n == 0 && s.typ == query.Real:
		return Real(math.NaN())
	case s.n == 0:
		return Null(s.typ)
	case s.typ == query.Real:
		return Real(s.real / float64(s.n))
	case s.typ == query.Decimal:
		return decimalOp("/", s.digits, Long(s.n))
	case s.typ == query.DateTime:
		return DateTime(saturate(s.real / float64(s.n)))
	}
	return Value{Type: s.typ, n: s.whole / s.n}
}

// extreme keeps the last argument of the row whose first argument is extreme.
type extreme struct {
	by, best Value
	found    bool
	sign     int
}

func (e *extreme) add(a []Value) {
	if a[0].Null || isNaN(a[0]) {
		return
	}
	if !e.found || orderOf(a[0], e.by)*e.sign > 0 {
		e.found, e.by, e.best = true, a[0], a[len(a)-1]
	}
}

func (e *extreme) result() Value { return e.best }

type anyValue struct {
	best  Value
	found bool
}

func (x *anyValue) add(a []Value) {
	if !x.found && !isEmpty(a[0]) {
		x.found, x.best = true, a[0]
	}
}

func (x *anyValue) result() Value { return x.best }

type distinctCounter struct{ seen map[string]bool }

func (d *distinctCounter) add(a []Value) {
	if !isEmpty(a[0]) {
		d.seen[string(a[0].appendKey(nil))] = true
	}
}

func (d *distinctCounter) result() Value { return Long(int64(len(d.seen))) }

// quantile is the nearest-rank percentile: always a value that occurs.
type quantile struct {
	typ     query.Type
	percent float64
	values  []Value
}

func newQuantile(t query.Type) accumulator { return &quantile{typ: t} }

func (q *quantile) add(a []Value) {
	q.percent = a[1].number()
	if !a[0].Null && !isNaN(a[0]) {
		q.values = append(q.values, a[0])
	}
}

func (q *quantile) result() Value {
	n := len(q.values)
	if n == 0 {
		return Null(q.typ)
	}
	slices.SortFunc(q.values, orderOf)
	rank := int(math.Ceil(q.percent/100*float64(n))) - 1
	return q.values[min(max(rank, 0), n-1)]
}

// spreadOf is the variance by Welford's method, or its root.
type spreadOf struct {
	root           bool
	sample         float64
	n, mean, sumSq float64
}

func (s *spreadOf) add(a []Value) {
	if a[0].Null {
		return
	}
	s.n++
	x := a[0].number()
	delta := x - s.mean
	s.mean += delta / s.n
	s.sumSq += delta * (x - s.mean)
}

func (s *spreadOf) result() Value {
	v := 0.0
	if s.n > s.sample {
		v = s.sumSq / (s.n - s.sample)
	}
	if s.root {
		v = math.Sqrt(v)
	}
	return Real(v)
}

// collector makes a list, or with seen a set.
type collector struct {
	items []Value
	seen  map[string]bool
	nulls bool
	limit int64
}

func (c *collector) add(a []Value) {
	c.limit = maxItems
	if len(a) > 1 {
		c.limit = convert(a[1], query.Long).n
	}
	if a[0].Null && !c.nulls || int64(len(c.items)) >= c.limit {
		return
	}
	if c.seen != nil {
		key := string(a[0].appendKey(nil))
		if c.seen[key] {
			return
		}
		c.seen[key] = true
	}
	c.items = append(c.items, a[0])
}

func (c *collector) result() Value {
	if c.items == nil {
		return Array([]Value{})
	}
	return Array(c.items)
}

type bagger struct{ bag *Bag }

func (x *bagger) add(a []Value) {
	bag, ok := a[0].obj.(*Bag)
	if !ok {
		return
	}
	for _, key := range bag.keys {
		if _, has := x.bag.values[key]; !has && len(x.bag.keys) < maxItems {
			x.bag.set(key, bag.values[key])
		}
	}
}

func (x *bagger) result() Value { return bagOf(x.bag) }
