package query

import (
	"errors"
	"fmt"
	"time"
)

// Class says what a failed query means for the window and for the endpoint.
// The table in docs/reference/errors.md lists the signals of each.
type Class uint8

// The classes, from harmless to final.
const (
	// Aborted: we stopped it ourselves (shutdown, lost ownership); no attempt.
	Aborted Class = iota + 1
	// Throttled: Kusto is busy; wait RetryAfter; no attempt.
	Throttled
	// Transient: network, 5xx, cut-off or inconsistent answer; back off.
	Transient
	// Timeout: the query ran out of its own time; few tries, then too heavy.
	Timeout
	// Unavailable: the endpoint is wrong or suspended (TLS, untrusted host,
	// redirect, 404); no window can succeed; slow re-check.
	Unavailable
	// NoEndpoint: no endpoint of this instance has the database.
	NoEndpoint
	// Unauthorized: no valid token (401).
	Unauthorized
	// Denied: the identity lacks the right (403); slow retry.
	Denied
	// Missing: an unknown database, table or column that may still come; slow retry.
	Missing
	// Invalid: the KQL cannot run as written; wait for a new spec.
	Invalid
	// TooLarge: the answer exceeds the limits; wait for a new spec or window.
	TooLarge
	// Permanent: anything else that a retry of the same window cannot cure.
	Permanent
)

var classNames = [...]string{
	Aborted: "Aborted", Throttled: "Throttled", Transient: "Transient", Timeout: "Timeout",
	Unavailable: "Unavailable", NoEndpoint: "NoEndpoint", Unauthorized: "Unauthorized", Denied: "Denied", Missing: "Missing",
	Invalid: "Invalid", TooLarge: "TooLarge", Permanent: "Permanent",
}

// String returns the class's name, as self-metrics and logs show it.
func (c Class) String() string {
	if c == 0 || int(c) >= len(classNames) {
		return fmt.Sprintf("Class(%d)", uint8(c))
	}
	return classNames[c]
}

// Error is a failed query.
type Error struct {
	Class Class
	// Code is the server's own code (SEM0100, 80DA0003, HTTP 503) or a short
	// name of ours (truncated, row_count); for logs, at most 64 bytes.
	Code string
	// Message is one sentence for the user: stable between identical failures,
	// without the query's text, times or activity ids; at most 256 bytes, UTF-8.
	Message string
	// RetryAfter is how long the server asked us to wait; zero if it did not.
	RetryAfter time.Duration
	// Err is the cause, if there is one.
	Err error
}

// Error returns the class, the code and the message.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("%s: %s", e.Class, e.Message)
	}
	return fmt.Sprintf("%s: %s (%s)", e.Class, e.Message, e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of err; Transient for an error that has none, since
// a window must never be given up for a reason nobody knows.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return Transient
}
