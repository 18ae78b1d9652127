package manifests_test

import (
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
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/adx-mon/adxexporter/sharding"
)

const (
	name      = "adxexporter"
	namespace = "adx-mon-system"
)

// right is a verb on a resource, in the namespace of the replicas or in all.
type right struct{ where, group, resource, verb string }

// TestRights has the reason for every verb that a replica is granted, and there are
// no others. SelfSubjectAccessReviews, by which readiness names a missing right,
// are open to everybody.
func TestRights(t *testing.T) {
	const exporters, leases, discovery = "adx-mon.azure.com", "coordination.k8s.io", "discovery.k8s.io"
	needed := map[right]string{
		{"", exporters, "metricsexporters", "list"}:         "the cache of exporters",
		{"", exporters, "metricsexporters", "watch"}:        "the cache of exporters",
		{"", exporters, "metricsexporters", "get"}:          "a share that is taken over is read from the API server, not from the cache",
		{"", exporters, "metricsexporters/status", "patch"}: "a commit is a server-side apply",
		{"", exporters, "exporterrings", "get"}:             "the leader reads the ring before it writes",
		{"", exporters, "exporterrings", "list"}:            "every replica follows the ring",
		{"", exporters, "exporterrings", "watch"}:           "every replica follows the ring",
		{"", exporters, "exporterrings", "create"}:          "the first leader makes it",
		{"", exporters, "exporterrings/status", "update"}:   "an epoch is a compare-and-swap of the status",
		{"", "events.k8s.io", "events", "create"}:           "events of exporters, in their namespaces",
		{"", "events.k8s.io", "events", "patch"}:            "an event that repeats becomes a series",
		{namespace, leases, "leases", "get"}:                "elections, and the read before a member is fenced",
		{namespace, leases, "leases", "list"}:               "the leader watches the members",
		{namespace, leases, "leases", "watch"}:              "the leader watches the members",
		{namespace, leases, "leases", "create"}:             "a member's first renewal",
		{namespace, leases, "leases", "update"}:             "renewals, and fencing",
		{namespace, discovery, "endpointslices", "list"}:    "where the other replicas are",
		{namespace, discovery, "endpointslices", "watch"}:   "where the other replicas are",
	}
	b := read(t, files(t, "base"))
	granted := append(rights("", b.ClusterRole.Rules), rights(b.Role.Namespace, b.Role.Rules)...)
	for _, r := range granted {
		require.Contains(t, needed, r, "nothing needs it")
		delete(needed, r)
	}
	require.Empty(t, needed, "not granted")
}

func rights(where string, rules []rbacv1.PolicyRule) []right {
	var all []right
	for _, rule := range rules {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					all = append(all, right{where, group, resource, verb})
				}
			}
		}
	}
	return all
}

// TestRightsReachTheReplicas follows the names from the pods to the roles.
func TestRightsReachTheReplicas(t *testing.T) {
	b := read(t, files(t, "base"))
	account := []rbacv1.Subject{{Kind: "ServiceAccount", Name: b.ServiceAccount.Name, Namespace: b.ServiceAccount.Namespace}}
	require.Equal(t, b.ServiceAccount.Name, b.StatefulSet.Spec.Template.Spec.ServiceAccountName)
	require.Equal(t, account, b.ClusterRoleBinding.Subjects)
	require.Equal(t, account, b.RoleBinding.Subjects)
	require.Equal(t, rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: b.ClusterRole.Name}, b.ClusterRoleBinding.RoleRef)
	require.Equal(t, rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: b.Role.Name}, b.RoleBinding.RoleRef)
	for what, where := range map[string]string{
		"StatefulSet": b.StatefulSet.Namespace, "Service": b.Service.Namespace, "ServiceAccount": b.ServiceAccount.Namespace,
		"Role": b.Role.Namespace, "RoleBinding": b.RoleBinding.Namespace, "PodDisruptionBudget": b.Budget.Namespace, "Namespace": b.Namespace.Name,
	} {
		require.Equal(t, namespace, where, what)
	}
	require.Len(t, b.customResources, 2)
}

