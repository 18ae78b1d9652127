package receivers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/demo"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// Cluster labels: with those of platform, the exporters of the demo's platform
// team run besides the readings.
var (
	platform = demo.Instances()[0].Labels
	alone    = "team=nobody"
)

// replica is a running `adxexporter run` on an embedded Kusto.
type replica struct {
	*process

	dir string
	// metrics and telemetry are the URLs of what it serves.
	metrics, telemetry string
	version            string
}

func startReplica(t *testing.T, labels string, flags ...string) *replica {
	t.Helper()
	server := emulator.New(emulator.Options{})
	demo.Fill(server)
	server.Database("Plant").Put(readings())
	kusto := httptest.NewServer(server)
	t.Cleanup(kusto.Close)

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "readings.yaml"), []byte(readingsExporter), 0o600))
	team := demo.Instances()[0]
	flags = append([]string{
		"run", "--exporters-dir=" + dir, "--cluster-labels=" + labels, "--kusto-endpoint=Plant=" + kusto.URL,
		"--web.listen-address=127.0.0.1:0", "--telemetry.listen-address=127.0.0.1:0",
	}, flags...)
	for _, database := range team.Databases {
		flags = append(flags, "--kusto-endpoint="+database+"="+kusto.URL)
	}
	if labels == team.Labels {
		require.NoError(t, team.Write(dir))
	}
	r := &replica{process: start(t, built(t, "adxexporter"), flags...), dir: dir}
	await(t, "the replica's start", func() bool { return r.started() })
	return r
}

// started reads from the log whether the replica runs, and where it listens.
func (r *replica) started() bool {
	for line := range strings.Lines(r.logs.String()) {
		var entry struct{ Msg, Metrics, Telemetry, Version string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "started" {
			r.metrics, r.telemetry = "http://"+entry.Metrics+"/metrics", "http://"+entry.Telemetry+"/metrics"
			r.version = entry.Version
			return true
		}
	}
	return false
}

// backfill asks for the windows of a range, as a user would.
func (r *replica) backfill(t *testing.T, from, to time.Time) {
	t.Helper()
	request := fmt.Sprintf("  backfill: {requestId: e2e, startTime: %s, endTime: %s}\n", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "readings.yaml"), []byte(readingsExporter+request), 0o600))
}

// backfilled reports whether all windows of the backfill are settled.
func (r *replica) backfilled(t *testing.T) bool {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.dir, ".state", "e2e.readings.yaml"))
	require.NoError(t, err)
	return strings.Contains(string(content), "requestId: e2e") && strings.Contains(string(content), "pending: 0")
}

// families returns what a URL of the replica's shows.
func families(t *testing.T, url string) map[string]*dto.MetricFamily {
	t.Helper()
	body, ok := get(t, url)
	require.True(t, ok, url)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	require.NoError(t, err)
	return all
}

// total sums one of the replica's own metrics over all of its series that have a
// label of that value.
func (r *replica) total(t *testing.T, name, value string) float64 {
	t.Helper()
	var sum float64
	for _, m := range families(t, r.telemetry)[name].GetMetric() {
		for _, label := range m.GetLabel() {
			if label.GetValue() == value {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
