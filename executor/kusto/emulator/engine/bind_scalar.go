package engine

import (
	"slices"
	"strings"

	"github.com/adx-mon/adxexporter/executor/query"
)

// scalar compiles a scalar expression.
func (b *binder) scalar(n node, e *env) (expr, error) {
	if err := b.count(); err != nil {
		return expr{}, err
	}
	switch n := n.(type) {
	case *literal:
		if n.dynamic {
			return constant(n.value, query.Dynamic), nil
		}
		return constant(n.value, n.value.Type), nil
	case *identifier:
		return b.scalarNamed(n, e)
	case *access:
		return b.member(n, e)
	case *index:
		return b.index(n, e)
	case *unary:
		return b.unary(n, e)
	case *binary:
		return b.binary(n, e)
	case *call:
		return b.scalarCall(n, e)
	case *pipeline, *datatable:
		return b.tableAsScalar(n, e)
	}
	return expr{}, semanticError(codeOperator, n.at(), "'%s' operator: a scalar expression is expected here", e.operator)
}

// predicate compiles a bool expression.
func (b *binder) predicate(n node, e *env) (expr, error) {
	v, err := b.scalar(n, e)
	if err != nil {
		return v, err
	}
	switch v.typ {
	case query.Bool:
		return v, nil
	case query.Dynamic, query.Int, query.Long, query.Real:
		return converted(v, query.Bool), nil
	default:
		return v, semanticError(codeTypes, n.at(), "'%s' operator: a bool is expected here, got %s", e.operator, v.typ)
	}
}

// constantOf compiles an expression that must not depend on a row.
func (b *binder) constantOf(n node, s *scope, operator string) (Value, error) {
	e, err := b.scalar(n, &env{scope: s, operator: operator})
	if err != nil {
		return Value{}, err
	}
	return e.eval(nil), nil
}

func (b *binder) scalarNamed(n *identifier, e *env) (expr, error) {
	if i := columnIndex(e.columns, n.name); i >= 0 && e.aggregates == nil {
		return columnAt(e.columns, i, 0), nil
	}
	bound := e.scope.lookup(n.name)
	if bound == nil {
		return expr{}, b.unresolved(n.name, n.at(), e)
	}
	if bound.scalar != nil {
		return *bound.scalar, nil
	}
	if l, ok := bound.node.(*lambda); ok {
		return b.lambdaScalar(l, bound.scope, &call{place: n.place, name: n.name}, e)
	}
	v, err := b.scalar(bound.node, &env{scope: bound.scope, operator: "let"})
	if err != nil {
		return expr{}, err
	}
	v = constant(v.eval(nil), v.typ)
	bound.scalar = &v
	return v, nil
}

func (b *binder) unresolved(name string, at int, e *env) error {
	return semanticError(codeUnresolved, at, "'%s' operator: Failed to resolve column or scalar expression named '%s'", e.operator, name)
}

// columnAt reads column i of a table whose columns start at offset in the row.
func columnAt(columns []query.Column, i, offset int) expr {
	at := offset + i
	return expr{typ: columns[i].Type, eval: func(row Row) Value { return row[at] }}
}

// tableAsScalar takes the first cell of a table, as toscalar does.
func (b *binder) tableAsScalar(n node, e *env) (expr, error) {
	p, err := b.tabular(n, e.scope)
	if err != nil {
		return expr{}, err
	}
	rows, err := b.evaluate(p)
	if err != nil {
		return expr{}, err
	}
	if len(rows) == 0 {
		return constant(Null(p.columns[0].Type), p.columns[0].Type), nil
	}
	return constant(rows[0][0], p.columns[0].Type), nil
}

// member compiles x.name: a bag's member, or a column of one side of a join.
func (b *binder) member(n *access, e *env) (expr, error) {
	if side, ok := n.of.(*identifier); ok && (side.name == "$left" || side.name == "$right") {
		return b.sideColumn(side.name, n, e)
	}
	of, err := b.scalar(n.of, e)
	if err != nil {
		return expr{}, err
	}
	if of.typ != query.Dynamic {
		return expr{}, semanticError(codeTypes, n.at(), "'%s' operator: '.%s' needs a dynamic value, got %s", e.operator, n.name, of.typ)
	}
	return folded(expr{typ: query.Dynamic, constant: of.constant, eval: func(row Row) Value { return member(of.eval(row), n.name) }}), nil
}

func (b *binder) sideColumn(side string, n *access, e *env) (expr, error) {
	columns, offset := e.columns, 0
	if side == "$right" {
		columns, offset = e.right, len(e.columns)
	}
	i := columnIndex(columns, n.name)
	if i < 0 {
		return expr{}, b.unresolved(n.name, n.at(), e)
	}
	return columnAt(columns, i, offset), nil
}

