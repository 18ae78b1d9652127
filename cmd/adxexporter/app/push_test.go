package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // the receiver reads what Collectors read

	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/push"
)

// otlpReceiver is a Collector's gRPC port that keeps what it gets.
type otlpReceiver struct {
	collector.UnimplementedMetricsServiceServer

	mu       sync.Mutex
	resource map[string]string
	// samples are name{labels} value@time.
	samples []string
}

// receiveOTLP serves gRPC at an address until the test ends.
func receiveOTLP(t *testing.T, address string) (*otlpReceiver, string) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", address)
	require.NoError(t, err)
	r, server := &otlpReceiver{}, grpc.NewServer()
	collector.RegisterMetricsServiceServer(server, r)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // the cleanup waits for it
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return r, listener.Addr().String()
}

func (r *otlpReceiver) Export(_ context.Context, request *collector.ExportMetricsServiceRequest) (*collector.ExportMetricsServiceResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range request.GetResourceMetrics() {
		r.resource = attributes(resource.GetResource().GetAttributes())
		for _, scope := range resource.GetScopeMetrics() {
			for _, metric := range scope.GetMetrics() {
				for _, point := range metric.GetGauge().GetDataPoints() {
					r.samples = append(r.samples, sampleText(metric.GetName(), attributes(point.GetAttributes()),
						point.GetAsDouble(), point.GetTimeUnixNano()/uint64(time.Millisecond)))
				}
			}
		}
	}
	return &collector.ExportMetricsServiceResponse{}, nil
}

func (r *otlpReceiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.samples))
}

func attributes(list []*common.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range list {
		all[a.GetKey()] = a.GetValue().GetStringValue()
	}
	return all
}

func sampleText(name string, labels map[string]string, value float64, ms uint64) string {
	return fmt.Sprintf("%s%v %v@%d", name, labels, value, ms)
}

// remoteWriteReceiver speaks version 1.0 only, and keeps what it gets.
type remoteWriteReceiver struct {
	mu      sync.Mutex
	samples []string
}

func (r *remoteWriteReceiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil || request.Header.Get("Content-Type") != "application/x-protobuf" {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	plain, err := snappy.Decode(nil, body)
	var write prompb.WriteRequest
	if err != nil || write.Unmarshal(plain) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, series := range write.Timeseries {
		labels := map[string]string{}
		for _, l := range series.Labels {
			labels[l.Name] = l.Value
		}
		name := labels["__name__"]
		delete(labels, "__name__")
		for _, s := range series.Samples {
			r.samples = append(r.samples, sampleText(name, labels, s.Value, uint64(s.Timestamp)))
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *remoteWriteReceiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(slices.Values(r.samples))
}

// TestUseCase4: use case 4's exporter and command line, with the receiver's
// address in place of the printed one: pushed, and not served.
func TestUseCase4(t *testing.T) {
	receiver, address := receiveOTLP(t, "127.0.0.1:0")
	lines := commandLines(t)
	line := lines[slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "scope=global") })]
	line = strings.Replace(line, "central-prometheus-gateway:4317", address, 1)
	line, _, _ = strings.Cut(line, " #")
	r := startReplica(t, line+" --otlp-protocol=grpc --add-resource-attributes=cloud=azure", []string{"GlobalMetrics"},
		map[string]string{"use-case-4.yaml": exporter(t, "use-case-4.yaml")})
	require.Empty(t, r.MetricsAddr(), "the port stays closed")
	require.Eventually(t, func() bool { return len(receiver.got()) > 0 }, 10*time.Second, 10*time.Millisecond, "%s", r.logs)
	for _, sample := range receiver.got() {
		require.Regexp(t, `^global_error_count\[?map\[Region:(eastus|westus|europe) ServiceName:\S+ error_rate:\S+\] \d+@\d+$`, sample)
	}
	require.Len(t, receiver.got(), 3*4*2, "three clusters, four services, two minutes")
	require.Equal(t, map[string]string{"scope": "global", "priority": "high", "cloud": "azure"}, receiver.resource)
}

