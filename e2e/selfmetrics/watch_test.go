package selfmetrics

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// TestWatch: what changes has moved, in either direction; what is registered and
// has no series has not.
func TestWatch(t *testing.T) {
	registry := prometheus.NewRegistry()
	counter := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "counted_total", Help: "Counted."}, []string{"kind"})
	gauge := prometheus.NewGauge(prometheus.GaugeOpts{Name: "level", Help: "Level."})
	constant := prometheus.NewGauge(prometheus.GaugeOpts{Name: "constant", Help: "Constant."})
	histogram := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took_seconds", Help: "Took."})
	registry.MustRegister(counter, gauge, constant, histogram)
	gauge.Set(8)
	constant.Set(1)

	var w Watch
	require.NoError(t, w.Look(registry))
	all := []string{"constant", "counted_total", "level", "took_seconds"}
	require.Equal(t, all, w.Still(), "the first look is what moves are measured by")
	require.NoError(t, w.Look(registry))
	require.Equal(t, all, w.Still())

	counter.WithLabelValues("a")
	require.NoError(t, w.Look(registry))
	require.Equal(t, all, w.Still(), "to appear at zero is no move")

	counter.WithLabelValues("a").Inc()
	gauge.Set(4)
	histogram.Observe(0)
	require.NoError(t, w.Look(registry))
	require.Equal(t, []string{"constant"}, w.Still())
	gauge.Set(8)
	require.NoError(t, w.Look(registry))
	require.Equal(t, []string{"constant"}, w.Still(), "what has moved has moved")
	require.Equal(t, map[string]string{"counted_total": "kind", "level": "", "constant": "", "took_seconds": ""}, Labels(registry))
}

// TestLookFails: a registry that cannot be gathered is said so.
func TestLookFails(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(broken{})
	require.ErrorContains(t, new(Watch).Look(registry), "cannot gather the metrics")
}

type broken struct{}

func (broken) Describe(descs chan<- *prometheus.Desc) { descs <- desc }

func (broken) Collect(metrics chan<- prometheus.Metric) {
	metrics <- prometheus.NewInvalidMetric(desc, errors.New("broken"))
}

var desc = prometheus.NewDesc("broken", "", nil, nil)
