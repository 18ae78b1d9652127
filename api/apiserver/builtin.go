package apiserver

import (
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

// These resources mean something to the server itself.
var (
	namespaceResource = schema.GroupResource{Resource: "namespaces"}
	crdResource       = schema.GroupResource{Group: apiextensionsv1.GroupName, Resource: "customresourcedefinitions"}
	reviewResource    = schema.GroupResource{Group: authorizationv1.GroupName, Resource: "selfsubjectaccessreviews"}
	eventResource     = schema.GroupResource{Group: "events.k8s.io", Resource: "events"}
)

// builtin is a resource of a built-in type.
type builtin struct {
	// group is GROUP/VERSION.
	group, plural, kind string
	short               string
	// cluster is set when objects live in no namespace.
	cluster     bool
	status      bool
	generation  bool
	conditional bool
	columns     []apiextensionsv1.CustomResourceColumnDefinition
}

var builtins = []builtin{
	{group: "v1", plural: "namespaces", kind: "Namespace", short: "ns", cluster: true, status: true, columns: columns("Status=.status.phase")},
	{group: "v1", plural: "pods", kind: "Pod", short: "po", status: true, columns: columns("Status=.status.phase", "IP=.status.podIP")},
	{group: "v1", plural: "services", kind: "Service", short: "svc", status: true, columns: columns("Cluster-IP=.spec.clusterIP")},
	{group: "v1", plural: "configmaps", kind: "ConfigMap", short: "cm"},
	{group: "v1", plural: "secrets", kind: "Secret", columns: columns("Type=.type")},
	{group: "v1", plural: "serviceaccounts", kind: "ServiceAccount", short: "sa"},
	{group: "v1", plural: "events", kind: "Event", short: "ev", columns: columns("Type=.type", "Reason=.reason", "Object=.involvedObject.name", "Message=.message")},
	{group: "events.k8s.io/v1", plural: "events", kind: "Event", short: "ev", columns: columns("Type=.type", "Reason=.reason", "Object=.regarding.name", "Message=.note")},
	{group: "apps/v1", plural: "statefulsets", kind: "StatefulSet", short: "sts", status: true, generation: true, columns: columns("Replicas=.spec.replicas")},
	{group: "coordination.k8s.io/v1", plural: "leases", kind: "Lease", conditional: true, columns: columns("Holder=.spec.holderIdentity")},
	{group: "discovery.k8s.io/v1", plural: "endpointslices", kind: "EndpointSlice", generation: true, columns: columns("Ports=.ports[*].port", "Endpoints=.endpoints[*].addresses")},
	{group: "policy/v1", plural: "poddisruptionbudgets", kind: "PodDisruptionBudget", short: "pdb", status: true, generation: true},
	{group: "rbac.authorization.k8s.io/v1", plural: "roles", kind: "Role"},
	{group: "rbac.authorization.k8s.io/v1", plural: "rolebindings", kind: "RoleBinding"},
	{group: "rbac.authorization.k8s.io/v1", plural: "clusterroles", kind: "ClusterRole", cluster: true},
	{group: "rbac.authorization.k8s.io/v1", plural: "clusterrolebindings", kind: "ClusterRoleBinding", cluster: true},
	{group: "flowcontrol.apiserver.k8s.io/v1", plural: "flowschemas", kind: "FlowSchema", cluster: true, status: true, generation: true},
	{group: "flowcontrol.apiserver.k8s.io/v1", plural: "prioritylevelconfigurations", kind: "PriorityLevelConfiguration", cluster: true, status: true, generation: true},
	{group: "apiextensions.k8s.io/v1", plural: "customresourcedefinitions", kind: "CustomResourceDefinition", short: "crd", cluster: true, status: true, generation: true, conditional: true},
	{group: "authorization.k8s.io/v1", plural: "selfsubjectaccessreviews", kind: "SelfSubjectAccessReview", cluster: true},
}

// columns are what kubectl shows of an object besides its name, each as
// HEADER=JSONPATH, and its age.
func columns(list ...string) []apiextensionsv1.CustomResourceColumnDefinition {
	shown := make([]apiextensionsv1.CustomResourceColumnDefinition, 0, len(list)+1)
	for _, column := range list {
		name, path, _ := strings.Cut(column, "=")
		shown = append(shown, apiextensionsv1.CustomResourceColumnDefinition{Name: name, Type: "string", JSONPath: path})
	}
	return append(shown, apiextensionsv1.CustomResourceColumnDefinition{Name: "Age", Type: "date", JSONPath: ".metadata.creationTimestamp"})
}

// newBuiltins returns the resources of built-in types, with their tables.
func (s *Server) newBuiltins() map[schema.GroupVersionResource]*resource {
	all := make(map[schema.GroupVersionResource]*resource, len(builtins))
	for _, b := range builtins {
		r := s.newBuiltin(b)
		all[r.GroupVersionResource] = r
	}
	events := all[eventResource.WithVersion("v1")]
	old := all[corev1.SchemeGroupVersion.WithResource("events")]
	old.table, old.view = events.table, view{toStored: newEvent, fromStored: oldEvent}
	review := all[reviewResource.WithVersion("v1")]
	review.table, review.review = nil, allow
	all[crdResource.WithVersion("v1")].check = s.checkCRD
	return all
}

func (s *Server) newBuiltin(b builtin) *resource {
	gv, err := schema.ParseGroupVersion(b.group)
	if err != nil {
		panic(err) // the list above is wrong
	}
	r := &resource{
		GroupVersionResource: gv.WithResource(b.plural), kind: gv.WithKind(b.kind), singular: strings.ToLower(b.kind),
		namespaced: !b.cluster, status: b.status, generation: b.generation, conditional: b.conditional, view: asStored,
	}
	if b.short != "" {
		r.short = []string{b.short}
	}
	if b.plural == eventResource.Resource {
		r.selectable, r.fields = eventFields, fieldsOfEvent
	}
	r.columns = newColumns(s.ctx, b.columns)
	r.made = func() store.Object {
		object, err := s.codecs.scheme.New(r.kind)
		if err != nil {
			panic(err) // the list above is wrong
		}
		kindOf(object, r.kind)
		return object.(store.Object)
	}
	r.managers = newManagers(func(subresource string) (*managedfields.FieldManager, error) {
		types := managedfields.NewDeducedTypeConverter()
		if r.GroupResource() != crdResource {
			types = applyconfigurations.NewTypeConverter(s.codecs.scheme)
		}
		c := converter{r.made}
		return managedfields.NewDefaultFieldManager(types, c, c, c, r.kind, gv, subresource, nil)
	})
	if b.plural == namespaceResource.Resource {
		r.complete = activate
	}
	r.table = s.store.Add(r.stored())
	return r
}

// activate makes a namespace one that can be used.
func activate(next, _ store.Object) {
	next.(*corev1.Namespace).Status.Phase = corev1.NamespaceActive
}

// allow is the answer to the question whether the caller may do something.
func allow(object store.Object) {
	object.(*authorizationv1.SelfSubjectAccessReview).Status = authorizationv1.SubjectAccessReviewStatus{
		Allowed: true, Reason: "this server is a stand-in for a cluster and asks nobody who they are",
	}
}

// createNamespace makes a namespace that is there from the start.
func (s *Server) createNamespace(name string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	kindOf(namespace, corev1.SchemeGroupVersion.WithKind("Namespace"))
	_, err := s.store.Table(namespaceResource).Create(s.ctx, namespace)
	return err
}
