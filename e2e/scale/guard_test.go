package scale

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/schedule"
	"github.com/adx-mon/adxexporter/exposition"
)

// slack is how many times more than measured a guard allows, on machines that are
// slow and busy.
const slack = 3

// TestCostOfRows guards what the benchmarks measure, on every run of the tests: an
// answer's way into the exposition takes hardly an allocation a row, and ten times
// the rows take ten times the CPU.
func TestCostOfRows(t *testing.T) {
	const few, many, rounds = 2000, 20_000, 5
	handler, err := newAnswers(few, many)
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	defer server.Close()
	window := func(n int) func() {
		w := newWay(t, server.URL, n)
		return func() { w.window(t) }
	}
	small, large := window(few), window(many)
	fewCPU, manyCPU := benchline.Interleave(t, rounds, small, large)
	ratio := manyCPU.Seconds() / fewCPU.Seconds()
	require.Less(t, ratio, float64(slack*many/few), "ten times the rows cost %.0f times the CPU", ratio)

	allocs := float64(benchline.AllocsDuring(large)) / many
	require.Less(t, allocs, 0.1*slack, "each row is allocated for")
}

// TestCostOfExporters guards that an exporter costs the same among many.
func TestCostOfExporters(t *testing.T) {
	const few, many, rounds = 50, 500, 3
	run := func(n int) func() { return func() { inVirtualTime(t, n) } }
	fewCPU, manyCPU := benchline.Interleave(t, rounds, run(few), run(many))
	ratio := manyCPU.Seconds() / fewCPU.Seconds()
	require.Less(t, ratio, float64(slack*many/few), "ten times the exporters cost %.0f times the CPU", ratio)
}

// way is a window's way from Kusto into the exposition.
type way struct {
	pool        *kusto.Pool
	store       *exposition.Store
	compiler    *metric.Compiler
	transformer metric.Transformer
	rows        int
	next        time.Time
}

func newWay(t *testing.T, answers string, rows int) *way {
	t.Helper()
	pool, err := kusto.New([]kusto.Endpoint{{Database: "DB", URL: fmt.Sprintf("%s/%d", answers, rows)}}, kusto.Options{})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return &way{
		pool: pool, store: exposition.NewStore(exposition.Options{}, prometheus.NewRegistry()), rows: rows,
		compiler: executor.CompilerFor(newExporter("e", rows), metric.Options{}), next: time.Now().Truncate(time.Minute),
	}
}

func (w *way) window(t *testing.T) {
	t.Helper()
	object := newExporter("e", w.rows)
	window := schedule.Window{Start: w.next, End: w.next.Add(time.Minute)}
	w.next = window.End
	w.transformer.Reset(w.compiler, window.End)
	_, err := w.pool.Query(t.Context(), executor.RequestFor(object, window, nil, "1"), &w.transformer)
	require.NoError(t, err)
	require.NoError(t, w.store.Deliver(t.Context(), delivery(object, w.transformer.Finish(), w.rows)))
}
