package lint

import (
	"fmt"
	"strings"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/shape"
)

// checkSummarize finds group keys among the aggregates of a summarize:
//
//	summarize v = avg(x), timestamp = bin(Timestamp, 1m) by A
//
// which Kusto refuses as KS236, although it reads well.
func checkSummarize(e *exporter) []finding {
	var found []finding
	for _, operator := range e.query.Operators() {
		if operator.Name != "summarize" {
			continue
		}
		summarize := operator.Summarize()
		aggregates, keys := partition(summarize.Aggregates)
		fixed := e.summarize(aggregates, append(summarize.By, keys...))
		for _, key := range keys {
			found = append(found, finding{
				severity: Error, at: e.at(key.All), variant: fmt.Sprint(operator.Args.Start()),
				message: fmt.Sprintf("Kusto refuses %s here, because it is no aggregate (KS236)", quoteKQL(e.kql(key.Expr))),
				help:    "group by it: " + fixed,
			})
		}
	}
	return found
}

// partition tells items with an aggregate in them from those without. An item
// that only calls functions we do not know may be a new aggregate, and is left
// alone.
func partition(items []shape.Item) (aggregates, keys []shape.Item) {
	for _, item := range items {
		if (item.Expr.Calls(isKey) || item.Expr.IsName()) && !item.Expr.Calls(shape.IsAggregate) {
			keys = append(keys, item)
		} else {
			aggregates = append(aggregates, item)
		}
	}
	return aggregates, keys
}

// isKey reports whether a function is a usual one for group keys.
func isKey(name string) bool {
	switch name {
	case "bin", "floor", "bin_at", "startofday", "startofhour", "startofweek", "startofmonth", "startofyear",
		"tostring", "tolower", "toupper", "strcat", "split", "extract", "coalesce", "iff", "iif", "case":
		return true
	}
	return false
}

func (e *exporter) summarize(aggregates, by []shape.Item) string {
	return "summarize " + e.items(aggregates) + " by " + e.items(by)
}

func (e *exporter) items(items []shape.Item) string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = e.kql(item.All)
	}
	return strings.Join(texts, ", ")
}

// quoteKQL marks a piece of KQL in a sentence. A long one is cut.
func quoteKQL(s string) string {
	s = oneLine(s)
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:57]) + "..."
	}
	return "`" + s + "`"
}
