package exposition

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// series returns a batch of one family whose n samples all have the value.
func series(t testing.TB, family string, n int, value float64) *metric.Batch {
	samples := make([]batchtest.Sample, n)
	for i := range samples {
		samples[i] = batchtest.Sample{
			Name: family, Value: value, Time: windowEnd,
			Labels: map[string]string{"host": fmt.Sprintf("host-%d", i), "exporter": family},
		}
	}
	return batchtest.New(t, batchtest.Options{Help: "h"}, samples...)
}

// filled returns the handler of a store with the given number of exporters, of
// ten series each.
func filled(t testing.TB, exporters int) *Handler {
	s := newStore(Options{})
	for i := range exporters {
		name := fmt.Sprintf("m%03d", i)
		require.NoError(t, s.Deliver(t.Context(), delivery(name, series(t, name, 10, float64(i)))))
	}
	return NewHandler(s, nil)
}

func request(method, target string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func TestHandlerStatus(t *testing.T) {
	synced := filled(t, 1)
	cases := map[string]struct {
		reason string
		ready  bool
		method string
		status int
		header string
		body   string
	}{
		"Ready":     {"the usual scrape", true, http.MethodGet, http.StatusOK, "", "m000{"},
		"NotSynced": {"an empty 200 would end all series", false, http.MethodGet, http.StatusServiceUnavailable, "", "does not know its exporters yet"},
		"Post":      {"nothing to change here", true, http.MethodPost, http.StatusMethodNotAllowed, "GET, HEAD", "only GET and HEAD"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h := NewHandler(synced.store, func() bool { return tc.ready })
			h.ServeHTTP(w, request(tc.method, "/metrics"))
			require.Equal(t, tc.status, w.Code, tc.reason)
			require.Equal(t, tc.header, w.Header().Get("Allow"), tc.reason)
			require.Contains(t, w.Body.String(), tc.body, tc.reason)
		})
	}
}

func TestBodies(t *testing.T) {
	h := filled(t, 30)
	cases := map[string]struct {
		reason, target, accept string
		contains, lacks        string
	}{
		"Text":        {"everything", "/metrics", "", "m029{", "# EOF"},
		"OpenMetrics": {"ends in EOF", "/metrics", acceptOpenMetrics, "m029{", "# UNIT"},
		"OneName":     {"only what is named", "/metrics?name[]=m007", "", `m007{`, "m008"},
		"NoSuchName":  {"a name nobody has", "/metrics?name[]=none", acceptOpenMetrics, "# EOF", "m0"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			identity, gzipped := httptest.NewRecorder(), httptest.NewRecorder()
			h.ServeHTTP(identity, request(http.MethodGet, tc.target, "Accept", tc.accept))
			h.ServeHTTP(gzipped, request(http.MethodGet, tc.target, "Accept", tc.accept, "Accept-Encoding", "gzip"))
			text := identity.Body.String()
			require.Contains(t, text, tc.contains, tc.reason)
			require.NotContains(t, text, tc.lacks, tc.reason)
			requireGzipOf(t, text, gzipped.Body.Bytes())

			require.Empty(t, identity.Header().Get("Content-Encoding"))
			require.Equal(t, "gzip", gzipped.Header().Get("Content-Encoding"))
			for _, w := range []*httptest.ResponseRecorder{identity, gzipped} {
				require.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"))
				require.Equal(t, "Accept, Accept-Encoding", w.Header().Get("Vary"))
			}

			head := httptest.NewRecorder()
			h.ServeHTTP(head, request(http.MethodHead, tc.target, "Accept", tc.accept))
			require.Zero(t, head.Body.Len(), "HEAD has no body")
			require.Equal(t, identity.Header(), head.Header(), "but the same headers")
		})
	}
}

// requireGzipOf checks body with two implementations that share no code with
// ours: Go's own, and the gzip program, which checks length and checksum too.
func requireGzipOf(t *testing.T, text string, body []byte) {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	require.NoError(t, err)
	r.Multistream(false)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, text, string(got))

	program := exec.CommandContext(t.Context(), "gzip", "-t")
	program.Stdin = bytes.NewReader(body)
	out, err := program.CombinedOutput()
	require.NoError(t, err, "gzip -t: %s", out)
}

