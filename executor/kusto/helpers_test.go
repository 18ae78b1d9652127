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

func silent() *log.Logger { return log.New(io.Discard, "", 0) }

func cmpOr(a, b string) string { return cmp.Or(a, b) }
