package executor

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/e2e/selfmetrics"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// TestStories runs the executor in virtual time through the stories in testdata.
// A story is a list of commands and, for each, all that the executor did: what it
// asked, delivered, forgot, committed and said. Never accept a rewritten story
// that you cannot explain.
func TestStories(t *testing.T) {
	stories, err := filepath.Glob("testdata/*.story")
	require.NoError(t, err)
	require.NotEmpty(t, stories)
	rules, err := validation.New()
	require.NoError(t, err)
	var watch selfmetrics.Watch
	require.NoError(t, watch.Look(newWorldsRegistry()))
	for _, story := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(story), ".story"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(rules)
				datadriven.RunTest(t, story, func(t *testing.T, d *datadriven.TestData) string {
					w.command(t, d)
					require.NoError(t, watch.Look(w.registry))
					return w.told()
				})
				w.stop()
			})
		})
	}
	if !t.Failed() && flag.Lookup("test.run").Value.String() == "" {
		require.Empty(t, watch.Still(), "a metric that no story moves")
	}
}

// newWorldsRegistry returns the metrics of an executor to which nothing happens.
func newWorldsRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(New(Options{Metrics: NewMetrics(registry)}))
	return registry
}

// world is an executor among scripted neighbours that write down what it does.
type world struct {
	rules    *validation.Validator
	began    time.Time
	executor *Executor
	registry *prometheus.Registry
	stop     func()
	objects  map[string]*v1.MetricsExporter
	owned    bool
	fence    int64
	sinks    []*scriptedSink
	commits  *rate.Limiter
	tracer   trace.Tracer

	mu      sync.Mutex
	journal []string
	answers []answer
	// refuses is what the recorder says; a write that it loses is in all the same.
	refuses error
	loses   bool
	// records is how long the recorder takes.
	records time.Duration
	// confirms is how long it takes to confirm the right to act, and what comes of it.
	confirms *answer
	// handed is what was known of the exporters that were released.
	handed map[string]*Handover
}

// answer is what Kusto says from now on, to a number of queries.
type answer struct {
	times   int
	takes   time.Duration
	columns []string
	rows    int
	err     error
}

func newWorld(rules *validation.Validator) *world {
	w := &world{rules: rules, began: time.Now(), objects: map[string]*v1.MetricsExporter{}, owned: true, fence: 42, handed: map[string]*Handover{}}
	w.sinks = []*scriptedSink{{world: w, name: "Prometheus"}}
	w.start()
	return w
}

// start is a new process: nothing is known but the objects and their status.
func (w *world) start() {
	w.boot()
	for _, object := range w.objects {
		w.executor.Apply(object.DeepCopy())
	}
}

// boot is a new process that is told of no exporter yet.
func (w *world) boot() {
	ctx, cancel := context.WithCancel(context.Background())
	w.registry = prometheus.NewRegistry()
	sinks := make([]Sink, len(w.sinks))
	for i, sink := range w.sinks {
		sinks[i] = sink
	}
	w.executor = New(Options{
		Labels: criteria.Labels{"region": "eastus"}, Guard: w, Querier: w, Sinks: sinks, Recorder: w,
		Metrics: NewMetrics(w.registry), Log: zap.NewNop(),
		Commits: w.commits, Tracer: w.tracer, Outdated: func(key types.NamespacedName) { w.tell("outdated %s", key.Name) },
	})
	w.registry.MustRegister(w.executor)
	done := make(chan error, 1)
	go func() { done <- w.executor.Start(ctx) }() // stop waits for it
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			panic(err)
		}
	}
}