// discard is a client that reads everything and keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func TestScrapeAllocatesNothingPerSeries(t *testing.T) {
	h := filled(t, 200)
	for name, coding := range map[string]string{"Gzip": "gzip", "Identity": ""} {
		t.Run(name, func(t *testing.T) {
			r := request(http.MethodGet, "/metrics", "Accept", acceptOpenMetrics, "Accept-Encoding", coding)
			allocs := testing.AllocsPerRun(20, func() { h.ServeHTTP(discard{http.Header{}}, r) })
			require.LessOrEqual(t, allocs, 20.0)
		})
	}
}

// failing is a client that is gone after some bytes.
type failing struct {
	discard
	left int
}

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, io.ErrClosedPipe
	}
	f.left -= len(p)
	return len(p), nil
}

func TestClientThatGoesAway(t *testing.T) {
	s := newStore(Options{})
	require.NoError(t, s.Deliver(t.Context(), delivery("a", series(t, "a", 1000, 1))))
	h := NewHandler(s, nil)
	for _, coding := range []string{"gzip", ""} {
		w := &failing{discard: discard{http.Header{}}}
		h.ServeHTTP(w, request(http.MethodGet, "/metrics", "Accept-Encoding", coding))
	}
	b := s.view().body(formatText, nil)
	for _, size := range []int{0, len(gzipHeader), b.gzipSize() - 1 - gzipTrailer - len(lastBlock)} {
		require.ErrorIs(t, b.writeGzip(&failing{left: size}), io.ErrClosedPipe)
	}
	require.ErrorIs(t, b.write(&failing{}, &s.codec), io.ErrClosedPipe)
	require.Contains(t, scrape(t, h, ""), "a{", "the next client gets everything")
}

func TestSlowClientHoldsUpNobody(t *testing.T) {
	s := newStore(Options{})
	require.NoError(t, s.Deliver(t.Context(), delivery("a", series(t, "old", 20000, 1))))
	server := httptest.NewServer(NewHandler(s, nil))
	defer server.Close()

	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	_, err = io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	r := bufio.NewReaderSize(conn, 16)
	status, err := r.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, status, "200", "the answer is on its way, and stuck in full buffers")

	require.NoError(t, s.Deliver(t.Context(), delivery("a", series(t, "new", 1, 1))))
	require.Contains(t, scrape(t, NewHandler(s, nil), ""), "new{")

	response, err := http.ReadResponse(bufio.NewReader(io.MultiReader(strings.NewReader(status), r)), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, 20000, strings.Count(string(text), "old{"), "and what was asked for first arrives whole")
}

// TestScrapesSeeDeliveriesWhole replaces exporters while others scrape, hide and
// forget. All values of an exporter are the number of its delivery.
func TestScrapesSeeDeliveriesWhole(t *testing.T) {
	var hidden atomic.Bool
	s := newStore(Options{Serve: func(n types.NamespacedName) bool { return n.Name != "b" || !hidden.Load() }})
	h := NewHandler(s, nil)
	const rounds = 60
	var writers, readers sync.WaitGroup
	var done atomic.Bool
	for _, name := range []string{"a", "b", "c"} {
		batches := make([]*metric.Batch, rounds)
		for i := range batches {
			batches[i] = mixed(t, name, i)
		}
		writers.Go(func() {
			for i, b := range batches {
				_ = s.Deliver(t.Context(), delivery(name, b)) // conflicts are part of it
				hidden.Store(i%3 == 0)
				if name == "c" && i%7 == 0 {
					s.Forget(types.NamespacedName{Namespace: "ns", Name: name})
				}
			}
		})
	}
	for _, coding := range []string{"gzip", ""} {
		readers.Go(func() {
			for !done.Load() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, request(http.MethodGet, "/metrics", "Accept-Encoding", coding))
				requireWhole(t, w)
			}
		})
	}
	readers.Go(func() { // another replica, which is given what there is
		other := newStore(Options{})
		for !done.Load() {
			for _, name := range []string{"a", "b", "c"} {
				if e, found := s.Export(inNS(name)); found {
					if err := other.Import(e); err != nil {
						t.Errorf("cannot import %s: %v", name, err)
					}
				}
			}
			w := httptest.NewRecorder()
			NewHandler(other, nil).ServeHTTP(w, request(http.MethodGet, "/metrics"))
			requireWhole(t, w)
		}
	})
	writers.Wait()
	done.Store(true)
	readers.Wait()
}

