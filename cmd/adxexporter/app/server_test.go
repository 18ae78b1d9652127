package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestScrapeInFlightCompletes: the end of the service does not cut a body that is
// being written; a new connection is refused.
func TestScrapeInFlightCompletes(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	s, err := listen(t.Context(), "metrics", "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first half, ")
		_ = http.NewResponseController(w).Flush()
		close(began)
		<-release
		_, _ = io.WriteString(w, "second half")
	}))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx, 10*time.Second) }() // received below

	type answer struct {
		body string
		err  error
	}
	answers := make(chan answer, 1)
	address := "http://" + s.listener.Addr().String()
	go func() { // received below
		body, err := scrape(t.Context(), address)
		answers <- answer{body, err}
	}()
	<-began
	stop()
	require.Eventually(t, func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		require.NoError(t, err)
		response, err := (&http.Client{Transport: &http.Transport{}}).Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		return err != nil
	}, 5*time.Second, 10*time.Millisecond, "the port is closed to newcomers")
	close(release)
	require.Equal(t, answer{body: "first half, second half"}, <-answers)
	require.NoError(t, <-served)
}

// TestScrapeThatNeverEndsIsGivenUp: then the exit is not clean.
func TestScrapeThatNeverEndsIsGivenUp(t *testing.T) {
	began := make(chan struct{})
	s, err := listen(t.Context(), "metrics", "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		close(began)
		<-r.Context().Done()
	}))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx, 20*time.Millisecond) }() // received below
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.listener.Addr().String(), http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	<-began
	stop()
	require.ErrorIs(t, <-served, context.DeadlineExceeded)
}

func TestPortInUse(t *testing.T) {
	first, err := listen(t.Context(), "metrics", "127.0.0.1:0", http.NotFoundHandler())
	require.NoError(t, err)
	defer func() { require.NoError(t, first.listener.Close()) }()
	_, err = listen(t.Context(), "metrics", first.listener.Addr().String(), http.NotFoundHandler())
	require.ErrorContains(t, err, "cannot open the metrics port")
}

func TestProbe(t *testing.T) {
	var trouble error
	handler := probe(func() error { return trouble }, func() string { return "a receiver is away\n" })
	ask := func() (int, string) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", http.NoBody))
		return recorder.Code, recorder.Body.String()
	}
	code, body := ask()
	require.Equal(t, 200, code)
	require.Equal(t, "ok\na receiver is away\n", body)
	trouble = errors.New("kubernetes: the MetricsExporters have not been listed yet")
	code, body = ask()
	require.Equal(t, 503, code)
	require.Equal(t, trouble.Error()+"\n", body)
}

// TestReadinessFollowsTheAPIServer: ready when it has answered, unready when it
// has not for 15 s, ready again when it does.
func TestReadinessFollowsTheAPIServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reachable atomic.Bool
		reachable.Store(true)
		c := &contact{ask: func(ctx context.Context) error {
			if reachable.Load() {
				return nil
			}
			<-ctx.Done() // it hangs, as a lost server does
			return ctx.Err()
		}}
		s := &cluster{contact: c, rights: &rights{}, synced: make(chan struct{}), inRing: func() error { return nil }}
		require.ErrorContains(t, s.Ready(), "have not been listed yet")
		close(s.synced)
		require.ErrorContains(t, s.Ready(), "has not answered yet")

		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Start(ctx) }() // received below
		synctest.Wait()
		require.NoError(t, s.Ready())
		require.True(t, s.Synced())
		reachable.Store(false)
		time.Sleep(contactLost)
		require.NoError(t, s.Ready(), "not for a moment's trouble")
		time.Sleep(time.Nanosecond)
		require.EqualError(t, s.Ready(), "kubernetes: the API server has not answered for 15s")
		require.True(t, s.Synced(), "what is known stays exposed")
		reachable.Store(true)
		time.Sleep(contactEvery + contactTimeout)
		synctest.Wait()
		require.NoError(t, s.Ready())
		stop()
		require.NoError(t, <-done)
	})
}

// TestPartThatFails: one part that fails ends the service, with its error.
func TestPartThatFails(t *testing.T) {
	r := prepareReplica(t, "adxexporter")
	r.home = brokenHome{r.home}
	require.ErrorContains(t, r.Run(t.Context()), "the watch is broken")
}

// brokenHome is a home of exporters that fails, as a manager does whose caches do
// not come up.
type brokenHome struct{ home }

func (brokenHome) Start(context.Context) error { return errors.New("the watch is broken") }

// prepareReplica returns a replica that has not been run.
func prepareReplica(t *testing.T, commandLine string) *App {
	t.Helper()
	args := append(splitArgs(commandLine), "--exporters-dir="+t.TempDir(), "--web.listen-address=127.0.0.1:0", "--telemetry.listen-address=127.0.0.1:0")
	opts, err := parseRun(t, args).options(&logs{})
	require.NoError(t, err)
	a, err := New(t.Context(), opts)
	require.NoError(t, err)
	return a
}
