package roster

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
)

// swallowing is a Home that never answers.
type swallowing struct{}

func (swallowing) Fetch(ctx context.Context, _ []types.NamespacedName) (map[types.NamespacedName]Found, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestReadsOfManyMayTakeLonger: a read of thousands that is given up before it can be
// done would begin again for ever.
func TestReadsOfManyMayTakeLonger(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 15 * time.Second, 499: 15 * time.Second, 5000: 165 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			r := &Roster{opts: Options{Home: swallowing{}}}
			began := time.Now()
			_, err := r.fetch(t.Context(), make([]types.NamespacedName, n))
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, want, time.Since(began))
		})
	}
}
