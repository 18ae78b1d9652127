package push

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are the self-metrics of all endpoints.
type Metrics struct {
	requests, points, bytes  *prometheus.CounterVec
	state, inFlight, waiting *prometheus.GaugeVec
	lastSuccess              *prometheus.GaugeVec
	duration                 *prometheus.HistogramVec
}

// NewMetrics registers the metrics with reg, if there is one.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	factory := promauto.With(reg)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return factory.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"sink", "endpoint"}, labels...))
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return factory.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"sink", "endpoint"})
	}
	return &Metrics{
		requests: counter("adxexporter_push_requests_total",
			"Requests sent, by the receiver's answer: an HTTP status, a gRPC code, or error if there was none.", "code"),
		points: counter("adxexporter_push_points_total",
			"Points pushed, by result: delivered, rejected for good, or failed and to be sent again.", "result"),
		bytes: counter("adxexporter_push_bytes_total",
			"Bytes of the requests sent, as they were on the wire."),
		state: gauge("adxexporter_push_breaker_state",
			"State of the endpoint's circuit breaker: 0 closed, 1 half-open, 2 open."),
		inFlight: gauge("adxexporter_push_in_flight_bytes",
			"Estimated memory of the deliveries that are being sent."),
		waiting: gauge("adxexporter_push_waiting_bytes",
			"Estimated memory of the deliveries that wait until others have been sent."),
		lastSuccess: gauge("adxexporter_push_last_success_timestamp_seconds",
			"When the endpoint last took a delivery; 0 if it has not since the process began."),
		duration: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "adxexporter_push_duration_seconds",
			Help:    "How long deliveries took that were sent, whatever came of them.",
			Buckets: []float64{.005, .025, .1, .25, 1, 2.5, 10, 30, 60},
		}, []string{"sink", "endpoint"}),
	}
}

// Meter returns the metrics of one endpoint. A Sender's is that of its Sink: the
// same names give the same series.
func (m *Metrics) Meter(sink, endpoint string) *Meter {
	points := func(result string) prometheus.Counter { return m.points.WithLabelValues(sink, endpoint, result) }
	return &Meter{
		requests:  m.requests.MustCurryWith(prometheus.Labels{"sink": sink, "endpoint": endpoint}),
		bytes:     m.bytes.WithLabelValues(sink, endpoint),
		delivered: points("delivered"), rejected: points("rejected"), failed: points("failed"),
		state:    m.state.WithLabelValues(sink, endpoint),
		inFlight: m.inFlight.WithLabelValues(sink, endpoint), waiting: m.waiting.WithLabelValues(sink, endpoint),
		lastSuccess: m.lastSuccess.WithLabelValues(sink, endpoint),
		duration:    m.duration.WithLabelValues(sink, endpoint),
	}
}

// Meter counts what one endpoint gets. A nil Meter counts nothing.
type Meter struct {
	requests                    *prometheus.CounterVec
	bytes                       prometheus.Counter
	delivered, rejected, failed prometheus.Counter
	state, inFlight, waiting    prometheus.Gauge
	lastSuccess                 prometheus.Gauge
	duration                    prometheus.Observer
}

// NoAnswer is the code of a request that had no answer.
const NoAnswer = "error"

// Request counts one request: the code of its answer, or NoAnswer, and the bytes
// of its body as sent. Senders call it for each try.
func (m *Meter) Request(code string, bytes int) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(code).Inc()
	m.bytes.Add(float64(bytes))
}

// delivery counts the points of a delivery that came to err.
func (m *Meter) delivery(points int64, err error) {
	if err == nil {
		m.delivered.Add(float64(points))
		return
	}
	e := errorOf(err)
	if !e.Permanent() {
		m.failed.Add(float64(points))
		return
	}
	rejected := min(e.Rejected, points)
	if e.Kind == Permanent && rejected == 0 {
		rejected = points
	}
	m.rejected.Add(float64(rejected))
	m.delivered.Add(float64(points - rejected))
}
