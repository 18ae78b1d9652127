//go:build unix

package remotewrite

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
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
	MetricNamePrefix: "team", MetricNameColumn: "metric_name", ValueColumns: []string{"metric_value"}, TimestampColumn: "timestamp",
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
		value, name := float64(i)*1.25+0.1, "customer_impact"
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
// usual senders do: every slice is reused, no string is copied, and labels are
// sorted since the protocol asks for it.
type pooledPeer struct {
	request prompb.WriteRequest
	labels  []prompb.Label
	samples []prompb.Sample
	buf     []byte
}

func (p *pooledPeer) encode(tb testing.TB, b *metric.Batch) []byte {
	p.request.Timeseries, p.labels, p.samples = p.request.Timeseries[:0], p.labels[:0], p.samples[:0]
	for points := range b.BySeries() {
		l, s := len(p.labels), len(p.samples)
		p.labels = append(p.labels, prompb.Label{Name: nameLabel, Value: b.Families[points[0].Family].Name})
		for i, name := range b.LabelNames {
			if value := b.Label(points[0].Row, i); len(value) > 0 {
				p.labels = append(p.labels, prompb.Label{Name: name, Value: unsafe.String(&value[0], len(value))})
			}
		}
		for i := range points {
			p.samples = append(p.samples, prompb.Sample{Value: points[i].Value, Timestamp: milliseconds(&points[i])})
		}
		labels := p.labels[l:len(p.labels):len(p.labels)]
		slices.SortFunc(labels, func(a, b prompb.Label) int { return cmp.Compare(a.Name, b.Name) })
		p.request.Timeseries = append(p.request.Timeseries, prompb.TimeSeries{
			Labels: labels, Samples: p.samples[s:len(p.samples):len(p.samples)],
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

// times returns f in a loop, so that what the collector leaves behind counts less.
func times(n int, f func()) func() {
	return func() {
		for range n {
			f()
		}
	}
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
	oursCPU, peerCPU := benchline.Interleave(t, benchRounds, times(10, ours), times(10, peer))
	benchline.Report(t, "rw1_encode_10k_x5", oursCPU/10, "pooled-prompb", peerCPU/10, float64(peerCPU)/float64(oursCPU), 3)
	benchline.ReportLimit(t, "rw1_encode_10k_allocs", testing.AllocsPerRun(10, ours), 0.5, "allocs")

	ours2 := func() {
		w.layout.reset(b)
		fill(&w.v2, &w.layout, b.Points, math.MaxInt, math.MaxInt)
		w.v2.message()
	}
	oursCPU, _ = benchline.Interleave(t, benchRounds, times(10, ours2), func() {})
	benchline.ReportLimit(t, "rw2_encode_10k_x5", oursCPU.Seconds()*1e3/10, 3, "ms")
	benchline.ReportLimit(t, "rw2_encode_10k_allocs", testing.AllocsPerRun(10, ours2), 0.5, "allocs")
}

// mapRows does the work of the whole way as the upstream exporter does: a map a
// row, names made valid by regular expressions in each row, a struct with a map of
// labels a sample, fresh messages. Unlike ours it does not look for duplicates.
func mapRows(tb testing.TB, rows [][]any) []byte {
	samples := make([]mapSample, 0, len(rows))
	for _, row := range rows {
		byName := make(map[string]any, len(row))
		for i, column := range benchColumns {
			byName[column.Name] = row[i]
		}
		samples = append(samples, newMapSample(byName))
	}
	request := &prompb.WriteRequest{}
	for _, s := range samples {
		labels := []prompb.Label{{Name: nameLabel, Value: s.name}}
		for name, value := range s.labels {
			labels = append(labels, prompb.Label{Name: name, Value: value})
		}
		slices.SortFunc(labels, func(a, b prompb.Label) int { return cmp.Compare(a.Name, b.Name) })
		request.Timeseries = append(request.Timeseries, prompb.TimeSeries{
			Labels: labels, Samples: []prompb.Sample{{Value: s.value, Timestamp: s.time.UnixMilli()}},
		})
	}
	message, err := request.Marshal()
	require.NoError(tb, err)
	return snappy.Encode(nil, message)
}

type mapSample struct {
	name   string
	labels map[string]string
	value  float64
	time   time.Time
}

func newMapSample(row map[string]any) mapSample {
	labels := make(map[string]string)
	for _, column := range benchTransform.LabelColumns {
		if text := fmt.Sprint(row[column]); text != "" {
			labels[column] = text
		}
	}
	column := benchTransform.ValueColumns[0]
	name := strings.Join([]string{
		peerName(benchTransform.MetricNamePrefix), peerName(fmt.Sprint(row[benchTransform.MetricNameColumn])), peerName(column),
	}, "_")
	value, _ := row[column].(float64)
	at, _ := row[benchTransform.TimestampColumn].(time.Time)
	return mapSample{name, labels, value, at}
}

// peerNameRules are what the upstream exporter's four expressions a name are for.
var peerNameRules = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`([a-z0-9])([A-Z])`), "${1}_${2}"},
	{regexp.MustCompile(`[^A-Za-z0-9_]`), "_"},
	{regexp.MustCompile(`_+`), "_"},
	{regexp.MustCompile(`^([0-9])`), "_${1}"},
}

func peerName(name string) string {
	for _, rule := range peerNameRules {
		name = rule.pattern.ReplaceAllString(name, rule.with)
	}
	return strings.ToLower(name)
}

func TestBenchRowsToWire(t *testing.T) {
	benchline.Guard(t)
	cells, rows := benchTable()
	compiler := metric.NewCompiler(benchTransform, metric.Options{})
	var transformer metric.Transformer
	var w workspace
	ours := func(use func(body []byte)) {
		b := benchBatch(t, &transformer, compiler, cells)
		w.layout.reset(b)
		for points := b.Points; len(points) > 0; {
			taken := fill(&w.v1, &w.layout, points, DefaultMaxSamples, DefaultMaxBytes)
			use(w.compress(&w.v1))
			points = points[taken:]
		}
	}
	var got []byte
	ours(func(body []byte) {
		message, err := snappy.Decode(nil, body)
		require.NoError(t, err)
		got = append(got, message...) // messages behind each other are one message
	})
	want, err := snappy.Decode(nil, mapRows(t, rows))
	require.NoError(t, err)
	require.Equal(t, want, got, "both do the same work")
	oursCPU, peerCPU := benchline.Interleave(t, 9,
		times(8, func() { ours(func([]byte) {}) }), times(8, func() { mapRows(t, rows) }))
	benchline.Report(t, "rows_to_rw1_snappy_10k", oursCPU/8, "maps-prompb", peerCPU/8, float64(peerCPU)/float64(oursCPU), 25)
}
