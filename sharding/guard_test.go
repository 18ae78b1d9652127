package sharding

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
)

var exporter = types.NamespacedName{Namespace: "ns", Name: "latency"}

// holder returns a guard that holds every partition, by a Lease renewed now.
func holder() *Guard {
	g := newGuard(clock.RealClock{}, DefaultTiming())
	g.begin("pod/uid/nonce", time.Now())
	g.set("pod/uid/nonce", 4, func(tenures []tenure) {
		for p := range tenures {
			tenures[p] = tenure{generation: 7, phase: phaseHeld}
		}
	})
	return g
}

// TestRightEndsByItself: a replica that cannot renew stops to the nanosecond, and
// with it all that is under way.
func TestRightEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := holder()
		watching, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- g.watch(watching) }() // received below
		work, cancel := g.Bind(t.Context(), exporter)
		defer cancel()

		time.Sleep(8*time.Second - time.Nanosecond)
		fence, ok := g.CanAct(exporter)
		require.True(t, ok)
		require.Equal(t, int64(7), fence)
		require.NoError(t, work.Err())
		require.True(t, g.Serves(exporter))

		time.Sleep(time.Nanosecond)
		synctest.Wait()
		_, ok = g.CanAct(exporter)
		require.False(t, ok)
		require.ErrorIs(t, work.Err(), context.Canceled)
		require.False(t, g.Serves(exporter))
		late, cancelLate := g.Bind(t.Context(), exporter)
		defer cancelLate()
		require.Error(t, late.Err(), "work that begins too late does not begin")

		g.confirm(time.Now().Add(time.Second))
		require.True(t, g.Serves(exporter), "the peers say that nobody takes over")
		_, ok = g.CanAct(exporter)
		require.False(t, ok, "but nothing may be done")

		g.renewedAt(time.Now())
		_, ok = g.CanAct(exporter)
		require.True(t, ok, "a renewal gives the right back")
		stop()
		require.NoError(t, <-done)
	})
}

// TestPushesWaitForARenewal: with an old renewal a push waits for the next one, or
// for the end of the right.
func TestPushesWaitForARenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := holder()
		time.Sleep(g.timing.Gate)
		require.NoError(t, g.Fresh(t.Context(), exporter))
		time.Sleep(time.Nanosecond)
		began := time.Now()
		time.AfterFunc(2*time.Second, func() { g.renewedAt(time.Now()) })
		require.NoError(t, g.Fresh(t.Context(), exporter))
		require.Equal(t, 2*time.Second, time.Since(began))

		time.Sleep(g.timing.Gate + time.Nanosecond)
		began = time.Now()
		require.ErrorIs(t, g.Fresh(t.Context(), exporter), ErrNoRight)
		require.Equal(t, g.timing.Valid-g.timing.Gate-time.Nanosecond, time.Since(began))

		g.renewedAt(time.Now())
		time.Sleep(5 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, g.Fresh(ctx, exporter), context.DeadlineExceeded)
	})
}

// TestRightIsOfALife: what was decided for a life that has ended changes nothing for
// the next one.
func TestRightIsOfALife(t *testing.T) {
	g := holder()
	work, cancel := g.Bind(t.Context(), exporter)
	defer cancel()
	require.Len(t, g.end(), 4)
	require.Error(t, work.Err())
	require.False(t, g.set("pod/uid/nonce", 4, func([]tenure) { t.Error("it is over") }))
	g.begin("pod/uid/other", time.Now())
	_, ok := g.CanAct(exporter)
	require.False(t, ok, "a new life holds nothing")
	require.False(t, g.set("pod/uid/nonce", 4, func([]tenure) { t.Error("it is over") }))
}

// TestReleasedPartitionsEnd: work may finish while its partition is released, and
// is cut off when it is.
func TestReleasedPartitionsEnd(t *testing.T) {
	g := holder()
	work, cancel := g.Bind(t.Context(), exporter)
	defer cancel()
	phase := func(to phase) {
		g.set("pod/uid/nonce", 4, func(tenures []tenure) {
			for p := range tenures {
				tenures[p].phase = to
			}
		})
	}
	phase(phaseReleasing)
	_, ok := g.CanAct(exporter)
	require.True(t, ok)
	require.NoError(t, work.Err())
	phase(phaseReleased)
	_, ok = g.CanAct(exporter)
	require.False(t, ok)
	require.Error(t, work.Err())
	require.False(t, g.Serves(exporter), "it is shown by nobody until it is granted")
}

// TestGuardAlive: only a member stands for election, and its candidacy ends with it.
func TestGuardAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGuard(clock.RealClock{}, DefaultTiming())
		ctx, cancel := context.WithCancel(t.Context())
		lives := make(chan context.Context)
		go func() {
			defer close(lives)
			for {
				life, end, err := g.alive(ctx)
				if err != nil {
					return
				}
				lives <- life
				<-life.Done()
				end()
			}
		}()
		synctest.Wait()
		require.Empty(t, lives, "no member, no candidate")

		g.begin("a/u/1", time.Now())
		first := <-lives
		g.renewedAt(time.Now())
		require.NoError(t, first.Err(), "a renewal is no end")
		g.end()
		synctest.Wait()
		require.Error(t, first.Err())

		g.begin("a/u/2", time.Now())
		second := <-lives
		cancel()
		_, open := <-lives
		require.False(t, open)
		require.Error(t, second.Err())
	})
}
