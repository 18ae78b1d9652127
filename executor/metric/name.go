package metric

import (
	"strings"
	"unicode"

	"github.com/prometheus/otlptranslator"
)

// MetricName returns raw as a valid metric name of the legacy alphabet, and raw
// itself if it is one. It follows the rule that Prometheus applies to OTLP, so
// that a metric has one name on every way out. It returns false for a name
// without a single ASCII letter or digit, of which nothing would remain.
func MetricName(raw string) (string, bool) { //nolint:revive // "Name" alone would not say of what; LabelName is its twin
	if !hasAlphanumeric(raw) {
		return "", false
	}
	namer := otlptranslator.MetricNamer{}
	name, err := namer.Build(otlptranslator.Metric{Name: raw})
	return name, err == nil
}

// LabelName returns raw as a valid label name of the legacy alphabet, and raw
// itself if it is one. Leading underscores become one, since names that begin
// with two are Prometheus' own. It returns false for a name without a single
// ASCII letter or digit.
func LabelName(raw string) (string, bool) {
	if !hasAlphanumeric(raw) {
		return "", false
	}
	// Runs of underscores inside are legal and kept: no user expects a valid
	// name to change.
	namer := otlptranslator.LabelNamer{PreserveMultipleUnderscores: true}
	name, err := namer.Build(raw)
	if err != nil {
		return "", false
	}
	if strings.HasPrefix(name, "__") {
		name = "_" + strings.TrimLeft(name, "_")
	}
	return name, true
}

// naming builds family names.
type naming struct {
	// prefix ends in an underscore unless it is empty.
	prefix string
	// upstream selects Azure/adx-mon's form, prefix_name_column in snake case.
	upstream bool
}

func newNaming(instancePrefix, exporterPrefix string, upstream bool) (naming, error) {
	var prefix strings.Builder
	for _, part := range []string{instancePrefix, exporterPrefix} {
		if part == "" {
			continue
		}
		if !hasAlphanumeric(part) {
			return naming{}, configErrorf(RolePrefix, "prefix %q has no letter or digit", part)
		}
		// Some write the underscore that is added anyway.
		prefix.WriteString(strings.TrimRight(part, "_"))
		prefix.WriteByte('_')
	}
	return naming{prefix: prefix.String(), upstream: upstream}, nil
}

// family returns the name of the family for a metric name and a value column,
// both of which must have a letter or digit.
func (n naming) family(name, column string) string {
	joined := n.prefix + name
	if n.upstream {
		joined = snakeCase(n.prefix) + "_" + snakeCase(name) + "_" + snakeCase(column)
		joined = strings.TrimLeft(joined, "_")
	}
	valid, _ := MetricName(joined)
	return valid
}

// snakeCase returns s in lower-case words of ASCII letters and digits, joined by
// single underscores: CPUUtilization-avg becomes cpu_utilization_avg.
func snakeCase(s string) string {
	var out strings.Builder
	out.Grow(len(s) + len(s)/4)
	runes := []rune(s)
	gap := false
	for i, r := range runes {
		lower := unicode.ToLower(r)
		if !isAlphanumeric(lower) {
			gap = true
			continue
		}
		if out.Len() > 0 && (gap || startsWord(runes, i)) {
			out.WriteByte('_')
		}
		gap = false
		out.WriteRune(lower)
	}
	return out.String()
}

// startsWord reports whether a new word begins at runes[i] for i > 0: at the hump
// of camelCase, and at the last capital of an acronym that a word follows.
func startsWord(runes []rune, i int) bool {
	if !isUpper(runes[i]) {
		return false
	}
	before := runes[i-1]
	if isAlphanumeric(before) && !isUpper(before) {
		return true
	}
	return isUpper(before) && i+1 < len(runes) && 'a' <= runes[i+1] && runes[i+1] <= 'z'
}

func isUpper(r rune) bool { return 'A' <= r && r <= 'Z' }

func isAlphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

func hasAlphanumeric(s string) bool { return strings.ContainsFunc(s, isAlphanumeric) }
