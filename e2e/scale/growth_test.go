package scale

import (
	"context"
	"fmt"
	"iter"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/exposition"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// maxExponent is how a cost may grow: as the size to this power. More than one leaves
// room for caches, which hold less and less of it.
const maxExponent = 1.15

// csvEnv is a folder that gets the curves as CSV.
const csvEnv = "ADXEXPORTER_SCALE_CSV"

// curve is what something costs at several sizes.
type curve struct {
	name, size, cost string
	points           []point
}

type point struct{ size, cost float64 }

// add measures the CPU time of f, in milliseconds a call; it is called a few times.
func (c *curve) add(size int, f func()) {
	f()
	const rounds = 5
	costs := make([]time.Duration, rounds)
	for i := range costs {
		costs[i] = benchline.Measure(f).CPU
	}
	c.points = append(c.points, point{float64(size), float64(benchline.Median(costs)) / float64(time.Millisecond)})
}

// exponent returns the power of the size that the cost grows as: the slope of a
// straight line through the logarithms.
func (c *curve) exponent() float64 {
	var n, x, y, xx, xy float64
	for _, p := range c.points {
		lx, ly := math.Log(p.size), math.Log(p.cost)
		n, x, y, xx, xy = n+1, x+lx, y+ly, xx+lx*lx, xy+lx*ly
	}
	return (n*xy - x*y) / (n*xx - x*x)
}

// report prints the curve's exponent, and writes the curve where it is wanted.
func (c *curve) report(t *testing.T) {
	t.Helper()
	benchline.ReportLimit(t, "growth_"+c.name+"_exponent", c.exponent(), maxExponent, "")
	var text strings.Builder
	fmt.Fprintf(&text, "%s,%s\n", c.size, c.cost)
	for _, p := range c.points {
		fmt.Fprintf(&text, "%.0f,%s\n", p.size, benchline.Number(p.cost))
	}
	t.Logf("%s:\n%s", c.name, text.String())
	if dir := os.Getenv(csvEnv); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "growth-"+c.name+".csv"), []byte(text.String()), 0o600))
	}
}

func TestExponent(t *testing.T) {
	for name, tc := range map[string]struct {
		power, want float64
	}{"Linear": {1, 1}, "Square": {2, 2}, "Constant": {0, 0}} {
		t.Run(name, func(t *testing.T) {
			c := curve{}
			for size := 1.0; size < 2000; size *= 10 {
				c.points = append(c.points, point{size, 3 * math.Pow(size, tc.power)})
			}
			require.InDelta(t, tc.want, c.exponent(), 1e-9)
		})
	}
}

// newAnswers gives answers with as many rows as the path's first part says.
func newAnswers(sizes ...int) (http.Handler, error) {
	recorded := map[int]http.Handler{}
	for _, n := range sizes {
		answer, _, err := record(n)
		if err != nil {
			return nil, err
		}
		recorded[n] = answer
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		n, err := strconv.Atoi(first)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		handler, known := recorded[n]
		if !known {
			http.NotFound(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	}), nil
}

var rowSizes = []int{1000, 5000, 20_000, 100_000, 500_000}

// TestBenchGrowthOfRows: an answer's way into the exposition.
func TestBenchGrowthOfRows(t *testing.T) {
	benchline.Guard(t)
	address, _ := startPart(t, "answers")
	c := curve{name: "rows", size: "rows of an answer", cost: "CPU ms"}
	for _, n := range rowSizes {
		w := newWay(t, address, n)
		c.add(n, func() { w.window(t) })
	}
	c.report(t)
}

func delivery(object *v1.MetricsExporter, batch *metric.Batch, rows int) metric.Delivery {
	if len(batch.Points) != rows {
		panic(fmt.Sprintf("%d rows became %d points", rows, len(batch.Points)))
	}
	return metric.Delivery{
		Source: metric.Source{NamespacedName: types.NamespacedName{Namespace: object.Namespace, Name: object.Name}, UID: object.UID},
		End:    time.Now(), Interval: time.Minute, Batch: batch,
	}
}

func newExporter(name string, limit int) *v1.MetricsExporter {
	return &v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID(name), Generation: 1},
		Spec: v1.MetricsExporterSpec{
			Database: "DB", Body: "T", Interval: metav1.Duration{Duration: time.Minute},
			Limits: &v1.Limits{MaxRows: int64(limit), MaxSeries: int64(limit)},
			Transform: v1.TransformConfig{
				DefaultMetricName: "m_" + strings.ReplaceAll(name, "-", "_"), ValueColumn: "Value", TimestampColumn: "Timestamp",
				LabelColumns: []string{"Host", "Region", "Service"},
			},
		},
	}
}

var answerColumns = []query.Column{
	{Name: "Timestamp", Type: query.DateTime},
	{Name: "Value", Type: query.Real},
	{Name: "Host", Type: query.String},
	{Name: "Region", Type: query.String},
	{Name: "Service", Type: query.String},
}

