package app

import (
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/cel-go/cel"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
)

var (
	// commandStart is where a line of a page runs the binary, perhaps after a prompt.
	commandStart = regexp.MustCompile(`^\s*(?:\$ )?adxexporter(\s|$)`)
	// comment is what a page says behind a command, far away from it.
	comment = regexp.MustCompile(`\s{3,}\S.*$| #.*$`)
	// redirection is where the output goes.
	redirection = regexp.MustCompile(` > \S+$`)
	// makeDemo is the demo as make runs it.
	makeDemo = regexp.MustCompile(`make demo DEMO_ARGS="?([^"\n` + "`" + `]*)`)
	// moreFlags is a line with which a command goes on.
	moreFlags = regexp.MustCompile(`^\s+--[a-z]`)
	flagName  = regexp.MustCompile(`^--[a-z][a-z.-]*[a-z]`)
)

// TestCommandsInPages: each command line that a page shows is one that the binary
// takes, down to the flags and their values.
func TestCommandsInPages(t *testing.T) {
	parsed := 0
	for name, text := range pages(t) {
		for _, line := range commandsIn(text) {
			var cmd command
			helped := false
			parser, err := newParser(&cmd, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) { helped = true }))
			require.NoError(t, err)
			args := splitArgs(line)
			if isCommand(parser.Model.Node, args) {
				continue // the name of a command, without what it needs
			}
			_, err = parser.Parse(args)
			require.True(t, err == nil || helped, "%s: %s: %v", name, line, err)
			parsed++
		}
	}
	require.Greater(t, parsed, 40)
}

// isCommand reports whether args are a command's name and nothing else.
func isCommand(node *kong.Node, args []string) bool {
	if len(args) == 0 {
		return true
	}
	i := slices.IndexFunc(node.Children, func(child *kong.Node) bool { return child.Name == args[0] })
	return i >= 0 && isCommand(node.Children[i], args[1:])
}

// commandsIn returns the command lines of a page: in fences and in code spans.
func commandsIn(text string) []string {
	var found []string
	for _, fence := range fences.FindAllStringSubmatch(text, -1) {
		found = append(found, commandLinesIn(fence[2])...)
	}
	for _, span := range spans.FindAllString(fences.ReplaceAllString(text, ""), -1) {
		if span = strings.Trim(span, "`"); commandStart.MatchString(span) {
			found = append(found, span)
		}
	}
	for _, demo := range makeDemo.FindAllStringSubmatch(text, -1) {
		found = append(found, "adxexporter demo "+demo[1])
	}
	return found
}

// commandLinesIn returns a fence's command lines. One goes on behind a backslash,
// and on indented lines that begin with a flag.
func commandLinesIn(block string) []string {
	var found []string
	open := false
	for line := range strings.SplitSeq(block, "\n") {
		switch {
		case commandStart.MatchString(line):
			found, open = append(found, comment.ReplaceAllString(strings.TrimPrefix(strings.TrimSpace(line), "$ "), "")), true
		case open && moreFlags.MatchString(line):
			found[len(found)-1] += " " + strings.TrimSpace(line)
		default:
			open = false
		}
	}
	for i, line := range found {
		found[i] = redirection.ReplaceAllString(strings.ReplaceAll(strings.ReplaceAll(line, " \\", " "), "'", ""), "")
	}
	return found
}

func TestCommandLinesIn(t *testing.T) {
	require.Equal(t, []string{
		"adxexporter lint a.yaml",
		"adxexporter run  --a=b  --c=d",
		"adxexporter ring members",
		"adxexporter run --e=f",
	}, commandLinesIn("$ adxexporter lint a.yaml\nchecked 1 object\n\n  adxexporter run \\\n    --a=b \\\n    --c=d\n\nadxexporter ring members     who is in\nadxexporter run\n  --e=f\n--not-ours"))
}