// mixed has two families: one that all exporters have, and one of its own.
func mixed(t testing.TB, name string, round int) *metric.Batch {
	var samples []batchtest.Sample
	for _, family := range []string{"common", "own_" + name} {
		for i := range 20 {
			samples = append(samples, batchtest.Sample{
				Name: family, Value: float64(round), Time: windowEnd,
				Labels: map[string]string{"i": strconv.Itoa(i), "by": name},
			})
		}
	}
	samples = append(samples, batchtest.Sample{Name: "common", Labels: map[string]string{"i": "same"}, Time: windowEnd})
	return batchtest.New(t, batchtest.Options{}, samples...)
}

// requireWhole checks that each exporter has all its lines, of one round.
func requireWhole(t *testing.T, w *httptest.ResponseRecorder) {
	var body io.Reader = w.Body
	if w.Header().Get("Content-Encoding") == "gzip" {
		var err error
		if body, err = gzip.NewReader(body); err != nil {
			t.Errorf("cannot read gzip: %v", err)
			return
		}
	}
	rounds, lines := map[string]string{}, map[string]int{}
	scanner := bufio.NewScanner(body)
	for scanner.Scan() {
		_, rest, found := strings.Cut(scanner.Text(), `{by="`)
		if !found {
			continue
		}
		by, round := rest[:1], rest[strings.LastIndexByte(rest, ' '):]
		if seen, found := rounds[by]; found && seen != round {
			t.Errorf("exporter %s is shown of rounds %s and %s", by, seen, round)
		}
		rounds[by] = round
		lines[by]++
	}
	if err := scanner.Err(); err != nil {
		t.Errorf("cannot read body: %v", err)
	}
	for by, n := range lines {
		if n != 40 {
			t.Errorf("exporter %s is shown with %d of 40 series", by, n)
		}
	}
}

// TestSeriesLeaveWithTheRightToShowThem scrapes once before and once after this
// instance loses an exporter, with nothing in between that tells the store.
func TestSeriesLeaveWithTheRightToShowThem(t *testing.T) {
	for name, header := range map[string][]string{
		"Text": nil, "OpenMetrics": {"Accept", acceptOpenMetrics}, "Gzip": {"Accept-Encoding", "gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			served := true
			s := newStore(Options{Serve: func(types.NamespacedName) bool { return served }})
			h := NewHandler(s, nil)
			answer := func() string {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, request(http.MethodGet, "/metrics", header...))
				return w.Body.String()
			}
			empty := answer()
			require.NoError(t, s.Deliver(t.Context(), delivery("a", series(t, "a", 2, 1))))
			shown := answer()
			require.NotEqual(t, empty, shown)
			served = false
			require.Equal(t, empty, answer())
			served = true
			require.Equal(t, shown, answer(), "the right came back")
			served = false
			require.NoError(t, s.Deliver(t.Context(), delivery("a", series(t, "a", 3, 1))))
			require.Equal(t, empty, answer(), "a delivery shows nothing without the right")
			require.NoError(t, s.Import(exportedText("up 1\n")))
			require.Equal(t, empty, answer(), "nor does an import")
		})
	}
}

func TestDeliverStopsWithItsContext(t *testing.T) {
	s := newStore(Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Deliver(ctx, delivery("a", series(t, "a", 1, 1))), ctx.Err())
	require.Empty(t, scrape(t, NewHandler(s, nil), ""), "whoever lost the right to act shows nothing")
}

// TestRoomIsTakenMeanwhile lets b take the room that a was rendered for: the
// store asks who is served between the two steps.
func TestRoomIsTakenMeanwhile(t *testing.T) {
	var s *Store
	raced := false
	s = newStore(Options{MaxSeries: 3, Serve: func(n types.NamespacedName) bool {
		if n.Name == "a" && !raced {
			raced = true
			require.NoError(t, s.Deliver(t.Context(), delivery("b", series(t, "b", 2, 1))))
		}
		return true
	}})
	var limit *LimitError
	require.ErrorAs(t, s.Deliver(t.Context(), delivery("a", series(t, "a", 3, 1))), &limit)
	require.Equal(t, LimitError{Limit: 3, LeftOut: 2}, *limit)
	require.Equal(t, 3, s.view().series)
}

