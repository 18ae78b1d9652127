package manifests_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/sharding"
)

var update = flag.Bool("update", false, "rewrite the values in manifests/chart/README.md")

// needful are the values that a chart cannot do without.
const needful = "kusto: {endpoints: {TelemetryDB: https://mycluster.eastus.kusto.windows.net}}\n"

// helm runs helm, and returns what it prints.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	binary, err := filepath.Abs(filepath.Join("..", "build", "helm"))
	require.NoError(t, err)
	if _, err := os.Stat(binary); err != nil {
		t.Skip("helm is not built: run make helm")
	}
	out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput()
	return string(out), err
}

// template returns what helm makes of the chart with some values, hooks too.
func template(t *testing.T, values string, args ...string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(file, []byte(values), 0o600))
	return helm(t, append([]string{"template", "adxexporter", "chart", "--values", file}, args...)...)
}

// render returns what a release in the namespace monitoring is made of. Values need not
// have what is needed.
func render(t *testing.T, values string, args ...string) []document {
	t.Helper()
	if !strings.Contains(values, "kusto:") {
		values = needful + values
	}
	out, err := template(t, values, append(args, "--namespace", "monitoring")...)
	require.NoError(t, err, out)
	return split(t, []byte(out))
}

// only reads the only object of a kind.
func only[T any](t *testing.T, documents []document, kind string) T {
	t.Helper()
	var found []T
	for _, d := range documents {
		if d.Kind == kind {
			var object T
			require.NoError(t, yaml.UnmarshalStrict(d.content, &object))
			found = append(found, object)
		}
	}
	require.Len(t, found, 1, kind)
	return found[0]
}

// theContainer returns the container of the replicas.
func theContainer(t *testing.T, documents []document) corev1.Container {
	t.Helper()
	containers := only[appsv1.StatefulSet](t, documents, "StatefulSet").Spec.Template.Spec.Containers
	require.Len(t, containers, 1)
	return containers[0]
}

// everything sets every value that is a flag.
const everything = `
fullnameOverride: metrics
clusterLabels: {team: analytics, data-classification: customer-approved}
kusto:
  endpoints: {Plant: "http://kusto:8080/a=b"}
  auth: managed-identity
  clientID: 7c1b
  trustedHosts: [kusto]
  concurrency: 8
watchNamespaces: [team-a, team-b]
scrape: {enabled: false, port: 9090, path: /series, timestamps: true}
telemetry: {port: 9091, probePort: 9092, authorization: true}
tracing: {endpoint: "http://otelcol:4317", ratio: 0.25}
push:
  otlp:
    endpoints: ["http://otelcol:4317"]
    protocol: grpc
    headers: {X-Scope-OrgID: "a, b"}
    secretHeaders: {Authorization: {name: otelcol, key: authorization}}
    bearerToken: {secretName: otelcol-token}
  remoteWrite:
    endpoints: ["https://mimir/api/v1/push"]
    version: "2.0"
    headers: {X-Scope-OrgID: anonymous}
    secretHeaders: {X-Api-Key: {name: mimir, key: key}}
    bearerToken: {secretName: mimir-token, key: jwt}
    entraID: true
  tls: {secretName: receivers, clientCertificate: true}
  allowInsecureCredentials: true
  resourceAttributes: {service.namespace: telemetry}
  order: in-order
  inOrder: ["https://mimir/api/v1/push"]
metricNamePrefix: adx
log: {level: debug, format: console}
ring: {profile: fast, commitRate: 20}
shutdownSeconds: 30
extraArgs: ["--log-level=warn", "--telemetry.config.file=/etc/web.yaml"]
`

