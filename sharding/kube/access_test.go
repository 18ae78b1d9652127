package kube

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/client-go/rest"
)

// TestAccess: peers that want https and a password get both, and are asked only if
// they are who they should be.
func TestAccess(t *testing.T) {
	backend := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "ali" || password != "open sesame" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer backend.Close()
	host, text, err := net.SplitHostPort(backend.Listener.Addr().String())
	require.NoError(t, err)
	number, err := strconv.Atoi(text)
	require.NoError(t, err)
	there := slice("s", endpoint("m-1", host))
	there.Ports = []discoveryv1.EndpointPort{port("telemetry", int32(number))}
	authorities := x509.NewCertPool()
	authorities.AddCert(backend.Certificate())
	broken := errors.New("the file is gone")
	credentials := func() (user, password string, err error) { return "ali", "open sesame", nil }
	trusted := &tls.Config{RootCAs: authorities, ServerName: "example.com", MinVersion: tls.VersionTLS12}

	cases := map[string]struct {
		reason string
		access Access
		want   string
	}{
		"Both":       {"as the flags say", Access{TLS: trusted, Credentials: credentials}, ""},
		"Clear":      {"the password is not sent in clear by mistake of one side", Access{}, `cannot ask peer "m-1": it answers 400 Bad Request`},
		"NoPassword": {"the peer refuses", Access{TLS: trusted}, `cannot ask peer "m-1": it answers 401 Unauthorized`},
		"NoFile":     {"then nothing is asked", Access{TLS: trusted, Credentials: func() (string, string, error) { return "", "", broken }}, `cannot ask peer "m-1": the file is gone`},
		"Stranger":   {"its certificate is for another name", Access{TLS: &tls.Config{RootCAs: authorities, ServerName: "ring.ns.svc", MinVersion: tls.VersionTLS12}, Credentials: credentials}, "certificate is valid for"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := NewPeers(&rest.Config{Host: "http://cluster"}, "ns", "ring")
			require.NoError(t, err)
			defer p.client.CloseIdleConnections()
			p.SetAccess(tc.access)
			p.see(there)
			body, err := p.Get(t.Context(), "m-1", "/")
			if tc.want != "" {
				require.ErrorContains(t, err, tc.want, tc.reason)
				return
			}
			require.NoError(t, err, tc.reason)
			require.NoError(t, body.Close())
		})
	}
}

// TestToken: a token goes to a peer that is who it should be, over TLS, and not along
// with what is open.
func TestToken(t *testing.T) {
	seen := make(chan string, 20) // more than a redirect that is followed leads to
	answer := func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Authorization")
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}
	secure, bare := httptest.NewTLSServer(http.HandlerFunc(answer)), httptest.NewServer(http.HandlerFunc(answer))
	defer secure.Close()
	defer bare.Close()
	authorities := x509.NewCertPool()
	authorities.AddCert(secure.Certificate())
	trusted := &tls.Config{RootCAs: authorities, ServerName: "example.com", MinVersion: tls.VersionTLS12}
	mine := func() (string, error) { return "mine", nil }
	gone := func() (string, error) { return "", errors.New("the file is gone") }

	cases := map[string]struct {
		reason     string
		to         *httptest.Server
		access     Access
		path       string
		open       bool
		sent, want string
	}{
		"Guarded": {"it is asked for", secure, Access{TLS: trusted, Token: mine}, "/", false, "Bearer mine", ""},
		"Open":    {"it is not asked for", secure, Access{TLS: trusted, Token: mine}, "/", true, "", ""},
		"NoToken": {"peers ask for none", secure, Access{TLS: trusted}, "/", false, "", ""},
		"Gone":    {"then nothing is asked", secure, Access{TLS: trusted, Token: gone}, "/", false, "", `cannot ask peer "m-1": the file is gone`},
		"Moved":   {"a token is for the peer that was meant", secure, Access{TLS: trusted, Token: mine}, "/moved", false, "Bearer mine", `cannot ask peer "m-1": it answers 302 Found`},
		"Clear":   {"nothing is sent, whatever was set up", bare, Access{Token: mine}, "/", false, "", `cannot ask peer "m-1": it is not asked over https, and a token must not cross the network in clear`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := NewPeers(&rest.Config{Host: "http://cluster"}, "ns", "ring")
			require.NoError(t, err)
			defer p.client.CloseIdleConnections()
			p.SetAccess(tc.access)
			host, text, err := net.SplitHostPort(tc.to.Listener.Addr().String())
			require.NoError(t, err)
			number, err := strconv.Atoi(text)
			require.NoError(t, err)
			there := slice("s", endpoint("m-1", host))
			there.Ports = []discoveryv1.EndpointPort{port("telemetry", int32(number))}
			p.see(there)
			get := p.GetGuarded
			if tc.open {
				get = p.Get
			}
			body, err := get(t.Context(), "m-1", tc.path)
			if tc.want != "" {
				require.EqualError(t, err, tc.want, tc.reason)
			} else {
				require.NoError(t, err, tc.reason)
				require.NoError(t, body.Close())
			}
			if tc.want == "" || tc.sent != "" {
				require.Equal(t, tc.sent, <-seen, tc.reason)
			}
			require.Empty(t, seen, "nobody else is asked")
		})
	}
}
