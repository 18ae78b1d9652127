// Package page is the status page of a replica, for the people who operate it: what
// it is, which exporters run and how they do, the ring, and the push endpoints.
//
// A replica renders what it knows itself and asks the other replicas for the rest,
// so that any of them shows the whole; one that does not answer within a second is
// shown as missing. Every page has a JSON form of the same content
// (docs/reference/pages.md), which is also what replicas ask each other for: an
// answer to "?scope=self" covers the replica itself and asks nobody.
//
// The package only reads: it answers GET and HEAD, changes nothing, keeps nothing
// between two requests but its templates, and shows no credentials. What there is to
// show comes in through Options, which app fills from the executor, the ring and the
// outputs; the package knows none of them. It starts goroutines only to ask peers,
// and waits for them before it answers.
package page