func (w *world) command(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	switch d.Cmd {
	case "apply":
		w.apply(t, d)
	case "remove":
		w.set(func() { delete(w.objects, arg(d, "name")) })
		w.executor.Remove(types.NamespacedName{Namespace: "ns", Name: arg(d, "name")})
	case "refuse":
		object := w.objects[arg(d, "name")].DeepCopy()
		object.Spec = v1.MetricsExporterSpec{} // what a home knows of a spec that is not valid
		object.Generation++
		if region := arg(d, "region"); region != "" {
			object.Spec.Criteria = map[string][]string{"region": {region}}
		}
		w.executor.Refuse(object, errors.New(arg(d, "error")))
	case "kusto":
		w.script(t, d)
	case "sinks":
		w.stop()
		inOrder := strings.Split(arg(d, "inOrder"), ",")
		w.sinks = w.sinks[:1]
		w.sinks = append(w.sinks, &scriptedSink{world: w, name: "OTLP", past: true, inOrder: slices.Contains(inOrder, "OTLP")})
		for endpoint := range strings.SplitSeq(arg(d, "remoteWrite"), "+") {
			if endpoint == "" {
				continue
			}
			w.sinks = append(w.sinks, &scriptedSink{
				world: w, name: "RemoteWrite", endpoint: endpoint, past: true, inOrder: slices.Contains(inOrder, "RemoteWrite"),
			})
		}
		w.start()
	case "sink":
		w.set(func() {
			for _, sink := range w.sinks {
				if sink.name == arg(d, "name") {
					sink.err = sinkError(arg(d, "error"))
					sink.rests = time.Now().Add(duration(t, arg(d, "rests")))
				}
			}
		})
	case "delivered":
		w.delivered(arg(d, "to"))
	case "recorder":
		w.set(func() {
			w.refuses, w.loses, w.records = sinkError(arg(d, "error")), arg(d, "loses") == "true", duration(t, arg(d, "takes"))
		})
	case "ownership":
		w.set(func() { w.owned = arg(d, "held") == "true" })
	case "budget":
		w.stop()
		w.commits = rate.NewLimiter(rate.Every(duration(t, arg(d, "every"))), 1)
		w.start()
	case "release", "drop", "take", "successor", "elsewhere":
		w.move(t, d)
	case "confirmation":
		w.set(func() { w.confirms = &answer{takes: duration(t, arg(d, "takes")), err: sinkError(arg(d, "error"))} })
	case "restart":
		w.stop()
		time.Sleep(duration(t, arg(d, "after")))
		w.start()
	case "advance":
		time.Sleep(duration(t, arg(d, "by")))
	case "status":
		w.status(arg(d, "name"))
	case "metric":
		w.metric(t, arg(d, "name"))
	default:
		t.Fatalf("unknown command %q", d.Cmd)
	}
	synctest.Wait()
}

// move gives exporters away, and takes them.
func (w *world) move(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	name := arg(d, "name")
	switch d.Cmd {
	case "release":
		within := duration(t, arg(d, "within"))
		go w.release(name, within) // stories wait for it
	case "drop":
		w.executor.Drop(types.NamespacedName{Namespace: "ns", Name: name})
	case "take":
		if arg(d, "generation") == "next" {
			w.set(func() {
				w.objects[name] = w.objects[name].DeepCopy()
				w.objects[name].Generation++
			})
		}
		w.executor.Take(w.objects[name].DeepCopy(), w.handed[arg(d, "from")])
	case "successor":
		w.stop()
		w.fence++
		w.boot()
	case "elsewhere": // another replica writes the status, under a newer fence
		w.fence++
		w.set(func() {
			object := w.objects[name].DeepCopy()
			entry := &object.Status.Groups[0]
			entry.Owner, entry.Fence, entry.Seq = "pod/2", w.fence, entry.Seq+1
			entry.Watermark = new(w.clockTime(t, arg(d, "watermark")))
			w.objects[name] = object
		})
		w.fence++
	}
}

// release gives an exporter away, and keeps what is handed over, as it travels.
func (w *world) release(name string, within time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	h, ok := w.executor.Release(ctx, types.NamespacedName{Namespace: "ns", Name: name})
	if !ok {
		w.tell("unknown %s", name)
		return
	}
	w.tell("released %s watermark=%s seq=%d verified=%d shown=%d exact=%v attempts=%d hold=%d", name,
		clockOf(h.Entry.Watermark), h.Committed.Seq, h.Verified, h.Shown, h.Exact, h.Attempts, h.Hold)
	content, err := json.Marshal(h)
	if err != nil {
		panic(err)
	}
	var travelled Handover
	if err := json.Unmarshal(content, &travelled); err != nil {
		panic(err)
	}
	w.set(func() { w.handed[name] = &travelled })
}

func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func arg(d *datadriven.TestData, key string) string {
	for _, a := range d.CmdArgs {
		if a.Key == key {
			return strings.Join(a.Vals, ",")
		}
	}
	return ""
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	if text == "" {
		return 0
	}
	parsed, err := time.ParseDuration(text)
	require.NoError(t, err)
	return parsed
}

