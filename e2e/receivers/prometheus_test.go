package receivers_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// outOfOrder is the configuration of a Prometheus that takes windows of the past.
const outOfOrder = `
storage:
  tsdb:
    out_of_order_time_window: 30m
`

// prometheus is a real one, with an empty storage.
type prometheus struct {
	*process

	url  string
	args []string
}

func startPrometheus(t *testing.T, config string) *prometheus {
	t.Helper()
	return startPrometheusOf(t, receiver(t, "prometheus"), config, "--web.enable-otlp-receiver")
}

// startDebianPrometheus starts version 2.42, as Debian 12 has it: it takes remote write
// 1.0 only.
func startDebianPrometheus(t *testing.T, config string) *prometheus {
	t.Helper()
	return startPrometheusOf(t, receiver(t, "prometheus-debian"), config)
}

func startPrometheusOf(t *testing.T, binary, config string, flags ...string) *prometheus {
	t.Helper()
	dir, address := t.TempDir(), freeAddress(t)
	file := filepath.Join(dir, "prometheus.yaml")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	p := &prometheus{url: "http://" + address, args: append([]string{
		binary,
		"--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(dir, "data"), "--web.listen-address=" + address,
		"--web.enable-remote-write-receiver",
	}, flags...)}
	p.start(t)
	return p
}

// startVictoriaMetrics starts one that shows at once what it got. It answers as
// Prometheus does.
func startVictoriaMetrics(t *testing.T, binary string) *prometheus {
	t.Helper()
	address := freeAddress(t)
	p := &prometheus{url: "http://" + address, args: []string{
		binary, "-storageDataPath=" + t.TempDir(), "-httpListenAddr=" + address, "-search.latencyOffset=0s", "-inmemoryDataFlushInterval=1s",
	}}
	p.start(t)
	return p
}

// start starts it, also again after it has ended: its storage and address stay.
func (p *prometheus) start(t *testing.T) {
	t.Helper()
	p.process = start(t, p.args[0], p.args[1:]...)
	await(t, "Prometheus", func() bool {
		_, ok := get(t, p.url+"/-/ready")
		return ok
	})
}

func (p *prometheus) remoteWrite() string { return p.url + "/api/v1/write" }

func (p *prometheus) otlp() string { return p.url + "/api/v1/otlp/v1/metrics" }

// ask returns an instant query's result, which is a Matrix or a Vector.
func ask[T any](t *testing.T, p *prometheus, promql string) T {
	t.Helper()
	body, ok := get(t, p.url+"/api/v1/query?query="+url.QueryEscape(promql))
	require.True(t, ok, "%s: %s", promql, body)
	var answer struct{ Data struct{ Result T } }
	require.NoError(t, json.Unmarshal(body, &answer))
	return answer.Data.Result
}

// samples returns what the selector's series have, as they are stored.
func (p *prometheus) samples(t *testing.T, selector string) samples {
	t.Helper()
	all := samples{}
	for _, series := range ask[model.Matrix](t, p, selector+"[3h]") {
		for _, sample := range series.Values {
			all.add(series.Metric.String(), int64(sample.Timestamp), float64(sample.Value))
		}
	}
	return all
}

// count is a query's single number; zero if there is none.
func (p *prometheus) count(t *testing.T, promql string) float64 {
	t.Helper()
	for _, sample := range ask[model.Vector](t, p, promql) {
		return float64(sample.Value)
	}
	return 0
}
