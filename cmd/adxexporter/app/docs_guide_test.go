package app

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/demo"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// crdSchema is what the tests need of a CRD's schema.
type crdSchema struct {
	Description string
	Properties  map[string]crdSchema
	Items       *crdSchema
	Rules       []struct{ Message string } `json:"x-kubernetes-validations"`
}

// crdSchemas are the schemas of the CRDs, by kind.
func crdSchemas(t *testing.T) map[string]crdSchema {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "manifests", "crd", "*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	found := map[string]crdSchema{}
	for _, file := range files {
		var crd struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Schema struct{ OpenAPIV3Schema crdSchema }
				}
			}
		}
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(content, &crd))
		found[crd.Spec.Names.Kind] = crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	}
	return found
}

// TestResourcesPage: the page has a row for each field, in the section of its
// object, and the message of each rule.
func TestResourcesPage(t *testing.T) {
	sections := map[string]string{}
	for _, section := range regexp.MustCompile(`(?m)^##+ `).Split(pageOf(t, "docs/reference/crds.md"), -1)[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		sections[heading] = text
	}
	fields := 0
	var walk func(heading string, s crdSchema)
	walk = func(heading string, s crdSchema) {
		for name, field := range s.Properties {
			fields++
			require.Contains(t, sections[heading], "\n| `"+name+"` | ", heading)
			for _, rule := range field.Rules {
				require.Contains(t, plainText(pageOf(t, "docs/reference/crds.md")), rule.Message)
			}
			below := heading + "." + name
			if field.Items != nil {
				below, field = below+"[]", *field.Items
			}
			if _, isCondition := field.Properties["lastTransitionTime"]; !isCondition {
				walk(below, field)
			}
		}
	}
	for kind, schema := range crdSchemas(t) {
		for _, name := range []string{"spec", "status"} {
			walk(kind+" "+name, schema.Properties[name])
		}
	}
	require.Greater(t, fields, 80)
}

// plainText takes away what keeps characters from being taken for markup.
func plainText(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", `\`, "").Replace(text)
}

// TestGettingStarted follows the page: it writes the files that the page says to
// write, runs the commands that it shows, and gets what it prints.
func TestGettingStarted(t *testing.T) {
	server := emulator.New(emulator.Options{})
	demo.Fill(server)
	kusto := httptest.NewServer(server)
	defer kusto.Close()
	text := pageOf(t, "docs/guide/getting-started.md")
	t.Chdir(t.TempDir())
	require.NoError(t, os.Mkdir("my-exporters", 0o750))

	r := startReplica(t, platform, []string{"TelemetryDB"}, nil) // the demo's instance
	ran := map[string]int{}
	for _, step := range fences.FindAllStringSubmatchIndex(text, -1) {
		before, block := text[:step[0]], text[step[4]:step[5]]
		if file := toWrite.FindStringSubmatch(before); file != nil {
			require.NoError(t, os.WriteFile(file[1], []byte(block), 0o600))
			continue
		}
		line, printed, _ := strings.Cut(block, "\n")
		line, shown := strings.CutPrefix(line, "$ ")
		verb := strings.Join(strings.Fields(line)[:2], " ")
		switch {
		case verb == "cp my-exporters/slow-responses.yaml":
			r.put(t, "slow-responses.yaml", exporterIn(t, "my-exporters/slow-responses.yaml"))
		case verb == "curl -s":
			for name := range strings.Lines(printed) {
				r.eventually(t, anyNumber(strings.TrimSpace(name)))
			}
		case verb == "adxexporter run" && shown:
			line = strings.ReplaceAll(anyPort.ReplaceAllString(line, "127.0.0.1:0"), "http://127.0.0.1:45703", kusto.URL)
			ours := startReplica(t, line, nil, map[string]string{"slow-responses.yaml": exporterIn(t, "my-exporters/slow-responses.yaml")})
			ours.eventually(t, `service_responses_slow_ratio\{ServiceName="search"\} `+number)
		case shown && strings.HasPrefix(verb, "adxexporter "):
			got := strings.TrimSpace(commandOutput(t, strings.ReplaceAll(line, "http://127.0.0.1:45703", kusto.URL)))
			if verb == "adxexporter preview" {
				require.Regexp(t, "^"+anyNumber(printed)+"$", got)
				break
			}
			require.Equal(t, printed, got)
		default:
			continue
		}
		ran[verb]++
	}
	require.Equal(t, map[string]int{
		"adxexporter lint": 2, "adxexporter preview": 1, "adxexporter test": 1, "adxexporter run": 1,
		"cp my-exporters/slow-responses.yaml": 1, "curl -s": 1,
	}, ran)
}

