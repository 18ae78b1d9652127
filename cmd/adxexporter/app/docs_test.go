package app

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint"
	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/exposition"
	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/sharding"
)

var updateDocs = flag.Bool("update", false, "rewrite docs/reference/flags.md")

// root is the repository's, as seen from this package.
const root = "../../.."

// pageOf returns a file of the repository.
func pageOf(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(content)
}

// pages are the repository's documents by their path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{"README.md": pageOf(t, "README.md"), "CHANGELOG.md": pageOf(t, "CHANGELOG.md")}
	err := fs.WalkDir(os.DirFS(root), "docs", func(name string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".md" {
			found[name] = pageOf(t, name)
		}
		return err
	})
	require.NoError(t, err)
	return found
}

// flagsIntro is what the page of flags begins with.
const flagsIntro = `# Flags

<!-- Made from the commands themselves: go test ./cmd/adxexporter/app -run TestFlagsPage -update -->

Without a command, ` + "`adxexporter`" + ` runs ` + "`run`" + `. ` + "`--help`" + ` and ` + "`--version`" + ` work with every command. A mistake on the command line gives one line on standard error and exit code 2; a command whose answer is no, such as ` + "`lint`" + ` with findings, exits with 1.

Each flag can be set by the environment variable beside it; the command line wins. Lists are separated by commas where the flag may be repeated, except in ` + "`ADXEXPORTER_KUSTO_ENDPOINT`" + `, which holds one endpoint.
`

// TestFlagsPage: the page of flags is that of the commands.
func TestFlagsPage(t *testing.T) {
	parser, err := newParser(&command{})
	require.NoError(t, err)
	var want strings.Builder
	want.WriteString(flagsIntro)
	for _, node := range parser.Model.Children {
		want.WriteString(flagsOf(node))
	}
	const name = "docs/reference/flags.md"
	if *updateDocs {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(want.String()), 0o600))
	}
	require.Equal(t, want.String(), pageOf(t, name), "bring it up to date: go test ./cmd/adxexporter/app -run TestFlagsPage -update")
}

// flagsOf returns a command's section, and after it those of its own commands.
func flagsOf(node *kong.Node) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%s %s\n\n%s\n", strings.Repeat("#", node.Depth()+2), node.FullPath(), node.Help)
	if len(node.Positional)+len(node.Flags) > 0 {
		out.WriteString(flagTable(node))
	}
	for _, child := range node.Children {
		out.WriteString(flagsOf(child))
	}
	return out.String()
}

// flagTable returns the rows of a command's arguments and flags.
func flagTable(node *kong.Node) string {
	var out strings.Builder
	out.WriteString("\n| flag | default | environment | meaning |\n|---|---|---|---|\n")
	row := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(cell, "|", `\|`)
		}
		fmt.Fprintf(&out, "| %s |\n", strings.Join(cells, " | "))
	}
	for _, argument := range node.Positional {
		row("`"+argument.Summary()+"`", "", "", argument.Help)
	}
	for _, f := range node.Flags {
		form := "--" + f.Name
		if value := cmp.Or(f.PlaceHolder, strings.ToUpper(f.Target.Kind().String())); !f.IsBool() {
			form += "=" + valueForm(f, value)
		}
		row("`"+form+"`", quoted(f.Default), quoted(strings.Join(f.Envs, ", ")), f.Help)
	}
	return out.String()
}

// valueForm is what stands for a flag's value.
func valueForm(f *kong.Flag, value string) string {
	if f.Enum != "" {
		return strings.ReplaceAll(f.Enum, ",", "/")
	}
	switch f.Target.Type().String() {
	case "time.Duration":
		return "DURATION"
	case "time.Time":
		return cmp.Or(f.PlaceHolder, "TIME")
	}
	return value
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// TestConditionsPage: the page has a row for each condition, reason and event, and
// for nothing else.
func TestConditionsPage(t *testing.T) {
	want := map[string]bool{}
	for name, value := range stringConstants(t, "api/v1/conditions.go") {
		if strings.HasPrefix(name, "Condition") || strings.HasPrefix(name, "Reason") {
			want[value] = true
		}
	}
	for _, value := range stringConstants(t, "executor/events.go") {
		want[value] = true
	}
	require.Equal(t, want, rowsOf(t, "docs/reference/conditions.md"))
}

// rowsOf returns the names in the first column of a page's tables.
func rowsOf(t *testing.T, name string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(pageOf(t, name), -1) {
		found[row[1]] = true
	}
	return found
}

// stringConstants are the string constants that a file declares.
func stringConstants(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			found[spec.Names[0].Name], err = strconv.Unquote(literal.Value)
			require.NoError(t, err)
		}
		return true
	})
	require.NotEmpty(t, found, name)
	return found
}