// TestMembershipDoesNotQueue: what the schema puts at the level of leader election
// is what keeps a replica in its ring, and no status of an exporter.
func TestMembershipDoesNotQueue(t *testing.T) {
	b := read(t, files(t, "base"))
	spec := b.FlowSchema.Spec
	require.Equal(t, "leader-election", spec.PriorityLevelConfiguration.Name)
	require.Less(t, spec.MatchingPrecedence, int32(9000), "service-accounts would come first")
	require.Len(t, spec.Rules, 1)
	require.Len(t, spec.Rules[0].Subjects, 1)
	subject := spec.Rules[0].Subjects[0]
	require.Equal(t, b.ServiceAccount.Name, subject.ServiceAccount.Name)
	require.Equal(t, b.ServiceAccount.Namespace, subject.ServiceAccount.Namespace)
	var resources []string
	for _, rule := range spec.Rules[0].ResourceRules {
		require.NotEqual(t, rule.ClusterScope, len(rule.Namespaces) > 0)
		require.Subset(t, []string{namespace}, rule.Namespaces)
		resources = append(resources, rule.Resources...)
	}
	require.Equal(t, []string{"leases", "exporterrings", "exporterrings/status"}, resources)
}

// TestCollectorFindsOneTarget reads the annotations by the Collector's rules, of
// which docs/guide/collector.md has those that matter.
func TestCollectorFindsOneTarget(t *testing.T) {
	for dir, documents := range all(t) {
		b := read(t, documents)
		pod := b.StatefulSet.Spec.Template
		if slices.Contains(container(t, b).Args, "--web.enable-lifecycle=false") {
			require.Empty(t, pod.Annotations, "%s: there is nothing to scrape", dir)
			continue
		}
		require.Equal(t, map[string]string{"adx-mon/scrape": "true", "adx-mon/port": "8080", "adx-mon/path": "/metrics"}, pod.Annotations, dir)
		var targets []string
		for _, c := range pod.Spec.Containers {
			for _, p := range c.Ports {
				if fmt.Sprint(p.ContainerPort) == pod.Annotations["adx-mon/port"] || p.Name == pod.Annotations["adx-mon/port"] {
					targets = append(targets, p.Name)
				}
			}
		}
		require.Equal(t, []string{"metrics"}, targets, dir)
	}
}

// TestPortsAreDeclared: probes and Service name ports that the container has.
func TestPortsAreDeclared(t *testing.T) {
	b := read(t, files(t, "base"))
	c := container(t, b)
	declared := map[string]int32{}
	for _, p := range c.Ports {
		declared[p.Name] = p.ContainerPort
	}
	require.Equal(t, map[string]int32{"metrics": 8080, "telemetry": 8081}, declared)
	for path, probe := range map[string]*corev1.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		require.Equal(t, &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("telemetry")}, probe.HTTPGet)
	}
	require.Equal(t, c.LivenessProbe.HTTPGet, c.StartupProbe.HTTPGet)
	ports := map[string]int32{}
	for _, p := range b.Service.Spec.Ports {
		require.Equal(t, intstr.FromString(p.Name), p.TargetPort)
		ports[p.Name] = p.Port
	}
	require.Equal(t, declared, ports)
}

// TestReplicasFindEachOther: the Service has all pods, whatever their state, and
// the set's pods have it as their domain.
func TestReplicasFindEachOther(t *testing.T) {
	b := read(t, files(t, "base"))
	labels := map[string]string{"app": name}
	require.Equal(t, corev1.ClusterIPNone, b.Service.Spec.ClusterIP)
	require.True(t, b.Service.Spec.PublishNotReadyAddresses)
	require.Equal(t, b.Service.Name, b.StatefulSet.Spec.ServiceName)
	require.Equal(t, labels, b.Service.Spec.Selector)
	require.Equal(t, labels, b.StatefulSet.Spec.Template.Labels)
	selector := &metav1.LabelSelector{MatchLabels: labels}
	require.Equal(t, selector, b.StatefulSet.Spec.Selector)
	require.Equal(t, selector, b.Budget.Spec.Selector)
	require.Equal(t, intstr.FromInt32(1), *b.Budget.Spec.MaxUnavailable)
	for _, spread := range b.StatefulSet.Spec.Template.Spec.TopologySpreadConstraints {
		require.Equal(t, selector, spread.LabelSelector)
	}
	require.Contains(t, flagsPage(t), "| `--peer-service=NAME` | `"+b.Service.Name+"` |", "the default is this Service")
}

