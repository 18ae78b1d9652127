package exposition

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
)

// deflateLevel is the fastest one: rendered series are so repetitive that
// higher levels take longer and save nothing worth it.
const deflateLevel = 1

// segment is a piece of text that is kept deflated, so that it can be a part of
// any gzip member: it ends at a byte boundary, is not final, and refers to
// nothing before it.
type segment struct {
	deflated []byte
	size     int
	crc      uint32
	shift    uint32
	// inflated is the text, once somebody asked for it. It lives as long as the
	// segment, so only instances that are scraped uncompressed hold text.
	inflated atomic.Pointer[[]byte]
}

// codec makes segments and reads them. Its pools save the compressor's tables,
// which are far larger than what they compress.
type codec struct {
	writers, readers, blocks sync.Pool
}

// deflate returns the text as a segment. It does not keep text.
func (c *codec) deflate(text []byte) *segment {
	d := c.begin()
	d.write(text)
	return d.end()
}

// deflater makes a segment of text that comes in pieces, so that a large family
// never stands in memory as text.
type deflater struct {
	codec *codec
	out   *blocks
	w     *flate.Writer
	size  int
	crc   uint32
}

// begin starts a segment; its deflater must be ended.
func (c *codec) begin() *deflater {
	out := &blocks{pool: &c.blocks}
	w, _ := c.writers.Get().(*flate.Writer)
	if w == nil {
		w, _ = flate.NewWriter(nil, deflateLevel) // fails for an unknown level only
	}
	w.Reset(out)
	return &deflater{codec: c, out: out, w: w}
}

// write adds text; it does not keep it.
func (d *deflater) write(text []byte) {
	_, _ = d.w.Write(text) // blocks never fail
	d.size += len(text)
	d.crc = crc32.Update(d.crc, crc32.IEEETable, text)
}

// end returns the segment; the deflater is of no more use.
func (d *deflater) end() *segment {
	_ = d.w.Flush()
	d.codec.writers.Put(d.w)
	return &segment{deflated: d.out.join(), size: d.size, crc: d.crc, shift: crcShift(d.size)}
}

// blockSize is more than what most families take when they are deflated.
const blockSize = 16 << 10

// block is a piece of what will be one slice.
type block struct {
	bytes [blockSize]byte
	used  int
}

// blocks is a writer into pooled blocks: unlike a buffer that grows, it takes no
// more than what is written, and leaves no garbage behind.
type blocks struct {
	pool *sync.Pool
	all  []*block
	size int
}

func (b *blocks) Write(p []byte) (int, error) {
	n := len(p)
	b.size += n
	for len(p) > 0 {
		last := b.last()
		copied := copy(last.bytes[last.used:], p)
		last.used += copied
		p = p[copied:]
	}
	return n, nil
}

// last returns the block that has room.
func (b *blocks) last() *block {
	if n := len(b.all); n > 0 && b.all[n-1].used < blockSize {
		return b.all[n-1]
	}
	empty, _ := b.pool.Get().(*block)
	if empty == nil {
		empty = new(block)
	}
	empty.used = 0
	b.all = append(b.all, empty)
	return empty
}

// join returns what was written, and gives the blocks back.
func (b *blocks) join() []byte {
	joined := make([]byte, 0, b.size)
	for _, block := range b.all {
		joined = append(joined, block.bytes[:block.used]...)
		b.pool.Put(block)
	}
	b.all = nil
	return joined
}

// text returns the segment's text, and keeps it for the next caller. Two callers
// at once may both inflate; either result serves.
func (c *codec) text(s *segment) []byte {
	if text := s.inflated.Load(); text != nil {
		return *text
	}
	text := c.inflate(s)
	s.inflated.Store(&text)
	return text
}

// inflate returns the segment's text without keeping it.
func (c *codec) inflate(s *segment) []byte {
	r := c.open(s.deflated)
	defer c.readers.Put(r)
	text := make([]byte, s.size)
	if _, err := io.ReadFull(r, text); err != nil {
		// The bytes never left this process: nothing but broken memory gets here,
		// and then no answer is better than a wrong one.
		panic(fmt.Errorf("cannot inflate a segment of %d bytes: %w", s.size, err))
	}
	return text
}

// open returns what deflated bytes are the deflated form of. The reader belongs
// into the pool when it has been read.
func (c *codec) open(deflated []byte) io.Reader {
	r, _ := c.readers.Get().(io.Reader)
	if r == nil {
		r = flate.NewReader(nil)
	}
	_ = r.(flate.Resetter).Reset(bytes.NewReader(deflated), nil) // never fails without a dictionary
	return r
}
