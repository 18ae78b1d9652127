// Package files runs the executor without Kubernetes: a source reads
// MetricsExporters from YAML files in a directory, by the rules that the API
// server would apply, and a state directory keeps their status.
//
// The directory is looked at twice a second, so an edit takes effect as soon as
// one in a cluster would. A file that cannot be read or parsed changes nothing:
// what it held before goes on. cmd/adxexporter/app and the demo use it.
package files
