package kube

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// object is a Lease, an ExporterRing or an EndpointSlice.
type object interface {
	runtime.Object
	metav1.Object
}

// change is a write, in the order of resourceVersions, which begin at 1.
type change struct {
	kind   watch.EventType
	path   string
	object object
}

// server answers like an API server: a write is a compare-and-swap, the status of a
// ring is a subresource, and a watch tells all changes since the version it names,
// or that they are forgotten. It is reached without sockets, so in virtual time too.
type server struct {
	codecs serializer.CodecFactory
	stop   func()
	dial   func(context.Context, string, string) (net.Conn, error)

	mu      sync.Mutex
	objects map[string]object // by the path of their URL
	log     []change
	// kept is the first change that is not forgotten.
	kept int
	// stirred is closed, and replaced, when the log grows or watches are cut.
	stirred chan struct{}
	cuts    int
	// refuse is what the next requests get, if it is not nil.
	refuse *apierrors.StatusError
	// asked counts the requests.
	asked int
}

func newServer(t testing.TB) *server {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{coordinationv1.AddToScheme, discoveryv1.AddToScheme, v1.AddToScheme} {
		require.NoError(t, add(scheme))
	}
	s := &server{codecs: serializer.NewCodecFactory(scheme), objects: map[string]object{}, stirred: make(chan struct{})}
	s.dial, s.stop = serve(s)
	return s
}

// serve answers, over connections that are pipes, whatever address is dialled.
func serve(handler http.Handler) (dial func(context.Context, string, string) (net.Conn, error), stop func()) {
	l := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	httpServer := &http.Server{Handler: handler}
	done := make(chan struct{})
	go func() { // stop waits for it
		defer close(done)
		_ = httpServer.Serve(l)
	}()
	return l.dial, func() {
		_ = httpServer.Close()
		<-done
	}
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.connections <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.connections:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (s *server) config() *rest.Config {
	return &rest.Config{Host: "http://cluster", Dial: s.dial}
}

// fail has the next requests refused; nil ends that.
func (s *server) fail(with *apierrors.StatusError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = with
}

// cut ends all watches, and forgets what has changed, so that clients have to list.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = len(s.log)
	s.cuts++
	s.stir()
}

func (s *server) stir() {
	close(s.stirred)
	s.stirred = make(chan struct{})
}

func (s *server) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	refused := s.refuse
	s.asked++
	s.mu.Unlock()
	switch {
	case refused != nil:
		say(w, nil, refused)
	case r.Method == http.MethodGet && strings.HasPrefix(path.Base(r.URL.Path), resourceOf(r.URL.Path)):
		s.collection(w, r)
	case r.Method == http.MethodGet:
		found, err := s.get(r.URL.Path)
		say(w, found, err)
	case r.Method == http.MethodDelete:
		found, err := s.remove(r.URL.Path)
		say(w, found, err)
	default:
		sent, err := s.decode(r)
		if err == nil {
			sent, err = s.write(r.Method, r.URL.Path, sent)
		}
		say(w, sent, err)
	}
}

// resourceOf returns the name of the resource that a path is about.
func resourceOf(urlPath string) string {
	for _, resource := range []string{"leases", "exporterrings", "endpointslices"} {
		if strings.Contains(urlPath, "/"+resource) {
			return resource
		}
	}
	return "nothing"
}

func (s *server) decode(r *http.Request) (object, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	decoded, _, err := s.codecs.UniversalDeserializer().Decode(content, nil, nil)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return decoded.(object), nil
}

func (s *server) get(urlPath string) (object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.objects[urlPath]
	if !ok {
		return nil, apierrors.NewNotFound(groupResource(urlPath), path.Base(urlPath))
	}
	return found, nil
}

func groupResource(urlPath string) schema.GroupResource {
	return schema.GroupResource{Group: strings.Split(urlPath, "/")[2], Resource: resourceOf(urlPath)}
}

// write creates or replaces an object.
func (s *server) write(method, urlPath string, sent object) (object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := watch.Modified
	target, status := strings.CutSuffix(urlPath, "/status")
	if method == http.MethodPost {
		kind, target = watch.Added, path.Join(urlPath, sent.GetName())
	}
	found, exists := s.objects[target]
	switch resource := groupResource(target); {
	case kind == watch.Added && exists:
		return nil, apierrors.NewAlreadyExists(resource, sent.GetName())
	case kind == watch.Modified && !exists:
		return nil, apierrors.NewNotFound(resource, sent.GetName())
	case exists && sent.GetResourceVersion() != found.GetResourceVersion():
		return nil, apierrors.NewConflict(resource, sent.GetName(), errors.New("the object has been modified"))
	}
	next := sent.DeepCopyObject().(object)
	if ring, ok := next.(*v1.ExporterRing); ok {
		next = merged(ring, found, status)
	}
	return s.commit(kind, target, next), nil
}

// merged is the part of a ring that a write is about; the rest stays as it is.
func merged(sent *v1.ExporterRing, found object, status bool) object {
	old, exists := found.(*v1.ExporterRing)
	switch {
	case !exists:
		sent.Status = v1.ExporterRingStatus{}
		return sent
	case status:
		next := old.DeepCopy()
		next.Status = sent.Status
		return next
	}
	sent.Status = old.Status
	return sent
}

func (s *server) remove(urlPath string) (object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.objects[urlPath]
	if !ok {
		return nil, apierrors.NewNotFound(groupResource(urlPath), path.Base(urlPath))
	}
	return s.commit(watch.Deleted, urlPath, found.DeepCopyObject().(object)), nil
}

