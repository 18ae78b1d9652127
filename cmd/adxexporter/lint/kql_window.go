package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/shape"
	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// The names under which a query sees its window.
const (
	startTime        = "_startTime"
	endTime          = "_endTime"
	endTimeExclusive = "_endTimeExclusive"
	interval         = "_interval"
)

func windowNames() []string { return []string{startTime, endTime, endTimeExclusive, interval} }

// checkWindow finds queries that miss their window or misread its edges. Windows
// must meet without a gap and without an overlap, or rows are counted twice or
// not at all.
func checkWindow(e *exporter) []finding {
	tokens := e.query.Tokens
	if len(tokens) == 0 {
		return nil
	}
	if tokens[0].Is(".") {
		return []finding{{
			severity: Error, at: e.at(tokens[:1]),
			message: "management commands are refused",
			help:    "the body must be a query; run the command once, by other means",
		}}
	}
	found := unused(e)
	bound := boundNames(tokens)
	for i, token := range tokens {
		for _, check := range []func(*exporter, shape.Tokens, int) *finding{edge, clock, quoted, rebound} {
			if f := check(e, tokens, i); f != nil {
				f.severity, f.at = Warning, e.at(shape.Tokens{token})
				found = append(found, *f)
			}
		}
		if token.Kind == kql.Name && !tokens.IsMember(i) && !bound[token.Text] {
			found = append(found, unknownName(e, token)...)
		}
	}
	return found
}

// unused finds a query that reads the same rows at each run.
func unused(e *exporter) []finding {
	if e.cut {
		return nil // It may be in the part that cannot be read.
	}
	for _, token := range e.query.Tokens {
		if token.IsName(startTime) || token.IsName(endTime) || token.IsName(endTimeExclusive) {
			return nil
		}
	}
	return []finding{{
		severity: Warning, at: e.body.All(),
		message: "the query does not use its window, so each run reads all rows again",
		help:    "filter by time: | where Timestamp between (_startTime .. _endTime)",
	}}
}

// edge finds comparisons that lose the window's last moment, or count the next
// window's first one twice: _endTime is the last tick inside, _endTimeExclusive
// the first one outside.
func edge(_ *exporter, tokens shape.Tokens, i int) *finding {
	before, after := tokens[:i].Last(), tokens[i+1:].First()
	switch token := tokens[i]; {
	case token.IsName(endTime) && (before.Is("<") || after.Is(">")):
		return &finding{
			variant: "edge", message: "_endTime is the last moment inside the window, and < leaves it out",
			help: "write <= _endTime, or < _endTimeExclusive",
		}
	case token.IsName(endTimeExclusive) && (before.Is("<=") || before.Is("..") || after.Is(">=")):
		return &finding{
			variant: "exclusive", message: "_endTimeExclusive is in the next window, so its rows are counted twice",
			help: "write between (_startTime .. _endTime), or < _endTimeExclusive",
		}
	}
	return nil
}

// clock finds queries whose rows depend on when they run.
func clock(_ *exporter, tokens shape.Tokens, i int) *finding {
	name := tokens.Call(i)
	if name != "ago" && name != "now" {
		return nil
	}
	return &finding{
		variant: name, message: fmt.Sprintf("%s() does not move with the window", name),
		help: "use _startTime and _endTime; the exporter only fixes the query's clock to the window's end (query_now), so that a retry gives the same rows",
	}
}

// quoted finds names in quotes, which upstream's documentation has in places,
// and which are plain text to Kusto.
func quoted(e *exporter, tokens shape.Tokens, i int) *finding {
	name := tokens[i].Value
	if tokens[i].Kind != kql.String || !slices.Contains(e.parameters(), name) {
		return nil
	}
	return &finding{
		variant: "quoted", message: fmt.Sprintf("%s is plain text, because it is in quotes", tokens[i].Text),
		help: fmt.Sprintf("write %s without quotes: parameters are values, they are not put into the text", name),
	}
}

// rebound finds a query that hides a parameter from itself.
func rebound(_ *exporter, tokens shape.Tokens, i int) *finding {
	if i == 0 || !tokens[i-1].IsName("let") || !slices.Contains(windowNames(), tokens[i].Text) {
		return nil
	}
	return &finding{
		variant: "rebound", message: fmt.Sprintf("let %s replaces the window's own value", tokens[i].Text),
		help: "remove the let, or give it another name",
	}
}

// parameters returns all names that the exporter gives to the query.
func (e *exporter) parameters() []string {
	names := windowNames()
	for label := range e.options.ClusterLabels {
		names = append(names, parameterName(label))
	}
	slices.Sort(names)
	return names
}

// parameterName returns the name under which a query sees a cluster label.
func parameterName(label string) string {
	return "_" + strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '_' || '0' <= r && r <= '9' || 'a' <= lower(byte(r)) && lower(byte(r)) <= 'z') {
			return r
		}
		return '_'
	}, label)
}

// boundNames returns the names that the query gives a meaning itself.
func boundNames(tokens shape.Tokens) map[string]bool {
	bound := map[string]bool{}
	for i, token := range tokens {
		after := tokens[i+1:].First()
		if token.Kind == kql.Name && (after.Is("=") || after.Is(":") || i > 0 && tokens[i-1].IsName("as")) {
			bound[token.Text] = true
		}
	}
	return bound
}

// unknownName finds a mistyped parameter. Tables have columns with a leading
// underscore too, so without the instances' labels only a near miss counts.
func unknownName(e *exporter, token kql.Token) []finding {
	name, parameters := token.Text, e.parameters()
	if !strings.HasPrefix(name, "_") || slices.Contains(parameters, name) || isStandardColumn(name) {
		return nil
	}
	meant := closest(name, parameters)
	if meant == "" && e.options.ClusterLabels == nil {
		return nil
	}
	f := finding{
		severity: Warning, at: e.at(shape.Tokens{token}), variant: name, help: didYouMean(meant),
		message: fmt.Sprintf("%s is no parameter of the window", name),
	}
	if e.options.ClusterLabels != nil {
		f.message += " and no cluster label"
	}
	if f.help == "" {
		f.help = "the query can use " + strings.Join(parameters, ", ")
	}
	return []finding{f}
}

// isStandardColumn reports whether Azure Monitor's tables have a column of this
// name.
func isStandardColumn(name string) bool {
	switch name {
	case "_ResourceId", "_SubscriptionId", "_ItemId", "_IsBillable", "_BilledSize", "_TimeReceived":
		return true
	}
	return false
}
