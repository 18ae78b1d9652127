// Package remotewrite pushes to receivers of the Prometheus Remote-Write protocol.
//
// A Sender is one endpoint. It encodes batches itself, straight from the points:
// labels in byte order, without an allocation a sample. It starts with version
// 2.0 and falls back to 1.0 for good once the receiver turns out not to know it,
// which receivers say in three ways: 415, 400, or a success that does not say how
// much was written.
//
// The protocol counts milliseconds. Points of a series within the same one are one
// sample, and the last one counts.
//
// What an answer means follows the specification, with two additions for
// receivers of 1.0, which take a request as a whole or not at all. A request that
// is refused for some of its samples is halved until the good ones are stored; when
// that takes too many requests, the delivery fails as a whole. And a 500 that says
// that samples are too old is such a refusal, and not a failure to be tried again
// for ever.
//
// When a series that an exporter had is missing in the exporter's next window, the
// sender ends it with a stale marker, so that it does not look alive for five more
// minutes. Windows of the past end nothing. What a sender knows of an exporter's
// series is in memory only: after a restart, the first window ends nothing
// either. Call End for an exporter that is deleted or suspended, to end its
// series; call Forget for one that another replica has now, to let them go on.
//
// The package starts no goroutine: run Start in one that is waited for, or call
// Flush. push.Sink adds the breaker and the rest that all endpoints need. No other
// package of this module than the composition root calls this one.
package remotewrite
