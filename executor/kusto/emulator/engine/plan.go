package engine

import (
	"context"
	"errors"

	"github.com/adx-mon/adxexporter/executor/query"
)

// plan is a compiled tabular expression: it pushes its rows to emit.
type plan struct {
	columns []query.Column
	run     func(x *exec, emit emitFunc) error
	// narrow tells the tables below that rows outside [from, to] ticks of the
	// column will be dropped; nil where that cannot be passed on. Only tables
	// that generate rows profit.
	narrow func(column string, from, to int64)
}

type emitFunc func(Row) error

// errEnough is returned by an emit that wants no more rows.
var errEnough = errors.New("enough rows")

// exec is one run of a plan.
type exec struct {
	ctx     context.Context //nolint:containedctx // It lives as long as the call it bounds.
	rows    int64
	maxRows int64
}

// step counts one row produced by a table or multiplied by an operator.
func (x *exec) step() error {
	x.rows++
	if x.rows > x.maxRows {
		return limitError("Query execution has exceeded the allowed limits (80DA0001): the query produces more than %d intermediate rows (E_RUNAWAY_QUERY)", x.maxRows)
	}
	if x.rows&0x3ff == 0 {
		return x.ctx.Err()
	}
	return nil
}

// collect runs p and returns its rows.
func (x *exec) collect(p *plan) ([]Row, error) {
	var rows []Row
	err := p.run(x, func(row Row) error {
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

func emitAll(rows []Row, emit emitFunc) error {
	for _, row := range rows {
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// fixed is a plan over rows that are there already.
func fixed(columns []query.Column, rows []Row) *plan {
	return &plan{columns: columns, run: func(x *exec, emit emitFunc) error {
		for _, row := range rows {
			if err := x.step(); err != nil {
				return err
			}
			if err := emit(row); err != nil {
				return err
			}
		}
		return nil
	}}
}

// mapped is a plan that makes one row of each row of in.
func mapped(in *plan, columns []query.Column, f func(Row) Row) *plan {
	return &plan{columns: columns, run: func(x *exec, emit emitFunc) error {
		return in.run(x, func(row Row) error { return emit(f(row)) })
	}}
}

// whole is a plan that needs all rows of in before it has any.
func whole(in *plan, columns []query.Column, f func(x *exec, rows []Row) ([]Row, error)) *plan {
	return &plan{columns: columns, run: func(x *exec, emit emitFunc) error {
		rows, err := x.collect(in)
		if err != nil {
			return err
		}
		if rows, err = f(x, rows); err != nil {
			return err
		}
		return emitAll(rows, emit)
	}}
}

func columnIndex(columns []query.Column, name string) int {
	for i, c := range columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}
