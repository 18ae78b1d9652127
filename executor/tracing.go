package executor

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// A run is one trace: run > query, transform, deliver (one for each sink), commit.
// Rows become points while the answer arrives, so the transform's span is what is
// left to do after the last row. Without a Tracer nothing is wrapped, and a run
// looks for a span that is not there: that costs nothing.

// Attributes that no semantic convention has.
const (
	attrExporter  = attribute.Key("adxexporter.exporter")
	attrGroup     = attribute.Key("adxexporter.group")
	attrStep      = attribute.Key("adxexporter.step")
	attrStart     = attribute.Key("adxexporter.window.start")
	attrEnd       = attribute.Key("adxexporter.window.end")
	attrAttempt   = attribute.Key("adxexporter.attempt")
	attrRequestID = attribute.Key("adxexporter.client_request_id")
	attrOutput    = attribute.Key("adxexporter.output")
	attrPoints    = attribute.Key("adxexporter.points")
	attrSeries    = attribute.Key("adxexporter.series")
	attrDropped   = attribute.Key("adxexporter.dropped")
)

// traced returns the options with neighbours whose calls are spans.
func (o Options) traced() Options {
	if o.Tracer == nil {
		return o
	}
	sinks := make([]Sink, len(o.Sinks))
	for i, sink := range o.Sinks {
		sinks[i] = tracedSink{sink, o.Tracer}
	}
	o.Querier, o.Sinks, o.Recorder = tracedQuerier{o.Querier, o.Tracer}, sinks, tracedRecorder{o.Recorder, o.Tracer}
	return o
}

// startRun begins the span of a run. Other steps have none.
func (e *Executor) startRun(ctx context.Context, s situation, a action) (context.Context, trace.Span) {
	if e.opts.Tracer == nil || !a.runs() {
		return ctx, trace.SpanFromContext(ctx)
	}
	return e.opts.Tracer.Start(ctx, "run", trace.WithNewRoot(), trace.WithAttributes(
		attrExporter.String(keyOf(s.object).String()),
		attrGroup.String(e.group),
		attrStep.String(a.step.String()),
		attrStart.String(a.window.Start.UTC().Format(time.RFC3339)),
		attrEnd.String(a.window.End.UTC().Format(time.RFC3339)),
		attrAttempt.Int64(int64(s.attempt(a))),
	))
}

// endRun tells the run's span what came of it. One that we ended is no error.
func endRun(span trace.Span, o outcome) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attrRequestID.String(o.requestID), semconv.DBResponseReturnedRows(int(o.counts.rows)),
		attrPoints.Int64(o.counts.points), attrSeries.Int64(o.counts.series), attrDropped.Int64(o.counts.dropped),
	)
	failQuery(span, o.err)
}

// finish makes the rest of the rows into points.
func (e *Executor) finish(ctx context.Context, transformer *metric.Transformer) *metric.Batch {
	if e.opts.Tracer != nil {
		_, span := e.opts.Tracer.Start(ctx, "transform")
		defer span.End()
	}
	return transformer.Finish()
}

// traceOf returns the id of the trace that a run is kept under, if it is.
func traceOf(ctx context.Context) (id string, ok bool) {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsSampled() {
		return "", false
	}
	return span.TraceID().String(), true
}

// fail marks a span as failed.
func fail(span trace.Span, kind string, err error) {
	span.SetAttributes(semconv.ErrorTypeKey.String(kind))
	span.SetStatus(codes.Error, sentence(err))
}

// failQuery marks a span as failed unless the query did not, or was ended by us.
func failQuery(span trace.Span, err error) {
	if err != nil && query.ClassOf(err) != query.Aborted {
		fail(span, verdictOf(err).reason, err)
	}
}

// tracedQuerier makes a span of each question.
type tracedQuerier struct {
	Querier

	tracer trace.Tracer
}

// Query implements Querier.
func (q tracedQuerier) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	ctx, span := q.start(ctx, "query", request)
	defer span.End()
	stats, err := q.Querier.Query(ctx, request, consumer)
	span.SetAttributes(semconv.DBResponseReturnedRows(int(stats.Rows)), semconv.AzureServiceRequestID(stats.ActivityID))
	failQuery(span, err)
	return stats, err
}

// Schema implements Querier.
func (q tracedQuerier) Schema(ctx context.Context, request query.Request) ([]query.Column, error) {
	ctx, span := q.start(ctx, "schema", request)
	defer span.End()
	columns, err := q.Querier.Schema(ctx, request)
	failQuery(span, err)
	return columns, err
}

func (q tracedQuerier) start(ctx context.Context, operation string, request query.Request) (context.Context, trace.Span) {
	return q.tracer.Start(ctx, operation+" "+request.Database, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		semconv.DBSystemNameKey.String("azure.kusto"), semconv.DBNamespace(request.Database), semconv.DBOperationName(operation),
		attrRequestID.String(request.RequestID),
	))
}

// tracedSink makes a span of each delivery.
type tracedSink struct {
	Sink

	tracer trace.Tracer
}

// Deliver implements Sink.
func (s tracedSink) Deliver(ctx context.Context, delivery metric.Delivery) error {
	ctx, span := s.tracer.Start(ctx, "deliver "+s.Name(), trace.WithAttributes(
		attrOutput.String(idOf(s)), attrPoints.Int(len(delivery.Batch.Points)),
	))
	defer span.End()
	err := s.Sink.Deliver(ctx, delivery)
	if err != nil {
		fail(span, deliveryReason(err), err)
	}
	return err
}

// RestsUntil implements Rester, for a sink that does.
func (s tracedSink) RestsUntil() time.Time {
	if rester, ok := s.Sink.(Rester); ok {
		return rester.RestsUntil()
	}
	return time.Time{}
}

// tracedRecorder makes a span of each write of a status.
type tracedRecorder struct {
	Recorder

	tracer trace.Tracer
}

// Record implements Recorder.
func (r tracedRecorder) Record(ctx context.Context, commit Commit) (stored v1.GroupStatus, err error) {
	ctx, span := r.tracer.Start(ctx, "commit", trace.WithAttributes(attrExporter.String(commit.Exporter.String())))
	defer span.End()
	stored, err = r.Recorder.Record(ctx, commit)
	switch {
	case errors.Is(err, ErrOutdated):
		fail(span, "Outdated", err)
	case err != nil:
		fail(span, semconv.ErrorTypeOther.Value.AsString(), err)
	}
	return stored, err
}