// TestErrorsPage: every class has its row.
func TestErrorsPage(t *testing.T) {
	want := map[string]bool{}
	for class := query.Aborted; class <= query.Permanent; class++ {
		want[class.String()] = true
	}
	require.Equal(t, want, rowsOf(t, "docs/reference/errors.md"))
}

// TestMetricsPage: the page has the metrics that there are, with their labels,
// and no others.
func TestMetricsPage(t *testing.T) {
	want := map[string]string{}
	for name, labels := range selfmetrics.Labels(ownMetrics(t)) {
		if strings.HasPrefix(name, "adxexporter_") {
			want[name] = strings.ReplaceAll(labels, "namespace,exporter", "each exporter")
		}
	}
	got := map[string]string{}
	rows := regexp.MustCompile("(?m)^\\| `(adxexporter_\\w+)` \\| \\w+ \\| (.*?) ?\\|")
	for _, row := range rows.FindAllStringSubmatch(pageOf(t, "docs/reference/metrics.md"), -1) {
		got[row[1]] = strings.NewReplacer("`", "", ", ", ",").Replace(row[2])
	}
	require.Equal(t, want, got)
}

// ownMetrics returns a registry of all metrics of the service's own.
func ownMetrics(t *testing.T) *prometheus.Registry {
	t.Helper()
	registry := newRegistry(nil)
	pool, err := kusto.New(nil, kusto.Options{})
	require.NoError(t, err)
	registry.MustRegister(pool, executor.New(executor.Options{Metrics: executor.NewMetrics(registry)}))
	exposition.NewStore(exposition.Options{}, registry)
	push.NewMetrics(registry)
	sharding.New(sharding.Options{Timing: sharding.DefaultTiming(), Log: zap.NewNop(), Metrics: registry})
	return registry
}

var (
	links    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	spans    = regexp.MustCompile("`[^`\n]*`")
	headings = regexp.MustCompile(`(?m)^#+ (.*)$`)
	// A fence may say "yaml draft": an exporter that is not meant to be applied.
	fences = regexp.MustCompile("(?ms)^```(\\w*)(?: draft)?\n(.*?)\n```$")
)

// TestLinks: what a page links to is there, down to the heading.
func TestLinks(t *testing.T) {
	all := pages(t)
	for name, text := range all {
		for _, link := range links.FindAllStringSubmatch(spans.ReplaceAllString(fences.ReplaceAllString(text, ""), ""), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(link[1], "#")
			target := name
			if path != "" {
				target = filepath.Join(filepath.Dir(name), path)
			}
			_, err := os.Stat(filepath.Join(root, target))
			require.NoError(t, err, "%s links to %s", name, link[1])
			if anchor != "" {
				require.Contains(t, anchors(all[target]), anchor, "%s links to %s", name, link[1])
			}
		}
	}
}

// anchors are the headings of a page as links name them.
func anchors(text string) []string {
	var found []string
	for _, heading := range headings.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		anchor := strings.ReplaceAll(strings.ToLower(heading[1]), " ", "-")
		found = append(found, regexp.MustCompile(`[^\w-]`).ReplaceAllString(anchor, ""))
	}
	return found
}

// TestExportersInPages: every whole exporter that a page shows passes lint.
func TestExportersInPages(t *testing.T) {
	shown := 0
	for name, text := range pages(t) {
		for _, fence := range fences.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(fence[2], "kind: MetricsExporter") || strings.HasPrefix(fence[0], "```yaml draft") {
				continue
			}
			report, err := lint.Run([]lint.File{{Name: name, Data: []byte(fence[2])}}, lint.Options{})
			require.NoError(t, err)
			var out strings.Builder
			require.NoError(t, report.Write(&out, "text"))
			require.Equal(t, lint.ExitClean, report.ExitCode(true), "%s", out.String())
			shown++
		}
	}
	require.GreaterOrEqual(t, shown, 2)
}

