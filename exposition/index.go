package exposition

import (
	"bytes"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
)

// index has all families that are shown and settles who shows what. It does no
// locking: Store.mu guards it.
type index struct {
	codec *codec
	// fields is how many fields follow the series in a line: value, timestamp.
	fields int
	seed   maphash.Seed

	families map[string]*family
	// sorted are the families by name; nil when it must be made again.
	sorted []*family
}

// replace puts the chunks of one exporter in place of those it had, and settles
// every family that is touched.
func (ix *index) replace(before, after []*chunk) {
	touched := make(map[*family]struct{}, len(before)+len(after))
	for _, c := range after {
		f := ix.family(c.family.Name)
		f.add(c, ix.keys)
		touched[f] = struct{}{}
	}
	for _, c := range before {
		f := ix.family(c.family.Name)
		f.remove(c)
		touched[f] = struct{}{}
	}
	for f := range touched {
		ix.settle(f)
	}
}

// family returns the family with the name, which is a new one if there is none.
func (ix *index) family(name string) *family {
	f, found := ix.families[name]
	if !found {
		f = &family{name: name}
		ix.families[name] = f
		ix.sorted = nil
	}
	return f
}

func (ix *index) settle(f *family) {
	if len(f.owners) == 0 {
		delete(ix.families, f.name)
		ix.sorted = nil
		return
	}
	f.settle()
	ix.deduplicate(f)
	ix.head(f) // so that the next scrape finds it made
}

// deduplicate leaves out every series that an older owner of f has too.
func (ix *index) deduplicate(f *family) {
	winners := make(map[string]*chunk)
	for _, c := range f.owners {
		if f.contested(c) {
			ix.claim(f, c, winners)
		}
	}
}

// claim notes the series of c in winners and leaves out those that are taken.
func (ix *index) claim(f *family, c *chunk, winners map[string]*chunk) {
	keep := make([]bool, c.series)
	lost := make(map[*chunk]int)
	i := 0
	for line := range bytes.Lines(ix.codec.inflate(c.lines[formatText])) {
		winner := ix.winner(f, c, line, winners)
		keep[i] = winner == c
		if !keep[i] {
			lost[winner]++
		}
		i++
	}
	if len(lost) == 0 {
		return
	}
	for _, winner := range slices.SortedFunc(maps.Keys(lost), func(a, b *chunk) int {
		return compareAge(a.owner, b.owner)
	}) {
		c.lose(ConflictSeries, winner, lost[winner])
		c.shownSeries -= lost[winner]
	}
	c.shown = ix.filter(c.lines, keep)
}

// winner returns who shows the series of a line of c.
func (ix *index) winner(f *family, c *chunk, line []byte, winners map[string]*chunk) *chunk {
	series := ix.series(line)
	if f.seen[maphash.Bytes(ix.seed, series)] < 2 {
		return c
	}
	if winner, taken := winners[string(series)]; taken {
		return winner
	}
	winners[string(series)] = c
	return c
}

// filter returns the lines to keep.
func (ix *index) filter(all lines, keep []bool) lines {
	var kept lines
	kept[formatText] = ix.filterSegment(all[formatText], keep)
	kept[formatOpenMetrics] = kept[formatText]
	if all[formatOpenMetrics] != all[formatText] {
		kept[formatOpenMetrics] = ix.filterSegment(all[formatOpenMetrics], keep)
	}
	return kept
}

func (ix *index) filterSegment(s *segment, keep []bool) *segment {
	var text []byte
	i := 0
	for line := range bytes.Lines(ix.codec.inflate(s)) {
		if keep[i] {
			text = append(text, line...)
		}
		i++
	}
	return ix.codec.deflate(text)
}

// keys returns the hashes of a chunk's series.
func (ix *index) keys(c *chunk) []uint64 {
	keys := make([]uint64, 0, c.series)
	for line := range bytes.Lines(ix.codec.inflate(c.lines[formatText])) {
		keys = append(keys, maphash.Bytes(ix.seed, ix.series(line)))
	}
	return keys
}

// series returns the part of a line that names the series. It is cut from the
// end, since label values may have spaces and values have none.
func (ix *index) series(line []byte) []byte {
	for range ix.fields {
		line = line[:bytes.LastIndexByte(line, ' ')]
	}
	return line
}

// ordered returns all families by name.
func (ix *index) ordered() []*family {
	if ix.sorted == nil {
		ix.sorted = slices.SortedFunc(maps.Values(ix.families), func(a, b *family) int {
			return strings.Compare(a.name, b.name)
		})
	}
	return ix.sorted
}

// head returns the rendered header of f, which is made again if it has changed.
func (ix *index) head(f *family) lines {
	h := f.describe()
	h.shadowed = ix.shadowed(f.name)
	if f.headers[formatText] == nil || h != f.header {
		f.header = h
		f.headers = lines{
			formatText:        ix.codec.deflate(h.text()),
			formatOpenMetrics: ix.codec.deflate(h.openMetrics()),
		}
	}
	return f.headers
}

// shadowed returns whether another family has a name that OpenMetrics reserves
// for a counter of this name.
func (ix *index) shadowed(name string) bool {
	base, found := strings.CutSuffix(name, totalSuffix)
	if !found {
		return false
	}
	return ix.families[base] != nil || ix.families[base+"_created"] != nil
}
