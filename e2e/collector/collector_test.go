package collector

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// podWith returns a pod that declares the ports "metrics" 8080 and "telemetry" 8081,
// and whose probe is on 9000.
func podWith(annotations map[string]string) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "a-0", UID: "uid", Annotations: annotations},
		Spec: corev1.PodSpec{NodeName: "node", Containers: []corev1.Container{{
			Ports:          []corev1.ContainerPort{{Name: "metrics", ContainerPort: 8080}, {Name: "telemetry", ContainerPort: 8081}},
			ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(9000)}}},
		}}},
		Status: corev1.PodStatus{PodIP: "10.0.0.1"},
	}
}

func TestTargetsOf(t *testing.T) {
	const at = "http://10.0.0.1:"
	cases := map[string]struct {
		reason      string
		annotations map[string]string
		want        []string
	}{
		"Ours":       {"a port and a path", map[string]string{AnnotationScrape: "true", AnnotationPort: "8080", AnnotationPath: "/metrics"}, []string{at + "8080/metrics"}},
		"Case":       {"case does not count", map[string]string{AnnotationScrape: "TRUE", AnnotationPort: "8080"}, []string{at + "8080/metrics"}},
		"One":        {"1 is not true", map[string]string{AnnotationScrape: "1", AnnotationPort: "8080"}, nil},
		"Silent":     {"nobody asked for it", map[string]string{AnnotationPort: "8080"}, nil},
		"Name":       {"a port's name", map[string]string{AnnotationScrape: "true", AnnotationPort: "telemetry"}, []string{at + "8081/metrics"}},
		"Probe":      {"a probe's port", map[string]string{AnnotationScrape: "true", AnnotationPort: "9000"}, []string{at + "9000/metrics"}},
		"Undeclared": {"a port that is not declared", map[string]string{AnnotationScrape: "true", AnnotationPort: "7000"}, nil},
		"EveryPort":  {"no port means all of them", map[string]string{AnnotationScrape: "true"}, []string{at + "8080/metrics", at + "8081/metrics"}},
		"BadPath":    {"a path begins with a slash", map[string]string{AnnotationScrape: "true", AnnotationPort: "8080", AnnotationPath: "metrics"}, nil},
		"Scheme":     {"as it is given", map[string]string{AnnotationScrape: "true", AnnotationPort: "8080", AnnotationScheme: "https"}, []string{"https://10.0.0.1:8080/metrics"}},
		"Listed":     {"several, instead of port and path", map[string]string{AnnotationScrape: "true", AnnotationPort: "8080", AnnotationTargets: "/a:metrics, /b:8081"}, []string{at + "8080/a", at + "8081/b"}},
		"Spoilt":     {"one bad entry spoils the list", map[string]string{AnnotationScrape: "true", AnnotationPort: "8080", AnnotationTargets: "/a:metrics, b"}, []string{at + "8080/metrics"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pod := podWith(tc.annotations)
			var got []string
			for _, target := range TargetsOf(&pod) {
				got = append(got, target.URL)
			}
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}

// TestTargets: pods of the node that have an address, and the last target of each.
func TestTargets(t *testing.T) {
	two := podWith(map[string]string{AnnotationScrape: "true"})
	far, unborn := two, two
	far.UID, far.Spec.NodeName = "far", "other"
	unborn.UID, unborn.Status.PodIP = "unborn", ""
	require.Equal(t, map[types.UID]Target{"uid": {"ns", "a-0", "http://10.0.0.1:8081/metrics"}},
		Targets("node", []corev1.Pod{far, two, unborn}))
}

func TestParse(t *testing.T) {
	cases := map[string]struct {
		reason, body string
		want         map[string]float64
		err          string
	}{
		"Plain":     {"comments and empty lines are passed over", "# HELP a b\n\na 1\nb{c=\"d\",e=\"f\"} -2.5e3 1700000000000\n", map[string]float64{"a": 1, `b{c="d",e="f"}`: -2500}, ""},
		"Escapes":   {"the three that there are", `a{b="x\"},\\\n"} 1`, map[string]float64{`a{b="x\"},\\\n"}`: 1}, ""},
		"Unescaped": {"others are not known", `a{b="\t"} 1`, nil, "want one of the three escapes"},
		"Space":     {"a space would be part of the next name", `a{b="c", d="e"} 1`, nil, "without spaces"},
		"Quoted":    {"names in quotes are not known", `{"a.b"} 1`, nil, "there is no name"},
		"Open":      {"a value without an end", `a{b="c} 1`, nil, "does not end"},
		"NoComma":   {"labels side by side", `a{b="c"d="e"} 1`, nil, "want a comma or a brace"},
		"Seconds":   {"OpenMetrics has seconds", `a 1 1700000000.5`, nil, "want whole milliseconds"},
		"NoValue":   {"a series alone", `a{b="c"}`, nil, "want a value"},
		"Word":      {"no number", `a b`, nil, "invalid syntax"},
		"Exemplar":  {"OpenMetrics has exemplars", `a 1 # {b="c"} 1`, nil, "want a value and perhaps a time"},
		"Twice":     {"a series may be there once", "a 1\na 2\n", nil, "the series is there twice"},
		"Long":      {"a long line ends the scrape", `a{b="` + strings.Repeat("x", maxLine) + `"} 1`, nil, "token too long"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse([]byte(tc.body))
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err, tc.reason)
				return
			}
			require.NoError(t, err, tc.reason)
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a{b=\"c\"} 1 2\n# x\n")
	f.Add(`a{b="\`)
	f.Fuzz(func(_ *testing.T, body string) { _, _ = Parse([]byte(body)) })
}

// TestScrape: what the Collector says, and what it takes for an answer.
func TestScrape(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer mine" || len(r.Header["Accept"]) > 0:
			w.WriteHeader(http.StatusTeapot)
		case r.URL.Path == "/plain":
			_, _ = fmt.Fprintln(w, "a 1")
		case r.URL.Path == "/bad":
			_, _ = fmt.Fprintln(w, "a")
		case r.URL.Path == "/unready":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.Header().Set("Content-Encoding", r.Header.Get("Accept-Encoding"))
			z := gzip.NewWriter(w)
			_, _ = fmt.Fprintln(z, "a 2")
			_ = z.Close()
		}
	}))
	defer server.Close()
	s := &Scraper{Client: server.Client(), Token: "mine"}
	cases := map[string]struct {
		path string
		want map[string]float64
		err  string
	}{
		"Gzip":    {"/metrics", map[string]float64{"a": 2}, ""},
		"Plain":   {"/plain", map[string]float64{"a": 1}, ""},
		"Unready": {"/unready", nil, "cannot scrape ns/a-0: the answer is 503"},
		"Bad":     {"/bad", nil, "cannot read what ns/a-0 shows: line 1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := s.Scrape(t.Context(), Target{"ns", "a-0", server.URL + tc.path})
			require.Equal(t, tc.want, got)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				return
			}
			require.NoError(t, err)
		})
	}
}