// fill gives a consumer rows of many series.
func fill(consumer query.Consumer, n int) error {
	if err := consumer.Columns(answerColumns); err != nil {
		return err
	}
	cells := []query.Cell{{Int: query.Ticks(time.Unix(60, 0))}, {}, {}, {Text: []byte("westeurope")}, {Text: []byte("a-service")}}
	var host []byte
	for i := range n {
		host = strconv.AppendInt(append(host[:0], "host-"...), int64(i), 10)
		cells[1].Real, cells[2].Text = float64(i)*1.25, host
		if err := consumer.Row(cells); err != nil {
			return err
		}
	}
	return nil
}

// TestBenchGrowthOfSeries: each exporter is delivered anew, and all are scraped.
func TestBenchGrowthOfSeries(t *testing.T) {
	benchline.Guard(t)
	const each = 10_000
	c := curve{name: "series", size: "series that are exposed", cost: "CPU ms"}
	for _, n := range []int{10_000, 50_000, 200_000, 1_000_000, 2_000_000} {
		store := exposition.NewStore(exposition.Options{}, prometheus.NewRegistry())
		handler := exposition.NewHandler(store, nil)
		var transformer metric.Transformer
		c.add(n, func() {
			for i := range n / each {
				object := newExporter(fmt.Sprint("e-", i), each)
				transformer.Reset(executor.CompilerFor(object, metric.Options{}), time.Now())
				require.NoError(t, fill(&transformer, each))
				require.NoError(t, store.Deliver(t.Context(), delivery(object, transformer.Finish(), each)))
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
			r.Header.Set("Accept-Encoding", "gzip")
			handler.ServeHTTP(discard{http.Header{}}, r)
		})
	}
	c.report(t)
}

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(b []byte) (int, error) { return len(b), nil }

// TestBenchGrowthOfExporters: minutes of the executor in virtual time, in which each
// exporter runs once a minute.
func TestBenchGrowthOfExporters(t *testing.T) {
	benchline.Guard(t)
	c := curve{name: "exporters", size: "exporters of a minute", cost: "CPU ms for 5 windows each"}
	for _, n := range []int{100, 500, 2000, 10_000, 20_000} {
		c.add(n, func() { inVirtualTime(t, n) })
	}
	c.report(t)
}

func inVirtualTime(t *testing.T, n int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { runExporters(t, n) })
}

func runExporters(t *testing.T, n int) {
	t.Helper()
	store := exposition.NewStore(exposition.Options{}, prometheus.NewRegistry())
	e := executor.New(executor.Options{
		Guard: always{}, Querier: always{}, Recorder: always{}, Sinks: []executor.Sink{store},
		Metrics: executor.NewMetrics(prometheus.NewRegistry()), Log: zap.NewNop(),
	})
	for i := range n {
		e.Apply(newExporter(fmt.Sprint("e-", i), rows))
	}
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute+30*time.Second)
	defer stop()
	require.NoError(t, e.Start(ctx))
	require.Equal(t, n, e.Succeeded())
}

// always owns all exporters, answers each query at once, and keeps each commit.
type always struct{}

func (always) Identity() string                                   { return "a/1/2" }
func (always) CanAct(types.NamespacedName) (fence int64, ok bool) { return 1, true }
func (always) Fresh(context.Context, types.NamespacedName) error  { return nil }
func (always) Schema(context.Context, query.Request) ([]query.Column, error) {
	return answerColumns, nil
}

func (always) Bind(ctx context.Context, _ types.NamespacedName) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func (always) Query(_ context.Context, _ query.Request, consumer query.Consumer) (query.Stats, error) {
	return query.Stats{}, fill(consumer, rows)
}

func (always) Record(_ context.Context, commit executor.Commit) (v1.GroupStatus, error) {
	return commit.Entry, nil
}

// TestBenchGrowthOfReplicas: what the leader does with 10,000 exporters when a replica
// has died: it weighs the partitions and gives away those of the dead one.
func TestBenchGrowthOfReplicas(t *testing.T) {
	benchline.Guard(t)
	var exporters iter.Seq2[string, float64] = func(yield func(string, float64) bool) {
		for i := range 10_000 {
			if !yield(fmt.Sprint("ns/e-", i), float64(1+i%7)) {
				return
			}
		}
	}
	c := curve{name: "replicas", size: "replicas", cost: "CPU ms of 20 plans"}
	for _, n := range []int{2, 3, 4, 8, 16} {
		in := ring.Input{Settings: ring.DefaultSettings(), FirstEpoch: 1}
		for i := range n {
			in.Live = append(in.Live, ring.Live{Name: fmt.Sprint("r-", i), Identity: fmt.Sprintf("r-%d/1", i)})
		}
		in.Table, _ = ring.Plan(in)
		in.Gone, in.Live = []string{in.Live[0].Identity}, in.Live[1:]
		c.add(n, func() {
			for range 20 {
				in.Weights = ring.Weigh(exporters, ring.DefaultPartitions)
				_, changed := ring.Plan(in)
				require.True(t, changed)
			}
		})
	}
	c.report(t)
}
