package app

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/criteria"
)

// commandLines are the design document's, by their place in it.
func commandLines(t *testing.T) []string {
	t.Helper()
	document, err := os.ReadFile("../../../api/validation/testdata/kusto-to-metrics.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?m)^adxexporter (?:.*\\\\\n)*.*$").FindAllString(string(document), -1)
	require.Len(t, found, 10)
	return found
}

const number = `[-+0-9.e]+`

// TestUseCases runs the design document's use cases: its exporters, its command
// lines, its labels.
func TestUseCases(t *testing.T) {
	lines := commandLines(t)
	find := func(label string) string {
		i := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, label) })
		require.GreaterOrEqual(t, i, 0, label)
		return lines[i]
	}
	cases := map[string]struct {
		line      string
		file      string
		databases []string
		want      []string
	}{
		"CRDExample": {
			find("region=eastus,environment=production,team=platform"), "crd-example.yaml",
			[]string{"TelemetryDB"},
			[]string{`service_response_time_avg\{Environment="production",ServiceName="billing"\} ` + number},
		},
		"UseCase1": {
			find("environment=production,team=platform,region=eastus"), "use-case-1.yaml",
			[]string{"TelemetryDB"},
			[]string{
				`# TYPE service_response_time_avg gauge`,
				`service_response_time_avg\{Environment="production",ServiceName="api-gateway"\} ` + number,
			},
		},
		"UseCase2": {
			find("team=analytics,data-classification=customer-approved"), "use-case-2.yaml",
			[]string{"AnalyticsDB"},
			[]string{
				`customer_success_rate_premium\{AvgLatency="` + number + `",CustomerResourceId="customer-12345",` +
					`Denominator="\d+",EndTimeUTC="20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ",LocationId="datacenter-01",Numerator="\d+",ServiceTier="Premium"\} 0` + number,
				`customer_success_rate_standard\{.*ServiceTier="Standard"\} ` + number,
			},
		},
		"SimpleExample": {
			find("region=eastus,environment=production,team=platform"), "simple-example.yaml",
			[]string{"TelemetryDB"},
			[]string{`service_response_time_avg\{Region="us-east-1",ServiceName="api-gateway"\} ` + number},
		},
		"ComplexExample": {
			find("region=eastus,environment=production,team=platform"), "complex-example.yaml",
			[]string{"AnalyticsDB"},
			[]string{`success_rate_analytics\{CustomerResourceId="customer-12345",Denominator="\d+",EndTimeUTC="[-:0-9TZ]+",LocationId="datacenter-01",Numerator="\d+"\} ` + number},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := startReplica(t, tc.line, tc.databases, map[string]string{tc.file: exporter(t, tc.file)})
			for _, want := range tc.want {
				r.eventually(t, want)
			}
			problems, err := promlint.New(strings.NewReader(r.series(t))).Lint()
			require.NoError(t, err)
			for _, problem := range problems {
				require.Contains(t, problem.Text, "camelCase", "the labels' names are the user's: %v", problem)
			}
		})
	}
}

// TestThreeRegions: use case 3's three deployments share one exporter; each runs
// it, and one whose labels do not match does not.
func TestThreeRegions(t *testing.T) {
	for _, line := range commandLines(t) {
		if !strings.Contains(line, "role=infrastructure") {
			continue
		}
		r := startReplica(t, line, nil, map[string]string{"use-case-3.yaml": exporter(t, "use-case-3.yaml")})
		require.Eventually(t, func() bool { return r.executor.Owned() == 1 }, 10*time.Second, 10*time.Millisecond, line)
	}
}

// TestCommandLines: each configuration of the design document starts as printed.
func TestCommandLines(t *testing.T) {
	for _, line := range commandLines(t) {
		opts, err := parseRun(t, append(splitArgs(line), "--exporters-dir="+t.TempDir())).options(&logs{})
		require.NoError(t, err, line)
		require.Equal(t, !strings.Contains(line, "--web.enable-lifecycle=false"), opts.MetricsAddress != "", line)
		require.Equal(t, strings.Contains(line, "--otlp-endpoint"), len(opts.Push.OTLP) == 1, line)
	}
}

const platform = `adxexporter --cluster-labels="environment=production,team=platform,region=eastus"`

