package emulator

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/query"
)

// command is a management command cut into its words.
type command struct {
	exchange *exchange
	verb     string
	tokens   []kql.Token
	// input is the text behind <|.
	input string
	text  string
}

// table is an answer to a command.
type table struct {
	columns []query.Column
	rows    []engine.Row
}

func newTable(names ...string) *table {
	t := &table{}
	for _, name := range names {
		t.columns = append(t.columns, query.Column{Name: name, Type: query.String})
	}
	return t
}

func (t *table) add(cells ...string) *table {
	row := make(engine.Row, len(cells))
	for i, cell := range cells {
		row[i] = engine.String(cell)
	}
	t.rows = append(t.rows, row)
	return t
}

func (t *table) each(f func(engine.Row) error) error {
	for _, row := range t.rows {
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

// manage answers a management command, and a query sent to its address.
func (s *Server) manage(ctx context.Context, x *exchange) error {
	text := strings.TrimSpace(x.request.Text)
	if !strings.HasPrefix(text, ".") {
		return s.queryV1(ctx, x)
	}
	c, err := parseCommand(x, text)
	if err != nil {
		return err
	}
	answer, err := s.execute(ctx, c)
	if err != nil {
		return err
	}
	return x.out.sendTable(answer.columns, answer.each)
}

func parseCommand(x *exchange, text string) (*command, error) {
	head, input, _ := strings.Cut(text, "<|")
	c := &command{exchange: x, text: text, input: input}
	tokens, err := kql.Lex(head)
	if err != nil && !strings.Contains(head, "function") {
		return nil, badRequest("General_BadRequest", "Syntax error: "+err.Error())
	}
	// The verb is the words that hyphens join: .create-or-alter.
	i := 1
	for ; i < len(tokens) && (tokens[i].Kind == kql.Name || tokens[i].Is("-")) && tokens[i-1].End() == tokens[i].Offset; i++ {
		c.verb += tokens[i].Text
	}
	c.tokens = tokens[i:]
	return c, nil
}

// word takes the next word if it is w.
func (c *command) word(w string) bool {
	if len(c.tokens) > 0 && strings.EqualFold(c.tokens[0].Text, w) {
		c.tokens = c.tokens[1:]
		return true
	}
	return false
}

// name takes the next token as a name.
func (c *command) name() (string, error) {
	if len(c.tokens) == 0 {
		return "", c.refuse("a name is missing")
	}
	t := c.tokens[0]
	c.tokens = c.tokens[1:]
	return t.Value, nil
}

func (c *command) refuse(why string) error {
	return badRequest("General_BadRequest", "Syntax error: the command ."+c.verb+" cannot be run: "+why)
}

func (s *Server) execute(ctx context.Context, c *command) (*table, error) {
	switch c.verb {
	case "show":
		return s.show(c)
	case "create", "create-merge", "create-or-alter":
		return s.create(c)
	case "drop":
		return s.drop(c)
	case "ingest":
		return s.ingest(c)
	case "clear":
		return s.clear(c)
	case "set", "append", "set-or-append", "set-or-replace":
		return s.setOrAppend(ctx, c)
	case "alter", "alter-merge", "delete":
		return newTable("Result").add("ignored"), nil
	}
	return nil, c.refuse("the emulator does not know it")
}

func (s *Server) database(c *command) (*engine.Database, error) {
	x := c.exchange
	if !s.catalog.Has(x.cluster, x.request.Database) {
		return nil, badRequest("BadRequest_DatabaseNotExist", fmt.Sprintf("Entity ID '%s' of kind 'Database' was not found.", x.request.Database))
	}
	return s.catalog.Database(x.cluster, x.request.Database), nil
}

func (s *Server) show(c *command) (*table, error) {
	switch {
	case c.word("version"):
		return newTable("BuildVersion", "BuildTime", "ServiceType", "ProductVersion", "ServiceOffering").add("1.0.0.0", "2024-01-01T00:00:00Z", "Engine", "emulator", "{}"), nil
	case c.word("cluster"):
		return newTable("NodeId", "Address", "Name", "StartTime", "IsAdmin").add("0", "local", "emulator", "2024-01-01T00:00:00Z", "True"), nil
	case c.word("databases"):
		answer := newTable("DatabaseName", "PersistentStorage", "Version", "IsCurrent", "DatabaseAccessMode", "PrettyName")
		for _, db := range s.catalog.Databases(c.exchange.cluster) {
			answer.add(db.Name, "", "v1.0", "False", "ReadWrite", "")
		}
		return answer, nil
	}
	db, err := s.database(c)
	if err != nil {
		return nil, err
	}
	switch {
	case c.word("tables"):
		answer := newTable("TableName", "DatabaseName", "Folder", "DocString")
		for _, t := range db.Tables() {
			answer.add(t.Name, db.Name, "", "")
		}
		return answer, nil
	case c.word("table"):
		return c.showTable(db)
	}
	return nil, c.refuse("the emulator does not show that")
}

// showTable answers .show table T, with schema or cslschema behind it or not.
func (c *command) showTable(db *engine.Database) (*table, error) {
	t, err := c.existing(db)
	if err != nil {
		return nil, err
	}
	if c.word("cslschema") || c.word("schema") {
		described := make([]string, len(t.Columns))
		for i, column := range t.Columns {
			described[i] = column.Name + ":" + column.Type.String()
		}
		return newTable("TableName", "Schema", "DatabaseName", "Folder", "DocString").add(t.Name, strings.Join(described, ","), db.Name, "", ""), nil
	}
	answer := newTable("AttributeName", "AttributeType")
	for _, column := range t.Columns {
		answer.add(column.Name, engine.ClrType(column.Type))
	}
	return answer, nil
}

func (c *command) existing(db *engine.Database) (*engine.Table, error) {
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	t := db.Table(name)
	if t == nil {
		return nil, badRequest("BadRequest_TableNotExist", fmt.Sprintf("Entity ID '%s' of kind 'Table' was not found.", name))
	}
	return t, nil
}

func (s *Server) create(c *command) (*table, error) {
	if c.word("database") {
		name, err := c.name()
		if err != nil {
			return nil, err
		}
		s.catalog.Database(c.exchange.cluster, name)
		return newTable("DatabaseName", "PersistentPath", "Created", "StoresMetadata", "StoresData").add(name, "", "true", "false", "false"), nil
	}
	db, err := s.database(c)
	if err != nil {
		return nil, err
	}
	switch {
	case c.word("table"):
		return c.createTable(db)
	case c.word("function"):
		return c.createFunction(db)
	}
	return nil, c.refuse("the emulator does not create that")
}

func (c *command) createTable(db *engine.Database) (*table, error) {
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	columns, err := c.columns()
	if err != nil {
		return nil, err
	}
	if t := db.Table(name); t == nil {
		db.Create(name, columns...)
	} else if c.verb == "create-merge" {
		db.Put(t.Widened(columns...))
	}
	return newTable("TableName", "DatabaseName", "Folder", "DocString").add(name, db.Name, "", ""), nil
}

// columns reads (name:type, ...).
func (c *command) columns() ([]query.Column, error) {
	if !c.word("(") {
		return nil, c.refuse("the columns are missing")
	}
	var columns []query.Column
	for !c.word(")") {
		name, err := c.name()
		if err != nil {
			return nil, err
		}
		if !c.word(":") {
			return nil, c.refuse("a column's type is missing")
		}
		typeName, err := c.name()
		if err != nil {
			return nil, err
		}
		typ, err := query.ParseType(strings.ToLower(typeName))
		if err != nil {
			return nil, c.refuse(err.Error())
		}
		columns = append(columns, query.Column{Name: name, Type: typ})
		c.word(",")
	}
	return columns, nil
}

func (c *command) createFunction(db *engine.Database) (*table, error) {
	if c.word("with") {
		for len(c.tokens) > 0 && !c.word(")") {
			c.tokens = c.tokens[1:]
		}
	}
	if c.word("ifnotexists") {
		c.verb = "create"
	}
	if len(c.tokens) == 0 {
		return nil, c.refuse("the function's name is missing")
	}
	name := c.tokens[0]
	if err := db.Define(name.Value, c.text[name.End():]); err != nil {
		return nil, fmt.Errorf("cannot define the function: %w", err)
	}
	return newTable("Name", "Parameters", "Body", "Folder", "DocString").add(name.Value, "", c.text[name.End():], "", ""), nil
}

func (s *Server) drop(c *command) (*table, error) {
	db, err := s.database(c)
	if err != nil {
		return nil, err
	}
	if !c.word("table") {
		return nil, c.refuse("the emulator drops tables only")
	}
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	if !db.Drop(name) && !c.word("ifexists") {
		return nil, badRequest("BadRequest_TableNotExist", fmt.Sprintf("Entity ID '%s' of kind 'Table' was not found.", name))
	}
	return newTable("TableName", "DatabaseName").add(name, db.Name), nil
}

func (s *Server) clear(c *command) (*table, error) {
	db, err := s.database(c)
	if err != nil {
		return nil, err
	}
	c.word("table")
	t, err := c.existing(db)
	if err != nil {
		return nil, err
	}
	t.Clear()
	return newTable("Status").add("cleared"), nil
}

// ingest answers .ingest inline into table T <| rows of CSV.
func (s *Server) ingest(c *command) (*table, error) {
	db, err := s.database(c)
	if err != nil {
		return nil, err
	}
	if !c.word("inline") || !c.word("into") || !c.word("table") {
		return nil, c.refuse("the emulator ingests inline only")
	}
	t, err := c.existing(db)
	if err != nil {
		return nil, err
	}
	rows, err := csvRows(c.input, len(t.Columns))
	if err != nil {
		return nil, c.refuse(err.Error())
	}
	if err := t.AppendText(rows...); err != nil {
		return nil, c.refuse(err.Error())
	}
	return newTable("ExtentId", "ItemLoaded", "Duration", "HasErrors").add(newActivityID(), "inproc:inline", "00:00:00", "False"), nil
}

// csvRows reads CSV; a missing cell at the end of a row is empty.
func csvRows(text string, width int) ([][]string, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1
	reader.TrimLeadingSpace = true
	var rows [][]string
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the CSV: %w", err)
		}
		if len(record) > width {
			return nil, fmt.Errorf("row %d has %d cells for %d columns", len(rows)+1, len(record), width)
		}
		rows = append(rows, append(record, make([]string, width-len(record))...))
	}
}

