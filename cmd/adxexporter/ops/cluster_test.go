package ops

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/adx-mon/adxexporter/api/apiserver"
	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/manifests"
)

var now = time.Date(2026, 11, 26, 10, 0, 30, 0, time.UTC)

var latency = types.NamespacedName{Namespace: "monitoring", Name: "latency"}

// world is a cluster and a session with it.
type world struct {
	*Session

	t   *testing.T
	out *strings.Builder
	// reads counts what the session read of exporters, and each calls what happens
	// before a read.
	reads int
	each  func(read int)
	// refuses is what the API server answers to a method and a kind of resource.
	refuses map[string]int
}

// shared is one API server for all tests, since its CRDs take long to compile; present
// is the world that uses it.
var (
	shared = sync.OnceValues(func() (*apiserver.Server, error) {
		return apiserver.New(apiserver.Options{CRDs: manifests.CRDs, Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { present.Load().between(next).ServeHTTP(w, r) })
		}})
	})
	present atomic.Pointer[world]
)

// newWorld returns a cluster with this project's CRDs and two namespaces. There is
// one at a time.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, out: &strings.Builder{}, each: func(int) {}, refuses: map[string]int{}}
	present.Store(w)
	server, err := shared()
	require.NoError(t, err)
	c, err := NewClient(server.RESTConfig())
	require.NoError(t, err)
	w.Session = &Session{Client: watched{c, w}, Out: w.out, Poll: time.Millisecond}
	everything, err := client.New(server.RESTConfig(), client.Options{Scheme: clientscheme.Scheme})
	require.NoError(t, err)
	for _, name := range []string{"monitoring", "team"} {
		err := everything.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		require.NoError(t, client.IgnoreAlreadyExists(err))
		require.NoError(t, c.DeleteAllOf(t.Context(), &v1.MetricsExporter{}, client.InNamespace(name)))
	}
	return w
}

// between refuses requests that are to be refused.
func (w *world) between(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		code, refused := w.refuses[r.Method]
		if !refused || !strings.Contains(r.URL.Path, "metricsexporters") {
			next.ServeHTTP(rw, r)
			return
		}
		rw.WriteHeader(code)
		_, _ = io.WriteString(rw, "no")
	})
}

// watched is the session's client.
type watched struct {
	client.Client

	world *world
}

func (c watched) Get(ctx context.Context, key client.ObjectKey, into client.Object, opts ...client.GetOption) error {
	c.world.reads++
	c.world.each(c.world.reads)
	return c.Client.Get(ctx, key, into, opts...)
}

// List reads few exporters at once.
func (c watched) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	return c.Client.List(ctx, list, append(opts, client.Limit(2))...)
}

// exporter returns a valid one.
func exporter(key types.NamespacedName, outputs ...v1.Output) *v1.MetricsExporter {
	return &v1.MetricsExporter{
		ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name},
		Spec: v1.MetricsExporterSpec{
			Database: "TelemetryDB", Body: "Requests | where Time between (_startTime .. _endTime)",
			Interval: metav1.Duration{Duration: time.Minute}, Outputs: outputs,
			Transform: v1.TransformConfig{DefaultMetricName: "latency", ValueColumn: "Value", TimestampColumn: "Time"},
		},
	}
}

func at(clock string) *metav1.Time {
	t, err := time.Parse("15:04:05", clock)
	if err != nil {
		panic(err)
	}
	return new(metav1.NewTime(time.Date(2026, 11, 26, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)))
}

// entry is what a group knows of an exporter that is well.
func entry(group, labels string) v1.GroupStatus {
	return v1.GroupStatus{
		Group: group, Labels: labels, Owner: "adxexporter-0/7f3c/00000001", Fence: 12, Seq: 3, ObservedGeneration: 1,
		Watermark: at("10:00:00"), LastSuccessfulExecution: at("10:00:00"),
		Last: &v1.LastRun{
			At: *at("10:00:02"), StartTime: *at("09:59:00"), EndTime: *at("10:00:00"), DurationMs: 120,
			Rows: 21, Points: 20, Series: 20, Dropped: 1, RequestID: "adxexporter;monitoring/latency;2026-11-26T09:59:00Z;1-5eed",
		},
		Conditions: []metav1.Condition{
			condition(v1.ConditionReady, metav1.ConditionTrue, v1.ReasonSucceeded, "The last window was queried and delivered."),
			condition(v1.ConditionQuerySucceeded, metav1.ConditionTrue, v1.ReasonSucceeded, "The last window was queried."),
		},
	}
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message, LastTransitionTime: *at("09:00:00")}
}

