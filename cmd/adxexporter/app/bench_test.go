//go:build unix

package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/gzip"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/executor/schedule"
	"github.com/adx-mon/adxexporter/exposition"
	"github.com/adx-mon/adxexporter/push"
)

// Kusto and the receivers run in processes of their own, so that CPU time and
// memory are the exporter's alone. The test binary plays these parts when it is
// started with partEnv.
const (
	partEnv       = "ADXEXPORTER_APP_PART"
	kustoPart     = "kusto"
	receiversPart = "receivers"
	windowsPart   = "windows"
	mainPart      = "main"
)

// part is what a process plays.
type part struct {
	Name             string
	Load             load
	Kusto, Receivers string
	To               outputs
	Windows          int
	Args             []string
}

// TestMain runs the tests, or the part that the environment asks for.
func TestMain(m *testing.M) {
	text, found := os.LookupEnv(partEnv)
	if !found {
		useForLibraries(zap.NewNop()) // the first log stays; these tests have several
		m.Run()
		return
	}
	if err := play(text); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play(text string) error {
	var p part
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	switch p.Name {
	case kustoPart:
		return serveAnswers(p.Load)
	case receiversPart:
		return serveParent(new(receivers))
	case windowsPart:
		return runWindows(p)
	case mainPart:
		return runMain(p.Args)
	}
	return fmt.Errorf("cannot play the part %q", p.Name)
}

// serveParent serves h, prints the URL and ends with the standard input.
func serveParent(h http.Handler) error {
	server := httptest.NewServer(h)
	defer server.Close()
	fmt.Println(server.URL)
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// command returns a process that plays the part.
func (p part) command(t testing.TB) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(p)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), partEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	return cmd
}

// start starts a serving part and returns its URL.
func (p part) start(t testing.TB) (address string) {
	t.Helper()
	cmd := p.command(t)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	_, err = fmt.Fscanln(stdout, &address)
	require.NoError(t, err)
	return address
}

// load is the shape of an answer. Each row is a series of its own.
type load struct {
	Rows, Labels int
	// Times is set if the rows have a time.
	Times bool
}

func (l load) labelNames() []string {
	names := make([]string, l.Labels)
	for i := range names {
		names[i] = fmt.Sprintf("Dimension%02d", i)
	}
	return names
}

// row has label values of about 20 bytes: one names the row, the others repeat.
func (l load) row(i int, value float64) []any {
	row := []any{value, fmt.Sprintf("resource-in-azure-%06d", i)}
	for label := 1; label < l.Labels; label++ {
		row = append(row, fmt.Sprintf("some-service-name-%04d", i%(7*label)))
	}
	if l.Times {
		row = append(row, time.Unix(int64(60+i%60), 0))
	}
	return row
}

// answer is what Kusto answers, and how it describes the columns; the seed gives other values to the same series.
func (l load) answer(seed uint64) (rows, schema []byte, err error) {
	columns := []query.Column{{Name: "Value", Type: query.Real}}
	for _, name := range l.labelNames() {
		columns = append(columns, query.Column{Name: name, Type: query.String})
	}
	if l.Times {
		columns = append(columns, query.Column{Name: "Timestamp", Type: query.DateTime})
	}
	server := emulator.New(emulator.Options{})
	table := server.Database("DB").Create("T", columns...)
	random := rand.New(rand.NewPCG(seed, 1))
	for i := range l.Rows {
		if err := table.Append(l.row(i, random.NormFloat64()*1000)); err != nil {
			return nil, nil, err
		}
	}
	if rows, err = server.Record(context.Background(), "DB", "T"); err != nil {
		return nil, nil, err
	}
	schema, err = server.Record(context.Background(), "DB", "T | getschema")
	return rows, schema, err
}

