// Command promql reads PromQL queries from standard input, a JSON array of strings,
// and writes for each what it asks for: the metrics with the labels that it matches
// them by, the labels that it groups by, or why it is no query.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

// answer is what a query asks for.
type answer struct {
	Error string `json:"error,omitempty"`
	// Metrics are the labels that each metric is matched by.
	Metrics map[string][]string `json:"metrics"`
	// Grouped are the labels of by, without, on, ignoring and group_left.
	Grouped []string `json:"grouped"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "promql:", err)
		os.Exit(1)
	}
}

func run() error {
	var queries []string
	if err := json.NewDecoder(os.Stdin).Decode(&queries); err != nil {
		return fmt.Errorf("cannot read the queries: %w", err)
	}
	answers := make([]answer, len(queries))
	for i, query := range queries {
		answers[i] = inspect(query)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func inspect(query string) answer {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return answer{Error: err.Error()}
	}
	a := answer{Metrics: map[string][]string{}}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			a.Metrics[n.Name] = append(a.Metrics[n.Name], labelsOf(n)...)
		case *parser.AggregateExpr:
			a.Grouped = append(a.Grouped, n.Grouping...)
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				a.Grouped = append(append(a.Grouped, n.VectorMatching.MatchingLabels...), n.VectorMatching.Include...)
			}
		}
		return nil
	})
	return a
}

func labelsOf(n *parser.VectorSelector) []string {
	var labels []string
	for _, m := range n.LabelMatchers {
		if m.Name != "__name__" {
			labels = append(labels, m.Name)
		}
	}
	return labels
}
