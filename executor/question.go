package executor

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// What a spec means that leaves its limits out, as the CRD documents it.
const (
	defaultMaxRows   = 50_000
	defaultMaxSeries = 50_000
	// maxQueryTimeout bounds the default timeout, the interval: Kusto's own default.
	maxQueryTimeout = 4 * time.Minute
)

// RequestFor returns the question that an exporter asks for a window. The try
// tells requests for one window apart; it is the end of the client request id.
func RequestFor(object *v1.MetricsExporter, w schedule.Window, labels map[string]string, try string) query.Request {
	spec := &object.Spec
	key := types.NamespacedName{Namespace: object.Namespace, Name: object.Name}
	request := query.Request{
		Database: spec.Database, Body: spec.Body,
		Start: w.Start, End: w.End, Interval: spec.Interval.Duration,
		Labels:      labels,
		Timeout:     min(spec.Interval.Duration, maxQueryTimeout),
		MaxRows:     defaultMaxRows,
		RequestID:   fmt.Sprintf("adxexporter;%s;%s;%s", key, w.Start.UTC().Format(time.RFC3339), try),
		Description: fmt.Sprintf("MetricsExporter %s %s", key, w),
	}
	if spec.QueryTimeout != nil {
		request.Timeout = spec.QueryTimeout.Duration
	}
	if spec.Limits != nil && spec.Limits.MaxRows > 0 {
		request.MaxRows = spec.Limits.MaxRows
	}
	return request
}

// CompilerFor returns what turns an exporter's rows into points. Of the options,
// the limit on series is the exporter's own.
func CompilerFor(object *v1.MetricsExporter, opts metric.Options) *metric.Compiler {
	opts.MaxSeries = int(maxSeries(object))
	return metric.NewCompiler(object.Spec.Transform, opts)
}

// RowTime returns the time of a row without one: the last instant of the window.
func RowTime(w schedule.Window) time.Time { return w.End.Add(-time.Nanosecond) }

// maxSeries returns how many series an exporter may have.
func maxSeries(object *v1.MetricsExporter) int64 {
	if limits := object.Spec.Limits; limits != nil && limits.MaxSeries > 0 {
		return limits.MaxSeries
	}
	return defaultMaxSeries
}