// apply makes an object, or edits it: a change of the spec is a new generation.
func (w *world) apply(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	name := arg(d, "name")
	object, ok := w.objects[name]
	if !ok || arg(d, "uid") != "" {
		object = &v1.MetricsExporter{}
		object.Namespace, object.Name = "ns", name
		object.UID = types.UID(name + arg(d, "uid"))
		object.Spec = v1.MetricsExporterSpec{
			Database: "DB", Body: "T | where Time between (_startTime .. _endTime)",
			Interval:  metav1.Duration{Duration: time.Minute},
			Transform: v1.TransformConfig{DefaultMetricName: "m", ValueColumn: "value", TimestampColumn: "time"},
		}
	}
	w.set(func() { object = object.DeepCopy() })
	object.Generation++
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "interval":
			object.Spec.Interval.Duration = duration(t, a.Vals[0])
		case "delay":
			object.Spec.IngestionDelay = &metav1.Duration{Duration: duration(t, a.Vals[0])}
		case "timeout":
			object.Spec.QueryTimeout = &metav1.Duration{Duration: duration(t, a.Vals[0])}
		case "suspend":
			object.Spec.Suspend = a.Vals[0] == "true"
		case "region":
			object.Spec.Criteria = map[string][]string{"region": a.Vals}
		case "expression":
			object.Spec.CriteriaExpression = strings.Join(a.Vals, ",")
		case "outputs":
			object.Spec.Outputs = nil
			for _, output := range a.Vals {
				object.Spec.Outputs = append(object.Spec.Outputs, v1.Output(output))
			}
		case "retry":
			object.Generation-- // an annotation is no change of the spec
			object.Annotations = map[string]string{v1.AnnotationRetryDeadLetters: a.Vals[0]}
		case "run":
			object.Generation-- // as above
			object.Annotations = map[string]string{v1.AnnotationRunNow: a.Vals[0]}
		case "backfill":
			object.Spec.Backfill = nil
			if len(a.Vals) >= 3 {
				object.Spec.Backfill = &v1.Backfill{RequestID: a.Vals[0], StartTime: w.clockTime(t, a.Vals[1]), EndTime: w.clockTime(t, a.Vals[2])}
			}
			if len(a.Vals) == 4 {
				_, err := fmt.Sscan(a.Vals[3], &object.Spec.Backfill.MaxInFlight)
				require.NoError(t, err)
			}
		case "maxAttempts":
			object.Spec.Retry = &v1.Retry{MaxAttempts: 3, MaxAge: &metav1.Duration{Duration: 10 * time.Minute}}
		case "maxSeries":
			object.Spec.Limits = &v1.Limits{MaxSeries: 1, MaxRows: 7}
		}
	}
	applied := object.DeepCopy()
	w.set(func() { w.objects[name] = object })
	w.executor.Apply(applied)
}

// clockTime returns a time of the story's first day, or of the day before it if it
// begins with a minus.
func (w *world) clockTime(t *testing.T, text string) metav1.Time {
	t.Helper()
	clock, err := time.Parse("15:04:05", strings.TrimPrefix(text, "-"))
	require.NoError(t, err)
	day := w.began.UTC().Truncate(24 * time.Hour)
	if strings.HasPrefix(text, "-") {
		day = day.AddDate(0, 0, -1)
	}
	return metav1.NewTime(day.Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute + time.Duration(clock.Second())*time.Second))
}

var classes = map[string]query.Class{
	"throttled": query.Throttled, "transient": query.Transient, "timeout": query.Timeout,
	"unavailable": query.Unavailable, "noendpoint": query.NoEndpoint, "unauthorized": query.Unauthorized,
	"denied": query.Denied, "missing": query.Missing, "invalid": query.Invalid,
	"toolarge": query.TooLarge, "permanent": query.Permanent,
}

func (w *world) script(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	a := answer{times: 1 << 30, rows: 1, columns: []string{"time", "value"}, takes: duration(t, arg(d, "takes"))}
	if _, err := fmt.Sscan(arg(d, "times"), &a.times); err != nil {
		a.times = 1 << 30
	}
	_, _ = fmt.Sscan(arg(d, "rows"), &a.rows)
	if columns := arg(d, "columns"); columns != "" {
		a.columns = strings.Split(columns, ",")
	}
	if class := arg(d, "fail"); class != "" {
		require.Contains(t, classes, class)
		a.err = &query.Error{Class: classes[class], Message: "Kusto said no.", RetryAfter: duration(t, arg(d, "retryAfter"))}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = []answer{a}
}

// tell writes a line into the journal, with the time since the story began.
func (w *world) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	since := time.Since(w.began).Truncate(time.Second)
	w.journal = append(w.journal, fmt.Sprintf("%-8s ", since)+fmt.Sprintf(format, args...))
}

