package page

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// document is a page before it is written.
type document struct {
	// Name is its template's, and Title what the browser's tab says.
	Name, Title string
	// Refresh is set for a page that keeps itself current.
	Refresh bool
	Body    any
}

// frame is what the layout needs.
type frame struct {
	document

	Replica Replica
	At      time.Time
	Nav     []link
}

// link is an entry of the navigation.
type link struct {
	Path, Text string
	Here       bool
}

// files serves the style sheet and the script. They are small and asked for again
// after an upgrade, so they are not cached either.
func files() http.Handler {
	return http.FileServerFS(filesOnly{staticFiles})
}

// filesOnly hides folders: there is nothing to browse.
type filesOnly struct{ fs.FS }

// Open opens a file.
func (f filesOnly) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		_ = file.Close()
		return nil, fs.ErrNotExist
	}
	return file, nil
}

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"relative":     relative,
	"stamp":        stamp,
	"window":       window,
	"utc":          func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"brief":        func(d Duration) string { return brief(d.Std()) },
	"rough":        roughOrNone,
	"number":       number,
	"int64":        func(n int) int64 { return int64(n) },
	"memory":       memory,
	"percent":      percent,
	"count":        count,
	"count64":      func(n int64, one, many string) string { return count(int(n), one, many) },
	"pair":         func(t, now time.Time) moments { return moments{t, now} },
	"list":         func(items []string) string { return strings.Join(items, ", ") },
	"states":       States,
	"words":        func(s State) string { return stateWords[s] },
	"column":       newColumn,
	"exporterPath": exporterPath,
	"replicaPath":  func(pod string) string { return "/?replica=" + url.QueryEscape(pod) },
	"width":        func(share float64) int { return int(share*100 + 0.5) },
}).ParseFS(templateFiles, "templates/*.html"))

// moments are a time and the time that it is seen from.
type moments struct{ T, Now time.Time }

func roughOrNone(d Duration) string {
	if d < 0 {
		return none
	}
	return rough(d.Std())
}

// stateWords say what a state means.
var stateWords = map[State]string{
	StateRefused:   "the spec is not valid, and it does not run",
	StateStalled:   "somebody has to act",
	StateFailing:   "it fails, and is tried again",
	StateUnknown:   "no replica that answered runs it",
	StateBehind:    "windows wait in the backlog",
	StateWaiting:   "no window has been run yet",
	StateSuspended: "it is told not to run",
	StateHealthy:   "all is well",
}

func exporterPath(e Exporter) string {
	return "/exporters/" + url.PathEscape(e.Namespace) + "/" + url.PathEscape(e.Name)
}

// column is the head of a column that can be sorted by.
type column struct {
	Text, Href, Class string
	// Order is that of aria-sort: ascending, descending or none.
	Order string
}

// newColumn returns a column's head. A click on the column that is sorted by turns it
// round.
func newColumn(page Exporters, key, text, class string) column {
	current, descending := parseSort(page.Sort)
	c := column{Text: text, Class: class, Order: "none"}
	next := key
	if current == key {
		c.Order = "ascending"
		if descending {
			c.Order = "descending"
		} else {
			next = "-" + key
		}
	}
	values := url.Values{"sort": {next}}
	if page.Query != "" {
		values.Set("q", page.Query)
	}
	if page.State != "" {
		values.Set("state", string(page.State))
	}
	c.Href = "/exporters?" + values.Encode()
	return c
}

// navigation are the pages, as every page names them.
var navigation = []link{
	{Path: "/", Text: "Replica"},
	{Path: "/exporters", Text: "Exporters"},
	{Path: "/ring", Text: "Ring"},
	{Path: "/targets", Text: "Targets"},
}

// sections say which page of the navigation a document belongs to.
var sections = map[string]string{
	"home": "/", "exporters": "/exporters", "exporter": "/exporters", "ring": "/ring", "targets": "/targets",
}

func (h *Handler) render(w http.ResponseWriter, status int, d document) {
	now := h.opts.Now()
	f := frame{document: d, Replica: h.opts.Source.Replica(now), At: now, Nav: slices.Clone(navigation)}
	for i := range f.Nav {
		f.Nav[i].Here = f.Nav[i].Path == sections[d.Name]
	}
	var content bytes.Buffer
	if err := templates.ExecuteTemplate(&content, d.Name+".html", f); err != nil {
		http.Error(w, "The page cannot be rendered: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = content.WriteTo(w) // an error means that the client has gone
}
