package offline_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
)

// suite writes the files into a directory and reads the test file t.yaml.
func suite(t *testing.T, tests string) (*offline.Suite, string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"latency.yaml": latency, "errors.yaml": errorCount, "t.yaml": tests} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	name := filepath.Join(dir, "t.yaml")
	files, err := offline.ReadFiles([]string{name})
	require.NoError(t, err)
	return &offline.Suite{Files: files}, name
}

// run returns what the suite prints, without the directory.
func run(t *testing.T, s *offline.Suite) string {
	t.Helper()
	var out strings.Builder
	_, err := s.Run(t.Context(), &out)
	require.NoError(t, err)
	return strings.ReplaceAll(out.String(), filepath.ToSlash(filepath.Dir(s.Files[0].Name))+"/", "")
}

const requests = `
    tables:
      Requests:
        columns: {Timestamp: datetime, Service: string, Region: string, Ms: real}
        rows:
        - [2026-01-01T09:59:59Z, api, eastus, 1000]
        - [2026-01-01T10:00:00Z, api, eastus, 10]
        - [2026-01-01T10:00:10Z, api, eastus, 30]
        - [2026-01-01T10:00:10Z, api, westus, 1000]
        - [2026-01-01T10:00:59.9999999Z, api, eastus, 50]
        - [2026-01-01T10:01:00Z, api, eastus, 1000]
`

func TestSuite(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ reason, tests, want string }{
		"TheWholePath": {
			"parameters, labels and both borders of the window are as in production; the newest of two points shows", `
exporters: [latency.yaml]
clusterLabels: region=eastus
tests:
  - name: newest average
    at: 2026-01-01T10:01:59Z` + requests + `
    expect: latency_ms{Service="api"} 50
    dropped: {duplicate: 0}
  - name: another window
    at: 2026-01-01T10:02:00Z` + requests + `
    expect: |
      # TYPE latency_ms gauge
      latency_ms{Service="api"} 1000
`, `ok    t.yaml  newest average
ok    t.yaml  another window
2 tests passed.
`,
		},
		"OtherClusters": {
			"the ingestion delay moves the window; the limit of series holds", `
tests:
  - name: errors of teams
    exporter: errors
    at: 2026-01-01T10:01:30Z
    tables:
      cluster('east').TelemetryDB.Errors: {columns: &c {Timestamp: datetime, Service: string}, rows: [[2026-01-01T10:00:01Z, api]]}
      cluster('west').TelemetryDB.Errors: {columns: *c, rows: [[2026-01-01T10:00:02Z, api], [2026-01-01T10:00:03Z, web], [2026-01-01T10:00:03Z, db]]}
      database('Inventory').Services: {columns: {Service: string, Team: string}, rows: [[api, red], [web, blue], [db, green]]}
    expect: ""
exporters: [latency.yaml, errors.yaml]
`, `FAIL  t.yaml  errors of teams
      The series are not as expected:
      --- expected
      +++ exposed
      @@ -0,0 +1,4 @@
      +# HELP errors From MetricsExporter default/errors.
      +# TYPE errors gauge
      +errors{Team="green"} 1
      +errors{Team="red"} 2
      Values were dropped: too_many_series: 1.
1 test: 0 passed, 1 failed.
`,
		},
		"Answers": {
			"no query runs; every type of cell arrives as it is written", `
exporters: [latency.yaml]
tests:
  - name: values
    answer: &values
      columns: {Service: dynamic, Timestamp: datetime, Value: real}
      rows:
      - [{a: [1, x]}, 2026-01-01T00:00:00Z, .nan]
      - [7, 2026-01-01, -.inf]
      - [text, null, 1]
    expect: |
      # the order does not count, nor does a remark
      latency_ms{Service="7"} -Inf
      latency_ms{Service="{\"a\":[1,\"x\"]}"} NaN
  - {name: drops, expect: "", answer: *values, dropped: {null_value: 2}}
  - {name: more drops, expect: "", answer: {columns: {Service: string, Timestamp: datetime, Value: string}, rows: []}, dropped: {null_value: 2}}
`, `ok    t.yaml  values
FAIL  t.yaml  drops
      The series are not as expected:
      --- expected
      +++ exposed
      @@ -0,0 +1,4 @@
      +# HELP latency_ms From MetricsExporter web/latency.
      +# TYPE latency_ms gauge
      +latency_ms{Service="7"} -Inf
      +latency_ms{Service="{\"a\":[1,\"x\"]}"} NaN
      The dropped values are null_timestamp: 1; expected were null_value: 2.
FAIL  t.yaml  more drops
      The dropped values are none; expected were null_value: 2.
      The answer has no rows; the window was [2025-12-31T23:59:00Z, 2026-01-01T00:00:00Z).
3 tests: 1 passed, 2 failed.
`,
		},
		"Errors": {
			"an error is matched by the sentence that the condition has", `
exporters: [latency.yaml]
clusterLabels: region=eastus
tests:
  - {name: missing table, error: 'table.* "Requests"'}
  - {name: other error, error: quota}
  - {name: no error expected, expect: ""}
  - {name: no error, error: x, answer: {columns: {Service: string, Timestamp: datetime, Value: real}, rows: []}}
  - {name: missing column, error: '^column "Value"', answer: {columns: {Service: string, Timestamp: datetime}, rows: []}}
`, `ok    t.yaml  missing table
FAIL  t.yaml  other error
      The run failed with another error than one that matches "quota": Kusto cannot resolve the table or column "Requests" (SEM0100).
FAIL  t.yaml  no error expected
      The run failed: Kusto cannot resolve the table or column "Requests" (SEM0100).
FAIL  t.yaml  no error
      The run succeeded; an error that matches "x" was expected.
ok    t.yaml  missing column
5 tests: 2 passed, 3 failed.
`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := suite(t, c.tests)
			require.Equal(t, c.want, run(t, s), c.reason)
		})
	}
}

