package lint

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/api/validation"
)

func TestExitCode(t *testing.T) {
	tests := map[string]struct {
		reason     string
		severities []Severity
		want       int
		strict     int
	}{
		"Clean":    {"nothing found", nil, ExitClean, ExitClean},
		"Info":     {"an info is never a failure", []Severity{Info}, ExitClean, ExitClean},
		"Warning":  {"warnings are allowed unless strict", []Severity{Info, Warning}, ExitClean, ExitFound},
		"Error":    {"errors always fail", []Severity{Error}, ExitFound, ExitFound},
		"Together": {"one error is enough", []Severity{Warning, Error, Info}, ExitFound, ExitFound},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var report Report
			for _, severity := range tc.severities {
				report.Diagnostics = append(report.Diagnostics, Diagnostic{Severity: severity})
			}
			require.Equal(t, tc.want, report.ExitCode(false), tc.reason)
			require.Equal(t, tc.strict, report.ExitCode(true), tc.reason)
		})
	}
}

func TestWrite(t *testing.T) {
	d := Diagnostic{
		File: "dir,a:b/100%.yaml", Rule: "r", Severity: Info, Line: 3, Column: 3, EndColumn: 5,
		Message: "50% of", Help: "do", Source: "\té<>",
	}
	tests := map[string]struct {
		reason string
		report Report
		format Format
		want   string
	}{
		"TextKeepsTabs": {"the caret stands right at any tab width", Report{Files: 1, Diagnostics: []Diagnostic{d}}, Text, "" +
			"dir,a:b/100%.yaml:3:3: info: r\n" +
			"    3 | \té<>\n" +
			"      | \t ^^ 50% of\n" +
			"      = help: do\n\n" +
			"checked 0 objects in 1 file: 0 errors, 0 warnings, 1 info\n"},
		"TextCutsLongLines": {"some of the line around the place", Report{Diagnostics: []Diagnostic{{
			File: "f", Line: 1, Column: 101, EndColumn: 400, Severity: Error, Rule: "r", Message: "m", Source: strings.Repeat("é", 300),
		}}}, Text, "" +
			"f:1:101: error: r\n" +
			"    1 | ..." + strings.Repeat("é", 200) + "...\n" +
			"      | " + strings.Repeat(" ", 63) + strings.Repeat("^", 140) + " m\n\n" +
			"checked 0 objects in 0 files: 1 error, 0 warnings, 0 infos\n"},
		"GitHubEscapes": {
			"a workflow command is one line, and its properties end at a comma",
			Report{Diagnostics: []Diagnostic{d}},
			GitHub,
			"::notice file=dir%2Ca%3Ab/100%25.yaml,line=3,endLine=3,col=3,endColumn=5,title=r::50%25 of%0Ado\n",
		},
		"JSONEmpty": {
			"an empty list, not null",
			Report{Files: 1},
			JSON,
			"{\n  \"files\": 1,\n  \"objects\": 0,\n  \"errors\": 0,\n  \"warnings\": 0,\n  \"infos\": 0,\n  \"diagnostics\": []\n}\n",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, render(t, tc.report, tc.format), tc.reason)
		})
	}
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestWriteError(t *testing.T) {
	cause := errors.New("disk full")
	require.ErrorIs(t, Report{}.Write(brokenWriter{cause}, Text), cause)
}

func TestSeverityString(t *testing.T) {
	require.Equal(t, "Severity(0)", Severity(0).String())
	require.Equal(t, "Severity(9)", Severity(9).String())
}

func TestClosest(t *testing.T) {
	tests := map[string]struct {
		reason, name, want string
	}{
		"Case":       {"another case is no distance", "METRIC_VALUE", "metric_value"},
		"Typo":       {"two letters swapped", "metric_vlaue", "metric_value"},
		"Nearest":    {"the nearer of two", "metric_nam", "metric_name"},
		"TooFar":     {"nothing is better than nonsense", "Region", ""},
		"ShortNames": {"any short name is near to any other", "tx", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, closest(tc.name, []string{"rx", "metric_value", "metric_name"}), tc.reason)
		})
	}
}

// FuzzRun checks that no file makes the linter fail, and that every finding
// points into the file.
func FuzzRun(f *testing.F) {
	f.Add([]byte("apiVersion: adx-mon.azure.com/v1\nkind: MetricsExporter\nspec:\n  body: |\n    T | summarize a = bin(b, 1m), c = max(d) by ['e'] | project-away e*;\n" +
		"  criteriaExpression: a &&\n  transform: {labelColumns: [a, c, é], valueColumn: x}\n"))
	f.Add([]byte("kind: List\nitems:\n- kind: ExporterRing\n- 1\n---\nspec: [\n"))
	f.Add([]byte("kind: MetricsExporter\nspec: {body: \"let a = cluster('x').y | extend b = iff(now(\", transform: 1, criteria: []}"))
	validator, err := validation.New()
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, data []byte) {
		report := run(validator, []File{{Name: "f", Data: data}}, Options{ClusterLabels: map[string]string{"region": "x"}})
		for _, d := range report.Diagnostics {
			require.True(t, d.Line > 0 && d.Column > 0 && d.EndColumn > d.Column && d.Message != "", "%+v", d)
		}
		render(t, report, Text)
		render(t, report, GitHub)
		render(t, report, JSON)
	})
}
