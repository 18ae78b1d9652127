package offline

import (
	"errors"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

// Data is the content of a table, or a recorded answer.
type Data struct {
	Columns []query.Column
	// Rows hold one engine.Value a column.
	Rows [][]any
}

// Table is a table and where it is.
type Table struct {
	At   Place
	Data Data
}

// ReadData reads a recorded answer: a YAML or JSON document with columns and
// rows. The error is a *FileError.
func ReadData(file string, text []byte) (Data, error) {
	var data Data
	root, err := parseFile(file, text)
	if err == nil {
		err = inFile(file, data.read(root))
	}
	return data, err
}

// read reads {columns: {Name: type, ...}, rows: [[value, ...], ...]}.
func (d *Data) read(n *yaml.Node) error {
	var rows *yaml.Node
	err := readMapping(n, "a table", []field{
		{"columns", d.readColumns},
		{"rows", func(n *yaml.Node) error { rows = n; return nil }},
	})
	switch {
	case err != nil:
		return err
	case len(d.Columns) == 0:
		return mistake(n, "a table needs columns, such as columns: {Timestamp: datetime, Value: real}")
	case rows == nil:
		return mistake(n, "a table needs rows; rows: [] if it is empty")
	}
	return readSequence(rows, "rows", d.readRow) // needs the columns, wherever they stand
}

func (d *Data) readColumns(n *yaml.Node) error {
	return eachEntry(n, "columns", func(key, value *yaml.Node) error {
		t, err := query.ParseType(value.Value)
		if err != nil {
			return mistake(value, "%s", err)
		}
		d.Columns = append(d.Columns, query.Column{Name: key.Value, Type: t})
		return nil
	})
}

func (d *Data) readRow(n *yaml.Node) error {
	row := make([]any, 0, len(d.Columns))
	err := readSequence(n, "a row", func(cell *yaml.Node) error {
		if len(row) == len(d.Columns) {
			return mistake(cell, "the row has more values than the %s", count(len(d.Columns), "column"))
		}
		column := d.Columns[len(row)]
		value, err := readCell(cell, column.Type)
		if err != nil {
			return mistake(cell, "column %s: cannot read %q as %s", column.Name, cell.Value, column.Type)
		}
		row = append(row, value)
		return nil
	})
	if err == nil && len(row) < len(d.Columns) {
		return mistake(n, "the row has %s for %s", count(len(row), "value"), count(len(d.Columns), "column"))
	}
	d.Rows = append(d.Rows, row)
	return err
}

// errNoScalar is the cause of a list or mapping in a column that is not dynamic.
var errNoScalar = errors.New("it is not a single value")

// readCell reads a value by its column's type, whatever YAML takes it for: 007 in
// a string column stays 007.
func readCell(n *yaml.Node, t query.Type) (engine.Value, error) {
	var value any = n.Value
	switch {
	case n.Tag == "!!null":
		value = nil
	case t == query.Dynamic, t == query.Real && n.Tag == "!!float": // .nan and .inf
		if err := n.Decode(&value); err != nil {
			return engine.Value{}, err
		}
	case n.Kind != yaml.ScalarNode:
		return engine.Value{}, errNoScalar
	}
	return engine.FromGo(value, t)
}

// readTables reads {name: table, ...}.
func readTables(n *yaml.Node) ([]Table, error) {
	var tables []Table
	err := eachEntry(n, "tables", func(key, value *yaml.Node) error {
		place, err := parsePlace(key.Value)
		if err != nil {
			return mistake(key, "%s", err)
		}
		if slices.ContainsFunc(tables, func(t Table) bool { return t.At == place }) {
			return mistake(key, "the table is there twice")
		}
		table := Table{At: place}
		err = table.Data.read(value)
		tables = append(tables, table)
		return err
	})
	return tables, err
}
