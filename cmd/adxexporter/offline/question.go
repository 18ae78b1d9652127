package offline

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// Querier asks Kusto.
type Querier interface {
	// Query runs the request and hands the answer to the consumer. The rows count
	// only if the error is nil.
	Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error)
}

// LatestWindow returns the exporter's last complete window at a time.
func LatestWindow(spec *v1.MetricsExporterSpec, at time.Time) schedule.Window {
	rule := schedule.Rule{Interval: spec.Interval.Duration}
	if spec.IngestionDelay != nil {
		rule.Delay = spec.IngestionDelay.Duration
	}
	return rule.Next(time.Time{}, at).Window
}

// Question is one window of an exporter, as an instance would ask for it.
type Question struct {
	Exporter *v1.MetricsExporter
	Window   schedule.Window
	// Labels are the instance's cluster labels, NamePrefix its prefix of names.
	Labels     map[string]string
	NamePrefix string
}

// Answer is what a Question came to.
type Answer struct {
	// Sample is the first rows.
	Sample Sample
	Batch  *metric.Batch

	question Question
}

// Request returns what Kusto is asked.
func (q Question) Request() query.Request {
	return executor.RequestFor(q.Exporter, q.Window, q.Labels, "offline")
}

// Ask asks, keeps the first rows as they are and turns all of them into points.
func (q Question) Ask(ctx context.Context, querier Querier, keep int) (*Answer, error) {
	var transformer metric.Transformer
	transformer.Reset(executor.CompilerFor(q.Exporter, metric.Options{Prefix: q.NamePrefix}), executor.RowTime(q.Window))
	sampler := &sampler{next: &transformer, sample: Sample{keep: keep}}
	if _, err := querier.Query(ctx, q.Request(), sampler); err != nil {
		return nil, err
	}
	return &Answer{Sample: sampler.sample, Batch: transformer.Finish(), question: q}, nil
}

// delivery returns the answer on its way to an output.
func (a *Answer) delivery() metric.Delivery {
	exporter := a.question.Exporter
	return metric.Delivery{
		Source:   metric.Source{NamespacedName: types.NamespacedName{Namespace: exporter.Namespace, Name: exporter.Name}},
		Start:    a.question.Window.Start,
		End:      a.question.Window.End,
		Interval: exporter.Spec.Interval.Duration,
		Batch:    a.Batch,
	}
}

// Explain returns what went wrong with a Question in one sentence, as the
// exporter's condition would have it.
func Explain(err error) string {
	if failed, ok := errors.AsType[*query.Error](err); ok {
		return failed.Message
	}
	return err.Error()
}