// TestChartArguments: every value that is a flag's becomes that flag, and without
// values there is nothing but what is needed.
func TestChartArguments(t *testing.T) {
	require.Equal(t, []string{
		"run", "--kusto-endpoint=TelemetryDB=https://mycluster.eastus.kusto.windows.net", "--shutdown-timeout=10s",
	}, theContainer(t, render(t, "")).Args)
	require.Equal(t, []string{
		"run", "--cluster-labels=data-classification=customer-approved,team=analytics",
		"--kusto-endpoint=Plant=http://kusto:8080/a=b", "--kusto-auth=managed-identity", "--kusto-client-id=7c1b",
		"--kusto-trusted-host=kusto", "--kusto-concurrency=8", "--watch-namespace=team-a", "--watch-namespace=team-b",
		"--peer-service=metrics", "--web.enable-lifecycle=false", "--web.listen-address=:9090", "--web.telemetry-path=/series",
		"--exposition-timestamps", "--telemetry.listen-address=:9091", "--telemetry.probe-address=:9092", "--telemetry.authorization",
		"--tracing-endpoint=http://otelcol:4317", "--tracing-ratio=0.25",
		"--otlp-endpoint=http://otelcol:4317", "--otlp-header=X-Scope-OrgID=a, b", "--otlp-header=Authorization=$(OTLP_HEADER_AUTHORIZATION)",
		"--otlp-bearer-token-file=/etc/adxexporter/otlp/token", "--otlp-protocol=grpc", "--add-resource-attributes=service.namespace=telemetry",
		"--remote-write-endpoint=https://mimir/api/v1/push", "--remote-write-header=X-Scope-OrgID=anonymous",
		"--remote-write-header=X-Api-Key=$(REMOTE_WRITE_HEADER_X_API_KEY)", "--remote-write-bearer-token-file=/etc/adxexporter/remote-write/jwt",
		"--remote-write-version=2.0", "--remote-write-entra-id",
		"--push-ca-file=/etc/adxexporter/tls/ca.crt", "--push-cert-file=/etc/adxexporter/tls/tls.crt", "--push-key-file=/etc/adxexporter/tls/tls.key",
		"--allow-insecure-credentials", "--push-order=in-order", "--push-in-order=https://mimir/api/v1/push", "--metric-name-prefix=adx", "--log-level=debug", "--log-format=console",
		"--ring-profile=fast", "--commit-rate=20", "--shutdown-timeout=30s", "--log-level=warn", "--telemetry.config.file=/etc/web.yaml",
	}, theContainer(t, render(t, everything)).Args)
}

// TestChartHasEveryFlag: a flag of the service is a value of the chart, or there is a
// reason why it is none.
func TestChartHasEveryFlag(t *testing.T) {
	const mounted = "its file is mounted: extraArgs, extraVolumes and extraVolumeMounts"
	elsewhere := map[string]string{
		"--web.config.file":        mounted,
		"--telemetry.peer-ca-file": mounted, "--telemetry.peer-credentials-file": mounted,
		"--kusto-endpoints": "the same as --kusto-endpoint",
		"--exporters-dir":   "without Kubernetes", "--state-dir": "without Kubernetes", "--kubeconfig": "outside of the cluster",
		"--pod-name": "from the environment", "--pod-namespace": "from the environment", "--pod-uid": "from the environment",
	}
	emitted := map[string]bool{}
	for _, arg := range theContainer(t, render(t, everything)).Args {
		name, _, _ := strings.Cut(arg, "=")
		emitted[name] = true
	}
	section, _, _ := strings.Cut(flagsPage(t), "## adxexporter lint")
	flags := regexp.MustCompile("(?m)^\\| `(--[\\w.-]+)").FindAllStringSubmatch(section, -1)
	require.Greater(t, len(flags), 40)
	for _, f := range flags {
		require.NotEqual(t, emitted[f[1]], elsewhere[f[1]] != "", "%s is a value of the chart, or for another place", f[1])
		delete(emitted, f[1])
	}
	require.Equal(t, map[string]bool{"run": true}, emitted, "no flags of the service")
}