// exporter asks for the answer.
func (l load) exporter() *v1.MetricsExporter {
	object := &v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: "bench", UID: "3f2a", CreationTimestamp: metav1.Now()},
		Spec: v1.MetricsExporterSpec{
			Database: "DB", Body: "T", Interval: metav1.Duration{Duration: time.Minute},
			Transform: v1.TransformConfig{ValueColumn: "Value", DefaultMetricName: "bench_value", LabelColumns: l.labelNames()},
		},
	}
	if l.Times {
		object.Spec.Transform.TimestampColumn = "Timestamp"
	}
	return object
}

// serveAnswers gives two recorded answers in turns, so that no window is like the
// one before.
func serveAnswers(l load) error {
	var replays [2]http.Handler
	var columns http.Handler
	for i := range replays {
		answer, schema, err := l.answer(uint64(i))
		if err != nil {
			return err
		}
		replays[i], columns = emulator.Replay(answer), emulator.Replay(schema)
	}
	var asked atomic.Int64
	return serveParent(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("x-ms-client-request-id"), ";schema") {
			columns.ServeHTTP(w, r)
			return
		}
		replays[asked.Add(1)%2].ServeHTTP(w, r)
	}))
}

// receivers take OTLP and remote write 2.0 and count what they take.
type receivers struct{ otlp, remoteWrite atomic.Int64 }

func (r *receivers) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var err error
	switch request.URL.Path {
	case "/v1/metrics":
		err = r.takeOTLP(w, request.Body)
	case "/api/v1/write":
		err = r.takeRemoteWrite(w, request.Body)
	default:
		err = json.NewEncoder(w).Encode(taken{r.otlp.Load(), r.remoteWrite.Load()})
	}
	if err == nil {
		return
	}
	http.Error(w, err.Error(), http.StatusBadRequest)
}

func (r *receivers) takeOTLP(w http.ResponseWriter, body io.Reader) error {
	plain, err := gzip.NewReader(body)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		return err
	}
	var message collector.ExportMetricsServiceRequest
	if err := proto.Unmarshal(content, &message); err != nil {
		return err
	}
	for _, resource := range message.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			for _, m := range scope.GetMetrics() {
				r.otlp.Add(int64(len(m.GetGauge().GetDataPoints())))
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf") // an empty message: all is taken
	return nil
}

