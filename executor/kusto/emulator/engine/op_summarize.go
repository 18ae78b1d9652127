package engine

import (
	"slices"

	"github.com/adx-mon/adxexporter/executor/query"
)

// summarizeOp is summarize items by keys.
type summarizeOp struct {
	place
	items, by []namedNode
}

func (p *parser) summarize(at place) (operator, error) {
	o := &summarizeOp{place: at}
	p.options()
	var err error
	if !p.peek().IsName("by") {
		if o.items, err = p.namedList(); err != nil {
			return nil, err
		}
		p.checkAggregates(o.items)
	}
	if p.acceptName("by") {
		o.by, err = p.namedList()
	}
	return o, err
}

// aggregation is the aggregate calls of one operator. They are evaluated into
// slots, and the expressions around them read the slots as their row.
type aggregation struct {
	input env
	calls []aggregateCall
	// keys are the names of the columns grouped by, which * leaves out.
	keys []namedNode
}

type aggregateCall struct {
	args []expr
	// when is the predicate of a conditional aggregate.
	when  *expr
	typ   query.Type
	start func(query.Type) accumulator
}

// add compiles an aggregate call of one result and returns the expression that
// reads it.
func (a *aggregation) add(b *binder, agg aggregate, n *call) (expr, error) {
	args, err := a.arguments(b, agg, n)
	if err != nil {
		return expr{}, err
	}
	return a.slot(agg, args), nil
}

func (a *aggregation) arguments(b *binder, agg aggregate, n *call) ([]expr, error) {
	if len(n.args) < agg.min || agg.max >= 0 && len(n.args) > agg.max {
		return nil, semanticError(codeArguments, n.at(), "%s(): the function expects %d arguments, got %d", n.name, agg.min, len(n.args))
	}
	input := a.input
	args, err := b.scalars(n, &input)
	if err != nil || !agg.conditional {
		return args, err
	}
	last := len(args) - 1
	args[last] = converted(args[last], query.Bool)
	return args, nil
}

func (a *aggregation) slot(agg aggregate, args []expr) expr {
	c := aggregateCall{start: agg.start}
	if agg.conditional {
		c.when, args = &args[len(args)-1], args[:len(args)-1]
	}
	c.args = args
	types := make([]query.Type, len(args))
	for i, arg := range args {
		types[i] = arg.typ
	}
	if len(types) == 1 { // arg_max(x) is max(x).
		types = append(types, types[0])
	}
	c.typ = agg.typ(types)
	slot := len(a.calls)
	a.calls = append(a.calls, c)
	return expr{typ: c.typ, eval: func(row Row) Value { return row[slot] }}
}

// group is the state of one combination of keys.
type group struct {
	keys []Value
	accs []accumulator
}

func (a *aggregation) group(keys []Value) *group {
	g := &group{keys: keys, accs: make([]accumulator, len(a.calls))}
	for i, c := range a.calls {
		g.accs[i] = c.start(c.typ)
	}
	return g
}

func (a *aggregation) addRow(g *group, row Row) {
	for i, c := range a.calls {
		if c.when == nil || c.when.eval(row).isTrue() {
			g.accs[i].add(evaluate(c.args, row))
		}
	}
}

func (g *group) slots() Row {
	slots := make(Row, len(g.accs))
	for i, acc := range g.accs {
		slots[i] = acc.result()
	}
	return slots
}

// spread says which columns one call makes when it makes several.
type spread uint8

const (
	// percentileColumns is a column of each percentile.
	percentileColumns spread = iota + 1
	// extremeColumns is arg_max(by, columns...): by and the columns beside it.
	extremeColumns
	// anyColumns is take_any(columns...).
	anyColumns
)

// namedExpr is a column of the result over the slots.
type namedExpr struct {
	name string
	expr
}

// spreadPercentiles makes a column of each percentile.
func (a *aggregation) spreadPercentiles(b *binder, agg aggregate, n *call) ([]namedExpr, error) {
	args, err := a.arguments(b, agg, n)
	if err != nil {
		return nil, err
	}
	percents := args[1:]
	if len(percents) == 1 && percents[0].constant && percents[0].typ == query.Dynamic {
		percents = arrayItems(percents[0])
	}
	columns := make([]namedExpr, len(percents))
	for i, percent := range percents {
		if !percent.constant {
			return nil, semanticError(codeArguments, n.at(), "%s(): a percentile must be a constant", n.name)
		}
		name := joinNames("percentile", impliedName(n.args[0].node)) + "_" + percent.eval(nil).Text()
		columns[i] = namedExpr{name, a.slot(agg, []expr{args[0], percent})}
	}
	return columns, nil
}

