package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

// Catalog is the clusters that a query can name. It is safe for concurrent use.
type Catalog struct {
	mu       sync.RWMutex
	clusters map[string]map[string]*Database
}

// NewCatalog returns a catalog without databases.
func NewCatalog() *Catalog { return &Catalog{clusters: map[string]map[string]*Database{}} }

// clusterKey makes cluster('x'), cluster('X.kusto.windows.net') and
// cluster('https://x.kusto.windows.net') the same cluster.
func clusterKey(name string) string {
	name = strings.ToLower(name)
	if _, host, ok := strings.Cut(name, "://"); ok {
		name = host
	}
	name, _, _ = strings.Cut(strings.TrimSuffix(name, "/"), ".kusto.")
	return name
}

// Database returns a database of a cluster and creates both when they are new.
// The cluster that queries start in is the one that Options name, by default "".
func (c *Catalog) Database(cluster, name string) *Database {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := clusterKey(cluster)
	if c.clusters[key] == nil {
		c.clusters[key] = map[string]*Database{}
	}
	databases := c.clusters[key]
	if databases[strings.ToLower(name)] == nil {
		databases[strings.ToLower(name)] = &Database{Name: name, tables: map[string]*Table{}, functions: map[string]*lambda{}}
	}
	return databases[strings.ToLower(name)]
}

// Databases returns a cluster's databases by name.
func (c *Catalog) Databases(cluster string) []*Database {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.SortedFunc(maps.Values(c.clusters[clusterKey(cluster)]), func(a, b *Database) int { return cmp.Compare(a.Name, b.Name) })
}

// Has reports whether the cluster has the database.
func (c *Catalog) Has(cluster, database string) bool {
	_, err := c.find(cluster, database)
	return err == nil
}

func (c *Catalog) find(cluster, database string) (*Database, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	databases, ok := c.clusters[clusterKey(cluster)]
	if !ok && cluster != "" {
		return nil, &Error{Kind: NoEntity, Code: "BadRequest_EntityNotFound", Offset: -1, Message: fmt.Sprintf("Entity ID '%s' of kind 'Cluster' was not found.", cluster)}
	}
	if db, ok := databases[strings.ToLower(database)]; ok {
		return db, nil
	}
	return nil, &Error{Kind: NoEntity, Code: "BadRequest_DatabaseNotExist", Offset: -1, Message: fmt.Sprintf("Entity ID '%s' of kind 'Database' was not found.", database)}
}

// Database holds tables and stored functions.
type Database struct {
	// Name is the name as it was first written; look-ups ignore its case.
	Name string

	mu        sync.RWMutex
	tables    map[string]*Table
	functions map[string]*lambda
}

// Create adds an empty table, replacing one of the same name.
func (d *Database) Create(name string, columns ...query.Column) *Table {
	return d.Put(&Table{Name: name, Columns: columns})
}

// Put adds a table, replacing one of the same name.
func (d *Database) Put(t *Table) *Table {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tables[t.Name] = t
	return t
}

// Drop removes a table and reports whether it was there.
func (d *Database) Drop(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.tables[name]
	delete(d.tables, name)
	return ok
}

// Table returns a table or nil.
func (d *Database) Table(name string) *Table {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tables[name]
}

// Tables returns the tables by name.
func (d *Database) Tables() []*Table {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.SortedFunc(maps.Values(d.tables), func(a, b *Table) int { return cmp.Compare(a.Name, b.Name) })
}

// Define stores a function from its text: (parameters) { body }.
func (d *Database) Define(name, text string) error {
	q, err := Parse("let f = " + text + "; f()")
	if err != nil {
		return err
	}
	l, ok := q.program.lets[0].value.(*lambda)
	if !ok {
		return syntaxError(text, 0, "expected (parameters) { body }")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.functions[name] = l
	return nil
}

func (d *Database) function(name string) *lambda {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.functions[name]
}

// Table is rows in memory, or rows that Live makes when they are asked for.
type Table struct {
	Name    string
	Columns []query.Column
	Live    *Live

	mu   sync.RWMutex
	rows []Row
}

// Live makes a table's rows on demand.
type Live struct {
	// TimeColumn is the datetime column that the time range speaks about.
	TimeColumn string
	// Lookback is how far back a query without a lower bound sees.
	// Zero is one hour.
	Lookback time.Duration
	// Rows calls emit for each row of [from, to], values in column order, as
	// FromGo takes them. It must make the same rows for the same instants, however the
	// range around them is cut. Rows outside the range are allowed and dropped by the query.
	Rows func(from, to time.Time, emit func(values ...any) error) error
}

// Append adds rows. All are added or, with an error, none.
func (t *Table) Append(rows ...[]any) error {
	converted := make([]Row, len(rows))
	for i, values := range rows {
		row, err := t.row(values)
		if err != nil {
			return fmt.Errorf("cannot append row %d to %s: %w", i, t.Name, err)
		}
		converted[i] = row
	}
	t.appendRows(converted)
	return nil
}

func (t *Table) row(values []any) (Row, error) {
	if len(values) != len(t.Columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(values), len(t.Columns))
	}
	row := make(Row, len(values))
	for i, x := range values {
		v, err := FromGo(x, t.Columns[i].Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", t.Columns[i].Name, err)
		}
		row[i] = v
	}
	return row, nil
}

