package engine

import (
	"context"
	"regexp"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

const (
	// maxNodes bounds what one query compiles to: functions and lets are
	// compiled where they are used, so a short text can stand for a large query.
	maxNodes = 200_000
	// maxCalls bounds the nesting of functions, which recursion would break.
	maxCalls = 64
)

// expr is a compiled scalar expression.
type expr struct {
	typ query.Type
	// constant says that eval needs no row and always returns the same.
	constant bool
	eval     func(Row) Value
}

func constant(v Value, t query.Type) expr {
	return expr{typ: t, constant: true, eval: func(Row) Value { return v }}
}

// binder compiles one query.
type binder struct {
	catalog           *Catalog
	cluster, database string
	now               time.Time
	clock             time.Time
	exec              *exec
	nodes, calls      int
	patterns          map[string]*regexp.Regexp
	parameters        map[string]string
}

// scope is the names that lets and parameters bind.
type scope struct {
	parent *scope
	names  map[string]*binding
}

// binding is what a name stands for: a compiled scalar, or a tree that is
// compiled where the name is used, in the scope where it was written.
type binding struct {
	scalar *expr
	node   node
	scope  *scope
}

func newScope(parent *scope) *scope { return &scope{parent, map[string]*binding{}} }

func (s *scope) lookup(name string) *binding {
	for ; s != nil; s = s.parent {
		if b, ok := s.names[name]; ok {
			return b
		}
	}
	return nil
}

// env is where a scalar expression stands.
type env struct {
	scope   *scope
	columns []query.Column
	// right is the second table's columns in a join condition, which follow
	// columns in the row.
	right []query.Column
	// aggregates collects the aggregate calls where they are allowed.
	aggregates *aggregation
	// operator is named in messages.
	operator string
}

// count bounds the work of binding and sees the caller's cancellation.
func (b *binder) count() error {
	if b.nodes++; b.nodes > maxNodes {
		return limitError("the query compiles to more than %d steps", maxNodes)
	}
	if b.nodes&0xff == 0 {
		return b.exec.ctx.Err()
	}
	return nil
}

// program binds a query's or a function's statements in a new scope.
func (b *binder) program(prog *program, parent *scope) (*scope, error) {
	s := newScope(parent)
	for _, param := range prog.parameters {
		v, err := b.parameterValue(param)
		if err != nil {
			return nil, err
		}
		e := constant(v, param.typ)
		s.names[param.name] = &binding{scalar: &e}
	}
	for _, let := range prog.lets {
		if s.declares(let.name, parent) {
			return nil, semanticError("SEM0201", let.at(), "the name '%s' is declared more than once", let.name)
		}
		// A let sees what is declared before it, so each has a scope of its own.
		s = &scope{s, map[string]*binding{let.name: {node: let.value, scope: s}}}
	}
	return s, nil
}

// declares reports whether a scope between s and end binds the name.
func (s *scope) declares(name string, end *scope) bool {
	for ; s != end; s = s.parent {
		if _, ok := s.names[name]; ok {
			return true
		}
	}
	return false
}

func (b *binder) parameterValue(param parameter) (Value, error) {
	text, ok := b.parameters[param.name]
	if ok {
		return parseParameter(param, text)
	}
	if param.defaultValue == nil {
		return Value{}, semanticError("SEM0037", -1, "the query parameter '%s' has no value", param.name)
	}
	e, err := b.scalar(param.defaultValue, &env{operator: "declare"})
	if err != nil {
		return Value{}, err
	}
	return convert(e.eval(nil), param.typ), nil
}

// parseParameter reads a parameter's value, which is a literal; for string also
// the bare text.
func parseParameter(param parameter, text string) (Value, error) {
	q, err := Parse("print " + text)
	if err == nil && len(q.program.results) == 1 {
		if l := printedLiteral(q.program.results[0]); l != nil {
			if v := convert(*l, param.typ); !v.Null || l.Null {
				return v, nil
			}
		}
	}
	if v := parseText(text, param.typ); !v.Null {
		return v, nil
	}
	return Value{}, semanticError(codeTypes, -1, "the value of the query parameter '%s' is no %s", param.name, param.typ)
}

func printedLiteral(n node) *Value {
	pipe, ok := n.(*pipeline)
	if !ok || len(pipe.operators) != 1 {
		return nil
	}
	source, ok := pipe.operators[0].(*printSource)
	if !ok || len(source.items) != 1 {
		return nil
	}
	switch n := source.items[0].node.(type) {
	case *literal:
		return &n.value
	case *unary:
		if l, ok := n.of.(*literal); ok {
			v := negate(l.value)
			return &v
		}
	}
	return nil
}

// call binds a lambda's parameters to the arguments and returns the scope of
// its body.
func (b *binder) call(l *lambda, defined *scope, c *call, e *env) (*scope, error) {
	if b.calls >= maxCalls {
		return nil, limitError("functions call each other more than %d deep", maxCalls)
	}
	inner := newScope(defined)
	args := c.args
	for i, param := range l.parameters {
		arg := param.defaultValue
		if n := argumentFor(param.name, i, args); n != nil {
			arg = n
		}
		if arg == nil {
			return nil, semanticError(codeArguments, c.at(), "'%s': the argument '%s' is missing", c.name, param.name)
		}
		bound, err := b.argument(param, arg, e)
		if err != nil {
			return nil, err
		}
		inner.names[param.name] = bound
	}
	if len(args) > len(l.parameters) {
		return nil, semanticError(codeArguments, c.at(), "'%s' expects %d arguments, got %d", c.name, len(l.parameters), len(args))
	}
	return b.program(l.body, inner)
}

func argumentFor(name string, i int, args []namedNode) node {
	for _, arg := range args {
		if arg.name() == name {
			return arg.node
		}
	}
	if i < len(args) && args[i].name() == "" {
		return args[i].node
	}
	return nil
}

func (b *binder) argument(param parameter, arg node, e *env) (*binding, error) {
	if param.typ == 0 {
		return &binding{node: arg, scope: e.scope}, nil
	}
	v, err := b.scalar(arg, e)
	if err != nil {
		return nil, err
	}
	v = converted(v, param.typ)
	return &binding{scalar: &v}, nil
}

// converted returns e as type t.
func converted(e expr, t query.Type) expr {
	if e.typ == t || t == query.Dynamic {
		return e
	}
	eval := e.eval
	return folded(expr{typ: t, constant: e.constant, eval: func(row Row) Value { return convert(eval(row), t) }})
}

// folded evaluates a constant once.
func folded(e expr) expr {
	if !e.constant {
		return e
	}
	return constant(e.eval(nil), e.typ)
}

func (b *binder) regex(pattern string) *regexp.Regexp {
	if re, ok := b.patterns[pattern]; ok {
		return re
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		re = nil
	}
	b.patterns[pattern] = re
	return re
}

// evaluate runs a plan while binding, for toscalar and in (subquery).
func (b *binder) evaluate(p *plan) ([]Row, error) { return b.exec.collect(p) }

func newBinder(ctx context.Context, c *Catalog, o Options) *binder {
	return &binder{
		catalog: c, cluster: o.Cluster, database: o.Database, now: o.Now, clock: o.Clock, parameters: o.Parameters,
		exec: &exec{ctx: ctx, maxRows: o.MaxRows}, patterns: map[string]*regexp.Regexp{},
	}
}
