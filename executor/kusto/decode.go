package kusto

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/adx-mon/adxexporter/executor/query"
)

// limits bound an answer; zero means no limit.
type limits struct{ rows, bytes int64 }

// counts are what an answer had.
type counts struct{ rows, bytes int64 }

// consumerError carries the consumer's own error out of the decoder, apart from
// those about the answer.
type consumerError struct{ err error }

func (e *consumerError) Error() string { return e.err.Error() }

// consumersOwn returns the consumer's own error if that is what err is, or nil.
func consumersOwn(err error) error {
	if c, ok := errors.AsType[*consumerError](err); ok {
		return c.err
	}
	return nil
}

// decode reads a v2 answer and hands the rows of its one primary table to out.
// It returns nil only if the answer is complete and says that it is.
//
// The answer is a JSON array of frames: DataSetHeader; then tables, each either
// one DataTable or TableHeader, TableFragment..., TableCompletion; at the end
// DataSetCompletion.
//
// lines is the number of lines that precede the body in what was sent, by which
// positions in Kusto's messages are off.
func decode(r io.Reader, limit limits, lines int, out query.Consumer) (counts, error) {
	d := decoder{scanner: newScanner(r, limit.bytes), out: out, maxRows: limit.rows, lines: lines}
	err := d.dataSet()
	return counts{rows: d.rows, bytes: d.read}, err
}

type decoder struct {
	scanner
	out     query.Consumer
	maxRows int64
	lines   int

	columns []query.Column // of the primary table
	cells   []query.Cell   // one row, reused
	text    []byte         // the row's texts, reused
	scratch []byte         // a property's name

	header    bool // DataSetHeader was seen
	primary   bool // the primary table has begun
	open      bool // TableHeader without TableCompletion
	openMain  bool // and it is the primary table
	openID    int64
	rows      int64 // of the primary table
	completed bool  // DataSetCompletion was seen
}

// frame is one frame's properties. Rows go to the consumer as they are read; if
// they come before the properties that say what they are, they are kept in raw.
type frame struct {
	kind, tableKind, fragment, version string

	tableID     int64
	columns     []query.Column
	rowCount    int64
	progressive bool
	hasErrors   *bool
	cancelled   *bool
	errors      []serverError
	streamed    bool
	raw         []byte
}

func (d *decoder) dataSet() error {
	if err := d.begin(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := d.more(first, ']')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := d.frame(); err != nil {
			return err
		}
	}
	if !d.completed {
		return malformed("no completion frame")
	}
	return d.finish()
}

// begin consumes the opening bracket. Anything else is no answer but a message.
func (d *decoder) begin() error {
	c, err := d.peek()
	if err != nil {
		return err
	}
	if c == '[' {
		d.pos++
		return nil
	}
	// The window has what one read brought, which is enough of a message.
	return notFrames(d.buf[d.pos:d.end], d.lines)
}

// frame reads one frame and applies it.
func (d *decoder) frame() error {
	if err := d.expect('{'); err != nil {
		return err
	}
	f := frame{tableID: -1, rowCount: -1}
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			return d.apply(&f)
		}
		if d.scratch, err = d.key(d.scratch); err != nil {
			return err
		}
		if err := d.property(&f, string(d.scratch)); err != nil {
			return err
		}
	}
}

func (d *decoder) property(f *frame, name string) (err error) {
	switch name {
	case "FrameType":
		f.kind, err = d.stringValue()
	case "TableKind":
		f.tableKind, err = d.stringValue()
	case "TableFragmentType":
		f.fragment, err = d.stringValue()
	case "Version":
		f.version, err = d.stringValue()
	case "TableId":
		f.tableID, err = d.intValue()
	case "RowCount":
		f.rowCount, err = d.intValue()
	case "IsProgressive":
		var b *bool
		b, err = d.boolValue()
		f.progressive = b != nil && *b
	case "HasErrors":
		f.hasErrors, err = d.boolValue()
	case "Cancelled":
		f.cancelled, err = d.boolValue()
	case "Columns":
		f.columns, err = d.columnsValue()
	case "OneApiErrors":
		f.errors, err = d.errorsValue()
	case "Rows":
		err = d.rowsValue(f)
	default:
		d.text, err = d.raw(d.text[:0], 0)
	}
	return err
}

func (d *decoder) stringValue() (string, error) {
	b, err := d.str(d.text[:0])
	d.text = b
	return string(b), err
}

func (d *decoder) intValue() (int64, error) {
	if _, err := d.peek(); err != nil {
		return 0, err
	}
	word, err := d.word()
	if err != nil {
		return 0, err
	}
	v, ok := parseInt(word)
	if !ok {
		return 0, malformed("a property that should be a number")
	}
	return v, nil
}

func (d *decoder) boolValue() (*bool, error) {
	if _, err := d.peek(); err != nil {
		return nil, err
	}
	word, err := d.word()
	if err != nil {
		return nil, err
	}
	v, ok := parseBool(word)
	if !ok {
		return nil, malformed("a property that should be true or false")
	}
	b := v == 1
	return &b, nil
}

// columnsValue and errorsValue are small and rare, so they go through
// encoding/json.
func (d *decoder) columnsValue() ([]query.Column, error) {
	var declared []struct{ ColumnName, ColumnType string }
	if err := d.jsonValue(&declared); err != nil {
		return nil, err
	}
	columns := make([]query.Column, len(declared))
	for i, c := range declared {
		t, err := query.ParseType(strings.ToLower(c.ColumnType))
		if err != nil {
			return nil, malformed(fmt.Sprintf("column %q has an unknown type %q", c.ColumnName, c.ColumnType))
		}
		columns[i] = query.Column{Name: c.ColumnName, Type: t}
	}
	return columns, nil
}

func (d *decoder) errorsValue() ([]serverError, error) {
	var list []struct {
		Error *serverError `json:"error"`
	}
	if err := d.jsonValue(&list); err != nil {
		return nil, err
	}
	var found []serverError
	for _, e := range list {
		if e.Error != nil {
			found = append(found, *e.Error)
		}
	}
	return found, nil
}

func (d *decoder) jsonValue(into any) (err error) {
	if d.text, err = d.raw(d.text[:0], 0); err != nil {
		return err
	}
	if err := json.Unmarshal(d.text, into); err != nil {
		return malformed("a property of an unexpected shape")
	}
	return nil
}

// notFrames classifies a body that is no array of frames: an error object, a
// sentence of a gateway, or the text with which Kusto refuses commands.
func notFrames(text []byte, lines int) error {
	if e, ok := parseServerError(text); ok {
		return e.classify(lines)
	}
	return fail(query.Permanent, "not_json", explain("Kusto did not answer with a table", string(text), lines))
}
