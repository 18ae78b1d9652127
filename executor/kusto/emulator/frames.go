package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

// errEnded says that a fault has ended the answer, or that a limit has ended a
// table; the rest is not run.
var errEnded = errors.New("the answer has ended")

// dataset writes the frames of a v2 answer. One frame is one line, its
// properties in the order in which the SDK insists on them.
type dataset struct {
	out          *response
	fragmentRows int
	maxRows      int64
	maxBytes     int64
	buf          []byte
	tables       int
	size         int64
	errors       []*restError
}

const (
	dataSetHeader   = `[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":true,"ErrorReportingPlacement":"EndOfTable"}` + "\n"
	queryProperties = `{"FrameType":"DataTable","TableId":0,"TableKind":"QueryProperties","TableName":"@ExtendedProperties","Columns":[` +
		`{"ColumnName":"TableId","ColumnType":"int"},{"ColumnName":"Key","ColumnType":"string"},{"ColumnName":"Value","ColumnType":"dynamic"}],` +
		`"Rows":[[1,"Visualization","{\"Visualization\":null}"]]}`
	completionColumns = `[{"ColumnName":"Timestamp","ColumnType":"datetime"},{"ColumnName":"ClientRequestId","ColumnType":"string"},` +
		`{"ColumnName":"ActivityId","ColumnType":"guid"},{"ColumnName":"SubActivityId","ColumnType":"guid"},{"ColumnName":"ParentActivityId","ColumnType":"guid"},` +
		`{"ColumnName":"Level","ColumnType":"int"},{"ColumnName":"LevelName","ColumnType":"string"},{"ColumnName":"StatusCode","ColumnType":"int"},` +
		`{"ColumnName":"StatusCodeName","ColumnType":"string"},{"ColumnName":"EventType","ColumnType":"int"},{"ColumnName":"EventTypeName","ColumnType":"string"},` +
		`{"ColumnName":"Payload","ColumnType":"string"}]`
)

func (d *dataset) begin() error {
	d.out.start(200, "application/json; charset=utf-8")
	if err := d.out.frame([]byte(dataSetHeader)); err != nil {
		return err
	}
	return d.frame(queryProperties)
}

// frame sends a frame after the first one.
func (d *dataset) frame(parts ...string) error {
	d.buf = append(d.buf[:0], ',')
	for _, part := range parts {
		d.buf = append(d.buf, part...)
	}
	d.buf = append(d.buf, '\n')
	return d.out.frame(d.buf)
}

// source is rows to send: a result's Each.
type source func(f func(engine.Row) error) error

// table sends a primary result in fragments and its completion. What fails
// after rows were sent is reported in the completion.
func (d *dataset) table(columns []query.Column, rows source) error {
	d.tables++
	id := strconv.Itoa(d.tables)
	if err := d.frame(`{"FrameType":"TableHeader","TableId":`, id, `,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":`, columnsJSON(columns), "}"); err != nil {
		return err
	}
	sent, err := d.fragments(id, columns, rows)
	if errors.Is(err, errEnded) {
		return err
	}
	if err != nil {
		d.errors = append(d.errors, asREST(err))
	}
	if f := d.out.fault; f != nil && f.Kind == RowCount {
		sent++
	}
	return d.frame(`{"FrameType":"TableCompletion","TableId":`, id, `,"RowCount":`, strconv.FormatInt(sent, 10), d.oneAPIErrors(), "}")
}

func columnsJSON(columns []query.Column) string {
	type column struct{ ColumnName, ColumnType string }
	described := make([]column, len(columns))
	for i, c := range columns {
		described[i] = column{c.Name, c.Type.String()}
	}
	text, err := json.Marshal(described)
	if err != nil {
		return "[]"
	}
	return string(text)
}

// fragments sends rows in frames and returns how many were sent, and what ended
// them early.
func (d *dataset) fragments(id string, columns []query.Column, rows source) (int64, error) {
	f := &fragment{dataset: d, columns: columns, open: `,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":` + id + `,"Rows":[`}
	err := rows(f.add)
	if errors.Is(err, errEnded) {
		return f.sent, err
	}
	if flushed := f.flush(); flushed != nil {
		return f.sent, flushed
	}
	return f.sent, err
}

// fragment is the frame of rows being filled, in the dataset's buffer.
type fragment struct {
	*dataset
	columns []query.Column
	open    string
	pending int
	sent    int64
}