// spreadColumns makes the columns of arg_max, arg_min and take_any; * stands for
// all the input's columns.
func (a *aggregation) spreadColumns(b *binder, agg aggregate, n *call, ordered bool) ([]namedExpr, error) {
	if len(n.args) == 0 {
		return nil, semanticError(codeArguments, n.at(), "%s(): the function expects arguments", n.name)
	}
	items := a.expanded(n.args)
	input := a.input
	exprs, err := b.items(items, &input)
	if err != nil {
		return nil, err
	}
	var columns []namedExpr
	for i, item := range items {
		args := exprs[i : i+1 : i+1]
		if ordered && i > 0 {
			if nameOf(item) == nameOf(items[0]) {
				continue
			}
			args = []expr{exprs[0], exprs[i]}
		}
		columns = append(columns, namedExpr{nameOf(item), a.slot(agg, args)})
	}
	return columns, nil
}

// expanded replaces * by the input's columns.
func (a *aggregation) expanded(args []namedNode) []namedNode {
	var items []namedNode
	for _, arg := range args {
		if _, all := arg.node.(*star); !all {
			items = append(items, arg)
			continue
		}
		for _, c := range a.input.columns {
			if slices.ContainsFunc(a.keys, func(key namedNode) bool { return nameOf(key) == c.Name }) {
				continue
			}
			items = append(items, namedNode{node: &identifier{place(arg.at()), c.Name}})
		}
	}
	return items
}

// bind groups by the keys and, leniently, by each item that has no aggregate.
func (o *summarizeOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	input := env{scope: s, columns: in.columns, operator: "summarize"}
	agg := &aggregation{input: input}
	by, items := o.by, []namedNode{}
	for _, item := range o.items {
		if hasAggregate(item.node) {
			items = append(items, item)
		} else {
			by = append(slices.Clip(by), item)
		}
	}
	keys, err := b.items(by, &input)
	if err != nil {
		return nil, err
	}
	var names columnNames
	for i, item := range by {
		names.add(nameOf(item), keys[i].typ)
	}
	agg.keys = by
	results, err := agg.results(b, s, items)
	if err != nil {
		return nil, err
	}
	for _, result := range results {
		names.add(result.name, result.typ)
	}
	return &plan{columns: names.columns, run: func(x *exec, emit emitFunc) error {
		groups, err := agg.run(x, in, keys)
		if err != nil {
			return err
		}
		return emitGroups(groups, results, emit)
	}}, nil
}

func emitGroups(groups []*group, results []namedExpr, emit emitFunc) error {
	for _, g := range groups {
		slots := g.slots()
		row := append(make(Row, 0, len(g.keys)+len(results)), g.keys...)
		for _, result := range results {
			row = append(row, result.eval(slots))
		}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// run reads the input into groups, in the order in which they appear. Without
// keys there is one group, also over no rows.
func (a *aggregation) run(x *exec, in *plan, keys []expr) ([]*group, error) {
	var groups []*group
	found := map[string]*group{}
	if len(keys) == 0 {
		groups = append(groups, a.group(nil))
		found[""] = groups[0]
	}
	var key []byte
	err := in.run(x, func(row Row) error {
		values := evaluate(keys, row)
		key = appendRowKey(key[:0], values)
		g := found[string(key)]
		if g == nil {
			g = a.group(values)
			found[string(key)] = g
			groups = append(groups, g)
		}
		a.addRow(g, row)
		return nil
	})
	return groups, err
}

// results compiles the items into columns over the slots.
func (a *aggregation) results(b *binder, s *scope, items []namedNode) ([]namedExpr, error) {
	var results []namedExpr
	for _, item := range items {
		columns, err := a.itemColumns(b, s, item)
		if err != nil {
			return nil, err
		}
		for i := range columns {
			if i < len(item.names) {
				columns[i].name = item.names[i]
			}
		}
		results = append(results, columns...)
	}
	return results, nil
}

func (a *aggregation) itemColumns(b *binder, s *scope, item namedNode) ([]namedExpr, error) {
	if c, ok := item.node.(*call); ok && c.of == nil {
		switch agg := aggregates[c.name]; agg.spread {
		case percentileColumns:
			return a.spreadPercentiles(b, agg, c)
		case extremeColumns, anyColumns:
			return a.spreadColumns(b, agg, c, agg.spread == extremeColumns)
		}
	}
	e, err := b.scalar(item.node, &env{scope: s, columns: a.input.columns, aggregates: a, operator: a.input.operator})
	return []namedExpr{{aggregateName(item.node), e}}, err
}

// aggregateName returns the name of an unnamed aggregate: avg_X, count_.
func aggregateName(n node) string {
	c, ok := n.(*call)
	if !ok || c.of != nil {
		return ""
	}
	agg, ok := aggregates[c.name]
	if !ok {
		return ""
	}
	prefix := agg.prefix
	if prefix == "" {
		prefix = c.name
	}
	if len(c.args) == 0 || c.name == "countif" {
		return prefix + "_"
	}
	return prefix + "_" + impliedName(c.args[0].node)
}
