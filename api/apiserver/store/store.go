package store

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// DefaultHistory is how many changes of each resource a store remembers at least.
const DefaultHistory = 4096

// Object is what a store holds: every type of a Kubernetes API, and unstructured
// objects.
type Object interface {
	runtime.Object
	metav1.Object
}

// Options are the settings of a store; the zero value is ready for use.
type Options struct {
	// History is how many changes of each resource are remembered at least, for
	// watches and lists that start in the past; 0 means DefaultHistory.
	History int
	// NewUID makes the UID of a new object; nil means a random one.
	NewUID func() types.UID
	// Now is the time of creations and deletions; nil means time.Now.
	Now func() time.Time
}

// Resource is one resource of the API.
type Resource struct {
	schema.GroupResource
	// Kind is the objects' kind, for error messages.
	Kind string
	// Namespaced is set when objects live in namespaces.
	Namespaced bool
	// Status is set when the status is a subresource: Create and Update then leave
	// it alone, and UpdateStatus changes nothing else.
	Status bool
	// Generation is set when changes of anything but metadata and status are counted
	// in metadata.generation.
	Generation bool
	// Complete fills in what a new object (old is nil) or a change of one leaves open,
	// before it is validated. Nil means that nothing is.
	Complete func(next, old Object)
	// Validate refuses a new object (old is nil) or a change of one. It is given the
	// object as it would be stored, may be called at any time and more than once for
	// one write, and must not change what it is given. Nil means no rules.
	Validate func(ctx context.Context, next, old Object) error
	// Fields are the fields that selectors may name, besides metadata.name and
	// metadata.namespace. Nil means none.
	Fields func(Object) fields.Set
}

// Store is a set of tables that share one counter of resourceVersions. It may be
// used by several goroutines.
type Store struct {
	options Options

	// mu guards what follows and the contents of all tables.
	mu       sync.Mutex
	revision uint64
	tables   map[schema.GroupResource]*Table
}

// New returns an empty store.
func New(options Options) *Store {
	if options.History <= 0 {
		options.History = DefaultHistory
	}
	if options.NewUID == nil {
		options.NewUID = uuid.NewUUID
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	// As in a cluster, no object has the version 0 or 1: 0 has a meaning of its own
	// in requests.
	return &Store{options: options, revision: 1, tables: map[schema.GroupResource]*Table{}}
}

// Add returns the table of a resource, which is new and empty if there was none. A
// table that is there keeps its objects and takes on the new description.
func (s *Store) Add(resource Resource) *Table {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[resource.GroupResource]
	if t == nil {
		t = &Table{store: s, index: map[types.NamespacedName]*entry{}}
		s.tables[resource.GroupResource] = t
	}
	t.resource = resource
	return t
}

// Table returns the table of a resource, or nil if there is none.
func (s *Store) Table(resource schema.GroupResource) *Table {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tables[resource]
}

// ResourceVersion returns the version of the last change.
func (s *Store) ResourceVersion() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return version(s.revision)
}

// Compact forgets all history, so that watches and lists that start in the past are
// told that they are too late.
func (s *Store) Compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		t.forget(len(t.history))
	}
}

func version(revision uint64) string { return strconv.FormatUint(revision, 10) }

// parseVersion reads a resourceVersion; the empty one is 0.
func parseVersion(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	revision, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("cannot read resourceVersion %q: it is not one of this server", text)
	}
	return revision, nil
}