func (f *fragment) add(row engine.Row) error {
	if f.sent >= f.maxRows {
		return tooLarge(f.maxRows, "records")
	}
	if f.pending == 0 {
		f.buf = append(f.buf[:0], f.open...)
	} else {
		f.buf = append(f.buf, ',')
	}
	start := len(f.buf)
	f.buf = f.appendRow(f.buf, f.columns, row)
	if f.size += int64(len(f.buf) - start); f.size > f.maxBytes {
		f.buf = f.buf[:max(start-1, len(f.open))]
		return tooLarge(f.maxBytes, "bytes")
	}
	f.sent++
	f.out.rows++
	if f.pending++; f.pending < f.fragmentRows {
		return nil
	}
	return f.flush()
}

func (f *fragment) flush() error {
	if f.pending == 0 {
		return nil
	}
	f.pending = 0
	f.buf = append(f.buf, "]}\n"...)
	return f.out.frame(f.buf)
}

func (d *dataset) appendRow(dst []byte, columns []query.Column, row engine.Row) []byte {
	dst = append(dst, '[')
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = engine.AppendCell(dst, v, columns[i].Type)
	}
	if f := d.out.fault; f != nil && f.Kind == ExtraCell {
		dst = append(dst, ",0"...)
	}
	return append(dst, ']')
}

// oneAPIErrors returns the property with the errors so far, or nothing.
func (d *dataset) oneAPIErrors() string {
	f := d.out.fault
	if f != nil && f.Kind == OneAPI && len(d.errors) == 0 {
		d.errors = append(d.errors, f.oneAPIError())
	}
	if len(d.errors) == 0 {
		if f != nil && f.Kind == EmptyErrors {
			return `,"OneApiErrors":[]`
		}
		return ""
	}
	texts := make([]string, len(d.errors))
	for i, e := range d.errors {
		texts[i] = string(e.json())
		d.out.failure = e.Detail
	}
	return `,"OneApiErrors":[` + strings.Join(texts, ",") + "]"
}

// end sends the completion information with the warnings, and the last frame.
func (d *dataset) end(now time.Time, x *exchange, warnings []engine.Deviation) error {
	rows := []string{d.completionRow(now, x, "Info", 4, `{"Count":1,"Text":"Query completed successfully"}`)}
	for _, w := range warnings {
		payload, err := json.Marshal(map[string]any{"Count": 1, "Text": w.Message + " (" + w.Code + "); " + w.Fix})
		if err == nil {
			rows = append(rows, d.completionRow(now, x, "Warning", 3, string(payload)))
		}
	}
	id := strconv.Itoa(d.tables + 1)
	if err := d.frame(`{"FrameType":"DataTable","TableId":`, id, `,"TableKind":"QueryCompletionInformation","TableName":"QueryCompletionInformation","Columns":`,
		completionColumns, `,"Rows":[`, strings.Join(rows, ","), "]}"); err != nil {
		return err
	}
	f := d.out.fault
	failed := len(d.errors) > 0 || f != nil && f.Kind == HasErrors
	cancelled := f != nil && f.Kind == Cancelled
	last := []byte(`,{"FrameType":"DataSetCompletion","HasErrors":` + strconv.FormatBool(failed) + `,"Cancelled":` + strconv.FormatBool(cancelled) + d.oneAPIErrors() + "}\n]")
	return d.out.frame(last)
}

func (d *dataset) completionRow(now time.Time, x *exchange, level string, n int, payload string) string {
	row := engine.Row{engine.Time(now), engine.String(x.entry.ClientRequestID)}
	for range 3 {
		row = append(row, engine.String(d.out.activity))
	}
	row = append(row, engine.Long(int64(n)), engine.String(level), engine.Long(0), engine.String("S_OK (0)"), engine.Long(4), engine.String("QueryInfo"), engine.String(payload))
	text := []byte{'['}
	for i, v := range row {
		if i > 0 {
			text = append(text, ',')
		}
		text = v.AppendJSON(text)
	}
	return string(append(text, ']'))
}

// answerFrames sends a whole v2 answer.
func (s *Server) answerFrames(ctx context.Context, x *exchange, d *dataset, results []*engine.Result) error {
	if err := d.begin(); err != nil {
		return err
	}
	var warnings []engine.Deviation
	for _, r := range results {
		warnings = r.Warnings
		if err := d.table(r.Columns, r.Each); err != nil {
			return err
		}
	}
	if ctx.Err() != nil && x.http.Context().Err() != nil {
		return ctx.Err()
	}
	return d.end(s.options.Now(), x, warnings)
}
