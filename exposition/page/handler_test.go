package page

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// everyPage is the address of each page.
var everyPage = []string{"/", "/exporters", "/exporters/monitoring/exporter-0", "/ring", "/targets", "/nothing"}

// TestPages: each page says what it should, in HTML and in JSON, and has a title of
// its own.
func TestPages(t *testing.T) {
	cases := map[string]struct {
		path   string
		status int
		title  string
		says   []string
		json   any
	}{
		"Home": {
			"/", 200, "Replica m-0",
			[]string{"1.2.3", "region=eastus", "m-0/u/1", "0000abcd", "the leader", "1 234", "/debug/pprof/", `href="/?replica=m-1"`},
			&Home{At: midnight, Replica: newFake(0).replica, Others: []string{"m-1"}},
		},
		"AnotherReplica": {
			"/?replica=m-1", 200, "Replica m-1",
			[]string{"Told by that replica", "m-1/u/1"},
			&Home{At: midnight, Replica: newFake(1).replica, Others: []string{"m-0"}},
		},
		"Exporters": {
			"/exporters", 200, "Exporters",
			[]string{"2 exporters", `href="/exporters/monitoring/exporter-1"`, `href="/?replica=m-1"`, "30 s ago", "in 30 s"},
			&Exporters{
				At: midnight, Sort: "state", Total: 2, Matching: 2, States: map[State]int{StateHealthy: 2},
				Exporters: []Exporter{newFake(0).exporters[0], newFake(1).exporters[0]},
			},
		},
		"Exporter": {
			"/exporters/monitoring/exporter-0", 200, "monitoring/exporter-0",
			[]string{"query_parameters", "id-2", "Kusto is away.", "The receiver is away.", "1 null_value", "Its secret strings are not shown", "body: T", "Backfill july", "Gone."},
			new(newFake(0).details["monitoring/exporter-0"]),
		},
		"ExporterElsewhere": {
			"/exporters/monitoring/exporter-1", 200, "monitoring/exporter-1",
			[]string{"m-1"},
			new(newFake(1).details["monitoring/exporter-1"]),
		},
		"Targets": {
			"/targets", 200, "Push targets",
			[]string{"collector:4317", "closed", "1 min ago"},
			&Targets{At: midnight, Targets: append(newFake(0).targets, newFake(1).targets...)},
		},
		"NoExporter": {
			"/exporters/monitoring/nobody", 404, "Not Found",
			[]string{"No replica runs an exporter"},
			&map[string]string{"error": `No replica runs an exporter "monitoring/nobody". It may not exist, or its criteria may match another instance.`},
		},
		"NoReplica": {"/?replica=m-7", 404, "Not Found", []string{"m-7"}, &map[string]string{"error": `There is no replica "m-7" in this ring.`}},
		"NoPage":    {"/exporters/", 404, "Not Found", []string{"There is no page"}, &map[string]string{"error": `There is no page "/exporters/".`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(newFake(0), newFake(1))
			w := ask(t, n.handlers["m-0"], http.MethodGet, tc.path)
			require.Equal(t, tc.status, w.Code)
			require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
			text := strings.ReplaceAll(w.Body.String(), "\u202f", " ")
			require.Contains(t, text, "<title>"+tc.title+" · m-0 · adxexporter</title>")
			for _, said := range tc.says {
				require.Contains(t, text, said)
			}
			w = ask(t, n.handlers["m-0"], http.MethodGet, tc.path, "Accept: application/json")
			require.Equal(t, tc.status, w.Code)
			require.Equal(t, "application/json", w.Header().Get("Content-Type"))
			want, err := json.Marshal(tc.json)
			require.NoError(t, err)
			require.JSONEq(t, string(want), w.Body.String())
		})
	}
}

// TestNegotiation: people get HTML and programs JSON.
func TestNegotiation(t *testing.T) {
	const page, data = "text/html; charset=utf-8", "application/json"
	cases := map[string]struct {
		reason, path, accept, want string
	}{
		"Nothing": {"a browser is the usual client", "/ring", "", page},
		"Browser": {"it names HTML first", "/ring", "text/html,application/json;q=0.9,*/*;q=0.8", page},
		"Program": {"it takes nothing else", "/ring", "application/json", data},
		"Param":   {"a link is enough", "/ring?format=json", "text/html", data},
		"Forced":  {"and back", "/ring?format=html", "application/json", page},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := ask(t, alone(newFake(0)), http.MethodGet, tc.path, "Accept: "+tc.accept)
			require.Equal(t, tc.want, w.Header().Get("Content-Type"), tc.reason)
			require.Equal(t, "Accept", w.Header().Get("Vary"))
		})
	}
}