func (b *binder) index(n *index, e *env) (expr, error) {
	of, err := b.scalar(n.of, e)
	if err != nil {
		return expr{}, err
	}
	key, err := b.scalar(n.key, e)
	if err != nil {
		return expr{}, err
	}
	if of.typ != query.Dynamic {
		return expr{}, semanticError(codeTypes, n.at(), "'%s' operator: [] needs a dynamic value, got %s", e.operator, of.typ)
	}
	return folded(expr{typ: query.Dynamic, constant: of.constant && key.constant, eval: func(row Row) Value {
		k := key.eval(row)
		if k.Type == query.String {
			return member(of.eval(row), k.s)
		}
		return element(of.eval(row), convert(k, query.Long).n)
	}}), nil
}

func (b *binder) unary(n *unary, e *env) (expr, error) {
	of, err := b.scalar(n.of, e)
	if err != nil {
		return expr{}, err
	}
	if !isNumeric(of.typ) && of.typ != query.TimeSpan && of.typ != query.Dynamic {
		return expr{}, semanticError(codeTypes, n.at(), "'%s' operator: '%s' cannot be applied to %s", e.operator, n.operator, of.typ)
	}
	if n.operator == "+" {
		return of, nil
	}
	return folded(expr{typ: of.typ, constant: of.constant, eval: func(row Row) Value { return negate(of.eval(row)) }}), nil
}

// scalarCall compiles a call: an aggregate, a function of the query, of the
// database, or a built-in one.
func (b *binder) scalarCall(n *call, e *env) (expr, error) {
	if n.of != nil {
		return b.tableAsScalar(n, e)
	}
	if n.name == "toscalar" && len(n.args) == 1 {
		return b.toScalar(n.args[0].node, e)
	}
	if bound := e.scope.lookup(n.name); bound != nil {
		if l, ok := bound.node.(*lambda); ok {
			return b.lambdaScalar(l, bound.scope, n, e)
		}
	}
	if agg, ok := aggregates[n.name]; ok && e.aggregates != nil {
		return e.aggregates.add(b, agg, n)
	}
	if i := firstDateTime(e); n.name == "ingestion_time" && i >= 0 {
		return columnAt(e.columns, i, 0), nil
	}
	if f, ok := scalarFunctions[n.name]; ok {
		return b.builtin(f, n, e)
	}
	if db, err := b.catalog.find(b.cluster, b.database); err == nil {
		if f := db.function(n.name); f != nil {
			return b.lambdaScalar(f, nil, n, e)
		}
	}
	if _, ok := aggregates[n.name]; ok {
		return expr{}, semanticError(codeOperator, n.at(), "'%s' operator: the aggregate function '%s' is not expected here", e.operator, n.name)
	}
	return expr{}, semanticError("SEM0260", n.at(), "Unknown function: '%s'", n.name)
}

// firstDateTime returns the column that stands in for ingestion_time(): rows
// here are not ingested at a time of their own.
func firstDateTime(e *env) int {
	return slices.IndexFunc(e.columns, func(c query.Column) bool { return c.Type == query.DateTime })
}

// toScalar takes a table's first cell, or a scalar as it is.
func (b *binder) toScalar(n node, e *env) (expr, error) {
	if id, ok := n.(*identifier); ok {
		if bound := e.scope.lookup(id.name); bound != nil && bound.scalar != nil {
			return *bound.scalar, nil
		}
	}
	if v, err := b.tableAsScalar(n, e); err == nil || isTabular(n) {
		return v, err
	}
	return b.scalar(n, e)
}

func isTabular(n node) bool {
	switch n.(type) {
	case *pipeline, *datatable:
		return true
	}
	return false
}

func (b *binder) lambdaScalar(l *lambda, defined *scope, n *call, e *env) (expr, error) {
	inner, err := b.call(l, defined, n, e)
	if err != nil {
		return expr{}, err
	}
	b.calls++
	defer func() { b.calls-- }()
	return b.scalar(l.body.results[0], &env{scope: inner, operator: n.name})
}

func (b *binder) builtin(f function, n *call, e *env) (expr, error) {
	args, err := b.scalars(n, e)
	if err != nil {
		return expr{}, err
	}
	if len(args) < f.min || f.max >= 0 && len(args) > f.max {
		return expr{}, semanticError(codeArguments, n.at(), "%s(): the function expects %s, got %d", n.name, f.arity(), len(args))
	}
	types := make([]query.Type, len(args))
	isConstant := !f.volatile
	for i, arg := range args {
		types[i] = arg.typ
		isConstant = isConstant && arg.constant
	}
	typ := f.result(types)
	values := make([]Value, len(args))
	return folded(expr{typ: typ, constant: isConstant, eval: func(row Row) Value {
		hasNull := false
		for i := range args {
			values[i] = args[i].eval(row)
			hasNull = hasNull || values[i].Null
		}
		if hasNull && !f.nulls {
			return Null(typ)
		}
		v := f.eval(b, values)
		if v.Null || len(v.s) > maxText {
			return truncated(v, typ)
		}
		return v
	}}), nil
}

