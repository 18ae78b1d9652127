package sharding

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIdentitiesAreOfOneLife: the same pod comes back as somebody else.
func TestIdentitiesAreOfOneLife(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		identity := newIdentity("m-0", "u")
		require.True(t, strings.HasPrefix(identity, "m-0/u/"), identity)
		require.Equal(t, "u", uidOf(identity))
		require.False(t, seen[identity], "a nonce of 32 bits came twice in 100")
		seen[identity] = true
	}
	require.Empty(t, uidOf("somebody"))
	require.Empty(t, uidOf("m-0/u"))
	require.Empty(t, uidOf("a/b/c/d"))
}

func TestHolderOf(t *testing.T) {
	require.Empty(t, holderOf(nil))
	free := leaseFor("m-0", "", "1")
	require.Empty(t, holderOf(free))
	free.Spec.HolderIdentity = nil
	require.Empty(t, holderOf(free))
	require.Empty(t, holderOf(leaseFor("m-0", fenced+"m-1/u/1", "1")))
	require.Equal(t, "m-0/u/1", holderOf(leaseFor("m-0", "m-0/u/1", "1")))
}

// TestTimingIsSafe: the relations that the protocol rests on.
func TestTimingIsSafe(t *testing.T) {
	for name, timing := range map[string]Timing{"Default": DefaultTiming(), "Fast": FastTiming()} {
		t.Run(name, func(t *testing.T) {
			require.GreaterOrEqual(t, 4*timing.Dead, 5*timing.Valid, "clock rates may differ by a quarter")
			require.Less(t, timing.Gate, timing.Valid)
			require.LessOrEqual(t, timing.Renew+timing.Request, timing.Valid, "a renewal may time out once")
			require.Greater(t, timing.Gate, timing.Renew*11/10, "a push does not wait for a renewal in good times")
			require.Less(t, timing.Deadline, timing.Election)
			require.Less(t, timing.Retry*6/5, timing.Deadline, "client-go demands it")
			require.Less(t, timing.Drain, timing.Leave, "work under way is drained while others may take it")
		})
	}
}

// TestAlone: the ring of one gives every right, for ever, under fences that only
// grow.
func TestAlone(t *testing.T) {
	a := NewAlone("host/1/n", noon, 0)
	require.Equal(t, "host/1/n", a.Identity())
	fence, ok := a.CanAct(exporter)
	require.True(t, ok)
	require.Equal(t, noon.UnixMilli(), fence)
	require.NoError(t, a.Fresh(t.Context(), exporter))
	fence, _ = NewAlone("host/1/n", noon, noon.UnixMilli()+5).CanAct(exporter)
	require.Equal(t, noon.UnixMilli()+6, fence, "a clock that was set back")
	ctx, cancel := a.Bind(t.Context(), exporter)
	require.NoError(t, ctx.Err())
	cancel()
	require.Error(t, ctx.Err())
}
