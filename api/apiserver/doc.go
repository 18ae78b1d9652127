// Package apiserver is a stand-in for a Kubernetes API server: one http.Handler
// over an in-memory store, for the demo and for tests. kubectl, client-go and
// controller-runtime work with it as they do with a cluster: discovery, lists,
// watches, conflicts, server-side apply with its managed fields, patches, status
// subresources, and this project's CRDs with their schema and CEL rules, which it
// runs with the API server's own libraries.
//
// It is no cluster and says so in /version. There are no controllers: a StatefulSet
// is stored and nothing comes of it, and nothing is garbage-collected but the
// objects of a namespace or a CRD that is deleted. There are no users: whoever
// reaches it may do everything, so it must listen on loopback only. Nothing has
// defaults, and built-in types have no rules beyond those for names and labels. A CRD
// is served in its storage version. Dry runs are refused. Nothing survives the
// process.
//
// RESTConfig reaches the server without a socket, also from within a synctest
// bubble. Store reaches the objects without HTTP.
//
// The package knows this project's API and nothing of who uses it.
package apiserver
