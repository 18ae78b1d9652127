package kusto

import (
	"strings"

	"github.com/adx-mon/adxexporter/executor/query"
)

const primaryResult = "PrimaryResult"

// apply checks a whole frame against the state and moves it on.
func (d *decoder) apply(f *frame) error {
	switch {
	case f.kind == "":
		return malformed("a frame without a type")
	case d.completed:
		return malformed("a frame after the completion frame")
	case !d.header && f.kind != "DataSetHeader":
		return malformed("no header frame")
	}
	switch f.kind {
	case "DataSetHeader":
		return d.applyHeader(f)
	case "DataTable":
		return d.applyDataTable(f)
	case "TableHeader":
		return d.applyTableHeader(f)
	case "TableFragment":
		return d.applyFragment(f)
	case "TableCompletion":
		return d.applyTableCompletion(f)
	case "DataSetCompletion":
		return d.applyCompletion(f)
	}
	return nil // A frame of a later version of the protocol.
}

func (d *decoder) applyHeader(f *frame) error {
	switch {
	case d.header:
		return malformed("two header frames")
	case f.progressive, !strings.HasPrefix(f.version, "v2"):
		return malformed("not the v2 protocol with whole tables")
	}
	d.header = true
	return nil
}

func (d *decoder) applyDataTable(f *frame) error {
	if f.tableKind != primaryResult {
		return d.firstError(f.errors)
	}
	if f.columns == nil || d.open {
		return malformed("a table without columns or inside a table")
	}
	if !f.streamed {
		if err := d.beginPrimary(f.columns); err != nil {
			return err
		}
	}
	if err := d.replay(f.raw); err != nil {
		return err
	}
	return d.firstError(f.errors)
}

func (d *decoder) applyTableHeader(f *frame) error {
	switch {
	case d.open:
		return malformed("a table inside a table")
	case f.tableKind == primaryResult && f.columns == nil:
		return malformed("a table without columns")
	}
	d.open, d.openID, d.openMain = true, f.tableID, f.tableKind == primaryResult
	if !d.openMain {
		return nil
	}
	return d.beginPrimary(f.columns)
}

func (d *decoder) beginPrimary(columns []query.Column) error {
	if d.primary {
		return fail(query.Invalid, "several_results", "The query returns several tables; it must return one.")
	}
	d.primary = true
	d.columns, d.cells = columns, make([]query.Cell, len(columns))
	if err := d.out.Columns(columns); err != nil {
		return &consumerError{err}
	}
	return nil
}

func (d *decoder) applyFragment(f *frame) error {
	switch {
	case !d.open || f.tableID != d.openID:
		return malformed("a fragment of no table")
	case f.fragment != "" && f.fragment != "DataAppend":
		return malformed("a fragment that replaces rows")
	case !d.openMain:
		return nil
	}
	return d.replay(f.raw)
}

func (d *decoder) applyTableCompletion(f *frame) error {
	if !d.open || f.tableID != d.openID {
		return malformed("the completion of no table")
	}
	d.open = false
	if err := d.firstError(f.errors); err != nil {
		return err
	}
	if d.openMain && f.rowCount != d.rows {
		return fail(query.Transient, "row_count", "Kusto's answer does not have the number of rows that it announces.")
	}
	return nil
}

func (d *decoder) applyCompletion(f *frame) error {
	d.completed = true
	if err := d.firstError(f.errors); err != nil {
		return err
	}
	switch {
	case f.hasErrors == nil || f.cancelled == nil:
		return malformed("a completion frame without its verdict")
	case *f.cancelled:
		return fail(query.Transient, "cancelled", "Kusto cancelled the query.")
	case *f.hasErrors:
		return fail(query.Transient, "has_errors", "Kusto reports that the query failed and does not say why.")
	case d.open || !d.primary:
		return malformed("no complete table")
	}
	return nil
}

// firstError classifies the first of the errors in a frame.
func (d *decoder) firstError(found []serverError) error {
	if len(found) == 0 {
		return nil
	}
	return found[0].classify(d.lines)
}
