package cluster

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What runs the scenarios: make e2e sets the first, make chaos the second for those
// with faults.
const (
	e2eEnv   = "ADXEXPORTER_E2E"
	chaosEnv = "ADXEXPORTER_CHAOS"
)

func TestMain(m *testing.M) {
	if os.Getenv(podEnv) != "" {
		os.Exit(servePod())
	}
	if os.Getenv(e2eEnv) == "1" || os.Getenv(chaosEnv) == "1" {
		os.Exit(Main(func([]net.Listener) int { return m.Run() }))
	}
	os.Exit(m.Run())
}

// built returns the path of something that make builds. The test is skipped unless
// one of the make targets runs it.
func built(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv(entered) == "" {
		t.Skip("this test needs a real control plane: run make e2e or make chaos")
	}
	path, err := filepath.Abs(filepath.Join("..", "..", "build", name))
	require.NoError(t, err)
	_, err = os.Stat(path)
	require.NoError(t, err, "it is not built: run make build controlplane")
	return path
}
