package offline

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/exposition"
)

// acceptHeaders are what a scraper sends to get a format of the exposition.
var acceptHeaders = map[Format]string{
	FormatText:        "text/plain;version=0.0.4",
	FormatOpenMetrics: "application/openmetrics-text;version=1.0.0",
}

// Exposed returns what a scrape would get, if the answer's exporter were the only
// one. It is scraped from the service's own store.
func (a *Answer) Exposed(ctx context.Context, format Format) (string, error) {
	delivery := a.delivery()
	store := exposition.NewStore(exposition.Options{Now: func() time.Time { return delivery.End }}, nil)
	if err := store.Deliver(ctx, delivery); err != nil {
		return "", fmt.Errorf("cannot expose the series: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Accept", acceptHeaders[format])
	scrape := page{header: http.Header{}}
	exposition.NewHandler(store, nil).ServeHTTP(&scrape, request)
	return scrape.body.String(), nil
}

// page is an http.ResponseWriter that keeps what is written.
type page struct {
	header http.Header
	body   bytes.Buffer
}

// Header returns the headers, which nobody reads.
func (p *page) Header() http.Header { return p.header }

// WriteHeader drops the status: the handler of a store that is ready has one only.
func (p *page) WriteHeader(int) {}

// Write adds to the body.
func (p *page) Write(content []byte) (int, error) { return p.body.Write(content) }

// isSeries reports whether a line of an exposition is a sample, not a comment.
func isSeries(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && line[0] != '#'
}
