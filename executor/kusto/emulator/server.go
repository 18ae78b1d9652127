package emulator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
)

// maxBody is the largest request that is read.
const maxBody = 16 << 20

// Options are how a Server behaves; the zero value is lenient and silent.
type Options struct {
	// Now is the server's clock; nil is time.Now.
	Now func() time.Time
	// Strict refuses what the service's own binder refuses.
	Strict bool
	// Journal gets a JSON line for each request that ended; nil writes none.
	Journal io.Writer
	// JournalSize is how many requests are kept in memory; zero is 10,000.
	JournalSize int
	// FragmentRows is how many rows a frame holds; zero is 1,000.
	FragmentRows int
	// MaxRows bounds a query's intermediate rows; zero is the engine's default.
	MaxRows int64
}

// Server is the emulator. It is an http.Handler, safe for concurrent use.
type Server struct {
	options Options
	catalog *engine.Catalog
	journal *journal
	script  *script
}

// New returns a server without databases.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.FragmentRows <= 0 {
		o.FragmentRows = 1000
	}
	return &Server{options: o, catalog: engine.NewCatalog(), journal: newJournal(o.Journal, o.JournalSize), script: &script{}}
}

// Database returns a database of the server's own cluster, creating it if it is
// new.
func (s *Server) Database(name string) *engine.Database { return s.catalog.Database("", name) }

// Catalog returns all clusters.
func (s *Server) Catalog() *engine.Catalog { return s.catalog }

// Journal returns the requests received, oldest first.
func (s *Server) Journal() []Entry { return s.journal.entries() }

// Script replaces the faults to come. Without arguments there are none.
func (s *Server) Script(faults ...Fault) { s.script.set(faults) }

// ServeHTTP answers a REST request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch p := path.Clean("/" + r.URL.Path); {
	case r.Method == http.MethodGet && strings.HasSuffix(p, "/v1/rest/auth/metadata"):
		serveMetadata(w)
	case r.Method != http.MethodPost:
		http.NotFound(w, r)
	case strings.HasSuffix(p, "/v2/rest/query"):
		s.serve(w, r, strings.TrimSuffix(p, "/v2/rest/query"), s.query)
	case strings.HasSuffix(p, "/v1/rest/query"):
		s.serve(w, r, strings.TrimSuffix(p, "/v1/rest/query"), s.queryV1)
	case strings.HasSuffix(p, "/v1/rest/mgmt"):
		s.serve(w, r, strings.TrimSuffix(p, "/v1/rest/mgmt"), s.manage)
	default:
		http.NotFound(w, r)
	}
}

// serveMetadata describes the public cloud, for which the SDK lets loopback
// hosts pass.
func serveMetadata(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"AzureAD":{"LoginEndpoint":"https://login.microsoftonline.com","LoginMfaRequired":false,`+
		`"KustoClientAppId":"db662dc1-0cfe-4e1c-a843-19a68e65be58","KustoClientRedirectUri":"https://microsoft/kustoclient",`+
		`"KustoServiceResourceId":"https://kusto.kusto.windows.net",`+
		`"FirstPartyAuthorityUrl":"https://login.microsoftonline.com/f8cdef31-a31e-4b4a-93e4-5f571e91255a"}}`)
}

// exchange is one request and its answer.
type exchange struct {
	http    *http.Request
	out     *response
	entry   *Entry
	cluster string
	request request
	fault   *Fault
}

// request is the body of a REST request.
type request struct {
	Database   string `json:"db"`
	Text       string `json:"csl"`
	Properties struct {
		Options    map[string]any    `json:"Options"`
		Parameters map[string]string `json:"Parameters"`
	} `json:"properties"`
}

// handler answers an exchange; the error is sent if nothing has been sent yet.
type handler func(ctx context.Context, x *exchange) error

// serve records the request, applies the faults due, and sends the handler's
// error.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, cluster string, answer handler) {
	x := &exchange{http: r, cluster: strings.Trim(cluster, "/"), entry: newEntry(r, s.options.Now())}
	s.journal.begin(x.entry)
	x.out = newResponse(w, r, x.entry)
	defer func() { s.journal.end(x.entry, x.out, s.options.Now()) }()
	if x.fault = s.script.early(x.entry.ClientRequestID); x.fault != nil {
		s.journal.update(x.entry, func(e *Entry) { e.Fault = x.fault.Kind })
		x.out.sendError(throttled(x.fault))
		return
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&x.request); err != nil {
		x.out.sendError(badRequest("BadRequest", "the request's body is no JSON: "+err.Error()))
		return
	}
	s.journal.update(x.entry, func(e *Entry) { e.fill(x.request) })
	if x.fault = s.script.next(x.request.Database, x.entry.ClientRequestID); x.fault != nil {
		s.journal.update(x.entry, func(e *Entry) { e.Fault = x.fault.Kind })
		x.out.inject(x.fault)
		if x.fault.answer(x.out) {
			return
		}
	}
	if err := answer(r.Context(), x); err != nil {
		x.out.sendError(err)
	}
	x.out.close()
}
