package emulator

import (
	"compress/gzip"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// response writes an answer frame by frame, compressed when the client asks for
// it, and lets a fault step in between.
type response struct {
	http    http.ResponseWriter
	request *http.Request
	body    io.Writer
	gzip    *gzip.Writer
	fault   *Fault

	status   int
	rows     int64
	failure  string
	activity string
	// frames and bytes are what was sent; ended is set when no more may follow.
	frames, bytes int
	ended         bool
}

func newResponse(w http.ResponseWriter, r *http.Request, e *Entry) *response {
	out := &response{http: w, request: r, activity: newActivityID()}
	w.Header().Set("x-ms-activity-id", out.activity)
	w.Header().Set("x-ms-client-request-id", e.ClientRequestID)
	return out
}

func newActivityID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // It never fails.
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

func (r *response) inject(f *Fault) { r.fault = f }

// start sends the header.
func (r *response) start(status int, contentType string) {
	if r.status != 0 {
		return
	}
	r.status = status
	r.http.Header().Set("Content-Type", contentType)
	r.body = r.http
	if strings.Contains(r.request.Header.Get("Accept-Encoding"), "gzip") {
		r.http.Header().Set("Content-Encoding", "gzip")
		r.gzip, _ = gzip.NewWriterLevel(r.http, gzip.BestSpeed) // The level is valid.
		r.body = r.gzip
	}
	r.http.WriteHeader(status)
}

// sendError sends an HTTP error if nothing was sent before.
func (r *response) sendError(err error) {
	e := asREST(err)
	r.failure = e.Detail
	if r.status != 0 {
		return
	}
	e.Context = map[string]string{
		"clientRequestId": r.http.Header().Get("x-ms-client-request-id"), "activityId": r.activity,
		"timestamp": time.Now().UTC().Format(time.RFC3339Nano),
	}
	if e.retryAfter > 0 {
		r.http.Header().Set("Retry-After", strconv.Itoa(int((e.retryAfter+time.Second-1)/time.Second)))
	}
	r.send(e.status, "application/json", e.json())
}

// send sends a whole answer.
func (r *response) send(status int, contentType string, body []byte) {
	r.start(status, contentType)
	_, _ = r.body.Write(body)
	r.close()
}

// close ends the answer well. It may be called again.
func (r *response) close() {
	if r.gzip != nil {
		_ = r.gzip.Close()
		r.gzip = nil
	}
	r.ended = true
}

// frame sends one frame, or part of it when a fault ends the answer here.
func (r *response) frame(p []byte) error {
	if r.ended {
		return errEnded
	}
	p, last := r.cut(p)
	r.bytes += len(p)
	r.frames++
	if _, err := r.body.Write(p); err != nil {
		return fmt.Errorf("cannot send a frame: %w", err)
	}
	if last {
		r.breakOff()
		return errEnded
	}
	if r.fault != nil && r.fault.Kind == Drip {
		r.flush()
		return r.wait(r.fault.Delay)
	}
	return nil
}

// cut returns what is sent of a frame and whether the fault ends the answer
// after it.
func (r *response) cut(p []byte) (sent []byte, last bool) {
	f := r.fault
	if f == nil || f.Kind != Truncate && f.Kind != Stall && f.Kind != Reset {
		return p, false
	}
	if f.Byte > 0 && r.bytes+len(p) >= f.Byte {
		return p[:f.Byte-r.bytes], true
	}
	return p, f.Byte == 0 && r.frames+1 >= f.Frame
}

// breakOff ends the answer as the fault says.
func (r *response) breakOff() {
	r.flush()
	if r.fault.Kind == Stall {
		_ = r.wait(r.fault.Delay) // The client's end is as good as ours.
	}
	if r.fault.Kind == Reset {
		r.reset()
	}
	r.ended = true
}

func (r *response) flush() {
	if r.gzip != nil {
		_ = r.gzip.Flush()
	}
	_ = http.NewResponseController(r.http).Flush()
}

// wait blocks for d, without limit when it is zero, or until the client leaves.
func (r *response) wait(d time.Duration) error {
	var after <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		after = timer.C
	}
	select {
	case <-after:
		return nil
	case <-r.request.Context().Done():
		return r.request.Context().Err()
	}
}

// reset closes the connection so that the client sees it reset.
func (r *response) reset() {
	r.gzip, r.ended = nil, true
	conn, _, err := http.NewResponseController(r.http).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // The way to break a connection that cannot be taken over.
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