// told returns what happened since the last time. Steps of one instant are in no
// order among exporters, nor are one window's deliveries and the queries of a step,
// so they are sorted.
func (w *world) told() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.journal
	w.journal = nil
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(instant(a), instant(b)) })
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && atOnce(lines[i], lines[end]) {
			end++
		}
		slices.Sort(lines[i:end])
		i = end
	}
	if len(lines) == 0 {
		return "(nothing)\n"
	}
	return strings.Join(lines, "\n") + "\n"
}

// atOnce reports whether two lines are of a kind that happens at once.
func atOnce(a, b string) bool {
	if instant(a) != instant(b) {
		return false
	}
	for _, kind := range []string{" deliver ", " query "} {
		if strings.Contains(a, kind) && strings.Contains(b, kind) {
			return true
		}
	}
	return false
}

// instant is the time and the exporter of a line; a line's exporter is its third
// word.
func instant(line string) string {
	words := strings.Fields(line)
	elapsed, err := time.ParseDuration(words[0])
	if err != nil || len(words) < 3 {
		return line
	}
	return fmt.Sprintf("%020d %s", elapsed, words[2])
}

// Identity implements Guard.
func (w *world) Identity() string { return "pod/1" }

// CanAct implements Guard.
func (w *world) CanAct(types.NamespacedName) (int64, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fence, w.owned
}

// Fresh implements Guard.
func (w *world) Fresh(ctx context.Context, exporter types.NamespacedName) error {
	w.mu.Lock()
	confirms := w.confirms
	w.mu.Unlock()
	if confirms == nil {
		return nil
	}
	w.tell("confirm %s", exporter.Name)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(confirms.takes):
		return confirms.err
	}
}

// Bind implements Guard.
func (w *world) Bind(ctx context.Context, _ types.NamespacedName) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}

func (w *world) next() answer {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.answers) == 0 || w.answers[0].times == 0 {
		return answer{rows: 1, columns: []string{"time", "value"}}
	}
	w.answers[0].times--
	return w.answers[0]
}

// exporterOf returns the exporter that a request id names.
func exporterOf(id string) string { return strings.TrimPrefix(strings.Split(id, ";")[1], "ns/") }

// attemptOf returns the attempt that a request id names.
func attemptOf(id string) string { return strings.Split(strings.Split(id, ";")[3], "-")[0] }

// Schema implements Querier.
func (w *world) Schema(ctx context.Context, request query.Request) ([]query.Column, error) {
	a := w.next()
	w.tell("schema %s", exporterOf(request.RequestID))
	if err := w.think(ctx, request, a); err != nil {
		return nil, err
	}
	return a.schema(), nil
}

// Query implements Querier.
func (w *world) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	a := w.next()
	w.tell("query %s [%s, %s) attempt=%s", exporterOf(request.RequestID),
		request.Start.Format("15:04:05"), request.End.Format("15:04:05"), attemptOf(request.RequestID))
	if err := w.think(ctx, request, a); err != nil {
		return query.Stats{}, err
	}
	if err := consumer.Columns(a.schema()); err != nil {
		return query.Stats{}, err
	}
	for i := range a.rows {
		cells := make([]query.Cell, len(a.columns))
		cells[0] = query.Cell{Int: query.Ticks(request.Start)}
		if len(cells) > 1 {
			cells[1] = query.Cell{Real: float64(i)}
		}
		if len(cells) > 2 {
			cells[2] = query.Cell{Text: fmt.Append(nil, i)}
		}
		if err := consumer.Row(cells); err != nil {
			return query.Stats{}, err
		}
	}
	return query.Stats{Rows: int64(a.rows)}, nil
}

// think takes the answer's time, as far as the request allows.
func (w *world) think(ctx context.Context, request query.Request, a answer) error {
	select {
	case <-ctx.Done():
		return &query.Error{Class: query.Aborted, Message: "stopped", Err: ctx.Err()}
	case <-time.After(min(a.takes, request.Timeout)):
	}
	if a.takes > request.Timeout {
		return &query.Error{Class: query.Timeout, Message: "The query ran out of its time."}
	}
	return a.err
}

