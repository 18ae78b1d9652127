package kube

import (
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
)

// packedField is where a packed object has its spec and its status, as JSON.
const packedField = "packed"

// lastApplied is kubectl's copy of the whole object, which nobody here reads.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// Pack is a cache transform. A cache holds every MetricsExporter of the cluster, and
// looks at few of them at a time, so spec and status are kept as one string: as maps
// they take five times as much. What reads from a cache unpacks.
func Pack(object any) (any, error) {
	u, ok := object.(*unstructured.Unstructured)
	if !ok || u.GetKind() != "MetricsExporter" || u.Object[packedField] != nil {
		return object, nil
	}
	u.SetManagedFields(nil)
	unstructured.RemoveNestedField(u.Object, "metadata", "annotations", lastApplied)
	content := map[string]any{}
	for _, field := range []string{"spec", "status"} {
		if value, ok := u.Object[field]; ok {
			content[field] = value
		}
	}
	packed, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("cannot pack MetricsExporter %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	for field := range content {
		delete(u.Object, field)
	}
	u.Object[packedField] = string(packed)
	return u, nil
}

// unpack returns an object as it was before Pack; one that is not packed as it is.
// It does not change what a cache holds.
func unpack(u *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	packed, ok := u.Object[packedField].(string)
	if !ok {
		return u, nil
	}
	whole := maps.Clone(u.Object)
	delete(whole, packedField)
	if err := json.Unmarshal([]byte(packed), &whole); err != nil {
		return nil, fmt.Errorf("cannot unpack MetricsExporter %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	return &unstructured.Unstructured{Object: whole}, nil
}