// TestThreeOutputs: one query feeds a scrape, OTLP and remote write, and all say
// the same.
func TestThreeOutputs(t *testing.T) {
	cases := map[string]struct {
		labels, database, file, want string
	}{
		"UseCase1": {platform, "TelemetryDB", "use-case-1.yaml", `service_response_time_avg\{.*\} ` + number},
		"UseCase2": {
			"adxexporter --cluster-labels=team=analytics,data-classification=customer-approved", "AnalyticsDB", "use-case-2.yaml",
			`customer_success_rate_premium\{AvgLatency="` + number + `",CustomerResourceId="customer-12345",.*\} 0` + number,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			otlpReceived, address := receiveOTLP(t, "127.0.0.1:0")
			written := &remoteWriteReceiver{}
			backend := httptest.NewServer(written)
			t.Cleanup(backend.Close)
			r := startReplica(t, tc.labels+" --otlp-endpoint=http://"+address+" --otlp-protocol=grpc --remote-write-endpoint="+backend.URL+"/api/v1/write",
				[]string{tc.database}, map[string]string{"a.yaml": exporter(t, tc.file)})
			r.eventually(t, tc.want)
			shown := strings.Count(r.series(t), "} ")
			require.Eventually(t, func() bool { return len(written.got()) == shown && len(otlpReceived.got()) == shown }, 10*time.Second, 10*time.Millisecond,
				"%s", r.logs)
			require.Equal(t, otlpReceived.got(), written.got())
			for _, sample := range written.got() {
				value := strings.TrimPrefix(sample[strings.Index(sample, "] "):strings.Index(sample, "@")], "] ")
				require.Contains(t, r.series(t), "} "+value+"\n", "the scrape has %s", sample)
			}
			require.Equal(t, 1, queriesWithRows(r))
		})
	}
}

// queriesWithRows counts the queries that Kusto answered with rows.
func queriesWithRows(r *replica) int {
	queries := 0
	for _, entry := range r.kusto.Journal() {
		if entry.Rows > 0 && !strings.HasSuffix(entry.ClientRequestID, ";schema") {
			queries++
		}
	}
	return queries
}

// TestReceiverThatIsAway: its windows wait in the status, the scrape goes on, and
// when the receiver is there it gets every window, once.
func TestReceiverThatIsAway(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	taken, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := taken.Addr().String()
	require.NoError(t, taken.Close())
	file := strings.ReplaceAll(exporter(t, "use-case-1.yaml"), "interval: 1m", "interval: 10s")
	file = strings.ReplaceAll(file, "bin(Timestamp, 1m)", "bin(Timestamp, 10s)")
	r := startReplica(t, platform+" --otlp-endpoint=http://"+address+" --otlp-protocol=grpc", []string{"TelemetryDB"}, map[string]string{"a.yaml": file})
	r.eventually(t, `service_response_time_avg\{.*\} `+number)
	const name = "monitoring.service-response-times"
	require.Eventually(t, func() bool { return strings.Contains(r.state(t, name), "backlog:") }, 10*time.Second, 20*time.Millisecond)
	require.Contains(t, r.state(t, name), "OTLP/"+address)
	status, body := get(t, "http://"+r.TelemetryAddr()+"/readyz")
	require.Equal(t, 200, status, "the service itself is ready")
	require.Contains(t, body, address, "and says who is away")

	receiver, _ := receiveOTLP(t, address)
	require.Eventually(t, func() bool {
		content, err := os.ReadFile(r.dir + "/.state/" + name + ".yaml")
		return err == nil && len(receiver.got()) >= 8 && !strings.Contains(string(content), "backlog:")
	}, 60*time.Second, 50*time.Millisecond, "%s", r.logs)
	got := receiver.got()
	require.Len(t, slices.Compact(slices.Clone(got)), len(got), "each sample once")
	require.Zero(t, len(got)%4, "whole windows")
}