func TestSuiteOnly(t *testing.T) {
	t.Parallel()
	s, _ := suite(t, "exporters: [latency.yaml]\ntests:\n- {name: one, expect: ''}\n- {name: two, error: Requests}\n")
	s.Only = regexp.MustCompile("^two$")
	require.Equal(t, "ok    t.yaml  two\n1 test passed.\n", run(t, s))
}

func TestSuiteStrict(t *testing.T) {
	t.Parallel()
	s, _ := suite(t, `
exporters: [latency.yaml]
clusterLabels: region=eastus
tests:
  - name: one point
    at: 2026-01-01T10:01:00Z`+requests+`
    expect: latency_ms{Service="api"} 50
`)
	text := strings.ReplaceAll(s.Files[0].Tests[0].Exporter.Spec.Body, "Value = avg(Ms) by Service, Timestamp = bin(Timestamp, 30s)",
		"Value = avg(Ms), Timestamp = bin(Timestamp, 30s) by Service")
	s.Files[0].Tests[0].Exporter.Spec.Body = text
	require.Contains(t, run(t, s), "1 test passed.", "the embedded Kusto is lenient")
	s.Strict = true
	require.Contains(t, run(t, s), "The run failed: Kusto refuses the query (", "a real Kusto does not run it")
}

const outdated = `# What the service does.
exporters: [latency.yaml]
clusterLabels: region=eastus

tests:
  # quoted, over two lines
  - expect: "latency_ms

      1" # outdated
    name: quoted
    at: 2026-01-01T10:01:00Z` + requests + `
  - name: right
    expect: "" # stays
    answer: &none
      {columns: {Service: string, Timestamp: datetime, Value: real}, rows: []}

  - name: too much
    expect: |
      latency_ms 1

      latency_ms 2


    # a remark about the next key
    answer: *none
    dropped: {duplicate: 1}
  - name: with headers
    at: 2026-01-01T10:01:00Z` + requests + `    expect:`

