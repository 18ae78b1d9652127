// Package backlog decides about windows that failed: how long to wait before the
// next try, and how windows that were given up are kept in an exporter's status.
//
// The package is pure: it does no I/O, starts no goroutine and reads no clock.
// executor calls it between a run and its commit.
package backlog
