package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Handler serves the pages. Create it with New.
type Handler struct {
	opts Options
	mux  *http.ServeMux
}

// New returns a handler of the pages, to be mounted at the root of a port.
func New(opts Options) *Handler {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.PeerTimeout == 0 {
		opts.PeerTimeout = time.Second
	}
	h := &Handler{opts: opts, mux: http.NewServeMux()}
	h.mux.HandleFunc("/{$}", h.serveHome)
	h.mux.HandleFunc("/exporters", h.serveExporters)
	h.mux.HandleFunc("/exporters/{namespace}/{name}", h.serveDetail)
	h.mux.HandleFunc("/ring", h.serveRing)
	h.mux.HandleFunc("/targets", h.serveTargets)
	h.mux.Handle("/static/", files())
	h.mux.HandleFunc("/", h.serveNothing)
	return h
}

// headers keep a browser from doing more than to show what is sent, and from keeping
// it.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options":     "nosniff",
	"Referrer-Policy":            "no-referrer",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Cache-Control":              "no-store",
}

// ServeHTTP answers GET and HEAD.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This page only reads: GET and HEAD are answered here.", http.StatusMethodNotAllowed)
		return
	}
	h.mux.ServeHTTP(w, r)
}

func (h *Handler) serveHome(w http.ResponseWriter, r *http.Request) {
	home, err := h.home(r.Context(), r.URL.Query().Get("replica"))
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.answer(w, r, document{Name: "home", Title: "Replica " + home.Replica.Pod, Body: home})
}

func (h *Handler) serveExporters(w http.ResponseWriter, r *http.Request) {
	if onlySelf(r) {
		now := h.opts.Now()
		own := h.opts.Source.Exporters(now)
		h.answer(w, r, document{Name: "exporters", Body: Exporters{At: now, Total: len(own), Matching: len(own), Exporters: own}})
		return
	}
	q := r.URL.Query()
	f := filter{query: strings.TrimSpace(q.Get("q")), state: State(q.Get("state"))}
	if !slices.Contains(States(), f.state) {
		f.state = ""
	}
	f.sort, f.descending = parseSort(q.Get("sort"))
	h.answer(w, r, document{Name: "exporters", Title: "Exporters", Refresh: true, Body: h.exporters(r.Context(), f)})
}

func (h *Handler) serveDetail(w http.ResponseWriter, r *http.Request) {
	namespace, name := r.PathValue("namespace"), r.PathValue("name")
	if onlySelf(r) {
		own, ok := h.opts.Source.Exporter(namespace, name, h.opts.Now())
		if !ok {
			writeJSON(w, http.StatusOK, nil) // it is no error not to run it
			return
		}
		h.answer(w, r, document{Name: "exporter", Body: own})
		return
	}
	d, ok := h.detail(r.Context(), namespace, name)
	if !ok {
		h.fail(w, r, unknownExporter(namespace, name, d.Missing))
		return
	}
	h.answer(w, r, document{Name: "exporter", Title: namespace + "/" + name, Refresh: true, Body: d})
}

func unknownExporter(namespace, name string, missing []Missing) error {
	if len(missing) == 0 {
		return &notFoundError{fmt.Sprintf("No replica runs an exporter %q. It may not exist, or its criteria may match another instance.", namespace+"/"+name)}
	}
	pods := make([]string, len(missing))
	for i, m := range missing {
		pods[i] = m.Pod
	}
	return &unavailableError{fmt.Sprintf("No replica that answered runs an exporter %q. There was no answer from %s.", namespace+"/"+name, strings.Join(pods, ", "))}
}

func (h *Handler) serveRing(w http.ResponseWriter, r *http.Request) {
	if onlySelf(r) {
		h.answer(w, r, document{Name: "ring", Body: h.opts.Source.Ring(h.opts.Now())})
		return
	}
	h.answer(w, r, document{Name: "ring", Title: "Ring", Refresh: true, Body: h.ring(r.Context())})
}

func (h *Handler) serveTargets(w http.ResponseWriter, r *http.Request) {
	if onlySelf(r) {
		now := h.opts.Now()
		h.answer(w, r, document{Name: "targets", Body: Targets{At: now, Targets: h.opts.Source.Targets(now)}})
		return
	}
	h.answer(w, r, document{Name: "targets", Title: "Push targets", Refresh: true, Body: h.targets(r.Context())})
}

func (h *Handler) serveNothing(w http.ResponseWriter, r *http.Request) {
	h.fail(w, r, &notFoundError{fmt.Sprintf("There is no page %q.", r.URL.Path)})
}

// onlySelf reports whether the replica must not ask others.
func onlySelf(r *http.Request) bool { return r.URL.Query().Get("scope") == "self" }

// answer sends a page, as HTML or as JSON.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, d document) {
	w.Header().Set("Vary", "Accept")
	if wantsJSON(r) || onlySelf(r) {
		writeJSON(w, http.StatusOK, d.Body)
		return
	}
	h.render(w, http.StatusOK, d)
}

// fail says why there is no page.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusServiceUnavailable
	if _, ok := errors.AsType[*notFoundError](err); ok {
		status = http.StatusNotFound
	}
	w.Header().Set("Vary", "Accept")
	if wantsJSON(r) {
		writeJSON(w, status, map[string]string{"error": err.Error()})
		return
	}
	h.render(w, status, document{Name: "nothing", Title: http.StatusText(status), Body: err.Error()})
}

// wantsJSON reports whether the answer is for a program: the format says so, or the
// client takes JSON and no HTML.
func wantsJSON(r *http.Request) bool {
	switch r.URL.Query().Get("format") {
	case "json":
		return true
	case "html":
		return false
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // an error means that the client has gone
}
