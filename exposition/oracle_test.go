package exposition

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// windowEnd is the end of every window that a test does not care about.
var windowEnd = time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)

// delivery is a window of the exporter ns/<name>.
func delivery(name string, b *metric.Batch) metric.Delivery {
	return metric.Delivery{
		Source:   metric.Source{NamespacedName: types.NamespacedName{Namespace: "ns", Name: name}},
		Start:    windowEnd.Add(-time.Minute),
		End:      windowEnd,
		Interval: time.Minute,
		Batch:    b,
	}
}

// newStore returns a store whose clock stands at the end of the window.
func newStore(opts Options) *Store {
	if opts.Now == nil {
		opts.Now = func() time.Time { return windowEnd }
	}
	return NewStore(opts, nil)
}

// scrape returns the body for a client that takes no compression.
func scrape(t require.TestingT, h http.Handler, accept string) string {
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	return w.Body.String()
}

const acceptOpenMetrics = "application/openmetrics-text;version=1.0.0"

// constCollector makes const metrics of samples at every scrape, which is what
// an exporter without a store of its own does.
type constCollector struct {
	help    string
	kind    prometheus.ValueType
	samples []batchtest.Sample
}

func (c constCollector) Describe(chan<- *prometheus.Desc) {}

func (c constCollector) Collect(metrics chan<- prometheus.Metric) {
	for _, s := range c.samples {
		names := make([]string, 0, len(s.Labels))
		values := make([]string, 0, len(s.Labels))
		for name, value := range s.Labels {
			if value != "" {
				names, values = append(names, name), append(values, value)
			}
		}
		metrics <- prometheus.MustNewConstMetric(prometheus.NewDesc(s.Name, c.help, names, nil), c.kind, s.Value, values...)
	}
}

func clientGolang(t require.TestingT, c constCollector) http.Handler {
	reg := prometheus.NewPedanticRegistry()
	require.NoError(t, reg.Register(c))
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

func lineSet(text string) []string {
	return slices.Sorted(strings.Lines(text))
}

func TestSameBytesAsClientGolang(t *testing.T) {
	samples := []batchtest.Sample{
		{Name: "errors_total", Value: 0},
		{Name: "latency_seconds", Labels: map[string]string{"Region": "eu", "team": "a"}, Value: 0.25},
		{Name: "latency_seconds", Labels: map[string]string{"Region": "us", "team": "a"}, Value: 1e-9},
		{Name: "latency_seconds", Labels: map[string]string{"Region": "us", "team": `b "\` + "\n" + ` {x="1"} 5`}, Value: 1},
		{Name: "odd", Labels: map[string]string{"v": "1 NaN"}, Value: math.NaN()},
		{Name: "odd", Labels: map[string]string{"v": "2 +Inf"}, Value: math.Inf(1)},
		{Name: "odd", Labels: map[string]string{"v": "3 -Inf"}, Value: math.Inf(-1)},
		{Name: "odd", Labels: map[string]string{"v": "4 -0"}, Value: math.Copysign(0, -1)},
		{Name: "odd", Labels: map[string]string{"v": "5 -1"}, Value: -1},
		{Name: "odd", Labels: map[string]string{"v": "6 max"}, Value: math.MaxFloat64},
		{Name: "odd", Labels: map[string]string{"v": "7 tiny"}, Value: math.SmallestNonzeroFloat64},
		{Name: "odd", Labels: map[string]string{"v": "8 1e21"}, Value: 1e21},
		{Name: "odd", Labels: map[string]string{"v": "9 ünïcödé 🙂\t\r"}, Value: 1974},
	}
	for i := range samples {
		samples[i].Time = windowEnd
	}
	help := "Says \"hi\", \\ and\nmore."
	for kind, valueType := range map[metric.Type]prometheus.ValueType{
		metric.Gauge: prometheus.GaugeValue, metric.Counter: prometheus.CounterValue,
	} {
		t.Run(kind.String(), func(t *testing.T) {
			s := newStore(Options{})
			b := batchtest.New(t, batchtest.Options{Help: help, Type: kind}, samples...)
			require.NoError(t, s.Deliver(t.Context(), delivery("a", b)))
			peer := clientGolang(t, constCollector{help, valueType, samples})
			require.Equal(t, scrape(t, peer, ""), scrape(t, NewHandler(s, nil), ""))

			// In OpenMetrics client_golang writes 1 as 1.0; both are legal there, and
			// ours are the bytes of the text format.
			ours, theirs := scrape(t, NewHandler(s, nil), acceptOpenMetrics), scrape(t, peer, acceptOpenMetrics)
			require.Equal(t, theirs, openMetricsFloats(ours))
		})
	}
}

// openMetricsFloats adds the ".0" that client_golang gives to whole numbers.
func openMetricsFloats(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		value := line[strings.LastIndexByte(line, ' ')+1 : len(line)-1]
		out.WriteString(line[:len(line)-1])
		if !strings.HasPrefix(line, "#") && !strings.ContainsAny(value, ".eIN") {
			out.WriteString(".0")
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// drawSamples draws samples of different series at one time.
func drawSamples(t *rapid.T) []batchtest.Sample {
	name := rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9_:]{0,8}`)
	label := rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9_]{0,5}`)
	value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ \\\n"{}=,#0-9]{0,9}`))
	number := rapid.OneOf(rapid.Float64(), rapid.Map(rapid.Int32(), func(i int32) float64 { return float64(i) }),
		rapid.SampledFrom([]float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1)}))
	samples := rapid.SliceOfDistinct(rapid.Custom(func(t *rapid.T) batchtest.Sample {
		return batchtest.Sample{
			Name:   name.Draw(t, "name"),
			Labels: rapid.MapOfN(label, value, 0, 4).Draw(t, "labels"),
			Value:  number.Draw(t, "value"),
			Time:   windowEnd,
		}
	}), func(s batchtest.Sample) string {
		set := model.LabelSet{"__name__": model.LabelValue(s.Name)}
		for k, v := range s.Labels {
			if v != "" {
				set[model.LabelName(k)] = model.LabelValue(v)
			}
		}
		return set.String()
	})
	return samples.Draw(t, "samples")
}

