package files

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
)

// lookEvery is how often the directory is looked at.
const lookEvery = time.Second

// Executor is told which exporters exist.
type Executor interface {
	Apply(object *v1.MetricsExporter)
	Refuse(object *v1.MetricsExporter, err error)
	Remove(key types.NamespacedName)
}

// Source keeps an executor's exporters as the files of a directory have them.
type Source struct {
	Dir       string
	State     *State
	Validator *validation.Validator
	Executor  Executor
	Log       *zap.Logger

	synced atomic.Bool
	// files is what each file held when it was last read well.
	files map[string]file
	// applied are the exporters that the executor knows, with their documents.
	applied map[types.NamespacedName]string
}

// file is what is known of one file.
type file struct {
	modified time.Time
	size     int64
	objects  []document
}

// document is one exporter in a file.
type document struct {
	object *v1.MetricsExporter
	// text is the document as it stands in the file.
	text string
	// invalid is why the exporter cannot run; object then has no spec.
	invalid error
}

// Synced reports whether the directory has been read once.
func (s *Source) Synced() bool { return s.synced.Load() }

// Start looks at the directory until ctx ends.
func (s *Source) Start(ctx context.Context) error {
	s.files, s.applied = map[string]file{}, map[types.NamespacedName]string{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := s.look(); err != nil {
			s.Log.Error("cannot read the exporters; those known go on", zap.Error(err))
		} else {
			s.synced.Store(true)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// look reads what has changed and tells the executor.
func (s *Source) look() error {
	names, err := list(s.Dir)
	if err != nil {
		return err
	}
	changed := len(names) != len(s.files)
	present := make(map[string]file, len(names))
	for _, name := range names {
		read, fresh := s.read(name)
		present[name] = read
		changed = changed || fresh
	}
	s.files = present
	if changed {
		s.apply()
	}
	return nil
}

// list returns the directory's manifests, sorted. A missing directory is an
// error, not an empty one: an unmounted volume must not delete exporters.
func list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if isManifest(entry.Name()) && !entry.IsDir() {
			names = append(names, filepath.Join(dir, entry.Name()))
		}
	}
	return names, nil
}

func isManifest(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json":
		return name[0] != '.'
	}
	return false
}

// read returns a file's exporters, and whether it was read anew. One that cannot
// be read or parsed keeps what it held.
func (s *Source) read(name string) (read file, fresh bool) {
	known := s.files[name]
	info, err := os.Stat(name)
	if err == nil && info.ModTime().Equal(known.modified) && info.Size() == known.size {
		return known, false
	}
	var content []byte
	if err == nil {
		content, err = os.ReadFile(name) //nolint:gosec // the directory is the user's choice
	}
	if err != nil {
		s.Log.Error("cannot read file; its exporters stay as they were", zap.String("file", name), zap.Error(err))
		return known, false
	}
	objects, errs := s.parse(content)
	for _, err := range errs {
		s.Log.Error("invalid document; what it held goes on as it was", zap.String("file", name), zap.Error(err))
	}
	if len(errs) > 0 {
		objects = keep(objects, known.objects)
	}
	return file{info.ModTime(), info.Size(), objects}, true
}

// keep adds those of the known documents that are missing from found.
func keep(found, known []document) []document {
	for _, doc := range known {
		key := keyOf(doc.object)
		if !slices.ContainsFunc(found, func(d document) bool { return keyOf(d.object) == key }) {
			found = append(found, doc)
		}
	}
	return found
}

// parse returns the exporters among a file's documents; other kinds are none of
// our business. The errors are of documents that do not even have a name.
func (s *Source) parse(content []byte) (found []document, errs []error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	for n := 1; ; n++ {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found, errs
		}
		if err == nil {
			var doc *document
			if doc, err = s.parseOne(text); doc != nil {
				found = append(found, *doc)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("document %d: %w", n, err))
		}
	}
}

func (s *Source) parseOne(text []byte) (*document, error) {
	var head struct {
		Kind     string            `json:"kind"`
		Metadata metav1.ObjectMeta `json:"metadata"`
	}
	if err := sigsyaml.Unmarshal(text, &head); err != nil {
		return nil, err
	}
	if head.Kind != "MetricsExporter" {
		return nil, nil
	}
	doc := &document{text: string(bytes.TrimSpace(text))}
	doc.object, doc.invalid = s.Validator.Decode(text)
	if doc.invalid != nil {
		if head.Metadata.Name == "" {
			return nil, doc.invalid
		}
		doc.object = &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}}
	}
	if doc.object.Namespace == "" {
		doc.object.Namespace = "default"
	}
	return doc, nil
}

// apply tells the executor what is new, changed or gone. Of two documents for
// one exporter the first counts, by file name.
func (s *Source) apply() {
	wanted := map[types.NamespacedName]document{}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		for _, doc := range s.files[name].objects {
			key := keyOf(doc.object)
			if _, twice := wanted[key]; twice {
				s.Log.Error("exporter is in the directory twice; the first one counts",
					zap.Stringer("exporter", key), zap.String("file", name))
				continue
			}
			wanted[key] = doc
		}
	}
	for key := range s.applied {
		if _, stays := wanted[key]; !stays {
			s.removed(key)
		}
	}
	for key, doc := range wanted {
		if s.applied[key] != doc.text {
			s.changed(key, doc)
		}
	}
}

func (s *Source) changed(key types.NamespacedName, doc document) {
	object := doc.object.DeepCopy()
	if err := s.State.adopt(object, doc.text, time.Now()); err != nil {
		s.Log.Error("cannot keep the state of an exporter; it does not run", zap.Stringer("exporter", key), zap.Error(err))
		return
	}
	s.applied[key] = doc.text
	if doc.invalid != nil {
		s.Executor.Refuse(object, doc.invalid)
		return
	}
	s.Executor.Apply(object)
}

func (s *Source) removed(key types.NamespacedName) {
	delete(s.applied, key)
	s.Executor.Remove(key)
	if err := s.State.remove(key); err != nil {
		s.Log.Warn("cannot remove the state of an exporter", zap.Stringer("exporter", key), zap.Error(err))
	}
}

func keyOf(object *v1.MetricsExporter) types.NamespacedName {
	return types.NamespacedName{Namespace: object.Namespace, Name: object.Name}
}
