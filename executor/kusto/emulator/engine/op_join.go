package engine

import (
	"cmp"
	"slices"

	"github.com/adx-mon/adxexporter/executor/query"
)

// joinOp is join or lookup.
type joinOp struct {
	place
	lookup bool
	kind   string
	right  node
	on     []node
}

func (p *parser) join(at place, name string) (operator, error) {
	o := &joinOp{place: at, lookup: name == "lookup"}
	o.kind = p.options()["kind"]
	var err error
	if o.right, err = p.expression(); err != nil {
		return nil, err
	}
	if err := p.expectName("on"); err != nil {
		return nil, err
	}
	for {
		condition, err := p.expression()
		if err != nil {
			return nil, err
		}
		o.on = append(o.on, condition)
		if !p.accept(",") {
			return o, nil
		}
	}
}

// joinKind says what a kind of join keeps.
type joinKind struct {
	// matches is whether matching pairs are emitted.
	matches bool
	// left and right are whether rows without a match are emitted.
	left, right bool
	// leftOnly and rightOnly emit one side's columns, for semi and anti joins.
	leftOnly, rightOnly bool
	// semi emits the rows of the one side that have a match.
	semi bool
	// dedupe keeps one left row of each key.
	dedupe bool
}

var joinKinds = map[string]joinKind{
	"innerunique":   {matches: true, dedupe: true},
	"inner":         {matches: true},
	"leftouter":     {matches: true, left: true},
	"rightouter":    {matches: true, right: true},
	"fullouter":     {matches: true, left: true, right: true},
	"leftsemi":      {leftOnly: true, semi: true},
	"rightsemi":     {rightOnly: true, semi: true},
	"leftanti":      {leftOnly: true, left: true},
	"leftantisemi":  {leftOnly: true, left: true},
	"anti":          {leftOnly: true, left: true},
	"rightanti":     {rightOnly: true, right: true},
	"rightantisemi": {rightOnly: true, right: true},
}

func (o *joinOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	defaultKind := "innerunique"
	if o.lookup {
		defaultKind = "leftouter"
	}
	kind, ok := joinKinds[cmp.Or(o.kind, defaultKind)]
	if !ok {
		return nil, semanticError(codeOperator, o.at(), "'join' operator: the kind '%s' is not known", o.kind)
	}
	right, err := b.tabular(o.right, s)
	if err != nil {
		return nil, err
	}
	leftKeys, rightKeys, err := o.keys(b, s, in, right)
	if err != nil {
		return nil, err
	}
	j := &joiner{kind: kind, left: in, right: right, leftKeys: leftKeys, rightKeys: rightKeys, rightColumns: o.rightColumns(right)}
	return &plan{columns: j.columns(), run: j.run}, nil
}

// rightColumns returns which columns of the right side are kept: lookup drops
// its keys.
func (o *joinOp) rightColumns(right *plan) []int {
	var keep []int
	for i, c := range right.columns {
		isKey := slices.ContainsFunc(o.on, func(n node) bool { return rightKeyName(n) == c.Name })
		if !o.lookup || !isKey {
			keep = append(keep, i)
		}
	}
	return keep
}

func rightKeyName(n node) string {
	if op, ok := n.(*binary); ok && op.operator == "==" {
		for _, side := range []node{op.left, op.right} {
			if a, ok := side.(*access); ok && impliedName(a.of) == "$right" {
				return a.name
			}
		}
		return ""
	}
	return impliedName(n)
}

// keys compiles the conditions: a column of both sides, $left.a == $right.b, or
// several of them joined by and.
func (o *joinOp) keys(b *binder, s *scope, left, right *plan) (leftKeys, rightKeys []expr, err error) {
	conditions := slices.Clone(o.on)
	for len(conditions) > 0 {
		n := conditions[0]
		conditions = conditions[1:]
		first, second := n, n
		switch n := n.(type) {
		case *binary:
			if n.operator == "and" {
				conditions = append(conditions, n.left, n.right)
				continue
			}
			if n.operator != "==" {
				return nil, nil, semanticError(codeOperator, n.at(), "'join' operator: only equality is possible in 'on'")
			}
			first, second = n.left, n.right
			if isRightSide(first) {
				first, second = second, first
			}
		case *identifier:
		default:
			return nil, nil, semanticError(codeOperator, n.at(), "'join' operator: a column or an equality is expected in 'on'")
		}
		l, err := b.scalar(first, &env{scope: s, columns: left.columns, operator: "join"})
		if err != nil {
			return nil, nil, err
		}
		r, err := b.scalar(withoutSide(second), &env{scope: s, columns: right.columns, operator: "join"})
		if err != nil {
			return nil, nil, err
		}
		leftKeys, rightKeys = append(leftKeys, l), append(rightKeys, r)
	}
	return leftKeys, rightKeys, nil
}

