package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/sharding"
)

// operated is an exporter that is pushed.
const operated = `
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: latency, namespace: monitoring}
spec:
  database: TelemetryDB
  body: |
    ServiceTelemetry
    | where Timestamp between (_startTime .. _endTime)
    | summarize Value = avg(ResponseTimeMs) by ServiceName
    | extend Time = _startTime
  interval: 1m
  transform: {defaultMetricName: latency, valueColumn: Value, timestampColumn: Time, labelColumns: [ServiceName]}
`

// operatedReplica is a replica of a cluster that runs.
type operatedReplica struct {
	*App

	kubeconfig string
	receiver   *otlpReceiver
	// stop ends it, and waits until it has ended.
	stop func()
}

// operate runs a replica that pushes to a receiver, on a stand-in for a cluster with
// exporters, until the test ends.
func operate(t *testing.T, exporters ...string) operatedReplica {
	t.Helper()
	return operateThrough(t, nil, exporters...)
}

// operateThrough is operate for a replica that reaches the API server through something
// else, if that is not nil.
func operateThrough(t *testing.T, through func(http.Handler) http.Handler, exporters ...string) operatedReplica {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var parts errgroup.Group
	t.Cleanup(func() { require.NoError(t, parts.Wait()) })
	t.Cleanup(stop)
	receiver, address := receiveOTLP(t, "127.0.0.1:0")
	m := operatedReplica{receiver: receiver}
	cluster, err := startDemoCluster(ctx, &parts, "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, cluster.apply(ctx, exporters))
	api := cluster.url
	if through != nil {
		api = proxied(t, api, through)
	}
	url, err := startKusto(ctx, &parts)
	require.NoError(t, err)
	pool, err := poolOf([]string{"TelemetryDB"}, url)
	require.NoError(t, err)
	labels := criteria.Labels{"region": "eastus"}
	targets, err := (&pushFlags{OTLPEndpoint: []string{"http://" + address}, OTLPProtocol: "grpc", RemoteWriteVersion: "auto"}).endpoints(labels)
	require.NoError(t, err)
	m.App, err = New(ctx, Options{
		Labels: labels, Kusto: pool, Log: zap.NewNop(), Push: targets,
		MetricsAddress: "127.0.0.1:0", TelemetryPath: "/metrics", TelemetryAddress: "127.0.0.1:0",
		ShutdownTimeout: 15 * time.Second, // a connection that was opened and not used holds the end up for 5 s
		KubeConfig:      &rest.Config{Host: api},
		Ring: Ring{
			Namespace: demoNamespace, Pod: podName(0), PodUID: uuid.NewString(), Service: demoService,
			Timing: demoTiming(), CommitRate: 50,
		},
	})
	require.NoError(t, err)
	require.NoError(t, cluster.announce(ctx, podName(0), m.TelemetryAddr()))
	running, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- m.Run(running) }() // stop waits for it
	m.stop = sync.OnceFunc(func() {
		end()
		require.NoError(t, <-done)
	})
	t.Cleanup(m.stop)
	m.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	content := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\n"+
		"clusters: [{name: c, cluster: {server: %q}}]\ncontexts: [{name: c, context: {cluster: c, user: u, namespace: monitoring}}]\nusers: [{name: u, user: {}}]\n", cluster.url)
	require.NoError(t, os.WriteFile(m.kubeconfig, []byte(content), 0o600))
	return m
}

// TestMemberAnswersItsPeers: what other replicas ask for is on the telemetry port, and
// series are shown only while the ring gives them to this replica.
func TestMemberAnswersItsPeers(t *testing.T) {
	m := operate(t, operated)
	require.Eventually(t, func() bool { return m.Ready() == nil }, 60*time.Second, 20*time.Millisecond)
	base := "http://" + m.TelemetryAddr()
	status, body := get(t, base+sharding.StatePath)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, podName(0))
	status, body = get(t, base+roster.Path)
	require.Equal(t, http.StatusBadRequest, status, "it wants to know of which partitions: %s", body)
	latency := types.NamespacedName{Namespace: "monitoring", Name: "latency"}
	require.Eventually(t, func() bool { return m.home.Serves()(latency) }, 60*time.Second, 20*time.Millisecond, "its share follows")
	m.stop()
	require.False(t, m.home.Serves()(latency), "it has left the ring")
}

