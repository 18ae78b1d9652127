// Package v1 is the Kubernetes API of adxexporter: MetricsExporter, which says
// what to ask Kusto and how rows become metrics, and ExporterRing, which says
// which replica runs which share of the exporters.
//
// It holds types, their validation markers, condition types and reasons; no
// logic and no clock. Everything in this project may import it.
//
// +kubebuilder:object:generate=true
// +groupName=adx-mon.azure.com
package v1