// TestGracePeriodIsLongEnough: the share is given away, what nobody takes is
// drained, and then a scrape in flight may finish.
func TestGracePeriodIsLongEnough(t *testing.T) {
	timing := sharding.DefaultTiming()
	for dir, documents := range all(t) {
		b := read(t, documents)
		flush, err := time.ParseDuration(argument(t, b, "--shutdown-timeout"))
		require.NoError(t, err)
		grace := time.Duration(*b.StatefulSet.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
		require.GreaterOrEqual(t, grace, timing.Leave+timing.Drain+flush, dir)
	}
}

// TestArgumentsAreKnown holds arguments and environment against the page of flags.
func TestArgumentsAreKnown(t *testing.T) {
	section, _, _ := strings.Cut(flagsPage(t), "## adxexporter lint")
	for dir, documents := range all(t) {
		c := container(t, read(t, documents))
		require.Equal(t, "run", c.Args[0], dir)
		for _, arg := range c.Args[1:] {
			flag, _, _ := strings.Cut(arg, "=")
			require.Regexp(t, "`"+regexp.QuoteMeta(flag)+"[=`]", section, dir)
		}
		fields := map[string]string{"POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace", "POD_UID": "metadata.uid", "POD_IP": "status.podIP"}
		for _, env := range c.Env {
			require.Equal(t, fields[env.Name], env.ValueFrom.FieldRef.FieldPath, env.Name)
			if env.Name != "POD_IP" { // for arguments
				require.Contains(t, section, "| `"+env.Name+"` |", dir)
			}
			delete(fields, env.Name)
		}
		require.Empty(t, fields, dir)
	}
}

// TestPodsAreRestricted checks what the pod security level "restricted" asks for,
// and that the image's files cannot be written either.
func TestPodsAreRestricted(t *testing.T) {
	for dir, documents := range all(t) {
		b := read(t, documents)
		requireRestricted(t, b.StatefulSet.Spec.Template.Spec, container(t, b))
		require.Empty(t, b.StatefulSet.Spec.Template.Spec.Volumes, dir)
	}
}

func requireRestricted(t *testing.T, pod corev1.PodSpec, c corev1.Container) {
	t.Helper()
	require.True(t, *pod.SecurityContext.RunAsNonRoot)
	require.Equal(t, corev1.SeccompProfileTypeRuntimeDefault, pod.SecurityContext.SeccompProfile.Type)
	require.False(t, *c.SecurityContext.AllowPrivilegeEscalation)
	require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem)
	require.Equal(t, &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}, c.SecurityContext.Capabilities)
	require.False(t, pod.HostNetwork || pod.HostPID || pod.HostIPC)
}

// TestSourceDocumentsExample compares with the example that the design began with.
func TestSourceDocumentsExample(t *testing.T) {
	b := read(t, built(t, filepath.Join("examples", "two-replicas")))
	require.Equal(t, int32(2), *b.StatefulSet.Spec.Replicas)
	require.Equal(t, "region=eastus,environment=production,team=platform", argument(t, b, "--cluster-labels"))
	resources := container(t, b).Resources
	require.Equal(t, "256Mi 100m", resources.Requests.Memory().String()+" "+resources.Requests.Cpu().String())
	require.Equal(t, "512Mi 500m", resources.Limits.Memory().String()+" "+resources.Limits.Cpu().String())
}

