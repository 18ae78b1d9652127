package apiserver

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// request is what a client wants of a resource.
type request struct {
	*http.Request
	*resource
	types.NamespacedName
	subresource string
	query       url.Values
	media       media
}

// target is what a path names.
type target struct {
	schema.GroupVersionResource
	types.NamespacedName
	subresource string
}

// parsePath reads /api/v1/... and /apis/GROUP/VERSION/...
func parsePath(path string) (t target, ok bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) >= 3 && parts[0] == "api":
		t.Version, parts = parts[1], parts[2:]
	case len(parts) >= 4 && parts[0] == "apis":
		t.Group, t.Version, parts = parts[1], parts[2], parts[3:]
	default:
		return target{}, false
	}
	if len(parts) >= 3 && parts[0] == "namespaces" && !ofNamespace(parts[2]) {
		t.Namespace, parts = parts[1], parts[2:]
	}
	if len(parts) > 3 {
		return target{}, false
	}
	parts = append(parts, "", "")
	t.Resource, t.Name, t.subresource = parts[0], parts[1], parts[2]
	return t, true
}

// ofNamespace reports whether the third part of namespaces/NAME/PART is a
// subresource of the namespace, and no resource within it.
func ofNamespace(part string) bool { return part == "status" || part == "finalize" }

// serve answers every request.
func (s *Server) serve(w http.ResponseWriter, req *http.Request) {
	if s.ctx.Err() != nil {
		s.fail(w, apierrors.NewServiceUnavailable("the server is shutting down"))
		return
	}
	t, ok := parsePath(req.URL.Path)
	if !ok {
		s.servePage(w, req)
		return
	}
	r := s.resource(t.GroupVersionResource)
	if r == nil || t.subresource != "" && (t.subresource != "status" || !r.status) {
		s.fail(w, notServed(t.GroupVersionResource))
		return
	}
	q := &request{Request: req, resource: r, NamespacedName: t.NamespacedName, subresource: t.subresource, query: req.URL.Query()}
	if err := s.answer(w, q); err != nil { //nolint:contextcheck // the context is within the request
		s.fail(w, err)
	}
}

// servePage answers what is no resource's.
func (s *Server) servePage(w http.ResponseWriter, req *http.Request) {
	if answer := s.page(req.URL.Path); answer != nil {
		answer(w, req)
		return
	}
	s.fail(w, notServed(schema.GroupVersionResource{}))
}

// notServed is what a cluster says of a resource that it does not have.
func notServed(r schema.GroupVersionResource) error {
	return apierrors.NewGenericServerResponse(http.StatusNotFound, "", r.GroupResource(), "", "404 page not found", 0, false)
}

// answer does what the method says. An error has not been written yet.
func (s *Server) answer(w http.ResponseWriter, q *request) error {
	if q.namespaced != (q.Namespace != "") && (q.Name != "" || q.Method == http.MethodPost) {
		return notServed(q.GroupVersionResource)
	}
	var err error
	if q.media, err = s.codecs.negotiate(q.Header.Get("Accept"), q.custom == nil); err != nil {
		return err
	}
	if q.query.Get("dryRun") != "" {
		return errDryRun
	}
	if q.table == nil && (q.Name != "" || q.Method != http.MethodPost) {
		return apierrors.NewMethodNotSupported(q.GroupResource(), q.Method)
	}
	if q.Name == "" {
		return s.answerCollection(w, q)
	}
	switch q.Method {
	case http.MethodGet:
		return s.get(w, q)
	case http.MethodPut:
		return s.update(w, q)
	case http.MethodPatch:
		return s.patch(w, q)
	case http.MethodDelete:
		return s.delete(w, q)
	default:
		return apierrors.NewMethodNotSupported(q.GroupResource(), q.Method)
	}
}

func (s *Server) answerCollection(w http.ResponseWriter, q *request) error {
	switch {
	case q.Method == http.MethodGet && isTrue(q.query.Get("watch")):
		return s.watch(w, q)
	case q.Method == http.MethodGet:
		return s.list(w, q)
	case q.Method == http.MethodPost:
		return s.create(w, q)
	case q.Method == http.MethodDelete:
		return s.deleteCollection(w, q)
	default:
		return apierrors.NewMethodNotSupported(q.GroupResource(), q.Method)
	}
}

// isTrue reads a parameter as a cluster does: "watch" alone is true.
func isTrue(value string) bool { return value == "1" || value == "true" }

// bound returns the request's context, which also ends with the server.
func (s *Server) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	release := context.AfterFunc(s.ctx, cancel)
	return ctx, func() { release(); cancel() }
}

// manager is who writes, for managedFields: what the request says, or the name of
// the client's program.
func (q *request) manager() string {
	if name := q.query.Get("fieldManager"); name != "" {
		return name
	}
	name, _, _ := strings.Cut(q.UserAgent(), "/")
	return name
}

// strictness is what becomes of unknown fields: Ignore, Warn or Strict.
func (q *request) strictness() string {
	if s := q.query.Get("fieldValidation"); s != "" {
		return s
	}
	return metav1.FieldValidationWarn
}
