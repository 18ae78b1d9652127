// Package demo holds what the demo shows: the exporters of the design document,
// byte for byte as printed there, the instances that run them, and telemetry for
// the embedded Kusto that moves.
//
// The telemetry is a function of time: asked twice for a window, it has the same
// rows. The package starts nothing; cmd/adxexporter/app does.
package demo