// maxText is the longest string that a function makes, as in the service.
const maxText = 1 << 20

func truncated(v Value, typ query.Type) Value {
	if v.Null {
		return Null(typ)
	}
	v.s = strings.ToValidUTF8(v.s[:maxText], "")
	return v
}

func (b *binder) scalars(n *call, e *env) ([]expr, error) {
	args := make([]expr, len(n.args))
	for i, arg := range n.args {
		var err error
		if args[i], err = b.scalar(arg.node, e); err != nil {
			return nil, err
		}
	}
	return args, nil
}

// binary compiles an infix operator.
func (b *binder) binary(n *binary, e *env) (expr, error) {
	switch n.operator {
	case "and", "or":
		return b.logical(n, e)
	}
	if l, ok := n.right.(*list); ok {
		return b.listOperator(n, l, e)
	}
	word := strings.TrimRight(strings.TrimPrefix(n.operator, "!"), "~")
	if word == "in" || word == "has_any" || word == "has_all" {
		return b.listOperator(n, &list{place(n.right.at()), []node{n.right}}, e)
	}
	left, err := b.scalar(n.left, e)
	if err != nil {
		return expr{}, err
	}
	right, err := b.scalar(n.right, e)
	if err != nil {
		return expr{}, err
	}
	typ, eval, err := b.infix(n, left, right, e)
	if err != nil {
		return expr{}, err
	}
	return folded(expr{typ: typ, constant: left.constant && right.constant, eval: eval}), nil
}

func (b *binder) infix(n *binary, left, right expr, e *env) (query.Type, func(Row) Value, error) {
	switch n.operator {
	case "+", "-", "*", "/", "%":
		typ, ok := arithmeticType(n.operator, left.typ, right.typ)
		if !ok {
			return 0, nil, semanticError(codeTypes, n.at(), "'%s' operator: '%s' cannot be applied to %s and %s", e.operator, n.operator, left.typ, right.typ)
		}
		return typ, arithmetic(n.operator, typ, left, right), nil
	case "==", "!=", "<", "<=", ">", ">=":
		if !canCompare(left.typ, right.typ) {
			return 0, nil, semanticError(codeTypes, n.at(), "'%s' operator: Cannot compare values of types %s and %s. Try adding explicit casts", e.operator, left.typ, right.typ)
		}
		left, right = aligned(left, right)
		return query.Bool, comparison(n.operator, left, right), nil
	}
	match := b.stringMatch(n.operator)
	return query.Bool, func(row Row) Value {
		return Bool(match(left.eval(row).Text(), right.eval(row).Text()))
	}, nil
}

// logical compiles and, or with three values.
func (b *binder) logical(n *binary, e *env) (expr, error) {
	left, err := b.predicate(n.left, e)
	if err != nil {
		return expr{}, err
	}
	right, err := b.predicate(n.right, e)
	if err != nil {
		return expr{}, err
	}
	decides := n.operator == "or" // the value that decides alone
	return folded(expr{typ: query.Bool, constant: left.constant && right.constant, eval: func(row Row) Value {
		l := left.eval(row)
		if !l.Null && l.isTrue() == decides {
			return l
		}
		r := right.eval(row)
		if l.Null && !r.Null && r.isTrue() != decides {
			return l
		}
		return r
	}}), nil
}

// listOperator compiles in, has_any, has_all and between.
func (b *binder) listOperator(n *binary, l *list, e *env) (expr, error) {
	left, err := b.scalar(n.left, e)
	if err != nil {
		return expr{}, err
	}
	negated := strings.HasPrefix(n.operator, "!")
	word := strings.TrimPrefix(n.operator, "!")
	var eval func(Row) Value
	if word == "between" {
		eval, err = b.between(n, left, l, e)
	} else {
		eval, err = b.memberOf(word, left, l, e)
	}
	if err != nil {
		return expr{}, err
	}
	return expr{typ: query.Bool, eval: func(row Row) Value {
		v := eval(row)
		if negated && !v.Null {
			return Bool(!v.isTrue())
		}
		return v
	}}, nil
}

