package executor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/query"
)

// TestTraces: what a run does is a trace, and a failure is told by the span that
// failed and by the run.
func TestTraces(t *testing.T) {
	cases := map[string]struct {
		prepare func(w *world)
		want    []string
		errors  map[string]string
	}{
		"AllIsWell": {
			func(*world) {},
			[]string{"run", "run > commit", "run > deliver OTLP", "run > deliver Prometheus", "run > query DB", "run > schema DB", "run > transform"},
			map[string]string{},
		},
		"KustoFails": {
			func(w *world) {
				w.answers = []answer{{times: 1 << 30, err: &query.Error{Class: query.Transient, Message: "No."}}}
			},
			[]string{"run", "run > commit", "run > schema DB"},
			map[string]string{"run": "QueryFailed", "schema DB": "QueryFailed"},
		},
		"NoSuchColumn": {
			func(w *world) { w.answers = []answer{{times: 1 << 30, rows: 1, columns: []string{"when", "value"}}} },
			[]string{"run", "run > commit", "run > schema DB"},
			map[string]string{"run": "ColumnMissing"},
		},
		"AnOutputFails": {
			func(w *world) { w.sinks[1].err = errors.New("full") },
			[]string{"run", "run > commit", "run > deliver OTLP", "run > deliver Prometheus", "run > query DB", "run > schema DB", "run > transform"},
			map[string]string{"deliver OTLP": "DeliveryFailed"},
		},
		"TheStatusIsLost": {
			func(w *world) { w.refuses = errors.New("the API server is away") },
			[]string{"run", "run > commit", "run > deliver OTLP", "run > deliver Prometheus", "run > query DB", "run > schema DB", "run > transform"},
			map[string]string{"commit": "_OTHER"},
		},
		"TheStatusIsSomebodyElses": {
			func(w *world) { w.refuses = fmt.Errorf("seq 7: %w", ErrOutdated) },
			[]string{"run", "run > commit", "run > deliver OTLP", "run > deliver Prometheus", "run > query DB", "run > schema DB", "run > transform"},
			map[string]string{"commit": "Outdated"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spans := tracesOf(t, sdktrace.AlwaysSample(), tc.prepare)
			names := map[string]string{}
			for _, span := range spans {
				names[span.SpanContext.SpanID().String()] = span.Name
			}
			var paths []string
			failed := map[string]string{}
			for _, span := range spans {
				path := span.Name
				if span.Parent.IsValid() {
					path = names[span.Parent.SpanID().String()] + " > " + path
				}
				paths = append(paths, path)
				if span.Status.Code == codes.Error {
					failed[span.Name] = attributesOf(span)["error.type"]
					require.NotEmpty(t, span.Status.Description)
				}
				require.Equal(t, spans[0].SpanContext.TraceID(), span.SpanContext.TraceID(), "a run is one trace")
			}
			slices.Sort(paths)
			require.Equal(t, tc.want, paths)
			require.Equal(t, tc.errors, failed)
		})
	}
}

// tracesOf returns the spans of an exporter's first run.
func tracesOf(t *testing.T, sampler sdktrace.Sampler, prepare func(w *world)) tracetest.SpanStubs {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	synctest.Test(t, func(*testing.T) {
		provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter), sdktrace.WithSampler(sampler))
		w := newWorld(nil)
		w.stop()
		w.tracer = provider.Tracer("test")
		w.sinks = append(w.sinks, &scriptedSink{world: w, name: "OTLP", past: true})
		prepare(w)
		w.start()
		w.executor.Apply(traced())
		synctest.Wait()
		w.stop()
	})
	return exporter.GetSpans()
}

// traced is an exporter like any other.
func traced() *v1.MetricsExporter {
	object := &v1.MetricsExporter{}
	object.Namespace, object.Name, object.UID, object.Generation = "ns", "a", "a", 1
	object.Spec = v1.MetricsExporterSpec{
		Database: "DB", Body: "T", Interval: metav1.Duration{Duration: time.Minute},
		Transform: v1.TransformConfig{DefaultMetricName: "m", ValueColumn: "value", TimestampColumn: "time"},
	}
	return object
}

func attributesOf(span tracetest.SpanStub) map[string]string {
	found := map[string]string{}
	for _, a := range span.Attributes {
		found[string(a.Key)] = a.Value.String()
	}
	return found
}

// TestSpanAttributes: names are those of the semantic conventions where there are
// any, and Kusto's request names the trace.
func TestSpanAttributes(t *testing.T) {
	spans := tracesOf(t, sdktrace.AlwaysSample(), func(*world) {})
	found := map[string]map[string]string{}
	for _, span := range spans {
		found[span.Name] = attributesOf(span)
	}
	id := "adxexporter;ns/a;1999-12-31T23:59:00Z;1-" + spans[0].SpanContext.TraceID().String()
	group := found["run"]["adxexporter.group"]
	require.NotEmpty(t, group)
	require.Equal(t, map[string]map[string]string{
		"run": {
			"adxexporter.exporter": "ns/a", "adxexporter.group": group, "adxexporter.step": "run", "adxexporter.attempt": "1",
			"adxexporter.window.start": "1999-12-31T23:59:00Z", "adxexporter.window.end": "2000-01-01T00:00:00Z",
			"adxexporter.client_request_id": id, "db.response.returned_rows": "1",
			"adxexporter.points": "1", "adxexporter.series": "1", "adxexporter.dropped": "0",
		},
		"schema DB": {
			"db.system.name": "azure.kusto", "db.namespace": "DB", "db.operation.name": "schema",
			"adxexporter.client_request_id": id + ";schema",
		},
		"query DB": {
			"db.system.name": "azure.kusto", "db.namespace": "DB", "db.operation.name": "query",
			"adxexporter.client_request_id": id, "db.response.returned_rows": "1", "azure.service.request.id": "",
		},
		"transform":          {},
		"deliver Prometheus": {"adxexporter.output": "Prometheus", "adxexporter.points": "1"},
		"deliver OTLP":       {"adxexporter.output": "OTLP", "adxexporter.points": "1"},
		"commit":             {"adxexporter.exporter": "ns/a"},
	}, found)
}

// TestRunsThatAreNotTraced: Kusto's request does not name a trace that nobody keeps,
// and a step without a Tracer costs nothing.
func TestRunsThatAreNotTraced(t *testing.T) {
	require.Empty(t, tracesOf(t, sdktrace.NeverSample(), func(*world) {}))
	ctx, span := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())).Tracer("test").Start(t.Context(), "run")
	defer span.End()
	require.Regexp(t, `^3-[0-9a-f]{8}$`, tryOf(ctx, 3))

	off := New(Options{})
	s := situation{object: traced()}
	require.Zero(t, testing.AllocsPerRun(100, func() { untraced(context.Background(), off, s) }))
}

// untraced is what a run does for its trace.
func untraced(ctx context.Context, e *Executor, s situation) {
	ctx, span := e.startRun(ctx, s, action{step: stepRun})
	defer span.End()
	_, _ = traceOf(ctx)
	endRun(span, outcome{})
}

func BenchmarkTracingOff(b *testing.B) {
	e, s := New(Options{}), situation{object: traced()}
	b.ReportAllocs()
	for b.Loop() {
		untraced(context.Background(), e, s)
	}
}
