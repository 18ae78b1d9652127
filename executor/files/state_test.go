package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

// commit returns what a commit came to.
func commit(t *testing.T, state *State, commit executor.Commit) error {
	t.Helper()
	_, err := state.Record(t.Context(), commit)
	return err
}

var (
	ten     = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	latency = types.NamespacedName{Namespace: "ns", Name: "latency"}
)

func openState(t *testing.T, dir string) *State {
	t.Helper()
	state, err := OpenState(dir)
	require.NoError(t, err)
	t.Cleanup(func() { _ = state.Close() })
	return state
}

func adopted(t *testing.T, state *State, text string, now time.Time) *v1.MetricsExporter {
	t.Helper()
	object := &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{Namespace: latency.Namespace, Name: latency.Name}}
	object.Spec.Interval.Duration = time.Minute
	require.NoError(t, state.adopt(object, text, now))
	return object
}

func commitOf(group string, fence int64) executor.Commit {
	end := metav1.NewTime(ten)
	late := metav1.NewTime(ten.Add(3 * time.Minute))
	return executor.Commit{Exporter: latency, Entry: v1.GroupStatus{
		Group: group, Fence: fence, Seq: 1, Watermark: &end,
		Backlog: []v1.BacklogEntry{{StartTime: end, EndTime: late}},
	}}
}

// TestStateSurvivesRestarts: an exporter is who it was, its generation grows with
// edits only, and its status is there again.
func TestStateSurvivesRestarts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "[state]")
	state := openState(t, dir)
	first := adopted(t, state, "interval: 1m", ten)
	require.Equal(t, int64(1), first.Generation)
	require.Equal(t, ten, first.CreationTimestamp.UTC())
	require.NoError(t, commit(t, state, commitOf("a", 7)))
	require.NoError(t, commit(t, state, commitOf("b", 3)))
	require.NoError(t, commit(t, state, commitOf("b", 5)))
	require.NoError(t, state.Close())

	state = openState(t, dir)
	newest, err := state.Newest()
	require.NoError(t, err)
	require.Equal(t, int64(7), newest)
	again := adopted(t, state, "interval: 1m", ten.Add(time.Hour))
	require.Equal(t, first.UID, again.UID)
	require.Equal(t, int64(1), again.Generation)
	require.Equal(t, ten, again.CreationTimestamp.UTC())
	require.Len(t, again.Status.Groups, 2)
	require.Equal(t, int64(6), again.Status.BacklogWindows)
	require.Equal(t, ten, again.Status.Groups[0].Watermark.UTC())

	edited := adopted(t, state, "interval: 2m", ten.Add(time.Hour))
	require.Equal(t, int64(2), edited.Generation)
	require.Equal(t, first.UID, edited.UID)
	require.Len(t, edited.Status.Groups, 2)

	require.NoError(t, state.remove(latency))
	require.ErrorIs(t, commit(t, state, commitOf("a", 8)), os.ErrNotExist, "its file is gone, and so is its status")
	fresh := adopted(t, state, "interval: 1m", ten.Add(2*time.Hour))
	require.Equal(t, int64(1), fresh.Generation)
	require.Empty(t, fresh.Status.Groups)
}

// TestRefusedKeepsItsInterval: the windows in the backlog of an exporter whose
// spec broke are still counted by the interval that made them.
func TestRefusedKeepsItsInterval(t *testing.T) {
	state := openState(t, t.TempDir())
	adopted(t, state, "interval: 1m", ten)
	refused := &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{Namespace: latency.Namespace, Name: latency.Name}}
	require.NoError(t, state.adopt(refused, "interval: soon", ten))
	require.NoError(t, commit(t, state, commitOf("a", 1)))
	require.Equal(t, int64(3), adopted(t, state, "interval: 1m", ten).Status.BacklogWindows)

	stranger := &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "never-valid"}}
	require.NoError(t, state.adopt(stranger, "interval: soon", ten))
	c := commitOf("a", 1)
	c.Exporter.Name = "never-valid"
	require.NoError(t, commit(t, state, c))
}

// TestStateHasOneOwner: a second process is told so, until the first has ended.
func TestStateHasOneOwner(t *testing.T) {
	dir := t.TempDir()
	first := openState(t, dir)
	_, err := OpenState(dir)
	require.EqualError(t, err, `state directory "`+dir+`" is in use by another adxexporter`)
	require.NoError(t, first.Close())
	openState(t, dir)
}

// TestCrash: what a write that never ended leaves behind is not taken for state.
func TestCrash(t *testing.T) {
	dir := t.TempDir()
	state := openState(t, dir)
	adopted(t, state, "interval: 1m", ten)
	require.NoError(t, commit(t, state, commitOf("a", 7)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".tmp-123"), []byte("kind: Metr"), 0o600))
	newest, err := state.Newest()
	require.NoError(t, err)
	require.Equal(t, int64(7), newest)
	require.Len(t, adopted(t, state, "interval: 1m", ten).Status.Groups, 1)
}

// TestWriteFails: the old state stays, and nothing is left lying about.
func TestWriteFails(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "taken")
	require.NoError(t, os.MkdirAll(filepath.Join(name, "full"), 0o750))
	require.Error(t, replace(name, []byte("x")), "a directory cannot be replaced by a file")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	state := openState(t, filepath.Join(dir, "state"))
	require.NoError(t, os.RemoveAll(state.dir))
	object := &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "x"}}
	require.ErrorContains(t, state.adopt(object, "text", ten), "cannot write state")
	_, err = state.Newest()
	require.ErrorContains(t, err, "cannot read state directory")
}

func TestCorruptState(t *testing.T) {
	cases := map[string]struct{ reason, content string }{
		"Garbage": {"a file that is no YAML", "{{{"},
		"Empty":   {"a disk that was full", ""},
		"Foreign": {"somebody else's YAML", "kind: ConfigMap\nmetadata: {name: x}\n"},
		"BadTime": {"an edit by hand", "metadata: {name: latency, uid: u}\nstatus: {groups: [{group: a, watermark: yesterday}]}\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			state := openState(t, dir)
			file := filepath.Join(dir, "ns.latency.yaml")
			require.NoError(t, os.WriteFile(file, []byte(tc.content), 0o600))
			_, err := state.Newest()
			for _, err := range []error{err, commit(t, state, commitOf("a", 1)), state.adopt(&v1.MetricsExporter{
				ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "latency"},
			}, "text", ten)} {
				require.ErrorContains(t, err, `cannot parse state file "`+file+`" (move it away to start its exporter afresh)`, tc.reason)
			}
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, tc.content, string(content), "nothing is overwritten")
		})
	}
}

func TestOpenStateFails(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := OpenState(filepath.Join(file, "state"))
	require.ErrorContains(t, err, "cannot make state directory")
	require.NoError(t, os.Mkdir(filepath.Join(dir, ".lock"), 0o750))
	_, err = OpenState(dir)
	require.ErrorContains(t, err, "cannot write to state directory")
	require.Equal(t, 1, strings.Count(err.Error(), dir), "the input is named once")
}
