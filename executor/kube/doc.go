// Package kube connects the executor with Kubernetes: a reconciler tells it
// which MetricsExporters exist, and a recorder writes what it commits into their
// status and says it in events.
//
// Only changes of an exporter's spec wake the reconciler; the recorder's own
// writes do not. A cache keeps exporters as Pack makes them: there are as many as the
// cluster has, on each replica. The package decides nothing about windows. cmd/adxexporter/app
// registers it with a manager.
package kube
