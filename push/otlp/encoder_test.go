package otlp

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resources "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

var windowEnd = time.Date(2022, 1, 1, 0, 5, 0, 0, time.UTC)

// decode reads a request with the oracle.
func decode(t testing.TB, data []byte) *collector.ExportMetricsServiceRequest {
	t.Helper()
	request := new(collector.ExportMetricsServiceRequest)
	require.NoError(t, proto.Unmarshal(data, request))
	return request
}

// oracle builds the request that the points of a span make, the long way.
func oracle(b *metric.Batch, s Span, resource []Attribute, version string) *collector.ExportMetricsServiceRequest {
	scope := &metrics.ScopeMetrics{Scope: &common.InstrumentationScope{Name: scopeName, Version: version}}
	attributes := &resources.Resource{}
	for _, a := range resource {
		attributes.Attributes = append(attributes.Attributes, stringAttribute(a.Key, a.Value))
	}
	var last *metrics.Metric
	var points *[]*metrics.NumberDataPoint
	for i, p := range b.Points[s.From:s.To] {
		if i == 0 || b.Points[s.From+i-1].Family != p.Family {
			last, points = oracleMetric(b.Families[p.Family])
			scope.Metrics = append(scope.Metrics, last)
		}
		*points = append(*points, oraclePoint(b, p))
	}
	return &collector.ExportMetricsServiceRequest{
		ResourceMetrics: []*metrics.ResourceMetrics{{Resource: attributes, ScopeMetrics: []*metrics.ScopeMetrics{scope}}},
	}
}

func oracleMetric(f metric.Family) (*metrics.Metric, *[]*metrics.NumberDataPoint) {
	m := &metrics.Metric{Name: f.Name, Description: f.Help, Unit: f.Unit}
	if f.Type == metric.Counter {
		sum := &metrics.Sum{AggregationTemporality: metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE, IsMonotonic: true}
		m.Data = &metrics.Metric_Sum{Sum: sum}
		return m, &sum.DataPoints
	}
	gauge := &metrics.Gauge{}
	m.Data = &metrics.Metric_Gauge{Gauge: gauge}
	return m, &gauge.DataPoints
}

func oraclePoint(b *metric.Batch, p metric.Point) *metrics.NumberDataPoint {
	point := &metrics.NumberDataPoint{TimeUnixNano: uint64(p.Time), Value: &metrics.NumberDataPoint_AsDouble{AsDouble: p.Value}}
	for i, name := range b.LabelNames {
		if value := b.Label(p.Row, i); len(value) > 0 {
			point.Attributes = append(point.Attributes, stringAttribute(name, string(value)))
		}
	}
	return point
}

func stringAttribute(key, value string) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

// requireEncoded checks every request of a batch against the oracle, and that the
// requests keep the limits and have every point once.
func requireEncoded(t require.TestingT, e *Encoder, b *metric.Batch, resource []Attribute, maxBytes, maxPoints int) {
	e.Reset(b)
	next := 0
	for span := range e.Split(maxBytes, maxPoints) {
		require.Equal(t, next, span.From)
		require.LessOrEqual(t, span.Len(), maxPoints)
		next = span.To
		data := e.Encode(span)
		if span.Len() > 1 {
			require.LessOrEqual(t, len(data), maxBytes)
		}
		got := new(collector.ExportMetricsServiceRequest)
		require.NoError(t, proto.Unmarshal(data, got))
		want := oracle(b, span, resource, "1.2.3")
		require.Truef(t, proto.Equal(want, got), "want %v\ngot  %v", want, got)
		require.Len(t, data, proto.Size(want), "no byte too many")
		collectors := pmetricotlp.NewExportRequest() // their own decoder
		require.NoError(t, collectors.UnmarshalProto(data))
		require.Equal(t, span.Len(), collectors.Metrics().DataPointCount())
	}
	require.Len(t, b.Points, next)
}

var labelValue = rapid.OneOf(rapid.String(), rapid.Just(""), rapid.StringN(100, 200, 20_000))

func drawSamples(r *rapid.T) []batchtest.Sample {
	return rapid.SliceOfN(rapid.Custom(func(r *rapid.T) batchtest.Sample {
		return batchtest.Sample{
			Name: rapid.SampledFrom([]string{"a", "b_total", "c"}).Draw(r, "name"),
			Labels: rapid.MapOfN(rapid.SampledFrom([]string{"Region", "a", "le", "team_with_a_long_name"}),
				labelValue, 0, 4).Draw(r, "labels"),
			Value: cmp.Or(rapid.Float64().Draw(r, "value"), rapid.SampledFrom([]float64{0, math.Inf(1), math.NaN()}).Draw(r, "odd")),
			Time:  windowEnd.Add(time.Duration(rapid.IntRange(0, 3).Draw(r, "ms")) * time.Millisecond),
		}
	}), 1, 40).Draw(r, "samples")
}

