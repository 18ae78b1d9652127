package engine

import (
	"path"
	"slices"
	"strconv"

	"github.com/adx-mon/adxexporter/executor/query"
)

// projectionOp is project, extend, serialize or distinct.
type projectionOp struct {
	place
	kind  string
	items []namedNode
}

func (p *parser) projection(at place, kind string) (operator, error) {
	if kind == "serialize" && (p.atEnd() || p.peek().Is("|") || p.peek().Is(")") || p.peek().Is(";")) {
		return &simple{at, kind}, nil
	}
	items, err := p.namedList()
	return &projectionOp{at, kind, items}, err
}

func (o *projectionOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	e := &env{scope: s, columns: in.columns, operator: o.kind}
	switch o.kind {
	case "project":
		return b.project(o.items, e, in)
	case "distinct":
		return b.distinct(o.items, e, in)
	}
	return b.extend(o.items, e, in)
}

// columnNames gives each column of a new table a name of its own.
type columnNames struct {
	columns []query.Column
	unnamed int
}

func (c *columnNames) add(name string, t query.Type) {
	if name == "" {
		c.unnamed++
		name = "Column" + strconv.Itoa(c.unnamed)
	}
	base := name
	for i := 1; columnIndex(c.columns, name) >= 0; i++ {
		name = base + strconv.Itoa(i)
	}
	c.columns = append(c.columns, query.Column{Name: name, Type: t})
}

func nameOf(n namedNode) string {
	if name := n.name(); name != "" {
		return name
	}
	return impliedName(n.node)
}

// impliedName returns the name that an expression gives its column, if any.
func impliedName(n node) string {
	switch n := n.(type) {
	case *identifier:
		return n.name
	case *access:
		return joinNames(impliedName(n.of), n.name)
	case *index:
		if key, ok := n.key.(*literal); ok {
			return joinNames(impliedName(n.of), key.value.Text())
		}
	case *call:
		if namedByArgument(n.name) && len(n.args) > 0 {
			return impliedName(n.args[0].node)
		}
	}
	return ""
}

func joinNames(of, name string) string {
	if of == "" {
		return ""
	}
	return of + "_" + name
}

// namedByArgument says which functions name their column after their argument.
func namedByArgument(function string) bool {
	switch function {
	case "bin", "floor", "bin_at", "tostring", "toint", "tolong", "toreal", "todouble", "todecimal", "tobool", "toboolean",
		"todatetime", "totimespan", "toguid", "todynamic", "parse_json":
		return true
	}
	return false
}

func (b *binder) items(items []namedNode, e *env) ([]expr, error) {
	exprs := make([]expr, len(items))
	for i, item := range items {
		var err error
		if exprs[i], err = b.scalar(item.node, e); err != nil {
			return nil, err
		}
	}
	return exprs, nil
}

func (b *binder) project(items []namedNode, e *env, in *plan) (*plan, error) {
	exprs, err := b.items(items, e)
	if err != nil {
		return nil, err
	}
	var names columnNames
	for i, item := range items {
		names.add(nameOf(item), exprs[i].typ)
	}
	return mapped(in, names.columns, func(row Row) Row { return evaluate(exprs, row) }), nil
}

func (b *binder) extend(items []namedNode, e *env, in *plan) (*plan, error) {
	exprs, err := b.items(items, e)
	if err != nil {
		return nil, err
	}
	names := columnNames{columns: slices.Clone(in.columns)}
	target := make([]int, len(items))
	for i, item := range items {
		name := item.name()
		if name == "" && isColumnReference(item.node) {
			name = impliedName(item.node)
		}
		if target[i] = columnIndex(names.columns, name); target[i] >= 0 {
			names.columns[target[i]].Type = exprs[i].typ
			continue
		}
		target[i] = len(names.columns)
		names.add(nameOf(item), exprs[i].typ)
	}
	out := mapped(in, names.columns, func(row Row) Row {
		extended := make(Row, len(names.columns))
		copy(extended, row)
		for i := range exprs {
			extended[target[i]] = exprs[i].eval(row)
		}
		return extended
	})
	out.narrow = keepNarrow(in, names.columns[:len(in.columns)], target)
	return out, nil
}

func isColumnReference(n node) bool {
	_, ok := n.(*identifier)
	return ok
}

// keepNarrow passes bounds on to the input for the columns that it still has
// the values of.
func keepNarrow(in *plan, columns []query.Column, replaced []int) func(string, int64, int64) {
	if in.narrow == nil {
		return nil
	}
	return func(column string, from, to int64) {
		if i := columnIndex(columns, column); i >= 0 && !slices.Contains(replaced, i) {
			in.narrow(column, from, to)
		}
	}
}

