//go:build unix

package remotewrite

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

const (
	benchRows   = 10_000
	benchRounds = 15
)

var benchTransform = v1.TransformConfig{
	MetricNameColumn: "metric_name", ValueColumn: "metric_value", TimestampColumn: "timestamp",
	LabelColumns: []string{"CustomerResource", "Location", "ServiceName", "Environment"},
}

var benchColumns = []query.Column{
	{Name: "CustomerResource", Type: query.String},
	{Name: "Location", Type: query.String},
	{Name: "ServiceName", Type: query.String},
	{Name: "Environment", Type: query.String},
	{Name: "timestamp", Type: query.DateTime},
	{Name: "metric_value", Type: query.Real},
	{Name: "metric_name", Type: query.String},
}

// benchTable is an answer of which each row is a series: a name and four labels of
// about 25 bytes. It comes as cells, for us, and as the rows that the usual
// readers return, for the peer.
func benchTable() (cells [][]query.Cell, rows [][]any) {
	at := windowEnd.Add(-time.Second)
	for i := range benchRows {
		resource, location := fmt.Sprintf("/subscriptions/resource-%06d", i), fmt.Sprintf("azure-region-location-%02d", i%40)
		service, environment := fmt.Sprintf("service-in-some-team-%03d", i%200), "production-environment-1"
		value, name := float64(i)*1.25+0.1, "customer_impact_score"
		cells = append(cells, []query.Cell{
			{Text: []byte(resource)},
			{Text: []byte(location)},
			{Text: []byte(service)},
			{Text: []byte(environment)},
			{Int: query.Ticks(at)},
			{Real: value},
			{Text: []byte(name)},
		})
		rows = append(rows, []any{resource, location, service, environment, at, value, name})
	}
	return cells, rows
}

func benchBatch(tb testing.TB, t *metric.Transformer, c *metric.Compiler, cells [][]query.Cell) *metric.Batch {
	tb.Helper()
	t.Reset(c, time.Time{})
	require.NoError(tb, t.Columns(benchColumns))
	for _, row := range cells {
		if err := t.Row(row); err != nil {
			tb.Fatal(err)
		}
	}
	return t.Finish()
}

// pooledPeer builds and marshals prompb messages of a batch as the best of the
// usual senders do: every slice is reused, and no string is copied.
type pooledPeer struct {
	request prompb.WriteRequest
	labels  []prompb.Label
	samples []prompb.Sample
	buf     []byte
}

func (p *pooledPeer) encode(tb testing.TB, b *metric.Batch) []byte {
	p.request.Timeseries, p.labels, p.samples = p.request.Timeseries[:0], p.labels[:0], p.samples[:0]
	nameAt, _ := slices.BinarySearch(b.LabelNames, nameLabel)
	for points := range b.BySeries() {
		l, s := len(p.labels), len(p.samples)
		for i, name := range b.LabelNames {
			if i == nameAt {
				p.labels = append(p.labels, prompb.Label{Name: nameLabel, Value: b.Families[points[0].Family].Name})
			}
			if value := b.Label(points[0].Row, i); len(value) > 0 {
				p.labels = append(p.labels, prompb.Label{Name: name, Value: unsafe.String(&value[0], len(value))})
			}
		}
		if nameAt == len(b.LabelNames) {
			p.labels = append(p.labels, prompb.Label{Name: nameLabel, Value: b.Families[points[0].Family].Name})
		}
		for i := range points {
			p.samples = append(p.samples, prompb.Sample{Value: points[i].Value, Timestamp: milliseconds(&points[i])})
		}
		p.request.Timeseries = append(p.request.Timeseries, prompb.TimeSeries{
			Labels: p.labels[l:len(p.labels):len(p.labels)], Samples: p.samples[s:len(p.samples):len(p.samples)],
		})
	}
	size := p.request.Size()
	p.buf = slices.Grow(p.buf[:0], size)[:size]
	n, err := p.request.MarshalToSizedBuffer(p.buf)
	if err != nil || n != size {
		tb.Fatal(n, err)
	}
	return p.buf
}