// foreignFlags are flags of other programs, by the page that names them.
var foreignFlags = map[string][]string{
	"docs/guide/migrating-from-adx-mon.md": {"--health-probe-port"},
	"docs/performance.md":                  {"--unsafe-no-fsync"},
	"docs/runbooks/drain.md":               {"--grace-period"},
}

// TestFlagsInPages: each flag that a page names is there.
func TestFlagsInPages(t *testing.T) {
	parser, err := newParser(&command{})
	require.NoError(t, err)
	known := map[string]bool{"--help": true}
	var walk func(node *kong.Node)
	walk = func(node *kong.Node) {
		for _, f := range node.Flags {
			known["--"+f.Name] = true
		}
		for _, child := range node.Children {
			walk(child)
		}
	}
	walk(parser.Model.Node)
	for name, text := range pages(t) {
		for _, span := range spans.FindAllString(fences.ReplaceAllString(text, ""), -1) {
			flag := flagName.FindString(strings.Trim(span, "`"))
			if flag != "" && !slices.Contains(foreignFlags[name], flag) {
				require.True(t, known[flag], "%s: no command has %s", name, flag)
			}
		}
	}
}

// TestMetricsInPages: each metric that a page names is there.
func TestMetricsInPages(t *testing.T) {
	known := selfmetrics.Labels(ownMetrics(t))
	named := 0
	for name, text := range pages(t) {
		for _, metric := range regexp.MustCompile(`\badxexporter_[a-z_]+(\*|\.yaml)?`).FindAllString(text, -1) {
			if strings.HasSuffix(metric, ".yaml") {
				continue // a file
			}
			family := strings.TrimSuffix(metric, "_bucket")
			group, isGroup := strings.CutSuffix(metric, "*")
			_, found := known[family]
			require.True(t, found || isGroup && slices.ContainsFunc(slices.Collect(maps.Keys(known)), func(k string) bool {
				return strings.HasPrefix(k, group)
			}), "%s: there is no metric %s", name, metric)
			named++
		}
	}
	require.Greater(t, named, 50)
}