// commit makes a change, under the next resourceVersion. mu is held.
func (s *server) commit(kind watch.EventType, target string, next object) object {
	version := strconv.Itoa(len(s.log) + 1)
	next.SetResourceVersion(version)
	if kind == watch.Added {
		next.SetUID(types.UID("uid-" + version))
	}
	s.objects[target] = next
	if kind == watch.Deleted {
		delete(s.objects, target)
	}
	s.log = append(s.log, change{kind, target, next})
	s.stir()
	return next
}

// put creates or replaces an object whatever its resourceVersion.
func (s *server) put(urlPath string, next object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := watch.Added
	if _, exists := s.objects[urlPath]; exists {
		kind = watch.Modified
	}
	s.commit(kind, urlPath, next.DeepCopyObject().(object))
}

func say(w http.ResponseWriter, answer any, err error) {
	w.Header().Set("Content-Type", runtime.ContentTypeJSON)
	if err != nil {
		status := apierrors.APIStatus(apierrors.NewInternalError(err))
		_ = errors.As(err, &status)
		answer = status.Status()
		w.WriteHeader(int(status.Status().Code))
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// selection is what a list or a watch is of.
type selection struct {
	path   string
	labels labels.Selector
	fields fields.Selector
}

func selectionOf(u *url.URL) selection {
	byLabel, err := labels.Parse(u.Query().Get("labelSelector"))
	byField, errField := fields.ParseSelector(u.Query().Get("fieldSelector"))
	if err != nil || errField != nil {
		panic(errors.Join(err, errField))
	}
	return selection{u.Path, byLabel, byField}
}

func (s selection) has(urlPath string, o object) bool {
	return path.Dir(urlPath) == s.path && s.labels.Matches(labels.Set(o.GetLabels())) &&
		s.fields.Matches(fields.Set{"metadata.name": o.GetName()})
}

// collection lists or watches.
func (s *server) collection(w http.ResponseWriter, r *http.Request) {
	query, chosen := r.URL.Query(), selectionOf(r.URL)
	from, _ := strconv.Atoi(query.Get("resourceVersion"))
	if query.Get("watch") == "" {
		found, version := s.list(chosen)
		say(w, map[string]any{"metadata": map[string]any{"resourceVersion": strconv.Itoa(version)}, "items": found}, nil)
		return
	}
	w.Header().Set("Content-Type", runtime.ContentTypeJSON)
	send := func(kind watch.EventType, what any) {
		_ = json.NewEncoder(w).Encode(map[string]any{"type": kind, "object": what})
		w.(http.Flusher).Flush()
	}
	s.mu.Lock()
	cuts := s.cuts
	s.mu.Unlock()
	if query.Get("sendInitialEvents") == "true" {
		from = s.initial(chosen, send)
	}
	for ; s.changed(r.Context(), from, cuts); from++ {
		s.tell(chosen, from, send)
	}
}

func (s *server) list(chosen selection) (found []object, version int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found = []object{}
	for _, at := range slices.Sorted(maps.Keys(s.objects)) {
		if chosen.has(at, s.objects[at]) {
			found = append(found, typed(s.objects[at]))
		}
	}
	return found, len(s.log)
}

// initial tells what there is, as a watch that stands for a list too.
func (s *server) initial(chosen selection, send func(watch.EventType, any)) int {
	found, version := s.list(chosen)
	for _, o := range found {
		send(watch.Added, o)
	}
	send(watch.Bookmark, map[string]any{
		"kind": kindOf(chosen.path).Kind, "apiVersion": kindOf(chosen.path).GroupVersion().String(),
		"metadata": map[string]any{
			"resourceVersion": strconv.Itoa(version), "annotations": map[string]string{metav1.InitialEventsAnnotationKey: "true"},
		},
	})
	return version
}

// changed waits for the change after from. It is false when the watch is over.
func (s *server) changed(ctx context.Context, from, cuts int) bool {
	for {
		s.mu.Lock()
		over, ready, stirred := s.cuts != cuts, len(s.log) > from, s.stirred
		s.mu.Unlock()
		switch {
		case over:
			return false
		case ready:
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-stirred:
		}
	}
}

// tell sends the change after from, if it is chosen and not forgotten.
func (s *server) tell(chosen selection, from int, send func(watch.EventType, any)) {
	s.mu.Lock()
	c, forgotten := s.log[from], from < s.kept
	s.mu.Unlock()
	switch {
	case forgotten:
		send(watch.Error, apierrors.NewResourceExpired("too old").Status())
	case chosen.has(c.path, c.object):
		send(c.kind, typed(c.object))
	}
}

// kindOf returns the kind of the objects at a path.
func kindOf(urlPath string) schema.GroupVersionKind {
	switch resourceOf(urlPath) {
	case "leases":
		return coordinationv1.SchemeGroupVersion.WithKind("Lease")
	case "endpointslices":
		return discoveryv1.SchemeGroupVersion.WithKind("EndpointSlice")
	}
	return v1.GroupVersion.WithKind("ExporterRing")
}

// typed returns an object that says what it is, as it has to in a stream.
func typed(o object) object {
	o = o.DeepCopyObject().(object)
	switch o.(type) {
	case *coordinationv1.Lease:
		o.GetObjectKind().SetGroupVersionKind(kindOf("/leases"))
	case *discoveryv1.EndpointSlice:
		o.GetObjectKind().SetGroupVersionKind(kindOf("/endpointslices"))
	default:
		o.GetObjectKind().SetGroupVersionKind(kindOf(""))
	}
	return o
}