const updated = `# What the service does.
exporters: [latency.yaml]
clusterLabels: region=eastus

tests:
  # quoted, over two lines
  - expect: | # outdated
      latency_ms{Service="api"} 50
    name: quoted
    at: 2026-01-01T10:01:00Z` + requests + `
  - name: right
    expect: "" # stays
    answer: &none
      {columns: {Service: string, Timestamp: datetime, Value: real}, rows: []}

  - name: too much
    expect: ""


    # a remark about the next key
    answer: *none
    dropped: {duplicate: 1}
  - name: with headers
    at: 2026-01-01T10:01:00Z` + requests + `    expect: |
      # HELP latency_ms From MetricsExporter web/latency.
      # TYPE latency_ms gauge
      latency_ms{Service="api"} 50
`

func TestSuiteUpdate(t *testing.T) {
	t.Parallel()
	s, name := suite(t, outdated)
	s.Update = true
	require.Equal(t, `new   t.yaml  quoted
ok    t.yaml  right
FAIL  t.yaml  too much
      The dropped values are none; expected were duplicate: 1.
      The answer has no rows; the window was [2025-12-31T23:59:00Z, 2026-01-01T00:00:00Z).
new   t.yaml  with headers
4 tests: 1 passed, 1 failed, 2 expectations rewritten.
`, run(t, s), "drops are never rewritten")
	got, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, updated, string(got))

	s.Files, err = offline.ReadFiles([]string{name})
	require.NoError(t, err)
	require.Contains(t, run(t, s), "4 tests: 3 passed, 1 failed.\n")
}

func TestSuiteUpdateRefuses(t *testing.T) {
	t.Parallel()
	answer := "{columns: {Service: string, Timestamp: datetime, Value: real}, rows: [[\"a\\x01b\", 2026-01-01, 1]]}"
	cases := map[string]struct{ test, want string }{
		"Braces":      {"- {name: a, expect: '', answer: " + answer + "}\n", "t.yaml:3: cannot update an expectation between braces"},
		"Unprintable": {"- name: a\n  expect: ''\n  answer: " + answer + "\n", "t.yaml: cannot write the new expectations into the file"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := "exporters: [latency.yaml]\ntests:\n" + c.test
			s, file := suite(t, before)
			s.Update = true
			_, err := s.Run(t.Context(), &strings.Builder{})
			var mistake *offline.FileError
			require.ErrorAs(t, err, &mistake)
			require.Contains(t, mistake.Error(), c.want)
			after, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, before, string(after), "the file is left alone")
		})
	}
}

func TestSuiteEndsEarly(t *testing.T) {
	t.Parallel()
	s, _ := suite(t, "exporters: [latency.yaml]\ntests:\n- {name: one, error: x}\n")
	_, err := s.Run(t.Context(), broken{})
	require.ErrorIs(t, err, errBroken)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.Run(ctx, &strings.Builder{})
	require.ErrorIs(t, err, context.Canceled, "a test that is interrupted did not fail")
}

var errBroken = errors.New("nobody listens")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestReadFiles(t *testing.T) {
	t.Parallel()
	_, err := offline.ReadFiles([]string{filepath.Join(t.TempDir(), "gone.yaml")})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = offline.ReadFiles([]string{os.DevNull})
	var mistake *offline.FileError
	require.ErrorAs(t, err, &mistake)
}

// TestExamples keeps the examples of the documentation working.
func TestExamples(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../../../docs/examples/*_test.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	files, err := offline.ReadFiles(names)
	require.NoError(t, err)
	var out strings.Builder
	summary, err := (&offline.Suite{Files: files}).Run(t.Context(), &out)
	require.NoError(t, err)
	require.Zero(t, summary.Failed, out.String())
	require.GreaterOrEqual(t, summary.Passed, 4)
}
