package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/client-go/rest"
)

func TestRedact(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     string
		want   string
	}{
		"Argument":      {"to its end", `["--otlp-header=Authorization=Basic a b c","--log-level=info"]`, `["--otlp-header=REDACTED","--log-level=info"]`},
		"NextArgument":  {"a flag's value may be the next element", `["--remote-write-header","X-Key=hush","--log-level","info"]`, `["--remote-write-header","REDACTED","--log-level","info"]`},
		"File":          {"a path is no secret", `["--otlp-bearer-token-file=/var/run/token"]`, `["--otlp-bearer-token-file=/var/run/token"]`},
		"Shell":         {"a command line in one string", `["exec run --otlp-header=X-Key='a b' --log-level=info"]`, `["exec run --otlp-header=REDACTED --log-level=info"]`},
		"ShellSpace":    {"with the value after a space", `["exec run --otlp-header X-Key=\"a b\" --log-level info"]`, `["exec run --otlp-header REDACTED --log-level info"]`},
		"Variable":      {"an environment variable", `[{"name":"OTEL_EXPORTER_OTLP_HEADERS","value":"a=hush"},{"name":"POD_NAME","value":"a"}]`, `[{"name":"OTEL_EXPORTER_OTLP_HEADERS","value":"REDACTED"},{"name":"POD_NAME","value":"a"}]`},
		"Field":         {"a field of a page", `{"bearerToken":"hush","series":7}`, `{"bearerToken":"REDACTED","series":7}`},
		"URL":           {"user and password", `{"endpoint":"https://me:hush@mimir.example.com/push"}`, `{"endpoint":"https://REDACTED@mimir.example.com/push"}`},
		"Parameter":     {"a signature in a URL", `{"endpoint":"https://x.example.com/a?sv=1&sig=hush"}`, `{"endpoint":"https://x.example.com/a?sv=1&sig=REDACTED"}`},
		"Authorization": {"a token in a message", `{"error":"sent Bearer eyJhbGciOi and got 401"}`, `{"error":"sent Bearer REDACTED and got 401"}`},
		"Repetition":    {"what says the rest again", `{"metadata":{"managedFields":[1],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"x"}}}`, `{"metadata":{"annotations":{}}}`},
		"Body":          {"KQL is kept", `{"body":"T | where Url == 'https://x.kusto.windows.net' and Key == 'a'"}`, `{"body":"T | where Url == 'https://x.kusto.windows.net' and Key == 'a'"}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.JSONEq(t, tc.want, string(redactJSON([]byte(tc.in))), tc.reason)
		})
	}
	require.Equal(t, "no JSON: https://REDACTED@host", string(redactJSON([]byte("no JSON: https://a:b@host"))))
}

// FuzzRedact: whatever else a document holds, it stays JSON, and the secrets in it are
// gone.
func FuzzRedact(f *testing.F) {
	for _, text := range []string{"", "a b", "--x=", "://a@", "it's", "\\\"", "{", "bearer "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		document, err := json.Marshal(map[string]any{
			text: text, "args": []any{"--otlp-header=" + text + "hush", text, "--push-token", "hush"},
			"env": map[string]any{"name": "MY_PASSWORD", "value": text + "hush"}, "url": "https://me:hush@host/" + text,
		})
		require.NoError(t, err)
		if strings.Contains(text, "hush") {
			return
		}
		clean := redactJSON(document)
		require.True(t, json.Valid(clean))
		require.NotContains(t, string(clean), "hush")
	})
}

// cluster is an API server that has what answers say by path, and notes what it was
// asked for.
type cluster struct {
	answers map[string]string
	codes   map[string]int
	asked   chan string
}

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.asked <- r.URL.Path
	key := r.URL.Path
	if page := r.URL.Query().Get("continue"); page != "" {
		key += "?continue=" + page
	}
	if strings.HasPrefix(r.Header.Get("Accept"), "application/json") != (strings.HasPrefix(key, "/apis") || strings.HasSuffix(key, "/pods") || strings.HasSuffix(key, "/proxy/exporters")) {
		key = "" // a page that is JSON only when asked for it
	}
	answer, ok := c.answers[key]
	if code := c.codes[key]; code != 0 {
		w.WriteHeader(code)
	} else if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = `{"kind":"Status","message":"no such thing"}`
	}
	_, _ = io.WriteString(w, answer)
}

// run collects a bundle of the cluster, and returns its files.
func (c *cluster) run(t *testing.T, opts Options) (Manifest, map[string]string) {
	t.Helper()
	c.asked = make(chan string, 1000)
	server := httptest.NewServer(c)
	defer server.Close()
	var out bytes.Buffer
	made := time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	manifest, err := Write(t.Context(), &rest.Config{Host: server.URL}, opts, made, &out)
	require.NoError(t, err)
	reader, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range reader.File {
		content, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(content)
		require.NoError(t, err)
		files[f.Name] = string(text)
	}
	var written Manifest
	require.NoError(t, json.Unmarshal([]byte(files["manifest.json"]), &written))
	require.Equal(t, manifest, written)
	for _, f := range manifest.Files {
		require.Len(t, files[f.Name], f.Bytes)
	}
	require.Len(t, files, len(manifest.Files)+1)
	return manifest, files
}

const (
	proxy0 = "/api/v1/namespaces/adx/pods/adxexporter-0:8081/proxy"
	proxy1 = "/api/v1/namespaces/adx/pods/adxexporter-1:8081/proxy"
)

func newCluster() *cluster {
	return &cluster{codes: map[string]int{}, answers: map[string]string{
		"/apis/adx-mon.azure.com/v1/metricsexporters":            `{"metadata":{"continue":"2"},"items":[{"metadata":{"name":"latency"},"spec":{"body":"T | take 1"}}]}`,
		"/apis/adx-mon.azure.com/v1/metricsexporters?continue=2": `{"metadata":{},"items":[{"metadata":{"name":"errors"}}]}`,
		"/apis/adx-mon.azure.com/v1/exporterrings":               `{"items":[{"metadata":{"name":"ga"},"spec":{"leaseNamespace":"adx"}}]}`,
		"/apis/events.k8s.io/v1/events":                          `{"items":[]}`,
		"/apis/events.k8s.io/v1/namespaces/adx/events":           `{"items":[]}`,
		"/api/v1/namespaces/adx/pods":                            `{"items":[{"metadata":{"name":"adxexporter-0"},"spec":{"containers":[{"args":["--otlp-header=Authorization=hush"]}]}}]}`,
		"/apis/coordination.k8s.io/v1/namespaces/adx/leases": `{"items":[
			{"metadata":{"name":"a","labels":{"adx-mon.azure.com/ring":"ga"}},"spec":{"holderIdentity":"adxexporter-0/u0/1"}},
			{"metadata":{"name":"b","labels":{"adx-mon.azure.com/ring":"ga"}},"spec":{"holderIdentity":"adxexporter-1/u1/1"}},
			{"metadata":{"name":"c","labels":{"adx-mon.azure.com/ring":"ga"}},"spec":{"holderIdentity":"!fenced/adxexporter-9/u9/1"}},
			{"metadata":{"name":"leader"},"spec":{"holderIdentity":"adxexporter-7/u7/candidate"}}]}`,
		proxy0 + "/exporters":             `{"rows":[]}`,
		proxy0 + "/metrics":               "adxexporter_build_info 1\n",
		proxy0 + "/readyz":                "kubernetes: the push receiver https://me:hush@host is away",
		proxy0 + "/debug/pprof/goroutine": "goroutine 1 [running]:\n",
		proxy0 + "/debug/pprof/heap":      "\x1f\x8b\x00 https://me:left@alone",
	}}
}

// TestWrite: what there is is in it, what is missing is said, and no secret is in it
// or has been asked for.
func TestWrite(t *testing.T) {
	c := newCluster()
	c.codes[proxy0+"/readyz"] = http.StatusServiceUnavailable
	for _, p := range []string{"/metrics", "/readyz", "/exporters", "/debug/pprof/goroutine", "/debug/pprof/heap"} {
		c.codes[proxy1+p] = http.StatusServiceUnavailable
	}
	manifest, files := c.run(t, Options{Selector: "app=adxexporter", Port: 8081, Version: "v1"})
	require.Equal(t, []Pod{{"adx", "adxexporter-0"}, {"adx", "adxexporter-1"}}, manifest.Pods)
	require.Contains(t, files["cluster/metricsexporters.json"], "T | take 1")
	require.Contains(t, files["cluster/metricsexporters-2.json"], "errors")
	require.Contains(t, files["namespaces/adx/pods.json"], "--otlp-header=REDACTED")
	require.Equal(t, "adxexporter_build_info 1\n", files["replicas/adx/adxexporter-0/metrics.txt"])
	require.Equal(t, "kubernetes: the push receiver https://REDACTED@host is away", files["replicas/adx/adxexporter-0/readyz.txt"])
	require.Equal(t, "\x1f\x8b\x00 https://me:left@alone", files["replicas/adx/adxexporter-0/heap.pprof"], "a profile is left as it is")
	for name, text := range files {
		require.NotContains(t, text, "hush", name)
	}
	missing := map[string]string{}
	for _, gap := range manifest.Missing {
		missing[gap.Name] = gap.Reason
	}
	require.Equal(t, "404 Not Found: no such thing", missing["replicas/adx/adxexporter-0/targets.json"])
	require.Equal(t, "503 Service Unavailable: ", missing["replicas/adx/adxexporter-1/metrics.txt"])
	require.Equal(t, "503 Service Unavailable: ", missing["replicas/adx/adxexporter-1/readyz.txt"], "nothing was said")
	close(c.asked)
	for path := range c.asked {
		require.NotContains(t, path, "secrets")
	}
}

// TestForbidden: a right that is missing is named, and spoils nothing else.
func TestForbidden(t *testing.T) {
	c := newCluster()
	for _, path := range []string{"/apis/adx-mon.azure.com/v1/exporterrings", "/apis/coordination.k8s.io/v1/namespaces/adx/leases", proxy0 + "/metrics"} {
		c.codes[path] = http.StatusForbidden
		c.answers[path] = `{"kind":"Status","message":"you may not"}`
	}
	c.answers["/apis/events.k8s.io/v1/events"] = "{"
	manifest, _ := c.run(t, Options{Namespaces: []string{"adx"}, Port: 8081})
	reasons := map[string]string{}
	for _, gap := range manifest.Missing {
		reasons[gap.Name] = gap.Reason
	}
	require.Equal(t, "you need the verb list on exporterrings.adx-mon.azure.com in the cluster: you may not", reasons["cluster/exporterrings.json"])
	require.Equal(t, `you need the verb list on leases.coordination.k8s.io in namespace "adx": you may not`, reasons["namespaces/adx/leases.json"])
	require.Equal(t, `you need the verb get on pods/proxy in namespace "adx": you may not`, reasons["replicas/adx/adxexporter-0/metrics.txt"])
	require.Equal(t, "unexpected end of JSON input", reasons["cluster/exporter-events.json"])
	require.Equal(t, []Pod{{"adx", "adxexporter-0"}}, manifest.Pods)
}

// TestNobodyThere: a cluster that does not answer is a bundle all the same.
func TestNobodyThere(t *testing.T) {
	var out bytes.Buffer
	manifest, err := Write(t.Context(), &rest.Config{Host: "http://127.0.0.1:1"}, Options{}, time.Time{}, &out)
	require.NoError(t, err)
	require.Len(t, manifest.Missing, 3)
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteFails(t *testing.T) {
	_, err := Write(t.Context(), &rest.Config{Host: "http://127.0.0.1:1"}, Options{}, time.Time{}, full{})
	require.ErrorContains(t, err, "disk full")
	_, err = Write(t.Context(), &rest.Config{Host: "http://a", TLSClientConfig: rest.TLSClientConfig{CAData: []byte("x")}}, Options{}, time.Time{}, full{})
	require.ErrorContains(t, err, "cannot set up the Kubernetes client: ")
}

func TestSaying(t *testing.T) {
	require.Equal(t, "a b", saying([]byte(" a\n b ")))
	require.Equal(t, strings.Repeat("x", 200)+"…", saying([]byte(strings.Repeat("x", 300))))
	require.Equal(t, "no", saying(fmt.Appendf(nil, `{"message":%q}`, "no")))
}
