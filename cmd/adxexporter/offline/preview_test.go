package offline_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
	"github.com/adx-mon/adxexporter/executor/schedule"
	"github.com/adx-mon/adxexporter/push/otlp"
)

// kusto returns a Kusto that gives a recorded answer, or has no table if there is
// none.
func kusto(t *testing.T, database, answer string) *offline.Kusto {
	t.Helper()
	k, err := offline.StartKusto(t.Context(), database, false)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, k.Close()) })
	if answer != "" {
		data, err := offline.ReadData("rows.yaml", []byte(answer))
		require.NoError(t, err)
		require.NoError(t, k.Record(data))
	}
	return k
}

// TestPreview compares what is printed with testdata/preview; the files are what
// to read to judge the wording.
func TestPreview(t *testing.T) {
	t.Parallel()
	dynamicName := strings.ReplaceAll(latency, "defaultMetricName: latency_ms", "metricNameColumn: Name")
	cases := map[string]struct {
		reason  string
		text    string
		answer  string
		change  func(*v1.MetricsExporter)
		preview offline.Preview
	}{
		"all": {
			reason: "every type, long and unprintable cells, each kind of drop that rows can cause",
			text:   dynamicName,
			answer: `
columns: {Name: string, Service: string, Timestamp: datetime, Value: dynamic, B: bool, I: int, L: long, R: real, D: decimal, G: guid, S: timespan}
rows:
- [latency, api, 2026-01-01T10:00:00Z, 1.5, true, 1, 2, 0.5, 1.25, 74be27de-1e4e-49d9-b579-fe0b331d3642, 00:01:00]
- [latency, api, 2026-01-01T10:00:01Z, 2.5, null, null, null, null, null, null, null]
- [latency, "a\nb", 2026-01-01T10:00:01Z, 2.5, false, 0, 0, 0, 0, null, 0s]
- [latency, 0123456789012345678901234567890123456789012345678901234567890123456789, 2026-01-01T10:00:01Z, -1, false, 0, 0, 0, 0, null, 0s]
- [latency, last, 2026-01-01T10:00:01Z, null, null, null, null, null, null, null, null]
- [latency, last, 2026-01-01T10:00:01Z, fast, null, null, null, null, null, null, null]
- [latency, last, null, 1, null, null, null, null, null, null, null]
- [latency, last, 1969-01-01, 1, null, null, null, null, null, null, null]
- ["", last, 2026-01-01T10:00:01Z, 1, null, null, null, null, null, null, null]
- [latency, dup, 2026-01-01T10:00:01Z, 1, null, null, null, null, null, null, null]
- [latency, dup, 2026-01-01T10:00:01Z, 2, null, null, null, null, null, null, null]
`,
			preview: offline.Preview{Limit: 4, Question: offline.Question{Labels: map[string]string{"region": "EastUS"}, NamePrefix: "web"}},
		},
		"one": {
			reason:  "the query is printed with the parameters that it uses; one of each is singular",
			text:    latency,
			answer:  "columns: {Service: string, Timestamp: datetime, Value: real}\nrows: [[api, 2026-01-01T10:00:00Z, 1]]",
			preview: offline.Preview{Limit: 1, ShowQuery: true, Format: offline.FormatOpenMetrics, Question: offline.Question{Labels: map[string]string{"region": "westus"}}},
		},
		"empty": {
			reason:  "no rows is worth a sentence",
			text:    latency,
			answer:  "columns: {Service: string, Timestamp: datetime, Value: real}\nrows: []",
			preview: offline.Preview{Limit: 1},
		},
		"otlp": {
			reason: "type, unit, help and the instance's attributes; every point; what JSON has no number for",
			text:   latency,
			answer: "columns: {Service: string, Timestamp: datetime, Value: real}\nrows: [[api, 2026-01-01T10:00:00Z, 1], [api, 2026-01-01T10:00:30Z, .inf], [api, 2026-01-01T10:00:45Z, null]]",
			change: described,
			preview: offline.Preview{Limit: 1, Format: offline.FormatOTLP, Question: offline.Question{Labels: map[string]string{"region": "eastus"}}, Push: offline.Push{
				Resource: []otlp.Attribute{{Key: "region", Value: "eastus"}}, Version: "v1.2.3",
			}},
		},
		"remote-write": {
			reason: "a line a series and metadata a family; labels are quoted; a millisecond has one sample; this output is not chosen",
			text:   dynamicName,
			answer: `
columns: {Name: string, Service: string, Timestamp: datetime, Value: real}
rows:
- [latency, api, 2026-01-01T10:00:00Z, 1]
- [latency, api, 2026-01-01T10:00:30Z, .nan]
- [latency, "a\nb\"", 2026-01-01T10:00:00.0001Z, 1]
- [latency, "a\nb\"", 2026-01-01T10:00:00.0002Z, 2.5e20]
- [errors, "", 2026-01-01T10:00:00Z, -1]
`,
			change: func(e *v1.MetricsExporter) {
				described(e)
				e.Spec.Outputs = []v1.Output{v1.OutputPrometheus, v1.OutputOTLP}
			},
			preview: offline.Preview{Limit: 1, Format: offline.FormatRemoteWrite, Question: offline.Question{Labels: map[string]string{"region": "eastus"}}},
		},
		"empty-push": {
			reason:  "no rows, no request",
			text:    latency,
			answer:  "columns: {Service: string, Timestamp: datetime, Value: real}\nrows: []",
			preview: offline.Preview{Limit: 1, Format: offline.FormatOTLP, Question: offline.Question{Labels: map[string]string{"region": "eastus"}}},
		},
		"hidden": {
			reason: "what keeps an instance from showing the series is said, all of it",
			text:   latency,
			answer: "columns: {Service: string, Timestamp: datetime, Value: real}\nrows: [[api, 2026-01-01, null]]",
			change: func(e *v1.MetricsExporter) {
				e.Spec.Suspend = true
				e.Spec.Outputs = []v1.Output{v1.OutputOTLP}
				e.Spec.CriteriaExpression = "region =="
			},
			preview: offline.Preview{},
		},
		"evaluation": {
			reason: "an expression may fail on the labels only when it is evaluated",
			text:   latency,
			answer: "columns: {Service: string, Timestamp: datetime, Value: real}\nrows: []",
			change: func(e *v1.MetricsExporter) { e.Spec.CriteriaExpression = "int(region) > 1" },
			preview: offline.Preview{
				Question: offline.Question{Labels: map[string]string{"region": "eastus"}},
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := c.preview
			p.Question.Exporter = exporter(t, c.text)
			p.Question.Window = schedule.Window{Start: at("2026-01-01T10:00:00Z"), End: at("2026-01-01T10:01:00Z")}
			if c.change != nil {
				c.change(p.Question.Exporter)
			}
			p.Querier = kusto(t, "TelemetryDB", c.answer)
			var out strings.Builder
			require.NoError(t, p.Write(t.Context(), &out))
			printed := compressed.ReplaceAllString(out.String(), "some bytes compressed")
			golden(t, filepath.Join("testdata", "preview", name+".txt"), printed, c.reason)
		})
	}
}

