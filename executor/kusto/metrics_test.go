package kusto

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
	"github.com/adx-mon/adxexporter/executor/query"
)

// TestMetricsMove: what a cluster is asked, what came of it, and how busy it is.
func TestMetricsMove(t *testing.T) {
	answers := make(chan string)
	p := startPool(t, func(w http.ResponseWriter, _ *http.Request) {
		answer := <-answers
		if answer == "" {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, answer)
	})
	registry := prometheus.NewRegistry()
	registry.MustRegister(p)
	host := p.byName["DB"].host
	value := testutil.ToFloat64
	var watch selfmetrics.Watch
	require.NoError(t, watch.Look(registry))

	ask := func(consumer query.Consumer) <-chan error {
		done := make(chan error, 1)
		go func() { // received by the caller
			_, err := p.Query(context.Background(), query.Request{Database: "DB", Body: "T"}, consumer)
			done <- err
		}()
		return done
	}
	asked := make([]<-chan error, DefaultMaxConcurrent+1)
	for i := range asked {
		asked[i] = ask(discard{})
	}
	require.Eventually(t, func() bool { s := p.States()[0]; return s.InFlight == DefaultMaxConcurrent && s.Waiting == 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, watch.Look(registry))
	for range asked {
		answers <- goodAnswer
	}
	for _, done := range asked {
		require.NoError(t, <-done)
	}
	require.InDelta(t, float64(len(asked)), value(p.metrics.requests.WithLabelValues(host, "Success")), 0)
	require.InDelta(t, float64(3*len(asked)), value(p.metrics.rows), 0)

	throttled := ask(discard{})
	answers <- ""
	require.Equal(t, query.Throttled, query.ClassOf(<-throttled))
	require.InDelta(t, 1, value(p.metrics.requests.WithLabelValues(host, "Throttled")), 0)
	require.NoError(t, watch.Look(registry))
	require.Empty(t, watch.Still())

	own := errors.New("no such column")
	refused := ask(&recorder{fail: own})
	answers <- goodAnswer
	require.ErrorIs(t, <-refused, own)
	require.InDelta(t, 1, value(p.metrics.requests.WithLabelValues(host, "Refused")), 0)

	_, err := p.Query(t.Context(), query.Request{Database: "Nowhere", Body: "T"}, discard{})
	require.Equal(t, query.NoEndpoint, query.ClassOf(err))
	require.Zero(t, value(p.metrics.requests.WithLabelValues(host, "NoEndpoint")), "no cluster was asked")
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// TestClustersInMetrics: a cluster is named by its host, and two endpoints of one
// host are one.
func TestClustersInMetrics(t *testing.T) {
	p, err := New([]Endpoint{
		{Database: "A", URL: "http://127.0.0.1:1/a?secret=x"}, {Database: "B", URL: "http://127.0.0.1:1/b"}, {Database: "C", URL: "http://127.0.0.1:2"},
	}, Options{MaxConcurrent: 5})
	require.NoError(t, err)
	defer p.Close()
	registry := prometheus.NewRegistry()
	registry.MustRegister(p)
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP adxexporter_kusto_concurrency_limit Questions that the cluster may be asked at once now; less after throttling.
# TYPE adxexporter_kusto_concurrency_limit gauge
adxexporter_kusto_concurrency_limit{cluster="127.0.0.1:1"} 10
adxexporter_kusto_concurrency_limit{cluster="127.0.0.1:2"} 5
`), "adxexporter_kusto_concurrency_limit"))
	require.Equal(t, "invalid", hostOf("http://[::1"))
}
