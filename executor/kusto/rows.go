package kusto

import (
	"bytes"
	"strconv"

	"github.com/adx-mon/adxexporter/executor/query"
)

// rowsValue reads a frame's rows: into the consumer, if it is known that they are
// the primary table's; to nowhere, if they are another's; else into f.raw.
func (d *decoder) rowsValue(f *frame) (err error) {
	switch {
	case f.kind == "TableFragment" && d.open && d.openMain:
		return d.tableRows()
	case f.kind == "DataTable" && f.tableKind == primaryResult && f.columns != nil:
		f.streamed = true
		if err := d.beginPrimary(f.columns); err != nil {
			return err
		}
		return d.tableRows()
	case f.kind == "TableFragment" && d.open, f.kind == "DataTable" && f.tableKind != "":
		// Another table than the primary one: checked and dropped.
		d.text, err = d.raw(d.text[:0], 0)
		return err
	}
	f.raw, err = d.raw(nil, 0)
	return err
}

// replay reads the rows of the primary table that came too early in their frame.
func (d *decoder) replay(raw []byte) error {
	if raw == nil {
		return nil
	}
	stream := d.scanner
	d.scanner = newScanner(bytes.NewReader(raw), 0)
	err := d.tableRows()
	d.scanner = stream
	return err
}

// tableRows reads the array of rows of the primary table.
func (d *decoder) tableRows() error {
	if err := d.expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := d.more(first, ']')
		if err != nil || !more {
			return err
		}
		c, err := d.peek()
		if err != nil {
			return err
		}
		if c == '{' {
			return d.errorRow()
		}
		if err := d.row(); err != nil {
			return err
		}
	}
}

// errorRow reads an object among the rows: an error that Kusto put there because
// it ignored where we asked for errors.
func (d *decoder) errorRow() error {
	var object struct {
		OneAPIErrors []struct {
			Error serverError `json:"error"`
		} `json:"OneApiErrors"`
	}
	if err := d.jsonValue(&object); err != nil {
		return err
	}
	if len(object.OneAPIErrors) == 0 {
		return malformed("an object among the rows")
	}
	return object.OneAPIErrors[0].Error.classify(d.lines)
}

// row reads one row and hands it on.
func (d *decoder) row() error {
	if err := d.expect('['); err != nil {
		return err
	}
	d.text = d.text[:0]
	for i := range d.cells {
		more, err := d.more(i == 0, ']')
		if err != nil {
			return err
		}
		if !more {
			return malformed("a row with too few cells")
		}
		if err := d.cell(i); err != nil {
			return err
		}
	}
	more, err := d.more(len(d.cells) == 0, ']')
	switch {
	case err != nil:
		return err
	case more:
		return malformed("a row with too many cells")
	case d.maxRows > 0 && d.rows >= d.maxRows:
		return tooManyRows(d.maxRows)
	}
	d.rows++
	if err := d.out.Row(d.cells); err != nil {
		return &consumerError{err}
	}
	return nil
}

// cell reads the value of column i. Texts are collected in d.text; when that
// grows, the row's earlier texts stay where they are, in the old array.
func (d *decoder) cell(i int) error {
	c, err := d.peek()
	if err != nil {
		return err
	}
	cell, t := &d.cells[i], d.columns[i].Type
	*cell = query.Cell{}
	start := len(d.text)
	switch {
	case c == '"':
		d.pos++
		d.text, err = d.content(d.text)
	case t == query.Dynamic:
		d.text, err = d.raw(d.text, 0)
	default:
		return d.wordCell(i)
	}
	if err != nil {
		return err
	}
	text := d.text[start:len(d.text):len(d.text)]
	if t == query.Dynamic && c != '"' && string(text) == "null" {
		cell.Null = true
		return nil
	}
	if !setCell(cell, t, text) {
		return d.badCell(i)
	}
	return nil
}

// wordCell reads a null, a number or a boolean, in place.
func (d *decoder) wordCell(i int) error {
	word, err := d.word()
	if err != nil {
		return err
	}
	cell, t := &d.cells[i], d.columns[i].Type
	switch {
	case string(word) == "null":
		cell.Null = t != query.String
		return nil
	case t == query.String || t == query.GUID:
		return d.badCell(i)
	case t == query.Decimal:
		start := len(d.text)
		d.text = append(d.text, word...)
		word = d.text[start:len(d.text):len(d.text)]
	}
	if !setCell(cell, t, word) {
		return d.badCell(i)
	}
	return nil
}

func (d *decoder) badCell(i int) error {
	column := d.columns[i]
	return fail(query.Permanent, "bad_cell",
		"Kusto's answer has a value in column "+strconv.Quote(column.Name)+" that is not of type "+column.Type.String()+".")
}
