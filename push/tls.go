package push

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
)

// TLS says how to trust an endpoint, and how to prove who we are. The zero value
// trusts the system's authorities.
type TLS struct {
	// CAFile has the authorities to trust instead of the system's, in PEM.
	CAFile string
	// CertFile and KeyFile are our certificate and its key, in PEM. They are read
	// for each handshake, so a rotated certificate needs no restart.
	CertFile, KeyFile string
	// ServerName is the name to expect in the endpoint's certificate, if it is
	// not that of the URL.
	ServerName string
	// InsecureSkipVerify trusts every certificate.
	InsecureSkipVerify bool
}

// Config returns the configuration of a client.
func (t TLS) Config() (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // the user's own choice, for a test setup
	}
	if err := t.addAuthorities(config); err != nil {
		return nil, err
	}
	return config, t.addCertificate(config)
}

func (t TLS) addAuthorities(config *tls.Config) error {
	if t.CAFile == "" {
		return nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return fmt.Errorf("cannot read the certificate authorities: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("cannot read the certificate authorities: %q has no certificate", t.CAFile)
	}
	return nil
}

func (t TLS) addCertificate(config *tls.Config) error {
	if t.CertFile == "" && t.KeyFile == "" {
		return nil
	}
	load := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		certificate, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cannot read the client certificate: %w", err)
		}
		return &certificate, nil
	}
	config.GetClientCertificate = load
	_, err := load(nil) // a wrong path shows at start, not with the first window
	return err
}

// CheckCleartext refuses credentials that would cross a network unencrypted.
func CheckCleartext(endpoint *url.URL, credentials, allow bool) error {
	if endpoint.Scheme != "http" || !credentials || allow || isLoopback(endpoint.Hostname()) {
		return nil
	}
	return fmt.Errorf("cannot send credentials to %q over http: use https, or allow it with --allow-insecure-credentials", endpoint.Host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
