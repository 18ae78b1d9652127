package metric

import (
	"fmt"
	"slices"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

// Builder fills batches. It keeps its memory from one batch to the next; use it
// from one goroutine at a time. The zero value is ready for Reset.
type Builder struct {
	plan *Plan
	// at is the time of rows where the plan has no timestamp column.
	at    int64
	batch Batch

	names  nameIndex
	rows   rowIndex
	series []series
	// seriesOf is a series' index by row*len(plan.values)+value column.
	seriesOf []int32
	// pending are the points as they came; Series is an index of series.
	pending []Point
	values  []rowValue
	order   ordering
}

// series is what all points of a series have in common.
type series struct{ family, row int32 }

// rowValue is a value of the row in hand, and the value column it comes from.
type rowValue struct {
	column int
	value  float64
}

// Marks instead of an index.
const (
	// unseen: not decided yet.
	unseen int32 = -1
	// refused: decided, and there is none.
	refused int32 = -2
)

// NewBuilder returns a builder that is ready for rows. Rows of a plan without a
// timestamp column have the time at.
func (p *Plan) NewBuilder(at time.Time) *Builder {
	b := &Builder{}
	b.Reset(p, at)
	return b
}

// Reset begins a new batch. The last one, and all it holds, becomes invalid.
func (b *Builder) Reset(plan *Plan, at time.Time) {
	b.plan, b.at = plan, at.UnixNano()
	b.names.reset(plan)
	b.rows.reset()
	b.series, b.seriesOf, b.pending = b.series[:0], b.seriesOf[:0], b.pending[:0]

	labels := b.batch.labels
	labels.reset(len(plan.labels))
	b.batch = Batch{
		Families:   b.batch.Families[:0],
		Points:     b.batch.Points[:0],
		LabelNames: plan.labelNames,
		labels:     labels,
	}
}

// Row adds the points of a row. A row that gives none is counted; an error means
// that the cells are not those of the plan's columns.
func (b *Builder) Row(cells []query.Cell) error {
	if len(cells) != len(b.plan.columns) {
		return fmt.Errorf("cannot read row: it has %d cells for %d columns", len(cells), len(b.plan.columns))
	}
	b.batch.Rows++
	at, ok := b.readTime(cells)
	if !ok {
		return nil
	}
	name, ok := b.readName(cells)
	if !ok {
		return nil
	}
	b.readValues(cells)
	if len(b.values) == 0 {
		return nil
	}
	row, ok := b.readLabels(cells, name)
	if !ok {
		return nil
	}
	for _, v := range b.values {
		b.add(row, v.column, at, v.value)
	}
	return nil
}

// Finish returns the batch. It is valid until the next Reset.
func (b *Builder) Finish() *Batch {
	b.limitSeries()
	b.order.arrange(&b.batch, b.series, b.pending)
	return &b.batch
}

// bytes returns about how much memory the batch takes once it is finished: its
// text, and its points as they came and in order, with what finds them.
func (b *Builder) bytes() int64 {
	const (
		end    = 8         // of labelRows.ends
		series = 8 + 4 + 4 // in series, seriesOf and the order
		row    = 16 + 4    // in the index's slots, half of which are free, and names
		point  = 2 * 32
	)
	rows := &b.batch.labels
	return int64(len(rows.text) + end*len(rows.ends) + series*len(b.series) + row*len(b.rows.names) + point*len(b.pending))
}

// dropRow counts all values of the row in hand.
func (b *Builder) dropRow(reason DropReason) { b.drop(reason, len(b.plan.values)) }

func (b *Builder) drop(reason DropReason, values int) { b.batch.Dropped[reason] += int64(values) }

func (b *Builder) readTime(cells []query.Cell) (ns int64, ok bool) {
	if b.plan.time < 0 {
		return b.at, true
	}
	cell := &cells[b.plan.time]
	if cell.Null {
		b.dropRow(DropNullTime)
		return 0, false
	}
	// OTLP has no time before 1970, and reads 1970 itself as unknown.
	if ns, ok = query.UnixNano(cell.Int); !ok || ns <= 0 {
		b.dropRow(DropBadTime)
		return 0, false
	}
	return ns, true
}

func (b *Builder) readName(cells []query.Cell) (name int32, ok bool) {
	var raw []byte
	if b.plan.name >= 0 && !cells[b.plan.name].Null {
		raw = cells[b.plan.name].Text
	}
	if len(raw) > b.plan.maxLabelValue {
		b.dropRow(DropLabelTooLong)
		return 0, false
	}
	if name = b.names.find(raw); name == refused {
		b.dropRow(DropNoName)
		return 0, false
	}
	return name, true
}

// readValues reads the values of a row, and counts those that are none.
func (b *Builder) readValues(cells []query.Cell) {
	b.values = b.values[:0]
	for i := range b.plan.values {
		column := &b.plan.values[i]
		value, reason, ok := number(column.typ, &cells[column.index])
		if !ok {
			b.drop(reason, 1)
			continue
		}
		b.values = append(b.values, rowValue{column: i, value: value})
	}
}

// readLabels adds the labels of a row, unless they are there already, and returns
// their label row.
func (b *Builder) readLabels(cells []query.Cell, name int32) (row int32, ok bool) {
	rows := &b.batch.labels
	text, ends := rows.text, rows.ends
	for i := range b.plan.labels {
		l := &b.plan.labels[i]
		start := len(text)
		if l.column < 0 {
			text = append(text, l.static...)
		} else {
			text = appendLabel(text, l.typ, &cells[l.column])
		}
		if len(text)-start > b.plan.maxLabelValue {
			b.drop(DropLabelTooLong, len(b.values))
			return 0, false
		}
		ends = append(ends, len(text))
	}
	rows.text, rows.ends = text, ends
	known := len(b.rows.names)
	row = b.rows.settle(rows, name)
	if int(row) == known {
		b.seriesOf = appendUnseen(b.seriesOf, len(b.plan.values))
	}
	return row, true
}

// add adds a point.
func (b *Builder) add(row int32, column int, at int64, value float64) {
	s := &b.seriesOf[int(row)*len(b.plan.values)+column]
	if *s == unseen {
		*s = b.newSeries(row, column)
	}
	if *s == refused {
		b.drop(DropNameCollision, 1)
		return
	}
	b.pending = append(b.pending, Point{Series: *s, Row: row, Time: at, Value: value})
}

func (b *Builder) newSeries(row int32, column int) int32 {
	family := b.names.family(b.rows.names[row], column, &b.batch)
	if family == refused {
		return refused
	}
	b.series = append(b.series, series{family: family, row: row})
	return index32(len(b.series) - 1)
}

func appendUnseen(s []int32, n int) []int32 {
	s = slices.Grow(s, n)
	for range n {
		s = append(s, unseen)
	}
	return s
}

// nameIndex maps the metric names of rows to families.
type nameIndex struct {
	plan *Plan
	// byText numbers the names as they stand in the rows.
	byText map[string]int32
	texts  []string
	last   int32
	// families is a family's index by name*len(plan.values)+value column.
	families []int32
	// taken are the names of families.
	taken map[string]struct{}
}

func (x *nameIndex) reset(plan *Plan) {
	x.plan = plan
	x.texts, x.families = x.texts[:0], x.families[:0]
	if x.byText == nil {
		x.byText, x.taken = map[string]int32{}, map[string]struct{}{}
	}
	clear(x.byText)
	clear(x.taken)
	// Number 0 is the default, which rows without a name have.
	x.last = x.number(plan.defaultName)
}

// find returns the number of a row's name; refused if it is none.
func (x *nameIndex) find(raw []byte) int32 {
	if len(raw) == 0 {
		x.last = 0
	} else if string(raw) != x.texts[x.last] {
		x.last = x.look(raw)
	}
	if !hasAlphanumeric(x.texts[x.last]) {
		return refused
	}
	return x.last
}

func (x *nameIndex) look(raw []byte) int32 {
	if number, ok := x.byText[string(raw)]; ok {
		return number
	}
	return x.number(string(raw))
}

func (x *nameIndex) number(text string) int32 {
	number := index32(len(x.texts))
	x.texts = append(x.texts, text)
	x.byText[text] = number
	x.families = appendUnseen(x.families, len(x.plan.values))
	return number
}

// family returns the index of the family of a name and a value column, and adds
// it to the batch if it is new. It is refused if another name took it before.
func (x *nameIndex) family(name int32, column int, batch *Batch) int32 {
	index := &x.families[int(name)*len(x.plan.values)+column]
	if *index != unseen {
		return *index
	}
	family := x.plan.family
	family.Name = x.plan.naming.family(x.texts[name], x.plan.values[column].name)
	if _, taken := x.taken[family.Name]; taken {
		*index = refused
		return refused
	}
	x.taken[family.Name] = struct{}{}
	*index = index32(len(batch.Families))
	batch.Families = append(batch.Families, family)
	return *index
}
