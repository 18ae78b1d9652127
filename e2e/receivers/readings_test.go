package receivers_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

// The exporter of these tests: a window has the readings of two instants, of each
// sensor, and each reading follows from its instant.
const (
	window = 10 * time.Second
	step   = 5 * time.Second

	readingsExporter = `
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata:
  name: readings
  namespace: e2e
spec:
  database: Plant
  interval: 10s
  body: |
    Readings
    | where Timestamp between (_startTime .. _endTime)
  transform:
    defaultMetricName: reading
    valueColumn: Value
    timestampColumn: Timestamp
    labelColumns: ["Sensor", "site"]
`
)

var sensors = []string{"furnace", "kiln", "stack"}

// reading is what a sensor shows at an instant. A third has no short decimal
// form: it arrives whole or not at all.
func reading(sensor int, at time.Time) float64 { return float64(at.Unix()%86400) + float64(sensor+1)/3 }

// readings is the table of all sensors, for all times.
func readings() *engine.Table {
	return &engine.Table{
		Name: "Readings",
		Columns: []query.Column{
			{Name: "Timestamp", Type: query.DateTime},
			{Name: "Sensor", Type: query.String},
			{Name: "site", Type: query.String},
			{Name: "Value", Type: query.Real},
		},
		Live: &engine.Live{TimeColumn: "Timestamp", Rows: func(from, to time.Time, emit func(values ...any) error) error {
			for at := from.Truncate(step); !at.After(to); at = at.Add(step) {
				for i, sensor := range sensors {
					if err := emit(at, sensor, "north", reading(i, at)); err != nil {
						return err
					}
				}
			}
			return nil
		}},
	}
}

// samples are values by series and by Unix milliseconds.
type samples map[string]map[int64]float64

// add notes a sample. One that comes twice shows as a value that is wrong.
func (s samples) add(series string, ms int64, value float64) {
	if s[series] == nil {
		s[series] = map[int64]float64{}
	}
	if _, twice := s[series][ms]; twice {
		value = -1
	}
	s[series][ms] = value
}

// span returns the first and the last instant of any series.
func (s samples) span() (first, last time.Time) {
	var instants []int64
	for _, values := range s {
		instants = slices.AppendSeq(instants, maps.Keys(values))
	}
	if len(instants) == 0 {
		return
	}
	return time.UnixMilli(slices.Min(instants)), time.UnixMilli(slices.Max(instants))
}

// windows is how many windows lie between the first and the last sample.
func (s samples) windows() int {
	first, last := s.span()
	return int((last.Sub(first) + step) / window)
}

// requireWindows demands whole windows one after the other, at least n of them:
// each reading with its value and time, of series with the given labels besides
// their own, and nothing else.
func requireWindows(t *testing.T, got samples, n int) {
	t.Helper()
	requireWindowsWithin(t, 0, got, n, nil)
}

// requireWindowsWithin is requireWindows for a receiver that rounds.
func requireWindowsWithin(t *testing.T, margin float64, got samples, n int, labels model.LabelSet) {
	t.Helper()
	first, last := got.span()
	require.Equal(t, first, first.Truncate(window), "the first window is whole")
	require.Equal(t, last.Add(step), last.Add(step).Truncate(window), "the last window is whole")
	require.GreaterOrEqual(t, got.windows(), n)
	want := samples{}
	for i, sensor := range sensors {
		series := model.Metric(labels.Merge(model.LabelSet{"__name__": "reading", "Sensor": model.LabelValue(sensor), "site": "north"})).String()
		for at := first; !at.After(last); at = at.Add(step) {
			want.add(series, at.UnixMilli(), reading(i, at))
		}
	}
	require.Empty(t, cmp.Diff(want, got, cmpopts.EquateApprox(0, margin)))
}
