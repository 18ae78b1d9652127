package files

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/executor"
)

var validator = sync.OnceValues(validation.New)

// exporter returns the document of a valid exporter; extra is a line of its spec.
func exporter(name, extra string) string {
	return fmt.Sprintf(`
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: %s, namespace: ns}
spec:
  database: DB
  body: "T | where Time between (_startTime .. _endTime)"
  interval: 1m
  transform: {defaultMetricName: m, valueColumn: value, timestampColumn: time}
  %s
`, name, extra)
}

// desk is a source over real files in virtual time, and what it tells.
type desk struct {
	source *Source
	logs   *observer.ObservedLogs
	stop   func()

	mu   sync.Mutex
	told []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	rules, err := validator()
	require.NoError(t, err)
	core, logs := observer.New(zap.InfoLevel)
	root := t.TempDir()
	d := &desk{logs: logs}
	d.source = &Source{
		Dir: filepath.Join(root, "exporters"), State: openState(t, filepath.Join(root, "state")),
		Validator: rules, Executor: d, Log: zap.New(core),
	}
	require.NoError(t, os.Mkdir(d.source.Dir, 0o750))
	return d
}

func (d *desk) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.source.Start(ctx) }() // stop waits for it
	d.stop = func() { cancel(); require.NoError(t, <-done) }
	synctest.Wait()
}

func (d *desk) tell(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = append(d.told, fmt.Sprintf(format, args...))
}

func (d *desk) Apply(object *v1.MetricsExporter) {
	d.tell("apply %s/%s generation %d", object.Namespace, object.Name, object.Generation)
}

func (d *desk) Refuse(object *v1.MetricsExporter, err error) {
	d.tell("refuse %s/%s generation %d: %s", object.Namespace, object.Name, object.Generation, err)
}

func (d *desk) Remove(key types.NamespacedName) { d.tell("remove %s", key) }

func (d *desk) write(t *testing.T, name string, documents ...string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(d.source.Dir, name), []byte(strings.Join(documents, "---")), 0o600))
}

func (d *desk) remove(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(filepath.Join(d.source.Dir, name)))
}

func TestCriteriaOfABrokenDocument(t *testing.T) {
	spec := criteriaOf([]byte("spec:\n  interval: soon\n  criteria: {region: [westus]}\n  criteriaExpression: team == 'sre'\n"))
	require.Equal(t, map[string][]string{"region": {"westus"}}, spec.Criteria)
	require.Equal(t, "team == 'sre'", spec.CriteriaExpression)
	require.Empty(t, criteriaOf([]byte("spec: [")).Criteria)
}

// soon returns what was told within less than two seconds.
func (d *desk) soon() []string {
	time.Sleep(1900 * time.Millisecond)
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	told := d.told
	d.told = nil
	slices.Sort(told)
	return told
}

