package exposition

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
)

// writeBuffer joins small segments, so that a scrape of many small families
// does not make a system call for each.
const writeBuffer = 64 << 10

// Handler answers scrapes with what a Store shows. It never looks at, or logs,
// the Authorization header that the adx-mon Collector sends to every target.
type Handler struct {
	store *Store
	ready func() bool
	// negotiated is the last answer to an Accept header: a scraper always sends
	// the same one, and parsing it costs more than all else in a scrape.
	negotiated atomic.Pointer[negotiated]
	// buffers are pooled *bufio.Writer.
	buffers sync.Pool
}

// NewHandler returns a handler that answers 503 until ready returns true; a nil
// ready means always.
func NewHandler(store *Store, ready func() bool) *Handler {
	if ready == nil {
		ready = func() bool { return true }
	}
	return &Handler{store: store, ready: ready}
}

// ServeHTTP answers GET and HEAD. Parameters name[] select metrics by name.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are answered here", http.StatusMethodNotAllowed)
		return
	}
	if !h.ready() {
		// An empty 200 would tell Prometheus that all series have ended.
		http.Error(w, "this instance does not know its exporters yet, try again soon", http.StatusServiceUnavailable)
		return
	}
	accept, coding := h.negotiate(r.Header), negotiateEncoding(r.Header)
	b := h.store.view().body(accept.format, selectedNames(r))
	setHeader(w.Header(), accept, coding, b)
	h.store.metrics.scrapes[accept.format][coding].Inc()
	if r.Method == http.MethodGet {
		h.write(w, b, coding)
	}
}

// negotiate returns the format for an Accept header.
func (h *Handler) negotiate(header http.Header) *negotiated {
	if last := h.negotiated.Load(); last != nil && last.accept == header.Get("Accept") {
		return last
	}
	n := negotiateFormat(header)
	h.negotiated.Store(n)
	return n
}

func selectedNames(r *http.Request) []string {
	if r.URL.RawQuery == "" {
		return nil
	}
	return r.URL.Query()["name[]"]
}

func setHeader(header http.Header, accept *negotiated, coding encoding, b body) {
	header["Content-Type"] = accept.contentType
	header.Set("Vary", "Accept, Accept-Encoding")
	size := b.size
	if coding == encodingGzip {
		size = b.gzipSize
		header.Set("Content-Encoding", coding.String())
	}
	header.Set("Content-Length", strconv.Itoa(size()))
}

// write sends the body. An error means that the client has gone, and there is
// nobody left to tell.
func (h *Handler) write(w io.Writer, b body, coding encoding) {
	buf, _ := h.buffers.Get().(*bufio.Writer)
	if buf == nil {
		buf = bufio.NewWriterSize(nil, writeBuffer)
	}
	defer h.buffers.Put(buf)
	buf.Reset(w)
	defer buf.Reset(nil) // a pooled buffer must not keep the connection

	var err error
	if coding == encodingGzip {
		err = b.writeGzip(buf)
	} else {
		err = b.write(buf, &h.store.codec)
	}
	if err == nil {
		_ = buf.Flush()
	}
}
