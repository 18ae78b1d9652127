// Package push takes windows of points to receivers that do not come for them.
//
// A Sender speaks one protocol to one endpoint; the packages below this one are
// senders. A Sink wraps a Sender with what every endpoint needs: a circuit
// breaker, a bound on the bytes in flight, self-metrics and health. The executor
// delivers to Sinks.
//
// What a delivery came to is nil, or an *Error of one of three kinds. Retryable:
// nothing is known to be delivered, and the same delivery may succeed later; the
// executor keeps such windows in the exporter's status. Permanent: the receiver
// refuses the delivery and always will, or too much of it to tell the good points
// from the bad. Partial: the receiver took some points and refuses the others for
// good.
//
// Deliveries are at least once. A window that is sent twice gives the same bytes
// twice: payloads say nothing of the time of sending or of the replica that
// sends, and each request carries the same idempotency key.
//
// The package keeps no window after Deliver returns, starts no goroutine, and
// never puts an answer's body, a header or a credential into an error's message.
package push
