package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/sharding"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// ringCluster serves a ring of one member and refuses everything but reading. It
// returns the kubeconfig.
func ringCluster(t *testing.T) string {
	t.Helper()
	const group, identity = "gexample", "adxexporter-0/uid/00000001"
	table, _ := ring.Plan(ring.Input{
		Live: []ring.Live{{Name: "adxexporter-0", Identity: identity}}, Settings: ring.DefaultSettings(), FirstEpoch: 7,
	})
	object := v1.ExporterRing{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1.GroupVersion.String(), Kind: "ExporterRing"},
		ObjectMeta: metav1.ObjectMeta{Name: group},
		Spec:       v1.ExporterRingSpec{Partitions: ring.DefaultPartitions, Hash: ring.HashName, LeaseNamespace: "monitoring"},
		Status:     table.Encode(),
	}
	lease := coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: "monitoring", Name: sharding.LeaseName(group, "adxexporter-0")},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: new(identity), RenewTime: new(metav1.NewMicroTime(time.Now()))},
	}
	exporters := v1.MetricsExporterList{
		TypeMeta: metav1.TypeMeta{APIVersion: v1.GroupVersion.String(), Kind: "MetricsExporterList"},
		Items:    []v1.MetricsExporter{{ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: "a"}}},
	}
	answers := map[string]any{
		"/apis/adx-mon.azure.com/v1/exporterrings":                  v1.ExporterRingList{Items: []v1.ExporterRing{object}},
		"/apis/adx-mon.azure.com/v1/exporterrings/gexample":         object,
		"/apis/adx-mon.azure.com/v1/metricsexporters":               exporters,
		"/apis/coordination.k8s.io/v1/namespaces/monitoring/leases": coordinationv1.LeaseList{Items: []coordinationv1.Lease{lease}},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := answers[r.URL.Path]
		w.Header().Set("Content-Type", "application/json")
		if r.Method != http.MethodGet || answer == nil {
			w.WriteHeader(http.StatusNotFound)
			answer = metav1.Status{Status: metav1.StatusFailure, Reason: metav1.StatusReasonNotFound, Code: http.StatusNotFound}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\n"+
		"clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n", server.URL)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestRingCommand(t *testing.T) {
	kubeconfig := ringCluster(t)
	labelled := criteria.Labels{"region": "eastus", "a": "b"}.Group()
	cases := map[string]struct {
		reason string
		args   string
		code   int
		stdout string // what is in it
		stderr string // all of it
	}{
		"Members":         {"the only ring needs no name", "members", exitOK, "adxexporter-0  active  1024        100.0 %", ""},
		"Table":           {"by name", "table --ring=gexample", exitOK, "0-1023      adxexporter-0  7", ""},
		"Explain":         {"flags may stand before and after", "--output=json explain team/a", exitOK, `"exporter": "team/a"`, ""},
		"Simulate":        {"exporters are read for what they cost", "simulate --join adxexporter-1 --join adxexporter-2", exitOK, "adxexporter-2  -       -", ""},
		"SimulateEqual":   {"all partitions the same", "simulate --equal-cost --join adxexporter-1", exitOK, "adxexporter-1  -       -        49", ""},
		"UnknownRing":     {"the API server's answer", "members --ring=gx", exitFailed, "", "adxexporter: cannot read the ring \"gx\": the server could not find the requested resource (get exporterrings.adx-mon.azure.com gx)\n"},
		"ByLabels":        {"the labels name the ring", "members --cluster-labels=REGION=eastus,a=b", exitFailed, "", fmt.Sprintf("adxexporter: cannot read the ring %[1]q: the server could not find the requested resource (get exporterrings.adx-mon.azure.com %[1]s)\n", labelled)},
		"BadLabels":       {"a mistake on the command line", "members --cluster-labels=region", exitUsage, "", "adxexporter: --cluster-labels: cannot parse cluster label \"region\": it has no value; want key=value\n"},
		"NoExporter":      {"a mistake on the command line", "explain team", exitUsage, "", "adxexporter: cannot read the exporter \"team\": want NAMESPACE/NAME\n"},
		"UnknownMember":   {"who is not there cannot leave", "simulate --leave adxexporter-9", exitUsage, "", "adxexporter: no such change of members: \"adxexporter-9\" is no member\n"},
		"UnknownFormat":   {"a mistake on the command line", "members -o yaml", exitUsage, "", "adxexporter: --output must be one of \"text\",\"json\" but got \"yaml\"\n"},
		"WithoutAnAction": {"what is to be shown?", "", exitUsage, "", "adxexporter: expected one of \"members\", \"table\", \"explain\", \"simulate\"\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			args := append([]string{"ring", "--kubeconfig", kubeconfig}, strings.Fields(tc.args)...)
			code := Main(t.Context(), args, &stdout, &stderr)
			require.Equal(t, tc.code, code, "%s: %s", tc.reason, stderr.String())
			require.Contains(t, stdout.String(), tc.stdout, tc.reason)
			require.Equal(t, tc.stderr, stderr.String(), tc.reason)
		})
	}
}
