package remotewrite

import "github.com/golang/snappy"

// workspace is the memory that a delivery is encoded in.
type workspace struct {
	layout layout
	v1     encoder1
	v2     encoder2
	body   []byte
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
	w.body = snappy.Encode(w.body[:cap(w.body)], e.message())
	return w.body
}
