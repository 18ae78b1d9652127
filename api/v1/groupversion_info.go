package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of this API.
var GroupVersion = schema.GroupVersion{Group: "adx-mon.azure.com", Version: "v1"}

// AddToScheme registers this API's types with a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&MetricsExporter{}, &MetricsExporterList{},
		&ExporterRing{}, &ExporterRingList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
