// Package backlog decides about windows that are not delivered yet: which is
// tried next and when, what is given up, and how ranges of them are kept in an
// exporter's status.
//
// Windows that follow each other and share their fate are one range, so that a
// month of failures fits into a status. No window disappears: it leaves the
// backlog delivered or as a dead letter, and a dead letter that no longer fits is
// counted.
//
// The package is pure: it does no I/O, starts no goroutine and reads no clock.
// executor calls it between a run and its commit.
package backlog
