package exposition

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are the store's own metrics.
type metrics struct {
	scrapes      [numFormats][numEncodings]prometheus.Counter
	conflicts    [numConflictKinds]prometheus.Counter
	linesTooLong prometheus.Counter
}

// newMetrics registers the store's metrics with reg, if there is one; view
// returns what is shown at the moment.
func newMetrics(reg prometheus.Registerer, view func() *snapshot) *metrics {
	factory := promauto.With(reg)
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "adxexporter_exposition_series",
		Help: "Series that a scrape gets.",
	}, func() float64 { return float64(view().series) })
	factory.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "adxexporter_exposition_bytes",
		Help: "Compressed bytes in which all series are kept.",
	}, func() float64 { return float64(view().deflated) })
	scrapes := factory.NewCounterVec(prometheus.CounterOpts{
		Name: "adxexporter_exposition_scrapes_total",
		Help: "Scrapes answered, by exposition format and content encoding.",
	}, []string{"format", "encoding"})
	conflicts := factory.NewCounterVec(prometheus.CounterOpts{
		Name: "adxexporter_exposition_conflicts_total",
		Help: "Conflicts with an older exporter that deliveries met, by kind: series, type, help.",
	}, []string{"kind"})

	m := &metrics{linesTooLong: factory.NewCounter(prometheus.CounterOpts{
		Name: "adxexporter_exposition_lines_too_long_total",
		Help: "Lines left out of the exposition because they are longer than scrapers read.",
	})}
	for f := range m.scrapes {
		for e := range m.scrapes[f] {
			m.scrapes[f][e] = scrapes.WithLabelValues(format(f).String(), encoding(e).String())
		}
	}
	for k := range m.conflicts {
		m.conflicts[k] = conflicts.WithLabelValues(ConflictKind(k).String())
	}
	return m
}
