package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache/informertest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/query"
	"github.com/adx-mon/adxexporter/sharding"
)

// told is an executor that writes down what it is told.
type told struct {
	mu     sync.Mutex
	lines  []string
	object *v1.MetricsExporter
}

func (x *told) tell(line string, object *v1.MetricsExporter) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lines, x.object = append(x.lines, line), object
}

func (x *told) Apply(object *v1.MetricsExporter) { x.tell("apply "+object.Name, object) }
func (x *told) Refuse(object *v1.MetricsExporter, err error) {
	x.tell("refuse "+object.Name+": "+err.Error(), object)
}
func (x *told) Remove(key types.NamespacedName) { x.tell("remove "+key.String(), nil) }

func (x *told) since() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := x.lines
	x.lines = nil
	return lines
}

func TestReconcile(t *testing.T) {
	unreachable := errors.New("connection refused")
	cases := map[string]struct {
		reason string
		object *unstructured.Unstructured
		down   error
		want   string
	}{
		"New":     {"a valid exporter runs", object(t), nil, "apply latency"},
		"Gone":    {"one that is deleted stops", nil, nil, "remove ns/latency"},
		"Leaving": {"one that waits for its finalizers stops", object(t, at("metadata", "deletionTimestamp"), "2026-11-23T11:00:00Z"), nil, "remove ns/latency"},
		"Refused": {
			"the schema says why", object(t, at("spec", "database"), ""), nil,
			"refuse latency: spec.database: Invalid value",
		},
		"BadInterval": {
			"an older CRD let it in; it does not decode", object(t, at("spec", "interval"), "5 minutes"), nil,
			"refuse latency: [spec.interval: Invalid value",
		},
		"BadType": {
			"nor does this", object(t, at("spec", "transform", "labelColumns"), int64(7)), nil,
			"refuse latency: ",
		},
		"BadCondition": {"a status that does not decode is not ours", object(t, at("status", "groups"), "none"), nil, "refuse latency: "},
		"Unreachable":  {"tried again by the controller", nil, unreachable, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, x := newServer(t), &told{}
			if tc.object != nil {
				s.put(tc.object)
			}
			s.down = tc.down
			r := &Reconciler{Reader: cached{s}, Validator: s.validator, Executor: x}
			result, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: latency})
			require.ErrorIs(t, err, tc.down, tc.reason)
			require.Zero(t, result)
			if tc.want == "" {
				require.Empty(t, x.lines)
				return
			}
			require.Len(t, x.lines, 1)
			require.Contains(t, x.lines[0], tc.want)
		})
	}
}

// TestRefusedKeepsItsPast: what does not depend on the spec is there, so that a
// status can be written and a repaired exporter goes on where it was.
func TestRefusedKeepsItsPast(t *testing.T) {
	r, s, _ := newRecorder(t)
	require.NoError(t, record(t, r, commitOf(entry("a", 1, 1, good))))
	broken := s.objects[latency]
	require.NoError(t, unstructured.SetNestedField(broken.Object, "5 minutes", "spec", "interval"))
	require.NoError(t, unstructured.SetNestedField(broken.Object, map[string]any{
		"region": []any{"westus"}, "team": "not a list",
	}, "spec", "criteria"))
	broken.SetGeneration(4)
	x := &told{}
	_, err := (&Reconciler{Reader: s, Validator: s.validator, Executor: x}).Reconcile(t.Context(), ctrl.Request{NamespacedName: latency})
	require.NoError(t, err)
	require.Equal(t, types.UID("u1"), x.object.UID)
	require.Equal(t, int64(4), x.object.Generation)
	require.Equal(t, ten, x.object.CreationTimestamp.UTC())
	require.Len(t, x.object.Status.Groups, 1)
	require.Equal(t, int64(1), x.object.Status.Groups[0].Seq)
	require.Empty(t, x.object.Spec.Database)
	require.Equal(t, map[string][]string{"region": {"westus"}}, x.object.Spec.Criteria, "what can be read of whom it is meant for")
}

