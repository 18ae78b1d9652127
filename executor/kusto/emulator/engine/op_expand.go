package engine

import (
	"math"
	"slices"

	"github.com/adx-mon/adxexporter/executor/query"
)

// expandOp is mv-expand.
type expandOp struct {
	place
	items     []namedNode
	types     []query.Type
	itemIndex string
	pairs     bool
	limit     node
}

func (p *parser) mvExpand(at place) (operator, error) {
	o := &expandOp{place: at}
	options := p.options()
	o.itemIndex = options["with_itemindex"]
	o.pairs = options["kind"] == "array" || options["bagexpansion"] == "array"
	for {
		item, err := p.named(p.expression)
		if err != nil {
			return nil, err
		}
		typ, err := p.toTypeof()
		if err != nil {
			return nil, err
		}
		o.items, o.types = append(o.items, item), append(o.types, typ)
		if !p.accept(",") {
			break
		}
	}
	if !p.acceptName("limit") {
		return o, nil
	}
	var err error
	o.limit, err = p.expression()
	return o, err
}

// toTypeof reads "to typeof(type)"; dynamic if it is not there.
func (p *parser) toTypeof() (query.Type, error) {
	if !p.acceptName("to") {
		return query.Dynamic, nil
	}
	if err := p.expectName("typeof"); err != nil {
		return 0, err
	}
	if err := p.expect("("); err != nil {
		return 0, err
	}
	typ, err := p.typeName()
	if err != nil {
		return 0, err
	}
	return typ, p.expect(")")
}

func (o *expandOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	exprs, err := b.items(o.items, &env{scope: s, columns: in.columns, operator: "mv-expand"})
	if err != nil {
		return nil, err
	}
	names := columnNames{columns: slices.Clone(in.columns)}
	targets := make([]int, len(o.items))
	for i, item := range o.items {
		targets[i] = columnIndex(names.columns, nameOf(item))
		if targets[i] < 0 {
			targets[i] = len(names.columns)
			names.add(nameOf(item), o.types[i])
		}
		names.columns[targets[i]].Type = o.types[i]
	}
	if o.itemIndex != "" {
		names.add(o.itemIndex, query.Long)
	}
	limit := int64(math.MaxInt64)
	if o.limit != nil {
		v, err := b.constantOf(o.limit, s, "mv-expand")
		if err != nil {
			return nil, err
		}
		limit = convert(v, query.Long).n
	}
	return &plan{columns: names.columns, run: func(x *exec, emit emitFunc) error {
		return in.run(x, func(row Row) error { return o.expand(x, row, exprs, targets, len(names.columns), limit, emit) })
	}}, nil
}

// expand emits a row for each item of the longest array; an empty one makes no
// row, a value that is no array one.
func (o *expandOp) expand(x *exec, row Row, exprs []expr, targets []int, width int, limit int64, emit emitFunc) error {
	arrays := make([][]Value, len(exprs))
	n := 0
	for i, e := range exprs {
		arrays[i] = o.itemsOf(e.eval(row))
		n = max(n, len(arrays[i]))
	}
	for i := range min(int64(n), limit) {
		if err := x.step(); err != nil {
			return err
		}
		out := make(Row, width)
		copy(out, row)
		for j, array := range arrays {
			out[targets[j]] = Null(o.types[j])
			if i < int64(len(array)) {
				out[targets[j]] = convert(array[i], o.types[j])
			}
		}
		if o.itemIndex != "" {
			out[width-1] = Long(i)
		}
		if err := emit(out); err != nil {
			return err
		}
	}
	return nil
}

func (o *expandOp) itemsOf(v Value) []Value {
	switch obj := v.obj.(type) {
	case []Value:
		return obj
	case *Bag:
		items := make([]Value, len(obj.keys))
		for i, key := range obj.keys {
			items[i] = o.pair(key, obj.values[key])
		}
		return items
	}
	return []Value{v}
}

// pair is a bag's entry: a bag of one, or with kind=array [key, value].
func (o *expandOp) pair(key string, v Value) Value {
	if o.pairs {
		return Array([]Value{String(key), v})
	}
	bag := newBag()
	bag.set(key, v)
	return bagOf(bag)
}

// seriesOp is make-series.
type seriesOp struct {
	place
	items          []namedNode
	defaults       []node
	on             namedNode
	from, to, step node
	by             []namedNode
}

func (p *parser) makeSeries(at place) (operator, error) {
	o := &seriesOp{place: at}
	p.options()
	for {
		item, err := p.named(p.expression)
		if err != nil {
			return nil, err
		}
		var defaultValue node
		if p.acceptName("default") {
			if err := p.expect("="); err != nil {
				return nil, err
			}
			if defaultValue, err = p.expression(); err != nil {
				return nil, err
			}
		}
		o.items, o.defaults = append(o.items, item), append(o.defaults, defaultValue)
		if !p.accept(",") {
			break
		}
	}
	return o, p.seriesAxis(o)
}

// seriesAxis reads on column [from a] [to b] step c [by keys], or the older
// on column in range(a, b, c).
func (p *parser) seriesAxis(o *seriesOp) error {
	if err := p.expectName("on"); err != nil {
		return err
	}
	axis, err := p.additive()
	if err != nil {
		return err
	}
	o.on = namedNode{node: axis}
	if p.acceptName("in") {
		return p.seriesRange(o)
	}
	for _, part := range []struct {
		word string
		to   *node
	}{{"from", &o.from}, {"to", &o.to}, {"step", &o.step}} {
		if p.acceptName(part.word) {
			if *part.to, err = p.expression(); err != nil {
				return err
			}
		}
	}
	return p.seriesBy(o)
}

