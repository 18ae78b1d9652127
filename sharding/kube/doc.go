// Package kube connects sharding with Kubernetes: Leases and ExporterRings by the
// API server, peers by the EndpointSlices of the headless Service, and each other's
// state by HTTP.
//
// Membership has a client of its own, so that a flood of status writes, or a rate
// limit on them, never holds up a renewal. The package decides nothing: it carries
// what sharding asks for. cmd/adxexporter/app makes it.
package kube
