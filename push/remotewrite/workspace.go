package remotewrite

import "github.com/klauspost/compress/s2"

// workspace is the memory that a delivery is encoded in.
type workspace struct {
	layout layout
	v1     encoder1
	v2     encoder2
	body   []byte

	attendance attendance
}

// size is about how much memory it holds.
func (w *workspace) size() int {
	return cap(w.v1.buf) + cap(w.v2.out) + cap(w.v2.series) + cap(w.v2.symbols.text.buf) + cap(w.body)
}

// encoder returns the encoder of a version.
func (w *workspace) encoder(v Version) encoder {
	if v == Version2 {
		return &w.v2
	}
	return &w.v1
}

// compress returns the body of a request, valid until the next one. Snappy is the
// only compression that both versions know, and only its block format.
func (w *workspace) compress(e encoder) []byte {
	w.body = s2.EncodeSnappy(w.body[:cap(w.body)], e.message())
	return w.body
}