func (b *binder) distinct(items []namedNode, e *env, in *plan) (*plan, error) {
	if len(items) == 1 {
		if _, all := items[0].node.(*star); all {
			items = nil
			for _, c := range in.columns {
				items = append(items, namedNode{node: &identifier{name: c.Name}})
			}
		}
	}
	out, err := b.project(items, e, in)
	if err != nil {
		return nil, err
	}
	return &plan{columns: out.columns, run: func(x *exec, emit emitFunc) error {
		seen := map[string]bool{}
		var key []byte
		return out.run(x, func(row Row) error {
			if key = appendRowKey(key[:0], row); seen[string(key)] {
				return nil
			}
			seen[string(key)] = true
			return emit(row)
		})
	}}, nil
}

func appendRowKey(dst []byte, values []Value) []byte {
	for _, v := range values {
		dst = v.appendKey(dst)
	}
	return dst
}

// selectionOp is project-away, -keep, -reorder or -rename.
type selectionOp struct {
	place
	kind  string
	globs []string
	// from is the renamed column of each glob, for project-rename.
	from []string
	at   []place
}

func (p *parser) columnSelection(at place, kind string) (operator, error) {
	o := &selectionOp{place: at, kind: kind}
	items, err := p.namedListOf(kind == "project-reorder")
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		glob, ok := globOf(item.node)
		if !ok || kind == "project-rename" && item.name() == "" {
			return nil, syntaxError(p.text, item.at(), "%s: a column is expected here", kind)
		}
		if kind == "project-rename" {
			o.from = append(o.from, glob)
			glob = item.name()
		}
		o.globs = append(o.globs, glob)
		o.at = append(o.at, place(item.at()))
	}
	return o, nil
}

// namedListOf reads a list whose items may carry asc or desc.
func (p *parser) namedListOf(ordered bool) ([]namedNode, error) {
	var items []namedNode
	for {
		item, err := p.named(p.expression)
		if err != nil {
			return nil, err
		}
		if ordered && !p.acceptName("asc") {
			p.acceptName("desc")
		}
		items = append(items, item)
		if !p.accept(",") {
			return items, nil
		}
	}
}

func globOf(n node) (string, bool) {
	switch n := n.(type) {
	case *identifier:
		return n.name, true
	case *pattern:
		return n.glob, n.of == nil
	case *star:
		return "*", true
	}
	return "", false
}

func (o *selectionOp) bind(_ *binder, _ *scope, in *plan) (*plan, error) {
	if o.kind == "project-rename" {
		return o.rename(in)
	}
	var chosen []int
	for i, glob := range o.globs {
		found := matching(in.columns, glob)
		if len(found) == 0 && o.kind != "project-reorder" && path.Base(glob) == glob && !hasStar(glob) {
			return nil, semanticError(codeUnresolved, o.at[i].at(), "'%s' operator: Failed to resolve column or scalar expression named '%s'", o.kind, glob)
		}
		chosen = append(chosen, found...)
	}
	var keep []int
	switch o.kind {
	case "project-reorder":
		keep = unique(append(chosen, matching(in.columns, "*")...))
	default:
		for i := range in.columns {
			if slices.Contains(chosen, i) == (o.kind == "project-keep") {
				keep = append(keep, i)
			}
		}
	}
	return picked(in, keep), nil
}

func hasStar(glob string) bool { return glob != "" && glob[len(glob)-1] == '*' }

func matching(columns []query.Column, glob string) []int {
	var found []int
	for i, c := range columns {
		if ok, err := path.Match(glob, c.Name); c.Name == glob || err == nil && ok {
			found = append(found, i)
		}
	}
	return found
}

func unique(indexes []int) []int {
	var once []int
	for _, i := range indexes {
		if !slices.Contains(once, i) {
			once = append(once, i)
		}
	}
	return once
}

// picked is a plan of some columns of in.
func picked(in *plan, indexes []int) *plan {
	columns := make([]query.Column, len(indexes))
	for i, from := range indexes {
		columns[i] = in.columns[from]
	}
	out := mapped(in, columns, func(row Row) Row {
		short := make(Row, len(indexes))
		for i, from := range indexes {
			short[i] = row[from]
		}
		return short
	})
	out.narrow = keepNarrow(in, columns, nil)
	return out
}

func (o *selectionOp) rename(in *plan) (*plan, error) {
	columns := slices.Clone(in.columns)
	for i, from := range o.from {
		at := columnIndex(in.columns, from)
		if at < 0 {
			return nil, semanticError(codeUnresolved, o.at[i].at(), "'%s' operator: Failed to resolve column or scalar expression named '%s'", o.kind, from)
		}
		columns[at].Name = o.globs[i]
	}
	return mapped(in, columns, func(row Row) Row { return row }), nil
}
