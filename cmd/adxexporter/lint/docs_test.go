package lint

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/api/validation"
)

var (
	sections = regexp.MustCompile(`(?m)^## (.*)$`)
	snippets = regexp.MustCompile("(?s)```yaml\n(.*?)```")
	topKeys  = regexp.MustCompile(`(?m)^(\w+):`)
)

// defaults complete the parts of a spec that the documentation shows.
var defaults = map[string]string{
	"database":  "database: TelemetryDB\n",
	"interval":  "interval: 1m\n",
	"body":      "body: Telemetry | where Timestamp between (_startTime .. _endTime)\n",
	"transform": "transform: {defaultMetricName: latency, valueColumn: value, timestampColumn: timestamp}\n",
}

// TestDocumentation checks that each rule has its section, that it finds the
// section's first example, and that nothing at all is found in the second.
func TestDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../../docs/reference/lint.md")
	require.NoError(t, err)
	validator, err := validation.New()
	require.NoError(t, err)
	var names []string
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		name, _, _ := strings.Cut(section, "\n")
		names = append(names, name)
		t.Run(name, func(t *testing.T) {
			examples := snippets.FindAllStringSubmatch(section, -1)
			require.Len(t, examples, 2)
			require.Contains(t, found(validator, examples[0][1]), name)
			require.Empty(t, found(validator, examples[1][1]))
		})
	}
	require.Equal(t, Names(), names)
	require.Len(t, sections.FindAll(page, -1), len(names))
}

// found returns the names of the rules that find something in a part of a spec.
func found(validator *validation.Validator, spec string) []string {
	for _, key := range slices.Sorted(maps.Keys(defaults)) {
		if !slices.Contains(topKeys.FindAllString(spec, -1), key+":") {
			spec += defaults[key]
		}
	}
	object := "apiVersion: adx-mon.azure.com/v1\nkind: MetricsExporter\nmetadata: {name: example}\nspec:\n" +
		regexp.MustCompile(`(?m)^`).ReplaceAllString(spec, "  ")
	var rules []string
	for _, d := range run(validator, []File{{Name: "example.yaml", Data: []byte(object)}}, Options{}).Diagnostics {
		rules = append(rules, d.Rule)
	}
	return rules
}