// TestOperate: the commands of an operator, with a replica that does what they ask
// for.
func TestOperate(t *testing.T) {
	m := operate(t, operated)
	kubeconfig, receiver := m.kubeconfig, m.receiver
	do := func(line string) (code int, stdout, stderr string) {
		var out, errs strings.Builder
		words := strings.Fields(line)
		code = Main(t.Context(), append([]string{words[0], "--kubeconfig=" + kubeconfig}, words[1:]...), &out, &errs)
		return code, out.String(), errs.String()
	}
	require.Eventually(t, func() bool { code, _, _ := do("status latency"); return code == exitOK }, 60*time.Second, 50*time.Millisecond)
	pushed := len(receiver.got())
	require.NotZero(t, pushed)

	const window = `\[\S+Z, \S+Z\)`
	code, stdout, stderr := do("run-now latency --wait=60s")
	require.Equal(t, exitOK, code, stdout+stderr)
	require.Regexp(t, `^monitoring/latency on region=eastus: window `+window+` gave 4 rows, 4 points, 4 series in \d+ ms\n$`, stdout)

	code, stdout, stderr = do("retry monitoring/latency --wait=60s")
	require.Equal(t, exitOK, code, stdout+stderr)
	require.Regexp(t, `; nothing waits in the backlog\n$`, stdout)

	code, stdout, stderr = do("retry latency --dead-letters")
	require.Equal(t, exitOK, code, stdout+stderr)
	require.Equal(t, "monitoring/latency: there are no dead letters\n", stdout)

	code, stdout, stderr = do("backfill latency --from=-2h --to=-1h --request-id=fix-1")
	require.Equal(t, exitOK, code, stdout+stderr)
	require.Regexp(t, `^backfill fix-1 of monitoring/latency\nwindows  (59|60) of 1m0s each\n`, stdout)
	require.Regexp(t, `100 %  (59|60) of (59|60) windows\nFinished: (59|60) windows\.\n$`, stdout)
	again := regexp.MustCompile(`windows  (\d+)`).FindStringSubmatch(stdout)[1]
	require.GreaterOrEqual(t, len(receiver.got()), pushed+4*59)

	code, stdout, stderr = do("backfill latency --request-id=fix-1")
	require.Equal(t, exitOK, code, stdout+stderr)
	require.Regexp(t, `is there already, for `+window+`\n100 %  `+again+` of `+again+` windows\nFinished: `+again+` windows\.\n$`, stdout)

	code, stdout, _ = do("status latency")
	require.Equal(t, exitOK, code)
	require.Regexp(t, `(?m)^  backfill +fix-1, 0 of `+again+` windows to go$`, stdout)
}

// TestCommandsPage runs each command of the page as it stands there, one after the
// other, with a replica that does what they ask for.
func TestCommandsPage(t *testing.T) {
	text := pageOf(t, "docs/guide/commands.md")
	kubeconfig := operate(t, operated).kubeconfig
	t.Setenv("KUBECONFIG", kubeconfig)
	t.Chdir(t.TempDir())
	require.Eventually(t, func() bool { return Main(t.Context(), []string{"status", "latency"}, io.Discard, io.Discard) == exitOK }, 60*time.Second, 50*time.Millisecond)
	commands := regexp.MustCompile(`(?m)^adxexporter ([^>\n]+)`).FindAllStringSubmatch(text, -1)
	require.GreaterOrEqual(t, len(commands), 9)
	for _, line := range commands {
		var out strings.Builder
		require.Equal(t, exitOK, Main(t.Context(), strings.Fields(line[1]), &out, &out), "adxexporter %s\n%s", line[1], out.String())
	}
}

// TestOperateUsage: what is wrong with the command line is said before the cluster is
// asked.
func TestOperateUsage(t *testing.T) {
	cases := map[string]struct {
		line string
		want string
	}{
		"Wait":          {"run-now a --wait=0s", "--wait must be more than 0s; there is --no-wait"},
		"Name":          {"retry /a", `cannot read the exporter "/a": want NAME or NAMESPACE/NAME`},
		"NoName":        {"run-now", `expected "<exporter>"`},
		"Time":          {"backfill a --from=yesterday", `--from: cannot read time "yesterday": want RFC 3339 such as 2026-11-01T10:00:00Z, a date, now, or a time before now such as -2h`},
		"InFlight":      {"backfill a --from=-2h --max-in-flight=21", "--max-in-flight: must be 1 to 20"},
		"RequestID":     {"backfill a --from=-2h --request-id=-x-", `--request-id: cannot use "-x-": want up to 63 letters, digits, dots, dashes and underscores, a letter or digit first and last`},
		"LongRequestID": {"backfill a --from=-2h --request-id=" + strings.Repeat("x", 64), `--request-id: cannot use "` + strings.Repeat("x", 64) + `": want up to 63`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			require.Equal(t, exitUsage, Main(t.Context(), strings.Fields(tc.line), &stdout, &stderr))
			require.Contains(t, stderr.String(), tc.want)
			require.Empty(t, stdout.String())
		})
	}
}
