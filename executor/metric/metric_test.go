package metric_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

var simple = v1.TransformConfig{
	DefaultMetricName: "m", ValueColumn: "v", TimestampColumn: "t", LabelColumns: []string{"l"},
}

var simpleColumns = []query.Column{
	{Name: "t", Type: query.DateTime}, {Name: "v", Type: query.Real}, {Name: "l", Type: query.String},
}

func simpleRow(at time.Time, value float64, label string) []query.Cell {
	return []query.Cell{{Int: query.Ticks(at)}, {Real: value}, {Text: []byte(label)}}
}

func TestCompileErrorsAreTyped(t *testing.T) {
	missing := simple
	missing.ValueColumn = "nope"
	_, err := metric.Compile(missing, simpleColumns, metric.Options{})
	var column *metric.ColumnError
	require.ErrorAs(t, err, &column)
	require.Equal(t, &metric.ColumnError{
		Column: "nope", Role: metric.RoleValue, Available: []string{"t", "v", "l"},
	}, column)

	wrong := simple
	wrong.TimestampColumn = "l"
	_, err = metric.Compile(wrong, simpleColumns, metric.Options{})
	var config *metric.ConfigError
	require.ErrorAs(t, err, &config)
	require.Equal(t, metric.RoleTimestamp, config.Role)
	require.Contains(t, config.Reason, "todatetime()")
}

func TestCompilerKeepsThePlanOfOneSchema(t *testing.T) {
	compiler := metric.NewCompiler(simple, metric.Options{})
	first, err := compiler.Plan(simpleColumns)
	require.NoError(t, err)
	again, err := compiler.Plan(append([]query.Column(nil), simpleColumns...))
	require.NoError(t, err)
	require.Same(t, first, again, "equal columns need no new plan")

	wider := append([]query.Column{{Name: "new", Type: query.Int}}, simpleColumns...)
	other, err := compiler.Plan(wider)
	require.NoError(t, err)
	require.NotSame(t, first, other)
	require.True(t, other.Matches(wider))
	require.False(t, other.Matches(simpleColumns))

	_, err = compiler.Plan(simpleColumns[1:])
	var column *metric.ColumnError
	require.ErrorAs(t, err, &column)
}

func TestTransformerWithoutAnAnswer(t *testing.T) {
	compiler := metric.NewCompiler(simple, metric.Options{})
	var transformer metric.Transformer
	transformer.Reset(compiler, windowEnd)
	require.Empty(t, transformer.Finish().Points)

	require.NoError(t, transformer.Columns(simpleColumns))
	require.NoError(t, transformer.Row(simpleRow(windowEnd, 1, "a")))
	require.Len(t, transformer.Finish().Points, 1)

	transformer.Reset(compiler, windowEnd)
	require.Empty(t, transformer.Finish().Points, "the answer before is not this window's")
	require.Error(t, transformer.Columns(simpleColumns[:1]))
	require.Empty(t, transformer.Finish().Points)
}

func TestRowOfAnotherAnswerIsAnError(t *testing.T) {
	plan, err := metric.Compile(simple, simpleColumns, metric.Options{})
	require.NoError(t, err)
	builder := plan.NewBuilder(windowEnd)
	require.ErrorContains(t, builder.Row(make([]query.Cell, 2)), "2 cells for 3 columns")
	require.Zero(t, builder.Finish().Rows)
}

// Prometheus takes one NaN for the end of a series. No answer may contain it.
func TestNoStaleMarkerComesThrough(t *testing.T) {
	const staleNaN = 0x7ff0000000000002
	plan, err := metric.Compile(simple, simpleColumns, metric.Options{})
	require.NoError(t, err)
	builder := plan.NewBuilder(windowEnd)
	require.NoError(t, builder.Row(simpleRow(windowEnd, math.Float64frombits(staleNaN), "")))
	require.Equal(t, math.Float64bits(math.NaN()), math.Float64bits(builder.Finish().Points[0].Value))
}

func TestBatchIteration(t *testing.T) {
	plan, err := metric.Compile(simple, simpleColumns, metric.Options{})
	require.NoError(t, err)
	builder := plan.NewBuilder(windowEnd)
	for i, label := range []string{"a", "b", "a", "b", "c"} {
		require.NoError(t, builder.Row(simpleRow(windowEnd.Add(time.Duration(i)*time.Second), float64(i), label)))
	}
	batch := builder.Finish()

	var newest []float64
	for p := range batch.NewestPerSeries() {
		newest = append(newest, p.Value)
	}
	require.Equal(t, []float64{2, 3, 4}, newest)

	var perSeries []int
	for points := range batch.BySeries() {
		perSeries = append(perSeries, len(points))
	}
	require.Equal(t, []int{2, 2, 1}, perSeries)

	for range batch.ByFamily() {
		newest = nil
	}
	require.Nil(t, newest)
	for range batch.NewestPerSeries() {
		newest = append(newest, 0)
		break
	}
	require.Len(t, newest, 1, "a reader may stop early")
}

// A builder serves exporters of all sizes, one after the other.
func TestBuilderIsReusable(t *testing.T) {
	plan, err := metric.Compile(simple, simpleColumns, metric.Options{})
	require.NoError(t, err)
	builder := plan.NewBuilder(windowEnd)
	for _, n := range []int{3, 5000, 2, 5000, 4000, 1, 0} {
		builder.Reset(plan, windowEnd)
		for i := range n {
			label := string(rune('a'+i%26)) + time.Duration(i).String()
			require.NoError(t, builder.Row(simpleRow(windowEnd, float64(i), label)))
		}
		batch := builder.Finish()
		require.Len(t, batch.Points, n)
		require.Equal(t, n, batch.Series)
		require.Zero(t, batch.DroppedTotal())
	}
}

func TestRowsDoNotAllocate(t *testing.T) {
	const n = 1000
	rows := benchRows(n)
	compiler := metric.NewCompiler(benchTransform, metric.Options{})
	var transformer metric.Transformer
	allocs := testing.AllocsPerRun(10, func() { runTransformer(t, &transformer, compiler, rows) })
	require.Less(t, allocs, float64(n)/100)
}

func TestTypeNames(t *testing.T) {
	require.Equal(t, "gauge", metric.Gauge.String())
	require.Equal(t, "counter", metric.Counter.String())
	names := map[string]bool{}
	for _, reason := range metric.DropReasons() {
		require.Regexp(t, `^[a-z_]+$`, reason.String())
		names[reason.String()] = true
	}
	require.Len(t, names, len(metric.DropReasons()), "each reason has a name of its own")
}
