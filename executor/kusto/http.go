package kusto

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	sdkerrors "github.com/Azure/azure-kusto-go/azkustodata/errors"

	"github.com/adx-mon/adxexporter/executor/query"
)

// statusError is what an HTTP status means when the body says nothing better.
type statusError struct {
	class   query.Class
	message string
}

var statusErrors = map[int]statusError{
	http.StatusUnauthorized:          {query.Unauthorized, "Kusto does not accept the token."},
	http.StatusForbidden:             {query.Denied, "The identity is not allowed to query this database."},
	http.StatusNotFound:              {query.Unavailable, "There is no Kusto service at the endpoint's URL."},
	http.StatusRequestTimeout:        {query.Transient, "Kusto did not receive the query in time."},
	http.StatusConflict:              {query.Unavailable, "The Kusto cluster is not available in its present state."},
	http.StatusPreconditionFailed:    {query.Unavailable, "The Kusto cluster is not available in its present state."},
	http.StatusRequestEntityTooLarge: {query.Permanent, "The query's text is too large for Kusto."},
	http.StatusTooManyRequests:       {query.Throttled, "Kusto is busy and asks to wait."},
}

func httpCode(status int) string {
	if status == 0 {
		return "failed"
	}
	return "HTTP " + strconv.Itoa(status)
}

// classifyStatus turns a status and a body other than 200 into an error.
func classifyStatus(status int, body []byte, lines int) *query.Error {
	if e, ok := parseServerError(body); ok && status >= 400 {
		return e.classifyHTTP(status, lines)
	}
	if known, ok := statusErrors[status]; ok {
		return fail(known.class, httpCode(status), known.message)
	}
	switch {
	case status >= 500:
		return fail(query.Transient, httpCode(status), fmt.Sprintf("Kusto or a gateway before it failed (HTTP %d).", status))
	case status >= 400:
		return fail(query.Permanent, httpCode(status), explain(fmt.Sprintf("Kusto refuses the query (HTTP %d)", status), string(body), lines))
	}
	return fail(query.Unavailable, httpCode(status), fmt.Sprintf("The endpoint redirects (HTTP %d): use the URL of the cluster itself.", status))
}

// classify finds out what went wrong in a call that gave no complete answer. The
// SDK's own errors lose causes, so what the transport saw comes first.
func (c *call) classify(ctx context.Context, err error, lines int) *query.Error {
	if inner, ok := errors.AsType[*query.Error](err); ok && inner.Err == nil {
		return inner // The answer itself was wrong, whatever happened after.
	}
	switch {
	case ctx.Err() != nil:
		return classifyContext(ctx.Err())
	case c.tokenErr != nil:
		return classifyToken(c.tokenErr)
	case c.status != 0 && c.status != http.StatusOK:
		e := classifyStatus(c.status, c.body, lines)
		e.RetryAfter = c.retryAfter
		return e
	case c.err != nil:
		return classifyNetwork(c.err)
	}
	if sdk, ok := sdkerrors.GetKustoError(err); ok && sdk.Kind == sdkerrors.KClientArgs {
		return fail(query.Unavailable, "untrusted_host", "The endpoint's host is none of Microsoft's: trust it with --kusto-trusted-host.")
	}
	if !c.asked {
		return fail(query.Unavailable, "not_kusto", "The endpoint does not answer as Kusto does.")
	}
	if inner, ok := errors.AsType[*query.Error](err); ok {
		return inner
	}
	return classifyNetwork(err)
}

// classifyContext tells our own stop from running out of time.
func classifyContext(err error) *query.Error {
	if errors.Is(err, context.Canceled) {
		return failWith(query.Aborted, "canceled", "The query was stopped before it finished.", err)
	}
	return failWith(query.Transient, "deadline", "Kusto did not answer in time.", err)
}

func classifyToken(err error) *query.Error {
	if e, ok := errors.AsType[net.Error](err); ok {
		return failWith(query.Transient, "token", "Cannot get a token for Kusto: "+networkReason(e)+".", err)
	}
	return failWith(query.Unauthorized, "token", "Cannot get a token for Kusto with the configured credential.", err)
}

// classifyNetwork splits certificates, which nobody's waiting repairs, from the
// rest.
func classifyNetwork(err error) *query.Error {
	switch {
	case isCertificateError(err):
		return failWith(query.Unavailable, "tls", "The endpoint's certificate is not valid for it or not trusted.", err)
	case isPlainHTTP(err):
		return failWith(query.Unavailable, "tls", "The endpoint speaks HTTP without TLS: the URL must begin with http://.", err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return truncated(err)
	}
	return failWith(query.Transient, "network", "Cannot reach Kusto: "+networkReason(err)+".", err)
}

func isCertificateError(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return verification || authority || host || invalid
}

func isPlainHTTP(err error) bool {
	_, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok || errors.Is(err, http.ErrSchemeMismatch)
}

// networkReason names a failure without addresses and ports, which change.
func networkReason(err error) string {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case isDNS && dns.IsNotFound:
		return "its host name does not exist"
	case isDNS:
		return "its host name cannot be looked up"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset"
	case isNet && timeout.Timeout():
		return "timeout"
	}
	return "network error"
}

// maxRetryAfter bounds how long one header can close an endpoint for.
const maxRetryAfter = 10 * time.Minute

// parseRetryAfter reads the header's two forms; 0 if there is none.
func parseRetryAfter(header string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// readFailure wraps an error of reading the answer, to be classified by whoever
// knows the context; on its own it is a cut-off answer.
func readFailure(cause error) *query.Error { return truncated(cause) }
