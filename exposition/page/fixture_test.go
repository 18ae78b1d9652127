package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// midnight is when all tests look.
var midnight = time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)

// fake is a replica that knows what its test says.
type fake struct {
	replica   Replica
	exporters []Exporter
	details   map[string]Detail
	ring      Ring
	targets   []Target
	assigned  []Assignment
}

func (f *fake) Replica(time.Time) Replica      { return f.replica }
func (f *fake) Exporters(time.Time) []Exporter { return append([]Exporter(nil), f.exporters...) }
func (f *fake) Ring(time.Time) Ring            { return f.ring }
func (f *fake) Targets(time.Time) []Target     { return f.targets }
func (f *fake) Assigned() []Assignment         { return f.assigned }

func (f *fake) Exporter(namespace, name string, _ time.Time) (Detail, bool) {
	d, ok := f.details[namespace+"/"+name]
	return d, ok
}

// newFake returns replica n of a ring.
func newFake(n int) *fake {
	pod := fmt.Sprint("m-", n)
	f := &fake{
		replica: Replica{
			Pod: pod, Version: "1.2.3", Identity: pod + "/u/1", Labels: []string{"region=eastus"}, Group: "g",
			Started: midnight.Add(-time.Hour), Uptime: 3600, Ready: true, Ring: true, Leader: n == 0, Epoch: 7, Hash: "0000abcd",
			Exporters: 1, States: map[State]int{StateHealthy: 1}, Series: 1234, Metrics: ":8080/metrics", Outputs: []string{"Prometheus"},
		},
		details: map[string]Detail{},
		targets: []Target{{Replica: pod, Output: "OTLP", Endpoint: "collector:4317", Breaker: "closed", LastSuccess: midnight.Add(-time.Minute)}},
		ring: Ring{
			At: midnight, Term: 1, Total: 1024,
			Own:      View{Pod: pod, Epoch: 7, Hash: "0000abcd", TableAge: 60, Connected: true, Valid: true, Serving: true, Leader: n == 0},
			Members:  []Member{{Pod: "m-0", Identity: "m-0/u/1", State: "active", Partitions: 512, Share: .5}, {Pod: "m-1", State: "silent", Heartbeat: -1}},
			Handoffs: []Handoff{{From: "m-0/u/1", To: "m-1/u/1", Partitions: 3, Epoch: 7}},
		},
	}
	e := Exporter{Namespace: "monitoring", Name: fmt.Sprint("exporter-", n), Owner: pod, State: StateHealthy, Message: "All went well.", LastRun: midnight.Add(-30 * time.Second), NextRun: midnight.Add(30 * time.Second), Points: 4}
	f.add(e)
	return f
}

// add adds an exporter and its page.
func (f *fake) add(e Exporter) {
	f.exporters = append(f.exporters, e)
	f.details[e.Key()] = Detail{
		At: midnight, Exporter: e, Database: "DB", Spec: "body: T\n", Start: midnight.Add(-time.Minute), End: midnight,
		KQL: "declare query_parameters(_startTime:datetime = datetime(2026-11-26));\nT | where Time > _startTime", Hidden: true,
		Runs: []Run{
			{Kind: "live", Start: midnight.Add(-time.Minute), End: midnight, Started: midnight, Attempt: 1, Rows: 4, Points: 3, Dropped: map[string]int64{"null_value": 1}, RequestID: "id-1"},
			{Kind: "retry", Start: midnight.Add(-24 * time.Hour), End: midnight.Add(-time.Minute), Started: midnight, Attempt: 2, Reason: "QueryFailed", Error: "Kusto is away.", RequestID: "id-2"},
			{Kind: "live", Attempt: 1, Undelivered: []Undelivered{{"OTLP/collector", "The receiver is away."}}},
		},
		Conditions:  []Condition{{Type: "Ready", Status: "True", Reason: "Succeeded", Message: "All went well.", Since: midnight}},
		Waiting:     []Waiting{{Start: midnight, End: midnight.Add(time.Minute), Windows: 1, Attempts: 1, Outputs: []string{"OTLP"}, Reason: "DeliveryFailed", Error: "Away.", Backfill: "july"}},
		DeadLetters: []DeadLetter{{Start: midnight, End: midnight.Add(time.Minute), Windows: 1, At: midnight, Reason: "QueryFailed", Error: "Gone."}},
		Sample:      []string{`m{a="b"} 1`}, Shown: 1,
	}
}

// network is replicas that ask each other without a network.
type network struct {
	handlers map[string]*Handler
	// asked are the paths that peers were asked for.
	asked chan string
	// hangs is a pod that never answers.
	hangs string
}

// from is the network as one replica sees it.
type from struct {
	*network

	pod string
}

// Others implements Peers.
func (n from) Others() []string {
	var pods []string
	for i := range len(n.handlers) + 1 {
		if pod := fmt.Sprint("m-", i); pod != n.pod && (n.handlers[pod] != nil || pod == n.hangs) {
			pods = append(pods, pod)
		}
	}
	return pods
}

// Get implements Peers.
func (n from) Get(ctx context.Context, pod, path string) (io.ReadCloser, error) {
	n.asked <- pod + path
	if pod == n.hangs {
		<-ctx.Done()
		return nil, fmt.Errorf("cannot ask peer %q: %w", pod, ctx.Err())
	}
	w := httptest.NewRecorder()
	n.handlers[pod].ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, http.NoBody))
	if w.Code != http.StatusOK {
		return nil, errors.New(w.Result().Status)
	}
	return io.NopCloser(w.Body), nil
}

// newNetwork returns handlers of replicas m-0, m-1 and so on.
func newNetwork(replicas ...*fake) *network {
	n := &network{handlers: map[string]*Handler{}, asked: make(chan string, 100)}
	for _, f := range replicas {
		pod := f.replica.Pod
		n.handlers[pod] = New(Options{Source: f, Peers: from{n, pod}, Now: func() time.Time { return midnight }})
	}
	return n
}

// alone returns the handler of a replica without a ring.
func alone(f *fake) *Handler {
	return New(Options{Source: f, Now: func() time.Time { return midnight }})
}

// ask returns what a handler answers.
func ask(t testing.TB, h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	for _, h := range header {
		name, value, ok := strings.Cut(h, ": ")
		require.True(t, ok)
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// decode reads JSON that has no field that its type lacks.
func decode[T any](t testing.TB, content []byte) T {
	t.Helper()
	var value T
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&value))
	return value
}