func TestEncodeIsWhatTheOracleReads(t *testing.T) {
	resource := []Attribute{{"cloud", "public"}, {"empty", ""}, {"region", "westeurope"}}
	e := NewEncoder(resource, "1.2.3") // one for all, as in a pool: nothing of a batch stays
	rapid.Check(t, func(r *rapid.T) {
		options := batchtest.Options{
			Help: rapid.String().Draw(r, "help"), Unit: rapid.SampledFrom([]string{"", "ms"}).Draw(r, "unit"),
			Type: rapid.SampledFrom([]metric.Type{metric.Gauge, metric.Counter}).Draw(r, "type"),
		}
		b := batchtest.New(t, options, drawSamples(r)...)
		requireEncoded(r, e, b, resource, rapid.IntRange(1, 4000).Draw(r, "bytes"), rapid.IntRange(1, 50).Draw(r, "points"))
	})
}

func FuzzEncode(f *testing.F) {
	f.Add("requests_total", "help", "ms", "Region", "westeurope", 1.5, int64(1), true)
	f.Add("", "\xff", "", "le", "", math.NaN(), int64(math.MaxInt64), false)
	e := NewEncoder(nil, "1.2.3")
	f.Fuzz(func(t *testing.T, name, help, unit, label, value string, number float64, at int64, counter bool) {
		if at < 0 || !utf8.ValidString(help) || !utf8.ValidString(unit) {
			t.Skip() // the API server and the transform keep these out
		}
		options := batchtest.Options{Help: help, Unit: unit}
		if counter {
			options.Type = metric.Counter
		}
		labels := map[string]string{"other": value}
		if label != "" && label != "other" {
			labels = map[string]string{"l" + fmt.Sprintf("%x", label): value}
		}
		b := batchtest.New(t, options,
			batchtest.Sample{Name: name, Labels: labels, Value: number, Time: time.Unix(0, at)},
			batchtest.Sample{Name: name + "x", Labels: labels, Value: -number, Time: time.Unix(0, at)},
			batchtest.Sample{Name: name + "x", Value: number, Time: time.Unix(0, at)},
		)
		requireEncoded(t, e, b, nil, 1+len(value), 2)
	})
}

func TestSplit(t *testing.T) {
	samples := func(names ...string) []batchtest.Sample {
		var all []batchtest.Sample
		for i, name := range names {
			all = append(all, batchtest.Sample{Name: name, Labels: map[string]string{"i": fmt.Sprintf("%03d", i)}, Time: windowEnd})
		}
		return all
	}
	cases := map[string]struct {
		reason              string
		names               []string
		maxBytes, maxPoints int
		want                []Span
	}{
		"Empty":     {"no points, no request", nil, 1000, 10, nil},
		"Whole":     {"what fits is not split", []string{"a", "a", "b"}, 1000, 10, []Span{{0, 3}}},
		"Points":    {"the limit of points counts over families", []string{"a", "a", "b"}, 1000, 2, []Span{{0, 2}, {2, 3}}},
		"Bytes":     {"a point is about 32 bytes, the rest about 105", []string{"a", "a", "a", "a"}, 190, 10, []Span{{0, 2}, {2, 4}}},
		"TooLarge":  {"a point larger than the limit is tried alone", []string{"a", "b"}, 1, 10, []Span{{0, 1}, {1, 2}}},
		"LongNames": {"a family's name counts", []string{"a", string(slices.Repeat([]byte("b"), 100))}, 250, 10, []Span{{0, 1}, {1, 2}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e := NewEncoder(nil, "1.2.3")
			e.Reset(batchtest.New(t, batchtest.Options{}, samples(tc.names...)...))
			require.Equal(t, tc.want, slices.Collect(e.Split(tc.maxBytes, tc.maxPoints)), tc.reason)
			for range e.Split(tc.maxBytes, tc.maxPoints) {
				break // a caller may stop
			}
		})
	}
}

func TestEncodeAllocatesNothing(t *testing.T) {
	encode := encodeAll(t, slices.Repeat(benchSamples(100), 2))
	require.Zero(t, testing.AllocsPerRun(10, func() { encode() }))
}
