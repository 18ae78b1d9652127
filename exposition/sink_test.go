package exposition

import (
	"testing"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

func TestStoreIsASink(t *testing.T) {
	var sink executor.Sink = newStore(Options{})
	require.Equal(t, string(v1.OutputPrometheus), sink.Name())
	require.False(t, sink.TakesPast())
	for reason, told := range map[string]executor.DeliveryError{
		v1.ReasonDuplicateSeries: &ConflictError{},
		v1.ReasonTooManySeries:   &LimitError{},
	} {
		require.Equal(t, reason, told.ConditionReason())
		require.True(t, told.Permanent(), "delivering again changes nothing")
		require.True(t, told.Partial(), "the rest is shown")
	}
}
