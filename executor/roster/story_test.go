package roster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

// TestStories runs a roster in virtual time through the stories in testdata. A story
// is a list of commands and, for each, all that the roster did: whom it asked, what
// it read, and what it told the executor. An exporter's partition is the number at
// the end of its name.
func TestStories(t *testing.T) {
	stories, err := filepath.Glob("testdata/*.story")
	require.NoError(t, err)
	require.NotEmpty(t, stories)
	for _, story := range stories {
		t.Run(strings.TrimSuffix(filepath.Base(story), ".story"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				defer func() { w.stop() }()
				datadriven.RunTest(t, story, func(t *testing.T, d *datadriven.TestData) string {
					w.command(t, d)
					return w.told()
				})
			})
		})
	}
}

// world is a roster among scripted neighbours that write down what it does.
type world struct {
	roster *Roster
	began  time.Time
	stop   func()

	mu      sync.Mutex
	journal []string
	// stored is what the home has, has what the executor runs.
	stored map[types.NamespacedName]Found
	has    map[types.NamespacedName]bool
	// handed is what each pod hands over.
	handed map[string][]Handed
	// broken is what each neighbour says, slow how long it takes.
	broken map[string]error
	slow   map[string]time.Duration
}

func newWorld() *world {
	w := &world{
		began: time.Now(), stored: map[types.NamespacedName]Found{}, has: map[types.NamespacedName]bool{},
		handed: map[string][]Handed{}, broken: map[string]error{}, slow: map[string]time.Duration{},
	}
	w.start(w)
	return w
}

// start is a new process.
func (w *world) start(series Series) {
	ctx, cancel := context.WithCancel(context.Background())
	w.roster = New(Options{
		Executor: w, Home: w, Series: series, Peers: w, Log: zap.NewNop(),
		Partition: func(key types.NamespacedName) int32 { return number(key.Name[len(key.Name)-1:]) },
	})
	done := make(chan error, 1)
	go func() { done <- w.roster.Start(ctx) }() // stop waits for it
	w.stop = func() {
		cancel()
		if err := <-done; err != nil {
			panic(err)
		}
	}
}

func number(text string) int32 {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		panic(err)
	}
	return int32(n)
}

func named(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "ns", Name: name}
}

func (w *world) command(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	switch key := named(arg(d, "name")); d.Cmd {
	case "apply", "refuse":
		w.apply(d)
	case "store":
		w.store(d)
	case "remove":
		w.set(func() { delete(w.stored, key) })
		w.roster.Remove(key)
	case "take":
		var grants []Grant
		for _, p := range partitions(d) {
			grants = append(grants, Grant{Partition: p, From: arg(d, "from")})
		}
		w.roster.Take(grants)
	case "drop":
		w.roster.Drop(partitions(d))
	case "release":
		go w.release(partitions(d)) // stories wait for it
	case "handed":
		handed := w.roster.Handed(partitions(d))
		slices.SortFunc(handed, func(a, b Handed) int { return strings.Compare(a.Handover.Exporter.Name, b.Handover.Exporter.Name) })
		for _, h := range handed {
			w.tell("%s is handed over, shown=%d, with series %q", h.Handover.Exporter.Name, h.Handover.Shown, h.Series)
		}
	case "collect":
		go func() { // stories wait for it
			w.roster.Collected(context.Background())
			w.tell("- may end")
		}()
	case "kept":
		w.tell("- kept %d", len(w.roster.handed))
	case "outdated":
		w.set(func() { delete(w.has, key) })
		w.roster.Outdated(key)
	case "knows":
		w.tell("%s is known: %v", key.Name, w.roster.Knows(key))
	case "peer":
		w.peer(d)
	case "neighbour":
		w.set(func() {
			delete(w.broken, arg(d, "who"))
			if text := arg(d, "error"); text != "" {
				w.broken[arg(d, "who")] = errors.New(text)
			}
			w.slow[arg(d, "who")] = duration(t, arg(d, "takes"))
		})
	case "restart":
		w.stop()
		w.set(func() { clear(w.has) })
		w.start(nil)
	case "advance":
		time.Sleep(duration(t, arg(d, "by")))
	default:
		t.Fatalf("unknown command %q", d.Cmd)
	}
	synctest.Wait()
}

// release gives ten seconds to what is under way.
func (w *world) release(partitions []int32) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.roster.Release(ctx, partitions)
	w.tell("- released %v", partitions)
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

func partitions(d *datadriven.TestData) []int32 {
	var list []int32
	for part := range strings.SplitSeq(arg(d, "partitions"), ",") {
		list = append(list, number(part))
	}
	return list
}

// objectOf returns the exporter that a command is about.
func objectOf(d *datadriven.TestData) *v1.MetricsExporter {
	object := &v1.MetricsExporter{}
	object.Namespace, object.Name, object.Generation = "ns", arg(d, "name"), 1
	if generation := arg(d, "generation"); generation != "" {
		object.Generation = int64(number(generation))
	}
	object.UID = types.UID("u" + arg(d, "uid"))
	object.Spec.Database = arg(d, "for")
	return object
}

// apply is what the watch sees; the store has it too, unless it is newer there.
func (w *world) apply(d *datadriven.TestData) {
	object := objectOf(d)
	w.set(func() {
		found, ok := w.stored[keyOf(object)]
		if !ok || found.Object.UID == object.UID && found.Object.Generation < object.Generation {
			w.stored[keyOf(object)] = Found{Object: object, Invalid: invalid(d)}
		}
	})
	if err := invalid(d); err != nil {
		w.roster.Refuse(object, err)
		return
	}
	w.roster.Apply(object)
}