// TestBothSpellingsOfEndpoints: this project's flag and Azure/adx-mon's; a URL may
// have an equals sign.
func TestBothSpellingsOfEndpoints(t *testing.T) {
	r := parseRun(t, []string{
		"--kusto-endpoint=A=http://127.0.0.1:1/?tenant=x", "--kusto-endpoints=B=http://127.0.0.1:1,C=http://127.0.0.1:2",
	})
	pool, err := r.pool()
	require.NoError(t, err)
	defer pool.Close()
	require.Equal(t, []string{"A", "B", "C"}, pool.Databases())
}

// TestWhatKustoGets: the body byte for byte, the window and the labels as
// parameters, one id for each window, and never a management command.
func TestWhatKustoGets(t *testing.T) {
	file := exporter(t, "use-case-1.yaml")
	file = strings.Replace(file, "ServiceTelemetry\n", "let production = _environment; // a \"comment\" — ünïcode\n    ServiceTelemetry\n    | where Environment == production\n", 1)
	r := startReplica(t, platform, []string{"TelemetryDB"}, map[string]string{"a.yaml": file})
	r.eventually(t, `service_response_time_avg\{.*\} `+number)

	_, text, _ := strings.Cut(file, "  body: |\n")
	text, _, _ = strings.Cut(text, "  transform:")
	text = strings.ReplaceAll("\n"+text, "\n    ", "\n")[1:]
	ids := map[string]bool{}
	queries := 0
	for _, entry := range r.kusto.Journal() {
		if strings.HasSuffix(entry.Path, "/v1/rest/auth/metadata") {
			continue
		}
		queries++
		require.Equal(t, "/v2/rest/query", entry.Path, "queries only")
		require.True(t, strings.HasSuffix(entry.Text, text), "the body is sent as written:\n%s", entry.Text)
		require.Equal(t, `"production"`, entry.Parameters["_environment"])
		require.NotContains(t, entry.Parameters, "_team", "only what the body references")
		start, end := parameterTime(t, entry.Parameters["_startTime"]), parameterTime(t, entry.Parameters["_endTime"])
		require.Equal(t, time.Minute-100*time.Nanosecond, end.Sub(start), "between is inclusive")
		require.Zero(t, start.Unix()%60)
		require.Regexp(t, `^adxexporter;monitoring/service-response-times;`, entry.ClientRequestID)
		require.False(t, ids[entry.ClientRequestID], "each request can be told apart")
		ids[entry.ClientRequestID] = true
	}
	require.Equal(t, 2, queries, "the preflight and the window")
}

func parameterTime(t *testing.T, literal string) time.Time {
	t.Helper()
	text := strings.TrimSuffix(strings.TrimPrefix(literal, "datetime("), ")")
	parsed, err := time.Parse(time.RFC3339Nano, text)
	require.NoError(t, err)
	return parsed
}

// TestBoundary: an exporter whose criteria do not match is never asked for, and
// its status is left alone.
func TestBoundary(t *testing.T) {
	secret := strings.ReplaceAll(exporter(t, "use-case-1.yaml"), `environment: ["production"]`, "data-classification: [\"public\"]\n    priority: [\"high\"]")
	r := startReplica(t, `adxexporter --cluster-labels=data-classification=secret,priority=high`, []string{"TelemetryDB"},
		map[string]string{"secret.yaml": secret})
	require.Eventually(t, func() bool { return r.Ready() == nil }, 10*time.Second, 10*time.Millisecond)
	time.Sleep(300 * time.Millisecond)
	require.Zero(t, r.executor.Owned())
	require.Empty(t, r.kusto.Journal())
	require.NotContains(t, r.state(t, "monitoring.service-response-times"), "groups:")
}

// TestChangesTakeEffect: a new, an edited and a deleted file, each within two
// seconds, three times as long on a busy machine; a broken one touches nobody.
func TestChangesTakeEffect(t *testing.T) {
	r := startReplica(t, platform, []string{"TelemetryDB"}, nil)
	within := func(what string, done func() bool) {
		t.Helper()
		require.Eventually(t, done, 3*2*time.Second, 10*time.Millisecond, what)
	}
	within("ready", func() bool { return r.Ready() == nil })
	file := exporter(t, "use-case-1.yaml")
	r.put(t, "a.yaml", file)
	within("created", func() bool { return strings.Contains(r.series(t), "service_response_time_avg{") })

	r.put(t, "b.yaml", strings.NewReplacer("interval: 1m", "interval: 5 minutes", "name: service-response-times", "name: broken").Replace(file))
	within("refused", func() bool {
		content, err := os.ReadFile(r.dir + "/.state/monitoring.broken.yaml")
		return err == nil && strings.Contains(string(content), "reason: InvalidSpec")
	})
	r.put(t, "a.yaml", strings.ReplaceAll(file, "service_response_time_avg", "renamed"))
	within("edited", func() bool {
		body := r.series(t)
		return strings.Contains(body, "renamed{") && !strings.Contains(body, "service_response_time_avg")
	})
	require.NoError(t, os.Remove(r.dir+"/a.yaml"))
	within("deleted", func() bool { return !strings.Contains(r.series(t), "renamed") })
}

