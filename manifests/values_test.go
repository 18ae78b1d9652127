package manifests_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// value is a value of the chart: its path, what it is without a word from the user,
// and what the comment above it says.
type value struct{ path, standard, comment string }

// values returns the values of the chart in the order of its file.
func values(t *testing.T) []value {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("chart", "values.yaml"))
	require.NoError(t, err)
	var file yaml.Node
	require.NoError(t, yaml.Unmarshal(content, &file))
	var found []value
	var walk func(prefix string, node *yaml.Node)
	walk = func(prefix string, node *yaml.Node) {
		for i := 0; i < len(node.Content); i += 2 {
			key, of := node.Content[i], node.Content[i+1]
			path := prefix + key.Value
			// A comment on what has values of its own makes it one value.
			if of.Kind == yaml.MappingNode && len(of.Content) > 0 && key.HeadComment == "" {
				walk(path+".", of)
				continue
			}
			require.NotEmpty(t, key.HeadComment, "%s needs a comment", path)
			var decoded any
			require.NoError(t, of.Decode(&decoded))
			standard, err := json.Marshal(decoded)
			require.NoError(t, err)
			found = append(found, value{path, string(standard), strings.TrimSpace(strings.ReplaceAll(key.HeadComment, "# ", ""))})
		}
	}
	walk("", file.Content[0])
	return found
}

// TestValuesAreExplained: each has a sentence or more.
func TestValuesAreExplained(t *testing.T) {
	all := values(t)
	require.Greater(t, len(all), 60)
	for _, v := range all {
		require.Regexp(t, `^[A-Z].*\.$`, v.comment, v.path)
		require.NotContains(t, v.comment, "\n", v.path)
	}
}

// TestSchemaIsStrict: the schema has the values that there are, and lets no others in.
func TestSchemaIsStrict(t *testing.T) {
	type schema struct {
		Properties           map[string]json.RawMessage
		AdditionalProperties json.RawMessage
	}
	content, err := os.ReadFile(filepath.Join("chart", "values.schema.json"))
	require.NoError(t, err)
	known := map[string]bool{}
	var walk func(prefix string, content []byte)
	walk = func(prefix string, content []byte) {
		var s schema
		require.NoError(t, json.Unmarshal(content, &s))
		if len(s.Properties) == 0 {
			known[strings.TrimSuffix(prefix, ".")] = true
			return
		}
		require.Equal(t, "false", string(s.AdditionalProperties), prefix)
		for name, property := range s.Properties {
			walk(prefix+name+".", property)
		}
	}
	walk("", content)
	delete(known, "global") // every chart is given it
	var paths []string
	for _, v := range values(t) {
		paths = append(paths, v.path)
	}
	slices.Sort(paths)
	require.Equal(t, paths, slices.Sorted(maps.Keys(known)))
}

// TestChartReadme: its table has the values.
func TestChartReadme(t *testing.T) {
	const heading = "## Values\n"
	name := filepath.Join("chart", "README.md")
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	before, _, found := strings.Cut(string(content), heading)
	require.True(t, found)
	want := before + heading + "\n| value | default | meaning |\n|---|---|---|\n"
	for _, v := range values(t) {
		want += "| `" + v.path + "` | `" + v.standard + "` | " + v.comment + " |\n"
	}
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(want), 0o600))
		content = []byte(want)
	}
	require.Equal(t, want, string(content), "bring it up to date: go test ./manifests -run TestChartReadme -update")
}