// create puts an exporter into the cluster, with the status that its groups make.
func (w *world) create(object *v1.MetricsExporter, groups ...v1.GroupStatus) {
	w.t.Helper()
	require.NoError(w.t, w.Client.Create(w.t.Context(), object))
	w.status(object.DeepCopy(), groups...)
}

// status writes the status that groups make.
func (w *world) status(object *v1.MetricsExporter, groups ...v1.GroupStatus) {
	w.t.Helper()
	if len(groups) == 0 {
		return
	}
	object.Status = summary(groups)
	require.NoError(w.t, w.Client.Status().Update(w.t.Context(), object))
}

// owner changes the status as the exporter's owner does.
func (w *world) owner(key types.NamespacedName, change func(object *v1.MetricsExporter, group *v1.GroupStatus)) {
	w.t.Helper()
	var object v1.MetricsExporter
	require.NoError(w.t, w.Client.(watched).Client.Get(w.t.Context(), key, &object))
	groups := object.Status.Groups
	for i := range groups {
		groups[i].Seq++
		change(&object, &groups[i])
	}
	w.status(&object, groups...)
}

// told returns what the session has said since the last time.
func (w *world) told() string {
	text := w.out.String()
	w.out.Reset()
	return text
}

func TestErrors(t *testing.T) {
	cases := map[string]struct {
		method string
		code   int
		do     func(ctx context.Context, s *Session) error
		is     func(error) bool
		want   string
	}{
		"Get": {http.MethodGet, http.StatusForbidden, func(ctx context.Context, s *Session) error {
			_, err := s.Look(ctx, latency, time.Now)
			return err
		}, apierrors.IsForbidden, `cannot get MetricsExporter "monitoring/latency": you need the verb get on metricsexporters.adx-mon.azure.com in namespace "monitoring": `},
		"List": {http.MethodGet, http.StatusForbidden, func(ctx context.Context, s *Session) error {
			_, err := s.Look(ctx, types.NamespacedName{}, time.Now)
			return err
		}, apierrors.IsForbidden, `cannot list the MetricsExporters: you need the verb list on metricsexporters.adx-mon.azure.com in the cluster: `},
		"Patch": {http.MethodPatch, http.StatusForbidden, func(ctx context.Context, s *Session) error {
			return s.Ask(ctx, Request{Kind: RunNow, Exporter: latency, Token: "t"})
		}, apierrors.IsForbidden, `cannot change MetricsExporter "monitoring/latency": you need the verb patch on metricsexporters.adx-mon.azure.com in namespace "monitoring": `},
		"Conflict": {http.MethodPatch, http.StatusConflict, func(ctx context.Context, s *Session) error {
			return s.Ask(ctx, Request{Kind: RunNow, Exporter: latency, Token: "t"})
		}, func(err error) bool { return !apierrors.IsConflict(err) }, `cannot change MetricsExporter "monitoring/latency": somebody else has just changed it; try again`},
		"Unavailable": {http.MethodGet, http.StatusServiceUnavailable, func(ctx context.Context, s *Session) error {
			return s.Backfill(ctx, Backfill{Exporter: latency}, now)
		}, apierrors.IsServiceUnavailable, `cannot get MetricsExporter "monitoring/latency": `},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.create(exporter(latency), entry("ga", "region=eastus"))
			w.refuses[tc.method] = tc.code
			err := tc.do(t.Context(), w.Session)
			require.ErrorContains(t, err, tc.want)
			require.True(t, tc.is(err), err)
		})
	}
}

// TestWatch: an API server that is away for a while ends no wait; one that refuses
// does.
func TestWatch(t *testing.T) {
	cases := map[string]struct {
		code  int
		from  int
		until int
		reads int
		fails bool
	}{
		"Away":    {http.StatusServiceUnavailable, 1, maxLost, maxLost + 1, false},
		"Gone":    {http.StatusServiceUnavailable, 1, maxLost + 1, maxLost + 1, true},
		"Refused": {http.StatusForbidden, 1, 1, 1, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.create(exporter(latency))
			w.each = func(read int) {
				delete(w.refuses, http.MethodGet)
				if read >= tc.from && read <= tc.until {
					w.refuses[http.MethodGet] = tc.code
				}
			}
			err := w.watch(t.Context(), latency, func(*v1.MetricsExporter) bool { return true })
			require.Equal(t, tc.fails, err != nil, err)
			require.Equal(t, tc.reads, w.reads)
		})
	}
}

func TestWatchEnds(t *testing.T) {
	w := newWorld(t)
	w.create(exporter(latency))
	ctx, cancel := context.WithCancel(t.Context())
	err := w.watch(ctx, latency, func(*v1.MetricsExporter) bool { cancel(); return false })
	require.ErrorIs(t, err, context.Canceled)
}