func (r *receivers) takeRemoteWrite(w http.ResponseWriter, body io.Reader) error {
	content, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	plain, err := snappy.Decode(nil, content)
	if err != nil {
		return err
	}
	var message writev2.Request
	if err := message.Unmarshal(plain); err != nil {
		return err
	}
	samples := 0
	for _, series := range message.Timeseries {
		samples += len(series.Samples)
	}
	r.remoteWrite.Add(int64(samples))
	w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", fmt.Sprint(samples))
	w.Header().Set("X-Prometheus-Remote-Write-Histograms-Written", "0")
	w.Header().Set("X-Prometheus-Remote-Write-Exemplars-Written", "0")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// taken is how many points the receivers have taken.
type taken struct{ OTLP, RemoteWrite int64 }

// requireTaken checks that the work that was measured has been done.
func requireTaken(t *testing.T, address string, want taken) {
	t.Helper()
	var got taken
	getInto(t, address, &got)
	require.Equal(t, want, got)
}

// getInto reads what a part says of itself.
func getInto(t *testing.T, address string, into any) {
	t.Helper()
	status, body := get(t, address)
	require.Equal(t, http.StatusOK, status)
	require.NoError(t, json.Unmarshal([]byte(body), into))
}

// pipeline is the way of a window through a replica, from the query to the
// outputs, of the parts that New makes.
type pipeline struct {
	load        load
	exporter    *v1.MetricsExporter
	kusto       *kusto.Pool
	compiler    *metric.Compiler
	transformer metric.Transformer
	push        []*push.Sink
	sinks       []executor.Sink
	// scrape serves what is exposed; nil if nothing is.
	scrape http.Handler
	next   time.Time
}

// outputs says where a pipeline leads.
type outputs struct{ OTLP, RemoteWrite, Scrape bool }

var allOutputs = outputs{OTLP: true, RemoteWrite: true, Scrape: true}

// newPipeline returns a pipeline from one Kusto to some outputs.
func newPipeline(l load, kustoAddress, receiver string, out outputs) (*pipeline, error) {
	p := &pipeline{load: l, exporter: l.exporter(), next: time.Now().Truncate(time.Minute)}
	p.compiler = executor.CompilerFor(p.exporter, metric.Options{})
	var err error
	from := kustoFlags{KustoEndpoint: []string{"DB=" + kustoAddress}, KustoAuth: "none", KustoConcurrency: 32}
	if p.kusto, err = from.pool(); err != nil {
		return nil, err
	}
	var to pushFlags
	if out.OTLP {
		to.OTLPEndpoint = []string{receiver + "/v1/metrics"}
	}
	if out.RemoteWrite {
		to.RemoteWriteEndpoint = []string{receiver + "/api/v1/write"}
	}
	endpoints, err := to.endpoints(nil)
	if err != nil {
		return nil, err
	}
	registry := newRegistry(nil)
	if p.push, _, err = endpoints.sinks(push.NewMetrics(registry)); err != nil {
		return nil, err
	}
	p.sinks = asSinks(p.push)
	if out.Scrape {
		store := exposition.NewStore(exposition.Options{}, registry)
		p.sinks, p.scrape = append(p.sinks, store), exposition.NewHandler(store, nil)
	}
	return p, nil
}

func (p *pipeline) close() error {
	var err error
	for _, sink := range p.push {
		err = errors.Join(err, sink.Close())
	}
	return err
}

// window runs the next window as the executor does, and has it scraped.
func (p *pipeline) window(ctx context.Context) error {
	w := schedule.Window{Start: p.next, End: p.next.Add(time.Minute)}
	p.next = w.End
	p.transformer.Reset(p.compiler, executor.RowTime(w))
	if _, err := p.kusto.Query(ctx, executor.RequestFor(p.exporter, w, nil, "1"), &p.transformer); err != nil {
		return err
	}
	batch := p.transformer.Finish()
	if len(batch.Points) != p.load.Rows {
		return fmt.Errorf("%d rows became %d points", p.load.Rows, len(batch.Points))
	}
	delivery := metric.Delivery{
		Source: metric.Source{
			NamespacedName: types.NamespacedName{Namespace: p.exporter.Namespace, Name: p.exporter.Name},
			UID:            p.exporter.UID, Created: p.exporter.CreationTimestamp.Time,
		},
		Start: w.Start, End: w.End, Interval: time.Minute, Batch: batch,
	}
	var all errgroup.Group
	for _, sink := range p.sinks {
		all.Go(func() error { return sink.Deliver(ctx, delivery) })
	}
	return errors.Join(all.Wait(), p.scrapeOnce(ctx))
}

// scrapeOnce scrapes as Prometheus does, but for the network.
func (p *pipeline) scrapeOnce(ctx context.Context) error {
	if p.scrape == nil {
		return nil
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/metrics", http.NoBody)
	r.Header.Set("Accept-Encoding", "gzip")
	w := &counter{header: http.Header{}}
	p.scrape.ServeHTTP(w, r)
	if w.size < 10*p.load.Rows { // deflated, a series still takes more
		return fmt.Errorf("a scrape of %d series has %d bytes", p.load.Rows, w.size)
	}
	return nil
}

// counter is a ResponseWriter that keeps nothing.
type counter struct {
	header http.Header
	size   int
}

func (c *counter) Header() http.Header { return c.header }
func (c *counter) WriteHeader(int)     {}

func (c *counter) Write(b []byte) (int, error) {
	c.size += len(b)
	return len(b), nil
}

// windowsCost is what the windows of a process cost.
type windowsCost struct {
	// Peak is the most memory that the process ever had, in bytes, without the pages
	// of its own program.
	Peak int64
	// CPU and Allocs are of each window but the first.
	CPU    []time.Duration
	Allocs []uint64
}

// runWindows runs windows and prints what they cost.
func runWindows(p part) error {
	line, err := newPipeline(p.Load, p.Kusto, p.Receivers, p.To)
	if err != nil {
		return err
	}
	if err := line.window(context.Background()); err != nil { // the first opens connections and grows buffers
		return err
	}
	var cost windowsCost
	for range p.Windows - 1 {
		before := benchline.CPUTime()
		allocs := benchline.AllocsDuring(func() { err = line.window(context.Background()) })
		if err != nil {
			return err
		}
		cost.CPU, cost.Allocs = append(cost.CPU, benchline.CPUTime()-before), append(cost.Allocs, allocs)
	}
	cost.Peak, err = benchline.PeakMemory()
	return errors.Join(err, json.NewEncoder(os.Stdout).Encode(cost), line.close())
}

// windows runs the part's windows in a process of their own.
func (p part) windows(t testing.TB) (cost windowsCost) {
	t.Helper()
	out, err := p.command(t).Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &cost), "%s", out)
	return cost
}

