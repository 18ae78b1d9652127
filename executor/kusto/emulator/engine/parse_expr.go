package engine

import (
	"strings"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/query"
)

// expression reads a scalar expression, or the name of a table.
func (p *parser) expression() (node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	return p.leftAssociative(func() (node, error) {
		return p.leftAssociative(p.comparison, p.wordOperator("and"))
	}, p.wordOperator("or"))
}

// leftAssociative reads operand (operator operand)*.
func (p *parser) leftAssociative(operand func() (node, error), operator func() string) (node, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		at := p.here()
		op := operator()
		if op == "" {
			return left, nil
		}
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = &binary{at, op, left, right}
	}
}

func (p *parser) wordOperator(word string) func() string {
	return func() string {
		if p.acceptName(word) {
			return word
		}
		return ""
	}
}

func (p *parser) symbolOperator(symbols ...string) func() string {
	return func() string {
		for _, symbol := range symbols {
			if p.accept(symbol) {
				return symbol
			}
		}
		return ""
	}
}

func (p *parser) comparison() (node, error) {
	left, err := p.additive()
	if err != nil {
		return nil, err
	}
	for {
		at := p.here()
		op := p.comparisonOperator()
		if op == "" {
			return left, nil
		}
		right, err := p.comparand(op)
		if err != nil {
			return nil, err
		}
		left = &binary{at, op, left, right}
	}
}

// comparisonOperator takes a comparison or string operator; a negated one, !in
// or !has, is one name.
func (p *parser) comparisonOperator() string {
	if symbol := p.symbolOperator("==", "!=", "<>", "<=", ">=", "<", ">", "=~", "!~")(); symbol != "" {
		return strings.Replace(symbol, "<>", "!=", 1)
	}
	n, word := 0, ""
	if p.peek().Is("!") && p.adjacent(1) {
		n, word = 1, "!"
	}
	t := p.peekAt(n)
	if t.Kind != kql.Name || !isStringOperator(t.Value) {
		return ""
	}
	word += t.Value
	n++
	if t.Value == "in" && p.peekAt(n).Is("~") && p.adjacent(n) {
		word += "~"
		n++
	}
	if t.Value == "matches" {
		if !p.peekAt(n).IsName("regex") {
			return ""
		}
		n++
	}
	p.pos += n
	return word
}

func isStringOperator(word string) bool {
	switch word {
	case "in", "between", "matches", "has", "has_cs", "hasprefix", "hasprefix_cs", "hassuffix", "hassuffix_cs",
		"contains", "contains_cs", "startswith", "startswith_cs", "endswith", "endswith_cs", "has_any", "has_all":
		return true
	}
	return false
}

// comparand reads the right side: a list for in and the like, a range for
// between, otherwise an expression.
func (p *parser) comparand(op string) (node, error) {
	switch strings.Trim(op, "!~") {
	case "between":
		return p.betweenRange()
	case "in", "has_any", "has_all":
		if p.peek().Is("(") {
			items := &list{place: p.here()}
			return items, p.commaList("(", ")", func() error {
				item, err := p.pipeline()
				items.items = append(items.items, item)
				return err
			})
		}
	}
	return p.additive()
}

func (p *parser) betweenRange() (node, error) {
	bounds := &list{place: p.here()}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	low, err := p.expression()
	if err != nil {
		return nil, err
	}
	if err := p.expect(".."); err != nil {
		return nil, err
	}
	high, err := p.expression()
	if err != nil {
		return nil, err
	}
	bounds.items = []node{low, high}
	return bounds, p.expect(")")
}

func (p *parser) additive() (node, error) {
	return p.leftAssociative(func() (node, error) {
		return p.leftAssociative(p.unary, p.symbolOperator("*", "/", "%"))
	}, p.symbolOperator("+", "-"))
}

