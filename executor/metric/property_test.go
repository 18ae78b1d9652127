package metric_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// Whatever the columns and the cells: no panic, every value accounted for, and a
// batch that outputs can send as it is.
func TestAnyAnswerGivesASoundBatch(t *testing.T) {
	var transformer metric.Transformer // kept, to find what one batch leaves to the next
	rapid.Check(t, func(t *rapid.T) {
		columns := drawColumns(t)
		transform := drawTransform(t, columns)
		opts := metric.Options{
			MaxSeries:     rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "maxSeries"),
			MaxLabelValue: rapid.SampledFrom([]int{0, 0, 8}).Draw(t, "maxLabelValue"),
		}
		transformer.Reset(metric.NewCompiler(transform, opts), windowEnd)
		if err := transformer.Columns(columns); err != nil {
			requireTyped(t, err)
			return
		}
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []query.Cell {
			return drawRow(t, columns)
		}), 0, 40).Draw(t, "rows")
		for _, row := range rows {
			require.NoError(t, transformer.Row(row))
		}
		batch := transformer.Finish()
		values := max(1, len(transform.ValueColumns))
		require.EqualValues(t, len(rows), batch.Rows)
		require.EqualValues(t, len(rows)*values, int64(len(batch.Points))+batch.DroppedTotal())
		if opts.MaxSeries > 0 {
			require.LessOrEqual(t, batch.Series, opts.MaxSeries)
		}
		requireSound(t, batch)
	})
}

func requireTyped(t *rapid.T, err error) {
	var column *metric.ColumnError
	var config *metric.ConfigError
	require.True(t, errors.As(err, &column) || errors.As(err, &config), "%T: %v", err, err)
}

// requireSound checks what batch.go promises.
func requireSound(t *rapid.T, b *metric.Batch) {
	require.True(t, slices.IsSorted(b.LabelNames), "label names are sorted: %q", b.LabelNames)
	require.Len(t, slices.Compact(slices.Clone(b.LabelNames)), len(b.LabelNames), "and differ")
	for _, name := range b.LabelNames {
		require.True(t, model.LegacyValidation.IsValidLabelName(name), "label name %q", name)
		require.False(t, strings.HasPrefix(name, model.ReservedLabelPrefix), "label name %q", name)
	}
	names := map[string]bool{}
	for _, family := range b.Families {
		require.True(t, model.LegacyValidation.IsValidMetricName(family.Name), "metric name %q", family.Name)
		names[family.Name] = true
	}
	require.Len(t, names, len(b.Families), "no two families have one name")

	seen := map[string]int32{}
	families, series := int32(-1), int32(-1)
	for i, p := range b.Points {
		if p.Series != series {
			series++
			require.Equal(t, series, p.Series, "series are numbered as they come")
			identity := b.Families[p.Family].Name + formatLabels(b, p.Row)
			require.NotContains(t, seen, identity, "a series is in one place")
			seen[identity] = series
		} else {
			require.Less(t, b.Points[i-1].Time, p.Time, "times rise within a series")
			require.Equal(t, b.Points[i-1].Family, p.Family)
		}
		if p.Family != families {
			families++
			require.Equal(t, families, p.Family, "families come in order")
		}
		require.Positive(t, p.Time)
		for name := range b.LabelNames {
			require.True(t, utf8.Valid(b.Label(p.Row, name)))
		}
	}
	require.Len(t, b.Families, int(families)+1, "no family is empty")
	require.Equal(t, int(series)+1, b.Series)
}