func TestBenchEncode(t *testing.T) {
	benchline.Guard(t)
	cells, _ := benchTable()
	var transformer metric.Transformer
	b := benchBatch(t, &transformer, metric.NewCompiler(benchTransform, metric.Options{}), cells)
	var w workspace
	var pooled pooledPeer
	ours := func() {
		w.layout.reset(b)
		fill(&w.v1, &w.layout, b.Points, math.MaxInt, math.MaxInt)
	}
	peer := func() { pooled.encode(t, b) }
	ours()
	require.Equal(t, pooled.encode(t, b), w.v1.message(), "both do the same work")
	many := func(f func()) func() {
		return func() {
			for range 10 {
				f()
			}
		}
	}
	oursCPU, peerCPU := benchline.Interleave(t, benchRounds, many(ours), many(peer))
	benchline.Report(t, "rw1_encode_10k_x5", oursCPU/10, "pooled-prompb", peerCPU/10, float64(peerCPU)/float64(oursCPU), 3)
	benchline.ReportLimit(t, "rw1_encode_10k_allocs", testing.AllocsPerRun(10, ours), 0.5, "allocs")

	ours2 := func() {
		w.layout.reset(b)
		fill(&w.v2, &w.layout, b.Points, math.MaxInt, math.MaxInt)
		w.v2.message()
	}
	oursCPU, _ = benchline.Interleave(t, benchRounds, many(ours2), func() {})
	benchline.ReportLimit(t, "rw2_encode_10k_x5", oursCPU.Seconds()*1e3/10, 3, "ms")
	benchline.ReportLimit(t, "rw2_encode_10k_allocs", testing.AllocsPerRun(10, ours2), 0.5, "allocs")
}

// mapRows does the work of the whole way as usual: a map a row, a struct with a map
// of labels a sample, fresh messages, one sorted by one.
func mapRows(tb testing.TB, rows [][]any) []byte {
	type sample struct {
		name   string
		labels map[string]string
		value  float64
		time   time.Time
	}
	var samples []sample
	for _, row := range rows {
		byName := make(map[string]any, len(row))
		for i, column := range benchColumns {
			byName[column.Name] = row[i]
		}
		labels := make(map[string]string)
		for _, column := range benchTransform.LabelColumns {
			labels[column] = peerText(byName[column])
		}
		name, ok := metric.MetricName(peerText(byName[benchTransform.MetricNameColumn]))
		require.True(tb, ok)
		samples = append(samples, sample{
			name, labels,
			byName[benchTransform.ValueColumn].(float64), byName[benchTransform.TimestampColumn].(time.Time),
		})
	}
	request := &prompb.WriteRequest{}
	seen := make(map[string]int)
	for _, s := range samples {
		labels := []prompb.Label{{Name: nameLabel, Value: s.name}}
		for name, value := range s.labels {
			valid, ok := metric.LabelName(name)
			require.True(tb, ok)
			labels = append(labels, prompb.Label{Name: valid, Value: value})
		}
		slices.SortFunc(labels, func(a, b prompb.Label) int { return cmp.Compare(a.Name, b.Name) })
		key := fmt.Sprint(labels, s.time.UnixMilli())
		if i, ok := seen[key]; ok {
			request.Timeseries[i].Samples[0].Value = s.value
			continue
		}
		seen[key] = len(request.Timeseries)
		request.Timeseries = append(request.Timeseries, prompb.TimeSeries{
			Labels: labels, Samples: []prompb.Sample{{Value: s.value, Timestamp: s.time.UnixMilli()}},
		})
	}
	message, err := request.Marshal()
	require.NoError(tb, err)
	return snappy.Encode(nil, message)
}

func peerText(cell any) string {
	switch v := cell.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return fmt.Sprint(v)
	}
}

func TestBenchRowsToWire(t *testing.T) {
	benchline.Guard(t)
	cells, rows := benchTable()
	compiler := metric.NewCompiler(benchTransform, metric.Options{})
	var transformer metric.Transformer
	var w workspace
	ours := func() []byte {
		b := benchBatch(t, &transformer, compiler, cells)
		w.layout.reset(b)
		fill(&w.v1, &w.layout, b.Points, math.MaxInt, math.MaxInt)
		return w.compress(&w.v1)
	}
	require.Equal(t, mapRows(t, rows), ours(), "both do the same work")
	oursCPU, peerCPU := benchline.Interleave(t, benchRounds, func() { ours() }, func() { mapRows(t, rows) })
	benchline.Report(t, "rows_to_rw1_snappy_10k", oursCPU, "maps-prompb", peerCPU, float64(peerCPU)/float64(oursCPU), 25)
}