// TestValuesMove: the next window's values replace the last one's.
func TestValuesMove(t *testing.T) {
	t.Parallel()
	file := strings.ReplaceAll(exporter(t, "use-case-1.yaml"), "interval: 1m", "interval: 10s")
	r := startReplica(t, platform, []string{"TelemetryDB"}, map[string]string{"a.yaml": file})
	r.eventually(t, `service_response_time_avg\{.*\} `+number)
	first := r.series(t)
	require.Eventually(t, func() bool { return r.series(t) != first }, 20*time.Second, 50*time.Millisecond)
}

// TestPorts: the exporters' series have a port and a path of their own, which the
// flags choose; the service's metrics and probes have another.
func TestPorts(t *testing.T) {
	r := startReplica(t, platform+` --web.telemetry-path=/adx`, []string{"TelemetryDB"}, map[string]string{"a.yaml": exporter(t, "use-case-1.yaml")})
	require.Eventually(t, func() bool {
		_, body := get(t, "http://"+r.MetricsAddr()+"/adx")
		return strings.Contains(body, "service_response_time_avg{")
	}, 10*time.Second, 20*time.Millisecond)
	status, _ := get(t, "http://"+r.MetricsAddr()+"/metrics")
	require.Equal(t, 404, status, "other paths are not found")
	for path, want := range map[string]string{
		"/healthz": "ok\n", "/readyz": "ok\n", "/metrics": `adxexporter_runs_total{exporter="service-response-times",namespace="monitoring",outcome="success"} 1`,
		"/debug/pprof/": "goroutine",
	} {
		status, body := get(t, "http://"+r.TelemetryAddr()+path)
		require.Equal(t, 200, status, path)
		require.Contains(t, body, want, path)
	}
}

// TestLifecycleOff: without scraping the port stays closed, and the probes work.
func TestLifecycleOff(t *testing.T) {
	var config net.ListenConfig
	taken, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := taken.Addr().String()
	require.NoError(t, taken.Close())
	r := startReplica(t, platform+" --web.enable-lifecycle=false --web.listen-address="+address, nil, nil)
	require.Empty(t, r.MetricsAddr())
	_, err = (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.Error(t, err, "refuses connections")
	require.Eventually(t, func() bool {
		status, _ := get(t, "http://"+r.TelemetryAddr()+"/readyz")
		return status == 200
	}, 10*time.Second, 10*time.Millisecond)
}

// TestLogs: every line of a run, whatever came of it, names the exporter, the group,
// the window, the attempt and the request id that Kusto got. A line has each key once.
func TestLogs(t *testing.T) {
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(away.Close)
	good := exporter(t, "use-case-1.yaml")
	bad := strings.NewReplacer("name: service-response-times", "name: bad", "ServiceTelemetry", "Nowhere").Replace(good)
	r := startReplica(t, platform+" --remote-write-endpoint="+away.URL, []string{"TelemetryDB"}, map[string]string{"a.yaml": good, "b.yaml": bad})
	for _, message := range []string{"run succeeded", "run failed", "delivery failed"} {
		require.Eventually(t, func() bool { return strings.Contains(r.logs.String(), message) }, 10*time.Second, 10*time.Millisecond, message)
	}
	sent := map[string]bool{}
	for _, entry := range r.kusto.Journal() {
		sent[strings.TrimSuffix(entry.ClientRequestID, ";schema")] = true
	}
	for line := range strings.Lines(r.logs.String()) {
		fields := fieldsOf(t, line)
		if !slices.Contains([]any{"run succeeded", "run failed", "delivery failed"}, fields["msg"]) {
			require.NotContains(t, fields, "window", "only runs have one")
			continue
		}
		require.Regexp(t, `^monitoring/(service-response-times|bad)$`, fields["exporter"])
		require.Equal(t, r.group(), fields["group"])
		require.Regexp(t, `^\[20.*, 20.*\)$`, fields["window"])
		require.EqualValues(t, 1, fields["attempt"])
		require.True(t, sent[fmt.Sprint(fields["clientRequestID"])], line)
	}
}

// fieldsOf reads a line of the log, which must not have a key twice.
func fieldsOf(t *testing.T, line string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(line))
	_, err := decoder.Token()
	require.NoError(t, err, line)
	fields := map[string]any{}
	for decoder.More() {
		key, err := decoder.Token()
		require.NoError(t, err, line)
		require.NotContains(t, fields, key, line)
		var value any
		require.NoError(t, decoder.Decode(&value), line)
		fields[key.(string)] = value
	}
	return fields
}