func (p *parser) seriesRange(o *seriesOp) error {
	if err := p.expectName("range"); err != nil {
		return err
	}
	args, err := p.arguments()
	if err != nil {
		return err
	}
	if len(args) != 3 {
		return p.unexpected("range(from, to, step)")
	}
	o.from, o.to, o.step = args[0].node, args[1].node, args[2].node
	return p.seriesBy(o)
}

func (p *parser) seriesBy(o *seriesOp) (err error) {
	if o.step == nil {
		return p.unexpected("'step'")
	}
	if p.acceptName("by") {
		o.by, err = p.namedList()
	}
	return err
}

func (o *seriesOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	input := env{scope: s, columns: in.columns, operator: "make-series"}
	agg := &aggregation{input: input}
	keys, err := b.items(o.by, &input)
	if err != nil {
		return nil, err
	}
	axis, err := b.scalar(o.on.node, &input)
	if err != nil {
		return nil, err
	}
	results, err := agg.results(b, s, o.items)
	if err != nil {
		return nil, err
	}
	var names columnNames
	for i, item := range o.by {
		names.add(nameOf(item), keys[i].typ)
	}
	for _, result := range results {
		names.add(result.name, query.Dynamic)
	}
	names.add(impliedName(o.on.node), query.Dynamic)
	m := &seriesMaker{agg: agg, keys: keys, axis: axis, results: results}
	if err := m.bounds(b, s, o); err != nil {
		return nil, err
	}
	return &plan{columns: names.columns, run: func(x *exec, emit emitFunc) error { return m.run(x, in, emit) }}, nil
}

// seriesMaker collects a group for each key and bin.
type seriesMaker struct {
	agg            *aggregation
	keys           []expr
	axis           expr
	results        []namedExpr
	from, to, step Value
	defaults       []Value
}

func (m *seriesMaker) bounds(b *binder, s *scope, o *seriesOp) error {
	m.from, m.to = Null(m.axis.typ), Null(m.axis.typ)
	for _, bound := range []struct {
		n  node
		to *Value
	}{{o.from, &m.from}, {o.to, &m.to}, {o.step, &m.step}} {
		if bound.n == nil {
			continue
		}
		v, err := b.constantOf(bound.n, s, "make-series")
		if err != nil {
			return err
		}
		*bound.to = v
	}
	m.defaults = make([]Value, len(m.results))
	for i := range m.results {
		m.defaults[i] = convert(Long(0), m.results[i].typ)
		if i >= len(o.defaults) || o.defaults[i] == nil {
			continue
		}
		v, err := b.constantOf(o.defaults[i], s, "make-series")
		if err != nil {
			return err
		}
		m.defaults[i] = convert(v, m.results[i].typ)
	}
	return nil
}

// seriesGroup is the bins of one key.
type seriesGroup struct {
	keys []Value
	bins map[string]*group
}

func (m *seriesMaker) run(x *exec, in *plan, emit emitFunc) error {
	rows, err := x.collect(in)
	if err != nil {
		return err
	}
	m.span(rows)
	groups := map[string]*seriesGroup{}
	var order []*seriesGroup
	for _, row := range rows {
		at := m.axis.eval(row)
		if at.Null || m.outside(at) {
			continue
		}
		keys := evaluate(m.keys, row)
		key := string(appendRowKey(nil, keys))
		if groups[key] == nil {
			groups[key] = &seriesGroup{keys, map[string]*group{}}
			order = append(order, groups[key])
		}
		m.agg.addRow(groups[key].bin(m, at), row)
	}
	for _, g := range order {
		if err := m.emit(x, g, emit); err != nil {
			return err
		}
	}
	return nil
}

// span takes missing bounds from the rows.
func (m *seriesMaker) span(rows []Row) {
	openFrom, openTo := m.from.Null, m.to.Null
	for _, row := range rows {
		at := m.axis.eval(row)
		if openFrom {
			m.from = extremeOf([]Value{m.from, binValue(at, m.step, Value{})}, -1)
		}
		if openTo {
			m.to = extremeOf([]Value{m.to, plus(binValue(at, m.step, Value{}), m.step)}, 1)
		}
	}
}

// outside reports whether a row is outside [from, to).
func (m *seriesMaker) outside(at Value) bool {
	below, okBelow := compareValues(at, m.from)
	above, okAbove := compareValues(at, m.to)
	return !okBelow || !okAbove || below < 0 || above >= 0
}

func (g *seriesGroup) bin(m *seriesMaker, at Value) *group {
	key := string(binValue(at, m.step, m.from).appendKey(nil))
	if g.bins[key] == nil {
		g.bins[key] = m.agg.group(nil)
	}
	return g.bins[key]
}

func (m *seriesMaker) emit(x *exec, g *seriesGroup, emit emitFunc) error {
	arrays := make([][]Value, len(m.results)+1)
	for at := range series(m.from, m.to, m.step) {
		if m.outside(at) {
			break
		}
		if err := x.step(); err != nil {
			return err
		}
		bin := g.bins[string(at.appendKey(nil))]
		var slots Row
		if bin != nil {
			slots = bin.slots()
		}
		for i, result := range m.results {
			v := m.defaults[i]
			if bin != nil {
				v = result.eval(slots)
			}
			arrays[i] = append(arrays[i], v)
		}
		arrays[len(m.results)] = append(arrays[len(m.results)], at)
	}
	row := slices.Clone(g.keys)
	for _, array := range arrays {
		row = append(row, Array(array))
	}
	return emit(row)
}