// TestChartRefuses: what cannot work is said at once, and in words.
func TestChartRefuses(t *testing.T) {
	cases := map[string]struct{ values, says string }{
		"NoEndpoint":      {"{}", "kusto.endpoints is empty: name a database and the cluster that has it, such as --set kusto.endpoints.TelemetryDB="},
		"UnknownValue":    {needful + "replica: 3", "additional properties 'replica' not allowed"},
		"UnknownNested":   {needful + "push: {otlp: {endpoint: x}}", "additional properties 'endpoint' not allowed"},
		"NoURL":           {"kusto: {endpoints: {A: mycluster}}", "does not match pattern"},
		"NoSuchProfile":   {needful + "ring: {profile: slow}", "value must be one of 'default', 'fast'"},
		"CommaInLabel":    {needful + `clusterLabels: {region: "a,b"}`, "does not match pattern"},
		"SecretInline":    {needful + "push: {otlp: {secretHeaders: {Authorization: Bearer x}}}", "got string, want object"},
		"NoBudget":        {needful + "podDisruptionBudget: {maxUnavailable: 0}", "minimum: got 0, want 1"},
		"TwoWaysToSignIn": {"kusto: {auth: azure-cli, endpoints: {A: http://a}}\nworkloadIdentity: {enabled: true, clientID: x}", "kusto.auth and workloadIdentity.enabled are two ways to sign in"},
		"NoIdentity":      {needful + "workloadIdentity: {enabled: true}", "workloadIdentity.clientID is empty"},
		"NoAccount":       {needful + "serviceAccount: {create: false}", "serviceAccount.name is empty"},
		"TokensInClear":   {needful + "telemetry: {authorization: true}", "telemetry.authorization needs TLS, since tokens must not cross the network in clear"},
		"NoScrapeToken":   {authorized + "podMonitor: {enabled: true, telemetryCA: {secretName: ca}}", "podMonitor.telemetryToken.secretName is empty"},
		"NoScrapeCA":      {authorized + "podMonitor: {enabled: true, telemetryToken: {secretName: token}}", "podMonitor.telemetryCA.secretName is empty"},
		"OnePort":         {needful + "scrape: {port: 8081}", "scrape.port and telemetry.port are the same"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := template(t, tc.values)
			require.Error(t, err)
			require.Contains(t, out, tc.says)
		})
	}
}

// TestChartRightsOfNamespaces: with namespaces to watch, there are the same rights on
// exporters in each of them and nowhere else. Rings are the cluster's.
func TestChartRightsOfNamespaces(t *testing.T) {
	granted := func(values string) map[right]bool {
		found := map[right]bool{}
		for _, d := range render(t, values) {
			if d.Kind != "ClusterRole" && d.Kind != "Role" {
				continue
			}
			var role rbacv1.Role
			require.NoError(t, yaml.Unmarshal(d.content, &role))
			for _, r := range rights(role.Namespace, role.Rules) {
				require.False(t, found[r], "%v twice", r)
				found[r] = true
			}
		}
		return found
	}
	want := map[right]bool{}
	for r := range granted("") {
		places := []string{r.where}
		if r.where == "" && r.resource != "exporterrings" && r.resource != "exporterrings/status" {
			places = []string{"team-a", "team-b"}
		}
		for _, place := range places {
			want[right{place, r.group, r.resource, r.verb}] = true
		}
	}
	require.Equal(t, want, granted("watchNamespaces: [team-a, team-b]"))
}

// authorized are the values of replicas that have the API server say who may ask them.
const authorized = needful + "telemetry: {authorization: true}\nextraArgs: [--telemetry.config.file=/tls/web.yaml, --telemetry.peer-ca-file=/tls/ca.crt]\n"

// TestChartAuthorization: who asks the telemetry port is reviewed, by replicas that may
// do so and may ask each other. There is a role for those who read, and nobody has it.
func TestChartAuthorization(t *testing.T) {
	documents := render(t, authorized+"podMonitor: {enabled: true, telemetryToken: {secretName: token}, telemetryCA: {secretName: ca}}")
	pages := []string{"/", "/exporters", "/exporters/*", "/ring", "/targets"}
	want := map[string][]rbacv1.PolicyRule{
		"monitoring-adxexporter-telemetry": {
			{APIGroups: []string{"authentication.k8s.io"}, Resources: []string{"tokenreviews"}, Verbs: []string{"create"}},
			{APIGroups: []string{"authorization.k8s.io"}, Resources: []string{"subjectaccessreviews"}, Verbs: []string{"create"}},
			{NonResourceURLs: pages, Verbs: []string{"get"}},
		},
		"monitoring-adxexporter-telemetry-reader": {{NonResourceURLs: append(slices.Clone(pages), "/static/*", "/metrics"), Verbs: []string{"get"}}},
	}
	bound := map[string]string{}
	for _, d := range documents {
		switch d.Kind {
		case "ClusterRole":
			var role rbacv1.ClusterRole
			require.NoError(t, yaml.UnmarshalStrict(d.content, &role))
			if rules, ok := want[d.Name]; ok {
				require.Equal(t, rules, role.Rules, d.Name)
				delete(want, d.Name)
			}
		case "ClusterRoleBinding":
			var binding rbacv1.ClusterRoleBinding
			require.NoError(t, yaml.UnmarshalStrict(d.content, &binding))
			require.Len(t, binding.Subjects, 1)
			bound[binding.RoleRef.Name] = binding.Subjects[0].Name
		}
	}
	require.Empty(t, want)
	require.Equal(t, map[string]string{"monitoring-adxexporter": "adxexporter", "monitoring-adxexporter-telemetry": "adxexporter"}, bound)

	var monitor struct {
		Spec struct{ PodMetricsEndpoints []map[string]any }
	}
	i := slices.IndexFunc(documents, func(d document) bool { return d.Kind == "PodMonitor" })
	require.NoError(t, yaml.Unmarshal(documents[i].content, &monitor))
	require.Equal(t, map[string]any{
		"port": "telemetry", "path": "/metrics", "scheme": "https",
		"authorization": map[string]any{"credentials": map[string]any{"name": "token", "key": "token"}},
		"tlsConfig": map[string]any{
			"serverName": "adxexporter.monitoring.svc", "ca": map[string]any{"secret": map[string]any{"name": "ca", "key": "ca.crt"}},
		},
	}, monitor.Spec.PodMetricsEndpoints[1])
	require.NotContains(t, monitor.Spec.PodMetricsEndpoints[0], "authorization", "the series have a port and a file of their own")
}

