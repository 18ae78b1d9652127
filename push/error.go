package push

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
	"unicode/utf8"
)

// Kind is what a failed delivery means for the window.
type Kind uint8

// The kinds of failure.
const (
	// Retryable: the same delivery may succeed later.
	Retryable Kind = iota + 1
	// Unusable: the receiver does not serve us as we are configured, or is broken:
	// credentials, path, an internal error. The request must not be sent again at
	// once, says the protocol; but the points are not to blame, so the window waits
	// until somebody has mended it.
	Unusable
	// Permanent: the receiver refuses the whole delivery and always will, or so much
	// of it that good points may have been refused along with bad ones.
	Permanent
	// Partial: the receiver took the delivery but for the points it refused.
	Partial
)

// String returns the kind's name, as logs show it.
func (k Kind) String() string {
	switch k {
	case Retryable:
		return "Retryable"
	case Unusable:
		return "Unusable"
	case Permanent:
		return "Permanent"
	case Partial:
		return "Partial"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// maxMessage bounds Error.Message, which is stored in the exporter's status.
const maxMessage = 256

// Error is what a push came to when not all of it was delivered.
type Error struct {
	Kind Kind
	// RetryAfter is how long the receiver asked us to wait; zero if it did not.
	RetryAfter time.Duration
	// Rejected is how many points the receiver refused for good; for a Permanent
	// error, zero is all of them.
	Rejected int64
	// Message is one sentence for the user: the same for identical failures,
	// without the answer's body and without secrets; at most 256 bytes, UTF-8.
	Message string
	// Err is the cause, if there is one.
	Err error
	// notTried is set when the breaker kept the delivery from the receiver.
	notTried bool
}

// Fail returns an error of a kind; the message is cut to what a status holds.
func Fail(kind Kind, message string, cause error) *Error {
	return &Error{Kind: kind, Message: clip(message), Err: cause}
}

// Rejected returns what a delivery came to when the receiver took all of its
// points but for some.
func Rejected(points int64, message string) *Error {
	e := Fail(Partial, message, nil)
	e.Rejected = points
	return e
}

// Unsifted returns what a delivery came to when so many points were refused that
// the search for the bad ones ended with points that were refused in company only.
// It is not Partial, whatever the receiver took: the good ones among them must not
// be lost, so the window becomes a dead letter, which can be put back.
func Unsifted(points int64, refusal *Error) *Error {
	e := Fail(Permanent, "Too many points are refused to try each of them alone, so good ones may be among them: "+refusal.Message, refusal)
	e.Rejected = points
	return e
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Permanent reports whether sending the delivery again changes nothing.
func (e *Error) Permanent() bool { return e.Kind == Permanent || e.Kind == Partial }

// Partial reports whether the receiver took the rest of the delivery.
func (e *Error) Partial() bool { return e.Kind == Partial }

// Wait returns how long the receiver asked us to wait.
func (e *Error) Wait() time.Duration { return e.RetryAfter }

// NotTried reports whether the receiver was not asked at all: the breaker left it
// alone. Such a delivery says nothing of the window, nor anything new of the
// receiver. The cause does not count: that is the older failure of another delivery.
func (e *Error) NotTried() bool { return e.notTried }

// ConditionReason is the reason that the exporter's conditions give.
func (e *Error) ConditionReason() string { return "DeliveryFailed" }

// errorOf returns err as an *Error. One of unknown origin is retryable, since a
// window must never be given up for a reason nobody knows.
func errorOf(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Fail(Retryable, "The delivery failed for a reason of its own.", err)
}

// clip cuts s to what a status holds, at the border of a character.
func clip(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	s = s[:maxMessage-len("…")]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// NetworkError returns what it means that a request had no answer.
func NetworkError(err error) *Error { return Fail(Retryable, networkMessage(err), err) }

// tlsAlert is what crypto/tls calls an alert of the other side; the alert's own
// type is not exported.
const tlsAlert = "remote error"

func networkMessage(err error) string {
	var unknownHost *net.DNSError
	var certificate *tls.CertificateVerificationError
	var operation *net.OpError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, context.Canceled):
		return "The delivery was stopped before the receiver answered."
	case errors.As(err, &unknownHost):
		return "The receiver's host name is not known."
	case errors.As(err, &certificate):
		return "The receiver's certificate is not trusted."
	case errors.As(err, &operation) && operation.Op == tlsAlert:
		return "The receiver does not accept the TLS handshake."
	case errors.As(err, &record):
		return "The receiver does not speak TLS."
	case timedOut(err):
		return "The receiver did not answer in time."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "The receiver refuses the connection."
	case IsConnection(err):
		return "The connection to the receiver broke."
	}
	return "The receiver cannot be reached."
}

func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// brokenConnection are the errors of a connection that ends before the answer.
var brokenConnection = []error{
	syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
}

// IsConnection reports whether the connection was refused or broke before there
// was an answer: a new connection may do better at once.
func IsConnection(err error) bool {
	for _, broken := range brokenConnection {
		if errors.Is(err, broken) {
			return true
		}
	}
	return false
}
