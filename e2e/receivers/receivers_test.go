package receivers_test

import (
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/demo"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/push/otlp"
	"github.com/adx-mon/adxexporter/push/remotewrite"
)

// ways are the ways into Prometheus: the replica's flags for each.
func ways() map[string]func(p *prometheus) []string {
	write := func(version string) func(p *prometheus) []string {
		return func(p *prometheus) []string {
			return []string{"--remote-write-endpoint=" + p.remoteWrite(), "--remote-write-version=" + version}
		}
	}
	return map[string]func(p *prometheus) []string{
		"RemoteWrite1": write("1.0"),
		"RemoteWrite2": write("2.0"),
		"OTLP":         func(p *prometheus) []string { return []string{"--otlp-endpoint=" + p.otlp()} },
	}
}

// pushed selects the series that come from a replica, and not from Prometheus.
const pushed = `{__name__=~".+",__name__!="target_info"}`

// TestPrometheusReceives: what is pushed can be queried, with exact values and
// times, and of all exporters.
func TestPrometheusReceives(t *testing.T) {
	for name, flags := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPrometheus(t, "")
			r := startReplica(t, platform, flags(p)...)
			await(t, "two windows", func() bool { return p.samples(t, "reading").windows() >= 2 })
			requireWindows(t, p.samples(t, "reading"), 2)
			await(t, "the families of all exporters", func() bool {
				return p.count(t, "count(group by (__name__) (last_over_time("+pushed+"[3h])))") == float64(len(demo.Instances()[0].Families)+1)
			})
			requireAllStored(t, r, p)
			require.Zero(t, r.total(t, "adxexporter_push_points_total", "failed"))
		})
	}
}

// requireAllStored demands that a receiver has as many points as were delivered,
// so that none was sent twice, and that it refused none.
func requireAllStored(t *testing.T, r *replica, p *prometheus) {
	t.Helper()
	await(t, "as many stored as delivered points", func() bool {
		return r.total(t, "adxexporter_push_points_total", "delivered") == p.count(t, "sum(count_over_time("+pushed+"[3h]))")
	})
	require.Zero(t, r.total(t, "adxexporter_push_points_total", "rejected"))
}

// TestPrometheusWasAway: a Prometheus that is killed, and back some windows later,
// has every window in the end, each once.
func TestPrometheusWasAway(t *testing.T) {
	for name, flags := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startPrometheus(t, outOfOrder)
			r := startReplica(t, platform, flags(p)...)
			await(t, "the first window", func() bool { return p.samples(t, "reading").windows() >= 1 })
			p.signal(t, syscall.SIGKILL)
			backlog := func() float64 { return r.total(t, "adxexporter_backlog_windows", "readings") }
			await(t, "two missed windows", func() bool { return backlog() >= 2 })
			p.start(t)
			await(t, "the end of the backlog", func() bool { return backlog() == 0 })
			requireWindows(t, p.samples(t, "reading"), 3)
			requireAllStored(t, r, p)
			require.Positive(t, r.total(t, "adxexporter_push_points_total", "failed"))
		})
	}
}

// TestPrometheusTakesThePast: windows that are older than what is stored arrive
// where there is an out-of-order window. Where there is none they are refused for
// good, which is counted, holds nothing up and ends.
func TestPrometheusTakesThePast(t *testing.T) {
	for name, flags := range ways() {
		for config, takes := range map[string]bool{outOfOrder: true, "": false} {
			t.Run(fmt.Sprintf("%s/%t", name, takes), func(t *testing.T) {
				t.Parallel()
				p := startPrometheus(t, config)
				r := startReplica(t, alone, flags(p)...)
				await(t, "the first window", func() bool { return p.samples(t, "reading").windows() >= 1 })
				first, _ := p.samples(t, "reading").span()
				r.backfill(t, first.Add(-20*window), first)
				await(t, "the end of the backfill", func() bool { return r.backfilled(t) })
				if takes {
					requireWindows(t, p.samples(t, "reading"), 20+1)
					return
				}
				requireWindows(t, p.samples(t, "reading"), 1)
				got, _ := p.samples(t, "reading").span()
				require.Equal(t, first, got)
				require.InDelta(t, 20*2*len(sensors), r.total(t, "adxexporter_push_points_total", "rejected"), 0)
			})
		}
	}
}

