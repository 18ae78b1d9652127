package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Record runs a v2 query and returns the bytes of its answer, uncompressed.
// Together with Replay it makes answers that cost nothing to produce.
func (s *Server) Record(ctx context.Context, database, text string) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"db": database, "csl": text, "properties": map[string]any{"Options": map[string]any{"notruncation": true}}})
	if err != nil {
		return nil, fmt.Errorf("cannot make the request: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/v2/rest/query", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("cannot make the request: %w", err)
	}
	w := &recorder{header: http.Header{}}
	s.ServeHTTP(w, r)
	if w.status != http.StatusOK {
		return nil, fmt.Errorf("cannot run the query: status %d: %s", w.status, w.body.Bytes())
	}
	return w.body.Bytes(), nil
}

// recorder is a ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the answer's header.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader keeps the status.
func (w *recorder) WriteHeader(status int) { w.status = status }

// Write keeps a part of the body.
func (w *recorder) Write(p []byte) (int, error) { return w.body.Write(p) }

// Replay returns a handler that gives each query the same recorded answer, for
// benchmarks in which the server must not be what is measured.
func Replay(answer []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/v1/rest/auth/metadata") {
			serveMetadata(w)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(answer)
	})
}
