package shape

import (
	"slices"
	"strings"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// Tokens is a piece of a query.
type Tokens []kql.Token

// Start returns the offset of the first byte; 0 for no tokens.
func (t Tokens) Start() int {
	if len(t) == 0 {
		return 0
	}
	return t[0].Offset
}

// End returns the offset behind the last byte; 0 for no tokens.
func (t Tokens) End() int {
	if len(t) == 0 {
		return 0
	}
	return t[len(t)-1].End()
}

// Text returns the tokens' text without the blanks between them.
func (t Tokens) Text() string {
	var b strings.Builder
	for _, token := range t {
		b.WriteString(token.Value)
	}
	return b.String()
}

// Operator is one step of a pipeline: what stands behind a "|".
type Operator struct {
	// Name is the operator's name, as in summarize or project-away.
	Name string
	// Args are the tokens behind the name, All those from the pipe on.
	Args, All Tokens
}

// Query is a KQL text of one or more statements.
type Query struct {
	Tokens     Tokens
	Statements []Tokens
}

// Parse outlines the tokens of a query.
func Parse(tokens []kql.Token) Query {
	q := Query{Tokens: tokens}
	for _, statement := range split(tokens, ";") {
		if len(statement) > 0 {
			q.Statements = append(q.Statements, statement)
		}
	}
	return q
}

// Operators returns the operators of all pipelines, nested ones included, in
// the order of the text.
func (q Query) Operators() []Operator {
	var found []Operator
	for i, token := range q.Tokens {
		if token.Is("|") {
			tokens := upTo(q.Tokens[i+1:], "|", ";")
			found = append(found, operator(tokens))
			found[len(found)-1].All = q.Tokens[i : i+1+len(tokens)]
		}
	}
	return found
}

// operator reads the name of an operator, the hyphens of which the lexer splits.
func operator(tokens Tokens) Operator {
	if len(tokens) == 0 || tokens[0].Kind != kql.Name {
		return Operator{Args: tokens}
	}
	n := 1
	for n+1 < len(tokens) && tokens[n].Is("-") && adjacent(tokens[n-1:n+2]) {
		n += 2
	}
	return Operator{Name: tokens[:n].Text(), Args: tokens[n:]}
}

func adjacent(tokens Tokens) bool {
	for i := range tokens[1:] {
		if tokens[i].End() != tokens[i+1].Offset {
			return false
		}
	}
	return true
}

// Item is one element of an operator's list: an expression that may have a name.
type Item struct {
	// Alias is the name before the "="; nil if there is none.
	Alias *kql.Token
	// Expr is the expression.
	Expr Tokens
	// All is the whole item.
	All Tokens
}

// Items splits a list at its commas.
func Items(list Tokens) []Item {
	var items []Item
	for _, part := range split(list, ",") {
		if len(part) == 0 {
			continue
		}
		item := Item{Expr: part, All: part}
		if len(part) > 1 && isName(part[0]) && part[1].Is("=") {
			item.Alias, item.Expr = &part[0], part[2:]
		}
		items = append(items, item)
	}
	return items
}

// Summarize is a summarize operator.
type Summarize struct {
	Aggregates, By []Item
}

// Summarize reads the arguments of a summarize operator.
func (o Operator) Summarize() Summarize {
	args := o.Args
	for len(args) > 5 && args[0].IsName("hint") && args[1].Is(".") {
		args = args[5:]
	}
	before := upToName(args, "by")
	var by Tokens
	if len(before) < len(args) {
		by = args[len(before)+1:]
	}
	return Summarize{Aggregates: Items(before), By: Items(by)}
}

// split cuts tokens at a separator outside of brackets.
func split(tokens Tokens, separator string) []Tokens {
	var parts []Tokens
	for {
		part := upTo(tokens, separator)
		parts = append(parts, part)
		if len(part) == len(tokens) {
			return parts
		}
		tokens = tokens[len(part)+1:]
	}
}

// upTo returns the tokens before the first of the separators outside of
// brackets, or before the bracket that closes the one the tokens are in. A
// closing bracket that nothing opened is no separator for the caller, so at the
// top it is skipped like any other token.
func upTo(tokens Tokens, separators ...string) Tokens {
	return until(tokens, func(token kql.Token) bool { return slices.ContainsFunc(separators, token.Is) })
}

func upToName(tokens Tokens, name string) Tokens {
	return until(tokens, func(token kql.Token) bool { return token.IsName(name) })
}

func until(tokens Tokens, found func(kql.Token) bool) Tokens {
	depth := 0
	for i, token := range tokens {
		if depth == 0 && found(token) {
			return tokens[:i]
		}
		depth += bracket(token)
		if depth < 0 {
			return tokens[:i]
		}
	}
	return tokens
}

// bracket returns 1 for an opening bracket, -1 for a closing one, otherwise 0.
func bracket(token kql.Token) int {
	if token.Kind != kql.Operator {
		return 0
	}
	switch token.Text {
	case "(", "[", "{":
		return 1
	case ")", "]", "}":
		return -1
	}
	return 0
}

func isName(token kql.Token) bool { return token.Kind == kql.Name || token.Kind == kql.BracketName }

// Call returns the name of the function that is called at tokens[i], in lower
// case; empty if none is.
func (t Tokens) Call(i int) string {
	if i+1 < len(t) && t[i].Kind == kql.Name && t[i+1].Is("(") {
		return strings.ToLower(t[i].Text)
	}
	return ""
}

// Calls reports whether a function for which is holds is called anywhere in the
// tokens.
func (t Tokens) Calls(is func(name string) bool) bool {
	for i := range t {
		if name := t.Call(i); name != "" && is(name) {
			return true
		}
	}
	return false
}

// IsName reports whether the tokens are a name and nothing else.
func (t Tokens) IsName() bool { return len(t) == 1 && isName(t[0]) }

// IsMember reports whether tokens[i] is a member of something, as ts in Body.ts,
// and so names no column or parameter of its own.
func (t Tokens) IsMember(i int) bool { return i > 0 && t[i-1].Is(".") }

// First returns the first token; none, of no kind, if there is none.
func (t Tokens) First() kql.Token {
	if len(t) == 0 {
		return kql.Token{}
	}
	return t[0]
}

// Last returns the last token; none, of no kind, if there is none.
func (t Tokens) Last() kql.Token {
	if len(t) == 0 {
		return kql.Token{}
	}
	return t[len(t)-1]
}