// TestReadOnly: nothing but GET and HEAD is answered, and every answer has the
// headers that keep a browser from more than showing it.
func TestReadOnly(t *testing.T) {
	h := alone(newFake(0))
	for _, path := range append(everyPage, "/static/style.css", "/static/page.js") {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "PROPFIND"} {
			w := ask(t, h, method, path)
			require.Equal(t, http.StatusMethodNotAllowed, w.Code, "%s %s", method, path)
			require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
		}
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := ask(t, h, method, path)
			require.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
			require.Equal(t, "no-referrer", w.Header().Get("Referrer-Policy"))
			policy := w.Header().Get("Content-Security-Policy")
			require.True(t, strings.HasPrefix(policy, "default-src 'none'; style-src 'self'; script-src 'self';"), policy)
			require.NotContains(t, policy, "unsafe")
		}
	}
}

// TestStatic: the style sheet and the script have their types, and there is no list
// of files.
func TestStatic(t *testing.T) {
	h := alone(newFake(0))
	for path, kind := range map[string]string{"style.css": "text/css", "page.js": "javascript", "icon.svg": "image/svg+xml"} {
		w := ask(t, h, http.MethodGet, "/static/"+path)
		require.Equal(t, 200, w.Code)
		require.Contains(t, w.Header().Get("Content-Type"), kind)
	}
	for _, path := range []string{"/static/", "/static", "/static/nothing.css", "/static/../handler.go"} {
		w := ask(t, h, http.MethodGet, path)
		require.NotEqual(t, 200, w.Code, path)
		require.NotContains(t, w.Body.String(), "style.css\"", path)
	}
}

// TestSelfAsksNobody: an answer to a peer covers the replica itself, so that asking
// ends there.
func TestSelfAsksNobody(t *testing.T) {
	n := newNetwork(newFake(0), newFake(1))
	for _, path := range append(everyPage, "/exporters/monitoring/exporter-1") {
		w := ask(t, n.handlers["m-0"], http.MethodGet, path+"?scope=self")
		require.NotContains(t, w.Body.String(), "m-1/u/1\n", path)
		require.Empty(t, n.asked, path)
	}
	w := ask(t, n.handlers["m-0"], http.MethodGet, "/exporters/monitoring/exporter-1?scope=self")
	require.Equal(t, "null\n", w.Body.String(), "it is no error not to run it")
	ask(t, n.handlers["m-0"], http.MethodGet, "/exporters")
	require.Equal(t, "m-1/exporters?scope=self&format=json", <-n.asked)
	require.Empty(t, n.asked, "one question a peer")
}

// TestPeerThatIsAway: a peer that does not answer holds the page up for a second, and
// is shown as missing; what it runs is unknown.
func TestPeerThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(0)
		f.assigned = []Assignment{{"monitoring", "exporter-0", "m-0"}, {"monitoring", "exporter-2", "m-2"}, {"monitoring", "free", ""}}
		f.ring.Unowned = 1
		n := newNetwork(f, newFake(1))
		n.hangs = "m-2"
		h := n.handlers["m-0"]
		for _, path := range []string{"/exporters", "/ring", "/targets", "/exporters/monitoring/exporter-2", "/?replica=m-2"} {
			began := time.Now()
			w := ask(t, h, http.MethodGet, path)
			require.Equal(t, time.Second, time.Since(began), path)
			require.Contains(t, w.Body.String(), "m-2", path)
			if strings.Contains(path, "-2") {
				require.Equal(t, http.StatusServiceUnavailable, w.Code, path)
				continue
			}
			require.Contains(t, w.Body.String(), "no answer within 1 s", path)
		}
		var list Exporters
		require.NoError(t, json.Unmarshal(ask(t, h, http.MethodGet, "/exporters?format=json").Body.Bytes(), &list))
		require.Equal(t, []Missing{{"m-2", "no answer within 1 s"}}, list.Missing)
		var told []string
		for _, e := range list.Exporters {
			told = append(told, strings.TrimSpace(e.Key()+" "+e.Owner+" "+string(e.State)))
		}
		require.Equal(t, []string{
			"monitoring/exporter-2 m-2 unknown", "monitoring/free  unknown",
			"monitoring/exporter-0 m-0 healthy", "monitoring/exporter-1 m-1 healthy",
		}, told)
		var ring Ring
		require.NoError(t, json.Unmarshal(ask(t, h, http.MethodGet, "/ring?format=json").Body.Bytes(), &ring))
		require.Equal(t, []string{
			"m-2 does not answer: no answer within 1 s.", "1 partition is owned by nobody; their exporters do not run.",
		}, ring.Warnings)
		require.True(t, ring.Members[0].Leader)
	})
}

