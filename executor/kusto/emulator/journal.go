package emulator

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Entry is one request that the server received.
type Entry struct {
	// Time is when the request came, Duration how long until its answer ended;
	// zero while it has not.
	Time     time.Time     `json:"time"`
	Duration time.Duration `json:"duration,omitempty"`
	// Path is the request's path.
	Path            string            `json:"path"`
	Database        string            `json:"database,omitempty"`
	Text            string            `json:"text,omitempty"`
	Parameters      map[string]string `json:"parameters,omitempty"`
	Options         map[string]any    `json:"options,omitempty"`
	ClientRequestID string            `json:"clientRequestId,omitempty"`
	App             string            `json:"app,omitempty"`
	// Status is the HTTP status; zero while there is none.
	Status int `json:"status,omitempty"`
	// Rows is the number of result rows sent.
	Rows int64 `json:"rows"`
	// Fault is the kind of the fault that was applied, if any.
	Fault FaultKind `json:"fault,omitempty"`
	// Error is what was wrong with the query, if anything.
	Error string `json:"error,omitempty"`
}

func newEntry(r *http.Request, now time.Time) *Entry {
	return &Entry{
		Time: now, Path: r.URL.Path,
		ClientRequestID: r.Header.Get("x-ms-client-request-id"), App: r.Header.Get("x-ms-app"),
	}
}

func (e *Entry) fill(r request) {
	e.Database, e.Text = r.Database, r.Text
	e.Parameters, e.Options = maps.Clone(r.Properties.Parameters), maps.Clone(r.Properties.Options)
}

// journal keeps the newest entries.
type journal struct {
	mu    sync.Mutex
	out   io.Writer
	size  int
	items []*Entry
}

func newJournal(out io.Writer, size int) *journal {
	if size <= 0 {
		size = 10_000
	}
	return &journal{out: out, size: size}
}

func (j *journal) begin(e *Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.items) >= j.size {
		j.items = append(j.items[:0:0], j.items[len(j.items)-j.size+1:]...)
	}
	j.items = append(j.items, e)
}

func (j *journal) update(e *Entry, change func(*Entry)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(e)
}

// end completes an entry and writes its line. The lock is held while writing so
// that lines do not mix.
func (j *journal) end(e *Entry, out *response, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Duration, e.Status, e.Rows, e.Error = now.Sub(e.Time), out.status, out.rows, out.failure
	if j.out == nil {
		return
	}
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	_, _ = j.out.Write(append(line, '\n'))
}

func (j *journal) entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries := make([]Entry, len(j.items))
	for i, e := range j.items {
		entries[i] = *e
	}
	return entries
}
