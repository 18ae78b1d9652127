package engine

import (
	"errors"
	"strings"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/query"
)

// maxDepth bounds the nesting of expressions and queries.
const maxDepth = 200

// Query is a parsed query.
type Query struct {
	text       string
	program    *program
	deviations []Deviation
}

// Parse reads KQL. The error is an *Error with its place.
func Parse(text string) (*Query, error) {
	tokens, err := kql.Lex(text)
	if err != nil {
		var lexical *kql.SyntaxError
		errors.As(err, &lexical)
		return nil, syntaxError(text, lexical.Offset, "%s", lexical.Message)
	}
	p := &parser{text: text, tokens: tokens}
	prog, err := p.program(false)
	if err != nil {
		return nil, err
	}
	if len(prog.results) == 0 {
		return nil, syntaxError(text, len(text), "a recognition error occurred: the query has no tabular expression")
	}
	return &Query{text: text, program: prog, deviations: p.deviations}, nil
}

type parser struct {
	text       string
	tokens     []kql.Token
	pos        int
	depth      int
	deviations []Deviation
}

func (p *parser) peek() kql.Token { return p.peekAt(0) }

func (p *parser) peekAt(n int) kql.Token {
	if p.pos+n < len(p.tokens) {
		return p.tokens[p.pos+n]
	}
	return kql.Token{Offset: len(p.text)}
}

func (p *parser) next() kql.Token {
	t := p.peek()
	if p.pos < len(p.tokens) {
		p.pos++
	}
	return t
}

func (p *parser) atEnd() bool { return p.pos >= len(p.tokens) }
func (p *parser) here() place { return place(p.peek().Offset) }

// accept takes the next token if it is the operator.
func (p *parser) accept(op string) bool {
	if p.peek().Is(op) {
		p.pos++
		return true
	}
	return false
}

