package apiserver

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// TestManager runs a controller-runtime manager with cache, leader election and
// events.
func TestManager(t *testing.T) {
	s := start(t, Options{})
	mgr, err := ctrl.NewManager(s.RESTConfig(), manager.Options{
		Scheme: scheme(t), Logger: logr.Discard(), Metrics: metricsserver.Options{BindAddress: "0"}, HealthProbeBindAddress: "0",
		LeaderElection: true, LeaderElectionID: "leader", LeaderElectionNamespace: "default", LeaderElectionReleaseOnCancel: true,
	})
	require.NoError(t, err)
	seen := make(chan string, 16)
	recorder := mgr.GetEventRecorder("test")
	require.NoError(t, ctrl.NewControllerManagedBy(mgr).For(&v1.MetricsExporter{}).Complete(reconcile.Func(
		func(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
			var e v1.MetricsExporter
			if err := mgr.GetClient().Get(ctx, req.NamespacedName, &e); err != nil {
				return reconcile.Result{}, client.IgnoreNotFound(err)
			}
			seen <- e.Name + " " + e.Spec.Interval.Duration.String()
			recorder.Eventf(&e, nil, corev1.EventTypeNormal, "Seen", "Look", "%s", e.Spec.Interval.Duration)
			return reconcile.Result{}, nil
		})))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }() // waited for below

	c := typed(t, s)
	e := exporter("latency")
	require.NoError(t, c.Create(t.Context(), e))
	require.Equal(t, "latency 1m0s", await(t, seen))
	e.Spec.Interval.Duration = 2 * time.Minute
	require.NoError(t, c.Update(t.Context(), e))
	require.Equal(t, "latency 2m0s", await(t, seen))

	leader, err := clientset(t, s).CoordinationV1().Leases("default").Get(t.Context(), "leader", metav1.GetOptions{})
	require.NoError(t, err)
	require.NotEmpty(t, *leader.Spec.HolderIdentity)
	require.Eventually(t, func() bool {
		events, err := clientset(t, s).CoreV1().Events("default").List(t.Context(), metav1.ListOptions{FieldSelector: "involvedObject.name=latency"})
		return err == nil && len(events.Items) > 0
	}, 10*time.Second, 20*time.Millisecond)
	stop()
	require.NoError(t, <-ended)
}

func await(t *testing.T, seen <-chan string) string {
	t.Helper()
	select {
	case text := <-seen:
		return text
	case <-time.After(20 * time.Second):
		require.Fail(t, "nothing comes")
		return ""
	}
}

// TestInformerRelists: an informer that has lost the server, and whose version is
// forgotten meanwhile, ends up with what is there.
func TestInformerRelists(t *testing.T) {
	var down atomic.Bool
	s := start(t, Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if down.Load() && req.Header.Get("User-Agent") == "informer" {
				panic(http.ErrAbortHandler)
			}
			seconds := req.URL.Query()
			if seconds.Has("timeoutSeconds") {
				seconds.Set("timeoutSeconds", "1") // so that the watch ends soon
				req.URL.RawQuery = seconds.Encode()
			}
			next.ServeHTTP(w, req)
		})
	}})
	config := s.RESTConfig()
	config.UserAgent = "informer"
	watched, err := client.NewWithWatch(config, client.Options{Scheme: scheme(t)})
	require.NoError(t, err)
	informer := cache.NewSharedInformer(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			var all v1.MetricsExporterList
			return &all, watched.List(ctx, &all, &client.ListOptions{Raw: &options})
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return watched.Watch(ctx, &v1.MetricsExporterList{}, &client.ListOptions{Raw: &options})
		},
	}, &v1.MetricsExporter{}, 0)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { // waited for below
		defer close(ended)
		informer.RunWithContext(ctx)
	}()
	c := typed(t, s)
	names := func() (list []string) {
		return append(list, informer.GetStore().ListKeys()...)
	}
	require.NoError(t, c.Create(t.Context(), exporter("before")))
	require.Eventually(t, func() bool { return len(names()) == 1 }, 10*time.Second, 10*time.Millisecond)

	down.Store(true)
	time.Sleep(1100 * time.Millisecond) // the watch ends
	require.NoError(t, c.Delete(t.Context(), exporter("before")))
	require.NoError(t, c.Create(t.Context(), exporter("after")))
	s.Store().Compact()
	down.Store(false)
	require.Eventually(t, func() bool {
		all := names()
		return len(all) == 1 && all[0] == "default/after"
	}, 30*time.Second, 20*time.Millisecond)
	stop()
	<-ended
}

