package emulator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

// The service's limits on an answer, and its default timeout.
const (
	defaultMaxRecords = 500_000
	defaultMaxBytes   = 64 << 20
	defaultTimeout    = 4 * time.Minute
)

// query answers a v2 query.
func (s *Server) query(ctx context.Context, x *exchange) error {
	if strings.HasPrefix(strings.TrimSpace(x.request.Text), ".") {
		// The service answers this with text and a status of success.
		x.out.send(200, "text/plain", []byte("Control commands such as the one in the request do not support api_version=v2"))
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, x.timeout())
	defer cancel()
	results, err := s.run(ctx, x)
	if err != nil {
		return err
	}
	d := &dataset{out: x.out, fragmentRows: s.options.FragmentRows}
	d.maxRows, d.maxBytes = x.limits()
	if err := s.answerFrames(ctx, x, d, results); err != nil || x.fault == nil || x.fault.Kind != Duplicate {
		return err
	}
	if results, err = s.run(ctx, x); err != nil {
		return err
	}
	return s.answerFrames(ctx, x, d, results)
}

// run parses and binds the request's text.
func (s *Server) run(ctx context.Context, x *exchange) ([]*engine.Result, error) {
	clock := s.options.Now()
	now, err := x.now(clock)
	if err != nil {
		return nil, err
	}
	results, err := engine.Run(ctx, s.catalog, x.request.Text, engine.Options{
		Cluster: x.cluster, Database: x.request.Database, Now: now, Clock: clock,
		Parameters: x.request.Properties.Parameters, Strict: s.options.Strict, MaxRows: s.options.MaxRows,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot run the query: %w", err)
	}
	if x.flag("query_results_apply_getschema") {
		for i, r := range results {
			results[i] = r.Schema()
		}
	}
	return results, nil
}

// option returns a request option as text; empty if it is not set.
func (x *exchange) option(names ...string) string {
	for _, name := range names {
		switch v := x.request.Properties.Options[name].(type) {
		case nil:
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		default:
			return fmt.Sprint(v)
		}
	}
	return ""
}

func (x *exchange) flag(name string) bool { return x.option(name) == "true" }

// now returns what now() is: the option query_now or the clock.
func (x *exchange) now(clock time.Time) (time.Time, error) {
	text := x.option("query_now")
	if text == "" {
		return clock, nil
	}
	literal := strings.TrimSuffix(strings.TrimPrefix(text, "datetime("), ")")
	v, err := engine.FromGo(literal, query.DateTime)
	if err != nil {
		return clock, badRequest("BadRequest", "the option query_now is no datetime: "+text)
	}
	return query.Time(v.Int64()), nil
}

// timeout returns the option servertimeout, a timespan.
func (x *exchange) timeout() time.Duration {
	v, err := engine.FromGo(x.option("servertimeout"), query.TimeSpan)
	if err != nil || v.Int64() <= 0 || v.Int64() > int64(time.Hour)/100 {
		return defaultTimeout
	}
	return time.Duration(v.Int64()) * 100
}

// limits returns how many rows and bytes an answer may have.
func (x *exchange) limits() (rows, bytes int64) {
	if x.flag("notruncation") {
		return math.MaxInt64, math.MaxInt64
	}
	limit := func(byDefault int64, names ...string) int64 {
		n, err := strconv.ParseInt(x.option(names...), 10, 64)
		if err != nil {
			return byDefault
		}
		return cmp.Or(n, byDefault)
	}
	return limit(defaultMaxRecords, "truncationmaxrecords", "truncation_max_records"),
		limit(defaultMaxBytes, "truncationmaxsize", "truncation_max_size")
}

// queryV1 answers a v1 query: one table in one document.
func (s *Server) queryV1(ctx context.Context, x *exchange) error {
	results, err := s.run(ctx, x)
	if err != nil {
		return err
	}
	return x.out.sendTable(results[0].Columns, results[0].Each)
}

// sendTable sends a v1 answer of one table.
func (r *response) sendTable(columns []query.Column, rows source) error {
	type column struct{ ColumnName, DataType, ColumnType string }
	described := make([]column, len(columns))
	for i, c := range columns {
		described[i] = column{c.Name, strings.TrimPrefix(engine.ClrType(c.Type), "System."), c.Type.String()}
	}
	header, err := json.Marshal(described)
	if err != nil {
		return fmt.Errorf("cannot describe the columns: %w", err)
	}
	body := append([]byte(`{"Tables":[{"TableName":"Table_0","Columns":`), header...)
	body = append(body, `,"Rows":[`...)
	d := &dataset{out: r}
	err = rows(func(row engine.Row) error {
		if r.rows > 0 {
			body = append(body, ',')
		}
		r.rows++
		body = d.appendRow(body, columns, row)
		return nil
	})
	if err != nil {
		return err
	}
	r.send(200, "application/json; charset=utf-8", append(body, "]}]}"...))
	return nil
}