func (p *parser) unary() (node, error) {
	at := p.here()
	op := p.symbolOperator("-", "+")()
	if op == "" {
		return p.postfix()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	of, err := p.unary()
	return &unary{at, op, of}, err
}

// postfix reads a primary and the members, indexes and method calls after it.
func (p *parser) postfix() (node, error) {
	of, err := p.primary()
	for err == nil {
		switch {
		case p.peek().Is(".") && p.peekAt(1).Kind != kql.Number:
			p.pos++
			of, err = p.memberOf(of)
		case p.peek().Is("["):
			of, err = p.indexOf(of)
		default:
			return of, nil
		}
	}
	return nil, err
}

func (p *parser) memberOf(of node) (node, error) {
	at := p.here()
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if p.peek().Is("(") {
		args, err := p.arguments()
		return &call{at, of, name, args}, err
	}
	p.checkPath(of, name, int(at))
	return p.maybePattern(&access{at, of, name}, of, name)
}

// maybePattern turns name* into a pattern of table or column names.
func (p *parser) maybePattern(plain, of node, name string) (node, error) {
	if !p.peek().Is("*") || !p.adjacent(0) || p.continuesProduct() {
		return plain, nil
	}
	p.pos++
	return &pattern{place(plain.at()), of, name + "*"}, nil
}

// continuesProduct reports whether the * ahead multiplies: something that can be
// a factor follows it and does not belong to the name.
func (p *parser) continuesProduct() bool {
	after := p.peekAt(1)
	switch after.Kind {
	case 0:
		return false
	case kql.Operator:
		return after.Is("(") || after.Is("-")
	case kql.Name:
		return !after.IsName("on") && !after.IsName("by") && !after.IsName("asc") && !after.IsName("desc")
	default:
		return true
	}
}

func (p *parser) indexOf(of node) (node, error) {
	at := p.here()
	p.pos++
	key, err := p.expression()
	if err != nil {
		return nil, err
	}
	return &index{at, of, key}, p.expect("]")
}

func (p *parser) arguments() ([]namedNode, error) {
	var args []namedNode
	err := p.commaList("(", ")", func() error {
		if p.peek().Is("*") {
			args = append(args, namedNode{nil, &star{p.here()}})
			p.pos++
			return nil
		}
		arg, err := p.named(p.pipeline)
		args = append(args, arg)
		return err
	})
	return args, err
}

func (p *parser) primary() (node, error) {
	t := p.peek()
	at := place(t.Offset)
	switch t.Kind {
	case kql.String:
		p.pos++
		return p.concatenated(at, t.Value)
	case kql.Number:
		p.pos++
		return p.literal(at, numberValue(t.Text), t)
	case kql.TimeSpan:
		p.pos++
		return p.literal(at, timeSpanToken(t.Text), t)
	case kql.Typed:
		return p.typed()
	case kql.BracketName:
		p.pos++
		return &identifier{at, t.Value}, nil
	case kql.Name:
		return p.nameOrCall()
	default:
		return p.parenthesis(at)
	}
}

// parenthesis reads (expression), where the expression may be a pipeline, or *.
func (p *parser) parenthesis(at place) (node, error) {
	if p.accept("*") {
		return &star{at}, nil
	}
	if !p.accept("(") {
		return nil, p.unexpected("an expression")
	}
	inner, err := p.pipeline()
	if err != nil {
		return nil, err
	}
	return inner, p.expect(")")
}

func (p *parser) literal(at place, v Value, t kql.Token) (node, error) {
	if v.Null {
		return nil, syntaxError(p.text, t.Offset, "cannot parse the literal %q", t.Text)
	}
	return &literal{place: at, value: v}, nil
}

// concatenated joins string literals that follow each other, as KQL does.
func (p *parser) concatenated(at place, s string) (node, error) {
	for p.peek().Kind == kql.String {
		s += p.next().Value
	}
	return &literal{place: at, value: String(s)}, nil
}

func (p *parser) typed() (node, error) {
	t := p.next()
	typ, err := query.ParseType(t.Type)
	if err != nil {
		return nil, syntaxError(p.text, t.Offset, "%s", err)
	}
	v, ok := parseLiteral(typ, t.Value)
	if !ok {
		return nil, syntaxError(p.text, t.Offset, "Failed to parse %s literal: '%s'", typ, t.Text)
	}
	return &literal{place: place(t.Offset), value: v}, nil
}

func (p *parser) nameOrCall() (node, error) {
	t := p.next()
	at := place(t.Offset)
	switch {
	case t.Value == "true" || t.Value == "false":
		return &literal{place: at, value: Bool(t.Value == "true")}, nil
	case t.Value == "dynamic" && p.peek().Is("("):
		return p.dynamicLiteral(at)
	case t.Value == "typeof" && p.peek().Is("("):
		return p.typeOf(at)
	case t.Value == "datatable" && p.peek().Is("("):
		p.pos--
		return p.datatable()
	case p.peek().Is("("):
		args, err := p.arguments()
		return &call{at, nil, t.Value, args}, err
	}
	return p.maybePattern(&identifier{at, t.Value}, nil, t.Value)
}

// typeOf reads typeof(type), an argument that names a type.
func (p *parser) typeOf(at place) (node, error) {
	p.pos++
	typ, err := p.typeName()
	if err != nil {
		return nil, err
	}
	return &literal{place: at, value: String(typ.String())}, p.expect(")")
}

// dynamicLiteral reads dynamic(JSON). The lexer takes ["a"] for a quoted name,
// which here is an array of one string.
func (p *parser) dynamicLiteral(at place) (node, error) {
	p.pos++
	v, err := p.json()
	if err != nil {
		return nil, err
	}
	return &literal{at, v, true}, p.expect(")")
}

func (p *parser) json() (Value, error) {
	if err := p.enter(); err != nil {
		return Value{}, err
	}
	defer p.leave()
	t := p.peek()
	switch {
	case t.Is("["):
		items := []Value{}
		err := p.commaList("[", "]", func() error {
			item, err := p.json()
			items = append(items, item)
			return err
		})
		return Array(items), err
	case t.Is("{"):
		return p.jsonBag()
	case t.Kind == kql.BracketName:
		p.pos++
		return Array([]Value{String(t.Value)}), nil
	case t.IsName("null"):
		p.pos++
		return Null(query.Dynamic), nil
	}
	n, err := p.unary()
	if err != nil {
		return Value{}, err
	}
	return p.jsonScalar(n)
}

func (p *parser) jsonScalar(n node) (Value, error) {
	switch n := n.(type) {
	case *literal:
		return n.value, nil
	case *unary:
		if l, ok := n.of.(*literal); ok && n.operator == "-" {
			return negate(l.value), nil
		}
	}
	return Value{}, syntaxError(p.text, n.at(), "expected a JSON value")
}

func (p *parser) jsonBag() (Value, error) {
	bag := newBag()
	err := p.commaList("{", "}", func() error {
		key := p.next()
		if key.Kind != kql.String {
			p.pos--
			return p.unexpected("a key in quotes")
		}
		if err := p.expect(":"); err != nil {
			return err
		}
		item, err := p.json()
		bag.set(key.Value, item)
		return err
	})
	return bagOf(bag), err
}
