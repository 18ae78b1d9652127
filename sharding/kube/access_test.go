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
		"Both":       {"as the flags say", Access{trusted, credentials}, ""},
		"Clear":      {"the password is not sent in clear by mistake of one side", Access{nil, nil}, `cannot ask peer "m-1": it answers 400 Bad Request`},
		"NoPassword": {"the peer refuses", Access{trusted, nil}, `cannot ask peer "m-1": it answers 401 Unauthorized`},
		"NoFile":     {"then nothing is asked", Access{trusted, func() (string, string, error) { return "", "", broken }}, `cannot ask peer "m-1": the file is gone`},
		"Stranger":   {"its certificate is for another name", Access{&tls.Config{RootCAs: authorities, ServerName: "ring.ns.svc", MinVersion: tls.VersionTLS12}, credentials}, "certificate is valid for"},
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