// TestUseCases compares the overlays with the command lines of the document that the
// design began with. What they add is where the database is, and the flag for the
// grace period.
func TestUseCases(t *testing.T) {
	printed := map[string]string{
		"overlays/use-case-1":        "--cluster-labels=environment=production,team=platform,region=eastus --web.enable-lifecycle=true",
		"overlays/use-case-2":        "--cluster-labels=team=analytics,data-classification=customer-approved,region=westus --web.enable-lifecycle=true --otlp-endpoint=http://analytics-otel-collector:4317",
		"overlays/use-case-3/eastus": "--cluster-labels=role=infrastructure,region=eastus --web.enable-lifecycle=true",
		"overlays/use-case-3/westus": "--cluster-labels=role=infrastructure,region=westus --web.enable-lifecycle=true",
		"overlays/use-case-3/europe": "--cluster-labels=role=infrastructure,region=europe --web.enable-lifecycle=true",
		"overlays/use-case-4":        "--cluster-labels=scope=global,priority=high --otlp-endpoint=http://central-prometheus-gateway:4317 --web.enable-lifecycle=false",
	}
	databases := map[string]string{"1": "TelemetryDB", "2": "AnalyticsDB", "3": "InfrastructureDB", "4": "GlobalMetrics"}
	for dir, flags := range printed {
		t.Run(dir, func(t *testing.T) {
			number := regexp.MustCompile(`use-case-(\d)`).FindStringSubmatch(dir)[1]
			exporter, err := os.ReadFile(filepath.Join("..", "cmd", "adxexporter", "demo", "exporters", "use-case-"+number+".yaml"))
			require.NoError(t, err)
			require.Contains(t, string(exporter), "database: "+databases[number])

			b := read(t, built(t, dir))
			require.True(t, strings.HasPrefix(argument(t, b, "--kusto-endpoint"), databases[number]+"=https://"))
			ours := slices.DeleteFunc(slices.Clone(container(t, b).Args[1:]), func(arg string) bool {
				return strings.HasPrefix(arg, "--kusto-endpoint=") || strings.HasPrefix(arg, "--shutdown-timeout=")
			})
			require.Equal(t, strings.Fields(flags), ours)
		})
	}
	for _, dir := range overlays(t) {
		require.True(t, printed[dir] != "" || strings.HasPrefix(dir, "examples/"), dir)
	}
}

// TestKubectlBuildsTheBase: kubectl makes of the folder what the other tests read.
func TestKubectlBuildsTheBase(t *testing.T) {
	require.Equal(t, read(t, files(t, "base")), read(t, built(t, "base")))
}

// all are the objects of the base and, where there is a kubectl, of what builds on
// it.
func all(t *testing.T) map[string][]document {
	t.Helper()
	found := map[string][]document{"base": files(t, "base")}
	if _, err := exec.LookPath("kubectl"); err != nil {
		return found
	}
	for _, dir := range overlays(t) {
		found[dir] = built(t, dir)
	}
	return found
}

// overlays are the folders that build on the base.
func overlays(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"examples/*/kustomization.yaml", "overlays/*/kustomization.yaml", "overlays/*/*/kustomization.yaml"} {
		listings, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, listings, pattern)
		for _, listing := range listings {
			found = append(found, filepath.Dir(listing))
		}
	}
	return found
}

// kustomized is what kubectl has made of folders.
var kustomized = map[string][]byte{}

// built returns what kubectl would apply.
func built(t *testing.T, dir string) []document {
	t.Helper()
	if out, ok := kustomized[dir]; ok {
		return split(t, out)
	}
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		t.Skip("kubectl is not on this machine")
	}
	out, err := exec.CommandContext(t.Context(), kubectl, "kustomize", dir).Output()
	require.NoError(t, err)
	kustomized[dir] = out
	return split(t, out)
}

func container(t *testing.T, b base) corev1.Container {
	t.Helper()
	require.Len(t, b.StatefulSet.Spec.Template.Spec.Containers, 1)
	return b.StatefulSet.Spec.Template.Spec.Containers[0]
}

// argument returns the value of a flag.
func argument(t *testing.T, b base, flag string) string {
	t.Helper()
	args := container(t, b).Args
	i := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, flag+"=") })
	require.GreaterOrEqual(t, i, 0, flag)
	return strings.TrimPrefix(args[i], flag+"=")
}

func flagsPage(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "docs", "reference", "flags.md"))
	require.NoError(t, err)
	return string(content)
}