// The rows' order decides nothing but the order of the batch: not which series the
// limit keeps, nor their values.
func TestLimitIsIndependentOfRowOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-d]{1,3}`), 2, 30, rapid.ID).Draw(t, "labels")
		limit := rapid.IntRange(1, len(labels)).Draw(t, "limit")
		plan, err := metric.Compile(simple, simpleColumns, metric.Options{MaxSeries: limit})
		require.NoError(t, err)
		kept := func(labels []string) map[string]float64 {
			builder := plan.NewBuilder(windowEnd)
			for _, label := range labels {
				require.NoError(t, builder.Row(simpleRow(windowEnd, float64(len(label)), label)))
			}
			batch := builder.Finish()
			require.Equal(t, limit, batch.Series)
			require.Equal(t, len(labels)-limit, batch.SeriesLeftOut)
			values := map[string]float64{}
			for _, p := range batch.Points {
				values[string(batch.Label(p.Row, 0))] = p.Value
			}
			return values
		}
		require.Equal(t, kept(labels), kept(rapid.Permutation(labels).Draw(t, "shuffled")))
	})
}

// The usual way, a map a row, gives the same samples.
func TestSameSamplesAsMapPerRow(t *testing.T) {
	transform := v1.TransformConfig{
		MetricNameColumn: "name", DefaultMetricName: "unnamed", ValueColumn: "v", TimestampColumn: "t",
		LabelColumns: []string{"b", "A", "n"},
	}
	columns := []query.Column{
		{Name: "t", Type: query.DateTime},
		{Name: "v", Type: query.Real},
		{Name: "name", Type: query.String},
		{Name: "A", Type: query.String},
		{Name: "b", Type: query.String},
		{Name: "n", Type: query.Long},
	}
	text := func(values ...string) *rapid.Generator[query.Cell] {
		return rapid.Custom(func(t *rapid.T) query.Cell {
			return query.Cell{Text: []byte(rapid.SampledFrom(values).Draw(t, "text"))}
		})
	}
	row := rapid.Custom(func(t *rapid.T) []query.Cell {
		at := windowEnd.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "t")) * time.Second)
		return []query.Cell{
			{Int: query.Ticks(at)},
			{Real: rapid.Float64().Draw(t, "v")},
			text("", "up", "down").Draw(t, "name"),
			text("", "x", "xy").Draw(t, "A"),
			text("", "y", "yx").Draw(t, "b"),
			{Int: rapid.Int64Range(0, 2).Draw(t, "n"), Null: rapid.Bool().Draw(t, "null")},
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(row, 0, 40).Draw(t, "rows")
		want, err := peerBatch(transform, peerRows(columns, rows))
		require.NoError(t, err)

		plan, err := metric.Compile(transform, columns, metric.Options{})
		require.NoError(t, err)
		builder := plan.NewBuilder(windowEnd)
		for _, row := range rows {
			require.NoError(t, builder.Row(row))
		}
		require.Equal(t, want, samplesOf(builder.Finish()))
	})
}

func samplesOf(b *metric.Batch) map[string]peerSample {
	samples := map[string]peerSample{}
	for _, p := range b.Points {
		sample := peerSample{
			name: b.Families[p.Family].Name, labels: map[string]string{},
			value: p.Value, time: time.Unix(0, p.Time).UTC(),
		}
		for i, name := range b.LabelNames {
			if value := b.Label(p.Row, i); len(value) > 0 {
				sample.labels[name] = string(value)
			}
		}
		samples[sample.key()] = sample
	}
	return samples
}

// mostly draws from usual, and one time in ten from odd.
func mostly[T any](usual, odd *rapid.Generator[T]) *rapid.Generator[T] {
	return rapid.Custom(func(t *rapid.T) T {
		if rapid.IntRange(1, 10).Draw(t, "odd") == 10 {
			return odd.Draw(t, "odd value")
		}
		return usual.Draw(t, "value")
	})
}

// allTypes has the one that is no value first.
var allTypes = []query.Type{
	query.GUID, query.Bool, query.DateTime, query.Decimal, query.Dynamic,
	query.Int, query.Long, query.Real, query.String, query.TimeSpan,
}

func drawColumns(t *rapid.T) []query.Column {
	columns := []query.Column{{Name: "t", Type: query.DateTime}, {Name: "name", Type: query.String}}
	name := mostly(rapid.StringMatching(`[A-Za-z][A-Za-z_0-9-]{0,5}`), rapid.String())
	more := rapid.SliceOfNDistinct(name, 1, 8, rapid.ID)
	for i, name := range more.Draw(t, "columns") {
		typ := mostly(rapid.SampledFrom(allTypes[1:]), rapid.Just(allTypes[0])).Draw(t, fmt.Sprintf("type %d", i))
		columns = append(columns, query.Column{Name: name, Type: typ})
	}
	return columns
}

func drawTransform(t *rapid.T, columns []query.Column) v1.TransformConfig {
	names := make([]string, len(columns))
	for i, column := range columns {
		names[i] = column.Name
	}
	pick := rapid.SampledFrom(names[2:])
	transform := v1.TransformConfig{
		TimestampColumn:   mostly(rapid.Just("t"), rapid.SampledFrom([]string{"", "gone"})).Draw(t, "timestampColumn"),
		MetricNameColumn:  mostly(rapid.Just("name"), rapid.Just("")).Draw(t, "metricNameColumn"),
		DefaultMetricName: rapid.SampledFrom([]string{"fallback", ""}).Draw(t, "defaultMetricName"),
		MetricNamePrefix:  rapid.SampledFrom([]string{"", "", "team", "5Team-"}).Draw(t, "metricNamePrefix"),
		LabelColumns:      rapid.SliceOfN(rapid.SampledFrom(names), 0, 4).Draw(t, "labelColumns"),
		StaticLabels: rapid.MapOfN(rapid.SampledFrom([]string{"env", "a-b", "__x"}),
			rapid.OneOf(rapid.String(), rapid.SampledFrom(oddTexts), rapid.Just("a\xff")), 0, 2).Draw(t, "staticLabels"),
	}
	if rapid.Bool().Draw(t, "one value") {
		transform.ValueColumn = pick.Draw(t, "valueColumn")
	} else {
		transform.ValueColumns = rapid.SliceOfNDistinct(pick, 1, 3, rapid.ID).Draw(t, "valueColumns")
	}
	return transform
}

// drawRow draws values from few, so that series and times meet again, and from the
// odd ones of each type.
func drawRow(t *rapid.T, columns []query.Column) []query.Cell {
	row := make([]query.Cell, len(columns))
	for i, column := range columns {
		row[i] = drawCell(t, column.Type)
	}
	return row
}

var oddTexts = []string{
	"", " ", "a", "b", "a.b", "a-b", "1", "-1.5e3", "1e999", "NaN", "null", `"2"`, `"\u00`, `"`, "{}", "\uFFFD", "a\u00c3", "ü",
	strings.Repeat("long", 1000), "5xx", "\x00", "測定",
}

func drawCell(t *rapid.T, typ query.Type) query.Cell {
	now := query.Ticks(windowEnd)
	odd := rapid.SampledFrom([]int64{0, 1, -1, 2, now, math.MinInt64, math.MaxInt64})
	var cell query.Cell
	switch typ {
	case query.Real:
		odd := rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)})
		cell.Real = mostly(rapid.Float64(), odd).Draw(t, "real")
	case query.Bool:
		cell.Int = rapid.Int64Range(0, 1).Draw(t, "bool")
	case query.DateTime:
		cell.Int = mostly(rapid.Int64Range(now, now+2), odd).Draw(t, "datetime")
	case query.Int, query.Long, query.TimeSpan:
		cell.Int = mostly(rapid.Int64Range(0, 2), odd).Draw(t, "int")
	case query.String, query.GUID, query.Decimal, query.Dynamic:
		cell.Text = []byte(mostly(rapid.SampledFrom([]string{"1", "a", "b"}), rapid.SampledFrom(oddTexts)).Draw(t, "text"))
	}
	cell.Null = rapid.IntRange(1, 20).Draw(t, "null") == 20
	return cell
}

func FuzzNames(f *testing.F) {
	for _, seed := range append(slices.Clone(oddTexts), "__name__", "_", "a__b", "http.server.duration", "0", "KelvinK") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		usable := strings.ContainsFunc(raw, func(r rune) bool {
			return r < utf8.RuneSelf && model.LegacyValidation.IsValidLabelName("_"+string(r)) && r != '_'
		})
		name, ok := metric.MetricName(raw)
		require.Equal(t, usable, ok)
		if ok {
			requireMadeValid(t, raw, name, model.LegacyValidation.IsValidMetricName, metric.MetricName)
		}
		label, ok := metric.LabelName(raw)
		require.Equal(t, usable, ok)
		if ok {
			require.False(t, strings.HasPrefix(label, "__"))
			valid := func(s string) bool {
				return model.LegacyValidation.IsValidLabelName(s) && !strings.HasPrefix(s, "__")
			}
			requireMadeValid(t, raw, label, valid, metric.LabelName)
		}
	})
}

// requireMadeValid checks that name is valid, that a valid name stays, and so that
// making valid is done in one go.
func requireMadeValid(t *testing.T, raw, name string, valid func(string) bool, convert func(string) (string, bool)) {
	t.Helper()
	require.True(t, valid(name), "%q became %q", raw, name)
	if valid(raw) {
		require.Equal(t, raw, name)
	}
	again, ok := convert(name)
	require.True(t, ok)
	require.Equal(t, name, again)
}
