package metric_test

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// TestStories runs testdata: a transform, the rows of an answer, and the batch.
//
//	transform [prefix=..] [max-series=n] [max-label=n]
//	<the transform as in the exporter's YAML>
//	----
//	rows
//	<name>:<type> | <name>:<type>
//	<cell> | <cell>
//	----
//	<families, points, drops, or the error>
//
// A cell is null, \xNN escaped text, or a value in its type's usual form. In a
// dynamic column null is JSON's, as text.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		var s story
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "transform":
				return s.setTransform(t, d)
			case "rows":
				return s.run(t, d.Input)
			}
			t.Fatalf("unknown command %q", d.Cmd)
			return ""
		})
	})
}

// windowEnd is the time of rows without a timestamp column.
var windowEnd = time.Date(2022, 1, 1, 1, 0, 0, 0, time.UTC)

// story keeps one transformer throughout, so that each batch is also a test of
// what the batches before it left behind.
type story struct {
	transform   v1.TransformConfig
	opts        metric.Options
	transformer metric.Transformer
}

func (s *story) setTransform(t *testing.T, d *datadriven.TestData) string {
	s.transform, s.opts = v1.TransformConfig{}, metric.Options{}
	require.NoError(t, yaml.UnmarshalStrict([]byte(d.Input), &s.transform))
	d.MaybeScanArgs(t, "prefix", &s.opts.Prefix)
	d.MaybeScanArgs(t, "max-series", &s.opts.MaxSeries)
	d.MaybeScanArgs(t, "max-label", &s.opts.MaxLabelValue)
	return ""
}

func (s *story) run(t *testing.T, input string) string {
	columns, rows := parseTable(t, input)
	s.transformer.Reset(metric.NewCompiler(s.transform, s.opts), windowEnd)
	if err := s.transformer.Columns(columns); err != nil {
		return fmt.Sprintf("%T: %v\n", err, err)
	}
	for _, row := range rows {
		require.NoError(t, s.transformer.Row(row))
	}
	return format(s.transformer.Finish())
}

// format prints a batch: families as the exposition declares them, points with
// their time in nanoseconds, then what is missing.
func format(b *metric.Batch) string {
	var out strings.Builder
	for points := range b.ByFamily() {
		family := b.Families[points[0].Family]
		if family.Help != "" {
			fmt.Fprintf(&out, "# HELP %s %s\n", family.Name, family.Help)
		}
		fmt.Fprintf(&out, "# TYPE %s %s\n", family.Name, family.Type)
		if family.Unit != "" {
			fmt.Fprintf(&out, "# UNIT %s %s\n", family.Name, family.Unit)
		}
		for _, p := range points {
			fmt.Fprintf(&out, "%s%s %v @%d\n", family.Name, formatLabels(b, p.Row), p.Value, p.Time)
		}
	}
	for _, reason := range metric.DropReasons() {
		if n := b.Dropped[reason]; n > 0 {
			fmt.Fprintf(&out, "dropped %s %d\n", reason, n)
		}
	}
	if b.SeriesLeftOut > 0 {
		fmt.Fprintf(&out, "series left out %d\n", b.SeriesLeftOut)
	}
	if out.Len() == 0 {
		return "no points\n"
	}
	return out.String()
}

func formatLabels(b *metric.Batch, row int32) string {
	var pairs []string
	for i, name := range b.LabelNames {
		if value := b.Label(row, i); len(value) > 0 {
			pairs = append(pairs, name+"="+strconv.Quote(string(value)))
		}
	}
	if pairs == nil {
		return ""
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func parseTable(t *testing.T, input string) (columns []query.Column, rows [][]query.Cell) {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(input))
	require.True(t, lines.Scan(), "a table needs its columns")
	for _, field := range splitRow(lines.Text()) {
		name, typeName, ok := strings.Cut(field, ":")
		require.True(t, ok, "column %q needs a type", field)
		typ, err := query.ParseType(typeName)
		require.NoError(t, err)
		columns = append(columns, query.Column{Name: name, Type: typ})
	}
	for lines.Scan() {
		fields := splitRow(lines.Text())
		require.Len(t, fields, len(columns), "row %q", lines.Text())
		row := make([]query.Cell, len(columns))
		for i, field := range fields {
			row[i] = parseCell(t, columns[i].Type, field)
		}
		rows = append(rows, row)
	}
	return columns, rows
}

func splitRow(line string) []string {
	fields := strings.Split(line, "|")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	return fields
}

func parseCell(t *testing.T, typ query.Type, text string) query.Cell {
	t.Helper()
	if text == "null" && typ != query.Dynamic {
		return query.Cell{Null: true}
	}
	cell := query.Cell{}
	var err error
	switch typ {
	case query.Bool:
		var yes bool
		if yes, err = strconv.ParseBool(text); yes {
			cell.Int = 1
		}
	case query.Int, query.Long, query.TimeSpan:
		cell.Int, err = strconv.ParseInt(text, 10, 64)
	case query.DateTime:
		cell.Int, err = parseTicks(text)
	case query.Real:
		cell.Real, err = strconv.ParseFloat(text, 64)
	case query.String, query.GUID, query.Decimal:
		var unescaped string
		unescaped, err = strconv.Unquote(`"` + text + `"`)
		cell.Text = []byte(unescaped)
	case query.Dynamic:
		cell.Text = []byte(text)
	}
	require.NoError(t, err, "cell %q of type %s", text, typ)
	return cell
}

// parseTicks reads a time, or bare ticks for what no time can hold.
func parseTicks(text string) (int64, error) {
	if ticks, err := strconv.ParseInt(text, 10, 64); err == nil {
		return ticks, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return query.Ticks(at), err
}