// group returns the hash of the labels that platform gives.
func (*replica) group() string {
	return criteria.Labels{"environment": "production", "team": "platform", "region": "eastus"}.Group()
}

// TestLogLevel: it changes while the replica runs, and the log says so.
func TestLogLevel(t *testing.T) {
	r := startReplica(t, platform, []string{"TelemetryDB"}, nil)
	address := "http://" + r.TelemetryAddr() + "/debug/loglevel"
	_, body := get(t, address)
	require.JSONEq(t, `{"level":"info"}`, body)
	put := func(level string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, strings.NewReader(`{"level":"`+level+`"}`))
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.Equal(t, http.StatusBadRequest, put("loud"))
	r.log.Debug("unheard")
	require.Equal(t, http.StatusOK, put("debug"))
	r.log.Debug("heard")
	require.Equal(t, http.StatusOK, put("error"))
	require.Contains(t, r.logs.String(), `"the log level was changed","from":"info","to":"debug"`)
	require.Contains(t, r.logs.String(), `"the log level was changed","from":"debug","to":"error"`)
	require.Contains(t, r.logs.String(), `"heard"`)
	require.NotContains(t, r.logs.String(), "unheard")
}

// TestTroubleIsACondition: what is wrong with an exporter stands in its status,
// in a sentence; the others go on.
func TestTroubleIsACondition(t *testing.T) {
	good := exporter(t, "use-case-1.yaml")
	edit := func(name string, pairs ...string) string {
		return strings.NewReplacer(append(pairs, "name: service-response-times", "name: "+name)...).Replace(good)
	}
	cases := map[string]struct{ file, reason, message string }{
		"unknown-database": {edit("unknown-database", "TelemetryDB", "NoSuchDB"), "UnknownDatabase", `NoSuchDB`},
		"missing-database": {edit("missing-database", "TelemetryDB", "Elsewhere"), "EntityMissing", `does not know the database`},
		"bad-syntax":       {edit("bad-syntax", "| summarize", "| summarise"), "InvalidQuery", ""},
		"missing-table":    {edit("missing-table", "ServiceTelemetry", "Nowhere"), "EntityMissing", "Nowhere"},
		"missing-column":   {edit("missing-column", `"metric_value"`, `"metric_wert"`), "ColumnMissing", `(?s)it has: .*metric_value`},
		"bad-transform":    {edit("bad-transform", `timestampColumn: "timestamp"`, `timestampColumn: "metric_name"`), "InvalidTransform", "timestampColumn"},
		"bad-criteria":     {edit("bad-criteria", "  body: |", "  criteriaExpression: \"region ==\"\n  body: |"), "InvalidCriteria", "Syntax error"},
		"command":          {edit("command", "    ServiceTelemetry\n", "    .show tables\n    ServiceTelemetry\n"), "InvalidQuery", ""},
	}
	files := map[string]string{"good.yaml": good}
	for name, tc := range cases {
		files[name+".yaml"] = tc.file
	}
	r := startReplica(t, platform, []string{"TelemetryDB", "Elsewhere"}, files)
	r.eventually(t, `service_response_time_avg\{.*ServiceName="search"\} `+number)
	for name, tc := range cases {
		require.Eventually(t, func() bool {
			content, err := os.ReadFile(r.dir + "/.state/monitoring." + name + ".yaml")
			return err == nil && regexp.MustCompile("reason: ("+tc.reason+")\n").Match(content)
		}, 10*time.Second, 20*time.Millisecond, "%s: %s", name, r.logs)
		require.Regexp(t, tc.message, r.state(t, "monitoring."+name))
		require.NotContains(t, r.state(t, "monitoring."+name), "bin(Timestamp", "the query's text is not in the status")
	}
	before := len(r.kusto.Journal())
	time.Sleep(time.Second)
	require.LessOrEqual(t, len(r.kusto.Journal()), before+1, "no hot loop")
}