// TestPeerThatTalksNonsense is shown as missing, like one that says nothing.
func TestPeerThatTalksNonsense(t *testing.T) {
	n := newNetwork(newFake(0), newFake(1))
	n.handlers["m-1"].mux = http.NewServeMux()
	n.handlers["m-1"].mux.HandleFunc("/exporters", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	w := ask(t, n.handlers["m-0"], http.MethodGet, "/exporters?format=json")
	require.Contains(t, w.Body.String(), "cannot read its answer")
	w = ask(t, n.handlers["m-0"], http.MethodGet, "/targets?format=json")
	require.Contains(t, w.Body.String(), "404 Not Found")
}

// TestUnready: a replica that is not ready says why on every page.
func TestUnready(t *testing.T) {
	f := newFake(0)
	f.replica.Ready, f.replica.Reasons = false, []string{"sharding: this replica is no member of its ring yet"}
	f.replica.Notes = []string{"OTLP endpoint \"collector\": away"}
	w := ask(t, alone(f), http.MethodGet, "/")
	require.Contains(t, w.Body.String(), "sharding: this replica is no member of its ring yet")
	require.Contains(t, w.Body.String(), "OTLP endpoint &#34;collector&#34;: away")
	require.Contains(t, ask(t, alone(f), http.MethodGet, "/ring").Body.String(), "not ready")
}

// TestAlone: a replica without a ring has no ring to show.
func TestAlone(t *testing.T) {
	f := newFake(0)
	f.ring = Ring{Alone: true}
	f.targets = nil
	require.Contains(t, ask(t, alone(f), http.MethodGet, "/ring").Body.String(), "This replica is alone")
	require.Contains(t, ask(t, alone(f), http.MethodGet, "/targets").Body.String(), "Nothing is pushed")
	require.JSONEq(t, `{"at":"2026-11-26T03:00:00Z","targets":[]}`, ask(t, alone(f), http.MethodGet, "/targets?format=json").Body.String())
	f.exporters = nil
	require.Contains(t, ask(t, alone(f), http.MethodGet, "/exporters").Body.String(), "There are no exporters for these cluster labels yet.")
}

// hostile is text that wants to be more than text.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'` + "`" + `javascript:alert(3) {{.}} </pre></textarea>&lt;`

// TestHostileText: whatever an exporter, a label or a server says stays text, also
// where it is part of an address.
func TestHostileText(t *testing.T) {
	f := newFake(0)
	f.replica.Pod, f.replica.Version, f.replica.Identity = hostile, hostile, hostile
	f.replica.Labels, f.replica.Group, f.replica.Metrics = []string{hostile}, hostile, hostile
	f.replica.Outputs, f.replica.Notes, f.replica.Hash = []string{hostile}, []string{hostile}, hostile
	f.replica.Ready, f.replica.Reasons = false, []string{hostile}
	e := Exporter{Namespace: hostile, Name: hostile, Owner: hostile, State: State(hostile), Reason: hostile, Message: hostile}
	f.add(e)
	d := f.details[e.Key()]
	d.Database, d.Spec, d.KQL, d.KQLError, d.Sample = hostile, hostile, hostile, hostile, []string{hostile}
	d.Runs[1].Reason, d.Runs[1].Error, d.Runs[1].RequestID, d.Runs[1].Kind = hostile, hostile, hostile, hostile
	d.Runs[2].Undelivered = []Undelivered{{hostile, hostile}}
	d.Runs[0].Dropped = map[string]int64{hostile: 1}
	d.Conditions = []Condition{{hostile, hostile, hostile, hostile, midnight}}
	d.Waiting[0] = Waiting{Outputs: []string{hostile}, Backfill: hostile, Reason: hostile, Error: hostile}
	d.DeadLetters[0] = DeadLetter{Reason: hostile, Error: hostile}
	f.details["monitoring/exporter-0"] = d
	f.ring.Members[0] = Member{Pod: hostile, Identity: hostile, Version: hostile, State: hostile}
	f.ring.Handoffs[0] = Handoff{From: hostile, To: hostile}
	f.ring.Own.Pod, f.ring.Own.Hash = hostile, hostile
	f.targets = []Target{{Replica: hostile, Output: hostile, Endpoint: hostile, Breaker: hostile, LastError: hostile, LastFailure: midnight}}
	h := alone(f)
	for _, path := range append(everyPage, "/exporters?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&state=x&sort=%22%3E", "/?replica=%3Cscript%3E", "/%3Cscript%3Ealert(1)%3C/script%3E") {
		w := ask(t, h, http.MethodGet, path)
		requireHarmless(t, w.Body.String(), path)
	}
}

// requireHarmless looks for what could run.
func requireHarmless(t *testing.T, text, path string) {
	t.Helper()
	scripts := 0
	each(t, text, func(node *html.Node) {
		if node.Data == "script" {
			scripts++
			require.Equal(t, "/static/page.js", attribute(node, "src"), path)
			require.Nil(t, node.FirstChild, path)
		}
		for _, a := range node.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on") || a.Key == "style", "%s: <%s %s>", path, node.Data, a.Key)
			switch a.Key {
			case "href", "src", "action":
				require.Regexp(t, `^(/|\?|#)`, a.Val, path)
				require.False(t, strings.HasPrefix(a.Val, "//"), path)
			}
		}
		require.NotContains(t, []string{"iframe", "object", "embed", "base", "style"}, node.Data, path)
	})
	require.Equal(t, 1, scripts, path)
}

