package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"
	"sigs.k8s.io/yaml"

	shardingkube "github.com/adx-mon/adxexporter/sharding/kube"
)

// accessFlags say who may ask the ports.
type accessFlags struct {
	WebConfigFile       string `name:"web.config.file" placeholder:"FILE" help:"TLS and passwords for the series, in the format of Prometheus' exporters. docs/guide/status-page.md says more."`
	TelemetryConfigFile string `name:"telemetry.config.file" placeholder:"FILE" help:"The same for the telemetry port. Probes may need --telemetry.probe-address then, and the replicas of a ring what follows."`
	PeerCAFile          string `name:"telemetry.peer-ca-file" placeholder:"FILE" help:"Ask the other replicas over https, and trust these certificate authorities, in PEM. Their certificate is for PEER-SERVICE.NAMESPACE.svc."`
	PeerCredentialsFile string `name:"telemetry.peer-credentials-file" placeholder:"FILE" help:"user:password for the other replicas, read for each request."`
	Authorization       bool   `name:"telemetry.authorization" help:"Answer on the telemetry port only whom the API server lets in, by bearer token and nonResourceURLs; probes and what replicas ask of the ring excepted. Needs TLS there."`
	ProbeAddress        string `name:"telemetry.probe-address" placeholder:"ADDRESS" help:"Serve /healthz and /readyz here as well, in clear and to everybody."`
}

// Access is who may ask the ports of a replica, and how it asks the others.
type Access struct {
	// MetricsConfig and TelemetryConfig are files of Prometheus' exporter-toolkit;
	// empty is everybody.
	MetricsConfig, TelemetryConfig string
	// PeerCA is a file of certificate authorities; empty if peers are asked in clear.
	PeerCA string
	// PeerCredentials is a file with user:password; empty if peers ask for none.
	PeerCredentials string
	// Authorization has the API server say who may ask the telemetry port.
	Authorization bool
}

// access turns the flags into what New takes. Its errors are the user's.
func (f *accessFlags) access(inRing bool) (Access, error) {
	if err := web.Validate(f.WebConfigFile); err != nil {
		return Access{}, fmt.Errorf("--web.config.file: %w", err)
	}
	if err := web.Validate(f.TelemetryConfigFile); err != nil {
		return Access{}, fmt.Errorf("--telemetry.config.file: %w", err)
	}
	a := Access{
		MetricsConfig: f.WebConfigFile, TelemetryConfig: f.TelemetryConfigFile,
		PeerCA: f.PeerCAFile, PeerCredentials: f.PeerCredentialsFile, Authorization: f.Authorization,
	}
	if err := a.authorizes(inRing); err != nil {
		return Access{}, fmt.Errorf("--telemetry.authorization: %w", err)
	}
	if !inRing {
		return a, nil
	}
	if err := a.reachesPeers(); err != nil {
		return Access{}, fmt.Errorf("--telemetry.config.file: %w", err)
	}
	_, err := a.peers("")
	return a, err
}

// authorizes returns an error if the API server cannot say who may ask, or if tokens
// would not be safe.
func (a Access) authorizes(inRing bool) error {
	if !a.Authorization {
		return nil
	}
	if !inRing {
		return errors.New("it is the API server that is asked, so it does not go with --exporters-dir")
	}
	asks, err := a.telemetry()
	switch {
	case err != nil:
		return err
	case !asks.tls():
		return errors.New("tokens must not cross the network in clear: --telemetry.config.file needs a tls_server_config with a certificate")
	case len(asks.Users) > 0:
		return errors.New("--telemetry.config.file has basic_auth_users, and a request cannot have a password and a token: leave one out")
	case a.PeerCredentials != "":
		return errors.New("the replicas show each other their tokens: leave --telemetry.peer-credentials-file out")
	}
	return nil
}

// asking is what the telemetry port asks for, in its file.
type asking struct {
	TLS struct {
		CertFile string `json:"cert_file"`
		Cert     string `json:"cert"`
	} `json:"tls_server_config"`
	Users map[string]string `json:"basic_auth_users"`
}

// tls reports whether the port speaks TLS. Without a certificate it does not, whatever
// else its tls_server_config says.
func (a asking) tls() bool { return a.TLS.CertFile != "" || a.TLS.Cert != "" }

// telemetry reads what the telemetry port asks for: nothing, if there is no file.
func (a Access) telemetry() (asks asking, err error) {
	if a.TelemetryConfig == "" {
		return asks, nil
	}
	content, err := os.ReadFile(a.TelemetryConfig)
	if err != nil {
		return asks, err
	}
	err = yaml.Unmarshal(content, &asks)
	return asks, err
}

// reachesPeers returns an error if this replica would not answer one like itself.
func (a Access) reachesPeers() error {
	asks, err := a.telemetry()
	switch {
	case err != nil:
		return err
	case asks.tls() && a.PeerCA == "":
		return errors.New("it asks for TLS, so the replicas need --telemetry.peer-ca-file to ask each other")
	case len(asks.Users) > 0 && a.PeerCredentials == "":
		return errors.New("it asks for a password, so the replicas need --telemetry.peer-credentials-file to ask each other")
	}
	return nil
}

// peers returns how the other replicas are asked, whose certificate is for a name.
func (a Access) peers(name string) (shardingkube.Access, error) {
	var access shardingkube.Access
	if a.PeerCA != "" {
		content, err := os.ReadFile(a.PeerCA)
		if err != nil {
			return access, fmt.Errorf("--telemetry.peer-ca-file: %w", err)
		}
		authorities := x509.NewCertPool()
		if !authorities.AppendCertsFromPEM(content) {
			return access, fmt.Errorf("--telemetry.peer-ca-file: there is no certificate in %q", a.PeerCA)
		}
		access.TLS = &tls.Config{RootCAs: authorities, ServerName: name, MinVersion: tls.VersionTLS12}
	}
	if a.PeerCredentials != "" {
		access.Credentials = func() (user, password string, err error) { return readCredentials(a.PeerCredentials) }
		if _, _, err := access.Credentials(); err != nil {
			return access, fmt.Errorf("--telemetry.peer-credentials-file: %w", err)
		}
	}
	return access, nil
}

// readCredentials reads user:password. An error does not quote the file.
func readCredentials(file string) (user, password string, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	user, password, ok := strings.Cut(strings.TrimSpace(string(content)), ":")
	if !ok || user == "" {
		return "", "", fmt.Errorf("cannot read %q: want user:password", file)
	}
	return user, password, nil
}
