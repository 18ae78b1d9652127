package app

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTracing: with an endpoint each run is sent to it, and Kusto's request and the
// log name the trace. Without one, nothing is sent.
func TestTracing(t *testing.T) {
	paths := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { paths <- r.URL.Path }))
	defer receiver.Close()
	for name, tc := range map[string]struct{ flag, request string }{
		"On":  {" --tracing-endpoint=" + receiver.URL, `;1-[0-9a-f]{32}`},
		"Off": {"", `;1-[0-9a-f]{8}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := startReplica(t, platform+tc.flag, []string{"TelemetryDB"}, map[string]string{"a.yaml": exporter(t, "use-case-1.yaml")})
			r.eventually(t, `service_response_time_avg\{.*\} `+number)
			require.Regexp(t, tc.request+`(;schema)?$`, r.kusto.Journal()[len(r.kusto.Journal())-1].ClientRequestID)
		})
		if tc.flag != "" {
			require.Equal(t, "/v1/traces", <-paths, "at the end, if not before")
		}
	}
	require.Empty(t, paths)
}

// TestTracingFlags: what cannot work is said when the service starts.
func TestTracingFlags(t *testing.T) {
	cases := map[string]struct {
		flags tracingFlags
		env   map[string]string
		on    bool
		err   string
	}{
		"Nothing":         {},
		"HTTP":            {flags: tracingFlags{TracingEndpoint: "http://collector:4318"}, on: true},
		"GRPC":            {flags: tracingFlags{TracingEndpoint: "https://collector:4317", TracingRatio: .1}, on: true},
		"NoURL":           {flags: tracingFlags{TracingEndpoint: "collector:4317"}, err: `--tracing-endpoint: cannot use "collector:4317": want a URL such as http://otel-collector:4317`},
		"Ratio":           {flags: tracingFlags{TracingRatio: 2}, err: "--tracing-ratio: cannot trace a share of 2: want 0 to 1"},
		"Variable":        {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, on: true},
		"VariableOfGRPC":  {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, on: true},
		"EndpointOfOurs":  {env: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, on: true},
		"EndpointOfAll":   {env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}},
		"SwitchedOff":     {env: map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318"}},
		"UnknownExporter": {env: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, err: `OTEL_TRACES_EXPORTER: cannot use "zipkin": want otlp or none`},
		"UnknownProtocol": {env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, err: `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: cannot use "http/json": want grpc or http/protobuf`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tracing, err := tc.flags.tracing(t.Context(), func(key string) string { return tc.env[key] })
			if tc.err != "" {
				require.EqualError(t, err, tc.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.on, tracing.exporter != nil)
			if tc.on {
				require.NoError(t, tracing.exporter.Shutdown(t.Context()))
			}
		})
	}
}
