package remotewrite

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/push"
)

// credential is an Entra ID credential.
type credential struct {
	token string
	err   error
}

func (c credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: c.token + " for " + o.Scopes[0]}, c.err
}

func TestConfigRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		config Config
		want   string
	}{
		"NoURL":       {"it is required", Config{}, "http://host/path"},
		"Malformed":   {"nothing of it is quoted", Config{URL: "https://u:secret@h\x7f/"}, "malformed"},
		"Scheme":      {"only HTTP", Config{URL: "grpc://host:4317"}, "http://host/path"},
		"UserInfo":    {"it would be in logs", Config{URL: "https://u:secret@host/"}, "basic auth"},
		"TwoWays":     {"which one is meant?", Config{URL: "https://h/", BearerToken: "a", Username: "b"}, "more than one way"},
		"HeaderToo":   {"which one is meant?", Config{URL: "https://h/", BearerToken: "a", Headers: map[string]string{"authorization": "b"}}, "another way"},
		"Protocol":    {"headers of the protocol", Config{URL: "https://h/", Headers: map[string]string{"content-type": "text"}}, "the protocol sets it"},
		"HeaderName":  {"no such header", Config{URL: "https://h/", Headers: map[string]string{"a b": "c"}}, "cannot have"},
		"HeaderValue": {"no second header in it", Config{URL: "https://h/", Headers: map[string]string{"a": "b\r\nc: d"}}, "cannot have"},
		"Negative":    {"no meaning", Config{URL: "https://h/", Timeout: -1}, "negative"},
		"Cleartext":   {"anybody could read it", Config{URL: "http://h/", BearerToken: "secret"}, "over http"},
		"CleartextHeader": {
			"a header may be one, too", Config{URL: "http://h/", Headers: map[string]string{"X-Api-Key": "secret"}}, "over http",
		},
		"CAFile": {"shows at start", Config{URL: "https://h/", TLS: push.TLS{CAFile: "/does/not/exist"}}, "authorities"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := New(tc.config, nil)
			require.ErrorContains(t, err, tc.want, tc.reason)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestConfigAccepts(t *testing.T) {
	for name, config := range map[string]Config{
		"Tenant":        {URL: "http://mimir/api/v1/push", Headers: map[string]string{"X-Scope-OrgID": "a"}},
		"Loopback":      {URL: "http://127.0.0.1:9090/api/v1/write", BearerToken: "secret"},
		"Insecure":      {URL: "http://h/", BearerToken: "secret", AllowInsecureCredentials: true},
		"Authorization": {URL: "https://h/", Headers: map[string]string{"Authorization": "Custom"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(config, nil)
			require.NoError(t, err)
		})
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]Version{"": VersionAuto, "auto": VersionAuto, "1.0": Version1, "2.0": Version2} {
		got, err := ParseVersion(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := ParseVersion("3")
	require.ErrorContains(t, err, `"3"`)
}

func TestAuthorization(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("from-file\n"), 0o600))
	cases := map[string]struct {
		config Config
		want   string
	}{
		"None":         {Config{}, ""},
		"Bearer":       {Config{BearerToken: "token"}, "Bearer token"},
		"BearerFile":   {Config{BearerTokenFile: file}, "Bearer from-file"},
		"Basic":        {Config{Username: "user", Password: "p:w"}, "Basic dXNlcjpwOnc="},
		"PasswordFile": {Config{Username: "user", PasswordFile: file}, "Basic dXNlcjpmcm9tLWZpbGU="},
		"Header":       {Config{Headers: map[string]string{"authorization": "Custom x"}}, "Custom x"},
		"Entra":        {Config{Credential: credential{token: "t"}}, "Bearer t for https://monitor.azure.com/.default"},
		"Scope":        {Config{Credential: credential{token: "t"}, Scope: "api://x"}, "Bearer t for api://x"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := newReceiver(t, prometheus3)
			tc.config.Transport = r
			tc.config.Headers = withTenant(tc.config.Headers)
			s := newSender(t, tc.config)
			require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(1)...)))
			require.Equal(t, tc.want, r.requests[0].header.Get("Authorization"))
			require.Equal(t, "team", r.requests[0].header.Get("X-Scope-Orgid"))
			require.Equal(t, "adxexporter", r.requests[0].header.Get("User-Agent"))
		})
	}
}

func withTenant(headers map[string]string) map[string]string {
	all := map[string]string{"X-Scope-OrgID": "team"}
	maps.Copy(all, headers)
	return all
}

// A secret that cannot be had may come: the window waits. One that changed counts
// from the next request on.
func TestSecretsComeAndGo(t *testing.T) {
	r := newReceiver(t, prometheus3)
	file := filepath.Join(t.TempDir(), "secret")
	s := newSender(t, Config{Transport: r, BearerTokenFile: file})
	send := func() error { return s.Send(t.Context(), windowAt(t, 0, samplesOf(1)...)) }
	e := pushError(t, send())
	require.Equal(t, push.Retryable, e.Kind)
	require.ErrorIs(t, e, os.ErrNotExist)
	for _, secret := range []string{"one", "two"} {
		require.NoError(t, os.WriteFile(file, []byte(secret), 0o600))
		require.NoError(t, send())
		require.Equal(t, "Bearer "+secret, r.requests[len(r.requests)-1].header.Get("Authorization"))
	}

	failure := errors.New("no identity")
	s = newSender(t, Config{Transport: r, Credential: credential{err: failure}})
	e = pushError(t, send())
	require.Equal(t, push.Retryable, e.Kind)
	require.ErrorIs(t, e, failure)
	require.Equal(t, "Entra ID gives no token for the endpoint.", e.Message)
}

func TestTLS(t *testing.T) {
	r := newReceiver(t, prometheus3)
	server := httptest.NewUnstartedServer(r)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(ca, block, 0o600))

	s := newSender(t, Config{URL: server.URL, TLS: push.TLS{CAFile: ca}, BearerToken: "token"})
	require.NoError(t, s.Check(t.Context()))
	require.NoError(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(3)...)))
	require.Equal(t, 3, r.count())

	s = newSender(t, Config{URL: server.URL, Timeout: time.Second})
	e := pushError(t, s.Check(t.Context()))
	require.Equal(t, "The receiver's certificate is not trusted.", e.Message)
}

// A redirect is not followed, so no header reaches a host that was not named.
func TestRedirectsAreNotFollowed(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	r := newReceiver(t, answering(http.StatusTemporaryRedirect, map[string]string{"Location": other.URL}, ""))
	server := httptest.NewServer(r)
	defer server.Close()
	s := newSender(t, Config{URL: server.URL, BearerToken: "token"})
	require.Error(t, s.Send(t.Context(), windowAt(t, 0, samplesOf(1)...)))
	require.False(t, reached)
}
