package remotewrite

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

var windowEnd = time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)

// encode1 encodes points of a batch, all of them in one message.
func encode1(b *metric.Batch, points []metric.Point) []byte {
	var l layout
	var e encoder1
	l.reset(b)
	fill(&e, &l, points, math.MaxInt, math.MaxInt)
	return e.message()
}

func encode2(b *metric.Batch, points []metric.Point) []byte {
	var l layout
	var e encoder2
	l.reset(b)
	fill(&e, &l, points, math.MaxInt, math.MaxInt)
	return e.message()
}

// wantSeries is what a batch means, the slow way.
func wantSeries(b *metric.Batch) []prompb.TimeSeries {
	var all []prompb.TimeSeries
	for points := range b.BySeries() {
		s := prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: b.Families[points[0].Family].Name}}}
		for i, name := range b.LabelNames {
			if value := b.Label(points[0].Row, i); len(value) > 0 {
				s.Labels = append(s.Labels, prompb.Label{Name: name, Value: string(value)})
			}
		}
		slices.SortFunc(s.Labels, func(a, b prompb.Label) int { return strings.Compare(a.Name, b.Name) })
		for _, p := range points {
			sample := prompb.Sample{Value: p.Value, Timestamp: time.Unix(0, p.Time).UnixMilli()}
			if last := len(s.Samples) - 1; last >= 0 && s.Samples[last].Timestamp == sample.Timestamp {
				s.Samples = s.Samples[:last]
			}
			s.Samples = append(s.Samples, sample)
		}
		all = append(all, s)
	}
	return all
}

// families2 checks a message of version 2.0 and returns each series' metadata.
func families2(t require.TestingT, message []byte) []metric.Family {
	var request writev2.Request
	require.NoError(t, request.Unmarshal(message))
	require.Empty(t, request.Symbols[0], "the first symbol is the empty string")
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(request.Symbols))), len(request.Symbols), "no symbol comes twice")
	var families []metric.Family
	for _, ts := range request.Timeseries {
		family := metric.Family{Help: request.Symbols[ts.Metadata.HelpRef], Unit: request.Symbols[ts.Metadata.UnitRef]}
		for pair := range slices.Chunk(ts.LabelsRefs, 2) {
			if request.Symbols[pair[0]] == "__name__" {
				family.Name = request.Symbols[pair[1]]
			}
		}
		if ts.Metadata.Type == writev2.Metadata_METRIC_TYPE_COUNTER {
			family.Type = metric.Counter
		} else {
			require.Equal(t, writev2.Metadata_METRIC_TYPE_GAUGE, ts.Metadata.Type)
		}
		families = append(families, family)
	}
	return families
}

// decode2 returns the series of a message of version 2.0.
func decode2(t require.TestingT, message []byte) []prompb.TimeSeries {
	var request writev2.Request
	require.NoError(t, request.Unmarshal(message))
	var all []prompb.TimeSeries
	for _, ts := range request.Timeseries {
		var s prompb.TimeSeries
		for pair := range slices.Chunk(ts.LabelsRefs, 2) {
			s.Labels = append(s.Labels, prompb.Label{Name: request.Symbols[pair[0]], Value: request.Symbols[pair[1]]})
		}
		for _, sample := range ts.Samples {
			s.Samples = append(s.Samples, prompb.Sample{Value: sample.Value, Timestamp: sample.Timestamp})
		}
		all = append(all, s)
	}
	return all
}

// requireEncodings compares both encodings with the oracles.
func requireEncodings(t require.TestingT, b *metric.Batch) {
	want := wantSeries(b)
	oracle, err := (&prompb.WriteRequest{Timeseries: want}).Marshal()
	require.NoError(t, err)
	require.Equal(t, oracle, append([]byte{}, encode1(b, b.Points)...), "the bytes of the oracle")

	message := encode2(b, b.Points)
	same, err := (&prompb.WriteRequest{Timeseries: decode2(t, message)}).Marshal()
	require.NoError(t, err)
	require.Equal(t, oracle, same, "version 2.0 says the same, bit by bit")
	i, families := 0, families2(t, message)
	for points := range b.BySeries() {
		require.Equal(t, b.Families[points[0].Family], families[i])
		i++
	}
	require.Len(t, families, i)
}