func (a answer) schema() []query.Column {
	kinds := []query.Type{query.DateTime, query.Real, query.String}
	columns := make([]query.Column, len(a.columns))
	for i, name := range a.columns {
		columns[i] = query.Column{Name: name, Type: kinds[i]}
	}
	return columns
}

// scriptedSink is an output that writes down what it gets.
type scriptedSink struct {
	world    *world
	name     string
	endpoint string
	past     bool
	inOrder  bool
	err      error
	// rests is until when it is left alone.
	rests time.Time
	// took are the starts of the windows that it accepted.
	took []time.Time
}

func (s *scriptedSink) Name() string     { return s.name }
func (s *scriptedSink) Endpoint() string { return s.endpoint }
func (s *scriptedSink) TakesPast() bool  { return s.past }
func (s *scriptedSink) InOrder() bool    { return s.inOrder }

func (s *scriptedSink) RestsUntil() time.Time {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return s.rests
}

func (s *scriptedSink) Deliver(_ context.Context, d metric.Delivery) error {
	s.world.tell("deliver %s to %s until %s, %d points", d.Source.Name, s.name, d.End.Format("15:04:05"), len(d.Batch.Points))
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	if s.err == nil {
		s.took = append(s.took, d.Start)
	}
	return s.err
}

func (s *scriptedSink) Forget(key types.NamespacedName) {
	s.world.tell("forget %s in %s", key.Name, s.name)
}

func (s *scriptedSink) End(key types.NamespacedName) {
	s.world.tell("end %s in %s", key.Name, s.name)
}

// conflict is a sink's partial error.
type conflict string

func (c conflict) Error() string         { return string(c) }
func (conflict) Permanent() bool         { return true }
func (conflict) Partial() bool           { return true }
func (conflict) ConditionReason() string { return v1.ReasonDuplicateSeries }

// final is a sink's error that no other try cures.
type final string

func (f final) Error() string         { return string(f) }
func (final) Permanent() bool         { return true }
func (final) Partial() bool           { return false }
func (final) ConditionReason() string { return v1.ReasonDeliveryFailed }

// patient is a sink's error that asks for a while.
type patient string

func (p patient) Error() string     { return string(p) }
func (patient) Wait() time.Duration { return 90 * time.Second }

// untried is said by a sink that has left its receiver alone.
type untried string

func (e untried) Error() string { return string(e) }
func (untried) NotTried() bool  { return true }

func sinkError(text string) error {
	switch {
	case strings.HasPrefix(text, "final"):
		return final(text)
	case strings.HasPrefix(text, "later"):
		return patient(text)
	case strings.HasPrefix(text, "untried"):
		return untried(text)
	case text == "":
		return nil
	case text == "outdated":
		return ErrOutdated
	case strings.HasPrefix(text, "conflict"):
		return conflict(text)
	}
	return errors.New(text)
}

// Record implements Recorder: it keeps the status where a restart finds it.
func (w *world) Record(_ context.Context, c Commit) (v1.GroupStatus, error) {
	var refuses error
	var loses bool
	var takes time.Duration
	w.set(func() { refuses, loses, takes = w.refuses, w.loses, w.records })
	time.Sleep(takes)
	if refuses != nil {
		w.tell("refused commit %s", c.Exporter.Name)
		return v1.GroupStatus{}, refuses
	}
	switch w.resolve(&c) {
	case RefusedWritten:
		w.tell("written commit %s seq=%d", c.Exporter.Name, c.Entry.Seq)
		return c.Entry, nil
	case RefusedOutdated:
		w.tell("outdated commit %s seq=%d", c.Exporter.Name, c.Entry.Seq)
		return v1.GroupStatus{}, fmt.Errorf("%w: it was tried", ErrOutdated)
	case RefusedBehind, RefusedOtherwise:
	}
	w.tell("commit %s seq=%d watermark=%s %s", c.Exporter.Name, c.Entry.Seq, clockOf(c.Entry.Watermark), brief(c.Entry.Conditions))
	for _, event := range c.Events {
		w.tell("event %s %s: %s", c.Exporter.Name, event.Reason, event.Message)
	}
	w.set(func() { //nolint:contextcheck // validation takes no context
		if object, ok := w.objects[c.Exporter.Name]; ok && object.UID == c.UID {
			before := object.DeepCopy()
			object.Status = Summarize([]v1.GroupStatus{c.Entry}, object.Spec.Interval.Duration)
			w.checkUpdate(object, before)
		}
	})
	if loses {
		return v1.GroupStatus{}, errors.New("the answer is lost")
	}
	return c.Entry, nil
}

