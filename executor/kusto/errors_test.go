package kusto

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestExplainIsStableAndShort(t *testing.T) {
	cases := map[string]struct {
		reason, detail, want string
	}{
		"Empty":      {"", "", "What."},
		"Query":      {"never the query", "Bad. Query: 'T | where secret'", "What: Bad."},
		"Identities": {"they change with each failure", "failed in 123e27de-1e4e-49d9-b579-fe0b331d3642 at 2023-11-28T08:30:06.4085369Z", "What: failed in at."},
		"Details":    {"", "Bad request: no\r\nError details:\r\nClientRequestId='x'", "What: Bad request: no."},
		"Controls":   {"one line", "a\x00b\n\n\tc", "What: a b c."},
		"Page":       {"", "<!DOCTYPE html><html>lots</html>", "What."},
		"Position":   {"as people count", "x [line:position=2:9]", "What: x (line 1, position 9)."},
		"OurLine":    {"a position in the line that we added says nothing", "x [line:position=1:9]", "What: x."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, explain("What", tc.detail, 1), tc.reason) })
	}
}

func TestClip(t *testing.T) {
	require.Equal(t, "short", clip("short", 5))
	require.Equal(t, "a\uFFFDb", clip("a\xffb", 10))
	for n := 3; n < 40; n++ {
		got := clip(strings.Repeat("aé漢😀", 10), n)
		require.LessOrEqual(t, len(got), n)
		require.True(t, utf8.ValidString(got), got)
		require.True(t, strings.HasSuffix(got, "…"))
	}
	long := fail(1, strings.Repeat("x", 100), strings.Repeat("漢", 1000))
	require.LessOrEqual(t, len(long.Message), maxMessage)
	require.LessOrEqual(t, len(long.Code), maxCode)
	require.True(t, strings.HasSuffix(long.Message, "漢…."), "still a sentence: %s", long.Message)
	require.Equal(t, "\uFFFD.", fail(1, "", "\xff.").Message)
}

func TestClassifyNetwork(t *testing.T) {
	dial := func(cause error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: cause} }
	cases := map[string]struct {
		err  error
		want string
	}{
		"Reset":       {dial(os.NewSyscallError("read", syscall.ECONNRESET)), "Transient: Cannot reach Kusto: connection reset. (network)"},
		"BrokenPipe":  {dial(syscall.EPIPE), "Transient: Cannot reach Kusto: connection reset. (network)"},
		"Timeout":     {dial(os.ErrDeadlineExceeded), "Transient: Cannot reach Kusto: timeout. (network)"},
		"NoSuchHost":  {dial(&net.DNSError{Name: "x", IsNotFound: true}), "Transient: Cannot reach Kusto: its host name does not exist. (network)"},
		"DNSFailure":  {dial(&net.DNSError{Name: "x", IsTimeout: true}), "Transient: Cannot reach Kusto: its host name cannot be looked up. (network)"},
		"Other":       {errors.New("10.0.0.1:51234: strange"), "Transient: Cannot reach Kusto: network error. (network)"},
		"EOF":         {io.EOF, "Transient: Kusto's answer was cut off. (truncated)"},
		"Certificate": {x509.HostnameError{Host: "x", Certificate: &x509.Certificate{}}, "Unavailable: The endpoint's certificate is not valid for it or not trusted. (tls)"},
		"Expired":     {x509.CertificateInvalidError{Reason: x509.Expired}, "Unavailable: The endpoint's certificate is not valid for it or not trusted. (tls)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := classifyNetwork(fmt.Errorf("wrapped: %w", tc.err))
			require.EqualError(t, got, tc.want)
			require.ErrorIs(t, got, tc.err)
		})
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(`{"error":{"@message":"SEM0100: Failed to resolve column named 'x' [line:position=1:2]"}}`, 400)
	f.Add(`nonsense`, 503)
	f.Fuzz(func(t *testing.T, body string, status int) {
		e := classifyStatus(status, []byte(body), 1)
		require.LessOrEqual(t, len(e.Message), maxMessage)
		require.LessOrEqual(t, len(e.Code), maxCode)
		require.True(t, utf8.ValidString(e.Message))
		require.NotContains(t, e.Message, "\n")
	})
}
