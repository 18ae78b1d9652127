package lint

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
	"github.com/adx-mon/adxexporter/executor/criteria"
)

// checkCriteria finds a criteria expression that does not compile: no instance
// would ever run the exporter.
func checkCriteria(e *exporter) []finding {
	expression := get(e.spec, "criteriaExpression")
	_, err := criteria.Compile(nil, expression.Value)
	if err == nil {
		return nil
	}
	f := finding{
		severity: Error, at: expression.All(), message: err.Error(),
		help: `the expression is CEL over the cluster labels, as in: labels["region"] == "eastus", or region == "eastus"`,
	}
	if wrong, ok := errors.AsType[*criteria.ExpressionError](err); ok {
		f.message = "the expression does not compile: " + wrong.Message
		if wrong.Line > 0 {
			f.at = position(expression, wrong.Line, wrong.Column)
		}
	}
	return []finding{f}
}

// position returns the place in the file of a line and column of a text.
func position(text source.Text, line, column int) source.Range {
	offset := 0
	for range line - 1 {
		offset += 1 + strings.IndexByte(text.Value[offset:], '\n')
	}
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text.Value[offset:])
		offset += size
	}
	return text.Range(offset, offset+1)
}