// TestDirectory is a day in the life of a directory of exporters: each step is
// what somebody does to it, and what the executor is told within two seconds.
func TestDirectory(t *testing.T) {
	broken := exporter("a", "suspend: perhaps")
	steps := []struct {
		does string
		do   func(t *testing.T, d *desk)
		want []string
		log  string
	}{
		{"creates two in one file, among other kinds and other files", func(t *testing.T, d *desk) {
			d.write(t, "a.yaml", exporter("a", ""), "\nkind: ConfigMap\nmetadata: {name: c}\n", exporter("b", ""), "\n# nothing\n")
			d.write(t, "notes.txt", "kind: MetricsExporter")
			d.write(t, ".hidden.yaml", exporter("hidden", ""))
			require.NoError(t, os.Mkdir(filepath.Join(d.source.Dir, "dir.yaml"), 0o750))
		}, []string{"apply ns/a generation 1", "apply ns/b generation 1"}, ""},
		{"nothing", func(*testing.T, *desk) {}, nil, ""},
		{"edits one of them", func(t *testing.T, d *desk) {
			d.write(t, "a.yaml", exporter("a", "suspend: true"), exporter("b", ""))
		}, []string{"apply ns/a generation 2"}, ""},
		{"writes the same again", func(t *testing.T, d *desk) {
			d.write(t, "a.yaml", exporter("a", "suspend: true"), exporter("b", ""), " \n")
		}, nil, ""},
		{"adds one in JSON, without a namespace", func(t *testing.T, d *desk) {
			d.write(t, "c.json", `{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter","metadata":{"name":"c"},"spec":{"database":"DB","body":"T","interval":"1m","transform":{"defaultMetricName":"m","valueColumn":"v","timestampColumn":"t"}}}`)
		}, []string{"apply default/c generation 1"}, ""},
		{"breaks one, as the schema says", func(t *testing.T, d *desk) {
			d.write(t, "a.yaml", broken, exporter("b", ""))
		}, []string{"refuse ns/a generation 3: "}, ""},
		{"breaks the YAML", func(t *testing.T, d *desk) {
			d.write(t, "a.yaml", exporter("a", "suspend: [true"), exporter("b", "suspend: true"))
		}, []string{"apply ns/b generation 2"}, "invalid document; what it held goes on as it was"},
		{"repairs it", func(t *testing.T, d *desk) {
			d.write(t, "a.yaml", exporter("a", ""), exporter("b", "suspend: true"))
		}, []string{"apply ns/a generation 4"}, ""},
		{"copies it", func(t *testing.T, d *desk) {
			d.write(t, "b.yaml", exporter("b", "suspend: false"))
		}, nil, "exporter is in the directory twice; the first one counts"},
		{"replaces the first of the two by a link to nowhere", func(t *testing.T, d *desk) {
			d.remove(t, "a.yaml")
			require.NoError(t, os.Symlink("nowhere", filepath.Join(d.source.Dir, "z.yaml")))
		}, []string{"apply ns/b generation 3", "remove ns/a"}, "cannot read file; its exporters stay as they were"},
		{"makes a file unreadable", func(t *testing.T, d *desk) {
			d.remove(t, "b.yaml")
			require.NoError(t, os.Symlink(".", filepath.Join(d.source.Dir, "b.yaml")))
		}, nil, "cannot read file; its exporters stay as they were"},
		{"unmounts the directory", func(t *testing.T, d *desk) {
			require.NoError(t, os.Rename(d.source.Dir, d.source.Dir+".away"))
		}, nil, "cannot read the exporters; those known go on"},
		{"mounts it again", func(t *testing.T, d *desk) {
			require.NoError(t, os.Rename(d.source.Dir+".away", d.source.Dir))
		}, nil, "cannot read file; its exporters stay as they were"},
		{"removes all files", func(t *testing.T, d *desk) {
			d.remove(t, "b.yaml")
			d.remove(t, "c.json")
		}, []string{"remove default/c", "remove ns/b"}, ""},
		{"makes one again that was there", func(t *testing.T, d *desk) {
			d.write(t, "a.yaml", exporter("a", ""))
		}, []string{"apply ns/a generation 1"}, ""},
		{"gives one a name that is a path", func(t *testing.T, d *desk) {
			d.write(t, "p.yaml", exporter("a/../../../evil", ""))
			d.write(t, "q.yaml", strings.Replace(exporter("x", ""), "ns", "../../evil", 1))
			d.write(t, "r.yaml", exporter(`""`, ""))
		}, nil, "invalid document; what it held goes on as it was"},
		{"spoils a state file, and edits", func(t *testing.T, d *desk) {
			d.remove(t, "p.yaml")
			require.NoError(t, os.WriteFile(d.source.State.file(types.NamespacedName{Namespace: "ns", Name: "a"}), []byte("{{{"), 0o600))
			d.write(t, "a.yaml", exporter("a", "suspend: true"))
		}, nil, "cannot keep the state of an exporter; it does not run as written"},
		{"moves the state file away, as the log says", func(t *testing.T, d *desk) {
			require.NoError(t, os.Remove(d.source.State.file(types.NamespacedName{Namespace: "ns", Name: "a"})))
		}, []string{"apply ns/a generation 1"}, ""},
		{"removes both the file and its state", func(t *testing.T, d *desk) {
			require.NoError(t, os.Remove(d.source.State.file(types.NamespacedName{Namespace: "ns", Name: "a"})))
			d.remove(t, "a.yaml")
		}, []string{"remove ns/a"}, "cannot remove the state of an exporter"},
	}
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		require.False(t, d.source.Synced())
		d.start(t)
		require.True(t, d.source.Synced())
		for _, step := range steps {
			d.logs.TakeAll()
			step.do(t, d)
			got := d.soon()
			require.Len(t, got, len(step.want), "%s: %q", step.does, got)
			for i, want := range step.want {
				require.True(t, strings.HasPrefix(got[i], want), "%s: %s", step.does, got[i])
			}
			seen := map[string]int{}
			for _, entry := range d.logs.All() {
				seen[fmt.Sprint(entry.Message, entry.ContextMap())]++
			}
			for line, times := range seen {
				require.Equal(t, 1, times, "%s: a trouble that stays is said once: %s", step.does, line)
			}
			if step.log == "" {
				require.Empty(t, seen, step.does)
			} else {
				require.NotZero(t, d.logs.FilterMessage(step.log).Len(), "%s: %v", step.does, seen)
			}
		}
		outside, err := filepath.Glob(filepath.Join(filepath.Dir(d.source.Dir), "*evil*"))
		require.NoError(t, err)
		require.Empty(t, outside)
		d.stop()
	})
}

// TestEditorsMayReplaceFiles: a file that is away or empty for a moment, as some
// editors leave it, does not cost its exporters their status.
func TestEditorsMayReplaceFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.write(t, "a.yaml", exporter("a", ""))
		d.write(t, "b.yaml", exporter("b", ""))
		d.start(t)
		require.Len(t, d.soon(), 2)
		require.NoError(t, commit(t, d.source.State, executor.Commit{
			Exporter: types.NamespacedName{Namespace: "ns", Name: "a"}, Entry: v1.GroupStatus{Group: "g", Seq: 9},
		}))
		d.remove(t, "a.yaml")
		d.write(t, "b.yaml")
		time.Sleep(lookEvery) // exactly one look
		d.write(t, "a.yaml", exporter("a", "suspend: true"))
		d.write(t, "b.yaml", exporter("b", ""))
		require.Equal(t, []string{"apply ns/a generation 2"}, d.soon())
		d.stop()
	})
}

// TestMissingDirectory: a source that has never seen its directory is not synced.
func TestMissingDirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		require.NoError(t, os.Remove(d.source.Dir))
		d.start(t)
		require.False(t, d.source.Synced())
		require.NoError(t, os.Mkdir(d.source.Dir, 0o750))
		require.Empty(t, d.soon())
		require.True(t, d.source.Synced())
		d.stop()
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(exporter("a", "") + "---" + exporter("b", "suspend: perhaps")))
	f.Add([]byte("--- x\nkind: MetricsExporter\nmetadata: {name: ../x}\n"))
	f.Add([]byte(`{"kind":"MetricsExporter","metadata":{"name":5}}`))
	rules, err := validator()
	require.NoError(f, err)
	s := &Source{Validator: rules, State: &State{dir: "state"}}
	f.Fuzz(func(t *testing.T, content []byte) {
		found, _ := s.parse(content)
		for _, doc := range found {
			name := s.State.file(keyOf(doc.object))
			require.Equal(t, "state", filepath.Dir(name), "a state file is in the state directory")
		}
	})
}
