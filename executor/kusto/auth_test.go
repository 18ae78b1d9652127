package kusto

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/query"
)

// issuer is a credential that numbers its tokens.
type issuer struct {
	asked  atomic.Int64
	lasts  time.Duration
	fails  error
	scopes atomic.Value
}

func (i *issuer) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	i.scopes.Store(opts.Scopes)
	return azcore.AccessToken{Token: fmt.Sprintf("token-%d", i.asked.Add(1)), ExpiresOn: time.Now().Add(i.lasts)}, i.fails
}

// startSecure returns a pool with credential c, asking an https server.
func startSecure(t *testing.T, c *issuer, handle http.HandlerFunc) *Pool {
	t.Helper()
	server := httptest.NewTLSServer(withoutMetadata(handle))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return poolFor(t, server.URL, Options{Auth: Auth{Credential: c}, RootCAs: roots})
}

func accept(token *atomic.Value) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if want, ok := token.Load().(string); ok && r.Header.Get("Authorization") != "Bearer "+want {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		reply(goodAnswer)(w, r)
	}
}

func TestOneTokenForManyQueries(t *testing.T) {
	c := &issuer{lasts: time.Hour}
	p := startSecure(t, c, accept(new(atomic.Value)))
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			_, _, err := ask(t.Context(), p, "T")
			require.NoError(t, err)
		})
	}
	wait.Wait()
	require.Equal(t, int64(1), c.asked.Load())
	require.Equal(t, []string{"https://kusto.kusto.windows.net/.default"}, c.scopes.Load())
}

func TestTokenIsRenewed(t *testing.T) {
	t.Run("BeforeItEnds", func(t *testing.T) {
		c := &issuer{lasts: renewBefore - time.Second}
		p := startSecure(t, c, accept(new(atomic.Value)))
		for range 3 {
			_, _, err := ask(t.Context(), p, "T")
			require.NoError(t, err)
		}
		require.Equal(t, int64(3), c.asked.Load())
	})
	t.Run("OnceWhenRefused", func(t *testing.T) {
		c, wanted := &issuer{lasts: time.Hour}, new(atomic.Value)
		p := startSecure(t, c, accept(wanted))
		wanted.Store("token-2")
		_, _, err := ask(t.Context(), p, "T")
		require.NoError(t, err, "the second token is accepted, without an error")
		require.Equal(t, int64(2), c.asked.Load())
		wanted.Store("never")
		_, _, err = ask(t.Context(), p, "T")
		requireClass(t, query.Unauthorized, err)
		require.Equal(t, int64(3), c.asked.Load(), "one more try, not a loop")
	})
	t.Run("NotTwiceForTheSame", func(t *testing.T) {
		c := newTokens(&issuer{lasts: time.Hour})
		token, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"s"}})
		require.NoError(t, err)
		c.forget(t.Context(), "an older one")
		again, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"s"}})
		require.NoError(t, err)
		require.Equal(t, token, again)
	})
}

func TestTokenFailures(t *testing.T) {
	for name, tc := range map[string]struct {
		cause error
		class query.Class
	}{
		"Refused": {errors.New("AADSTS700016: application not found"), query.Unauthorized},
		"Network": {&net.OpError{Op: "dial", Err: errors.New("unreachable")}, query.Transient},
	} {
		_, _, err := ask(t.Context(), startSecure(t, &issuer{fails: tc.cause}, reply(goodAnswer)), "T")
		e := queryError(t, tc.class, err, name)
		require.ErrorIs(t, err, tc.cause)
		require.NotContains(t, e.Message, "AADSTS", "the credential's own text can be long and changes")
	}
}

func TestTokenWaitEndsWithTheContext(t *testing.T) {
	c := newTokens(&issuer{})
	require.NoError(t, c.lock(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.GetToken(ctx, policy.TokenRequestOptions{})
	require.ErrorIs(t, err, context.Canceled)
	c.forget(ctx, "x") // gives up as well
}

func TestPlainHTTPNeverGetsAToken(t *testing.T) {
	c := &issuer{lasts: time.Hour}
	var sent sentQuery
	p := poolFor(t, startServer(t, sent.capture(goodAnswer)).URL, Options{Auth: Auth{Credential: c}})
	_, _, err := ask(t.Context(), p, "T")
	require.NoError(t, err)
	require.Empty(t, sent.header.Get("Authorization"))
	require.Zero(t, c.asked.Load())
}

func TestCredentialKinds(t *testing.T) {
	t.Setenv("AZURE_TENANT_ID", "00000000-0000-0000-0000-000000000000")
	t.Setenv("AZURE_CLIENT_ID", "00000000-0000-0000-0000-000000000000")
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", "token")
	for _, a := range []Auth{
		{},
		{Kind: AuthDefault},
		{Kind: AuthWorkloadIdentity},
		{Kind: AuthWorkloadIdentity, ClientID: "id"},
		{Kind: AuthManagedIdentity},
		{Kind: AuthManagedIdentity, ClientID: "id"},
		{Kind: AuthAzureCLI},
	} {
		c, err := a.credential()
		require.NoError(t, err, a)
		require.NotNil(t, c, a)
	}
	c, err := Auth{Kind: AuthNone}.credential()
	require.NoError(t, err)
	require.Nil(t, c)
}

// TestTrustedHosts changes the SDK's global list; it must not run beside others,
// and its hosts are new ones whenever it runs.
func TestTrustedHosts(t *testing.T) {
	server := startServer(t, reply(goodAnswer))
	run := strconv.FormatInt(time.Now().UnixNano(), 36)
	for host, trust := range map[string]string{
		"kusto." + run + ".svc.cluster.local": "kusto." + run + ".svc.cluster.local",
		"KUSTO." + run + ".example":           "*." + run + ".example",
	} {
		endpoint := []Endpoint{{"DB", "http://" + host + ":8080"}}
		for _, allowed := range []bool{false, true} {
			var options Options
			if allowed {
				options.TrustedHosts = []string{trust}
			}
			p, err := New(endpoint, options)
			require.NoError(t, err)
			p.transport.base.DialContext = dialTo(server)
			_, _, err = ask(t.Context(), p, "T")
			p.Close()
			if allowed {
				require.NoError(t, err)
			} else {
				requireClass(t, query.Unavailable, err)
			}
		}
	}
}