// TestBenchThreeOutputs: a query is paid once, however many outputs it feeds. A
// round is many windows: garbage is collected before each round, which empties the
// pools, and in a replica the next exporter finds them filled.
func TestBenchThreeOutputs(t *testing.T) {
	benchline.Guard(t)
	const rounds, windows = 7, 20
	l := load{Rows: 10_000, Labels: 5}
	from, to := part{Name: kustoPart, Load: l}.start(t), part{Name: receiversPart}.start(t)
	run := func(out outputs) func() {
		p, err := newPipeline(l, from, to, out)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, p.close()) })
		return func() {
			for range windows {
				require.NoError(t, p.window(t.Context()))
			}
		}
	}
	three, one := benchline.Interleave(t, rounds, run(allOutputs), run(outputs{OTLP: true}))
	points := int64((rounds + 1) * windows * l.Rows)
	requireTaken(t, to, taken{OTLP: 2 * points, RemoteWrite: points})
	t.Logf("CPU of a window: %s to three outputs, %s to OTLP alone", three/windows, one/windows)
	benchline.ReportLimit(t, "three_outputs_cpu", three.Seconds()/one.Seconds(), 2, "x")
}

// TestBenchThreeOutputsAllocations: what a row costs the garbage collector on its way
// from Kusto's answer to three receivers. All that grows with the rows is pooled.
func TestBenchThreeOutputsAllocations(t *testing.T) {
	benchline.Guard(t)
	const windows = 5
	l := load{Rows: 10_000, Labels: 5}
	from, to := part{Name: kustoPart, Load: l}.start(t), part{Name: receiversPart}.start(t)
	p, err := newPipeline(l, from, to, allOutputs)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.close()) })
	run := func() {
		for range windows {
			require.NoError(t, p.window(t.Context()))
		}
	}
	run() // the pools are filled
	allocations := benchline.AllocsDuring(run)
	points := int64(2 * windows * l.Rows)
	requireTaken(t, to, taken{OTLP: points, RemoteWrite: points})
	benchline.ReportLimit(t, "three_outputs_allocations", float64(allocations)/float64(windows*l.Rows), 5, "/row")
}

// TestBenchThreeOutputsMemory: a large exporter fits in a small container.
func TestBenchThreeOutputsMemory(t *testing.T) {
	benchline.Guard(t)
	const windows, processes = 6, 3
	l := load{Rows: 50_000, Labels: 20}
	from, to := part{Name: kustoPart, Load: l}.start(t), part{Name: receiversPart}.start(t)
	var peaks []float64
	for range processes {
		cost := part{Name: windowsPart, Load: l, Kusto: from, Receivers: to, To: allOutputs, Windows: windows}.windows(t)
		peaks = append(peaks, float64(cost.Peak)/(1<<20))
	}
	points := int64(processes * windows * l.Rows)
	requireTaken(t, to, taken{OTLP: points, RemoteWrite: points})
	benchline.ReportLimit(t, "three_outputs_50k_x20_peak_memory", slices.Max(peaks), 256, "MiB")
}