// store changes what is stored, and the watch is late.
func (w *world) store(d *datadriven.TestData) {
	object := objectOf(d)
	w.set(func() {
		w.stored[keyOf(object)] = Found{Object: object, Invalid: invalid(d)}
		if arg(d, "gone") != "" {
			delete(w.stored, keyOf(object))
		}
	})
}

func invalid(d *datadriven.TestData) error {
	if text := arg(d, "error"); text != "" {
		return errors.New(text)
	}
	return nil
}

// peer has a pod hand over an exporter whose values it showed.
func (w *world) peer(d *datadriven.TestData) {
	w.set(func() {
		w.handed[arg(d, "pod")] = append(w.handed[arg(d, "pod")], Handed{
			Handover: executor.Handover{Exporter: named(arg(d, "name")), Shown: 1}, Series: []byte(strings.ReplaceAll(arg(d, "series"), ",", " ")),
		})
	})
}

// tell writes a line into the journal, with the time since the story began.
func (w *world) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.journal = append(w.journal, fmt.Sprintf("%-8s ", time.Since(w.began))+fmt.Sprintf(format, args...))
}

// told returns what happened since the last time. Exporters are in no order among
// each other, nor are the pods that are asked, so what is about them is sorted. The
// end of a release is in no order with what others do at that instant.
func (w *world) told() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.journal
	w.journal = nil
	if len(lines) == 0 {
		return "(nothing)\n"
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		return cmp.Or(cmp.Compare(elapsed(a), elapsed(b)), cmp.Compare(last(a), last(b)))
	})
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && stage(lines[end]) == stage(lines[i]) {
			end++
		}
		slices.SortStableFunc(lines[i:end], func(a, b string) int { return strings.Compare(subject(a), subject(b)) })
		i = end
	}
	return strings.Join(lines, "\n") + "\n"
}

func elapsed(line string) time.Duration {
	since, err := time.ParseDuration(strings.Fields(line)[0])
	if err != nil {
		panic(err)
	}
	return since
}

// last is 1 for what comes last at an instant.
func last(line string) int {
	if strings.Contains(line, "- released") {
		return 1
	}
	return 0
}

// stage is the time of a line, and what all exporters have in common there.
func stage(line string) string {
	words := strings.Fields(line)
	if words[1] == "-" {
		return words[0] + words[2]
	}
	return words[0]
}

// subject is the exporter of a line, or the pod.
func subject(line string) string {
	words := strings.Fields(line)
	if words[1] == "-" {
		return words[3]
	}
	return words[1]
}

// work is what a neighbour does until it answers.
func (w *world) work(ctx context.Context, who string) error {
	w.mu.Lock()
	takes, err := w.slow[who], w.broken[who]
	w.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(takes):
		return err
	}
}

// Concerns implements Executor.
func (*world) Concerns(object *v1.MetricsExporter) bool { return object.Spec.Database != "others" }

// Take implements Executor.
func (w *world) Take(object *v1.MetricsExporter, h *executor.Handover) {
	from := "goes on from its status"
	if h != nil {
		from = fmt.Sprintf("goes on from a handover, shown=%d", h.Shown)
	}
	w.tell("%s runs generation=%d and %s", object.Name, object.Generation, from)
	w.set(func() { w.has[keyOf(object)] = true })
}

// Refuse implements Executor.
func (w *world) Refuse(object *v1.MetricsExporter, err error) {
	w.tell("%s is refused: %v", object.Name, err)
	w.set(func() { w.has[keyOf(object)] = true })
}

// Remove implements Executor.
func (w *world) Remove(key types.NamespacedName) {
	w.tell("%s ends", key.Name)
	w.set(func() { delete(w.has, key) })
}

// Drop implements Executor.
func (w *world) Drop(key types.NamespacedName) {
	w.tell("%s is dropped", key.Name)
	w.set(func() { delete(w.has, key) })
}

// Release implements Executor. Work under way is cut off with ctx.
func (w *world) Release(ctx context.Context, key types.NamespacedName) (executor.Handover, bool) {
	w.tell("%s comes to rest", key.Name)
	_ = w.work(ctx, "executor")
	w.mu.Lock()
	defer w.mu.Unlock()
	return executor.Handover{Exporter: key, Shown: 1}, w.has[key]
}

// Fetch implements Home.
func (w *world) Fetch(ctx context.Context, keys []types.NamespacedName) (map[types.NamespacedName]Found, error) {
	var names []string
	for _, key := range keys {
		names = append(names, key.Name)
	}
	slices.Sort(names)
	w.tell("- reads %s", strings.Join(names, " "))
	w.mu.Lock()
	found := maps.Clone(w.stored)
	w.mu.Unlock()
	maps.DeleteFunc(found, func(key types.NamespacedName, _ Found) bool { return !slices.Contains(keys, key) })
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second) // as a home has to
	defer cancel()
	err := w.work(ctx, "home")
	if err != nil {
		// Of several, the first has been read.
		maps.DeleteFunc(found, func(key types.NamespacedName, _ Found) bool { return len(names) == 1 || key.Name != names[0] })
	}
	return found, err
}

// Handed implements Peers.
func (w *world) Handed(ctx context.Context, pod string, partitions []int32) ([]Handed, error) {
	slices.Sort(partitions)
	w.tell("- asks %s for %v", pod, partitions)
	if err := w.work(ctx, pod); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.handed[pod], nil
}

// Export implements Series.
func (w *world) Export(key types.NamespacedName) ([]byte, bool) {
	w.tell("%s has its series taken along", key.Name)
	return []byte(key.Name), true
}

// Import implements Series.
func (w *world) Import(content []byte) error {
	name, broken := strings.CutSuffix(string(content), " broken")
	w.tell("%s is shown as before", name)
	if broken {
		return errors.New("cannot read them")
	}
	return nil
}
