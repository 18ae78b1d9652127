package shape

import (
	"slices"
	"strings"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// Kind is what sort of value a column holds, as far as the query tells.
type Kind uint8

// The kinds of column.
const (
	// Unknown: the query does not tell.
	Unknown Kind = iota
	// Measurement: a number that is computed anew for each window.
	Measurement
	// Time: a point in time that moves with the window.
	Time
	// Constant: the same for every row; Text is its value, if it is a string.
	Constant
)

// Column is a column of a result.
type Column struct {
	Name string
	Kind Kind
	// Text is the value of a string constant.
	Text string
	// Origin is the expression that computes it; nil for a column that is passed
	// through.
	Origin Tokens
}

// Columns is what is known of the columns of a result.
type Columns struct {
	List []Column
	// Open is set if there may be more columns than those in List.
	Open bool
}

// Find returns the column of that name.
func (c Columns) Find(name string) (Column, bool) {
	i := slices.IndexFunc(c.List, func(column Column) bool { return column.Name == name })
	if i < 0 {
		return Column{}, false
	}
	return c.List[i], true
}

// Names returns the names of the columns in the result's order.
func (c Columns) Names() []string {
	names := make([]string, len(c.List))
	for i, column := range c.List {
		names[i] = column.Name
	}
	return names
}

func (c *Columns) set(column Column) {
	if i := slices.IndexFunc(c.List, func(other Column) bool { return other.Name == column.Name }); i >= 0 {
		c.List[i] = column
		return
	}
	c.List = append(c.List, column)
}

// Result returns the columns of the query's last statement.
func (q Query) Result() Columns {
	tables := map[string]Columns{}
	result := Columns{Open: true}
	for _, statement := range q.Statements {
		if name, value, ok := let(statement); ok {
			tables[name] = pipeline(value, tables)
			continue
		}
		result = pipeline(statement, tables)
	}
	return result
}

// let splits "let name = value".
func let(statement Tokens) (name string, value Tokens, ok bool) {
	if len(statement) < 4 || !statement[0].IsName("let") || !isName(statement[1]) || !statement[2].Is("=") {
		return "", nil, false
	}
	return statement[1].Value, statement[3:], true
}

func pipeline(tokens Tokens, tables map[string]Columns) Columns {
	steps := split(tokens, "|")
	columns := Columns{Open: true}
	if source := steps[0]; source.IsName() {
		if known, ok := tables[source[0].Value]; ok {
			columns = Columns{List: slices.Clone(known.List), Open: known.Open}
		}
	}
	for _, step := range steps[1:] {
		columns = operator(step).apply(columns)
	}
	return columns
}

// apply returns the columns behind the operator.
func (o Operator) apply(in Columns) Columns {
	switch o.Name {
	case "where", "filter", "take", "limit", "sort", "order", "top", "as", "render", "serialize", "project-reorder":
		return in
	case "count":
		return Columns{List: []Column{{Name: "Count", Kind: Measurement}}}
	case "extend":
		out := Columns{List: slices.Clone(in.List), Open: in.Open}
		out.add(Items(o.Args), in)
		return out
	case "project", "distinct":
		out := Columns{}
		out.add(Items(o.Args), in)
		return out
	case "summarize":
		return o.Summarize().columns(in)
	case "project-rename":
		return rename(Items(o.Args), in)
	case "project-away":
		return keep(in, in.Open, func(name string) bool { return !matches(o.Args, name) })
	case "project-keep":
		return keep(in, in.Open, func(name string) bool { return matches(o.Args, name) })
	}
	return Columns{List: in.List, Open: true}
}

func (s Summarize) columns(in Columns) Columns {
	out := Columns{}
	out.add(s.By, in)
	out.add(s.Aggregates, in)
	return out
}

// add computes the items over the columns in. An item whose name Kusto makes up
// by rules of its own leaves the result open.
func (c *Columns) add(items []Item, in Columns) {
	for _, item := range items {
		if name := item.name(); name != "" {
			c.set(item.column(name, in))
		} else {
			c.Open = true
		}
	}
}

// column returns the column that the item computes, or passes through.
func (i Item) column(name string, in Columns) Column {
	if i.Alias == nil && len(i.Expr) == 1 {
		known, _ := in.Find(name)
		known.Name = name
		return known
	}
	kind, text := kindOf(i.Expr, in)
	return Column{Name: name, Kind: kind, Text: text, Origin: i.Expr}
}

// name returns the column name of an item: the one it is given, that of a plain
// reference, or the automatic one of the everyday functions.
func (i Item) name() string {
	switch {
	case i.Alias != nil:
		return i.Alias.Value
	case i.Expr.IsName():
		return i.Expr[0].Value
	case len(i.Expr) < 3 || !isWholeCall(i.Expr):
		return ""
	}
	function, first := i.Expr.Call(0), i.Expr[2]
	switch {
	case function == "count" || function == "countif":
		return function + "_"
	case !isName(first) || len(i.Expr) > 3 && !i.Expr[3].Is(")") && !i.Expr[3].Is(","):
		return ""
	case function == "bin" || function == "floor":
		return first.Value
	case slices.Contains([]string{"avg", "sum", "min", "max", "dcount", "stdev", "variance", "sumif", "avgif"}, function):
		return function + "_" + first.Value
	}
	return ""
}

// isWholeCall reports whether the tokens are one call and nothing behind it.
func isWholeCall(expr Tokens) bool {
	return expr.Call(0) != "" && len(until(expr[2:], func(kql.Token) bool { return false })) == len(expr)-3
}

// rename applies new=old pairs.
func rename(items []Item, in Columns) Columns {
	out := Columns{List: slices.Clone(in.List), Open: in.Open}
	for _, item := range items {
		i := -1
		if item.Alias != nil && len(item.Expr) == 1 {
			i = slices.IndexFunc(out.List, func(c Column) bool { return c.Name == item.Expr[0].Value })
		}
		switch {
		case i >= 0:
			out.List[i].Name = item.Alias.Value
		case item.Alias != nil:
			out.set(Column{Name: item.Alias.Value})
		}
	}
	return out
}

func keep(in Columns, open bool, wanted func(name string) bool) Columns {
	out := Columns{Open: open}
	for _, column := range in.List {
		if wanted(column.Name) {
			out.List = append(out.List, column)
		}
	}
	return out
}

// matches reports whether a list of column names and patterns such as Foo* has
// the name in it.
func matches(list Tokens, name string) bool {
	for _, pattern := range split(list, ",") {
		if match(pattern.Text(), name) {
			return true
		}
	}
	return false
}

func match(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, parts[0])
	for _, part := range parts[1 : len(parts)-1] {
		_, name, _ = strings.Cut(name, part)
	}
	return ok && strings.HasSuffix(name, parts[len(parts)-1])
}
