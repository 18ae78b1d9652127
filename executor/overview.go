package executor

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// The gauges are read from the exporters when somebody scrapes them. So they are
// right from the moment that an exporter is taken over, with what its status says,
// and there is nothing to take back when it goes.
var (
	ownedDesc    = describe("adxexporter_exporters_owned", "MetricsExporters that this replica runs.")
	inFlightDesc = describe("adxexporter_runs_in_flight", "Exporters that are being queried, delivered or committed right now.")
	owedDesc     = describe("adxexporter_commits_owed", "Exporters whose status waits to be written.")

	intervalDesc    = describeEach("adxexporter_interval_seconds", "The exporter's interval.")
	lagDesc         = describeEach("adxexporter_lag_seconds", "How long the exporter's next window has been due; 0 while it is not.")
	readyDesc       = describeEach("adxexporter_ready", "1 if the exporter's condition Ready is true, 0 if not, with its reason.", "reason")
	stalledDesc     = describeEach("adxexporter_stalled", "1 if somebody has to act before the exporter can succeed.")
	lastSuccessDesc = describeEach("adxexporter_last_success_timestamp_seconds", "When a run of the exporter last succeeded.")
	rowsDesc        = describeEach("adxexporter_query_rows", "Rows of the exporter's last successful run.")
	seriesDesc      = describeEach("adxexporter_series", "Series of the exporter's last successful run.")
	seriesLimitDesc = describeEach("adxexporter_series_limit", "Series that the exporter may have, its spec.limits.maxSeries.")
	backlogDesc     = describeEach("adxexporter_backlog_windows", "Windows of the exporter that wait for another try.")
	oldestDesc      = describeEach("adxexporter_backlog_oldest_timestamp_seconds", "Start of the exporter's oldest window that waits for another try, backfills aside.")
	lettersDesc     = describeEach("adxexporter_dead_letter_windows", "Windows of the exporter that were given up and can be put back.")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func describeEach(name, help string, labels ...string) *prometheus.Desc {
	return describe(name, help, append([]string{"namespace", "exporter"}, labels...)...)
}

// Describe implements prometheus.Collector.
func (e *Executor) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		ownedDesc, inFlightDesc, owedDesc, intervalDesc, lagDesc, readyDesc, stalledDesc, lastSuccessDesc,
		rowsDesc, seriesDesc, seriesLimitDesc, backlogDesc, oldestDesc, lettersDesc,
	} {
		descs <- desc
	}
}

// Collect implements prometheus.Collector.
func (e *Executor) Collect(metrics chan<- prometheus.Metric) {
	snapshots := e.Snapshots()
	now := e.clock.Now()
	running, owed := 0, 0
	for _, s := range snapshots {
		if s.Running {
			running++
		}
		if s.Owed {
			owed++
		}
		s.collect(metrics, now)
	}
	for desc, n := range map[*prometheus.Desc]int{ownedDesc: len(snapshots), inFlightDesc: running, owedDesc: owed} {
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n))
	}
}

// collect sends the gauges of one exporter. One that is refused has no interval to
// count windows by.
func (s Snapshot) collect(metrics chan<- prometheus.Metric, now time.Time) {
	send := func(desc *prometheus.Desc, value float64, labels ...string) {
		labels = append([]string{s.Key.Namespace, s.Key.Name}, labels...)
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	entry := s.Entry
	if ready := meta.FindStatusCondition(entry.Conditions, v1.ConditionReady); ready != nil && ready.Status != metav1.ConditionUnknown {
		send(readyDesc, boolValue(ready.Status == metav1.ConditionTrue), ready.Reason)
	}
	send(stalledDesc, boolValue(meta.IsStatusConditionTrue(entry.Conditions, v1.ConditionStalled)))
	if last := entry.Last; last != nil {
		send(lastSuccessDesc, seconds(last.At.Time))
		send(rowsDesc, float64(last.Rows))
		send(seriesDesc, float64(last.Series))
	}
	if s.Refused != "" {
		return
	}
	interval := s.Object.Spec.Interval.Duration
	send(intervalDesc, interval.Seconds())
	send(seriesLimitDesc, float64(maxSeries(s.Object)))
	send(backlogDesc, float64(s.BacklogWindows))
	send(lettersDesc, float64(backlog.Buried(entry, interval)))
	if i := backlog.Oldest(entry); i >= 0 {
		send(oldestDesc, seconds(entry.Backlog[i].StartTime.Time))
	}
	if entry.Watermark != nil && !s.Object.Spec.Suspend {
		send(lagDesc, lagOf(ruleOf(s.Object), entry.Watermark.Time, now).Seconds())
	}
}

// lagOf returns how long the window after the watermark has been due.
func lagOf(rule schedule.Rule, watermark, now time.Time) time.Duration {
	return max(0, now.Sub(rule.DueAt(schedule.Next(watermark, rule.Interval))))
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func boolValue(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
