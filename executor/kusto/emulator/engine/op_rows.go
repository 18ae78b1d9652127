package engine

import (
	"math"
	"slices"

	"github.com/adx-mon/adxexporter/executor/query"
)

// whereOp is where predicate.
type whereOp struct {
	place
	predicate node
}

func (p *parser) where(at place) (operator, error) {
	predicate, err := p.expression()
	return &whereOp{at, predicate}, err
}

func (o *whereOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	e := &env{scope: s, columns: in.columns, operator: "where"}
	predicate, err := b.predicate(o.predicate, e)
	if err != nil {
		return nil, err
	}
	if in.narrow != nil {
		b.narrow(o.predicate, e, in.narrow)
	}
	return &plan{columns: in.columns, narrow: in.narrow, run: func(x *exec, emit emitFunc) error {
		return in.run(x, func(row Row) error {
			if !predicate.eval(row).isTrue() {
				return nil
			}
			return emit(row)
		})
	}}, nil
}

// narrow passes the bounds that a predicate puts on a column down to the tables.
func (b *binder) narrow(n node, e *env, to func(column string, from, to int64)) {
	op, ok := n.(*binary)
	if !ok {
		return
	}
	if op.operator == "and" {
		b.narrow(op.left, e, to)
		b.narrow(op.right, e, to)
		return
	}
	if column, ok := op.left.(*identifier); ok {
		b.narrowColumn(column.name, op.operator, op.right, e, to)
	} else if column, ok := op.right.(*identifier); ok {
		mirrored := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
		b.narrowColumn(column.name, mirrored[op.operator], op.left, e, to)
	}
}

func (b *binder) narrowColumn(column, op string, bound node, e *env, to func(string, int64, int64)) {
	if op == "between" {
		if l, ok := bound.(*list); ok {
			from, _ := b.instant(l.items[0], e)
			until, ok := b.instant(l.items[1], e)
			if !ok { // A timespan, which counts from the lower bound.
				until = math.MaxInt64
			}
			to(column, from, until)
		}
		return
	}
	at, ok := b.instant(bound, e)
	if !ok {
		return
	}
	switch op {
	case "<", "<=":
		to(column, 0, at)
	case ">", ">=":
		to(column, at, math.MaxInt64)
	case "==":
		to(column, at, at)
	}
}

// instant returns the ticks of a constant datetime.
func (b *binder) instant(n node, e *env) (int64, bool) {
	v, err := b.scalar(n, e)
	if err != nil || !v.constant || v.typ != query.DateTime {
		return 0, false
	}
	value := v.eval(nil)
	return value.n, !value.Null
}

// takeOp is take n.
type takeOp struct {
	place
	n node
}

func (p *parser) take(at place) (operator, error) {
	n, err := p.expression()
	return &takeOp{at, n}, err
}

func (o *takeOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	v, err := b.constantOf(o.n, s, "take")
	if err != nil {
		return nil, err
	}
	limit := convert(v, query.Long).n
	return &plan{columns: in.columns, run: func(x *exec, emit emitFunc) error {
		return limited(in, x, limit, emit)
	}}, nil
}

func limited(in *plan, x *exec, limit int64, emit emitFunc) error {
	if limit <= 0 {
		return nil
	}
	done := false
	err := in.run(x, func(row Row) error {
		limit--
		if err := emit(row); err != nil {
			return err
		}
		if done = limit == 0; done {
			return errEnough
		}
		return nil
	})
	if done && err == errEnough { //nolint:errorlint // The sentinel is ours and travels unwrapped; an outer take has its own.
		return nil
	}
	return err
}

// sortOp is sort by keys, and with a limit top.
type sortOp struct {
	place
	keys  []sortKey
	limit node
}

type sortKey struct {
	node
	ascending bool
	// nullsFirst follows from the direction when it is not written.
	nullsFirst bool
}

func (p *parser) sort(at place) (operator, error) {
	p.options()
	keys, err := p.sortKeys()
	return &sortOp{place: at, keys: keys}, err
}

func (p *parser) top(at place) (operator, error) {
	limit, err := p.expression()
	if err != nil {
		return nil, err
	}
	keys, err := p.sortKeys()
	return &sortOp{at, keys, limit}, err
}

