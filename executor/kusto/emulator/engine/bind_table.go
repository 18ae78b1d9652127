package engine

import (
	"path"
)

// tabular compiles a tabular expression.
func (b *binder) tabular(n node, s *scope) (*plan, error) {
	if err := b.count(); err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *pipeline:
		return b.pipeline(n, s)
	case *identifier:
		return b.tableNamed(n, s)
	case *access:
		return b.tableAt(n, s)
	case *call:
		return b.tableCall(n, s)
	case *datatable:
		return b.datatable(n, s)
	case *planNode:
		// It may be used twice, so no use may narrow it for the other.
		return &plan{columns: n.plan.columns, run: n.plan.run}, nil
	case *pattern:
		return b.tablesMatching(n, s)
	case *star:
		return b.tablesMatching(&pattern{place: n.place, glob: "*"}, s)
	}
	return nil, semanticError(codeOperator, n.at(), "a tabular expression is expected here")
}

func (b *binder) pipeline(n *pipeline, s *scope) (*plan, error) {
	var in *plan
	var err error
	if n.source != nil {
		if in, err = b.tabular(n.source, s); err != nil {
			return nil, err
		}
	}
	for _, op := range n.operators {
		if err := b.count(); err != nil {
			return nil, err
		}
		if in, err = op.bind(b, s, in); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (b *binder) tableNamed(n *identifier, s *scope) (*plan, error) {
	bound := s.lookup(n.name)
	if bound == nil {
		return b.table(b.cluster, b.database, n.name, n.at())
	}
	if bound.node == nil {
		return nil, semanticError(codeOperator, n.at(), "'%s' is a scalar, a table is expected here", n.name)
	}
	if _, isLambda := bound.node.(*lambda); isLambda {
		return b.tableCall(&call{place: n.place, name: n.name}, s)
	}
	return b.tabular(bound.node, bound.scope)
}

// table finds a table or a stored function without parameters.
func (b *binder) table(cluster, database, name string, at int) (*plan, error) {
	db, err := b.catalog.find(cluster, database)
	if err != nil {
		return nil, err
	}
	if t := db.Table(name); t != nil {
		return t.scan(b), nil
	}
	if f := db.function(name); f != nil {
		return b.storedCall(f, cluster, database, &call{place: place(at), name: name}, nil)
	}
	return nil, semanticError(codeUnresolved, at, "Failed to resolve table or column expression named '%s'", name)
}

// storedCall binds a stored function's body in its own database.
func (b *binder) storedCall(f *lambda, cluster, database string, c *call, s *scope) (*plan, error) {
	inner, err := b.call(f, nil, c, &env{scope: s, operator: c.name})
	if err != nil {
		return nil, err
	}
	outerCluster, outerDatabase := b.cluster, b.database
	b.cluster, b.database = cluster, database
	b.calls++
	defer func() {
		b.cluster, b.database = outerCluster, outerDatabase
		b.calls--
	}()
	return b.tabular(f.body.results[0], inner)
}

// tableAt resolves cluster('c').database('d').T, database('d').T, and the form
// cluster('c').d.T that only this engine accepts.
func (b *binder) tableAt(n *access, s *scope) (*plan, error) {
	cluster, database, err := b.databaseAt(n.of, s)
	if err != nil {
		return nil, err
	}
	return b.table(cluster, database, n.name, n.at())
}

func (b *binder) databaseAt(n node, s *scope) (cluster, database string, err error) {
	switch n := n.(type) {
	case nil:
		return b.cluster, b.database, nil
	case *call:
		if n.name == "database" {
			if cluster, err = b.clusterAt(n.of, s); err != nil {
				return "", "", err
			}
			database, err = b.nameArgument(n, s)
			return cluster, database, err
		}
	case *access:
		cluster, err = b.clusterAt(n.of, s)
		return cluster, n.name, err
	}
	return "", "", semanticError(codeUnresolved, n.at(), "Failed to resolve the path to a table: expected cluster('...').database('...')")
}

func (b *binder) clusterAt(n node, s *scope) (string, error) {
	if n == nil {
		return b.cluster, nil
	}
	if c, ok := n.(*call); ok && c.of == nil && c.name == "cluster" {
		return b.nameArgument(c, s)
	}
	return "", semanticError(codeUnresolved, n.at(), "Failed to resolve the path to a table: expected cluster('...')")
}

// nameArgument returns the one string argument of cluster(), database(), table().
func (b *binder) nameArgument(c *call, s *scope) (string, error) {
	if len(c.args) == 0 {
		return "", semanticError(codeArguments, c.at(), "%s() expects a name", c.name)
	}
	e, err := b.scalar(c.args[0].node, &env{scope: s, operator: c.name})
	if err != nil {
		return "", err
	}
	if !e.constant {
		return "", semanticError(codeArguments, c.at(), "%s() expects a constant", c.name)
	}
	return e.eval(nil).Text(), nil
}

func (b *binder) tableCall(n *call, s *scope) (*plan, error) {
	switch {
	case n.name == "materialize" && len(n.args) == 1:
		return b.tabular(n.args[0].node, s)
	case n.name == "table":
		return b.tableFunction(n, s)
	}
	if bound := s.lookup(n.name); bound != nil && n.of == nil {
		if l, ok := bound.node.(*lambda); ok {
			return b.lambdaTable(l, bound.scope, n, s)
		}
	}
	cluster, database, err := b.databaseAt(n.of, s)
	if err != nil {
		return nil, err
	}
	db, err := b.catalog.find(cluster, database)
	if err != nil {
		return nil, err
	}
	if f := db.function(n.name); f != nil {
		return b.storedCall(f, cluster, database, n, s)
	}
	return nil, semanticError("SEM0260", n.at(), "Unknown function: '%s'", n.name)
}

func (b *binder) tableFunction(n *call, s *scope) (*plan, error) {
	cluster, database, err := b.databaseAt(n.of, s)
	if err != nil {
		return nil, err
	}
	name, err := b.nameArgument(n, s)
	if err != nil {
		return nil, err
	}
	if bound := s.lookup(name); bound != nil && n.of == nil {
		return b.tableNamed(&identifier{n.place, name}, s)
	}
	return b.table(cluster, database, name, n.at())
}

func (b *binder) lambdaTable(l *lambda, defined *scope, n *call, s *scope) (*plan, error) {
	inner, err := b.call(l, defined, n, &env{scope: s, operator: n.name})
	if err != nil {
		return nil, err
	}
	b.calls++
	defer func() { b.calls-- }()
	return b.tabular(l.body.results[0], inner)
}

func (b *binder) datatable(n *datatable, s *scope) (*plan, error) {
	width := len(n.columns)
	if width == 0 || len(n.values)%width != 0 {
		return nil, semanticError(codeOperator, n.at(), "datatable: the number of values is no multiple of the number of columns")
	}
	var rows []Row
	for i := 0; i < len(n.values); i += width {
		row := make(Row, width)
		for j, value := range n.values[i : i+width] {
			e, err := b.scalar(value, &env{scope: s, operator: "datatable"})
			if err != nil {
				return nil, err
			}
			if !e.constant {
				return nil, semanticError(codeOperator, value.at(), "datatable: a constant is expected here")
			}
			row[j] = convert(e.eval(nil), n.columns[j].Type)
		}
		rows = append(rows, row)
	}
	return fixed(n.columns, rows), nil
}

// tablesMatching is the union of a database's tables whose names match.
func (b *binder) tablesMatching(n *pattern, s *scope) (*plan, error) {
	cluster, database, err := b.databaseAt(n.of, s)
	if err != nil {
		return nil, err
	}
	db, err := b.catalog.find(cluster, database)
	if err != nil {
		return nil, err
	}
	var inputs []unionInput
	for _, t := range db.Tables() {
		if ok, err := path.Match(n.glob, t.Name); err == nil && ok {
			inputs = append(inputs, unionInput{t.Name, t.scan(b)})
		}
	}
	if len(inputs) == 0 {
		return nil, semanticError(codeUnresolved, n.at(), "Failed to resolve tables that match '%s'", n.glob)
	}
	return unionOf(inputs, false, ""), nil
}
