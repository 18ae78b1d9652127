package lint

import (
	"fmt"
	"strings"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

// role is a column that the transform names, and what for.
type role struct {
	field  string
	column source.Text
}

// roles returns all columns that the transform names, in the order of the API.
func (e *exporter) roles() []role {
	var found []role
	for _, field := range []string{"metricNameColumn", "valueColumn", "timestampColumn"} {
		found = append(found, role{field, e.transform(field)})
	}
	for _, field := range []string{"valueColumns", "labelColumns"} {
		for _, column := range e.list(field) {
			found = append(found, role{field, column})
		}
	}
	return found
}

// checkColumns finds columns that the transform wants and the query does not
// give, where the query's end says what it gives.
func checkColumns(e *exporter) []finding {
	if e.result.Open || len(e.query.Statements) == 0 {
		return nil
	}
	var found []finding
	for _, role := range e.roles() {
		name := role.column.Value
		if _, ok := e.result.Find(name); ok || name == "" {
			continue
		}
		f := finding{
			severity: Error, at: role.column.All(),
			message: fmt.Sprintf("column %q (%s) is not in the query's result", name, role.field),
			help:    "it has " + strings.Join(e.result.Names(), ", "),
		}
		if meant := closest(name, e.result.Names()); meant != "" {
			f.help = didYouMean(meant) + " " + f.help
		}
		found = append(found, f)
	}
	return found
}