func (t *Table) appendRows(rows []Row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, rows...)
}

// AppendText adds rows of text, converted as ingestion does: what does not fit a
// column's type is null.
func (t *Table) AppendText(rows ...[]string) error {
	converted := make([]Row, len(rows))
	for i, cells := range rows {
		if len(cells) != len(t.Columns) {
			return fmt.Errorf("cannot append row %d to %s: %d values for %d columns", i, t.Name, len(cells), len(t.Columns))
		}
		converted[i] = make(Row, len(cells))
		for j, cell := range cells {
			v := parseText(cell, t.Columns[j].Type)
			if cell == "" {
				v = Null(t.Columns[j].Type)
			}
			converted[i][j] = v
		}
	}
	t.appendRows(converted)
	return nil
}

// Widened returns a copy of the table with the columns that it lacks; rows that
// are there have nulls in them. The table itself stays as it is, since queries
// may be reading it.
func (t *Table) Widened(columns ...query.Column) *Table {
	widened := slices.Clone(t.Columns)
	for _, c := range columns {
		if columnIndex(widened, c.Name) < 0 {
			widened = append(widened, c)
		}
	}
	rows := slices.Clone(t.snapshot())
	for i, row := range rows {
		rows[i] = append(slices.Clone(row), nullRow(widened[len(t.Columns):])...)
	}
	return &Table{Name: t.Name, Columns: widened, Live: t.Live, rows: rows}
}

// AppendResult adds the rows of a result, matched by column name.
func (t *Table) AppendResult(r *Result) error {
	source := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		source[i] = columnIndex(r.Columns, c.Name)
	}
	var rows []Row
	err := r.Each(func(in Row) error {
		row := make(Row, len(source))
		for i, from := range source {
			row[i] = Null(t.Columns[i].Type)
			if from >= 0 {
				row[i] = convert(in[from], t.Columns[i].Type)
			}
		}
		rows = append(rows, row)
		return nil
	})
	if err == nil {
		t.appendRows(rows)
	}
	return err
}

// Len returns the number of rows held in memory.
func (t *Table) Len() int { return len(t.snapshot()) }

// Clear drops the rows held in memory.
func (t *Table) Clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = nil
}

func (t *Table) snapshot() []Row {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clip(t.rows)
}

// scan is the plan that reads the table.
func (t *Table) scan(b *binder) *plan {
	if t.Live != nil {
		return t.liveScan(b)
	}
	return &plan{columns: t.Columns, run: func(x *exec, emit emitFunc) error {
		return fixed(t.Columns, t.snapshot()).run(x, emit)
	}}
}

func (t *Table) liveScan(b *binder) *plan {
	from, to := int64(0), query.Ticks(b.clock)
	narrow := func(column string, low, high int64) {
		if column == t.Live.TimeColumn {
			from, to = max(from, low), min(to, high)
		}
	}
	return &plan{columns: t.Columns, narrow: narrow, run: func(x *exec, emit emitFunc) error {
		start := from
		if start == 0 {
			start = query.Ticks(query.Time(to).Add(-cmp.Or(t.Live.Lookback, time.Hour)))
		}
		if to < start {
			return nil
		}
		return t.Live.Rows(query.Time(start), query.Time(to), func(values ...any) error {
			if err := x.step(); err != nil {
				return err
			}
			row, err := t.row(values)
			if err != nil {
				return fmt.Errorf("cannot make a row of %s: %w", t.Name, err)
			}
			return emit(row)
		})
	}}
}
