package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
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

func (d *dataset) fragments(id string, columns []query.Column, rows source) (sent int64, err error) {
	open := `,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":` + id + `,"Rows":[`
	buf, pending := append(d.buf[:0], open...), 0
	flush := func() error {
		if pending == 0 {
			return nil
		}
		frame := append(buf, "]}\n"...)
		buf, pending = append(frame[:0], open...), 0
		return d.out.frame(frame)
	}
	err = rows(func(row engine.Row) error {
		if sent >= d.maxRows {
			return tooLarge(d.maxRows, "records")
		}
		start := len(buf)
		if pending > 0 {
			buf = append(buf, ',')
		}
		buf = d.appendRow(buf, columns, row)
		if d.size += int64(len(buf) - start); d.size > d.maxBytes {
			buf = buf[:start]
			return tooLarge(d.maxBytes, "bytes")
		}
		sent++
		d.out.rows++
		if pending++; pending < d.fragmentRows {
			return nil
		}
		return flush()
	})
	if errors.Is(err, errEnded) {
		return sent, err
	}
	if flushed := flush(); flushed != nil {
		return sent, flushed
	}
	d.buf = buf
	return sent, err
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
	text := `,"OneApiErrors":[`
	for i, e := range d.errors {
		if i > 0 {
			text += ","
		}
		text += string(e.json())
		d.out.failure = e.Detail
	}
	return text + "]"
}

// end sends the completion information with the warnings, and the last frame.
func (d *dataset) end(now time.Time, x *exchange, warnings []engine.Deviation) error {
	rows := d.completionRow(now, x, "Info", 4, `{"Count":1,"Text":"Query completed successfully"}`)
	for _, w := range warnings {
		payload, err := json.Marshal(map[string]any{"Count": 1, "Text": w.Message + " (" + w.Code + "); " + w.Fix})
		if err == nil {
			rows += "," + d.completionRow(now, x, "Warning", 3, string(payload))
		}
	}
	id := strconv.Itoa(d.tables + 1)
	if err := d.frame(`{"FrameType":"DataTable","TableId":`, id, `,"TableKind":"QueryCompletionInformation","TableName":"QueryCompletionInformation","Columns":`,
		completionColumns, `,"Rows":[`, rows, "]}"); err != nil {
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