// TestConflictsDoNotFollowTheOrderOfRows since a status message made of them
// would change with every window.
func TestConflictsDoNotFollowTheOrderOfRows(t *testing.T) {
	s := newStore(Options{})
	rows := []batchtest.Sample{{Name: "b", Time: windowEnd}, {Name: "a", Time: windowEnd}, {Name: "c", Time: windowEnd}}
	require.NoError(t, s.Deliver(t.Context(), delivery("older", batchtest.New(t, batchtest.Options{}, rows...))))
	var texts []string
	for range 2 {
		err := s.Deliver(t.Context(), delivery("younger", batchtest.New(t, batchtest.Options{}, rows...)))
		require.ErrorAs(t, err, new(*ConflictError))
		texts = append(texts, err.Error())
		slices.Reverse(rows)
	}
	require.Equal(t, texts[0], texts[1])
}

func TestClockIsTheRealOneByDefault(t *testing.T) {
	s := NewStore(Options{}, nil)
	fresh, stale := delivery("fresh", series(t, "fresh", 1, 1)), delivery("stale", series(t, "stale", 1, 1))
	fresh.End, stale.End = time.Now(), time.Now().Add(-time.Hour)
	require.NoError(t, s.Deliver(t.Context(), fresh))
	require.NoError(t, s.Deliver(t.Context(), stale))
	text := scrape(t, NewHandler(s, nil), "")
	require.Contains(t, text, "fresh{")
	require.NotContains(t, text, "stale{")
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	s := NewStore(Options{MaxLine: 40, Now: func() time.Time { return windowEnd }}, reg)
	h := NewHandler(s, nil)
	var watch selfmetrics.Watch
	require.NoError(t, watch.Look(reg))
	older, younger := delivery("older", series(t, "a", 2, 1)), delivery("younger", series(t, "a", 3, 1))
	younger.Source.Created = windowEnd
	require.NoError(t, s.Deliver(t.Context(), older))
	require.Error(t, s.Deliver(t.Context(), younger))
	require.NoError(t, s.Deliver(t.Context(), delivery("long", series(t, "long_name_of_a_metric", 2, 1))))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodGet, "/metrics", "Accept-Encoding", "gzip"))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodGet, "/metrics", "Accept", acceptOpenMetrics))
	h.ServeHTTP(httptest.NewRecorder(), request(http.MethodPut, "/metrics"))
	require.NoError(t, watch.Look(reg))
	require.Empty(t, watch.Still(), "each metric moves for what it is there for")

	problems, err := testutil.GatherAndLint(reg)
	require.NoError(t, err)
	require.Empty(t, problems)
	require.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(fmt.Sprintf(`
# HELP adxexporter_exposition_bytes Compressed bytes in which all series are kept.
# TYPE adxexporter_exposition_bytes gauge
adxexporter_exposition_bytes %d
# HELP adxexporter_exposition_conflicts_total Conflicts with an older exporter that deliveries met, by kind: series, type, help.
# TYPE adxexporter_exposition_conflicts_total counter
adxexporter_exposition_conflicts_total{kind="help"} 0
adxexporter_exposition_conflicts_total{kind="series"} 1
adxexporter_exposition_conflicts_total{kind="type"} 0
# HELP adxexporter_exposition_lines_too_long_total Lines left out of the exposition because they are longer than scrapers read.
# TYPE adxexporter_exposition_lines_too_long_total counter
adxexporter_exposition_lines_too_long_total 2
# HELP adxexporter_exposition_scrapes_total Scrapes answered, by exposition format and content encoding.
# TYPE adxexporter_exposition_scrapes_total counter
adxexporter_exposition_scrapes_total{encoding="gzip",format="openmetrics"} 0
adxexporter_exposition_scrapes_total{encoding="gzip",format="text"} 1
adxexporter_exposition_scrapes_total{encoding="identity",format="openmetrics"} 1
adxexporter_exposition_scrapes_total{encoding="identity",format="text"} 0
# HELP adxexporter_exposition_series Series that a scrape gets.
# TYPE adxexporter_exposition_series gauge
adxexporter_exposition_series 3
`, keptBytes(s)))))
}

func keptBytes(s *Store) int {
	total := 0
	for _, e := range s.exporters {
		for _, c := range e.chunks {
			total += len(c.lines[formatText].deflated)
		}
	}
	return total
}