// TestChartProbes ask as the port that they ask speaks.
func TestChartProbes(t *testing.T) {
	cases := map[string]struct {
		values, port string
		scheme       corev1.URIScheme
	}{
		"InClear":    {needful, "telemetry", ""},
		"OwnPort":    {needful + "telemetry: {probePort: 8082}", "probes", ""},
		"Authorized": {authorized, "telemetry", corev1.URISchemeHTTPS},
		"Both":       {strings.Replace(authorized, "telemetry: {", "telemetry: {probePort: 8082, ", 1), "probes", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := theContainer(t, render(t, tc.values))
			for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
				require.Equal(t, tc.port, probe.HTTPGet.Port.StrVal)
				require.Equal(t, tc.scheme, probe.HTTPGet.Scheme)
			}
		})
	}
}

// TestChartBindsRights: each role is bound to the replicas' account.
func TestChartBindsRights(t *testing.T) {
	documents := render(t, "watchNamespaces: [team-a]\nserviceAccount: {create: false, name: somebody}")
	bound := map[string]string{}
	for _, d := range documents {
		if !strings.HasSuffix(d.Kind, "Binding") {
			continue
		}
		var binding rbacv1.RoleBinding
		require.NoError(t, yaml.Unmarshal(d.content, &binding))
		require.Equal(t, []rbacv1.Subject{{Kind: "ServiceAccount", Name: "somebody", Namespace: "monitoring"}}, binding.Subjects)
		bound[binding.Namespace] = binding.RoleRef.Kind + " " + binding.RoleRef.Name
	}
	require.Equal(t, map[string]string{
		"": "ClusterRole monitoring-adxexporter", "monitoring": "Role adxexporter", "team-a": "Role monitoring-adxexporter-exporters",
	}, bound)
	for _, d := range documents {
		require.NotEqual(t, "ServiceAccount", d.Kind)
		if d.Kind == "ClusterRole" || d.Kind == "Role" {
			require.Equal(t, bound[d.Namespace], d.Kind+" "+d.Name)
		}
	}
	for _, d := range render(t, "rbac: {create: false}") {
		require.NotContains(t, d.Kind, "Role")
	}
}

// TestChartSecretsAreReferences: the values of secret headers are read from Secrets
// by the kubelet, and tokens and keys are mounted.
func TestChartSecretsAreReferences(t *testing.T) {
	set := only[appsv1.StatefulSet](t, render(t, everything), "StatefulSet")
	c := set.Spec.Template.Spec.Containers[0]
	secrets := map[string]string{}
	for _, env := range c.Env {
		if ref := env.ValueFrom.SecretKeyRef; ref != nil {
			secrets[env.Name] = ref.Name + "/" + ref.Key
		}
	}
	require.Equal(t, map[string]string{"OTLP_HEADER_AUTHORIZATION": "otelcol/authorization", "REMOTE_WRITE_HEADER_X_API_KEY": "mimir/key"}, secrets)
	mounted := map[string]string{}
	for _, mount := range c.VolumeMounts {
		i := slices.IndexFunc(set.Spec.Template.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name })
		require.GreaterOrEqual(t, i, 0)
		require.True(t, mount.ReadOnly)
		mounted[mount.MountPath] = set.Spec.Template.Spec.Volumes[i].Secret.SecretName
	}
	require.Equal(t, map[string]string{
		"/etc/adxexporter/otlp": "otelcol-token", "/etc/adxexporter/remote-write": "mimir-token", "/etc/adxexporter/tls": "receivers",
	}, mounted)
}

