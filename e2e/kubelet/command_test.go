package kubelet

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestExpand(t *testing.T) {
	env := environment{{"A", "old"}, {"A", "1"}, {"B", "$(A)"}}
	cases := map[string]struct{ reason, text, want string }{
		"Plain":      {"nothing to do", "text", "text"},
		"Twice":      {"the last variable of a name counts", "$(A)-$(A)", "1-1"},
		"Values":     {"what a variable holds is not looked at again", "$(B)", "$(A)"},
		"Unknown":    {"it stays", "x$(C)y", "x$(C)y"},
		"Escaped":    {"two dollars are one", "$$(A)", "$(A)"},
		"Dollar":     {"of itself it means nothing", "a$b$", "a$b$"},
		"Unfinished": {"no reference", "$(A", "$(A"},
		"Address":    {"as the manifests have it", "--web.listen-address=[$(A)]:8080", "--web.listen-address=[1]:8080"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, expand(tc.text, env), tc.reason) })
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("$(A)$$(A)$(")
	f.Fuzz(func(t *testing.T, text string) {
		got := expand(text, nil)
		require.Equal(t, text, expand(strings.ReplaceAll(text, "$", "$$"), nil), "an escaped text comes out as it was")
		require.LessOrEqual(t, len(got), len(text), "without variables nothing grows")
	})
}

func TestEnvironment(t *testing.T) {
	field := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
	}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "replica-0", Namespace: "system", UID: "uid"},
		Spec:       corev1.PodSpec{NodeName: "node", ServiceAccountName: "account"},
	}
	cases := map[string]struct {
		reason string
		env    []corev1.EnvVar
		want   []string
		err    string
	}{
		"Fields": {"the downward API", []corev1.EnvVar{
			{Name: "NAME", ValueFrom: field("metadata.name")},
			{Name: "NAMESPACE", ValueFrom: field("metadata.namespace")},
			{Name: "UID", ValueFrom: field("metadata.uid")},
			{Name: "IP", ValueFrom: field("status.podIP")},
			{Name: "NODE", ValueFrom: field("spec.nodeName")},
			{Name: "ACCOUNT", ValueFrom: field("spec.serviceAccountName")},
		}, []string{"NAME=replica-0", "NAMESPACE=system", "UID=uid", "IP=10.77.1.1", "NODE=node", "ACCOUNT=account"}, ""},
		"Order": {"a value sees those before it only", []corev1.EnvVar{
			{Name: "EARLY", Value: "$(LATE)"}, {Name: "LATE", Value: "1"}, {Name: "SUM", Value: "$(LATE)+$(LATE)"},
		}, []string{"EARLY=$(LATE)", "LATE=1", "SUM=1+1"}, ""},
		"Unknown": {
			"no silence about what is not there",
			[]corev1.EnvVar{{Name: "X", ValueFrom: field("metadata.labels")}},
			nil,
			`cannot set the variable "X": the field "metadata.labels" is not supported`,
		},
		"Secret": {
			"nor about other sources",
			[]corev1.EnvVar{{Name: "X", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{}}}},
			nil,
			`cannot set the variable "X": only fieldRef is supported`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := environmentOf(pod, netip.MustParseAddr("10.77.1.1"), &corev1.Container{Env: tc.env})
			if tc.err != "" {
				require.EqualError(t, err, tc.err, tc.reason)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, got.strings(), tc.reason)
		})
	}
}

func TestNewProbe(t *testing.T) {
	container := &corev1.Container{Name: "c", Ports: []corev1.ContainerPort{{Name: "telemetry", ContainerPort: 8081}}}
	get := func(port intstr.IntOrString) *corev1.Probe {
		return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: port}}}
	}
	secure := get(intstr.FromString("telemetry"))
	secure.HTTPGet.Scheme = corev1.URISchemeHTTPS
	cases := map[string]struct {
		reason, url, err string
		probe            *corev1.Probe
	}{
		"Named":   {reason: "by the container's ports", url: "http://10.77.1.1:8081/healthz", probe: get(intstr.FromString("telemetry"))},
		"Number":  {reason: "as it is", url: "http://10.77.1.1:9/healthz", probe: get(intstr.FromInt32(9))},
		"Secure":  {reason: "as it says", url: "https://10.77.1.1:8081/healthz", probe: secure},
		"Unknown": {reason: "a mistake", err: `cannot find the port "web": container "c" has none of that name`, probe: get(intstr.FromString("web"))},
		"Command": {reason: "of another kind", err: `cannot probe container "c": only httpGet is supported`, probe: &corev1.Probe{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newProbe(container, tc.probe, netip.MustParseAddr("10.77.1.1"))
			if tc.err != "" {
				require.EqualError(t, err, tc.err, tc.reason)
				return
			}
			require.NoError(t, err)
			require.Equal(t, &probe{url: tc.url, period: seconds(10), timeout: seconds(1), successes: 1, failures: 3}, p, tc.reason)
		})
	}
}
