package executor

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// sinkFunc is a Sink that only delivers.
type sinkFunc func() error

func (sinkFunc) Name() string                                     { return "OTLP" }
func (sinkFunc) Endpoint() string                                 { return "" }
func (sinkFunc) TakesPast() bool                                  { return true }
func (sinkFunc) InOrder() bool                                    { return false }
func (sinkFunc) End(types.NamespacedName)                         {}
func (sinkFunc) Forget(types.NamespacedName)                      {}
func (f sinkFunc) Deliver(context.Context, metric.Delivery) error { return f() }

// TestDeliveriesDoNotWaitForEachOther: the first sink gets no further until the
// second has been asked, as a receiver that hangs would.
func TestDeliveriesDoNotWaitForEachOther(t *testing.T) {
	asked := make(chan struct{})
	broken := errors.New("broken")
	results := deliverTo(t.Context(), []Sink{
		sinkFunc(func() error { <-asked; return nil }),
		sinkFunc(func() error { close(asked); return broken }),
	}, metric.Delivery{})
	require.Len(t, results, 2)
	require.NoError(t, results[0].err)
	require.ErrorIs(t, results[1].err, broken, "each has its own result, in order")
}

// TestAStepThatHasEndedDeliversNothing: the right may be there still, when it was a
// new spec that ended the step.
func TestAStepThatHasEndedDeliversNothing(t *testing.T) {
	e := New(Options{Guard: &world{owned: true}})
	key := types.NamespacedName{Namespace: "ns", Name: "a"}
	sinks := []Sink{sinkFunc(func() error { return nil })}
	ctx, cancel := context.WithCancel(t.Context())
	require.True(t, e.mayDeliver(ctx, key, sinks))
	cancel()
	require.False(t, e.mayDeliver(ctx, key, sinks))
}