// TestImagesInPages: each picture is well-formed, is used, and is described for
// those who do not see it.
func TestImagesInPages(t *testing.T) {
	used := map[string]bool{}
	for name, text := range pages(t) {
		for _, image := range regexp.MustCompile(`!\[([^\]]*)\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
			require.NotEmpty(t, image[1], "%s: %s has no description", name, image[2])
			used[filepath.Join(filepath.Dir(name), image[2])] = true
		}
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "images", "*.svg"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		require.NoError(t, err)
		require.True(t, used[filepath.ToSlash(name)], "no page shows %s", name)
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, wellFormed(string(content)), name)
		require.Contains(t, string(content), "prefers-color-scheme:dark", name)
	}
}

// wellFormed reads a document to its end.
func wellFormed(document string) error {
	decoder := xml.NewDecoder(strings.NewReader(document))
	for {
		if _, err := decoder.Token(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// TestYAMLInPages: what a page shows as YAML is YAML.
func TestYAMLInPages(t *testing.T) {
	for name, text := range pages(t) {
		for _, fence := range fences.FindAllStringSubmatch(text, -1) {
			if fence[1] != "yaml" {
				continue
			}
			for document := range strings.SplitSeq(fence[2], "\n---\n") {
				var value any
				require.NoError(t, yaml.Unmarshal([]byte(document), &value), "%s:\n%s", name, document)
			}
		}
	}
}

// TestMigrationPage: each exporter of the page gives the series that the page
// prints below it.
func TestMigrationPage(t *testing.T) {
	blocks := fences.FindAllStringSubmatch(pageOf(t, "docs/guide/migrating-from-adx-mon.md"), -1)
	tried := 0
	for i, block := range blocks {
		if !strings.Contains(block[2], "kind: MetricsExporter") {
			continue
		}
		r := startReplica(t, platform, []string{"TelemetryDB"}, map[string]string{"a.yaml": block[2]})
		for line := range strings.SplitSeq(blocks[i+1][2], "\n") {
			r.eventually(t, anyNumber(line))
		}
		tried++
	}
	require.Equal(t, 3, tried)
}

// TestPolicyInPage: the policy of the page on criteria refuses exporters that do
// not say their class of data, or say one that their namespace is not for.
func TestPolicyInPage(t *testing.T) {
	var policy struct {
		Spec struct {
			Variables   []struct{ Name, Expression string }
			Validations []struct{ Expression, Message, MessageExpression string }
		}
	}
	for _, fence := range fences.FindAllStringSubmatch(pageOf(t, "docs/guide/criteria.md"), -1) {
		if first, _, _ := strings.Cut(fence[2], "\n---\n"); strings.Contains(first, "kind: ValidatingAdmissionPolicy") {
			require.NoError(t, yaml.Unmarshal([]byte(first), &policy))
		}
	}
	require.Len(t, policy.Spec.Validations, 2)
	env, err := cel.NewEnv(cel.Variable("object", cel.DynType), cel.Variable("namespaceObject", cel.DynType), cel.Variable("variables", cel.DynType))
	require.NoError(t, err)
	evaluate := func(expression string, input map[string]any) any {
		ast, issues := env.Compile(expression)
		require.NoError(t, issues.Err())
		program, err := env.Program(ast)
		require.NoError(t, err)
		value, _, err := program.Eval(input)
		require.NoError(t, err)
		return value.Value()
	}
	classes := func(values ...string) map[string]any {
		return map[string]any{"criteria": map[string]any{"data-classification": values}}
	}
	labelled := map[string]any{"labels": map[string]any{"data-classification": "public"}}
	cases := map[string]struct {
		spec, namespace map[string]any
		want            []any
	}{
		"Named":             {classes("public", "internal"), map[string]any{}, []any{true, true}},
		"NoCriteria":        {map[string]any{}, map[string]any{}, []any{false, true}},
		"AnotherKey":        {map[string]any{"criteria": map[string]any{"region": []string{"eastus"}}}, map[string]any{}, []any{false, true}},
		"TheNamespaces":     {classes("public"), labelled, []any{true, true}},
		"NotTheNamespaces":  {classes("secret"), labelled, []any{true, false}},
		"AlsoNotTheirs":     {classes("public", "secret"), labelled, []any{true, false}},
		"OtherLabelsBeside": {classes("secret"), map[string]any{"labels": map[string]any{"team": "a"}}, []any{true, true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			variables := map[string]any{}
			input := map[string]any{
				"object":          map[string]any{"spec": tc.spec},
				"namespaceObject": map[string]any{"metadata": tc.namespace},
				"variables":       variables,
			}
			for _, v := range policy.Spec.Variables {
				variables[v.Name] = evaluate(v.Expression, input)
			}
			var got []any
			for _, v := range policy.Spec.Validations {
				got = append(got, evaluate(v.Expression, input))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

// TestSecurityPage: the page has the rights that a replica has, no more and no
// less, and the options that each query carries.
func TestSecurityPage(t *testing.T) {
	text := pageOf(t, "docs/security.md")
	got := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| ((?:`[a-z]+`(?:, )?)+) \\|").FindAllStringSubmatch(text, -1) {
		got[row[1]] = strings.ReplaceAll(row[2], "`", "")
	}
	want := map[string]string{}
	for document := range strings.SplitSeq(pageOf(t, "manifests/rbac/role.yaml"), "\n---\n") {
		var role struct {
			Rules []struct{ Resources, Verbs []string }
		}
		require.NoError(t, yaml.Unmarshal([]byte(document), &role))
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				want[resource] = strings.Join(rule.Verbs, ", ")
			}
		}
	}
	require.Equal(t, want, got)
	for _, option := range regexp.MustCompile("`(request_[a-z_]+)`").FindAllStringSubmatch(text, -1) {
		require.Contains(t, pageOf(t, "executor/kusto/contract_test.go"), `"`+option[1]+`": true`)
	}
	require.Equal(t, 6, strings.Count(text, "`request_"))
}
