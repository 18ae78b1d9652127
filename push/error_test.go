package push

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestError(t *testing.T) {
	cause := errors.New("cause")
	e := Fail(Retryable, "No.", cause)
	require.EqualError(t, e, "No.")
	require.ErrorIs(t, fmt.Errorf("context: %w", e), cause)
	for kind, want := range map[Kind]struct {
		name      string
		permanent bool
	}{Retryable: {"Retryable", false}, Unusable: {"Unusable", false}, Permanent: {"Permanent", true}, Partial: {"Partial", true}, 9: {"Kind(9)", false}} {
		require.Equal(t, want.name, kind.String())
		require.Equal(t, want.permanent, Fail(kind, "", nil).Permanent())
		require.Equal(t, kind == Partial, Fail(kind, "", nil).Partial())
	}
	require.Equal(t, &Error{Kind: Partial, Rejected: 3, Message: "Three."}, Rejected(3, "Three."))
	unsifted := Unsifted(7, e)
	require.Equal(t, int64(7), unsifted.Rejected)
	require.True(t, unsifted.Permanent())
	require.False(t, unsifted.Partial(), "what is not settled must not look as if it were")
	require.ErrorIs(t, unsifted, cause)

	long := Fail(Permanent, strings.Repeat("é", 200), nil).Message
	require.LessOrEqual(t, len(long), maxMessage)
	require.Greater(t, len(long), maxMessage-4)
	require.True(t, utf8.ValidString(long))
}

func TestNetworkError(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", err)} }
	cases := map[string]struct {
		err        error
		want       string
		connection bool
	}{
		"Refused":     {dial(syscall.ECONNREFUSED), "The receiver refuses the connection.", true},
		"Reset":       {dial(syscall.ECONNRESET), "The connection to the receiver broke.", true},
		"Closed":      {fmt.Errorf("read: %w", io.EOF), "The connection to the receiver broke.", true},
		"Host":        {&net.DNSError{Name: "nowhere", IsNotFound: true}, "The receiver's host name is not known.", false},
		"Deadline":    {context.DeadlineExceeded, "The receiver did not answer in time.", false},
		"SlowDial":    {&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "The receiver did not answer in time.", false},
		"Stopped":     {context.Canceled, "The delivery was stopped before the receiver answered.", false},
		"Certificate": {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "The receiver's certificate is not trusted.", false},
		"Handshake":   {&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}, "The receiver does not accept the TLS handshake.", false},
		"NoTLS":       {tls.RecordHeaderError{}, "The receiver does not speak TLS.", false},
		"Other":       {dial(syscall.EHOSTUNREACH), "The receiver cannot be reached.", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e := NetworkError(tc.err)
			require.Equal(t, tc.want, e.Message)
			require.Equal(t, Retryable, e.Kind)
			require.ErrorIs(t, e, tc.err)
			require.Equal(t, tc.connection, IsConnection(e))
		})
	}
}

func TestAttempt(t *testing.T) {
	broken := NetworkError(syscall.ECONNRESET)
	cases := map[string]struct {
		reason  string
		answers []error
		within  time.Duration
		want    error
		tries   int
		took    time.Duration
	}{
		"Success":      {"one try is enough", []error{nil}, time.Minute, nil, 1, 0},
		"Recovers":     {"the second connection does", []error{broken, nil}, time.Minute, nil, 2, 50 * time.Millisecond},
		"GivesUp":      {"three tries at most", []error{broken, broken, broken}, time.Minute, broken, 3, 300 * time.Millisecond},
		"AnswersCount": {"an answer is final, whatever it says", []error{down}, time.Minute, down, 1, 0},
		"NoTime":       {"it ends with its context", []error{broken, broken}, 100 * time.Millisecond, broken, 2, 100 * time.Millisecond},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tc.within)
				defer cancel()
				start, tries := time.Now(), 0
				err := Attempt(ctx, func(try int) error {
					require.Equal(t, tries, try)
					tries++
					return tc.answers[try]
				})
				require.Equal(t, tc.tries, tries, tc.reason)
				require.Equal(t, tc.took, time.Since(start), tc.reason)
				require.ErrorIs(t, err, tc.want)
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":      0,
		"7":     7 * time.Second,
		"soon":  0,
		"-7":    0,
		"99999": maxRetryAfter,
		now.Add(time.Minute).Format(time.RFC1123):    0, // "UTC" is no time zone of HTTP
		now.Add(time.Minute).Format(http.TimeFormat): time.Minute,
		now.Add(-time.Hour).Format(http.TimeFormat):  0,
		now.Add(time.Hour).Format(http.TimeFormat):   maxRetryAfter,
	} {
		require.Equal(t, want, RetryAfter(http.Header{"Retry-After": {value}}, now), "%q", value)
	}
}

func TestKey(t *testing.T) {
	d := threePoints(t)
	require.Equal(t, "ns/ex/uid/1970-01-01T00:01:00Z-1970-01-01T00:02:00Z/3", Key(d, 3))
}
