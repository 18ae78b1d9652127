package page

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/adx-mon/adxexporter/exposition/page"
)

// night is three o'clock, when somebody looks.
var night = time.Date(2026, 11, 26, 3, 0, 12, 0, time.UTC)

// replica is what one replica of the ring knows.
type replica struct{ n int }

func (r replica) pod() string { return fmt.Sprint("adxexporter-", r.n) }

// Replica implements page.Source.
func (r replica) Replica(time.Time) page.Replica {
	return page.Replica{
		Pod: r.pod(), Version: "1.0.0", Identity: r.pod() + "/7a30af9e-51d7-4b3c-9d7e-2f6f0a3c5b1e/0f3a9c21",
		Labels: []string{"environment=production", "region=eastus", "team=platform"}, Group: "ghhcs4gsza6",
		Started: night.Add(-31 * time.Hour), Uptime: page.Seconds(31 * time.Hour), Ready: true,
		Notes: []string{`OTLP endpoint "collector:4317": The endpoint is left alone for a while: The receiver answers 503.`},
		Ring:  true, Leader: r.n == 0, Epoch: 1795654921897, Hash: "99c5b0d3",
		Exporters: 9, Series: 48210, Metrics: ":8080/metrics", Outputs: []string{"Prometheus", "OTLP/collector:4317"},
		States: map[page.State]int{page.StateHealthy: 6, page.StateFailing: 1, page.StateBehind: 1, page.StateStalled: 1},
	}
}

// Exporters implements page.Source: all is well but for a few.
func (r replica) Exporters(time.Time) []page.Exporter {
	var list []page.Exporter
	for i, service := range []string{"api-gateway", "billing", "checkout", "identity", "inventory", "notifications", "orders", "search", "user-service"} {
		e := page.Exporter{
			Namespace: "monitoring", Name: service + []string{"-latency", "-errors", "-traffic"}[r.n], Owner: r.pod(),
			State: page.StateHealthy, Reason: "Succeeded", Message: "The last window was queried and delivered.", Interval: 60,
			LastRun: night.Add(-time.Duration(3+5*i) * time.Second), NextRun: night.Add(time.Duration(57-5*i) * time.Second),
			Duration: page.Duration(0.18 + 0.11*float64(i)), Rows: int64(1200 + 977*i), Points: int64(1200 + 977*i), Series: 400, Lag: page.Duration(12 + 5*i),
		}
		list = append(list, r.trouble(i, e))
	}
	return list
}

// trouble is what does not work.
func (r replica) trouble(i int, e page.Exporter) page.Exporter {
	switch 10*r.n + i {
	case 1:
		e.State, e.Reason, e.Message = page.StateFailing, "QueryThrottled", "The cluster has too many queries at once; this one is tried again."
		e.Lag, e.NextRun = 190, night.Add(14*time.Second)
	case 3:
		e.State, e.Reason, e.Message = page.StateStalled, "ColumnMissing", `The answer has no column "ServiceName"; it has Service, Region, timestamp and metric_value.`
		e.Lag, e.NextRun = 7400, time.Time{}
	case 4:
		e.State, e.Reason, e.Message = page.StateBehind, "DeliveryFailed", "42 windows wait in the backlog. The receiver answers 503."
		e.Backlog, e.DeadLetters = 42, 3
	case 12:
		e.State, e.Reason, e.Message = page.StateSuspended, "Suspended", "The exporter is suspended by spec.suspend."
		e.NextRun = time.Time{}
	case 15:
		e.Dropped, e.Running = 1310, true
	}
	return e
}

// Exporter implements page.Source.
func (r replica) Exporter(namespace, name string, now time.Time) (page.Detail, bool) {
	for _, e := range r.Exporters(now) {
		if e.Key() == namespace+"/"+name {
			return detail(e), true
		}
	}
	return page.Detail{}, false
}

