package batchtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/metric"
)

func TestNew(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC)
	b := New(t, Options{Help: "Requests.", Unit: "requests", Type: metric.Counter},
		Sample{Name: "requests_total", Labels: map[string]string{"team": "a", "Region": "eu"}, Value: 1, Time: at},
		Sample{Name: "requests_total", Labels: map[string]string{"team": "b"}, Value: 2, Time: at},
	)
	require.Equal(t, []metric.Family{
		{Name: "requests_total", Help: "Requests.", Unit: "requests", Type: metric.Counter},
	}, b.Families)
	require.Equal(t, []string{"Region", "team"}, b.LabelNames)
	require.Zero(t, b.DroppedTotal())
	require.Len(t, b.Points, 2)
	p := b.Points[1]
	require.Equal(t, at.UnixNano(), p.Time)
	require.Equal(t, 2.0, p.Value) //nolint:testifylint // the value is stored, not computed
	require.Equal(t, "b", string(b.Label(p.Row, 1)))
	require.Empty(t, b.Label(p.Row, 0), "a label that a sample has not")
}
