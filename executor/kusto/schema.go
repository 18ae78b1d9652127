package kusto

import (
	"strings"

	"github.com/adx-mon/adxexporter/executor/query"
)

// schema consumes the answer of a query run with query_results_apply_getschema:
// one row for each column that the query's own answer would have.
type schema struct {
	name, kind int // where the name and the type are
	columns    []query.Column
}

// Columns implements query.Consumer.
func (s *schema) Columns(columns []query.Column) error {
	s.name, s.kind = -1, -1
	for i, c := range columns {
		switch c.Name {
		case "ColumnName":
			s.name = i
		case "ColumnType":
			s.kind = i
		}
	}
	if s.name < 0 || s.kind < 0 {
		return fail(query.Permanent, "no_schema", "The endpoint does not describe the query's columns.")
	}
	return nil
}

// Row implements query.Consumer.
func (s *schema) Row(cells []query.Cell) error {
	t, err := query.ParseType(strings.ToLower(string(cells[s.kind].Text)))
	if err != nil {
		return fail(query.Permanent, "no_schema", sentence(err.Error()))
	}
	s.columns = append(s.columns, query.Column{Name: string(cells[s.name].Text), Type: t})
	return nil
}
