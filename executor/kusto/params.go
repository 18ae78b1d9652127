package kusto

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	sdkkql "github.com/Azure/azure-kusto-go/azkustodata/kql"
	"github.com/Azure/azure-kusto-go/azkustodata/value"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/query"
)

// The names that every body may use.
const (
	// ParamStart is the window's first instant.
	ParamStart = "_startTime"
	// ParamEnd is the window's last instant, one tick before its end, because
	// KQL's between includes both borders.
	ParamEnd = "_endTime"
	// ParamEndExclusive is the window's end, for bodies that compare with "<".
	ParamEndExclusive = "_endTimeExclusive"
	// ParamInterval is the exporter's interval.
	ParamInterval = "_interval"
)

const tick = 100 * time.Nanosecond

// Parameter is one value that a body can name.
type Parameter struct {
	// Name is the KQL name; Type its KQL type; Literal its value as KQL.
	Name, Type, Literal string
	value               value.Kusto
}

func parameter(name string, v value.Kusto) Parameter {
	return Parameter{Name: name, Type: string(v.GetType()), Literal: sdkkql.QuoteValue(v), value: v}
}

// Statement is a body with the parameters that it names, sorted by name.
type Statement struct {
	Parameters []Parameter
	Body       string
}

// Render returns what is sent for a request: the body, unchanged, and those of
// the window's times and the cluster labels that it refers to. A name that the
// body binds itself is left alone.
func Render(req query.Request) (Statement, error) {
	tokens, lexErr := kql.Lex(req.Body)
	switch {
	case len(tokens) == 0 && lexErr == nil:
		return Statement{}, fail(query.Invalid, "empty_query", "The query is empty.")
	case len(tokens) > 0 && tokens[0].Is("."):
		return Statement{}, fail(query.Invalid, "command", "The query begins with a dot: management commands are not allowed.")
	}
	offered, err := offer(req)
	if err != nil {
		return Statement{}, fail(query.Invalid, "labels", sentence(err.Error()))
	}
	used := references(tokens)
	if lexErr != nil {
		// Kusto explains a syntax error better than we do; all we need is that
		// no name is missing, and a parameter too many does no harm.
		mention(used, offered, req.Body)
	}
	s := Statement{Body: req.Body}
	for _, name := range slices.Sorted(maps.Keys(offered)) {
		if used[name] {
			s.Parameters = append(s.Parameters, parameter(name, offered[name]))
		}
	}
	return s, nil
}

// offer returns every name that a body may use, with its value.
func offer(req query.Request) (map[string]value.Kusto, error) {
	names, err := labelNames(req.Labels)
	if err != nil {
		return nil, err
	}
	offered := map[string]value.Kusto{
		ParamStart:        value.NewDateTime(req.Start.UTC()),
		ParamEnd:          value.NewDateTime(req.End.UTC().Truncate(tick).Add(-tick)),
		ParamEndExclusive: value.NewDateTime(req.End.UTC()),
		ParamInterval:     value.NewTimespan(req.Interval),
	}
	for name, key := range names {
		offered[name] = value.NewString(req.Labels[key])
	}
	return offered, nil
}

// references returns the names that the tokens refer to and do not bind.
func references(tokens []kql.Token) map[string]bool {
	used := make(map[string]bool)
	for _, token := range tokens {
		if token.Kind == kql.Name || token.Kind == kql.BracketName {
			used[token.Value] = true
		}
	}
	for name := range bindings(tokens) {
		delete(used, name)
	}
	return used
}

// bindings yields what the tokens define by let or by declare query_parameters;
// defining it once more would be an error.
func bindings(tokens []kql.Token) map[string]bool {
	bound := make(map[string]bool)
	for i := 0; i+1 < len(tokens); i++ {
		switch {
		case tokens[i].IsName("let"):
			bound[tokens[i+1].Value] = true
		case tokens[i].IsName("declare") && tokens[i+1].IsName("query_parameters"):
			bindDeclared(bound, tokens[i+2:])
		}
	}
	return bound
}

// bindDeclared adds the names of "(name:type = default, name:type);".
func bindDeclared(bound map[string]bool, tokens []kql.Token) {
	for i := 1; i < len(tokens) && !tokens[i-1].Is(";"); i++ {
		if tokens[i].Is(":") {
			bound[tokens[i-1].Value] = true
		}
	}
}

func mention(used map[string]bool, offered map[string]value.Kusto, body string) {
	for name := range offered {
		if strings.Contains(body, name) {
			used[name] = true
		}
	}
}

// Declaration returns the line that precedes the body, or "".
func (s Statement) Declaration() string { return s.sdk().ToDeclarationString() }

// Values returns the literal of each parameter by name.
func (s Statement) Values() map[string]string {
	values := make(map[string]string, len(s.Parameters))
	for _, p := range s.Parameters {
		values[p.Name] = p.Literal
	}
	return values
}

// Standalone returns the statement as one text that runs anywhere: the values
// have become the parameters' defaults.
func (s Statement) Standalone() string {
	if len(s.Parameters) == 0 {
		return s.Body
	}
	declared := make([]string, len(s.Parameters))
	for i, p := range s.Parameters {
		declared[i] = fmt.Sprintf("%s:%s = %s", p.Name, p.Type, p.Literal)
	}
	return "declare query_parameters(" + strings.Join(declared, ", ") + ");\n" + s.Body
}

// lines is how many lines precede the body in the text that Kusto sees.
func (s Statement) lines() int { return min(1, len(s.Parameters)) }

func (s Statement) sdk() *sdkkql.Parameters {
	params := sdkkql.NewParameters()
	for _, p := range s.Parameters {
		params.AddValue(p.Name, p.value)
	}
	return params
}

// LabelParameter returns the name under which a body finds the cluster label
// key: "_" and the key, every character but A-Z, a-z, 0-9 and _ replaced by _.
func LabelParameter(key string) string {
	return "_" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, key)
}

// ValidateLabels reports cluster labels that cannot be offered to bodies.
func ValidateLabels(labels map[string]string) error {
	_, err := labelNames(labels)
	return err
}

// labelNames returns the label key of each parameter name.
func labelNames(labels map[string]string) (map[string]string, error) {
	names := make(map[string]string, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		name := LabelParameter(key)
		if first, taken := names[name]; taken {
			return nil, fmt.Errorf("cannot offer cluster labels %q and %q to queries: both become %s", first, key, name)
		}
		switch name {
		case ParamStart, ParamEnd, ParamEndExclusive, ParamInterval:
			return nil, fmt.Errorf("cannot offer cluster label %q to queries: %s is the window's", key, name)
		}
		if !expressible(labels[key]) {
			return nil, fmt.Errorf("cannot offer cluster label %q to queries: its value has characters beyond U+FFFF or is not UTF-8", key)
		}
		names[name] = key
	}
	return names, nil
}

// expressible reports whether the SDK's string quoting keeps s. It writes a rune
// beyond the basic plane as five hex digits, of which Kusto reads four.
func expressible(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF })
}
