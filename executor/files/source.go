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
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	apivalidation "github.com/adx-mon/adxexporter/api/validation"
)

// lookEvery is how often the directory is looked at. A change takes effect after
// at most one look, a removal after two.
const lookEvery = 500 * time.Millisecond

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
	Validator *apivalidation.Validator
	Executor  Executor
	Log       *zap.Logger

	synced atomic.Bool
	// files is what each file held when it was last read well.
	files map[string]file
	// applied are the exporters that the executor knows, with their documents.
	applied map[types.NamespacedName]string
	// missed are those of them that the last look did not find.
	missed map[types.NamespacedName]bool
	// troubles is what is wrong, by what it is wrong with. A trouble is logged when
	// it begins, not at every look.
	troubles, before map[string]string
}

// file is what is known of one file.
type file struct {
	info    os.FileInfo
	objects []document
	// errs is what is wrong with its content.
	errs []error
}

// same reports whether info is of the content that was read.
func (f file) same(info os.FileInfo) bool {
	return f.info != nil && os.SameFile(f.info, info) && f.info.ModTime().Equal(info.ModTime()) && f.info.Size() == info.Size()
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
		s.troubles, s.before = map[string]string{}, s.troubles
		if err := s.look(); err != nil { //nolint:contextcheck // validation does not block
			s.trouble(s.Dir, "cannot read the exporters; those known go on", err)
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

// trouble logs an error if it is not the one of the last look.
func (s *Source) trouble(about, message string, err error) {
	s.troubles[about] = err.Error()
	if s.before[about] != err.Error() {
		s.Log.Error(message, zap.String("about", about), zap.Error(err))
	}
}

// look reads what has changed and tells the executor.
func (s *Source) look() error {
	names, err := list(s.Dir)
	if err != nil {
		return err
	}
	present := make(map[string]file, len(names))
	for _, name := range names {
		present[name] = s.read(name)
	}
	s.files = present
	s.apply()
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

// read returns a file as it is now. One that cannot be read or parsed keeps what
// it held.
func (s *Source) read(name string) file {
	known := s.files[name]
	info, err := os.Stat(name)
	if err == nil && !known.same(info) {
		var content []byte
		if content, err = os.ReadFile(name); err == nil {
			known = s.parsed(info, content, known)
		}
	}
	if err != nil {
		s.trouble(name, "cannot read file; its exporters stay as they were", err)
		return known
	}
	if len(known.errs) > 0 {
		s.trouble(name, "invalid document; what it held goes on as it was", errors.Join(known.errs...))
	}
	return known
}

func (s *Source) parsed(info os.FileInfo, content []byte, known file) file {
	objects, errs := s.parse(content)
	if len(errs) > 0 {
		objects = keep(objects, known.objects)
	}
	return file{info, objects, errs}
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
		doc.object = &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{Namespace: head.Metadata.Namespace, Name: head.Metadata.Name}}
		doc.object.Spec = criteriaOf(text)
	}
	if doc.object.Namespace == "" {
		doc.object.Namespace = metav1.NamespaceDefault
	}
	if !isName(doc.object.Namespace, doc.object.Name) {
		return nil, doc.invalid // there is no state file that could say so
	}
	return doc, nil
}

// criteriaOf returns what can be read of a document's criteria: one that is not
// valid, but meant for others, is not ours to speak about.
func criteriaOf(text []byte) v1.MetricsExporterSpec {
	var part struct {
		Spec struct {
			Criteria           map[string][]string `json:"criteria"`
			CriteriaExpression string              `json:"criteriaExpression"`
		} `json:"spec"`
	}
	if err := sigsyaml.Unmarshal(text, &part); err != nil {
		return v1.MetricsExporterSpec{}
	}
	return v1.MetricsExporterSpec{Criteria: part.Spec.Criteria, CriteriaExpression: part.Spec.CriteriaExpression}
}

// isName reports whether the API server would take a namespace and a name. The
// name of a state file is made of them.
func isName(namespace, name string) bool {
	return len(validation.IsDNS1123Label(namespace)) == 0 && len(validation.IsDNS1123Subdomain(name)) == 0
}

// apply tells the executor what is new, changed or gone. Of two documents for
// one exporter the first counts, by file name.
func (s *Source) apply() {
	wanted := map[types.NamespacedName]document{}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		for _, doc := range s.files[name].objects {
			key := keyOf(doc.object)
			if _, twice := wanted[key]; twice {
				s.trouble(name+" "+key.String(), "exporter is in the directory twice; the first one counts", errTwice)
				continue
			}
			wanted[key] = doc
		}
	}
	s.removeAllBut(wanted)
	for key, doc := range wanted {
		if s.applied[key] != doc.text {
			s.changed(key, doc)
		}
	}
}

var errTwice = errors.New("another document has the same name")

// removeAllBut removes the exporters that are gone. An exporter must be missing
// twice: editors replace a file, or empty it before they write, and its status
// would be lost for that moment.
func (s *Source) removeAllBut(wanted map[types.NamespacedName]document) {
	missed := map[types.NamespacedName]bool{}
	for key := range s.applied {
		if _, stays := wanted[key]; stays {
			continue
		}
		if !s.missed[key] {
			missed[key] = true
			continue
		}
		s.removed(key)
	}
	s.missed = missed
}

func (s *Source) changed(key types.NamespacedName, doc document) {
	object := doc.object.DeepCopy()
	if err := s.State.adopt(object, doc.text, time.Now()); err != nil {
		s.trouble(key.String(), "cannot keep the state of an exporter; it does not run as written", err)
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