// acceptName takes the next token if it is the keyword.
func (p *parser) acceptName(word string) bool {
	if p.peek().IsName(word) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expect(op string) error {
	if p.accept(op) {
		return nil
	}
	return p.unexpected("'" + op + "'")
}

func (p *parser) expectName(word string) error {
	if p.acceptName(word) {
		return nil
	}
	return p.unexpected("'" + word + "'")
}

func (p *parser) unexpected(want string) error {
	t := p.peek()
	if p.atEnd() {
		return syntaxError(p.text, t.Offset, "unexpected end of the query, expected %s", want)
	}
	return syntaxError(p.text, t.Offset, "unexpected %q, expected %s", t.Text, want)
}

// enter counts one level of nesting; the caller defers leave.
func (p *parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return syntaxError(p.text, p.peek().Offset, "the query is nested too deeply")
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// name takes an identifier, quoted or not.
func (p *parser) name() (string, error) {
	t := p.peek()
	if t.Kind != kql.Name && t.Kind != kql.BracketName {
		return "", p.unexpected("a name")
	}
	p.pos++
	return t.Value, nil
}

// adjacent reports whether the token n ahead follows its predecessor without a
// blank, as in project-away and State*.
func (p *parser) adjacent(n int) bool {
	return p.pos+n < len(p.tokens) && p.pos+n > 0 && p.tokens[p.pos+n-1].End() == p.tokens[p.pos+n].Offset
}

// program reads statements up to the end, or up to the closing brace of a body.
func (p *parser) program(body bool) (*program, error) {
	prog := &program{}
	for {
		for p.accept(";") {
			continue
		}
		if p.atEnd() || body && p.peek().Is("}") {
			return prog, nil
		}
		if err := p.statement(prog); err != nil {
			return nil, err
		}
		if !p.atEnd() && !p.peek().Is(";") && (!body || !p.peek().Is("}")) {
			return nil, p.unexpected("';' or '|'")
		}
	}
}

func (p *parser) statement(prog *program) error {
	switch first, second := p.peek(), p.peekAt(1); {
	case first.IsName("let"):
		let, err := p.let()
		prog.lets = append(prog.lets, let)
		return err
	case first.IsName("declare") && second.IsName("query_parameters"):
		p.pos += 2
		parameters, err := p.parameters()
		prog.parameters = append(prog.parameters, parameters...)
		return err
	case first.IsName("set") && second.Kind == kql.Name:
		return p.set()
	}
	result, err := p.pipeline()
	prog.results = append(prog.results, result)
	return err
}

// set reads and drops "set option [= value]": options come with the request.
func (p *parser) set() error {
	p.pos += 2
	if !p.accept("=") {
		return nil
	}
	_, err := p.primary()
	return err
}

func (p *parser) let() (letStatement, error) {
	let := letStatement{place: p.here()}
	p.pos++
	var err error
	if let.name, err = p.name(); err != nil {
		return let, err
	}
	if err := p.expect("="); err != nil {
		return let, err
	}
	if p.startsLambda() {
		let.value, err = p.lambda()
		return let, err
	}
	let.value, err = p.pipeline()
	return let, err
}

// startsLambda looks for [view] ( ... ) {.
func (p *parser) startsLambda() bool {
	i := 0
	if p.peek().IsName("view") {
		i++
	}
	if !p.peekAt(i).Is("(") {
		return false
	}
	for depth := 0; p.pos+i < len(p.tokens); i++ {
		switch t := p.peekAt(i); {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
		if depth == 0 {
			return p.peekAt(i + 1).Is("{")
		}
	}
	return false
}

func (p *parser) lambda() (*lambda, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	l := &lambda{place: p.here()}
	p.acceptName("view")
	var err error
	if l.parameters, err = p.parameters(); err != nil {
		return nil, err
	}
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	if l.body, err = p.program(true); err != nil {
		return nil, err
	}
	if len(l.body.results) != 1 {
		return nil, p.unexpected("one expression in the function's body")
	}
	return l, p.expect("}")
}

// parameters reads (name: type [= default], table: (columns), ...).
func (p *parser) parameters() ([]parameter, error) {
	var params []parameter
	err := p.commaList("(", ")", func() error {
		param, err := p.parameter()
		params = append(params, param)
		return err
	})
	return params, err
}

func (p *parser) parameter() (parameter, error) {
	var param parameter
	var err error
	if param.name, err = p.name(); err != nil {
		return param, err
	}
	if err := p.expect(":"); err != nil {
		return param, err
	}
	if p.peek().Is("(") {
		return param, p.skipParentheses()
	}
	if param.typ, err = p.typeName(); err != nil {
		return param, err
	}
	if p.accept("=") {
		param.defaultValue, err = p.expression()
	}
	return param, err
}

// skipParentheses drops a row schema: a tabular parameter takes any columns.
func (p *parser) skipParentheses() error {
	for depth := 0; !p.atEnd(); {
		switch t := p.next(); {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
	return p.unexpected("')'")
}

func (p *parser) typeName() (query.Type, error) {
	t := p.peek()
	typ, err := query.ParseType(strings.ToLower(t.Value))
	if t.Kind != kql.Name || err != nil {
		return 0, p.unexpected("a type")
	}
	p.pos++
	return typ, nil
}

// commaList reads open item, item, ... end; a comma before end is allowed.
func (p *parser) commaList(open, end string, item func() error) error {
	if err := p.expect(open); err != nil {
		return err
	}
	for !p.accept(end) {
		if err := item(); err != nil {
			return err
		}
		if !p.accept(",") && !p.peek().Is(end) {
			return p.unexpected("',' or '" + end + "'")
		}
	}
	return nil
}

// pipeline reads a tabular or scalar expression and the operators after it.
func (p *parser) pipeline() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	start := p.here()
	source, err := p.source()
	if err != nil {
		return nil, err
	}
	if !p.peek().Is("|") {
		return source, nil
	}
	pipe := &pipeline{place: start, source: source}
	for p.accept("|") {
		op, err := p.operator()
		if err != nil {
			return nil, err
		}
		pipe.operators = append(pipe.operators, op)
	}
	return pipe, nil
}

// source reads what a pipeline starts with.
func (p *parser) source() (node, error) {
	start, second := p.here(), p.peekAt(1)
	begins := !second.Is("|") && !second.Is(".") && !second.Is("=")
	switch t := p.peek(); {
	case t.IsName("union") && begins:
		p.pos++
		op, err := p.union()
		return &pipeline{place: start, operators: []operator{op}}, err
	case t.IsName("range") && second.Kind == kql.Name:
		p.pos++
		op, err := p.rangeSource()
		return &pipeline{place: start, operators: []operator{op}}, err
	case t.IsName("print") && begins:
		p.pos++
		items, err := p.namedList()
		return &pipeline{place: start, operators: []operator{&printSource{items}}}, err
	case t.IsName("datatable") && second.Is("("):
		return p.datatable()
	}
	return p.expression()
}

func (p *parser) datatable() (node, error) {
	table := &datatable{place: p.here()}
	p.pos++
	err := p.commaList("(", ")", func() error {
		name, err := p.name()
		if err != nil {
			return err
		}
		if err := p.expect(":"); err != nil {
			return err
		}
		typ, err := p.typeName()
		table.columns = append(table.columns, query.Column{Name: name, Type: typ})
		return err
	})
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.Kind == kql.BracketName {
		p.pos++
		table.values = []node{&literal{place: place(t.Offset), value: String(t.Value)}}
		return table, nil
	}
	return table, p.commaList("[", "]", func() error {
		value, err := p.expression()
		table.values = append(table.values, value)
		return err
	})
}

// namedList reads [name =] expression, ... up to the end of the operator.
func (p *parser) namedList() ([]namedNode, error) {
	var items []namedNode
	for {
		item, err := p.named(p.expression)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if !p.accept(",") {
			return items, nil
		}
	}
}

// named reads [name =] value; an argument's value may be a whole pipeline.
func (p *parser) named(value func() (node, error)) (namedNode, error) {
	names, err := p.assignedNames()
	if err != nil {
		return namedNode{}, err
	}
	n, err := value()
	return namedNode{names, n}, err
}

// assignedNames reads "name =" or "(a, b) =" if it is there.
func (p *parser) assignedNames() ([]string, error) {
	t := p.peek()
	if (t.Kind == kql.Name || t.Kind == kql.BracketName) && p.peekAt(1).Is("=") {
		p.pos += 2
		return []string{t.Value}, nil
	}
	i := 1
	for t.Is("(") && p.peekAt(i).Kind == kql.Name && p.peekAt(i+1).Is(",") {
		i += 2
	}
	if i == 1 || !p.peekAt(i+1).Is(")") || !p.peekAt(i+2).Is("=") {
		return nil, nil
	}
	var names []string
	err := p.commaList("(", ")", func() error {
		name, err := p.name()
		names = append(names, name)
		return err
	})
	p.pos++
	return names, err
}

// options reads name=value pairs such as kind=leftouter and hint.x=y; values of
// names that the caller does not look up have no effect.
func (p *parser) options() map[string]string {
	found := map[string]string{}
	for p.peek().Kind == kql.Name {
		name, n := p.peek().Value, 1
		if p.peekAt(1).Is(".") {
			name, n = name+"."+p.peekAt(2).Value, 3
		}
		if !isOption(name) || !p.peekAt(n).Is("=") {
			return found
		}
		found[name] = p.peekAt(n + 1).Value
		p.pos = min(p.pos+n+2, len(p.tokens))
	}
	return found
}

func isOption(name string) bool {
	switch name {
	case "kind", "withsource", "with_source", "isfuzzy", "with_itemindex", "bagexpansion", "flags":
		return true
	}
	return strings.HasPrefix(name, "hint.")
}