func (p *parser) sortKeys() ([]sortKey, error) {
	if err := p.expectName("by"); err != nil {
		return nil, err
	}
	var keys []sortKey
	for {
		key, err := p.sortKey()
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
		if !p.accept(",") {
			return keys, nil
		}
	}
}

func (p *parser) sortKey() (sortKey, error) {
	var key sortKey
	var err error
	if key.node, err = p.expression(); err != nil {
		return key, err
	}
	if !p.acceptName("desc") {
		key.ascending = p.acceptName("asc")
	}
	key.nullsFirst = key.ascending
	if p.acceptName("nulls") {
		key.nullsFirst = p.acceptName("first")
		if !key.nullsFirst {
			err = p.expectName("last")
		}
	}
	return key, err
}

func (o *sortOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	keys := make([]expr, len(o.keys))
	for i, key := range o.keys {
		var err error
		if keys[i], err = b.scalar(key.node, &env{scope: s, columns: in.columns, operator: "sort"}); err != nil {
			return nil, err
		}
	}
	limit := int64(math.MaxInt64)
	if o.limit != nil {
		v, err := b.constantOf(o.limit, s, "top")
		if err != nil {
			return nil, err
		}
		limit = max(0, convert(v, query.Long).n)
	}
	return whole(in, in.columns, func(_ *exec, rows []Row) ([]Row, error) {
		rows = o.sorted(rows, keys)
		return rows[:min(int64(len(rows)), limit)], nil
	}), nil
}

// sorted computes the keys once a row.
func (o *sortOp) sorted(rows []Row, keys []expr) []Row {
	type keyed struct {
		row  Row
		keys []Value
	}
	all := make([]keyed, len(rows))
	for i, row := range rows {
		all[i] = keyed{row, evaluate(keys, row)}
	}
	slices.SortStableFunc(all, func(x, y keyed) int {
		for i, key := range o.keys {
			if order := key.compare(x.keys[i], y.keys[i]); order != 0 {
				return order
			}
		}
		return 0
	})
	sorted := make([]Row, len(all))
	for i := range all {
		sorted[i] = all[i].row
	}
	return sorted
}

func (k sortKey) compare(x, y Value) int {
	if x.Null || y.Null {
		order := boolIndex(x.Null) - boolIndex(y.Null)
		if k.nullsFirst {
			return -order
		}
		return order
	}
	if k.ascending {
		return orderOf(x, y)
	}
	return orderOf(y, x)
}

func evaluate(exprs []expr, row Row) []Value {
	values := make([]Value, len(exprs))
	for i := range exprs {
		values[i] = exprs[i].eval(row)
	}
	return values
}

// simple is an operator without arguments that matter.
type simple struct {
	place
	name string
}

func (o *simple) bind(_ *binder, _ *scope, in *plan) (*plan, error) {
	switch o.name {
	case "count":
		return counted(in), nil
	case "getschema":
		return fixed(schemaColumns, schemaRows(in.columns)), nil
	case "consume":
		return fixed(in.columns, nil), nil
	}
	return in, nil
}

func counted(in *plan) *plan {
	return &plan{columns: []query.Column{{Name: "Count", Type: query.Long}}, run: func(x *exec, emit emitFunc) error {
		n := int64(0)
		err := in.run(x, func(Row) error { n++; return nil })
		if err != nil {
			return err
		}
		return emit(Row{Long(n)})
	}}
}

var schemaColumns = []query.Column{
	{Name: "ColumnName", Type: query.String},
	{Name: "ColumnOrdinal", Type: query.Int},
	{Name: "DataType", Type: query.String},
	{Name: "ColumnType", Type: query.String},
}

func schemaRows(columns []query.Column) []Row {
	rows := make([]Row, len(columns))
	for i, c := range columns {
		rows[i] = Row{String(c.Name), Int(int32(i)), String(ClrType(c.Type)), String(c.Type.String())}
	}
	return rows
}

// ClrType returns the .NET type that the service names beside a column's type.
func ClrType(t query.Type) string {
	return map[query.Type]string{
		query.Bool: "System.SByte", query.DateTime: "System.DateTime", query.Decimal: "System.Data.SqlTypes.SqlDecimal",
		query.Dynamic: "System.Object", query.GUID: "System.Guid", query.Int: "System.Int32", query.Long: "System.Int64",
		query.Real: "System.Double", query.String: "System.String", query.TimeSpan: "System.TimeSpan",
	}[t]
}