// TestChartPods: the replicas and the test's pod keep to the restricted level.
func TestChartPods(t *testing.T) {
	documents := render(t, "image: {digest: sha256:"+strings.Repeat("ab", 32)+", tag: v1}\n")
	for _, pod := range []corev1.PodSpec{
		only[appsv1.StatefulSet](t, documents, "StatefulSet").Spec.Template.Spec, only[corev1.Pod](t, documents, "Pod").Spec,
	} {
		require.Len(t, pod.Containers, 1)
		requireRestricted(t, pod, pod.Containers[0])
		require.Equal(t, "adx-mon/adxexporter@sha256:"+strings.Repeat("ab", 32), pod.Containers[0].Image, "a digest says more than a tag")
	}
}

// TestChartGracePeriod is long enough for either profile of the ring, and for a scrape
// in flight.
func TestChartGracePeriod(t *testing.T) {
	for _, seconds := range []int{0, 10, 60} {
		for profile, timing := range map[string]sharding.Timing{"default": sharding.DefaultTiming(), "fast": sharding.FastTiming()} {
			documents := render(t, fmt.Sprintf("shutdownSeconds: %d\nring: {profile: %s}", seconds, profile))
			grace := *only[appsv1.StatefulSet](t, documents, "StatefulSet").Spec.Template.Spec.TerminationGracePeriodSeconds
			require.Contains(t, theContainer(t, documents).Args, fmt.Sprintf("--shutdown-timeout=%ds", seconds))
			require.GreaterOrEqual(t, time.Duration(grace)*time.Second, timing.Leave+timing.Drain+time.Duration(seconds)*time.Second)
		}
	}
}

// TestChartSwitches: what is switched on is there, and what is switched off is not.
func TestChartSwitches(t *testing.T) {
	cases := map[string]struct {
		values  string
		present []string
		absent  []string
	}{
		"Defaults":        {"", []string{"adx-mon/scrape: \"true\"", "replicas: 3", "kind: PodDisruptionBudget", "kind: FlowSchema"}, []string{"kind: NetworkPolicy", "kind: PodMonitor", "azure.workload.identity", "volumes:"}},
		"Autoscaled":      {"replicas: null", nil, []string{"replicas:"}},
		"PushOnly":        {"scrape: {enabled: false}", []string{"name: telemetry"}, []string{"adx-mon/scrape", "name: metrics"}},
		"NotAnnotated":    {"scrape: {annotations: false}", []string{"name: metrics"}, []string{"adx-mon/scrape"}},
		"OtherPort":       {"scrape: {port: 9090, path: /series}", []string{"adx-mon/port: \"9090\"", "adx-mon/path: /series", "containerPort: 9090", "port: 9090"}, []string{"8080"}},
		"WithoutExtras":   {"podDisruptionBudget: {enabled: false}\nflowSchema: {enabled: false}", nil, []string{"kind: PodDisruptionBudget", "kind: FlowSchema"}},
		"Identity":        {"workloadIdentity: {enabled: true, clientID: c1, tenantID: t1}", []string{"azure.workload.identity/client-id: \"c1\"", "azure.workload.identity/tenant-id: \"t1\"", "azure.workload.identity/use: \"true\"", "--kusto-auth=workload-identity"}, nil},
		"PodMonitor":      {"podMonitor: {enabled: true, labels: {release: prometheus}, interval: 30s}", []string{"kind: PodMonitor", "release: prometheus", "honorLabels: true", "interval: 30s"}, nil},
		"Placement":       {"nodeSelector: {pool: a}\ntolerations: [{key: spot, operator: Exists}]\npriorityClassName: high\npodLabels: {team: a}\npodAnnotations: {note: b}", []string{"pool: a", "key: spot", "priorityClassName: high", "team: a", "note: b"}, nil},
		"OwnSpread":       {"topologySpreadConstraints: [{topologyKey: rack, maxSkew: 2, whenUnsatisfiable: DoNotSchedule}]\naffinity: {nodeAffinity: {}}", []string{"topologyKey: rack", "nodeAffinity"}, []string{"kubernetes.io/hostname"}},
		"ExtraVolumes":    {"extraVolumes: [{name: ca, configMap: {name: ca}}]\nextraVolumeMounts: [{name: ca, mountPath: /ca}]\nextraEnv: [{name: SSL_CERT_DIR, value: /ca}]\nextraEnvFrom: [{secretRef: {name: more}}]", []string{"mountPath: /ca", "name: SSL_CERT_DIR", "secretRef"}, nil},
		"RegistrySecrets": {"image: {pullSecrets: [{name: registry}], pullPolicy: Always}\nserviceAccount: {annotations: {a: b}}", []string{"imagePullSecrets:\n      - name: registry", "imagePullPolicy: Always", "a: b"}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var all strings.Builder
			for _, d := range render(t, tc.values, "--skip-tests") {
				all.Write(uncommented(d.content))
			}
			for _, text := range tc.present {
				require.Contains(t, all.String(), text)
			}
			for _, text := range tc.absent {
				require.NotContains(t, all.String(), text)
			}
		})
	}
}

