package kusto

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
)

// sentQuery is the request body that a server got, and its headers.
type sentQuery struct {
	DB         string         `json:"db"`
	CSL        string         `json:"csl"`
	Properties sentProperties `json:"properties"`
	header     http.Header
}

type sentProperties struct {
	Options    map[string]any
	Parameters map[string]string
}

// capture stores the request and answers with body.
func (s *sentQuery) capture(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*s = sentQuery{header: r.Header}
		if err := json.NewDecoder(r.Body).Decode(s); err != nil {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, body)
	}
}

func countNew(n *atomic.Int64) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
}

// dialTo connects every host name to server.
func dialTo(server *httptest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Listener.Addr().String())
	}
}

// deadline is a context whose deadline passes when the test says so.
type deadline struct {
	context.Context

	passed chan struct{}
	once   sync.Once
}

func newDeadline(parent context.Context) *deadline {
	return &deadline{Context: parent, passed: make(chan struct{})}
}

func (d *deadline) pass()                 { d.once.Do(func() { close(d.passed) }) }
func (d *deadline) Done() <-chan struct{} { return d.passed }

func (d *deadline) Err() error {
	select {
	case <-d.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func silent() *log.Logger { return log.New(io.Discard, "", 0) }

func cmpOr(a, b string) string { return cmp.Or(a, b) }
