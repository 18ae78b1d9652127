package kusto

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/query"
)

func mustAcquire(t *testing.T, l *limiter) permit {
	t.Helper()
	p, err := l.acquire(t.Context())
	require.NoError(t, err)
	return p
}

func TestLimiterHalvesOnceForOneBurst(t *testing.T) {
	l := newLimiter(8)
	var burst []permit
	for range 8 {
		burst = append(burst, mustAcquire(t, l))
	}
	for _, p := range burst {
		l.throttle(p, 0)
	}
	require.Equal(t, 4, l.state().Limit, "eight refusals of one burst are one signal")
	for _, want := range []int{2, 1, 1} {
		l.throttle(mustAcquire(t, l), 0)
		require.Equal(t, want, l.state().Limit)
	}
}

func TestLimiterGrowsByOne(t *testing.T) {
	l := newLimiter(3)
	l.throttle(mustAcquire(t, l), 0)
	require.Equal(t, 1, l.state().Limit)
	answers := func(n int) int {
		for range n {
			mustAcquire(t, l)
			l.answer()
		}
		return l.state().Limit
	}
	require.Equal(t, 1, answers(growEvery-1))
	mustAcquire(t, l)
	l.release()
	require.Equal(t, 2, answers(1), "a failure for another reason neither helps nor harms")
	require.Equal(t, 3, answers(growEvery))
	require.Equal(t, 3, answers(5*growEvery), "never above the ceiling")
	l.throttle(mustAcquire(t, l), 0)
	require.Equal(t, 1, answers(growEvery-1), "a refusal starts the count again")
}

func TestLimiterIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		mustAcquire(t, l)
		var order []int
		var wait sync.WaitGroup
		for i := range 5 {
			wait.Go(func() {
				if i == 2 { // this one gives up in the queue
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					_, err := l.acquire(ctx)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					return
				}
				mustAcquire(t, l)
				order = append(order, i)
				time.Sleep(time.Second)
				l.answer()
			})
			synctest.Wait()
		}
		require.Equal(t, State{Limit: 1, InFlight: 1, Waiting: 5}, l.state())
		time.Sleep(2 * time.Minute)
		require.Equal(t, State{Limit: 1, InFlight: 1, Waiting: 4}, l.state())
		began := time.Now()
		l.release()
		wait.Wait()
		require.Equal(t, []int{0, 1, 3, 4}, order)
		require.Equal(t, State{Limit: 1}, l.state())
		require.Equal(t, 4*time.Second, time.Since(began), "one at a time")
	})
}

func TestRetryAfterClosesTheEndpointForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		began := time.Now()
		first, second := mustAcquire(t, l), mustAcquire(t, l)
		l.throttle(first, 30*time.Second)
		l.throttle(second, 10*time.Second) // does not shorten the first
		require.Equal(t, began.Add(30*time.Second), l.state().NotBefore)
		var wait sync.WaitGroup
		for i := range 4 {
			wait.Go(func() {
				mustAcquire(t, l)
				require.Equal(t, 30*time.Second+time.Duration(i/2)*time.Second, time.Since(began))
				time.Sleep(time.Second)
				l.answer()
			})
			synctest.Wait()
		}
		wait.Wait()

		l.throttle(mustAcquire(t, l), time.Minute) // the timer is used again
		reopened := time.Now().Add(time.Minute)
		mustAcquire(t, l)
		require.Equal(t, reopened, time.Now())
		l.release()
		l.close()
	})
}

func TestPlaceThatComesTooLateIsGivenOn(t *testing.T) {
	// Without the race there is nothing to see, so it is set up by hand.
	l := newLimiter(1)
	place := make(chan permit, 1)
	element := l.waiters.PushBack(place)
	l.admit(time.Now())
	require.Equal(t, 1, l.inFlight)
	l.abandon(element, place)
	require.Equal(t, State{Limit: 1}, l.state())
}

func TestWaitingForAPlaceIsNoAttempt(t *testing.T) {
	release := make(chan struct{})
	server := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, goodAnswer)
	})
	p := poolFor(t, server.URL, Options{MaxConcurrent: 1})
	done := make(chan error, 1)
	go func() { // ends when release is closed; the test waits for done
		_, _, err := ask(t.Context(), p, "T")
		done <- err
	}()
	require.Eventually(t, func() bool { return p.States()[0].InFlight == 1 }, time.Minute, time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, _, err := ask(ctx, p, "T")
	e := queryError(t, query.Throttled, err)
	require.Equal(t, "no_place", e.Code)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	close(release)
	require.NoError(t, <-done)
}

func TestThrottlingIsSharedByAllQueriesOfAnEndpoint(t *testing.T) {
	throttled := true
	p := startPool(t, func(w http.ResponseWriter, _ *http.Request) {
		if throttled {
			throttled = false
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, goodAnswer)
	})
	_, _, err := ask(t.Context(), p, "T")
	require.Equal(t, time.Second, queryError(t, query.Throttled, err).RetryAfter)
	state := p.States()[0]
	require.Equal(t, DefaultMaxConcurrent/2, state.Limit)
	_, _, err = ask(t.Context(), p, "T")
	require.NoError(t, err)
	require.False(t, time.Now().Before(state.NotBefore), "nothing is sent before the time that Kusto asked for")
}
