package receivers_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

const otelcolConfig = `
receivers:
  otlp:
    protocols:
      %s:
        endpoint: %s
exporters:
  file:
    path: %s
    flush_interval: 100ms
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    metrics:
      receivers: [otlp]
      exporters: [file]
`

// otelcol is a real Collector that writes what it gets to a file.
type otelcol struct {
	*process

	address, file string
}

func startOtelcol(t *testing.T, protocol string) *otelcol {
	t.Helper()
	dir := t.TempDir()
	c := &otelcol{address: freeAddress(t), file: filepath.Join(dir, "metrics.json")}
	config := filepath.Join(dir, "otelcol.yaml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, otelcolConfig, protocol, c.address, c.file), 0o600))
	c.process = start(t, receiver(t, "otelcol"), "--config="+config)
	await(t, "the Collector", func() bool { return bytes.Contains([]byte(c.logs.String()), []byte("Everything is ready")) })
	return c
}

// received returns what the Collector got: each request is a line.
func (c *otelcol) received(t *testing.T) []*metricspb.ResourceMetrics {
	t.Helper()
	content, err := os.ReadFile(c.file)
	require.NoError(t, err)
	whole := content[:bytes.LastIndexByte(content, '\n')+1] // the last line may still be written
	var all []*metricspb.ResourceMetrics
	for line := range bytes.Lines(whole) {
		var request metricspb.MetricsData
		require.NoError(t, protojson.Unmarshal(line, &request))
		all = append(all, request.GetResourceMetrics()...)
	}
	return all
}

// samples returns the points of a metric, from all requests.
func (c *otelcol) samples(t *testing.T, name string) samples {
	t.Helper()
	all := samples{}
	for _, resource := range c.received(t) {
		for _, scope := range resource.GetScopeMetrics() {
			for _, metric := range scope.GetMetrics() {
				if metric.GetName() == name {
					addPoints(all, metric)
				}
			}
		}
	}
	return all
}

func addPoints(all samples, metric *metricspb.Metric) {
	for _, point := range metric.GetGauge().GetDataPoints() {
		labels := model.Metric{model.MetricNameLabel: model.LabelValue(metric.GetName())}
		for name, value := range attributes(point.GetAttributes()) {
			labels[model.LabelName(name)] = model.LabelValue(value)
		}
		all.add(labels.String(), int64(point.GetTimeUnixNano())/int64(time.Millisecond), point.GetAsDouble())
	}
}

func attributes(list []*commonpb.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range list {
		all[a.GetKey()] = a.GetValue().GetStringValue()
	}
	return all
}