// TestOnlySpecsWake: of all that happens to an object the reconciler hears when
// it appears, goes, gets a new spec, or is another of the same name and generation; not
// of our own writes to its status.
func TestOnlySpecsWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		s, x, informers := newServer(t), &told{}, &informertest.FakeInformers{}
		mgr := newManager(t, informers)
		require.NoError(t, (&Reconciler{Reader: s, Validator: s.validator, Executor: x}).Add(mgr))
		done := make(chan error, 1)
		go func() { done <- mgr.Start(ctx) }() // waited for below
		synctest.Wait()
		informer, err := informers.FakeInformerFor(ctx, newExporter())
		require.NoError(t, err)

		first := object(t)
		s.put(first)
		informer.Add(first)
		synctest.Wait()
		require.Equal(t, []string{"apply latency"}, x.since())

		written := object(t, at("status", "series"), int64(5), at("metadata", "resourceVersion"), "2")
		informer.Update(first, written)
		synctest.Wait()
		require.Empty(t, x.since(), "our own write of the status")

		edited := object(t, at("metadata", "generation"), int64(2))
		s.put(edited)
		informer.Update(written, edited)
		synctest.Wait()
		require.Equal(t, []string{"apply latency"}, x.since())

		asked := edited.DeepCopy()
		asked.SetAnnotations(map[string]string{v1.AnnotationRetryDeadLetters: "now"})
		s.put(asked)
		informer.Update(edited, asked)
		synctest.Wait()
		require.Equal(t, []string{"apply latency"}, x.since(), "somebody wants the dead letters back")

		hurried := asked.DeepCopy()
		hurried.SetAnnotations(map[string]string{v1.AnnotationRetryDeadLetters: "now", v1.AnnotationRunNow: "now"})
		s.put(hurried)
		informer.Update(asked, hurried)
		synctest.Wait()
		require.Equal(t, []string{"apply latency"}, x.since(), "somebody wants a run")

		remade := hurried.DeepCopy()
		remade.SetUID("another")
		s.put(remade)
		informer.Update(hurried, remade)
		synctest.Wait()
		require.Equal(t, []string{"apply latency"}, x.since(), "deleted and made again while the watch was broken")

		s.remove(latency)
		informer.Delete(remade)
		synctest.Wait()
		require.Equal(t, []string{"remove ns/latency"}, x.since())
		stop()
		require.NoError(t, <-done)
	})
}

// TestListed: it takes as long as the list does, whatever stands in its way at first.
func TestListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		informers := &slowInformers{defined: began.Add(10 * time.Second), takes: time.Minute}
		require.NoError(t, Listed(t.Context(), informers))
		require.Equal(t, 10*time.Second+time.Minute, time.Since(began))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		require.ErrorIs(t, Listed(ctx, informers), context.DeadlineExceeded)
	})
}

// slowInformers know of their kind late, and take a time to list.
type slowInformers struct {
	informertest.FakeInformers

	defined time.Time
	takes   time.Duration
}

// GetInformer returns when the list is there, as that of a cache does.
func (i *slowInformers) GetInformer(ctx context.Context, o client.Object, opts ...cache.InformerGetOption) (cache.Informer, error) {
	if time.Now().Before(i.defined) {
		return nil, errors.New("there is no such kind")
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(i.takes):
	}
	return i.FakeInformers.GetInformer(ctx, o, opts...)
}

// newManager returns a real manager over a scripted cache, without a network.
func newManager(t *testing.T, informers cache.Cache) ctrl.Manager {
	t.Helper()
	mgr, err := ctrl.NewManager(&rest.Config{Host: "cluster.invalid"}, ctrl.Options{
		Logger:  logr.Discard(),
		Metrics: metricsserver.Options{BindAddress: "0"},
		MapperProvider: func(*rest.Config, *http.Client) (meta.RESTMapper, error) {
			return meta.NewDefaultRESTMapper(nil), nil
		},
		NewCache:  func(*rest.Config, cache.Options) (cache.Cache, error) { return informers, nil },
		NewClient: func(*rest.Config, client.Options) (client.Client, error) { return fake.NewClientBuilder().Build(), nil },
	})
	require.NoError(t, err)
	return mgr
}

// kusto answers every query with no rows, and counts them by exporter.
type kusto struct {
	mu      sync.Mutex
	queries map[string]int
}

func (*kusto) Schema(context.Context, query.Request) ([]query.Column, error) { return columns, nil }

func (k *kusto) Query(_ context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.queries[request.Body]++
	return query.Stats{}, consumer.Columns(columns)
}

func (k *kusto) asked() map[string]int {
	k.mu.Lock()
	defer k.mu.Unlock()
	queries := k.queries
	k.queries = map[string]int{}
	return queries
}

var columns = []query.Column{{Name: "time", Type: query.DateTime}, {Name: "value", Type: query.Real}}

// world is an executor between a Kusto and an API server.
type world struct {
	*server
	kusto      *kusto
	reconciler *Reconciler
	stop       func()
}

