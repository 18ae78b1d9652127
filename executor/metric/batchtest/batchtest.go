// Package batchtest makes batches for the tests of outputs. It goes through the
// transform like every batch, so the tests see what the executor delivers. Only
// tests import it.
package batchtest

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// Sample is one point of a batch. Labels with an empty value are left out.
type Sample struct {
	Name   string
	Labels map[string]string
	Value  float64
	Time   time.Time
}

// Options are what the families of a batch have in common. The zero value gives
// gauges without help and unit.
type Options struct {
	Help, Unit string
	Type       metric.Type
	// MaxSeries is the exporter's limit; zero for none.
	MaxSeries int
}

// No label can be called like the columns that are not labels.
const (
	nameColumn  = "metric name"
	valueColumn = "metric value"
	timeColumn  = "metric time"
)

// New returns the batch of an answer that has a row for each sample.
func New(t testing.TB, opts Options, samples ...Sample) *metric.Batch {
	t.Helper()
	labels := labelNames(samples)
	columns := []query.Column{
		{Name: nameColumn, Type: query.String}, {Name: valueColumn, Type: query.Real}, {Name: timeColumn, Type: query.DateTime},
	}
	for _, label := range labels {
		columns = append(columns, query.Column{Name: label, Type: query.String})
	}
	plan, err := metric.Compile(v1.TransformConfig{
		MetricNameColumn: nameColumn, ValueColumn: valueColumn, TimestampColumn: timeColumn, LabelColumns: labels,
		Help: opts.Help, Unit: opts.Unit, Type: v1.MetricType(opts.Type.String()),
	}, columns, metric.Options{MaxSeries: opts.MaxSeries, MaxLabelValue: 1 << 20})
	require.NoError(t, err)

	builder := plan.NewBuilder(time.Time{})
	cells := make([]query.Cell, len(columns))
	for _, s := range samples {
		cells[0].Text, cells[1].Real, cells[2].Int = []byte(s.Name), s.Value, query.Ticks(s.Time)
		for i, label := range labels {
			cells[3+i].Text = []byte(s.Labels[label])
		}
		require.NoError(t, builder.Row(cells))
	}
	return builder.Finish()
}

// labelNames returns the names that any sample has.
func labelNames(samples []Sample) []string {
	names := make(map[string]struct{})
	for _, s := range samples {
		for name := range s.Labels {
			names[name] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
