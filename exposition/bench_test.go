//go:build unix

package exposition

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// benchRounds are measured in turns; the medians are compared.
const benchRounds = 11

// benchSamples are the rows of one exporter: a family of its own, four labels of
// about 25 bytes, values of full precision.
func benchSamples(exporter, n int) []batchtest.Sample {
	random := rand.New(rand.NewPCG(uint64(exporter), 1)) // the same values in every run
	samples := make([]batchtest.Sample, n)
	for i := range samples {
		samples[i] = batchtest.Sample{
			Name: fmt.Sprintf("customer_impact_score_%04d", exporter),
			Labels: map[string]string{
				"CustomerResource": fmt.Sprintf("/subscriptions/resource-%06d", exporter*n+i),
				"Location":         fmt.Sprintf("azure-region-location-%02d", i%40),
				"ServiceName":      fmt.Sprintf("service-in-some-team-%03d", i%200),
				"Environment":      "production-environment-1",
			},
			Value: random.NormFloat64() * 1000,
			Time:  windowEnd,
		}
	}
	return samples
}

// benchStore has the given number of exporters, of 1000 series each.
func benchStore(t testing.TB, exporters int) *Store {
	s := newStore(Options{})
	for i := range exporters {
		require.NoError(t, s.Deliver(t.Context(), benchDelivery(t, i)))
	}
	return s
}

func benchDelivery(t testing.TB, exporter int) metric.Delivery {
	return delivery(fmt.Sprintf("exporter-%04d", exporter), batchtest.New(t, batchtest.Options{Help: "h"}, benchSamples(exporter, 1000)...))
}

// benchScrape returns a function that scrapes h over loopback and reads every
// byte. The client inflates nothing: it would cost the same for both sides. It
// reads into a large buffer, as scrapers do; io.Discard alone reads 8 KiB at a
// time and would measure system calls.
func benchScrape(t *testing.T, h http.Handler, coding, encoded string) func() {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(client.CloseIdleConnections)
	buffer := make([]byte, 256<<10)
	return func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		r.Header.Set("Accept-Encoding", coding)
		response, err := client.Do(r)
		require.NoError(t, err)
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, response.Body, buffer)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, encoded, response.Header.Get("Content-Encoding"))
		require.Greater(t, n, int64(1<<20))
	}
}

func TestBenchScrape(t *testing.T) {
	benchline.Guard(t)
	s := benchStore(t, 100)
	h := NewHandler(s, nil)
	var samples []batchtest.Sample
	for i := range 100 {
		samples = append(samples, benchSamples(i, 1000)...)
	}
	peer := clientGolang(t, constCollector{"h", prometheus.GaugeValue, samples})
	requireSameSeries(t, h, peer)

	for _, c := range []struct {
		coding, encoded string
		target          float64
	}{{"gzip", "gzip", 100}, {"identity", "", 30}} {
		ours, theirs := benchline.Interleave(t, benchRounds,
			benchScrape(t, h, c.coding, c.encoded), benchScrape(t, peer, c.coding, c.encoded))
		benchline.Report(t, "scrape_100k_"+c.coding, ours, "promhttp", theirs, float64(theirs)/float64(ours), c.target)
	}

	r := request(http.MethodGet, "/metrics", "Accept-Encoding", "gzip")
	allocs := testing.AllocsPerRun(20, func() { h.ServeHTTP(discard{http.Header{}}, r) })
	benchline.ReportLimit(t, "scrape_100k_allocs", allocs, 20, "allocs")
}

// requireSameSeries checks that both sides of the comparison do the same work.
func requireSameSeries(t *testing.T, ours, peer http.Handler) {
	t.Helper()
	require.Equal(t, lineSet(scrape(t, peer, "")), lineSet(scrape(t, ours, "")))
}

func TestBenchReplace(t *testing.T) {
	benchline.Guard(t)
	s := benchStore(t, 100)
	d := benchDelivery(t, 50)
	times := make([]time.Duration, 101)
	for i := range times {
		start := time.Now()
		require.NoError(t, s.Deliver(t.Context(), d))
		times[i] = time.Since(start)
		s.view() // the next scrape's part of the work is not counted, but done
	}
	median := benchline.Median(times)
	benchline.ReportLimit(t, "replace_1000_series", float64(median)/float64(time.Millisecond), 2, "ms")
}

