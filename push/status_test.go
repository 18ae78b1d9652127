package push

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStatus: what is told of an endpoint follows its deliveries.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan error)
		sink := NewSink("OTLP", "collector:4317", &endpoint{
			send:  func(context.Context) error { return <-release },
			check: Fail(Unusable, "The receiver asks for a password.", nil),
		}, Options{MaxFailures: 2}, NewMetrics(nil))
		require.Error(t, sink.Check(t.Context()))
		status := sink.Status(time.Now())
		require.Equal(t, Status{Output: "OTLP", Endpoint: "collector:4317", Breaker: "closed", LastError: "The receiver asks for a password."}, status)

		deliver := func(answer error) {
			done := make(chan error, 1)
			go func() { done <- sink.Deliver(t.Context(), threePoints(t)) }() // received below
			synctest.Wait()
			require.Equal(t, int64(1), sink.Status(time.Now()).InFlight)
			require.Equal(t, int64(3*(64+64)), sink.Status(time.Now()).InFlightBytes)
			time.Sleep(time.Second)
			release <- answer
			require.ErrorIs(t, <-done, answer)
		}
		deliver(nil)
		taken := time.Now()
		require.Equal(t, Status{Output: "OTLP", Endpoint: "collector:4317", Breaker: "closed", Delivered: 1, LastSuccess: taken}, sink.Status(taken))
		deliver(down)
		deliver(down)
		now := time.Now()
		require.Equal(t, Status{
			Output: "OTLP", Endpoint: "collector:4317", Breaker: "open", Until: now.Add(15*time.Second + 1),
			Delivered: 1, Failed: 2, LastSuccess: taken, LastError: "The receiver is down.", LastFailure: now,
		}, sink.Status(now))
		time.Sleep(15*time.Second + 1)
		require.Equal(t, "half-open", sink.Status(time.Now()).Breaker)
	})
}
