package app

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
	"github.com/adx-mon/adxexporter/executor/query"
)

const requestsExporter = `apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: requests, namespace: web}
spec:
  database: TelemetryDB
  interval: 1m
  body: Requests | where Timestamp between (_startTime .. _endTime) | summarize Value = count() by Timestamp = bin(Timestamp, 1m), Region = _region
  transform: {defaultMetricName: requests, valueColumn: Value, timestampColumn: Timestamp, labelColumns: [Region]}
`

// TestPreviewAsksOnce runs the command against a Kusto: one query, read-only,
// with the parameters of the window and the labels.
func TestPreviewAsksOnce(t *testing.T) {
	t.Parallel()
	server := emulator.New(emulator.Options{})
	table := server.Database("TelemetryDB").Create("Requests", query.Column{Name: "Timestamp", Type: query.DateTime})
	start := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	require.NoError(t, table.Append([]any{start}, []any{start.Add(59 * time.Second)}, []any{start.Add(time.Minute)}))
	listening := httptest.NewServer(server)
	defer listening.Close()
	file := filepath.Join(t.TempDir(), "requests.yaml")
	require.NoError(t, os.WriteFile(file, []byte(requestsExporter), 0o600))

	var stdout, stderr bytes.Buffer
	code := Main(t.Context(), []string{
		"preview", file, "--kusto-endpoint", "TelemetryDB=" + listening.URL, "--cluster-labels", "region=eastus",
		"--from", "2026-01-01T10:00:00Z", "--to", "2026-01-01T10:01:00Z",
	}, &stdout, &stderr)
	require.Zero(t, code, stderr.String())
	require.Contains(t, stdout.String(), "\nrequests{Region=\"eastus\"} 2\n")
	require.Contains(t, stdout.String(), "1 row became 1 point in 1 series.\n")

	journal := server.Journal()
	require.Len(t, journal, 1)
	require.Equal(t, true, journal[0].Options["request_readonly"])
	require.Equal(t, "adxexporter;web/requests;2026-01-01T10:00:00Z;offline", journal[0].ClientRequestID)
}

// TestOfflineExitCodes: 1 says that the answer is no, 2 that the question is wrong.
func TestOfflineExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"requests.yaml": requestsExporter,
		"rows.yaml":     "columns: {Timestamp: datetime}\nrows: []\n",
		"answer.yaml":   "columns: {Timestamp: datetime, Value: int, Region: string}\nrows: [[2026-01-01, 1, eastus]]\n",
		"fail.yaml":     "exporters: [requests.yaml]\ntests: [{name: a, error: other}]\n",
		"wrong.yaml":    "exporters: [requests.yaml]\n",
		"braces.yaml":   "exporters: [requests.yaml]\ntests: [{name: a, expect: x 1, answer: {columns: {Timestamp: datetime, Value: int, Region: string}, rows: []}}]\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	cases := map[string]struct {
		args []string
		want int
	}{
		"ColumnMissing":  {[]string{"preview", in("requests.yaml"), "--rows", in("rows.yaml")}, 1},
		"NoKusto":        {[]string{"preview", in("requests.yaml")}, 2},
		"NoFile":         {[]string{"preview", in("gone.yaml")}, 2},
		"WrongRows":      {[]string{"preview", in("requests.yaml"), "--rows", in("wrong.yaml")}, 2},
		"WrongFlag":      {[]string{"preview", in("requests.yaml"), "--window", "x"}, 2},
		"WrongAttribute": {[]string{"preview", in("requests.yaml"), "--rows", in("rows.yaml"), "--add-resource-attributes", "team"}, 2},
		"PushOutput":     {[]string{"preview", in("requests.yaml"), "--rows", in("answer.yaml"), "-o", "otlp"}, 0},
		"TestFails":      {[]string{"test", in("fail.yaml")}, 1},
		"TestFileWrong":  {[]string{"test", in("wrong.yaml")}, 2},
		"TestFileGone":   {[]string{"test", in("gone.yaml")}, 2},
		"NoTestSelected": {[]string{"test", in("fail.yaml"), "--run", "b"}, 2},
		"NoUpdate":       {[]string{"test", in("braces.yaml"), "--update"}, 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := Main(t.Context(), c.args, &stdout, &stderr)
			require.Equal(t, c.want, code, stderr.String())
		})
	}
}