func (b *binder) between(n *binary, left expr, l *list, e *env) (func(Row) Value, error) {
	low, err := b.scalar(l.items[0], e)
	if err != nil {
		return nil, err
	}
	high, err := b.scalar(l.items[1], e)
	if err != nil {
		return nil, err
	}
	if high.typ == query.TimeSpan && low.typ == query.DateTime {
		high = folded(expr{typ: query.DateTime, constant: low.constant && high.constant, eval: arithmetic("+", query.DateTime, low, high)})
	}
	if !canCompare(left.typ, low.typ) || !canCompare(left.typ, high.typ) {
		return nil, semanticError(codeTypes, n.at(), "'%s' operator: between cannot compare %s with %s and %s", e.operator, left.typ, low.typ, high.typ)
	}
	low, high = withType(low, left.typ), withType(high, left.typ)
	above, below := comparison(">=", left, low), comparison("<=", left, high)
	return func(row Row) Value {
		v := above(row)
		if v.Null || !v.isTrue() {
			return v
		}
		return below(row)
	}, nil
}

func (b *binder) memberOf(word string, left expr, l *list, e *env) (func(Row) Value, error) {
	items, err := b.listItems(l, e)
	if err != nil {
		return nil, err
	}
	if word != "in" && word != "in~" {
		return b.hasItems(word, left, items), nil
	}
	if word == "in" && !slices.ContainsFunc(items, func(item expr) bool { return !item.constant }) {
		return inSet(left, items), nil
	}
	same := equal
	if word == "in~" {
		same = func(x, y Value) bool { return strings.EqualFold(x.Text(), y.Text()) }
	}
	return func(row Row) Value {
		v := left.eval(row)
		return Bool(slices.ContainsFunc(items, func(item expr) bool { return same(v, item.eval(row)) }))
	}, nil
}

// inSet looks constants up by key instead of one after the other.
func inSet(left expr, items []expr) func(Row) Value {
	set := make(map[string]bool, len(items))
	for _, item := range items {
		v := item.eval(nil)
		if left.typ != query.Dynamic && v.Type != left.typ {
			v = convert(v, left.typ)
		}
		set[string(v.appendKey(nil))] = true
	}
	var key []byte
	return func(row Row) Value {
		key = left.eval(row).appendKey(key[:0])
		return Bool(set[string(key)])
	}
}

func (b *binder) hasItems(word string, left expr, items []expr) func(Row) Value {
	match := b.stringMatch("has")
	return func(row Row) Value {
		text := left.eval(row).Text()
		for _, item := range items {
			if match(text, item.eval(row).Text()) == (word == "has_any") {
				return Bool(word == "has_any")
			}
		}
		return Bool(word == "has_all")
	}
}

// listItems compiles the items of a list; a table or an array stands for its
// values.
func (b *binder) listItems(l *list, e *env) ([]expr, error) {
	var items []expr
	for _, n := range l.items {
		if values, isTable, err := b.tableValues(n, e); err != nil {
			return nil, err
		} else if isTable {
			items = append(items, values...)
			continue
		}
		item, err := b.scalar(n, e)
		if err != nil {
			return nil, err
		}
		if !item.constant || item.typ != query.Dynamic {
			items = append(items, item)
			continue
		}
		items = append(items, arrayItems(item)...)
	}
	return items, nil
}

func arrayItems(item expr) []expr {
	values, ok := item.eval(nil).obj.([]Value)
	if !ok {
		return []expr{item}
	}
	items := make([]expr, len(values))
	for i, v := range values {
		items[i] = constant(v, v.Type)
	}
	return items
}

// tableValues returns a table's first column.
func (b *binder) tableValues(n node, e *env) ([]expr, bool, error) {
	if !isTabular(n) && !b.namesTable(n, e) {
		return nil, false, nil
	}
	p, err := b.tabular(n, e.scope)
	if err != nil {
		return nil, true, err
	}
	rows, err := b.evaluate(p)
	if err != nil {
		return nil, true, err
	}
	items := make([]expr, len(rows))
	for i, row := range rows {
		items[i] = constant(row[0], p.columns[0].Type)
	}
	return items, true, nil
}

// namesTable reports whether a name stands for a table here: a let of one, or a
// table of the database that no column hides.
func (b *binder) namesTable(n node, e *env) bool {
	id, ok := n.(*identifier)
	if !ok || columnIndex(e.columns, id.name) >= 0 {
		return false
	}
	if bound := e.scope.lookup(id.name); bound != nil {
		return bound.node != nil && (isTabular(bound.node) || b.namesTable(bound.node, &env{scope: bound.scope}))
	}
	db, err := b.catalog.find(b.cluster, b.database)
	return err == nil && db.Table(id.name) != nil
}
