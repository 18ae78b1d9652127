package exposition

import (
	"slices"
)

// family is a metric and the chunks that exporters have of it.
type family struct {
	name string
	// owners are ordered by age, the oldest exporter first.
	owners []*chunk
	// seen counts how many owners have a series, by its hash; nil while there is
	// only one owner, so that the usual family costs nothing. Hashes only tell
	// where to look: what is left out is decided by the series' full text.
	seen map[uint64]int32
	// shared is how many hashes more than one owner has.
	shared int

	header  header
	headers lines
}

// add puts c among the owners, in place of the chunk that its exporter had.
func (f *family) add(c *chunk, keys func(*chunk) []uint64) {
	f.drop(func(o *chunk) bool { return o.owner.source.NamespacedName == c.owner.source.NamespacedName })
	i, _ := slices.BinarySearchFunc(f.owners, c, func(o, c *chunk) int { return compareAge(o.owner, c.owner) })
	f.owners = slices.Insert(f.owners, i, c)
	switch {
	case len(f.owners) == 2:
		f.seen = make(map[uint64]int32, f.owners[0].series+f.owners[1].series)
		f.count(f.owners[0], keys)
		f.count(f.owners[1], keys)
	case len(f.owners) > 2:
		f.count(c, keys)
	}
}

// remove takes c away, if it is still there.
func (f *family) remove(c *chunk) {
	f.drop(func(o *chunk) bool { return o == c })
}

func (f *family) drop(which func(*chunk) bool) {
	i := slices.IndexFunc(f.owners, which)
	if i < 0 {
		return
	}
	f.uncount(f.owners[i])
	f.owners = slices.Delete(f.owners, i, i+1)
	if len(f.owners) == 1 {
		f.seen, f.shared, f.owners[0].keys = nil, 0, nil
	}
}

func (f *family) count(c *chunk, keys func(*chunk) []uint64) {
	c.keys = keys(c)
	for _, k := range c.keys {
		f.seen[k]++
		if f.seen[k] == 2 {
			f.shared++
		}
	}
}

func (f *family) uncount(c *chunk) {
	for _, k := range c.keys {
		switch f.seen[k]--; f.seen[k] {
		case 1:
			f.shared--
		case 0:
			delete(f.seen, k)
		}
	}
	c.keys = nil
}

// settle decides, without looking at single series, what is shown of each owner:
// the oldest one's type holds, and the oldest help text there is.
func (f *family) settle() {
	kind, help := f.owners[0], f.helper()
	for _, c := range f.owners {
		c.shown, c.shownSeries, c.conflicts = c.lines, c.series, nil
		switch {
		case c.family.Type != kind.family.Type:
			c.shown, c.shownSeries = lines{}, 0
			c.lose(ConflictType, kind, c.series)
		case c.family.Help != "" && c.family.Help != help.family.Help:
			c.lose(ConflictHelp, help, 0)
		}
	}
}

// helper returns the owner whose help text is shown: the oldest that has one,
// else the oldest.
func (f *family) helper() *chunk {
	kind := f.owners[0].family.Type
	for _, c := range f.owners {
		if c.family.Help != "" && c.family.Type == kind {
			return c
		}
	}
	return f.owners[0]
}

// unit returns the oldest unit there is.
func (f *family) unit() string {
	for _, c := range f.owners {
		if c.family.Unit != "" && c.family.Type == f.owners[0].family.Type {
			return c.family.Unit
		}
	}
	return ""
}

// describe returns the family's header.
func (f *family) describe() header {
	help := f.helper()
	return header{
		name: f.name, help: help.family.Help, unit: f.unit(), kind: f.owners[0].family.Type,
		from: help.owner.source.NamespacedName,
	}
}

// contested returns whether c may share a series with another owner.
func (f *family) contested(c *chunk) bool {
	return f.shared > 0 && c.shownSeries > 0 &&
		slices.ContainsFunc(c.keys, func(k uint64) bool { return f.seen[k] > 1 })
}

// lose notes what c loses to winner.
func (c *chunk) lose(kind ConflictKind, winner *chunk, count int) {
	c.conflicts = append(c.conflicts, Conflict{
		Family: c.family.Name, Kind: kind, Other: winner.owner.source.NamespacedName, Count: count,
	})
}
