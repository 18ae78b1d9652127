// Package store holds objects as the store behind an API server does: one counter
// of resourceVersions, compare-and-swap, consistent lists, and watches that miss
// nothing or say that they did.
//
// A Store has one Table for each resource. Objects are typed or unstructured; the
// store reads their metadata, and tells their status from the rest where a resource
// has a status subresource. Errors are those of an API server (apierrors), so that
// callers handle them as they would a cluster's. Rules are attached to a resource
// by its Validate.
//
// Objects that come out are shared with the store and with other callers and must
// not be changed: take a DeepCopy. Objects that go in are copied.
//
// The package starts no goroutine and holds its lock for no longer than it takes to
// copy pointers; validation runs outside of it. It works in a synctest bubble. It
// knows no HTTP, no schema and no users: that is api/apiserver, which is built on
// it. Simulations use it directly.
package store
