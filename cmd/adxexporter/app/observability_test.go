package app

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
)

// dashboard is what is looked at of a Grafana dashboard.
type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Links         []struct{ URL string }
	Templating    struct {
		List []struct{ Name, Type, Definition string }
	}
	Panels []struct {
		ID                 int
		Title, Description string
		GridPos            struct{ X, Y, W, H int }
		Datasource         struct{ UID string }
		FieldConfig        struct{ Defaults struct{ Unit string } }
		Links              []struct{ URL string }
		Targets            []struct{ Expr string }
	}
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "manifests", "dashboards", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 4)
	all := map[string]dashboard{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var d dashboard
		require.NoError(t, json.Unmarshal(content, &d), file)
		all[filepath.Base(file)] = d
	}
	return all
}

// TestDashboards: each panel says what it shows, in which unit, from the data source
// that is chosen; nothing overlaps, and links lead somewhere.
func TestDashboards(t *testing.T) {
	all := dashboards(t)
	uids := map[string]bool{}
	for _, d := range all {
		require.False(t, uids[d.UID], "%s is there twice", d.UID)
		uids[d.UID] = true
	}
	for name, d := range all {
		require.GreaterOrEqual(t, d.SchemaVersion, 41, name)
		require.Equal(t, "datasource", d.Templating.List[0].Type, name)
		linked := 0
		for _, link := range d.Links {
			if uid, found := strings.CutPrefix(link.URL, "/d/"); found {
				require.True(t, uids[uid], "%s links to %s", name, uid)
				linked++
			}
		}
		require.Equal(t, len(all)-1, linked, "%s links to the others", name)
		taken, ids := map[[2]int]bool{}, map[int]bool{}
		for _, p := range d.Panels {
			where := name + ", " + p.Title
			require.False(t, ids[p.ID], where)
			ids[p.ID] = true
			require.Regexp(t, `\.$`, p.Description, where)
			require.NotEmpty(t, p.FieldConfig.Defaults.Unit, where)
			require.Equal(t, "${datasource}", p.Datasource.UID, where)
			require.NotEmpty(t, p.Targets, where)
			for _, link := range p.Links {
				requireRunbook(t, link.URL)
			}
			for x := range p.GridPos.W {
				for y := range p.GridPos.H {
					cell := [2]int{p.GridPos.X + x, p.GridPos.Y + y}
					require.False(t, taken[cell] || cell[0] >= 24, where)
					taken[cell] = true
				}
			}
		}
	}
}

// rule is an alert.
type rule struct {
	Alert, Expr         string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) []rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	require.NoError(t, yaml.Unmarshal([]byte(pageOf(t, "manifests/alerts/adxexporter.yaml")), &file))
	require.Len(t, file.Groups, 1)
	return file.Groups[0].Rules
}

// requireRunbook demands that a link to a runbook leads to one of this repository.
func requireRunbook(t *testing.T, url string) {
	t.Helper()
	_, name, found := strings.Cut(url, "/blob/main/")
	require.True(t, found, url)
	require.True(t, strings.HasPrefix(name, "docs/runbooks/"), url)
	require.Contains(t, pages(t), name)
}

// TestAlerts: each has a severity, texts, a runbook, a row in the guide, and a test
// in which it fires.
func TestAlerts(t *testing.T) {
	tests, guide := pageOf(t, "manifests/alerts/adxexporter_test.yaml"), pageOf(t, "docs/guide/observability.md")
	for _, r := range alerts(t) {
		require.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
		require.NotEmpty(t, r.Annotations["summary"], r.Alert)
		require.Regexp(t, `\.$`, r.Annotations["description"], r.Alert)
		require.True(t, strings.HasSuffix(r.Annotations["runbook_url"], "/"+r.Alert+".md"), r.Alert)
		requireRunbook(t, r.Annotations["runbook_url"])
		require.Contains(t, tests, `alertname="`+r.Alert+`", severity="`+r.Labels["severity"]+`"`, "promtool sees it fire")
		require.Contains(t, guide, "| ["+r.Alert+"](../runbooks/"+r.Alert+".md) | "+r.Labels["severity"]+" |")
	}
}

// foreign are metrics of others that queries may use, and targetLabels those that a
// scrape gives to every series.
var (
	foreign = []string{
		"up", "process_resident_memory_bytes", "process_cpu_seconds_total", "kube_pod_container_resource_limits",
		"kube_statefulset_replicas", "kube_statefulset_status_replicas_ready",
		"service_response_time_avg", // an exporter's, in examples
	}
	targetLabels = []string{"instance", "job", "namespace", "pod"}
)

// TestQueries: every query in dashboards, alerts and pages is PromQL, and asks only
// for metrics and labels that there are.
func TestQueries(t *testing.T) {
	var queries, from []string
	add := func(where, query string) {
		query = strings.ReplaceAll(query, "$__rate_interval", "5m")
		queries, from = append(queries, query), append(from, where)
	}
	for name, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				add(name+", "+p.Title, target.Expr)
			}
		}
		for _, v := range d.Templating.List[1:] {
			found := regexp.MustCompile(`^label_values\((.*), (\w+)\)$`).FindStringSubmatch(v.Definition)
			require.NotNil(t, found, v.Definition)
			add(name+", $"+v.Name, "count by ("+found[2]+") ("+found[1]+")")
		}
	}
	for _, r := range alerts(t) {
		add(r.Alert, r.Expr)
	}
	for name, text := range pages(t) {
		for _, fence := range fences.FindAllStringSubmatch(text, -1) {
			if fence[1] == "promql" {
				add(name, fence[2])
			}
		}
	}
	require.Greater(t, len(queries), 60)
	labels := selfmetrics.Labels(ownMetrics(t))
	for i, a := range inspect(t, queries) {
		require.Empty(t, a.Error, "%s: %s", from[i], queries[i])
		known := append([]string{"hash"}, targetLabels...)
		for name, matched := range a.Metrics {
			has := labelsOf(labels, name)
			if slices.Contains(foreign, name) {
				has = append(append([]string{}, matched...), a.Grouped...)
			}
			require.NotNil(t, has, "%s asks for %s, which there is not", from[i], name)
			require.Subset(t, append(has, targetLabels...), matched, "%s: %s", from[i], name)
			known = append(known, has...)
		}
		require.Subset(t, known, a.Grouped, "%s: %s", from[i], queries[i])
	}
}

// labelsOf returns the labels of a metric, nil if there is none of that name.
func labelsOf(labels map[string]string, name string) []string {
	found, ok := labels[name]
	if !ok {
		family := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		if found, ok = labels[family]; !ok {
			return nil
		}
		found += ",le"
	}
	return append([]string{}, strings.FieldsFunc(found, func(r rune) bool { return r == ',' })...)
}

// asked is what tools/promql says of a query.
type asked struct {
	Error   string
	Metrics map[string][]string
	Grouped []string
}

// inspect has Prometheus' own parser read the queries.
func inspect(t *testing.T, queries []string) []asked {
	t.Helper()
	input, err := json.Marshal(queries)
	require.NoError(t, err)
	var output, complaints bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "tools/run", "promql")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = root, bytes.NewReader(input), &output, &complaints
	require.NoError(t, cmd.Run(), "%s", &complaints)
	var answers []asked
	require.NoError(t, json.Unmarshal(output.Bytes(), &answers))
	require.Len(t, answers, len(queries))
	return answers
}
