package offline

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

// maxCell is how many characters of a cell are printed.
const maxCell = 60

// Sample is the first rows of an answer, as text.
type Sample struct {
	Columns []query.Column
	Rows    [][]string
	// Total is how many rows the answer has.
	Total int64

	keep int
}

// sampler keeps the first rows that pass through it.
type sampler struct {
	sample Sample
	next   query.Consumer
}

// Columns begins the sample.
func (s *sampler) Columns(columns []query.Column) error {
	s.sample.Columns = append([]query.Column(nil), columns...)
	return s.next.Columns(columns)
}

// Row adds a row to the sample, if there is room.
func (s *sampler) Row(cells []query.Cell) error {
	s.sample.Total++
	if len(s.sample.Rows) < s.sample.keep {
		row := make([]string, len(cells))
		for i := range cells {
			row[i] = printable(cellText(s.sample.Columns[i].Type, &cells[i]))
		}
		s.sample.Rows = append(s.sample.Rows, row)
	}
	return s.next.Row(cells)
}

// cellText returns a cell as Kusto's tostring() does, and "null" for null.
func cellText(t query.Type, cell *query.Cell) string {
	if cell.Null {
		return "null"
	}
	switch t {
	case query.Bool:
		return engine.Bool(cell.Int != 0).Text()
	case query.Int, query.Long:
		return engine.Long(cell.Int).Text()
	case query.Real:
		return engine.Real(cell.Real).Text()
	case query.DateTime:
		return engine.DateTime(cell.Int).Text()
	case query.TimeSpan:
		return engine.TimeSpan(cell.Int).Text()
	case query.String, query.GUID, query.Decimal, query.Dynamic:
	}
	return string(cell.Text)
}

// printable cuts text to what a table has room for, without what would break its
// lines or drive the terminal.
func printable(text string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
	if len(runes) > maxCell {
		return string(runes[:maxCell-1]) + "…"
	}
	return string(runes)
}

// write prints the sample as a table.
func (s *Sample) write(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range s.Columns {
		_, _ = fmt.Fprintf(table, "\t%s:%s", printable(c.Name), c.Type)
	}
	_, _ = fmt.Fprintln(table)
	for _, row := range s.Rows {
		_, _ = fmt.Fprintln(table, "\t"+strings.Join(row, "\t"))
	}
	_ = table.Flush()
	if rest := s.Total - int64(len(s.Rows)); rest > 0 {
		_, _ = fmt.Fprintf(w, "  and %s\n", count(rest, "more row"))
	}
}

// count returns "1 row" or "2 rows"; noun is one whose plural takes an s, or
// series, which takes none.
func count[N int | int64](n N, noun string) string {
	if n == 1 || noun == "series" {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
