package engine

import (
	"iter"
	"strconv"

	"github.com/adx-mon/adxexporter/executor/query"
)

// printSource is print: one row of expressions.
type printSource struct{ items []namedNode }

func (o *printSource) bind(b *binder, s *scope, _ *plan) (*plan, error) {
	exprs, err := b.items(o.items, &env{scope: s, operator: "print"})
	if err != nil {
		return nil, err
	}
	var names columnNames
	for i, item := range o.items {
		name := item.name()
		if name == "" {
			name = "print_" + strconv.Itoa(i)
		}
		names.add(name, exprs[i].typ)
	}
	return &plan{columns: names.columns, run: func(_ *exec, emit emitFunc) error {
		return emit(evaluate(exprs, nil))
	}}, nil
}

// rangeOp is range name from a to b step c.
type rangeOp struct {
	place
	name           string
	from, to, step node
}

func (p *parser) rangeSource() (operator, error) {
	o := &rangeOp{place: p.here()}
	var err error
	if o.name, err = p.name(); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		word string
		to   *node
	}{{"from", &o.from}, {"to", &o.to}, {"step", &o.step}} {
		if err := p.expectName(part.word); err != nil {
			return nil, err
		}
		if *part.to, err = p.expression(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *rangeOp) bind(b *binder, s *scope, _ *plan) (*plan, error) {
	bounds := make([]Value, 3)
	for i, n := range []node{o.from, o.to, o.step} {
		var err error
		if bounds[i], err = b.constantOf(n, s, "range"); err != nil {
			return nil, err
		}
	}
	typ := bounds[0].Type
	if isNumeric(typ) && isNumeric(bounds[2].Type) {
		typ = widest(typ, bounds[2].Type)
	}
	columns := []query.Column{{Name: o.name, Type: typ}}
	return &plan{columns: columns, run: func(x *exec, emit emitFunc) error {
		for v := range series(convert(bounds[0], typ), bounds[1], bounds[2]) {
			if err := x.step(); err != nil {
				return err
			}
			if err := emit(Row{v}); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

// series returns from, from+step, ... up to and including to.
func series(from, to, step Value) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		direction, ok := compareValues(step, Value{Type: step.Type, s: "0"})
		if from.Null || to.Null || step.Null || !ok || direction == 0 {
			return
		}
		for v := from; ; {
			order, ok := compareValues(v, to)
			if !ok || order*direction > 0 || !yield(v) {
				return
			}
			next := plus(v, step)
			if moved, _ := compareValues(next, v); next.Null || moved*direction <= 0 {
				return // Overflow, or a step too small to move a real.
			}
			v = next
		}
	}
}

func plus(v, step Value) Value {
	typ, ok := arithmeticType("+", v.Type, step.Type)
	if !ok {
		return Null(v.Type)
	}
	return arithmetic("+", typ, constant(v, v.Type), constant(step, step.Type))(nil)
}

// invokeOp is invoke f(args): a call whose first argument is the input.
type invokeOp struct {
	place
	call *call
}

func (p *parser) invoke(at place) (operator, error) {
	n, err := p.postfix()
	if err != nil {
		return nil, err
	}
	c, ok := n.(*call)
	if !ok {
		return nil, syntaxError(p.text, n.at(), "invoke: a function call is expected here")
	}
	return &invokeOp{at, c}, nil
}

// planNode is a compiled table in the place of a tree.
type planNode struct {
	place
	plan *plan
}

func (o *invokeOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	c := *o.call
	c.args = append([]namedNode{{node: &planNode{o.place, in}}}, c.args...)
	return b.tabular(&c, s)
}