// each calls visit for each element.
func each(t *testing.T, text string, visit func(node *html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			visit(node)
		}
	}
}

func attribute(node *html.Node, key string) string {
	i := slices.IndexFunc(node.Attr, func(a html.Attribute) bool { return a.Key == key })
	if i < 0 {
		return ""
	}
	return node.Attr[i].Val
}

// TestMarkup: what a screen reader goes by is on every page: one main heading, heads
// of tables with a scope, names for what scrolls and for what one types into, and ids
// that are there once.
func TestMarkup(t *testing.T) {
	n := newNetwork(newFake(0), newFake(1))
	for _, path := range everyPage {
		t.Run(strings.ReplaceAll(path, "/", "_"), func(t *testing.T) {
			headings, ids, sorted := 0, map[string]bool{}, 0
			each(t, ask(t, n.handlers["m-0"], http.MethodGet, path).Body.String(), func(node *html.Node) {
				if id := attribute(node, "id"); id != "" {
					require.False(t, ids[id], "two elements %q", id)
					ids[id] = true
				}
				switch node.Data {
				case "html":
					require.Equal(t, "en", attribute(node, "lang"))
				case "h1":
					headings++
				case "th":
					require.Contains(t, []string{"col", "row"}, attribute(node, "scope"))
					if order := attribute(node, "aria-sort"); order != "" && order != "none" {
						sorted++
					}
				case "input", "select":
					require.True(t, attribute(node, "type") == "hidden" || node.Parent.Data == "label", "an input without a label")
				case "img":
					require.True(t, slices.ContainsFunc(node.Attr, func(a html.Attribute) bool { return a.Key == "alt" }))
				}
				if attribute(node, "tabindex") == "0" {
					require.Equal(t, "region", attribute(node, "role"))
					require.NotEmpty(t, attribute(node, "aria-label")+attribute(node, "aria-labelledby"))
				}
			})
			require.Equal(t, 1, headings)
			if path == "/exporters" {
				require.Equal(t, 1, sorted, "the column that is sorted by says so")
			}
		})
	}
}

// TestTemplateThatFails is an answer, not half a page.
func TestTemplateThatFails(t *testing.T) {
	w := ask(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		alone(newFake(0)).render(w, 200, document{Name: "exporters", Body: 1})
	}), http.MethodGet, "/")
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.True(t, bytes.HasPrefix(w.Body.Bytes(), []byte("The page cannot be rendered")))
}
