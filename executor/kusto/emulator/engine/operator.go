package engine

import (
	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// operator reads one operator after a pipe.
func (p *parser) operator() (operator, error) {
	at := p.here()
	name, err := p.operatorName()
	if err != nil {
		return nil, err
	}
	switch name {
	case "where", "filter":
		return p.where(at)
	case "extend", "project", "serialize", "distinct":
		return p.projection(at, name)
	case "project-away", "project-keep", "project-rename", "project-reorder":
		return p.columnSelection(at, name)
	case "summarize":
		return p.summarize(at)
	case "make-series":
		return p.makeSeries(at)
	case "sort", "order":
		return p.sort(at)
	case "top":
		return p.top(at)
	case "take", "limit", "sample":
		return p.take(at)
	case "join", "lookup":
		return p.join(at, name)
	case "union":
		return p.union()
	case "mv-expand", "mvexpand":
		return p.mvExpand(at)
	case "parse", "parse-where":
		return p.parse(at, name)
	case "invoke":
		return p.invoke(at)
	case "count", "getschema", "consume":
		return &simple{at, name}, nil
	case "as":
		_, err := p.name()
		return &simple{at, name}, err
	case "render":
		p.skipOperator()
		return &simple{at, name}, nil
	}
	return nil, syntaxError(p.text, int(at), "the operator %q is not known", name)
}

// operatorName reads a name with hyphens, such as project-away.
func (p *parser) operatorName() (string, error) {
	name, err := p.name()
	for err == nil && p.peek().Is("-") && p.adjacent(0) && p.peekAt(1).Kind == kql.Name && p.adjacent(1) {
		p.pos++
		name += "-" + p.next().Text
	}
	return name, err
}

// skipOperator drops the rest of an operator that has no effect on rows.
func (p *parser) skipOperator() {
	for depth := 0; !p.atEnd(); p.pos++ {
		switch t := p.peek(); {
		case t.Is("("):
			depth++
		case t.Is(")") && depth > 0:
			depth--
		case depth == 0 && (t.Is("|") || t.Is(";") || t.Is(")") || t.Is("}")):
			return
		}
	}
}
