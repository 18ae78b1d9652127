package receivers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPromtool: Prometheus' own linter has nothing to say of the service's own metrics,
// after runs and deliveries have moved them. The series have the names and labels that
// users give them.
func TestPromtool(t *testing.T) {
	if os.Getenv(env) != "1" {
		t.Skip("this test builds promtool: run make e2e")
	}
	r := startReplica(t, platform, "--otlp-endpoint=http://"+freeAddress(t)+"/v1/metrics")
	await(t, "runs", func() bool { return r.total(t, "adxexporter_runs_total", "success") > 0 })
	body, ok := get(t, r.telemetry)
	require.True(t, ok)
	linter := exec.CommandContext(t.Context(), filepath.Join("..", "..", "tools", "run"), "promtool", "check", "metrics")
	linter.Stdin = bytes.NewReader(body)
	said, err := linter.CombinedOutput()
	require.NoError(t, err, string(said))
	require.Empty(t, string(said))
}
