package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

// textHash is the annotation that tells an edited exporter from the same one.
const textHash = "adx-mon.azure.com/text-hash"

// State keeps what Kubernetes would: each exporter's identity and status, in a
// YAML file of its own. It is the executor's Recorder.
type State struct {
	dir  string
	lock *os.File

	// mu guards the files: an exporter's metadata and status share one.
	mu sync.Mutex
}

// record is a state file's content: a MetricsExporter without its spec.
type record struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Status            v1.MetricsExporterStatus `json:"status"`
	// Interval is the spec's, which the summary needs.
	Interval metav1.Duration `json:"interval"`
}

// OpenState makes the directory ours. A second process is refused: two that
// commit to one state would run every window twice.
func OpenState(dir string) (*State, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("cannot make state directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write to state directory: %w", err)
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		_ = lock.Close()
		return nil, fmt.Errorf("state directory %q is in use by another adxexporter", dir)
	}
	if err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("cannot lock state directory %q: %w", dir, err)
	}
	return &State{dir: dir, lock: lock}, nil
}

// Close gives the directory back.
func (s *State) Close() error { return s.lock.Close() }

// Newest returns the highest fence in the directory's files, so that a new
// process can be given a higher one.
func (s *State) Newest() (int64, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, fmt.Errorf("cannot read state directory: %w", err)
	}
	var newest int64
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".yaml" {
			continue
		}
		saved, err := read(filepath.Join(s.dir, entry.Name()))
		if err != nil {
			return 0, err
		}
		for _, group := range saved.Status.Groups {
			newest = max(newest, group.Fence)
		}
	}
	return newest, nil
}

// adopt gives an exporter from a file what the API server would: a UID, a
// creation time, a generation that grows when its text changes, and its status.
func (s *State) adopt(object *v1.MetricsExporter, text string, now time.Time) error {
	sum := sha256.Sum256([]byte(text))
	hash := hex.EncodeToString(sum[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	saved, err := read(s.file(keyOf(object)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		saved = newRecord(object, now)
	case err != nil:
		return err
	}
	if object.Spec.Interval.Duration > 0 { // a refused exporter has none
		saved.Interval = object.Spec.Interval
	}
	if saved.Annotations[textHash] != hash {
		saved.Generation++
		saved.Annotations = map[string]string{textHash: hash}
		if err := s.write(saved); err != nil {
			return err
		}
	}
	object.UID, object.Generation, object.CreationTimestamp = saved.UID, saved.Generation, saved.CreationTimestamp
	object.Status = saved.Status
	return nil
}

// remove forgets an exporter whose file is gone.
func (s *State) remove(key types.NamespacedName) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return os.Remove(s.file(key))
}

// Record keeps a commit.
func (s *State) Record(_ context.Context, commit executor.Commit) (v1.GroupStatus, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved, err := read(s.file(commit.Exporter))
	if err != nil {
		return v1.GroupStatus{}, err
	}
	groups := []v1.GroupStatus{commit.Entry}
	for _, group := range saved.Status.Groups {
		if group.Group != commit.Entry.Group {
			groups = append(groups, group)
		}
	}
	saved.Status = executor.Summarize(groups, max(saved.Interval.Duration, time.Second))
	return commit.Entry, s.write(saved)
}

func newRecord(object *v1.MetricsExporter, now time.Time) *record {
	sum := sha256.Sum256([]byte(object.Namespace + "/" + object.Name))
	return &record{
		TypeMeta: object.TypeMeta,
		ObjectMeta: metav1.ObjectMeta{
			Namespace: object.Namespace, Name: object.Name,
			UID:               types.UID(hex.EncodeToString(sum[:16])),
			CreationTimestamp: metav1.NewTime(now.Truncate(time.Second)),
		},
	}
}

// file returns the path of an exporter's state. A namespace has no dot, so no
// two exporters share a file.
func (s *State) file(key types.NamespacedName) string {
	return filepath.Join(s.dir, key.Namespace+"."+key.Name+".yaml")
}

// errForeign is the cause of a YAML file that we did not write.
var errForeign = errors.New("it has no UID")

func read(name string) (*record, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var saved record
	err = yaml.Unmarshal(content, &saved)
	if err == nil && saved.UID == "" {
		err = errForeign
	}
	if err != nil {
		return nil, fmt.Errorf("cannot parse state file %q (move it away to start its exporter afresh): %w", name, err)
	}
	return &saved, nil
}

// write replaces a state file as a whole: after a crash it is the old one or the
// new one.
func (s *State) write(saved *record) error {
	content, err := yaml.Marshal(saved)
	if err != nil {
		return fmt.Errorf("cannot encode state: %w", err)
	}
	name := s.file(types.NamespacedName{Namespace: saved.Namespace, Name: saved.Name})
	if err := replace(name, content); err != nil {
		return fmt.Errorf("cannot write state: %w", err)
	}
	return nil
}

func replace(name string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
