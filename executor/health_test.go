package executor

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestHealthy: a scheduler with nothing to do is healthy, one that is stuck is
// not.
func TestHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(nil)
		require.NoError(t, w.executor.Healthy(), "before it started")
		time.Sleep(time.Hour)
		synctest.Wait()
		require.NoError(t, w.executor.Healthy(), "idle for an hour")
		w.stop()
		time.Sleep(time.Hour)
		require.EqualError(t, w.executor.Healthy(), "the scheduler has not come round for 1h0m0s")
	})
}

func TestTokenIsCutBetweenCharacters(t *testing.T) {
	require.Equal(t, "now", clipToken("now"))
	require.Equal(t, strings.Repeat("x", 47), clipToken(strings.Repeat("x", 47)+"é"))
}
