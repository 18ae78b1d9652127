// Package selfmetrics tells a test which of the service's own metrics have moved,
// and which have stood still: a metric that no test can move is of no use to an
// operator either. Tests of the packages that register metrics call it; nothing
// else does.
package selfmetrics
