package lint

import (
	"errors"
	"fmt"
	"slices"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/shape"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// checkSyntax finds text that no Kusto takes as a query: broken literals,
// brackets that do not match, and pipes that lead nowhere. What is left may still
// be wrong, which the server says at the first run.
func checkSyntax(e *exporter) []finding { return e.broken }

func findSyntaxErrors(e *exporter, lexErr error) []finding {
	if broken, ok := errors.AsType[*kql.SyntaxError](lexErr); ok {
		return []finding{syntaxError(e.body.Range(broken.Offset, broken.Offset+1), broken.Message, "")}
	}
	if bad, help := unmatched(e.query.Tokens); bad != nil {
		return []finding{syntaxError(e.at(shape.Tokens{*bad}), fmt.Sprintf("unmatched %q", bad.Text), help)}
	}
	if found := checkOperators(e); len(found) > 0 {
		return found
	}
	return askEngine(e)
}

// checkOperators finds pipes without an operator, and operators that Kusto does
// not have.
func checkOperators(e *exporter) []finding {
	known := slices.Concat(engineOperators(), serviceOperators())
	var found []finding
	for _, operator := range e.query.Operators() {
		if operator.Name == "" {
			found = append(found, syntaxError(e.at(operator.All[:1]), "an operator is missing behind the pipe", "name one, as in: | where, | summarize, | project"))
		} else if !slices.Contains(known, operator.Name) {
			help := didYouMean(closest(operator.Name, known))
			name := operator.All[1 : len(operator.All)-len(operator.Args)]
			found = append(found, syntaxError(e.at(name), fmt.Sprintf("there is no operator %q", operator.Name), help))
		}
	}
	return found
}

// askEngine lets the embedded Kusto read the query. It knows less KQL than the
// service, so what it cannot read is a warning, and it is not asked about what it
// does not have.
func askEngine(e *exporter) []finding {
	if first := e.query.Tokens.First(); first.Kind == 0 || first.Is(".") || isServiceOnly(e.query) {
		return nil
	}
	_, err := engine.Parse(e.body.Value)
	broken, ok := errors.AsType[*engine.Error](err)
	if !ok || broken.Kind != engine.Syntax {
		return nil
	}
	return []finding{{
		severity: Warning, at: e.body.Range(broken.Offset, broken.Offset+1),
		message: "the embedded Kusto cannot read this: " + broken.Message,
		help:    "if it is meant so, let `adxexporter preview` ask Kusto itself",
	}}
}

// engineOperators are the operators that the embedded Kusto knows as well.
func engineOperators() []string {
	return []string{
		"where", "filter", "extend", "project", "serialize", "distinct", "project-away", "project-keep", "project-rename",
		"project-reorder", "summarize", "make-series", "sort", "order", "top", "take", "limit", "sample", "join", "lookup",
		"union", "mv-expand", "mvexpand", "parse", "parse-where", "invoke", "count", "getschema", "consume", "as", "render",
	}
}

// serviceOperators are the operators that only the service knows.
func serviceOperators() []string {
	return []string{
		"assert-schema", "evaluate", "execute-and-cache", "facet", "find", "fork", "graph-mark-components", "graph-match",
		"graph-shortest-paths", "graph-to-table", "graph-where-edges", "graph-where-nodes", "macro-expand", "make-graph", "mv-apply", "mvapply", "parse-kv", "partition",
		"partition-by", "project-by-names", "reduce", "sample-distinct", "scan", "search", "top-hitters", "top-nested",
	}
}

// isServiceOnly reports whether the query has what only the service can read.
func isServiceOnly(query shape.Query) bool {
	for _, operator := range query.Operators() {
		if slices.Contains(serviceOperators(), operator.Name) {
			return true
		}
	}
	for _, token := range query.Tokens {
		if slices.Contains([]string{"alias", "evaluate", "externaldata", "external_data", "find", "pattern", "restrict", "search"}, token.Text) {
			return true
		}
	}
	return false
}

func syntaxError(at source.Range, message, help string) finding {
	return finding{severity: Error, at: at, message: "this is no valid KQL: " + message, help: help}
}

// unmatched returns a bracket without its counterpart.
func unmatched(tokens shape.Tokens) (bad *kql.Token, help string) {
	closing := map[string]string{"(": ")", "[": "]", "{": "}"}
	var open []int
	for i, token := range tokens {
		if token.Kind != kql.Operator {
			continue
		}
		switch token.Text {
		case "(", "[", "{":
			open = append(open, i)
		case ")", "]", "}":
			if len(open) == 0 || closing[tokens[open[len(open)-1]].Text] != token.Text {
				return &tokens[i], "open it first, or remove it"
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		last := tokens[open[len(open)-1]]
		return &last, fmt.Sprintf("close it with %q", closing[last.Text])
	}
	return nil, ""
}