// compressed is a size that differs between processors: the compressor has faster
// code for some.
var compressed = regexp.MustCompile(`\d+ bytes compressed`)

// described gives the exporter's metrics all metadata there is.
func described(e *v1.MetricsExporter) {
	e.Spec.Transform.Type, e.Spec.Transform.Help, e.Spec.Transform.Unit = v1.MetricTypeCounter, "What a\nservice needs.", "ms"
}

// update rewrites the golden files: go test ./cmd/adxexporter/offline -update. Read
// the diff then.
var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file.
func golden(t *testing.T, file, got, reason string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, reason)
}

func TestPreviewTooLongForScrapers(t *testing.T) {
	t.Parallel()
	e := exporter(t, latency)
	e.Spec.Transform.LabelColumns = nil
	row := []string{"2026-01-01T10:00:00Z", "1"}
	columns := []string{"Timestamp: datetime", "Value: real"}
	for i := range 20 {
		name := "L" + string(rune('a'+i))
		e.Spec.Transform.LabelColumns = append(e.Spec.Transform.LabelColumns, name)
		columns, row = append(columns, name+": string"), append(row, strings.Repeat("x", 2000))
	}
	answer, err := offline.ReadData("rows.yaml", []byte("columns: {"+strings.Join(columns, ", ")+"}\nrows: [["+strings.Join(row, ", ")+"]]"))
	require.NoError(t, err)
	k := kusto(t, "TelemetryDB", "")
	require.NoError(t, k.Record(answer))
	var out strings.Builder
	require.NoError(t, offline.Preview{Querier: k, Question: offline.Question{Exporter: e, Window: offline.LatestWindow(&e.Spec, at("2026-01-01T10:01:00Z"))}}.Write(t.Context(), &out))
	require.Contains(t, out.String(), "1 row became 1 point in 1 series.\nNot exposed: 1 series, since the line would be too long for scrapers.\n")
}

func TestPreviewFails(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason, answer, body string
		show                 bool
		want                 string
	}{
		"Query":     {"Kusto's own words, shortened", "", "Requests", false, `Kusto cannot resolve the table or column "Requests" (SEM0100).`},
		"Column":    {"the columns that there are help", "columns: {Service: string, Value: real}\nrows: []", "Requests", false, `column "Timestamp" (timestampColumn) is not in the answer; it has: Service, Value`},
		"Command":   {"it is refused before Kusto is asked", "", ".show tables", false, "The query begins with a dot: management commands are not allowed."},
		"ShowQuery": {"and cannot be shown", "", ".show tables", true, "The query begins with a dot: management commands are not allowed."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := exporter(t, latency)
			e.Spec.Body = c.body
			p := offline.Preview{
				Question:  offline.Question{Exporter: e, Window: offline.LatestWindow(&e.Spec, at("2026-01-01T10:01:00Z"))},
				Querier:   kusto(t, "TelemetryDB", c.answer),
				ShowQuery: c.show,
			}
			err := p.Write(t.Context(), &strings.Builder{})
			require.EqualError(t, err, "cannot preview web/latency: "+c.want, c.reason)
		})
	}
}

func TestLatestWindow(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason, text, at, start string
	}{
		"OnTheGrid": {"a window that ends now is complete", latency, "2026-01-01T10:01:00Z", "2026-01-01T10:00:00Z"},
		"Between":   {"", latency, "2026-01-01T10:01:59Z", "2026-01-01T10:00:00Z"},
		"Delayed":   {"rows may still come", errorCount, "2026-01-01T10:01:29Z", "2026-01-01T09:59:00Z"},
		"Over":      {"the delay is over", errorCount, "2026-01-01T10:01:30Z", "2026-01-01T10:00:00Z"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			window := offline.LatestWindow(&exporter(t, c.text).Spec, at(c.at))
			require.Equal(t, at(c.start), window.Start, c.reason)
			require.Equal(t, at(c.start).Add(60e9), window.End, c.reason)
		})
	}
}