// uncommented leaves comments out.
func uncommented(content []byte) []byte {
	return regexp.MustCompile(`(?m)^ *#.*\n`).ReplaceAll(content, nil)
}

// TestChartNetworkPolicy: the ports of receivers and Kusto are let out, whatever they
// are, and in comes who scrapes and who hands over.
func TestChartNetworkPolicy(t *testing.T) {
	policy := only[networkingv1.NetworkPolicy](t, render(t, `
networkPolicy: {enabled: true, scrapers: [{podSelector: {matchLabels: {app: collector}}}], extraEgress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
push: {otlp: {endpoints: ["http://otelcol:4317", "http://plain/v1/metrics"]}, remoteWrite: {endpoints: ["https://mimir/push"]}}
`), "NetworkPolicy").Spec
	require.Equal(t, map[string]string{"app": "adxexporter"}, policy.PodSelector.MatchLabels)
	var in []string
	for _, rule := range policy.Ingress {
		require.Len(t, rule.From, 1)
		require.Len(t, rule.Ports, 1)
		who := "anybody"
		if selector := rule.From[0].PodSelector; selector != nil {
			who = selector.MatchLabels["app"]
		}
		in = append(in, who+" "+rule.Ports[0].Port.String())
	}
	require.Equal(t, []string{"adxexporter telemetry", "collector metrics", "anybody telemetry"}, in)
	require.Len(t, policy.Egress, 4)
	var out []string
	for _, port := range policy.Egress[2].Ports {
		out = append(out, port.Port.String())
	}
	require.Equal(t, []string{"443", "6443", "4317", "80"}, out)
	require.Equal(t, "10.0.0.0/8", policy.Egress[3].To[0].IPBlock.CIDR)
}

// TestChartTwoReleases: releases of one name in two namespaces share nothing that is
// the cluster's.
func TestChartTwoReleases(t *testing.T) {
	names := func(namespace string) map[string]bool {
		found := map[string]bool{}
		out, err := template(t, needful, "--namespace", namespace)
		require.NoError(t, err, out)
		for _, d := range split(t, []byte(out)) {
			found[d.Kind+" "+d.Namespace+"/"+d.Name] = true
		}
		return found
	}
	for name := range names("east") {
		require.False(t, names("west")[name], name)
	}
}

// TestChartLint: helm has nothing to object to.
func TestChartLint(t *testing.T) {
	out, err := helm(t, "lint", "chart", "--strict", "--set", "kusto.endpoints.TelemetryDB=https://mycluster.eastus.kusto.windows.net")
	require.NoError(t, err, out)
}

// TestChartCRDs: the chart installs the CRDs that there are.
func TestChartCRDs(t *testing.T) {
	originals, err := filepath.Glob(filepath.Join("crd", "*.yaml"))
	require.NoError(t, err)
	copies, err := filepath.Glob(filepath.Join("chart", "crds", "*"))
	require.NoError(t, err)
	require.Len(t, copies, len(originals))
	for _, original := range originals {
		want, err := os.ReadFile(original)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join("chart", "crds", filepath.Base(original)))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "make generate copies it")
	}
}
