package engine

import (
	"github.com/adx-mon/adxexporter/executor/query"
)

// node is an expression, scalar or tabular, with its place in the source.
type node interface {
	// at returns the byte offset of the node's first character.
	at() int
}

type place int

func (p place) at() int { return int(p) }

type (
	// literal is a constant; dynamic(...) is dynamic whatever it holds.
	literal struct {
		place
		value   Value
		dynamic bool
	}
	// identifier is a name: of a column, a let, a parameter or a table.
	identifier struct {
		place
		name string
	}
	// star is * as an argument; pattern is a name with * in it.
	star    struct{ place }
	pattern struct {
		place
		of   node
		glob string
	}
	// access is x.name; index is x[key].
	access struct {
		place
		of   node
		name string
	}
	index struct {
		place
		of, key node
	}
	// call is f(args) or, with of, x.f(args).
	call struct {
		place
		of   node
		name string
		args []namedNode
	}
	unary struct {
		place
		operator string
		of       node
	}
	binary struct {
		place
		operator    string
		left, right node
	}
	// list is the right side of in, has_any and between.
	list struct {
		place
		items []node
	}
	// pipeline is source | operator | operator.
	pipeline struct {
		place
		source    node
		operators []operator
	}
	// lambda is (parameters) { body } on the right side of a let.
	lambda struct {
		place
		parameters []parameter
		body       *program
	}
	// datatable is a table written out.
	datatable struct {
		place
		columns []query.Column
		values  []node
	}
)

// namedNode is name = expression; without a name, names is empty. Several names
// are the tuple (a, b) = expression.
type namedNode struct {
	names []string
	node
}

func (n namedNode) name() string {
	if len(n.names) == 0 {
		return ""
	}
	return n.names[0]
}

// parameter is a formal parameter of a lambda, a stored function or a query.
type parameter struct {
	name string
	// typ is 0 for a tabular parameter.
	typ          query.Type
	defaultValue node
}

// letStatement binds a name.
type letStatement struct {
	place
	name  string
	value node
}

// program is the statements of a query or of a function's body.
type program struct {
	parameters []parameter
	lets       []letStatement
	results    []node
}

// operator is one step of a pipeline.
type operator interface {
	// bind compiles the operator over its input.
	bind(b *binder, s *scope, in *plan) (*plan, error)
}
