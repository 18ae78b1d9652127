package engine

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/query"
)

// Options are how a query runs.
type Options struct {
	// Cluster and Database are where unqualified tables are looked up.
	Cluster, Database string
	// Now is what now() returns; Clock is up to when live tables have rows.
	// A zero Clock is Now.
	Now, Clock time.Time
	// Parameters are the values of declared query parameters, as literals.
	Parameters map[string]string
	// Strict refuses deviations.
	Strict bool
	// MaxRows bounds the rows passed between operators; zero is ten million.
	MaxRows int64
}

const defaultMaxRows = 10_000_000

// Result is one table of an answer, not yet run.
type Result struct {
	// Columns is the schema, known without running.
	Columns []query.Column
	// Warnings are the deviations that the query was forgiven.
	Warnings []Deviation

	plan *plan
	exec *exec
}

// Each runs the query and calls f for each row. A row may be kept, not changed.
func (r *Result) Each(f func(Row) error) error { return r.plan.run(r.exec, f) }

// Rows runs the query and returns all its rows.
func (r *Result) Rows() ([]Row, error) { return r.exec.collect(r.plan) }

// Run parses and binds a query. The answer's tables are run when their rows are
// asked for; ctx bounds that too. An error of the query is an *Error.
func Run(ctx context.Context, c *Catalog, text string, o Options) ([]*Result, error) {
	q, err := Parse(text)
	if err != nil {
		return nil, err
	}
	if o.Strict && len(q.deviations) > 0 {
		return nil, strictError(text, q.deviations[0])
	}
	o.Clock = cmp.Or(o.Clock, o.Now)
	o.MaxRows = cmp.Or(o.MaxRows, defaultMaxRows)
	results, err := bindAll(newBinder(ctx, c, o), q)
	var e *Error
	if errors.As(err, &e) && e.Kind == Semantic && e.Offset >= 0 {
		e.Line, e.Column = kql.Position(text, e.Offset)
	}
	return results, err
}

func bindAll(b *binder, q *Query) ([]*Result, error) {
	if _, err := b.catalog.find(b.cluster, b.database); err != nil {
		return nil, err
	}
	s, err := b.program(q.program, nil)
	if err != nil {
		return nil, err
	}
	var results []*Result
	for _, n := range q.program.results {
		p, err := b.statement(n, s)
		if err != nil {
			return nil, err
		}
		results = append(results, &Result{Columns: p.columns, Warnings: q.deviations, plan: p, exec: b.exec})
	}
	return results, nil
}

// statement binds a tabular expression; a scalar one is printed.
func (b *binder) statement(n node, s *scope) (*plan, error) {
	switch n.(type) {
	case *literal, *binary, *unary, *index, *list:
		return (&printSource{[]namedNode{{node: n}}}).bind(b, s, nil)
	}
	return b.tabular(n, s)
}

func strictError(text string, d Deviation) *Error {
	e := semanticError(codeUnresolved, d.Offset, "%s (%s): %s", d.Message, d.Code, d.Fix)
	if d.Code == CodeNotAggregate {
		e.Code = codeOperator
	}
	e.Line, e.Column = kql.Position(text, d.Offset)
	return e
}

// Schema returns the table that describes r's columns, as getschema does.
func (r *Result) Schema() *Result {
	return &Result{Columns: schemaColumns, Warnings: r.Warnings, plan: fixed(schemaColumns, schemaRows(r.Columns)), exec: r.exec}
}
