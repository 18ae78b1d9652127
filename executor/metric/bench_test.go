package metric_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

var benchTransform = v1.TransformConfig{
	MetricNameColumn: "metric_name",
	ValueColumn:      "metric_value",
	TimestampColumn:  "timestamp",
	LabelColumns:     []string{"ServiceName", "Region", "Environment", "StatusCode"},
}

var benchColumns = []query.Column{
	{Name: "ServiceName", Type: query.String},
	{Name: "Region", Type: query.String},
	{Name: "Environment", Type: query.String},
	{Name: "StatusCode", Type: query.Long},
	{Name: "timestamp", Type: query.DateTime},
	{Name: "metric_value", Type: query.Real},
	{Name: "metric_name", Type: query.String},
}

// benchRows are rows of which each is a series of its own: the usual answer, and
// the dearest one.
func benchRows(n int) [][]query.Cell {
	at := query.Ticks(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC))
	rows := make([][]query.Cell, n)
	for i := range rows {
		rows[i] = []query.Cell{
			{Text: fmt.Appendf(nil, "checkout-service-%06d", i)},
			{Text: fmt.Appendf(nil, "westeurope-%02d", i%17)},
			{Text: []byte("production-weekend")},
			{Int: int64(200 + i%7)},
			{Int: at},
			{Real: float64(i) * 1.25},
			{Text: []byte("service_response_time_avg")},
		}
	}
	return rows
}

func runTransformer(tb testing.TB, t *metric.Transformer, c *metric.Compiler, rows [][]query.Cell) *metric.Batch {
	tb.Helper()
	t.Reset(c, time.Time{})
	require.NoError(tb, t.Columns(benchColumns))
	for _, row := range rows {
		if err := t.Row(row); err != nil {
			tb.Fatal(err)
		}
	}
	return t.Finish()
}

// TestBenchTransform compares from the typed cells on, to the same result: named,
// labelled samples without duplicates.
func TestBenchTransform(t *testing.T) {
	benchline.Guard(t)
	const n = 10_000
	rows := benchRows(n)
	compiler := metric.NewCompiler(benchTransform, metric.Options{})
	var transformer metric.Transformer

	ours := func() { require.Len(t, runTransformer(t, &transformer, compiler, rows).Points, n) }
	peer := func() {
		samples, err := peerBatch(benchTransform, peerRows(benchColumns, rows))
		require.NoError(t, err)
		require.Len(t, samples, n)
	}
	oursCPU, peerCPU := benchline.Interleave(t, 15, ours, peer)
	benchline.Report(t, "transform_10k_rows", oursCPU, "map-per-row", peerCPU,
		float64(peerCPU)/float64(oursCPU), 10)
	benchline.ReportLimit(t, "transform_row_cpu", oursCPU.Seconds()*1e6/n, 0.35, "us")
	benchline.ReportLimit(t, "transform_row_allocs", float64(benchline.AllocsDuring(ours))/n, 0.01, "")
}

// TestBenchTransformMapsGiven gives the peer its maps for nothing and asks neither
// valid names nor duplicates of it: the least that a map a row can cost.
func TestBenchTransformMapsGiven(t *testing.T) {
	benchline.Guard(t)
	const n = 10_000
	rows := benchRows(n)
	maps := peerRows(benchColumns, rows)
	compiler := metric.NewCompiler(benchTransform, metric.Options{})
	var transformer metric.Transformer

	oursCPU, peerCPU := benchline.Interleave(t, 15,
		func() { runTransformer(t, &transformer, compiler, rows) },
		func() {
			_, err := peerTransform(benchTransform, maps)
			require.NoError(t, err)
		})
	benchline.Report(t, "transform_10k_rows_maps_given", oursCPU, "map-per-row", peerCPU,
		float64(peerCPU)/float64(oursCPU), 1)
}

func BenchmarkTransform(b *testing.B) {
	rows := benchRows(10_000)
	compiler := metric.NewCompiler(benchTransform, metric.Options{})
	var transformer metric.Transformer
	b.ReportAllocs()
	for b.Loop() {
		runTransformer(b, &transformer, compiler, rows)
	}
}

func BenchmarkMapPerRow(b *testing.B) {
	rows := benchRows(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := peerBatch(benchTransform, peerRows(benchColumns, rows)); err != nil {
			b.Fatal(err)
		}
	}
}
