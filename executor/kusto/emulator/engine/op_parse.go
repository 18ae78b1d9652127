package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/query"
)

// parseOp is parse and parse-where.
type parseOp struct {
	place
	of      node
	pattern *regexp.Regexp
	columns []query.Column
	// strict is kind=simple or regex: a value that does not fit its type undoes
	// the whole match; kind=relaxed makes only that value null.
	strict bool
	// matching is parse-where: rows that do not match are dropped.
	matching bool
}

func (p *parser) parse(at place, name string) (operator, error) {
	o := &parseOp{place: at, matching: name == "parse-where"}
	kind := p.options()["kind"]
	o.strict = kind != "relaxed"
	var err error
	if o.of, err = p.additive(); err != nil {
		return nil, err
	}
	if err := p.expectName("with"); err != nil {
		return nil, err
	}
	pattern, err := p.parsePattern(o, kind == "regex")
	if err != nil {
		return nil, err
	}
	if o.pattern, err = regexp.Compile(pattern); err != nil {
		return nil, syntaxError(p.text, int(at), "parse: the pattern is no regular expression")
	}
	return o, nil
}

// parsePattern reads * "text" column:type ... into a regular expression with a
// group for each column.
func (p *parser) parsePattern(o *parseOp, isRegex bool) (string, error) {
	var b strings.Builder
	b.WriteString("(?s)^")
	skipped := false
	for !p.atEnd() && !p.peek().Is("|") && !p.peek().Is(")") && !p.peek().Is(";") {
		t := p.next()
		switch {
		case t.Is("*"):
			b.WriteString(".*?")
			skipped = true
			continue
		case t.Kind == kql.String && isRegex:
			b.WriteString(t.Value)
		case t.Kind == kql.String:
			b.WriteString(regexp.QuoteMeta(t.Value))
		case t.Kind == kql.Name || t.Kind == kql.BracketName:
			column, err := p.parseColumn(t.Value)
			if err != nil {
				return "", err
			}
			o.columns = append(o.columns, column)
			b.WriteString(groupFor(column.Type, o.strict))
		default:
			p.pos--
			return "", p.unexpected("*, a string or a column")
		}
		skipped = false
	}
	if !skipped {
		b.WriteString("$")
	}
	return b.String(), nil
}

func (p *parser) parseColumn(name string) (query.Column, error) {
	c := query.Column{Name: name, Type: query.String}
	if !p.accept(":") {
		return c, nil
	}
	var err error
	c.Type, err = p.typeName()
	return c, err
}

// groupFor is greedy for numbers, which end themselves, and lazy for text; with
// kind=relaxed text in the place of a number matches too, and is null.
func groupFor(t query.Type, strict bool) string {
	number := ""
	switch t {
	case query.Int, query.Long:
		number = `-?\d+`
	case query.Real, query.Decimal:
		number = `-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`
	default:
		return "(.*?)"
	}
	if strict {
		return `\s*(` + number + ")"
	}
	return `\s*(` + number + "|.*?)"
}

func (o *parseOp) bind(b *binder, s *scope, in *plan) (*plan, error) {
	of, err := b.scalar(o.of, &env{scope: s, columns: in.columns, operator: "parse"})
	if err != nil {
		return nil, err
	}
	columns := slices.Clone(in.columns)
	targets := make([]int, len(o.columns))
	for i, c := range o.columns {
		if targets[i] = columnIndex(columns, c.Name); targets[i] >= 0 {
			columns[targets[i]].Type = c.Type
			continue
		}
		targets[i] = len(columns)
		columns = append(columns, c)
	}
	return &plan{columns: columns, run: func(x *exec, emit emitFunc) error {
		return in.run(x, func(row Row) error {
			values, ok := o.match(of.eval(row).Text())
			if !ok && o.matching {
				return nil
			}
			out := make(Row, len(columns))
			copy(out, row)
			for i, v := range values {
				out[targets[i]] = v
			}
			return emit(out)
		})
	}}, nil
}

// match returns the columns' values, nulls where text does not match.
func (o *parseOp) match(text string) ([]Value, bool) {
	values := make([]Value, len(o.columns))
	groups := o.pattern.FindStringSubmatch(text)
	ok := len(groups) > len(o.columns)
	for i, c := range o.columns {
		values[i] = Null(c.Type)
		if ok {
			values[i] = parseText(groups[i+1], c.Type)
		}
		if ok && values[i].Null && o.strict {
			return o.match("\x00no match")
		}
	}
	return values, ok
}
