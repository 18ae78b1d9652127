package push

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// certificate writes a self-signed certificate and its key.
func certificate(t *testing.T, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return writePEM(t, "CERTIFICATE", der), writePEM(t, "PRIVATE KEY", keyDER)
}

func writePEM(t *testing.T, kind string, der []byte) string {
	file := filepath.Join(t.TempDir(), "file.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return file
}

func TestTLS(t *testing.T) {
	serverCert, serverKey := certificate(t, "server")
	clientCert, clientKey := certificate(t, "client")
	otherCert, _ := certificate(t, "other")
	pair, err := tls.LoadX509KeyPair(serverCert, serverKey)
	require.NoError(t, err)
	clients := x509.NewCertPool()
	text, err := os.ReadFile(clientCert)
	require.NoError(t, err)
	require.True(t, clients.AppendCertsFromPEM(text))

	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that fail
	server.StartTLS()
	defer server.Close()

	cases := map[string]struct {
		reason string
		tls    TLS
		want   string
	}{
		"Mutual":     {"both are trusted", TLS{CAFile: serverCert, CertFile: clientCert, KeyFile: clientKey}, ""},
		"SkipVerify": {"nobody asks who the server is", TLS{InsecureSkipVerify: true, CertFile: clientCert, KeyFile: clientKey}, ""},
		"Untrusted":  {"another authority", TLS{CAFile: otherCert}, "The receiver's certificate is not trusted."},
		"OtherName":  {"the wrong server", TLS{CAFile: serverCert, ServerName: "elsewhere"}, "The receiver's certificate is not trusted."},
		"NoClient":   {"the server asks who we are", TLS{CAFile: serverCert}, "The receiver does not accept the TLS handshake."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config, err := tc.tls.Config()
			require.NoError(t, err)
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
			response, err := client.Get(server.URL)
			if tc.want != "" {
				require.Equal(t, tc.want, NetworkError(err).Message, "%s: %v", tc.reason, err)
				return
			}
			require.NoError(t, err, tc.reason)
			require.NoError(t, response.Body.Close())
		})
	}
}

func TestTLSFiles(t *testing.T) {
	cert, key := certificate(t, "client")
	for name, config := range map[string]TLS{
		"NoCA": {CAFile: "missing"}, "EmptyCA": {CAFile: key}, "NoKey": {CertFile: cert}, "NoCert": {KeyFile: key},
	} {
		_, err := config.Config()
		require.Error(t, err, name)
	}
	_, err := TLS{CAFile: "missing"}.Config()
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestCheckCleartext(t *testing.T) {
	cases := map[string]struct {
		endpoint           string
		credentials, allow bool
		refused            bool
	}{
		"HTTPS":         {"https://example.com", true, false, false},
		"NoCredentials": {"http://example.com", false, false, false},
		"Allowed":       {"http://example.com", true, true, false},
		"Localhost":     {"http://localhost:4318", true, false, false},
		"Loopback4":     {"http://127.0.0.2", true, false, false},
		"Loopback6":     {"http://[::1]:4318", true, false, false},
		"Network":       {"http://10.0.0.1", true, false, true},
		"LooksLocal":    {"http://localhost.example.com", true, false, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(tc.endpoint)
			require.NoError(t, err)
			require.Equal(t, tc.refused, CheckCleartext(u, tc.credentials, tc.allow) != nil)
		})
	}
}
