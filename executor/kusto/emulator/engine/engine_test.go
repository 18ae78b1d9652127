package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/query"
)

var testNow = time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)

// testCatalog has a cluster of its own and three remote ones.
func testCatalog(t testing.TB) *Catalog {
	t.Helper()
	c := NewCatalog()
	db := c.Database("", "db")
	requests := db.Create("Requests",
		query.Column{Name: "Timestamp", Type: query.DateTime}, query.Column{Name: "Service", Type: query.String},
		query.Column{Name: "Ms", Type: query.Real}, query.Column{Name: "Code", Type: query.Int}, query.Column{Name: "Body", Type: query.Dynamic})
	minute := func(m int) time.Time { return testNow.Add(time.Duration(m) * time.Minute) }
	require.NoError(t, requests.Append(
		[]any{minute(-4), "api", 10.0, 200, map[string]any{"lvl": "info", "n": 1}},
		[]any{minute(-3), "api", 30.0, 500, map[string]any{"lvl": "error", "n": 2}},
		[]any{minute(-3), "web", 20.0, 200, nil},
		[]any{minute(-1), "web", nil, 404, map[string]any{"lvl": "warn", "tags": []any{"a", "b"}}},
	))
	owners := db.Create("Owners", query.Column{Name: "Service", Type: query.String}, query.Column{Name: "Team", Type: query.String})
	require.NoError(t, owners.Append([]any{"api", "blue"}, []any{"db", "red"}))
	require.NoError(t, db.Define("ByService", `(s: string) { Requests | where Service == s | project Service, Ms }`))
	require.NoError(t, db.Define("Twice", `(x: real) { x * 2 }`))
	for _, cluster := range []string{"eastus", "westus"} {
		remote := c.Database(cluster, "TelemetryDB").Create("Errors", query.Column{Name: "Cluster", Type: query.String})
		require.NoError(t, remote.Append([]any{cluster}))
	}
	db.Put(&Table{Name: "Live", Columns: []query.Column{{Name: "Timestamp", Type: query.DateTime}, {Name: "N", Type: query.Long}}, Live: everyMinute})
	return c
}

// everyMinute has a row at each whole minute.
var everyMinute = &Live{TimeColumn: "Timestamp", Lookback: 3 * time.Minute, Rows: func(from, to time.Time, emit func(...any) error) error {
	for at := from.Truncate(time.Minute); !at.After(to); at = at.Add(time.Minute) {
		if err := emit(at, int64(at.Minute())); err != nil {
			return err
		}
	}
	return nil
}}

// TestQueries runs the queries of testdata. `go test -rewrite` records answers
// anew; never accept one that you cannot explain.
func TestQueries(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.Contains(path, "fuzz") {
			return
		}
		c := testCatalog(t)
		datadriven.RunTest(t, path, func(_ *testing.T, d *datadriven.TestData) string {
			o := Options{Database: "db", Now: testNow, Strict: d.HasArg("strict"), Parameters: map[string]string{}, MaxRows: 10_000}
			for _, arg := range d.CmdArgs {
				if len(arg.Vals) == 1 {
					o.Parameters[arg.Key] = arg.Vals[0]
				}
			}
			return answer(c, d.Input, o)
		})
	})
}

// answer returns the tables of an answer as a header and rows of TSV.
func answer(c *Catalog, text string, o Options) string {
	results, err := Run(context.Background(), c, text, o)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	var b strings.Builder
	for _, r := range results {
		for i, column := range r.Columns {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(column.Name + ":" + column.Type.String())
		}
		b.WriteByte('\n')
		rows, err := r.Rows()
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		for _, row := range rows {
			b.WriteString(tsv(row) + "\n")
		}
		for _, w := range r.Warnings {
			b.WriteString("warning: " + w.Code + " '" + text[w.Offset:w.End] + "': " + w.Fix + "\n")
		}
	}
	return b.String()
}

func tsv(row Row) string {
	cells := make([]string, len(row))
	for i, v := range row {
		if cells[i] = v.String(); cells[i] == "" {
			cells[i] = `""`
		}
	}
	return strings.Join(cells, "\t")
}
