// Package otlp pushes windows of points to an OpenTelemetry receiver, over gRPC
// or over HTTP with binary protobuf.
//
// A Sender is a push.Sender. Its Encoder writes the wire format of an
// ExportMetricsServiceRequest straight from a batch: one resource, one scope, a
// metric for each family with its points, each with its own time. Gauges become
// gauges, counters become cumulative monotonic sums; every number is a double.
// A delivery is split into requests that a receiver's limits on bytes and points
// let pass.
//
// Answers are judged as the OTLP specification says. What a receiver rejected in
// a partial success is counted and never sent again. A request that is refused
// for its content is halved until the points are found that the receiver does
// not want, so that they take no others along. The number of requests spent on
// that is bounded; a delivery with points that were refused in company only is
// a failure as a whole, so that its window can be put back. A request that is
// refused for its size is sent in smaller parts, and so are those that follow.
//
// The package never puts the replica, the time of sending or anything else into
// a request that would differ if another replica sent the same window.
package otlp
