package criteria

import "slices"

// Matcher is the compiled criteria of one exporter. It may be used by several
// goroutines.
type Matcher struct {
	// values are the accepted values of each key, folded.
	values map[string][]string
	// expression is nil where there is none.
	expression *expression
}

// Compile prepares the criteria of an exporter: a map whose keys must all match,
// each with any of its values, and a CEL expression that must hold too. Both may
// be empty, which matches everywhere. A mistake in the expression is an
// *ExpressionError.
func Compile(criteria map[string][]string, expression string) (*Matcher, error) {
	m := &Matcher{values: make(map[string][]string, len(criteria))}
	for key, values := range criteria {
		m.values[fold(key)] = both(m.values, fold(key), values)
	}
	if expression == "" {
		return m, nil
	}
	var err error
	if m.expression, err = compileExpression(expression); err != nil {
		return nil, err
	}
	return m, nil
}

// both returns the folded values, or, where the key is there already in another
// spelling, those values that satisfy both: every key must match.
func both(known map[string][]string, key string, values []string) []string {
	folded := make([]string, 0, len(values))
	earlier, twice := known[key]
	for _, value := range values {
		if value = fold(value); !twice || slices.Contains(earlier, value) {
			folded = append(folded, value)
		}
	}
	return folded
}

// Match reports whether an instance with these cluster labels may run the
// exporter. An error means that the expression could not be evaluated, and that
// the exporter must not run.
func (m *Matcher) Match(labels map[string]string) (bool, error) {
	folded := foldLabels(labels)
	for key, accepted := range m.values {
		// Presence counts: an absent label must not match an accepted "".
		if value, ok := folded[key]; !ok || !slices.Contains(accepted, value) {
			return false, nil
		}
	}
	if m.expression == nil {
		return true, nil
	}
	return m.expression.evaluate(folded)
}