func detail(e page.Exporter) page.Detail {
	d := page.Detail{
		At: night, Exporter: e, Database: "TelemetryDB", Start: night.Truncate(time.Minute).Add(-time.Minute), End: night.Truncate(time.Minute),
		Spec:  "database: TelemetryDB\ninterval: 1m0s\ntransform:\n  labelColumns:\n  - ServiceName\n  - Environment\n  metricNameColumn: metric_name\n  timestampColumn: timestamp\n  valueColumn: metric_value\n",
		KQL:   "declare query_parameters(_endTime:datetime = datetime(2026-11-26T02:59:59.9999999Z), _startTime:datetime = datetime(2026-11-26T02:59:00Z));\nServiceTelemetry\n| where Timestamp between (_startTime .. _endTime)\n| summarize metric_value = avg(ResponseTimeMs), timestamp = bin(Timestamp, 1m) by ServiceName, Environment\n| extend metric_name = \"service_response_time_avg\"",
		Shown: 400, Waiting: []page.Waiting{}, DeadLetters: []page.DeadLetter{},
	}
	for i := range 20 {
		start := night.Truncate(time.Minute).Add(-time.Duration(i+1) * time.Minute)
		run := page.Run{
			Kind: "live", Start: start, End: start.Add(time.Minute), Started: start.Add(64 * time.Second), Duration: .73, Query: .43, Attempt: 1,
			Rows: 5108, Points: 5108, Series: 400, RequestID: "adxexporter;" + e.Key() + ";" + start.Format(time.RFC3339) + ";1-1c7d02aa",
		}
		switch {
		case i == 2:
			run.Reason, run.Error, run.Attempt = "QueryTimeout", "The query ran out of its time on the server.", 2
		case i < 5:
			run.Undelivered = []page.Undelivered{{Output: "OTLP/collector:4317", Error: "The endpoint is left alone for a while: The receiver answers 503."}}
		case i == 7:
			run.Dropped, run.Points = map[string]int64{"null_value": 12, "label_too_long": 1}, 5095
		}
		d.Runs = append(d.Runs, run)
		d.Sample = append(d.Sample, fmt.Sprintf(`service_response_time_avg{Environment="production",ServiceName="service-%02d"} %d.5`, i, 110+7*i))
	}
	for _, c := range []page.Condition{
		{Type: "Ready", Status: "False", Reason: e.Reason, Message: e.Message},
		{Type: "QuerySucceeded", Status: "True", Reason: "Succeeded", Message: "The last window was queried."},
		{Type: "Delivered", Status: "False", Reason: "DeliveryFailed", Message: "OTLP/collector:4317: The receiver answers 503."},
	} {
		c.Since = night.Add(-44 * time.Minute)
		d.Conditions = append(d.Conditions, c)
	}
	d.Waiting = append(d.Waiting, page.Waiting{
		Start: night.Truncate(time.Minute).Add(-42 * time.Minute), End: night.Truncate(time.Minute), Windows: 42, Attempts: 3, Next: night.Add(9 * time.Second),
		Outputs: []string{"OTLP/collector:4317"}, Reason: "DeliveryFailed", Error: "The receiver answers 503.",
	})
	d.DeadLetters = append(d.DeadLetters, page.DeadLetter{
		Start: night.Truncate(time.Hour).Add(-26 * time.Hour), End: night.Truncate(time.Hour).Add(-26*time.Hour + 3*time.Minute), Windows: 3, Attempts: 100,
		At: night.Add(-2 * time.Hour), Reason: "QueryFailed", Error: "The answer was cut off.",
	})
	return d
}

// Ring implements page.Source.
func (r replica) Ring(now time.Time) page.Ring {
	ring := page.Ring{At: now, Term: 4, Total: 1024, Own: page.View{
		Pod: r.pod(), Epoch: 1795654921897, Hash: "99c5b0d3", TableAge: 4210, Connected: true, Valid: true, Serving: true, Leader: r.n == 0, Partitions: 342,
	}}
	if r.n == 1 {
		ring.Own.Epoch, ring.Own.Hash, ring.Own.Connected = 1795654921896, "1b52e870", false
	}
	for i, state := range []string{"active", "silent", "draining"} {
		pod := fmt.Sprint("adxexporter-", i)
		ring.Members = append(ring.Members, page.Member{
			Pod: pod, Identity: pod + "/7a30af9e-51d7-4b3c-9d7e-2f6f0a3c5b1e/0f3a9c21", Version: "1.0.0", State: state,
			Partitions: 512 - 170*i, Share: float64(512-170*i) / 1024, Heartbeat: page.Duration(.8 + 8.6*float64(i%2)),
		})
	}
	ring.Handoffs = []page.Handoff{{From: "adxexporter-2/7a30af9e/0f3a9c21", To: "adxexporter-0/7a30af9e/0f3a9c21", Partitions: 172, Epoch: 1795654921897}}
	return ring
}

// Targets implements page.Source.
func (r replica) Targets(time.Time) []page.Target {
	return []page.Target{
		{Replica: r.pod(), Output: "OTLP", Endpoint: "collector:4317", Breaker: "open", Until: night.Add(11 * time.Second), LastSuccess: night.Add(-44 * time.Minute), Delivered: 18211, Failed: 126, LastError: "The receiver answers 503.", LastFailure: night.Add(-4 * time.Second)},
		{Replica: r.pod(), Output: "RemoteWrite", Endpoint: "prometheus.example.net", Breaker: "closed", LastSuccess: night.Add(-2 * time.Second), InFlight: 2, InFlightBytes: 1 << 20, Delivered: 18330},
	}
}

// Assigned implements page.Source: the fourth replica is gone.
func (r replica) Assigned() []page.Assignment {
	return []page.Assignment{{Namespace: "monitoring", Name: "shipping-latency", Owner: "adxexporter-3"}}
}

// peers are the replicas as the first one asks them.
type peers map[string]http.Handler

// Others implements page.Peers.
func (peers) Others() []string { return []string{"adxexporter-1", "adxexporter-2", "adxexporter-3"} }

// Get implements page.Peers.
func (p peers) Get(ctx context.Context, pod, path string) (io.ReadCloser, error) {
	handler, ok := p[pod]
	if !ok {
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody))
	return io.NopCloser(strings.NewReader(w.Body.String())), nil
}

// serveNight serves the page of a replica on a bad night.
func serveNight(t *testing.T) string {
	t.Helper()
	now := func() time.Time { return night }
	others := peers{}
	for n := 1; n <= 2; n++ {
		others[replica{n}.pod()] = page.New(page.Options{Source: replica{n}, Now: now})
	}
	server := httptest.NewServer(page.New(page.Options{Source: replica{0}, Peers: others, Now: now}))
	t.Cleanup(server.Close)
	return server.URL
}