// newWorld starts a process over what an API server has.
func newWorld(t *testing.T, s *server) *world {
	t.Helper()
	k := &kusto{queries: map[string]int{}}
	e := executor.New(executor.Options{
		Labels: criteria.Labels{"region": "eastus"}, Querier: k,
		Guard:    sharding.NewAlone("pod/1", time.Now(), 0),
		Recorder: &Recorder{Reader: s, Fresh: s, Writer: s, Events: events.NewFakeRecorder(100)},
		Metrics:  executor.NewMetrics(prometheus.NewRegistry()), Log: zap.NewNop(),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- e.Start(ctx) }() // stop waits for it
	return &world{
		server: s, kusto: k, reconciler: &Reconciler{Reader: s, Validator: s.validator, Executor: e},
		stop: func() { cancel(); require.NoError(t, <-done) },
	}
}

// apply stores an exporter whose body is its name, and wakes the reconciler.
func (w *world) apply(t *testing.T, name string, generation int64, fields ...any) {
	t.Helper()
	fields = append(fields, at("metadata", "name"), name, at("metadata", "uid"), "uid-"+name,
		at("metadata", "generation"), generation, at("spec", "body"), fmt.Sprintf("%s/%d", name, generation))
	u := object(t, fields...)
	stored := newExporter()
	if err := w.Get(t.Context(), client.ObjectKeyFromObject(u), stored); err == nil {
		u.Object["status"] = stored.Object["status"]
	}
	w.put(u)
	w.wake(t, name)
}

func (w *world) wake(t *testing.T, name string) {
	t.Helper()
	_, err := w.reconciler.Reconcile(t.Context(), ctrl.Request{NamespacedName: types.NamespacedName{Namespace: "ns", Name: name}})
	require.NoError(t, err)
}

// ready returns what an exporter's Ready condition says, "" if its status was
// never written.
func (w *world) ready(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.objects[types.NamespacedName{Namespace: "ns", Name: name}]
	if c := meta.FindStatusCondition(statusOf(u).Conditions, v1.ConditionReady); c != nil {
		return fmt.Sprintf("%s %s", c.Status, c.Reason)
	}
	return ""
}

// TestExportersOfACluster: what is done to objects takes effect within two
// seconds, a broken one gets a condition and disturbs nobody, and one for another
// region is neither queried nor written to.
func TestExportersOfACluster(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, newServer(t))
		defer w.stop()
		const soon = 1900 * time.Millisecond
		elsewhere := []any{at("spec", "criteria"), map[string]any{"region": []any{"westus"}}}

		w.apply(t, "good", 1)
		w.apply(t, "broken", 1, at("spec", "interval"), "5 minutes")
		w.apply(t, "confused", 1, at("spec", "criteriaExpression"), "region ==")
		w.apply(t, "elsewhere", 1, elsewhere...)
		time.Sleep(soon)
		require.Equal(t, map[string]int{"good/1": 1}, w.kusto.asked())
		require.Equal(t, "True NoRows", w.ready("good"))
		require.Equal(t, "False InvalidSpec", w.ready("broken"))
		require.Equal(t, "False InvalidCriteria", w.ready("confused"))
		require.Empty(t, w.ready("elsewhere"))

		time.Sleep(10 * time.Minute)
		require.Equal(t, 10, w.kusto.asked()["good/1"])

		w.apply(t, "good", 2)
		w.apply(t, "broken", 2)
		time.Sleep(soon)
		require.Equal(t, map[string]int{"good/2": 1, "broken/2": 1}, w.kusto.asked())
		require.Equal(t, "True NoRows", w.ready("broken"))

		w.apply(t, "good", 3, elsewhere...)
		w.remove(types.NamespacedName{Namespace: "ns", Name: "broken"})
		w.wake(t, "broken")
		time.Sleep(time.Hour)
		require.Empty(t, w.kusto.asked())
		for _, p := range w.patches {
			require.NotEqual(t, "elsewhere", p.patch.GetName())
		}
	})
}

// TestStatusSurvivesRestart: a new process goes on where the old one ended, and
// the API server takes its writes.
func TestStatusSurvivesRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		w := newWorld(t, s)
		w.apply(t, "latency", 1)
		time.Sleep(10 * time.Minute)
		w.stop()
		before := s.status(t).Groups[0]

		w = newWorld(t, s)
		w.wake(t, "latency")
		time.Sleep(10 * time.Minute)
		w.stop()
		after := s.status(t).Groups[0]
		require.Greater(t, after.Seq, before.Seq)
		require.Greater(t, after.Fence, before.Fence)
		require.True(t, after.Watermark.After(before.Watermark.Time))
		require.Zero(t, after.SkippedWindows)
		require.Len(t, s.status(t).Groups, 1)
	})
}