// TestVictoriaMetricsReceives: a receiver that keeps duplicates has none, neither
// of live windows nor of past ones. It writes nothing of version 2.0, and does not
// say so: the replica notices and falls back to 1.0. It keeps 13 digits.
func TestVictoriaMetricsReceives(t *testing.T) {
	binary := receiver(t, "victoriametrics")
	for name, path := range map[string]string{"remote-write": "/api/v1/write", "otlp": "/opentelemetry/v1/metrics"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startVictoriaMetrics(t, binary)
			r := startReplica(t, alone, "--"+name+"-endpoint="+p.url+path)
			await(t, "two windows", func() bool { return p.samples(t, "reading").windows() >= 2 })
			first, _ := p.samples(t, "reading").span()
			r.backfill(t, first.Add(-20*window), first)
			await(t, "the windows of the backfill", func() bool { return r.backfilled(t) && p.samples(t, "reading").windows() >= 20+2 })
			var labels model.LabelSet
			if name == "otlp" { // it makes labels of the resource and the scope
				labels = model.LabelSet{
					"team":       "nobody",
					"scope.name": "github.com/adx-mon/adxexporter", "scope.version": model.LabelValue(r.version),
				}
			}
			requireWindowsWithin(t, 1e-6, p.samples(t, "reading"), 20+2, labels)
		})
	}
}

// TestPrometheusRefusesOne: of ten thousand samples, one that is too old does not take
// the good ones along.
func TestPrometheusRefusesOne(t *testing.T) {
	p := startPrometheus(t, "")
	write := func(version remotewrite.Version) push.Sender {
		sender, err := remotewrite.New(remotewrite.Config{URL: p.remoteWrite(), Version: version}, nil)
		require.NoError(t, err)
		return sender
	}
	config, err := otlp.ParseEndpoint(p.otlp(), "")
	require.NoError(t, err)
	overOTLP, err := otlp.New(config, nil)
	require.NoError(t, err)
	for name, sender := range map[string]push.Sender{
		"RemoteWrite1": write(remotewrite.Version1),
		"RemoteWrite2": write(remotewrite.Version2),
		"OTLP":         overOTLP,
	} {
		t.Run(name, func(t *testing.T) {
			refusesOne(t, p, sender, "one_too_old_"+strings.ToLower(name), 10_000)
		})
	}
}

// refusesOne sends windows of so many samples, the second one with a sample that is too
// old, and demands that all others are stored.
func refusesOne(t *testing.T, p *prometheus, sender push.Sender, family string, pods int) {
	t.Helper()
	t.Cleanup(func() { require.NoError(t, sender.Close()) })
	end := time.Now().Truncate(time.Second)
	require.NoError(t, sender.Send(t.Context(), delivery(t, family, end.Add(-time.Minute), 1)), "a good window")
	err := sender.Send(t.Context(), delivery(t, family, end, pods, 37))
	var refused *push.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, push.Partial, refused.Kind, refused.Message)
	require.EqualValues(t, 1, refused.Rejected)
	got := p.samples(t, family)
	require.Len(t, got, pods-1)
	for i := range pods {
		pod := model.Metric{"__name__": model.LabelValue(family), "pod": model.LabelValue(fmt.Sprint("pod-", i))}.String()
		if i == 37 {
			require.NotContains(t, got, pod)
			continue
		}
		require.InDelta(t, i, got[pod][end.UnixMilli()], 0, pod)
	}
}

// TestDebianPrometheusReceives: an old Prometheus takes remote write 1.0 only, and
// answers 204 to a request of 2.0 without storing anything. The replica notices, and
// all of its windows arrive, those of the past too.
func TestDebianPrometheusReceives(t *testing.T) {
	p := startDebianPrometheus(t, outOfOrder)
	r := startReplica(t, alone, "--remote-write-endpoint="+p.remoteWrite())
	await(t, "two windows", func() bool { return p.samples(t, "reading").windows() >= 2 })
	first, _ := p.samples(t, "reading").span()
	r.backfill(t, first.Add(-20*window), first)
	await(t, "the end of the backfill", func() bool { return r.backfilled(t) })
	requireWindows(t, p.samples(t, "reading"), 20+2)
	requireAllStored(t, r, p)
}

// TestDebianPrometheusRefusesOne: it answers 500 for a sample that is too old, for
// which Prometheus itself would try again for ever.
func TestDebianPrometheusRefusesOne(t *testing.T) {
	p := startDebianPrometheus(t, "")
	sender, err := remotewrite.New(remotewrite.Config{URL: p.remoteWrite()}, nil)
	require.NoError(t, err)
	refusesOne(t, p, sender, "one_too_old", 1000)
}

// delivery is a window that ends with one sample of each of n pods; those of the
// pods in old are of half a day before.
func delivery(t *testing.T, family string, end time.Time, n int, old ...int) metric.Delivery {
	t.Helper()
	all := make([]batchtest.Sample, n)
	for i := range all {
		all[i] = batchtest.Sample{Name: family, Labels: map[string]string{"pod": fmt.Sprint("pod-", i)}, Value: float64(i), Time: end}
	}
	for _, i := range old {
		all[i].Time = end.Add(-12 * time.Hour)
	}
	return metric.Delivery{
		Source: metric.Source{NamespacedName: types.NamespacedName{Namespace: "e2e", Name: family}, UID: types.UID(family)},
		Start:  end.Add(-time.Minute), End: end, Interval: time.Minute, Batch: batchtest.New(t, batchtest.Options{}, all...),
	}
}