// Sinks that push say when their receiver is left alone, so that the executor does
// not ask Kusto in vain.
var _ executor.Rester = (*push.Sink)(nil)

// TestPushFlags: what cannot work is said before anything starts.
func TestPushFlags(t *testing.T) {
	refused := map[string]struct{ flag, want string }{
		"Scheme":      {"--otlp-endpoint=collector:4317", "--otlp-endpoint: "},
		"Token":       {"--otlp-endpoint=http://collector:4317 --otlp-header=authorization=secret", "collector"},
		"Twice":       {"--otlp-endpoint=http://a:4317 --otlp-endpoint=http://a:4317", `cannot push to "a:4317" twice`},
		"Attribute":   {"--otlp-endpoint=http://a:4317 --add-resource-attributes=cloud", `cannot parse "cloud"`},
		"RemoteWrite": {"--remote-write-endpoint=mimir/api/v1/push", "--remote-write-endpoint: "},
		"InOrder":     {"--otlp-endpoint=http://a:4317 --push-in-order=http://me:secret@b:4317", `--push-in-order: nothing is pushed to "b:4317"`},
		"AllInOrder":  {"--otlp-endpoint=http://a:4317 --push-order=in-order --push-in-order=http://b:4317", `nothing is pushed to "b:4317"`},
		"NoAuthority": {"--remote-write-endpoint=https://mimir/api/v1/push --push-ca-file=missing.pem", "missing.pem"},
	}
	for name, tc := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := parseRun(t, append(strings.Fields(tc.flag), "--exporters-dir="+t.TempDir())).options(&logs{})
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

// TestPushOrder: receivers that windows reach in order, all or some.
func TestPushOrder(t *testing.T) {
	all := "--otlp-endpoint=http://a:4317 --remote-write-endpoint=https://b/api/v1/push "
	for name, tc := range map[string]struct {
		flags string
		want  []string
	}{
		"LiveFirst": {all, nil},
		"InOrder":   {all + "--push-order=in-order", []string{"a:4317", "b"}},
		"One":       {all + "--push-in-order=https://b/api/v1/push", []string{"b"}},
		"Both":      {all + "--push-order=in-order --push-in-order=http://a:4317", []string{"a:4317", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			opts, err := parseRun(t, append(strings.Fields(tc.flags), "--exporters-dir="+t.TempDir())).options(&logs{})
			require.NoError(t, err)
			sinks, _, err := opts.Push.sinks(push.NewMetrics(nil))
			require.NoError(t, err)
			var inOrder []string
			for _, sink := range sinks {
				if sink.InOrder() {
					inOrder = append(inOrder, sink.Endpoint())
				}
				require.NoError(t, sink.Close())
			}
			require.Equal(t, tc.want, inOrder)
		})
	}
}

// TestOTLPEnvironment: OpenTelemetry's own variables count, and flags before them.
func TestOTLPEnvironment(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://from-env:4318")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-scope-orgid=team")
	opts, err := parseRun(t, []string{"--exporters-dir=" + t.TempDir()}).options(&logs{})
	require.NoError(t, err)
	require.Len(t, opts.Push.OTLP, 1)
	require.Equal(t, "http://from-env:4318/v1/metrics", opts.Push.OTLP[0].Endpoint.String())
	opts, err = parseRun(t, []string{"--exporters-dir=" + t.TempDir(), "--otlp-endpoint=http://from-flag:4317"}).options(&logs{})
	require.NoError(t, err)
	require.Len(t, opts.Push.OTLP, 1)
	require.Equal(t, "from-flag:4317", opts.Push.OTLP[0].Name())
	require.Equal(t, map[string]string{"x-scope-orgid": "team"}, opts.Push.OTLP[0].Headers)
}