func TestBenchHeap(t *testing.T) {
	benchline.Guard(t)
	const exporters = 1000
	before := heap()
	s := benchStore(t, exporters)
	require.Greater(t, scrapeGzip(t, NewHandler(s, nil)), int64(exporters*1000*100))
	perSeries := float64(heap()-before) / float64(s.view().series)
	require.Equal(t, exporters*1000, s.view().series)
	benchline.ReportLimit(t, "heap_1m_series", perSeries, 60, "B/series")
}

// heap returns the live bytes; two collections empty the pools.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// scrapeGzip returns the length of the text that a compressed scrape gives.
func scrapeGzip(t *testing.T, h http.Handler) int64 {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(http.MethodGet, "/metrics", "Accept-Encoding", "gzip"))
	r, err := gzip.NewReader(w.Body)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, r)
	require.NoError(t, err)
	return n
}

// TestBenchHandover moves 100 exporters of 1000 series to another replica, as JSON.
func TestBenchHandover(t *testing.T) {
	benchline.Guard(t)
	const exporters = 100
	a, b := benchStore(t, exporters), newStore(Options{})
	contents := make([][]byte, exporters)
	export := func() {
		for i := range contents {
			contents[i] = encodeExported(t, exportOf(t, a, fmt.Sprintf("exporter-%04d", i)))
		}
	}
	imports := func() {
		for _, content := range contents {
			require.NoError(t, b.Import(decodeExported(t, content)))
		}
	}
	exportCPU, importCPU := benchline.Interleave(t, benchRounds, export, imports)
	require.Equal(t, gzipped(NewHandler(a, nil), ""), gzipped(NewHandler(b, nil), ""))
	total := 0
	for _, content := range contents {
		total += len(content)
	}
	benchline.ReportLimit(t, "export_100k_series", exportCPU.Seconds()*1e3, 100, "ms")
	benchline.ReportLimit(t, "import_100k_series", importCPU.Seconds()*1e3, 500, "ms")
	benchline.ReportLimit(t, "export_100k_series_size", float64(total)/(exporters*1000), 80, "B/series")
}

// TestBenchImportMemory imports one exporter of 100k series, and compares what it
// allocates, deflated bytes included, with the length of the text.
func TestBenchImportMemory(t *testing.T) {
	benchline.Guard(t)
	a, b := newStore(Options{}), newStore(Options{})
	require.NoError(t, a.Deliver(t.Context(), delivery("a", batchtest.New(t, batchtest.Options{Help: "h"}, benchSamples(0, 100_000)...))))
	e := exportOf(t, a, "a")
	before := allocated()
	require.NoError(t, b.Import(e))
	benchline.ReportLimit(t, "import_100k_series_memory", float64(allocated()-before)/float64(e.Families[0].Size), 1, "x")
}

// allocated returns how many bytes have been allocated so far, live or not.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestBenchServe asks 10,000 exporters whether they are served, which is all that a
// scrape does when nothing has changed.
func TestBenchServe(t *testing.T) {
	benchline.Guard(t)
	const exporters = 10_000
	served := true
	s := newStore(Options{Serve: func(types.NamespacedName) bool { return served }})
	for i := range exporters {
		name := fmt.Sprintf("exporter-%05d", i)
		require.NoError(t, s.Deliver(t.Context(), delivery(name, series(t, "m_"+strconv.Itoa(i), 1, 1))))
	}
	s.view()
	times := make([]time.Duration, 101)
	for i := range times {
		start := time.Now()
		s.view()
		times[i] = time.Since(start)
	}
	benchline.ReportLimit(t, "serve_10k_exporters", float64(benchline.Median(times))/float64(time.Microsecond), 500, "us")
	served = false
	start := time.Now()
	require.Zero(t, s.view().series)
	benchline.ReportLimit(t, "hide_10k_exporters", float64(time.Since(start))/float64(time.Millisecond), 100, "ms")
}
