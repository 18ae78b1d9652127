package app

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"

	"github.com/go-logr/zapr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"

	"github.com/adx-mon/adxexporter/executor/criteria"
)

// tracingFlags say where traces of runs are sent to. Without an endpoint there are
// none, and they cost nothing.
type tracingFlags struct {
	TracingEndpoint string  `placeholder:"URL" help:"Send a trace of each run to this receiver by OTLP: gRPC on port 4317, else HTTP. The variables OTEL_TRACES_EXPORTER=otlp and OTEL_EXPORTER_OTLP_* work, too."`
	TracingRatio    float64 `default:"1" help:"The share of runs that are traced, from 0 to 1."`
}

// Tracing is where traces go. The zero value is nowhere.
type Tracing struct {
	exporter *otlptrace.Exporter
	ratio    float64
}

// tracing turns the flags, and the variables of the OpenTelemetry specification,
// into what New takes. Its errors are the user's.
func (f *tracingFlags) tracing(ctx context.Context, getenv func(string) string) (Tracing, error) {
	if f.TracingRatio < 0 || f.TracingRatio > 1 {
		return Tracing{}, fmt.Errorf("--tracing-ratio: cannot trace a share of %v: want 0 to 1", f.TracingRatio)
	}
	client, err := f.client(getenv)
	if client == nil || err != nil {
		return Tracing{}, err
	}
	// Starting only prepares the connection; nobody needs to be there yet.
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return Tracing{}, fmt.Errorf("--tracing-endpoint: %w", err)
	}
	return Tracing{exporter, f.TracingRatio}, nil
}

// client returns how to send traces, nil for not at all. What the flag does not say
// the libraries read from the environment: headers, certificates, timeouts.
func (f *tracingFlags) client(getenv func(string) string) (otlptrace.Client, error) {
	if f.TracingEndpoint == "" {
		return clientFromEnv(getenv)
	}
	u, err := url.Parse(f.TracingEndpoint)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("--tracing-endpoint: cannot use %q: want a URL such as http://otel-collector:4317", f.TracingEndpoint)
	}
	if u.Port() == "4317" {
		return otlptracegrpc.NewClient(otlptracegrpc.WithEndpointURL(u.String())), nil
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(u.String())), nil
}

// clientFromEnv turns tracing on if the environment asks for traces. An endpoint for
// all signals is not enough: it may be there for the metrics.
func clientFromEnv(getenv func(string) string) (otlptrace.Client, error) {
	switch exporter := getenv("OTEL_TRACES_EXPORTER"); {
	case exporter == "none", exporter == "" && getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "":
		return nil, nil
	case exporter != "" && exporter != "otlp":
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER: cannot use %q: want otlp or none", exporter)
	}
	switch protocol := cmp.Or(getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf"); protocol {
	case "grpc":
		return otlptracegrpc.NewClient(), nil
	case "http/protobuf":
		return otlptracehttp.NewClient(), nil
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: cannot use %q: want grpc or http/protobuf", protocol)
	}
}

// provider returns what makes traces, nil if there are to be none.
func (t Tracing) provider(labels criteria.Labels) *sdktrace.TracerProvider {
	if t.exporter == nil {
		return nil
	}
	return newTracerProvider(labels, t.ratio, sdktrace.WithBatcher(t.exporter))
}

func newTracerProvider(labels criteria.Labels, ratio float64, options ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	attributes := []attribute.KeyValue{
		semconv.ServiceName("adxexporter"), semconv.ServiceVersion(Version()), semconv.ServiceInstanceID(identity()),
		attribute.String("adxexporter.cluster_labels", labels.String()),
	}
	if pod := os.Getenv("POD_NAME"); pod != "" {
		attributes = append(attributes, semconv.K8SPodName(pod), semconv.K8SNamespaceName(os.Getenv("POD_NAMESPACE")))
	}
	own := resource.NewWithAttributes(semconv.SchemaURL, attributes...)
	if merged, err := resource.Merge(own, resource.Environment()); err == nil { // OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME
		own = merged
	}
	return sdktrace.NewTracerProvider(append(options, sdktrace.WithResource(own), sdktrace.WithSampler(sdktrace.TraceIDRatioBased(ratio)))...)
}

// tracer returns what the executor makes traces with, nil for none.
func (a *App) tracer() trace.Tracer {
	if a.tracing == nil {
		return nil
	}
	return a.tracing.Tracer("github.com/adx-mon/adxexporter", trace.WithInstrumentationVersion(Version()), trace.WithSchemaURL(semconv.SchemaURL))
}

// flushTraces sends what is left of them. A receiver that is away holds up the end
// no longer than a scrape may.
func (a *App) flushTraces(ctx context.Context) {
	if a.tracing == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.timeout)
	defer cancel()
	if err := a.tracing.Shutdown(ctx); err != nil {
		a.log.Warn("cannot send the last traces", zap.Error(err))
	}
}

// logTracing makes the tracing libraries log like the rest. They keep one logger for
// the whole process.
func logTracing(log *zap.Logger) {
	otel.SetLogger(zapr.NewLogger(log.Named("tracing")))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Named("tracing").Warn("cannot send traces", zap.Error(err)) }))
}