// setOrAppend answers .set, .append, .set-or-append and .set-or-replace T <| query.
func (s *Server) setOrAppend(ctx context.Context, c *command) (*table, error) {
	db, err := s.database(c)
	if err != nil {
		return nil, err
	}
	c.word("async")
	c.word("table")
	name, err := c.name()
	if err != nil {
		return nil, err
	}
	x := *c.exchange
	x.request.Text = c.input
	results, err := s.run(ctx, &x)
	if err != nil {
		return nil, err
	}
	target := db.Table(name)
	switch {
	case target == nil && c.verb == "append":
		return nil, badRequest("BadRequest_TableNotExist", fmt.Sprintf("Entity ID '%s' of kind 'Table' was not found.", name))
	case target != nil && c.verb == "set":
		return nil, c.refuse("the table exists")
	case target != nil && c.verb == "set-or-replace":
		target.Clear()
	}
	target = cmp.Or(target, &engine.Table{Name: name, Columns: results[0].Columns})
	if err := target.AppendResult(results[0]); err != nil {
		return nil, fmt.Errorf("cannot append to %s: %w", name, err)
	}
	db.Put(target)
	return newTable("ExtentId", "OriginalSize", "ExtentSize", "CompressedSize", "IndexSize", "RowCount").add(newActivityID(), "0", "0", "0", "0", fmt.Sprint(target.Len())), nil
}