// TestKubectl is what a user of the demo may type.
func TestKubectl(t *testing.T) {
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not on this machine")
	}
	s := start(t, Options{})
	listener := httptest.NewServer(s)
	t.Cleanup(listener.Close)
	t.Cleanup(s.Close) // watches first
	home := t.TempDir()
	kubectl := func(stdin, args string) *exec.Cmd {
		command := exec.CommandContext(t.Context(), "kubectl", append([]string{"--server=" + listener.URL}, strings.Fields(args)...)...)
		command.Env = append(os.Environ(), "HOME="+home, "KUBECONFIG=")
		command.Stdin = strings.NewReader(stdin)
		return command
	}
	var watched bytes.Buffer
	watching := kubectl("", "get mex -A -w --output-watch-events")
	watching.Stdout = &watched
	require.NoError(t, watching.Start())

	const file = "../../cmd/adxexporter/demo/exporters/use-case-1.yaml"
	broken := exporterYAML(t, file, "interval: 1m", "interval: often")
	steps := []struct{ reason, stdin, args, want string }{
		{"the version says what it is", "", "version", "Server Version: v1.37.2+adxexporter-demo"},
		{"short names and categories", "", "get adx-mon -A", "No resources found"},
		{"namespaces", "", "create namespace monitoring", "namespace/monitoring created"},
		{"with kubectl's own checks", "", "apply -f " + file, "service-response-times created"},
		{"what is as it should be stays", "", "apply -f " + file, "service-response-times unchanged"},
		{"columns of the CRD", "", "get mex -n monitoring", "INTERVAL"},
		{"a rule's words", broken, "apply -f -", "spec.interval: Invalid value: \"often\": interval must be a Go duration of whole seconds"},
		{"an unknown field", exporterYAML(t, file, "interval:", "intervall:"), "apply -f -", `unknown field "spec.intervall"`},
		{"server-side apply that conflicts", exporterYAML(t, file, "interval: 1m", "interval: 2m"), "apply --server-side --field-manager=git -f -", `conflict with "kubectl-client-side-apply" using adx-mon.azure.com/v1: .spec.interval`},
		{"and with force", exporterYAML(t, file, "interval: 1m", "interval: 2m"), "apply --server-side --field-manager=git --force-conflicts -f -", "serverside-applied"},
		{"merge patch", "", `patch mex service-response-times -n monitoring --type=merge -p {"spec":{"interval":"3m"}}`, "patched"},
		{"JSON patch", "", `patch mex service-response-times -n monitoring --type=json -p [{"op":"replace","path":"/spec/interval","value":"4m"}]`, "patched"},
		{"the object as it is now", "", "get mex service-response-times -n monitoring -o jsonpath={.spec.interval}/{.metadata.generation}", "4m/4"},
		{"what a field is for", "", "explain mex.spec.interval", "FIELD: interval"},
		{"all that is installed in a cluster", "", "apply -k ../../manifests/base", "statefulset.apps/adxexporter created"},
		{"strategic merge patch", "", `patch statefulset adxexporter -n adx-mon-system -p {"spec":{"replicas":5}}`, "patched"},
		{"built-in types", "", "get statefulset -n adx-mon-system", "adxexporter   5"},
		{"who may what", "", "auth can-i delete leases", "yes"},
		{"events", "", "get events -A", "No resources found"},
		{"deletion", "", "delete mex service-response-times -n monitoring", "deleted"},
		{"and it waits for that", "", "get mex -A", "No resources found"},
		{"a namespace", "", "delete namespace monitoring", "deleted"},
	}
	for _, step := range steps {
		out, _ := kubectl(step.stdin, step.args).CombinedOutput()
		require.Contains(t, string(out), step.want, "%s: kubectl %s", step.reason, step.args)
	}
	s.Close()
	_ = watching.Wait()
	var told []string
	for _, match := range regexp.MustCompile(`(\w+) +monitoring +service-response-times +(\dm)`).FindAllStringSubmatch(watched.String(), -1) {
		told = append(told, match[1]+" "+match[2])
	}
	require.Equal(t, []string{"ADDED 1m", "MODIFIED 2m", "MODIFIED 3m", "MODIFIED 4m", "DELETED 4m"}, slices.Compact(told),
		"kubectl writes more than once for some changes")
}

// exporterYAML returns a file with something replaced.
func exporterYAML(t *testing.T, file, old, replacement string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.Replace(string(content), old, replacement, 1)
}
