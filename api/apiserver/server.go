package apiserver

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
	"github.com/adx-mon/adxexporter/api/validation"
)

// GitVersion is the version that the server claims: that of the libraries it is made
// of, marked as no cluster.
const GitVersion = "v1.37.2+adxexporter-demo"

// namespaces are there from the start, as in a cluster.
var namespaces = []string{metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic}

// Options are the settings of a server; the zero value is ready for use.
type Options struct {
	// CRDs has the CustomResourceDefinitions to install, in its *.yaml files; nil
	// means none.
	CRDs fs.FS
	// Store are the settings of the store.
	Store store.Options
	// Middleware wraps the handler, for example to inject faults. Nil means none.
	Middleware func(http.Handler) http.Handler
}

// Server is an API server. It may be used by several goroutines.
type Server struct {
	store   *store.Store
	handler http.Handler
	codecs  codecs

	// ctx ends when the server is closed.
	ctx   context.Context
	close context.CancelFunc
	// requests are those of RESTConfig that are under way.
	requests sync.WaitGroup

	// installing is held while the CRDs are listed and put into service, so that the
	// newest list wins.
	installing sync.Mutex

	builtin map[schema.GroupVersionResource]*resource
	// mu guards what follows.
	mu     sync.RWMutex
	custom map[schema.GroupVersionResource]*resource
	// kinds are the compiled CRDs.
	kinds map[crdKey]*validation.Kind
}

// New returns a server with its CRDs and the namespaces that every cluster has.
func New(options Options) (*Server, error) {
	s := &Server{
		store:  store.New(options.Store),
		codecs: newCodecs(),
		kinds:  map[crdKey]*validation.Kind{},
	}
	s.ctx, s.close = context.WithCancel(context.Background())
	s.handler = http.HandlerFunc(s.serve)
	if options.Middleware != nil {
		s.handler = options.Middleware(s.handler)
	}
	s.builtin = s.newBuiltins()
	for _, name := range namespaces {
		if err := s.createNamespace(name); err != nil {
			return nil, err
		}
	}
	if options.CRDs == nil {
		return s, nil
	}
	if err := s.installAll(options.CRDs); err != nil {
		return nil, err
	}
	return s, nil
}

// installAll installs the CRDs of a file system.
func (s *Server) installAll(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".yaml" {
			return err
		}
		doc, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(doc, crd); err != nil {
			return fmt.Errorf("cannot parse CRD %q: %w", name, err)
		}
		if _, err := s.store.Table(crdResource).Create(s.ctx, crd); err != nil {
			return fmt.Errorf("cannot install CRD %q: %w", name, err)
		}
		return s.installCRDs()
	})
}

// Store returns the objects.
func (s *Server) Store() *store.Store { return s.store }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.handler.ServeHTTP(w, req)
}

// Close ends all watches, refuses further requests, and waits for those of
// RESTConfig that are under way.
func (s *Server) Close() {
	s.mu.Lock()
	s.close()
	s.mu.Unlock()
	s.requests.Wait()
}

// resources returns everything that is served, sorted by group, version and name.
func (s *Server) resources() []*resource {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*resource, 0, len(s.builtin)+len(s.custom))
	for _, r := range s.builtin {
		all = append(all, r)
	}
	for _, r := range s.custom {
		all = append(all, r)
	}
	slices.SortFunc(all, compareResources)
	return all
}

// resource returns what is served as a resource, or nil.
func (s *Server) resource(gvr schema.GroupVersionResource) *resource {
	if r := s.builtin[gvr]; r != nil {
		return r
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.custom[gvr]
}
