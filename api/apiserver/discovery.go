package apiserver

import (
	"cmp"
	"net/http"
	"runtime"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

// openAPIPath is where clients learn which parameters a resource understands.
const openAPIPath = "/openapi/v3"

// page returns who answers a path that is no resource's; nil if it is one.
func (s *Server) page(path string) http.HandlerFunc {
	switch path {
	case "/healthz", "/livez", "/readyz":
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }
	case "/version":
		return answerWith(version.Info{
			Major: "1", Minor: "37", GitVersion: GitVersion,
			GoVersion: runtime.Version(), Compiler: runtime.Compiler, Platform: runtime.GOOS + "/" + runtime.GOARCH,
		})
	case "/api":
		return answerWith(metav1.APIVersions{TypeMeta: kindMeta("APIVersions"), Versions: []string{"v1"}})
	case "/apis":
		return answerWith(metav1.APIGroupList{TypeMeta: kindMeta("APIGroupList"), Groups: s.groups()})
	case openAPIPath:
		return answerWith(map[string]any{"paths": s.openAPIPaths()})
	}
	if gv, ok := strings.CutPrefix(path, openAPIPath); ok {
		return s.openAPIPage(gv)
	}
	if group, ok := strings.CutPrefix(path, "/apis/"); ok && !strings.Contains(group, "/") {
		return s.groupPage(group)
	}
	return s.versionPage(path)
}

func kindMeta(kind string) metav1.TypeMeta { return metav1.TypeMeta{Kind: kind, APIVersion: "v1"} }

func answerWith(answer any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, answer) }
}

// groups returns the groups that are served, but for the core group.
func (s *Server) groups() []metav1.APIGroup {
	var groups []metav1.APIGroup
	for _, r := range s.resources() {
		if r.Group == "" || slices.ContainsFunc(groups, func(g metav1.APIGroup) bool { return g.Name == r.Group }) {
			continue
		}
		// There is one version of each group.
		v := metav1.GroupVersionForDiscovery{GroupVersion: r.kind.GroupVersion().String(), Version: r.Version}
		groups = append(groups, metav1.APIGroup{
			TypeMeta: kindMeta("APIGroup"), Name: r.Group,
			Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v,
		})
	}
	return groups
}

func (s *Server) groupPage(name string) http.HandlerFunc {
	for _, group := range s.groups() {
		if group.Name == name {
			return answerWith(group)
		}
	}
	return nil
}

// pathOf returns the path below which the resources of a version are.
func pathOf(gv schema.GroupVersion) string {
	if gv.Group == "" {
		return "/api/" + gv.Version
	}
	return "/apis/" + gv.String()
}

// served returns the resources of the version below a path.
func (s *Server) served(path string) []*resource {
	return slices.DeleteFunc(s.resources(), func(r *resource) bool { return pathOf(r.kind.GroupVersion()) != path })
}

func (s *Server) versionPage(path string) http.HandlerFunc {
	served := s.served(path)
	if len(served) == 0 {
		return nil
	}
	list := metav1.APIResourceList{TypeMeta: kindMeta("APIResourceList"), GroupVersion: served[0].kind.GroupVersion().String()}
	for _, r := range served {
		list.APIResources = append(list.APIResources, r.discovered()...)
	}
	return answerWith(list)
}

// discovered says what can be done with a resource and its status.
func (r *resource) discovered() []metav1.APIResource {
	all := metav1.APIResource{
		Name: r.Resource, SingularName: r.singular, Namespaced: r.namespaced, Kind: r.kind.Kind,
		ShortNames: r.short, Categories: r.categories,
		Verbs: metav1.Verbs{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"},
	}
	if r.table == nil {
		all.Verbs = metav1.Verbs{"create"}
	}
	if !r.status {
		return []metav1.APIResource{all}
	}
	return []metav1.APIResource{all, {
		Name: r.Resource + "/status", Namespaced: r.namespaced, Kind: r.kind.Kind,
		Verbs: metav1.Verbs{"get", "patch", "update"},
	}}
}

// openAPIPaths says where each version's description is.
func (s *Server) openAPIPaths() map[string]any {
	paths := map[string]any{}
	for _, r := range s.resources() {
		path := pathOf(r.kind.GroupVersion())
		paths[path[1:]] = map[string]string{"serverRelativeURL": openAPIPath + path}
	}
	return paths
}

// openAPIPage describes as much of a version as kubectl needs to know that the server
// checks fields by itself, and what the fields of custom resources are.
func (s *Server) openAPIPage(path string) http.HandlerFunc {
	served := s.served(path)
	if len(served) == 0 {
		return nil
	}
	paths, schemas := map[string]any{}, map[string]any{}
	for _, r := range served {
		if r.custom != nil {
			schemas[r.kind.Kind] = openAPIOf(r.custom, r.kind)
		}
		at := path + "/"
		if r.namespaced {
			at += "namespaces/{namespace}/"
		}
		paths[at+r.Resource+"/{name}"] = map[string]any{"patch": r.openAPIPatch()}
	}
	return answerWith(map[string]any{
		"openapi": "3.0.0", "info": map[string]string{"title": "Kubernetes", "version": GitVersion}, "paths": paths,
		"components": map[string]any{"schemas": schemas},
	})
}

// openAPIPatch describes the PATCH of a resource.
func (r *resource) openAPIPatch() map[string]any {
	var parameters []any
	for _, name := range []string{"fieldManager", "fieldValidation", "force"} {
		parameters = append(parameters, map[string]any{"name": name, "in": "query", "schema": map[string]string{"type": "string"}})
	}
	return map[string]any{
		"parameters": parameters, "responses": map[string]any{"200": map[string]string{"description": "OK"}},
		"x-kubernetes-action":             "patch",
		"x-kubernetes-group-version-kind": map[string]string{"group": r.Group, "version": r.Version, "kind": r.kind.Kind},
	}
}

func compareResources(a, b *resource) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Resource, b.Resource))
}