var drawValue = rapid.OneOf(rapid.Float64(),
	rapid.SampledFrom([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64}))

func drawSample(t *rapid.T) batchtest.Sample {
	return batchtest.Sample{
		Name: rapid.SampledFrom([]string{"a", "up", "requests_total"}).Draw(t, "name"),
		Labels: rapid.MapOfN(
			rapid.SampledFrom([]string{"Region", "Z", "a", "_a", "zone", "team"}),
			rapid.OneOf(rapid.SampledFrom([]string{"", "x", "y"}), rapid.String(),
				rapid.Map(rapid.IntRange(100, 20_000), func(n int) string { return strings.Repeat("long", n/4) })), 0, 5,
		).Draw(t, "labels"),
		Value: drawValue.Draw(t, "value"),
		Time: rapid.OneOf(
			rapid.Map(rapid.IntRange(0, 30), func(n int) time.Time { return windowEnd.Add(time.Duration(n) * 300 * time.Microsecond) }),
			rapid.Just(time.Unix(0, 100)),
		).Draw(t, "time"),
	}
}

func TestEncodingsAreThoseOfTheOracles(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		samples := rapid.SliceOfN(rapid.Custom(drawSample), 0, 30).Draw(rt, "samples")
		opts := batchtest.Options{
			Help: rapid.SampledFrom([]string{"", "Says a lot."}).Draw(rt, "help"),
			Unit: rapid.SampledFrom([]string{"", "seconds", "a"}).Draw(rt, "unit"),
			Type: rapid.SampledFrom([]metric.Type{metric.Gauge, metric.Counter}).Draw(rt, "type"),
		}
		requireEncodings(rt, batchtest.New(t, opts, samples...))
	})
}

func FuzzEncoders(f *testing.F) {
	f.Add("requests_total", "Region", "eu", "team", "", 1.5, int64(1700000000000000000), int64(1))
	f.Add("up", "a", strings.Repeat("x", 200), "zone", "ü", 0.0, int64(5), int64(999_999))
	f.Add("0", "A_", "\x00", "A", strings.Repeat("y", 17_000), math.NaN(), int64(1), int64(1_000_000))
	f.Fuzz(func(t *testing.T, name, label1, value1, label2, value2 string, value float64, at, step int64) {
		metricName, ok1 := metric.MetricName(name)
		first, ok2 := metric.LabelName(label1)
		second, ok3 := metric.LabelName(label2)
		if !ok1 || !ok2 || !ok3 || at < 0 || step < 0 || at > math.MaxInt64-step {
			return
		}
		labels := map[string]string{first: value1, second: value2}
		requireEncodings(t, batchtest.New(t, batchtest.Options{Help: value2},
			batchtest.Sample{Name: metricName, Labels: labels, Value: value, Time: time.Unix(0, at)},
			batchtest.Sample{Name: metricName, Labels: labels, Value: -value, Time: time.Unix(0, at+step)},
			batchtest.Sample{Name: metricName + "_x", Labels: map[string]string{first: value2}, Value: value, Time: time.Unix(0, at)},
		))
	})
}

// Byte order puts capital letters before __name__, and lower-case ones after it.
func TestLabelOrder(t *testing.T) {
	b := batchtest.New(t, batchtest.Options{}, batchtest.Sample{
		Name: "up", Labels: map[string]string{"zone": "1", "Region": "eu", "_x": "2", "A": ""}, Value: 1, Time: windowEnd,
	})
	var request prompb.WriteRequest
	require.NoError(t, request.Unmarshal(encode1(b, b.Points)))
	require.Equal(t, []prompb.Label{
		{Name: "Region", Value: "eu"},
		{Name: "__name__", Value: "up"},
		{Name: "_x", Value: "2"},
		{Name: "zone", Value: "1"},
	}, request.Timeseries[0].Labels)
}
