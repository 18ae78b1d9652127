package exposition

import (
	"encoding/binary"
	"io"
	"iter"
)

// body is the text of one answer.
type body struct {
	segments []*segment
	// end follows the segments, if there is one.
	end *segment
}

// all yields every segment in order.
func (b body) all() iter.Seq[*segment] {
	return func(yield func(*segment) bool) {
		for _, s := range b.segments {
			if !yield(s) {
				return
			}
		}
		if b.end != nil {
			yield(b.end)
		}
	}
}

// size is the length of the text.
func (b body) size() int {
	total := 0
	for s := range b.all() {
		total += s.size
	}
	return total
}

// write writes the text.
func (b body) write(w io.Writer, c *codec) error {
	for s := range b.all() {
		if _, err := w.Write(c.text(s)); err != nil {
			return err
		}
	}
	return nil
}

const (
	// gzipHeader says deflate, no name, no time, unknown system (RFC 1952).
	gzipHeader = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	// lastBlock is an empty deflate block that ends the stream (RFC 1951).
	lastBlock = "\x03\x00"
	// gzipTrailer is CRC-32 and length, of four bytes each.
	gzipTrailer = 8
)

// gzipSize is the length of the gzip form.
func (b body) gzipSize() int {
	total := len(gzipHeader) + len(lastBlock) + gzipTrailer
	for s := range b.all() {
		total += len(s.deflated)
	}
	return total
}

// writeGzip writes the text as one gzip member, made of the segments as they
// are. One member and not one for each segment, since not every client reads on
// after the first.
func (b body) writeGzip(w io.Writer) error {
	if _, err := io.WriteString(w, gzipHeader); err != nil {
		return err
	}
	var crc uint32
	for s := range b.all() {
		if _, err := w.Write(s.deflated); err != nil {
			return err
		}
		crc = crcAppend(crc, s.crc, s.shift)
	}
	end := make([]byte, 0, len(lastBlock)+gzipTrailer)
	end = append(end, lastBlock...)
	end = binary.LittleEndian.AppendUint32(end, crc)
	end = binary.LittleEndian.AppendUint32(end, uint32(b.size())) // RFC 1952: modulo 2^32
	_, err := w.Write(end)
	return err
}