func isRightSide(n node) bool {
	a, ok := n.(*access)
	return ok && impliedName(a.of) == "$right"
}

// withoutSide makes $right.b the column b of the right table.
func withoutSide(n node) node {
	if isRightSide(n) {
		return &identifier{place(n.at()), n.(*access).name} //nolint:forcetypeassert // isRightSide has tested it.
	}
	return n
}

// joiner runs a join by hashing the right side.
type joiner struct {
	kind                joinKind
	left, right         *plan
	leftKeys, rightKeys []expr
	rightColumns        []int
}

func (j *joiner) columns() []query.Column {
	if j.kind.leftOnly {
		return j.left.columns
	}
	if j.kind.rightOnly {
		return j.right.columns
	}
	names := columnNames{columns: slices.Clone(j.left.columns)}
	for _, i := range j.rightColumns {
		names.add(j.right.columns[i].Name, j.right.columns[i].Type)
	}
	return names.columns
}

// bucket is the right rows of one key.
type bucket struct {
	rows    []Row
	matched bool
}

func (j *joiner) run(x *exec, emit emitFunc) error {
	buckets := map[string]*bucket{}
	var order []*bucket
	err := j.right.run(x, func(row Row) error {
		key := joinKey(j.rightKeys, row, "right")
		if buckets[key] == nil {
			buckets[key] = &bucket{}
			order = append(order, buckets[key])
		}
		buckets[key].rows = append(buckets[key].rows, row)
		return nil
	})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	err = j.left.run(x, func(row Row) error {
		key := joinKey(j.leftKeys, row, "left")
		if j.kind.dedupe && seen[key] {
			return nil
		}
		seen[key] = true
		return j.emitLeft(x, row, buckets[key], emit)
	})
	if err != nil {
		return err
	}
	return j.emitRight(x, order, emit)
}

// joinKey is different for the two sides where a key is null: nulls never match.
func joinKey(keys []expr, row Row, side string) string {
	var key []byte
	for _, k := range keys {
		v := k.eval(row)
		if v.Null {
			key = append(key, side...)
		}
		if v.Type == query.Real && v.Float64() == float64(int64(v.Float64())) {
			v = Long(int64(v.Float64()))
		}
		key = v.appendKey(key)
	}
	return string(key)
}

func (j *joiner) emitLeft(x *exec, row Row, match *bucket, emit emitFunc) error {
	if match == nil {
		if j.kind.left {
			return j.emitPair(x, row, nil, emit)
		}
		return nil
	}
	match.matched = true
	if j.kind.semi && j.kind.leftOnly {
		return emit(row)
	}
	if !j.kind.matches {
		return nil
	}
	for _, other := range match.rows {
		if err := j.emitPair(x, row, other, emit); err != nil {
			return err
		}
	}
	return nil
}

// emitRight emits the right rows that are due after all left rows are known.
func (j *joiner) emitRight(x *exec, order []*bucket, emit emitFunc) error {
	for _, bucket := range order {
		due := j.kind.right && !bucket.matched || j.kind.semi && j.kind.rightOnly && bucket.matched
		if !due {
			continue
		}
		for _, row := range bucket.rows {
			if err := j.emitPair(x, nil, row, emit); err != nil {
				return err
			}
		}
	}
	return nil
}

// emitPair emits a row of both sides, nulls where a side is missing.
func (j *joiner) emitPair(x *exec, left, right Row, emit emitFunc) error {
	if err := x.step(); err != nil {
		return err
	}
	switch {
	case j.kind.leftOnly:
		return emit(left)
	case j.kind.rightOnly:
		return emit(right)
	}
	row := make(Row, 0, len(j.left.columns)+len(j.rightColumns))
	if left == nil {
		left = nullRow(j.left.columns)
	}
	if right == nil {
		right = nullRow(j.right.columns)
	}
	row = append(row, left...)
	for _, i := range j.rightColumns {
		row = append(row, right[i])
	}
	return emit(row)
}

func nullRow(columns []query.Column) Row {
	row := make(Row, len(columns))
	for i, c := range columns {
		row[i] = Null(c.Type)
	}
	return row
}
