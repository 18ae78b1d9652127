package remotewrite

import (
	"hash/maphash"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// roll knows which series each exporter had in its newest window, to find those
// that are gone in the next one, and holds the markers that are to be sent.
type roll struct {
	seed maphash.Seed
	// wake has a value while markers of ended exporters wait.
	wake chan struct{}

	mu sync.Mutex // guards what follows
	// last is what each exporter's newest window had.
	last map[types.NamespacedName]*window
	// waiting are the markers to send, oldest first, and waitingBytes is their
	// size.
	waiting      []markers
	waitingBytes int
}

// maxWaiting bounds the markers that wait, in bytes; the oldest are dropped first.
// Receivers end such series by themselves.
const maxWaiting = 16 << 20

// window is what a window had.
type window struct {
	// end is the window's end, newest that of its newest sample, in milliseconds.
	end, newest int64
	// hashes are those of the series' labels, in the order of the answer.
	hashes []uint64
	series packed
}

// markers end series at a time, in milliseconds.
type markers struct {
	exporter types.NamespacedName
	at       int64
	series   packed
}

// attendance is the memory that one call works in.
type attendance struct {
	labels []byte
	packer packer
	// hashes are those of the batch's series, in their order.
	hashes []uint64
	// sorted are the same, for those who look one up; same sorts them.
	sorted []uint64
}

func newRoll() *roll {
	return &roll{seed: maphash.MakeSeed(), wake: make(chan struct{}, 1), last: make(map[types.NamespacedName]*window)}
}

// call compares the series of a delivery with those of the newest window before,
// and notes the end of those that are gone. A window of the past ends nothing: its
// series are no longer, or not yet again, what is to be expected.
func (r *roll) call(d metric.Delivery, l *layout, a *attendance) {
	before := r.window(d.Source.NamespacedName)
	end := d.End.UnixMilli()
	if before != nil && before.end >= end {
		return
	}
	a.hash(r.seed, d.Batch, l)
	now := &window{end: end, newest: newest(d.Batch)}
	var gone markers
	switch {
	case before != nil && slices.Equal(before.hashes, a.hashes): // as a rule
		now.hashes, now.series = before.hashes, before.series
	case before != nil && a.same(before): // in another order
		now.hashes, now.series = slices.Clone(a.hashes), before.series
	default:
		now.hashes, now.series = slices.Clone(a.hashes), a.pack(d.Batch, l)
		gone = r.gone(before, now, a)
	}
	r.set(d.Source.NamespacedName, now, gone)
}

// hash hashes the series of a batch.
func (a *attendance) hash(seed maphash.Seed, b *metric.Batch, l *layout) {
	a.hashes = a.hashes[:0]
	for points := range b.BySeries() {
		a.labels = l.appendLabels(a.labels[:0], &points[0])
		a.hashes = append(a.hashes, maphash.Bytes(seed, a.labels))
	}
}

// same reports whether a window had the same series, in whatever order.
func (a *attendance) same(w *window) bool {
	a.sorted = append(a.sorted[:0], a.hashes...)
	slices.Sort(a.sorted)
	return len(w.hashes) == len(a.sorted) && slices.Equal(slices.Sorted(slices.Values(w.hashes)), a.sorted)
}

// pack packs the series of a batch.
func (a *attendance) pack(b *metric.Batch, l *layout) packed {
	for points := range b.BySeries() {
		a.labels = l.appendLabels(a.labels[:0], &points[0])
		a.packer.add(a.labels)
	}
	return a.packer.finish()
}

// newest returns the time of the newest sample in milliseconds.
func newest(b *metric.Batch) int64 {
	var ms int64
	for i := range b.Points {
		ms = max(ms, milliseconds(&b.Points[i]))
	}
	return ms
}

// gone returns what ends the series of a window that are not the same. Each
// marker takes the place of the sample that did not come: a sample without a time
// of its own has its window's last moment.
func (r *roll) gone(before, now *window, a *attendance) markers {
	if before == nil {
		return markers{}
	}
	for labels := range before.series.all() {
		if _, here := slices.BinarySearch(a.sorted, maphash.Bytes(r.seed, labels)); !here {
			a.packer.add(labels)
		}
	}
	return markers{at: max(now.end-1, before.newest+1), series: a.packer.finish()}
}

func (r *roll) window(exporter types.NamespacedName) *window {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last[exporter]
}

// set makes a window the newest one; gone are the markers that come with it.
func (r *roll) set(exporter types.NamespacedName, now *window, gone markers) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[exporter] = now
	if len(gone.series) > 0 {
		gone.exporter = exporter
		r.add(gone)
	}
}

// add adds markers behind the others; mu is held.
func (r *roll) add(m markers) {
	r.waiting = append(r.waiting, m)
	r.waitingBytes += m.series.size()
	for r.waitingBytes > maxWaiting {
		r.takeFirst()
	}
}

// takeFirst removes the oldest markers; mu is held.
func (r *roll) takeFirst() markers {
	first := r.waiting[0]
	r.waiting = r.waiting[1:]
	r.waitingBytes -= first.series.size()
	return first
}

// next takes the oldest markers.
func (r *roll) next() (m markers, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		return markers{}, false
	}
	return r.takeFirst(), true
}

// putBack returns markers that could not be sent to where they were.
func (r *roll) putBack(m markers) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = slices.Insert(r.waiting, 0, m)
	r.waitingBytes += m.series.size()
}

// end notes the end of all series of an exporter: one moment after its newest
// window, so that the bytes do not depend on when that is noticed.
func (r *roll) end(exporter types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := r.last[exporter]
	delete(r.last, exporter)
	if last == nil || len(last.hashes) == 0 {
		return
	}
	r.add(markers{exporter, max(last.end, last.newest+1), last.series})
	select {
	case r.wake <- struct{}{}:
	default: // it is awake already
	}
}

// forget drops all that is known of an exporter.
func (r *roll) forget(exporter types.NamespacedName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.last, exporter)
	r.waiting = slices.DeleteFunc(r.waiting, func(m markers) bool { return m.exporter == exporter })
	r.waitingBytes = 0
	for _, m := range r.waiting {
		r.waitingBytes += m.series.size()
	}
}
