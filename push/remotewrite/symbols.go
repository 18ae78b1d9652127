package remotewrite

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// symbolTable numbers the strings of a request, and holds them as the request's
// symbols field. Number 0 is the empty string, as the protocol asks.
type symbolTable struct {
	// text is the encoded field; an entry a symbol.
	text texts
	// slots are a hash table with open addressing; their number is a power of two.
	slots []symbolSlot
	seed  maphash.Seed
	// name is where numberOfName copies to.
	name []byte
}

type symbolSlot struct {
	hash uint32
	// number is zero if the slot is free: nobody looks the empty string up here.
	number uint32
}

const minSymbolSlots = 256

func (t *symbolTable) reset() {
	// A table that once had a huge request must not be wiped for each small one.
	if len(t.slots) == 0 || len(t.slots) > minSymbolSlots && len(t.text.ends) < len(t.slots)/16 {
		t.slots, t.seed = make([]symbolSlot, minSymbolSlots), maphash.MakeSeed()
	} else {
		clear(t.slots)
	}
	t.text.reset()
	t.append(nil)
}

func (t *symbolTable) append(symbol []byte) {
	t.text.buf = appendText(t.text.buf, tagRequest2Symbol, symbol)
	t.text.end()
}

// number returns the number of a symbol, and adds it if it is new.
func (t *symbolTable) number(symbol []byte) uint32 {
	if len(symbol) == 0 {
		return 0
	}
	hash := uint32(maphash.Bytes(t.seed, symbol))
	for i := hash; ; i++ {
		slot := &t.slots[int(i)&(len(t.slots)-1)]
		if slot.number == 0 {
			return t.insert(slot, hash, symbol)
		}
		if slot.hash == hash && bytes.Equal(t.symbol(slot.number), symbol) {
			return slot.number
		}
	}
}

// numberOfName is number for a string.
func (t *symbolTable) numberOfName(name string) uint32 {
	t.name = append(t.name[:0], name...)
	return t.number(t.name)
}

// symbol returns the symbol of a number, without its tag and length.
func (t *symbolTable) symbol(number uint32) []byte {
	field := t.text.at(int(number))
	_, n := binary.Uvarint(field[1:])
	return field[1+n:]
}

func (t *symbolTable) insert(slot *symbolSlot, hash uint32, symbol []byte) uint32 {
	number := uint32(len(t.text.ends))
	*slot = symbolSlot{hash, number}
	t.append(symbol)
	if len(t.text.ends) > len(t.slots)/2 {
		t.grow()
	}
	return number
}

func (t *symbolTable) grow() {
	old := t.slots
	t.slots = make([]symbolSlot, 2*len(old))
	for _, s := range old {
		if s.number != 0 {
			*t.free(s.hash) = s
		}
	}
}

// free returns the first free slot for a hash.
func (t *symbolTable) free(hash uint32) *symbolSlot {
	for i := hash; ; i++ {
		if slot := &t.slots[int(i)&(len(t.slots)-1)]; slot.number == 0 {
			return slot
		}
	}
}