// TestFirstExporter: the README's exporter gives the series that it prints.
func TestFirstExporter(t *testing.T) {
	readme := pageOf(t, "README.md")
	i := slices.IndexFunc(fences.FindAllStringSubmatch(readme, -1), func(fence []string) bool { return fence[1] == "yaml" })
	require.GreaterOrEqual(t, i, 0)
	r := startReplica(t, platform, []string{"TelemetryDB"}, map[string]string{"a.yaml": fences.FindAllStringSubmatch(readme, -1)[i][2]})
	printed := regexp.MustCompile(`(?m)^(service_response_time_max_milliseconds\{.*\}) `+number+`$`).FindAllStringSubmatch(readme, -1)
	require.Len(t, printed, 4)
	for _, line := range printed {
		r.eventually(t, regexp.QuoteMeta(line[1])+" "+number)
	}
}

// TestFieldsAreExplained: kubectl explain has a sentence on every field.
func TestFieldsAreExplained(t *testing.T) {
	type schema struct {
		Description string
		Properties  map[string]schema
		Items       *schema
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct{ OpenAPIV3Schema schema }
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(pageOf(t, "manifests/crd/adx-mon.azure.com_metricsexporters.yaml")), &crd))
	require.Len(t, crd.Spec.Versions, 1)
	fields := 0
	var walk func(path string, s schema)
	walk = func(path string, s schema) {
		for name, property := range s.Properties {
			if path == "" && name == "metadata" {
				continue // Kubernetes explains it
			}
			require.NotEmpty(t, property.Description, path+"."+name)
			fields++
			walk(path+"."+name, property)
		}
		if s.Items != nil {
			walk(path+"[]", *s.Items)
		}
	}
	walk("", crd.Spec.Versions[0].Schema.OpenAPIV3Schema)
	require.Greater(t, fields, 80)
}

// missionRows are the rows that the mission page must have.
const missionRows = "M01-M115"

// TestMissionPage: each row names tests, and the tests exist.
func TestMissionPage(t *testing.T) {
	text := pageOf(t, "docs/reference/mission.md")
	rows := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| (M\d+) \| [^|]+ \| ([^|]+) \|$`).FindAllStringSubmatch(text, -1) {
		rows[row[1]] = row[2]
	}
	for _, id := range expand(t, missionRows) {
		require.Contains(t, rows, id)
	}
	for id := range rows {
		t.Run(id, func(t *testing.T) {
			proofs := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(rows[id], -1)
			require.NotEmpty(t, proofs, "%s has no test", id)
			for _, proof := range proofs {
				requireProof(t, proof[1])
			}
		})
	}
	require.Zero(t, strings.Count(text, "TODO"), "rows without a test")
}

// expand turns M01-M03 M05 into M01, M02, M03, M05.
func expand(t *testing.T, ranges string) []string {
	t.Helper()
	var ids []string
	for part := range strings.FieldsSeq(ranges) {
		from, to, found := strings.Cut(part, "-")
		if !found {
			to = from
		}
		first, err := strconv.Atoi(from[1:])
		require.NoError(t, err)
		last, err := strconv.Atoi(to[1:])
		require.NoError(t, err)
		for i := first; i <= last; i++ {
			ids = append(ids, fmt.Sprintf("M%02d", i))
		}
	}
	return ids
}

// requireProof demands that there is what a row names: a file, such as
// executor/testdata/failures.story, or a test, such as executor/schedule.TestNext,
// perhaps with the name of a case, executor/schedule.TestNext/FirstIsTheLastCompleteOne.
func requireProof(t *testing.T, proof string) {
	t.Helper()
	folder, test, isTest := strings.Cut(proof, ".Test")
	if !isTest {
		_, err := os.Stat(filepath.Join(root, proof))
		require.NoError(t, err)
		return
	}
	name, subtest, _ := strings.Cut("Test"+test, "/")
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(content), "\nfunc "+name+"(t *testing.T)") {
			require.True(t, subtest == "" || strings.Contains(string(content), strconv.Quote(subtest)), "%s has no case %q", name, subtest)
			return
		}
	}
	require.Fail(t, "no such test", proof)
}