// TestOtelcolReceives: a Collector gets each window once, by either protocol, with
// the resource's attributes.
func TestOtelcolReceives(t *testing.T) {
	for protocol, otlpProtocol := range map[string]string{"grpc": "grpc", "http": "http/protobuf"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			c := startOtelcol(t, protocol)
			startReplica(t, platform, "--otlp-endpoint=http://"+c.address, "--otlp-protocol="+otlpProtocol, "--add-resource-attributes=cloud=azure")
			await(t, "two windows", func() bool { return c.samples(t, "reading").windows() >= 2 })
			requireWindows(t, c.samples(t, "reading"), 2)
			for _, resource := range c.received(t) {
				require.Equal(t, map[string]string{
					"environment": "production", "team": "platform", "region": "eastus", "cloud": "azure",
				}, attributes(resource.GetResource().GetAttributes()))
			}
		})
	}
}

const scrapeConfig = `
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: text
    scrape_protocols: [PrometheusText0.0.4]
    static_configs: [{targets: ["%[1]s"]}]
  - job_name: openmetrics
    scrape_protocols: [OpenMetricsText1.0.0]
    static_configs: [{targets: ["%[1]s"]}]
`

// TestPrometheusScrapes: both text formats are read without an error and in full,
// compressed, scrape after scrape.
func TestPrometheusScrapes(t *testing.T) {
	receiver(t, "prometheus")
	r := startReplica(t, platform)
	exposed := func() map[string]bool { return exposedSeries(t, r) }
	await(t, "the series of all exporters", func() bool {
		_, synced := get(t, r.metrics)
		return synced && len(families(t, r.metrics)) == len(demo.Instances()[0].Families)+1
	})
	watched := watch(t, r.metrics)
	p := startPrometheus(t, fmt.Sprintf(scrapeConfig, watched.address))
	for _, job := range []string{"text", "openmetrics"} {
		of := fmt.Sprintf("{job=%q}", job)
		await(t, "two scrapes", func() bool { return p.count(t, "count_over_time(up"+of+"[5m])") >= 2 })
		require.InDelta(t, 1, p.count(t, "min_over_time(up"+of+"[5m])"), 0)
		require.InDelta(t, len(exposed()), p.count(t, "min_over_time(scrape_samples_scraped"+of+"[5m])"), 0)
		got := map[string]bool{}
		for _, sample := range ask[model.Vector](t, p, fmt.Sprintf("{job=%q,__name__!~`up|scrape_.*`}", job)) {
			delete(sample.Metric, "job")
			delete(sample.Metric, "instance")
			got[sample.Metric.String()] = true
		}
		require.Equal(t, exposed(), got)
		for i, sensor := range sensors {
			requireReading(t, i, p.count(t, fmt.Sprintf("reading{job=%q,Sensor=%q}", job, sensor)))
		}
	}
	require.Equal(t, map[string]bool{
		"gzip text/plain 0.0.4":                   true,
		"gzip application/openmetrics-text 1.0.0": true,
	}, watched.answers())
}

// requireReading demands a value that the sensor has shown of late.
func requireReading(t *testing.T, sensor int, value float64) {
	t.Helper()
	var recent []float64
	for at := time.Now().Truncate(step); time.Since(at) < time.Minute; at = at.Add(-step) {
		recent = append(recent, reading(sensor, at))
	}
	require.Contains(t, recent, value)
}

// exposedSeries are the series that a replica serves.
func exposedSeries(t *testing.T, r *replica) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for name, family := range families(t, r.metrics) {
		for _, m := range family.GetMetric() {
			labels := model.Metric{model.MetricNameLabel: model.LabelValue(name)}
			for _, label := range m.GetLabel() {
				labels[model.LabelName(label.GetName())] = model.LabelValue(label.GetValue())
			}
			all[labels.String()] = true
		}
	}
	return all
}

// watcher stands between Prometheus and a replica, and notes how it answers.
type watcher struct {
	address string

	mu   sync.Mutex
	seen map[string]bool
}

func watch(t *testing.T, target string) *watcher {
	t.Helper()
	to, err := url.Parse(target)
	require.NoError(t, err)
	to.Path = ""
	w := &watcher{seen: map[string]bool{}}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(answer *http.Response) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		mediaType, params, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
		w.seen[strings.Join([]string{answer.Header.Get("Content-Encoding"), mediaType, params["version"]}, " ")] = true
		return err
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	w.address = server.Listener.Addr().String()
	return w
}

func (w *watcher) answers() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.seen)
}
