package metric

import (
	"bytes"
	"hash/maphash"
)

// labelRows are rows of label values, one value per label name, in one arena:
// a batch of a million values is two allocations.
type labelRows struct {
	width int
	text  []byte
	// ends[row*width+name] is where a value ends; it starts where its
	// predecessor ends.
	ends []int
}

func (l *labelRows) reset(width int) {
	l.width, l.text, l.ends = width, l.text[:0], l.ends[:0]
}

// start returns where the text of the i-th value begins.
func (l *labelRows) start(i int) int {
	if i == 0 {
		return 0
	}
	return l.ends[i-1]
}

func (l *labelRows) value(row, name int) []byte {
	i := row*l.width + name
	return l.text[l.start(i):l.ends[i]]
}

// row returns the text of a whole row, and where its values end.
func (l *labelRows) row(row int) (text []byte, base int, ends []int) {
	first, next := row*l.width, (row+1)*l.width
	base = l.start(first)
	return l.text[base:l.start(next)], base, l.ends[first:next]
}

// equal reports whether two rows have the same values.
func (l *labelRows) equal(row, other int) bool {
	text, base, ends := l.row(row)
	otherText, otherBase, otherEnds := l.row(other)
	if !bytes.Equal(text, otherText) {
		return false
	}
	for i := range ends {
		if ends[i]-base != otherEnds[i]-otherBase {
			return false
		}
	}
	return true
}

// truncate forgets all rows from row on.
func (l *labelRows) truncate(row int) {
	first := row * l.width
	l.text, l.ends = l.text[:l.start(first)], l.ends[:first]
}

// rowIndex finds equal rows, in a hash table with open addressing. The rows are
// numbered by first appearance, so the seed leaves no trace in a batch.
type rowIndex struct {
	seed  maphash.Seed
	slots []rowSlot
	// names holds the metric name of each row: rows of different names differ.
	names []int32
}

type rowSlot struct {
	hash uint32
	// row is one more than the row's number; zero means that the slot is free.
	row int32
}

// minSlots is a power of two, as all table sizes are.
const minSlots = 64

func (x *rowIndex) reset() {
	// A builder that once had a huge answer must not wipe its table for each
	// small one.
	if len(x.slots) == 0 || len(x.slots) > minSlots && len(x.names) < len(x.slots)/16 {
		x.slots, x.seed = make([]rowSlot, minSlots), maphash.MakeSeed()
	} else {
		clear(x.slots)
	}
	x.names = x.names[:0]
}

// settle returns the number of the row with the name and values of the last row
// of rows. If there is an older one, the last row is taken back.
func (x *rowIndex) settle(rows *labelRows, name int32) int32 {
	last := len(x.names)
	text, _, _ := rows.row(last)
	// The factor is 2^32 over the golden ratio: it spreads small numbers.
	hash := uint32(maphash.Bytes(x.seed, text)>>32) ^ uint32(name)*0x9E3779B1
	for i := hash; ; i++ {
		slot := &x.slots[int(i)&(len(x.slots)-1)]
		if slot.row == 0 {
			x.insert(slot, hash, name)
			return index32(last)
		}
		row := slot.row - 1
		if slot.hash == hash && x.names[row] == name && rows.equal(last, int(row)) {
			rows.truncate(last)
			return row
		}
	}
}

func (x *rowIndex) insert(slot *rowSlot, hash uint32, name int32) {
	x.names = append(x.names, name)
	*slot = rowSlot{hash: hash, row: index32(len(x.names))}
	if len(x.names) > len(x.slots)/2 {
		x.grow()
	}
}

func (x *rowIndex) grow() {
	old := x.slots
	x.slots = make([]rowSlot, 2*len(old))
	for _, s := range old {
		if s.row != 0 {
			*x.free(s.hash) = s
		}
	}
}

// free returns the first free slot for a hash.
func (x *rowIndex) free(hash uint32) *rowSlot {
	for i := hash; ; i++ {
		if slot := &x.slots[int(i)&(len(x.slots)-1)]; slot.row == 0 {
			return slot
		}
	}
}
