package executor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/query"
)

// busyKusto answers each query in half a second, a bounded number at once, as a
// cluster's own limit does, and notes how late each window's query came.
type busyKusto struct {
	places chan struct{}

	mu   sync.Mutex
	late map[string][]time.Duration
}

func (k *busyKusto) Schema(context.Context, query.Request) ([]query.Column, error) {
	return answer{columns: []string{"time", "value"}}.schema(), nil
}

func (k *busyKusto) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	k.places <- struct{}{}
	defer func() { <-k.places }()
	k.mu.Lock()
	name := exporterOf(request.RequestID)
	due := request.End.Add(schedulingSpread(name, request.Interval))
	k.late[name] = append(k.late[name], time.Since(due))
	k.mu.Unlock()
	select {
	case <-ctx.Done():
		return query.Stats{}, &query.Error{Class: query.Aborted, Err: ctx.Err()}
	case <-time.After(500 * time.Millisecond):
	}
	return query.Stats{}, consumer.Columns(answer{columns: []string{"time", "value"}}.schema())
}

func schedulingSpread(name string, interval time.Duration) time.Duration {
	return ruleOf(&v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{UID: types.UID(name)},
		Spec:       v1.MetricsExporterSpec{Interval: metav1.Duration{Duration: interval}},
	}).Spread
}

// TestManyExportersOfOneInterval: a thousand exporters of a minute, half a second
// a query, 64 at once. No window comes late, and nobody is passed over.
func TestManyExportersOfOneInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const exporters, minutes = 1000, 10
		kusto := &busyKusto{places: make(chan struct{}, 64), late: map[string][]time.Duration{}}
		w := newWorld(nil)
		w.stop()
		ctx, stop := context.WithCancel(t.Context())
		e := New(Options{
			Labels: criteria.Labels{"region": "eastus"}, Guard: w, Querier: kusto, Sinks: []Sink{w.sinks[0]},
			Recorder: w, Metrics: NewMetrics(prometheus.NewRegistry()), Log: zap.NewNop(),
		})
		done := make(chan error, 1)
		go func() { done <- e.Start(ctx) }() // waited for below
		for i := range exporters {
			e.Apply(newExporter(fmt.Sprint("e", i)))
		}
		time.Sleep(minutes*time.Minute + 30*time.Second)
		stop()
		require.NoError(t, <-done)

		var late []time.Duration
		for name, runs := range kusto.late {
			require.GreaterOrEqual(t, len(runs), minutes+1, "%s was passed over", name)
			late = append(late, runs[1:]...) // the first is due whenever the exporter appears
		}
		require.Len(t, kusto.late, exporters)
		slices.Sort(late)
		p99 := late[len(late)*99/100]
		require.Less(t, p99, 6*time.Second, "p99 lateness is a tenth of the interval at most")
		t.Logf("%d exporters, %d windows, lateness p50 %s p99 %s max %s", exporters, len(late), late[len(late)/2], p99, late[len(late)-1])
	})
}

func newExporter(name string) *v1.MetricsExporter {
	return &v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID(name), Generation: 1},
		Spec: v1.MetricsExporterSpec{
			Database: "DB", Body: "T", Interval: metav1.Duration{Duration: time.Minute},
			Transform: v1.TransformConfig{DefaultMetricName: "m", ValueColumn: "value", TimestampColumn: "time"},
		},
	}
}
