package engine

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/adx-mon/adxexporter/executor/query"
)

// unionOp is union of tables, as a source or after a pipe.
type unionOp struct {
	place
	inner      bool
	fuzzy      bool
	withSource string
	tables     []node
}

func (p *parser) union() (operator, error) {
	o := &unionOp{place: p.here()}
	options := p.options()
	o.inner = options["kind"] == "inner"
	o.fuzzy = options["isfuzzy"] == "true"
	o.withSource = cmp.Or(options["withsource"], options["with_source"])
	for {
		table, err := p.expression()
		if err != nil {
			return nil, err
		}
		o.tables = append(o.tables, table)
		if !p.accept(",") {
			return o, nil
		}
	}
}

// unionInput is one input and the name that withsource shows.
type unionInput struct {
	name string
	*plan
}

func (o *unionOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	var inputs []unionInput
	if in != nil {
		inputs = append(inputs, unionInput{"union_arg0", in})
	}
	for _, n := range o.tables {
		p, err := b.tabular(n, s)
		if err != nil {
			if o.fuzzy && len(o.tables) > 1 {
				continue
			}
			return nil, err
		}
		name := cmp.Or(impliedName(n), "union_arg"+strconv.Itoa(len(inputs)))
		inputs = append(inputs, unionInput{name, p})
	}
	if len(inputs) == 0 {
		return nil, semanticError(codeUnresolved, o.at(), "'union' operator: no table could be resolved")
	}
	return unionOf(inputs, o.inner, o.withSource), nil
}

// unionOf appends the inputs' rows, matching columns by name and type. A column
// that has different types becomes one column a type: x_long, x_string.
func unionOf(inputs []unionInput, inner bool, withSource string) *plan {
	var names columnNames
	offset := 0
	if withSource != "" {
		names.add(withSource, query.String)
		offset = 1
	}
	shape := unionColumns(inputs, inner)
	names.columns = append(names.columns, shape.columns...)
	columns := names.columns
	return &plan{
		columns: columns,
		narrow: func(column string, from, to int64) {
			for _, in := range inputs {
				if in.narrow != nil {
					in.narrow(column, from, to)
				}
			}
		},
		run: func(x *exec, emit emitFunc) error {
			for i, in := range inputs {
				err := in.run(x, func(row Row) error {
					out := nullRow(columns)
					if offset == 1 {
						out[0] = String(in.name)
					}
					for to, from := range shape.from[i] {
						if from >= 0 {
							out[offset+to] = row[from]
						}
					}
					return emit(out)
				})
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// unionShape is the columns of a union and, for each input, which of its columns
// each comes from; -1 for none.
type unionShape struct {
	columns []query.Column
	from    [][]int
}

func unionColumns(inputs []unionInput, inner bool) unionShape {
	types := map[string][]query.Type{}
	var all []query.Column
	for _, in := range inputs {
		for _, c := range in.columns {
			if !slices.Contains(types[c.Name], c.Type) {
				types[c.Name] = append(types[c.Name], c.Type)
			}
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	shape := unionShape{from: make([][]int, len(inputs))}
	for _, c := range all {
		if inner && slices.ContainsFunc(inputs, func(in unionInput) bool { return !slices.Contains(in.columns, c) }) {
			continue
		}
		for i, in := range inputs {
			shape.from[i] = append(shape.from[i], slices.Index(in.columns, c))
		}
		if len(types[c.Name]) > 1 && !inner {
			c.Name += "_" + c.Type.String()
		}
		shape.columns = append(shape.columns, c)
	}
	return shape
}