var (
	toWrite = regexp.MustCompile("into `([^`]+)`:\\s*$")
	anyPort = regexp.MustCompile(`:909\d\b`)
	figures = regexp.MustCompile(`\d[\d.:TZ-]*( {2,})?`)
)

// anyNumber returns a pattern for a text that differs in its numbers only: times,
// values and ports. Columns keep their order, not their width.
func anyNumber(text string) string {
	parts := figures.Split(text, -1)
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return strings.Join(parts, `\d[\d.:TZ-]* *`)
}

func TestAnyNumber(t *testing.T) {
	for _, other := range []string{`x{a="b"} 189`, `x{a="b"} 0.25`, `x{a="b"} 189.25`} {
		require.Regexp(t, "^"+anyNumber(`x{a="b"} 189.2`)+"$", other)
	}
	require.NotRegexp(t, "^"+anyNumber(`x{a="b"} 189.2`)+"$", `x{a="c"} 189.2`)
	require.Regexp(t, "^"+anyNumber("a  12  1  x")+"$", "a  0   0.5  x")
}

func exporterIn(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(content)
}

// commandOutput runs a command line as a user types it.
func commandOutput(t *testing.T, line string) string {
	t.Helper()
	var out bytes.Buffer
	Main(t.Context(), splitArgs(line), &out, io.MultiWriter(&out, testLog{t}))
	return out.String()
}

// testLog shows what a command complains about.
type testLog struct{ t *testing.T }

func (l testLog) Write(text []byte) (int, error) {
	l.t.Helper()
	l.t.Log(string(text))
	return len(text), nil
}

// TestEveryPageIsLinked: a page that no other page links to is found by nobody.
// docs/crds.md is for links from outside, from where it is in Azure/adx-mon.
func TestEveryPageIsLinked(t *testing.T) {
	linked := map[string]bool{"docs/crds.md": true}
	all := pages(t)
	for name, text := range all {
		for _, link := range links.FindAllStringSubmatch(text, -1) {
			path, _, _ := strings.Cut(link[1], "#")
			linked[filepath.Join(filepath.Dir(name), path)] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, "docs/") && !strings.HasPrefix(name, "docs/decisions/") {
			require.True(t, linked[name], "no page links to %s", name)
		}
	}
}

// TestTroubleshootingPage: the page has an entry for each reason and for nothing
// else, and each message that it quotes is one that the service has.
func TestTroubleshootingPage(t *testing.T) {
	_, entries, found := strings.Cut(pageOf(t, "docs/guide/troubleshooting.md"), "\n## By reason\n")
	require.True(t, found)
	want := map[string]bool{}
	for name, value := range stringConstants(t, "api/v1/conditions.go") {
		if strings.HasPrefix(name, "Reason") {
			want[value] = true
		}
	}
	known := messages(t)
	got := map[string]bool{}
	for _, entry := range strings.Split(entries, "\n### ")[1:] {
		reason, text, _ := strings.Cut(entry, "\n")
		got[reason] = true
		line := regexp.MustCompile(`(?m)^Message: .*$`).FindString(text)
		require.True(t, line != "" || strings.Contains(text, "Stands at entries of `status.groups[].backlog`"), reason)
		for _, message := range spans.FindAllString(line, -1) {
			message = beforeMessage.ReplaceAllString(strings.Trim(message, "`"), "")
			require.True(t, slices.ContainsFunc(known, func(m *regexp.Regexp) bool { return m.MatchString(message) }),
				"%s: nothing says %q", reason, message)
		}
	}
	require.Equal(t, want, got)
}

// beforeMessage is what stands before some messages: the output, or the field.
var beforeMessage = regexp.MustCompile(`^(Prometheus|(OTLP|RemoteWrite)/[^ ]+|Transform\.\w+): `)

// messages are the texts in the code that a user may be told, as patterns of how
// such a message begins.
func messages(t *testing.T) []*regexp.Regexp {
	t.Helper()
	verb := regexp.MustCompile(`%[a-z]`)
	var found []*regexp.Regexp
	for _, folder := range []string{"executor", "executor/criteria", "executor/kusto", "executor/metric", "api/validation", "exposition", "push"} {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, text := range literals(t, file) {
				if len(verb.ReplaceAllString(text, "")) < 15 {
					continue // it would match anything
				}
				pattern := verb.ReplaceAllString(regexp.QuoteMeta(text), ".+")
				found = append(found, regexp.MustCompile("(?i)^"+pattern))
			}
		}
	}
	require.Greater(t, len(found), 200)
	return found
}

// literals are a file's string literals.
func literals(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var found []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			found = append(found, text)
		}
		return true
	})
	return found
}
