// Package offline runs exporters outside the service: one window of one exporter
// for `adxexporter preview`, and files of tests for `adxexporter test`.
//
// It takes the service's own path and adds nothing to it: executor/schedule says
// which window, executor/kusto asks, executor/metric makes the points and
// exposition prints them; or push/otlp and push/remotewrite send them, to a
// receiver in this process that reads the bytes. Where there is no Kusto to ask, a Kusto embedded in
// this process holds the tables, or the recorded answer, and is asked over a
// loopback port as any other; so what a test sees is what production would.
//
// It never writes to Kusto or to Kubernetes. The only files it writes are test
// files, and of these only the expectations, when it is told to. The time is
// always an argument.
package offline
