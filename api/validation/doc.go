// Package validation checks objects of this API as the API server would, but
// without one: it runs the structural schema and the CEL rules of the embedded
// CRDs with the API server's own code.
//
// The lint command and the loader of exporter files use it, so that a file that
// passes here applies to a cluster, and one that is refused is refused with the
// same words. Create, Update and UpdateStatus mirror the three ways in; unknown
// fields are reported apart, because the API server drops them and only kubectl
// complains. A Kind is one compiled version of any CRD; the stand-in for an API
// server in api/apiserver serves custom resources with it.
//
// It knows the API and nothing else: no KQL, no database, no clock, no network.
package validation
