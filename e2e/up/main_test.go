package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/cluster"
)

// e2eEnv is set by make e2e. Without it, the test is skipped.
const e2eEnv = "ADXEXPORTER_E2E"

func TestMain(m *testing.M) {
	if os.Getenv(e2eEnv) == "1" {
		os.Exit(cluster.Main(func([]net.Listener) int { return m.Run() }))
	}
	os.Exit(m.Run())
}

// screen is what is printed, for reading while it is.
type screen struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return l
}

func page(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", url, body)
	return string(body)
}

// TestUp does what the welcome says.
func TestUp(t *testing.T) {
	if os.Getenv(e2eEnv) != "1" {
		t.Skip("this test needs a real control plane: run make e2e")
	}
	t.Chdir(filepath.Join("..", ".."))
	dir := filepath.Join(t.TempDir(), "up")
	api, web := listener(t), listener(t)
	url := "http://" + web.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	var shown screen
	done := make(chan error, 1)
	go func() { done <- run(ctx, dir, api, web, &shown) }() // waited for below
	require.Eventually(t, func() bool {
		select {
		case err := <-done:
			require.NoError(t, err)
		default:
		}
		return strings.Contains(shown.String(), "Ctrl-C ends it.")
	}, 2*time.Minute, 100*time.Millisecond)

	require.Equal(t, 3, strings.Count(page(t, url+"/"), "ready true"))
	require.Contains(t, page(t, url+"/adxexporter-0/8081/metrics"), "adxexporter_ring_members")
	kubectl := exec.CommandContext(t.Context(), "kubectl", "--kubeconfig="+filepath.Join(dir, "kubeconfig"), "get", "metricsexporters", "-A", "-o", "name")
	out, err := kubectl.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, 3, strings.Count(string(out), "metricsexporter."))
	require.Eventually(t, func() bool {
		all := ""
		for _, pod := range []string{"adxexporter-0", "adxexporter-1", "adxexporter-2"} {
			all += page(t, url+"/"+pod+"/8080/metrics")
		}
		return strings.Contains(all, "service_response_time_avg{") && strings.Contains(all, "success_rate_analytics{")
	}, time.Minute, 200*time.Millisecond, "the series of all exporters")
	stop()
	require.NoError(t, <-done)
}
