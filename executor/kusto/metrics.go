package kusto

import (
	"errors"
	"net/url"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/adx-mon/adxexporter/executor/query"
)

// metrics are what a Pool counts, by the host of the cluster that was asked.
type metrics struct {
	requests *prometheus.CounterVec
	rows     *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// Classes of requests that no error speaks of.
const (
	classSuccess  = "Success"
	classConsumer = "Refused"
)

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"cluster"}, labels...))
	}
	return &metrics{
		requests: counter("adxexporter_kusto_requests_total", "Questions that a cluster was asked, by what came of them: Success, the class of the error, or Refused if the transform could not use the answer.", "class"),
		rows:     counter("adxexporter_kusto_rows_total", "Rows of the cluster's answers, also of those that failed later."),
		bytes:    counter("adxexporter_kusto_bytes_total", "Uncompressed bytes of the cluster's answers."),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "adxexporter_kusto_request_duration_seconds",
			Help:    "How long a cluster took to answer, from the request to the last frame.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 240},
		}, []string{"cluster"}),
	}
}

// add makes a cluster's series visible at zero.
func (m *metrics) add(cluster string) {
	for _, class := range []string{classSuccess, classConsumer} {
		m.requests.WithLabelValues(cluster, class)
	}
	for class := query.Aborted; class <= query.Permanent; class++ {
		m.requests.WithLabelValues(cluster, class.String())
	}
	m.rows.WithLabelValues(cluster)
	m.bytes.WithLabelValues(cluster)
	m.duration.WithLabelValues(cluster)
}

// asked counts a question and its answer.
func (m *metrics) asked(cluster string, stats query.Stats, err error) {
	m.requests.WithLabelValues(cluster, classOf(err)).Inc()
	m.rows.WithLabelValues(cluster).Add(float64(stats.Rows))
	m.bytes.WithLabelValues(cluster).Add(float64(stats.Bytes))
	if stats.Duration > 0 {
		m.duration.WithLabelValues(cluster).Observe(stats.Duration.Seconds())
	}
}

// classOf names what came of a question. An error without a class is the consumer's,
// which could not use an answer that was fine.
func classOf(err error) string {
	if err == nil {
		return classSuccess
	}
	if e, ok := errors.AsType[*query.Error](err); ok {
		return e.Class.String()
	}
	return classConsumer
}

// hostOf names a cluster in metrics: the URL's path and query are nobody's concern.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "invalid" // New has refused it
	}
	return u.Host
}

var (
	limitDesc    = prometheus.NewDesc("adxexporter_kusto_concurrency_limit", "Questions that the cluster may be asked at once now; less after throttling.", []string{"cluster"}, nil)
	inFlightDesc = prometheus.NewDesc("adxexporter_kusto_in_flight", "Questions that the cluster is answering.", []string{"cluster"}, nil)
	waitingDesc  = prometheus.NewDesc("adxexporter_kusto_waiting", "Questions that wait until the cluster may be asked.", []string{"cluster"}, nil)
)

// Describe implements prometheus.Collector.
func (p *Pool) Describe(descs chan<- *prometheus.Desc) {
	for _, vec := range []prometheus.Collector{p.metrics.requests, p.metrics.rows, p.metrics.bytes, p.metrics.duration} {
		vec.Describe(descs)
	}
	for _, desc := range []*prometheus.Desc{limitDesc, inFlightDesc, waitingDesc} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (p *Pool) Collect(metrics chan<- prometheus.Metric) {
	for _, vec := range []prometheus.Collector{p.metrics.requests, p.metrics.rows, p.metrics.bytes, p.metrics.duration} {
		vec.Collect(metrics)
	}
	load := map[string]State{} // several endpoints may be paths of one host
	for _, s := range p.States() {
		sum := load[hostOf(s.URL)]
		sum.Limit, sum.InFlight, sum.Waiting = sum.Limit+s.Limit, sum.InFlight+s.InFlight, sum.Waiting+s.Waiting
		load[hostOf(s.URL)] = sum
	}
	for host, s := range load {
		for desc, n := range map[*prometheus.Desc]int{limitDesc: s.Limit, inFlightDesc: s.InFlight, waitingDesc: s.Waiting} {
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), host)
		}
	}
}
