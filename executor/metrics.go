package executor

import (
	"iter"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// Metrics are what the executor counts. The counters of one exporter appear when
// it is adopted and vanish when it is removed. Gauges are not kept here: the
// Executor is a prometheus.Collector that reads them from its exporters.
type Metrics struct {
	runs     *prometheus.CounterVec
	drops    *prometheus.CounterVec
	skipped  *prometheus.CounterVec
	givenUp  *prometheus.CounterVec
	lateness prometheus.Histogram
	duration *prometheus.HistogramVec
	commits  *prometheus.CounterVec
}

// outcomes of a run, for adxexporter_runs_total.
const (
	outcomeSuccess = "success"
	outcomeFailure = "failure"
	outcomeAborted = "aborted"
)

// stages of a run, for adxexporter_run_duration_seconds. Rows become points while
// the answer arrives, so the transform has no time of its own: it is in the query's.
const (
	stageQuery   = "query"
	stageDeliver = "deliver"
	stageRun     = "run"
)

// NewMetrics registers the executor's self-metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	perExporter := []string{"namespace", "exporter"}
	with := func(labels ...string) []string { return append(append([]string(nil), perExporter...), labels...) }
	m := &Metrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "adxexporter_runs_total", Help: "Runs of an exporter, by outcome.",
		}, with("outcome")),
		drops: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "adxexporter_points_dropped_total", Help: "Rows, or values of them, that gave no point, by reason.",
		}, with("reason")),
		skipped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "adxexporter_windows_skipped_total", Help: "Windows that were passed over, since no output takes past ones.",
		}, perExporter),
		givenUp: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "adxexporter_windows_given_up_total", Help: "Windows that became dead letters.",
		}, perExporter),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "adxexporter_run_lateness_seconds", Help: "How long after its due time a window's run started.",
			Buckets: []float64{.01, .05, .25, 1, 2.5, 5, 10, 30, 60, 300},
		}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "adxexporter_run_duration_seconds", Help: "How long successful runs took, by stage.",
			Buckets: []float64{.005, .025, .1, .25, 1, 2.5, 10, 30, 60, 240},
		}, []string{"stage"}),
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "adxexporter_commits_total", Help: "Writes of an exporter's status, by result.",
		}, []string{"result"}),
	}
	reg.MustRegister(m.runs, m.drops, m.skipped, m.givenUp, m.lateness, m.duration, m.commits)
	for _, stage := range []string{stageQuery, stageDeliver, stageRun} {
		m.duration.WithLabelValues(stage)
	}
	for _, result := range []string{"success", "error"} {
		m.commits.WithLabelValues(result)
	}
	return m
}

// adopt makes an exporter's counters visible at zero.
func (m *Metrics) adopt(key types.NamespacedName) {
	for vec, labels := range m.of(key) {
		vec.WithLabelValues(labels...)
	}
}

// remove takes an exporter's counters away, each by its labels: a search for them
// would go through those of all exporters, and a replica may remove thousands at once.
func (m *Metrics) remove(key types.NamespacedName) {
	for vec, labels := range m.of(key) {
		vec.DeleteLabelValues(labels...)
	}
}

// of returns the labels of all counters of an exporter.
func (m *Metrics) of(key types.NamespacedName) iter.Seq2[*prometheus.CounterVec, []string] {
	return func(yield func(*prometheus.CounterVec, []string) bool) {
		for _, outcome := range []string{outcomeSuccess, outcomeFailure, outcomeAborted} {
			if !yield(m.runs, []string{key.Namespace, key.Name, outcome}) {
				return
			}
		}
		for _, reason := range metric.DropReasons() {
			if !yield(m.drops, []string{key.Namespace, key.Name, reason.String()}) {
				return
			}
		}
		_ = yield(m.skipped, []string{key.Namespace, key.Name}) && yield(m.givenUp, []string{key.Namespace, key.Name})
	}
}

func (m *Metrics) dropped(key types.NamespacedName, batch *metric.Batch) {
	for i, n := range batch.Dropped {
		if n > 0 {
			m.drops.WithLabelValues(key.Namespace, key.Name, metric.DropReason(i).String()).Add(float64(n))
		}
	}
}

func (m *Metrics) aborted(key types.NamespacedName) {
	m.runs.WithLabelValues(key.Namespace, key.Name, outcomeAborted).Inc()
}

func (m *Metrics) ran(s situation, o outcome, next state, ended time.Time) {
	namespace, name := s.object.Namespace, s.object.Name
	before, after := s.state.entry, next.entry
	m.givenUp.WithLabelValues(namespace, name).Add(float64(max(0, givenUp(after, s.rule.Interval)-givenUp(before, s.rule.Interval))))
	m.skipped.WithLabelValues(namespace, name).Add(float64(after.SkippedWindows - before.SkippedWindows))
	if o.action.step == stepRun {
		m.lateness.Observe(max(0, o.started.Sub(o.action.due).Seconds()))
	}
	if o.err != nil {
		m.runs.WithLabelValues(namespace, name, outcomeFailure).Inc()
		return
	}
	m.runs.WithLabelValues(namespace, name, outcomeSuccess).Inc()
	m.duration.WithLabelValues(stageQuery).Observe(o.stats.Duration.Seconds())
	m.duration.WithLabelValues(stageDeliver).Observe(o.delivering.Seconds())
	m.duration.WithLabelValues(stageRun).Observe(ended.Sub(o.started).Seconds())
}

// givenUp returns how many windows an entry's exporter has ever given up.
func givenUp(entry v1.GroupStatus, interval time.Duration) int64 {
	return backlog.Buried(entry, interval) + entry.DroppedWindows
}

func (m *Metrics) committed(err error) {
	if err != nil {
		m.commits.WithLabelValues("error").Inc()
		return
	}
	m.commits.WithLabelValues("success").Inc()
}
