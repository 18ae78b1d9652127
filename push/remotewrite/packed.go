package remotewrite

import (
	"bytes"
	"encoding/binary"
	"iter"

	"github.com/klauspost/compress/s2"
)

// packed are the labels of series of version 1.0, each behind its length, in
// compressed blocks: they are long, alike, and seldom looked at.
type packed [][]byte

// maxBlock is how much of a packed is ever unpacked at once, about: a thousand
// series.
const maxBlock = 256 << 10

// size is how many bytes it takes.
func (p packed) size() int {
	n := 0
	for _, block := range p {
		n += len(block)
	}
	return n
}

// blocks yields what each block has, for nextSeries.
func (p packed) blocks() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var buf []byte
		for _, block := range p {
			// It cannot fail: only a packer makes blocks, and they stay in memory.
			series, err := s2.Decode(buf[:cap(buf)], block)
			if err != nil || !yield(series) {
				return
			}
			buf = series
		}
	}
}

// nextSeries splits the labels of the first series off.
func nextSeries(series []byte) (labels, rest []byte) {
	length, n := binary.Uvarint(series)
	return series[n : n+int(length)], series[n+int(length):]
}

// all yields the labels of each series, each valid until the next one.
func (p packed) all() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for block := range p.blocks() {
			for len(block) > 0 {
				var labels []byte
				if labels, block = nextSeries(block); !yield(labels) {
					return
				}
			}
		}
	}
}

// packer packs series.
type packer struct {
	buf   []byte
	block []byte
	out   packed
}

func (p *packer) add(labels []byte) {
	p.buf = binary.AppendUvarint(p.buf, uint64(len(labels)))
	p.buf = append(p.buf, labels...)
	if len(p.buf) >= maxBlock {
		p.cut()
	}
}

func (p *packer) cut() {
	p.block = s2.Encode(p.block[:cap(p.block)], p.buf)
	p.out = append(p.out, bytes.Clone(p.block)) // the encoder takes room for the worst case
	p.buf = p.buf[:0]
}

// finish returns what was packed; the packer can be used again.
func (p *packer) finish() packed {
	if len(p.buf) > 0 {
		p.cut()
	}
	out := p.out
	p.out = nil
	return out
}