// TestSameLinesAsClientGolang compares as sets: client_golang sorts series at
// every scrape, we keep the order of the answer.
func TestSameLinesAsClientGolang(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		samples := drawSamples(rt)
		s := newStore(Options{})
		b := batchtest.New(t, batchtest.Options{Help: "h"}, samples...)
		require.Equal(rt, len(samples), b.Series)
		require.NoError(rt, s.Deliver(t.Context(), delivery("a", b)))
		got := scrape(rt, NewHandler(s, nil), "")
		require.Equal(rt, lineSet(scrape(rt, clientGolang(rt, constCollector{"h", prometheus.GaugeValue, samples}), "")), lineSet(got))
		parser := expfmt.NewTextParser(model.LegacyValidation)
		families, err := parser.TextToMetricFamilies(strings.NewReader(got))
		require.NoError(rt, err)
		parsed := 0
		for _, f := range families {
			parsed += len(f.Metric)
		}
		require.Equal(rt, len(samples), parsed)
	})
}

func TestTimestampsAreThoseOfClientGolang(t *testing.T) {
	at := windowEnd.Add(-1500 * time.Millisecond)
	s := newStore(Options{Timestamps: true})
	b := batchtest.New(t, batchtest.Options{Help: "h"},
		batchtest.Sample{Name: "a", Labels: map[string]string{"x": "1 2"}, Value: 2.5, Time: at},
		batchtest.Sample{Name: "a", Labels: map[string]string{"x": "1 2"}, Value: 1.5, Time: at.Add(-time.Second)},
	)
	require.NoError(t, s.Deliver(t.Context(), delivery("a", b)))
	family := &dto.MetricFamily{
		Name: new("a"), Help: new("h"), Type: dto.MetricType_GAUGE.Enum(),
		Metric: []*dto.Metric{{
			Label: []*dto.LabelPair{{Name: new("x"), Value: new("1 2")}},
			Gauge: &dto.Gauge{Value: new(2.5)}, TimestampMs: new(at.UnixMilli()),
		}},
	}
	var want bytes.Buffer
	_, err := expfmt.MetricFamilyToText(&want, family)
	require.NoError(t, err)
	require.Equal(t, want.String(), scrape(t, NewHandler(s, nil), ""))
	require.Equal(t, "# HELP a h\n# TYPE a gauge\na{x=\"1 2\"} 2.5 1767347998.500\n# EOF\n",
		scrape(t, NewHandler(s, nil), acceptOpenMetrics))
}
