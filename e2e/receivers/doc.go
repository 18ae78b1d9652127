// Package receivers has the tests of pushing to, and being scraped by, the real
// programs: Prometheus and the OpenTelemetry Collector, built from the modules in
// tools, and the older Prometheus that Debian has.
//
// Each test runs the product's own binary beside them, on an embedded Kusto whose
// values follow from the time, and then asks the receiver what it has: every
// sample of every window, with its exact value and time, and nothing else. In
// process receivers, which can be told to misbehave, are in the tests of push.
//
// `make e2e` runs them; other ways to run tests skip them, since they start
// processes and live through several windows. Nobody imports this package.
package receivers