// resolve returns what is in the way of a commit. One that is behind an entry of ours
// is made to follow on it.
func (w *world) resolve(c *Commit) Refusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	object, ok := w.objects[c.Exporter.Name]
	if !ok || object.UID != c.UID || len(object.Status.Groups) == 0 {
		return RefusedOtherwise
	}
	stored := object.Status.Groups[0]
	why := Resolve(stored, c.Entry)
	if why == RefusedBehind {
		c.Entry.Seq = stored.Seq + 1
	}
	return why
}

// checkUpdate asks the CRD's own rules whether the API server would take a status.
func (w *world) checkUpdate(object, before *v1.MetricsExporter) {
	object.TypeMeta = metav1.TypeMeta{APIVersion: v1.GroupVersion.String(), Kind: "MetricsExporter"}
	before.TypeMeta = object.TypeMeta
	if errs := w.rules.UpdateStatus(unstructuredOf(object), unstructuredOf(before)); len(errs) > 0 {
		panic(fmt.Sprintf("the API server would refuse the status: %s", errs.ToAggregate()))
	}
}

func unstructuredOf(object *v1.MetricsExporter) *unstructured.Unstructured {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		panic(err)
	}
	return &unstructured.Unstructured{Object: content}
}

func clockOf(t *metav1.Time) string {
	if t == nil {
		return "none"
	}
	return t.UTC().Format("15:04:05")
}

func brief(list []metav1.Condition) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = fmt.Sprintf("%s=%s/%s", c.Type, c.Status, c.Reason)
	}
	return strings.Join(words, " ")
}

func (w *world) status(name string) {
	status := w.objects[name].Status
	for _, c := range status.Conditions {
		w.tell("status %s %s=%s/%s generation=%d %q", name, c.Type, c.Status, c.Reason, c.ObservedGeneration, c.Message)
	}
	for _, group := range status.Groups {
		w.tell("status %s last success %s, skipped %d, backlog %d, series %d", name,
			clockOf(group.LastSuccessfulExecution), group.SkippedWindows, status.BacklogWindows, status.Series)
		if b := group.Backfill; b != nil {
			w.tell("status %s backfill %s windows=%d pending=%d %s", name, b.RequestID, b.Windows, b.Pending, b.Message)
		}
		for _, item := range group.Backlog {
			w.tell("status %s backlog [%s, %s) attempts=%d next=%s outputs=%v %s: %s", name, clockOf(&item.StartTime), clockOf(&item.EndTime),
				item.Attempts, clockOf(item.NextAttempt), item.Outputs, item.Reason, item.Error)
		}
		for _, letter := range group.DeadLetters {
			w.tell("status %s dead letter [%s, %s) attempts=%d %s: %s", name,
				clockOf(&letter.StartTime), clockOf(&letter.EndTime), letter.Attempts, letter.Reason, letter.Error)
		}
	}
}

// delivered says which windows a sink has taken: how often, and from when to when
// without a gap.
func (w *world) delivered(name string) {
	for _, sink := range w.sinks {
		if sink.name != name {
			continue
		}
		times := map[time.Time]int{}
		for _, start := range sink.took {
			times[start]++
		}
		starts := slices.SortedFunc(maps.Keys(times), time.Time.Compare)
		gaps, repeats, older := 0, 0, 0
		for i, start := range sink.took {
			if i > 0 && start.Before(slices.MaxFunc(sink.took[:i], time.Time.Compare)) {
				older++
			}
		}
		for i, start := range starts {
			repeats += times[start] - 1
			if i > 0 && start.Sub(starts[i-1]) != time.Minute {
				gaps++
			}
		}
		w.tell("delivered to %s: %d windows from %s, %d gaps, %d repeated, %d after newer ones",
			name, len(starts), starts[0].Format(time.TimeOnly), gaps, repeats, older)
	}
}

func (w *world) metric(t *testing.T, name string) {
	t.Helper()
	families, err := w.registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if value != 0 {
				w.tell("metric %s{%s} %v", name, strings.Join(labels, ","), value)
			}
		}
	}
	problems, err := testutil.GatherAndLint(w.registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}
