package metric

import (
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// ordering brings the points of a batch into their order. It holds nothing but
// memory for the next time.
type ordering struct {
	// next is where the next point of a series goes.
	next []int32
	// number is the series' number in the batch.
	number []int32
	// byFamily are the series, family by family.
	byFamily []int32
}

// arrange fills batch.Points from the points as they came.
func (o *ordering) arrange(batch *Batch, all []series, pending []Point) {
	o.group(len(batch.Families), all)
	o.place(all, pending)
	batch.Points = slices.Grow(batch.Points[:0], len(pending))[:len(pending)]
	for i := range pending {
		p := &pending[i]
		at := &o.next[p.Series]
		batch.Points[*at] = Point{
			Family: all[p.Series].family, Series: o.number[p.Series], Row: p.Row, Time: p.Time, Value: p.Value,
		}
		*at++
	}
	batch.Series = len(all)
	before := len(batch.Points)
	batch.Points = settleTimes(batch.Points)
	batch.Dropped[DropDuplicate] += int64(before - len(batch.Points))
}

// group orders the series by family, and keeps their order within one.
func (o *ordering) group(families int, all []series) {
	o.byFamily = resized(o.byFamily, len(all))
	starts := make([]int32, families+1)
	for _, s := range all {
		starts[s.family+1]++
	}
	for f := range families {
		starts[f+1] += starts[f]
	}
	for i, s := range all {
		o.byFamily[starts[s.family]] = index32(i)
		starts[s.family]++
	}
}

// place says where the points of each series go.
func (o *ordering) place(all []series, pending []Point) {
	o.next, o.number = resized(o.next, len(all)), resized(o.number, len(all))
	clear(o.next)
	for i := range pending {
		o.next[pending[i].Series]++
	}
	start := int32(0)
	for number, s := range o.byFamily {
		start, o.next[s] = start+o.next[s], start
		o.number[s] = index32(number)
	}
}

// settleTimes orders the points of each series by time and keeps the last of
// those with equal time. It works in place.
func settleTimes(points []Point) []Point {
	kept := points[:0]
	for run := range (&Batch{Points: points}).BySeries() {
		if !slices.IsSortedFunc(run, byTime) {
			slices.SortStableFunc(run, byTime)
		}
		for i := range run {
			if i+1 == len(run) || run[i].Time != run[i+1].Time {
				kept = append(kept, run[i])
			}
		}
	}
	return kept
}

func byTime(p, q Point) int { return cmp.Compare(p.Time, q.Time) }

func resized(s []int32, n int) []int32 { return slices.Grow(s[:0], n)[:n] }

// limitSeries leaves out the points of the series beyond the limit. It keeps the
// series whose hashes are the smallest: rows come in any order, and the user
// should see the same series in every window.
func (b *Builder) limitSeries() {
	limit := b.plan.maxSeries
	if limit == 0 || len(b.series) <= limit {
		return
	}
	b.batch.SeriesLeftOut = len(b.series) - limit
	renumbered := b.keepSeries(limit)
	b.dropFamilies()
	kept := b.pending[:0]
	for _, p := range b.pending {
		if p.Series = renumbered[p.Series]; p.Series != refused {
			kept = append(kept, p)
		}
	}
	b.drop(DropTooManySeries, len(b.pending)-len(kept))
	b.pending = kept
}

// keepSeries shortens b.series to the limit, and returns the new index of each;
// refused for those left out.
func (b *Builder) keepSeries(limit int) []int32 {
	type ranked struct {
		hash  uint64
		index int
	}
	ranking := make([]ranked, len(b.series))
	for i, s := range b.series {
		ranking[i] = ranked{hash: b.seriesHash(s), index: i}
	}
	slices.SortFunc(ranking, func(x, y ranked) int {
		return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.index, y.index))
	})
	renumbered := make([]int32, len(b.series))
	for _, r := range ranking[limit:] {
		renumbered[r.index] = refused
	}
	kept := b.series[:0]
	for i, s := range b.series {
		if renumbered[i] != refused {
			renumbered[i] = index32(len(kept))
			kept = append(kept, s)
		}
	}
	b.series = kept
	return renumbered
}

// seriesHash is the same for a series in every process and every window.
func (b *Builder) seriesHash(s series) uint64 {
	var digest xxhash.Digest
	digest.Reset()
	_, _ = digest.WriteString(b.batch.Families[s.family].Name)
	for i, name := range b.batch.LabelNames {
		// 0xff is no byte of UTF-8, so no two series have the same input.
		_, _ = digest.WriteString("\xff" + name + "\xff")
		_, _ = digest.Write(b.batch.Label(s.row, i))
	}
	return digest.Sum64()
}

// dropFamilies forgets the families without series.
func (b *Builder) dropFamilies() {
	used := make([]bool, len(b.batch.Families))
	for _, s := range b.series {
		used[s.family] = true
	}
	renumbered := make([]int32, len(used))
	kept := b.batch.Families[:0]
	for i, family := range b.batch.Families {
		renumbered[i] = index32(len(kept))
		if used[i] {
			kept = append(kept, family)
		}
	}
	b.batch.Families = kept
	for i := range b.series {
		b.series[i].family = renumbered[b.series[i].family]
	}
}
