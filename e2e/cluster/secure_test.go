package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/adx-mon/adxexporter/exposition/page"
)

// peerName is what the certificate of the replicas is for.
const peerName = mainSet + "." + namespace + ".svc"

// certify writes a certificate authority, a certificate of it for the replicas, and a
// file for --telemetry.config.file into a folder.
func certify(dir string) error {
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	replica := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotAfter: authority.NotAfter, DNSNames: []string{peerName},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	authorityDER, err := x509.CreateCertificate(rand.Reader, authority, authority, signer.Public(), signer)
	if err != nil {
		return err
	}
	replicaDER, err := x509.CreateCertificate(rand.Reader, replica, authority, key.Public(), signer)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	write := func(name, kind string, der []byte) error {
		return os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
	}
	return errors.Join(
		os.MkdirAll(dir, 0o700),
		write("ca.crt", "CERTIFICATE", authorityDER), write("tls.crt", "CERTIFICATE", replicaDER), write("tls.key", "PRIVATE KEY", keyDER),
		os.WriteFile(filepath.Join(dir, "web.yaml"), []byte("tls_server_config: {cert_file: tls.crt, key_file: tls.key}\n"), 0o600),
	)
}

// ask asks a replica's telemetry port for a path, over TLS and as the owner of a token,
// if there is one.
func (s *scenario) ask(pod, path, token string) (status int, body []byte, err error) {
	described, err := s.Kubelet().Pod(podKey(pod))
	if err != nil {
		return 0, nil, err
	}
	content, err := os.ReadFile(filepath.Join(s.dir, "tls", "ca.crt"))
	if err != nil {
		return 0, nil, err
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(content)
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: authorities, ServerName: peerName, MinVersion: tls.VersionTLS12},
	}}
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+described.IP.String()+":8081"+path, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// answers returns nil if a replica answers with a status.
func (s *scenario) answers(pod, path, token string, want int) error {
	status, body, err := s.ask(pod, path, token)
	if err == nil && status != want {
		return fmt.Errorf("%s answers %d to %s: %s", pod, status, path, body)
	}
	return err
}

// views returns nil if a replica's page of the ring has the views of n replicas, and
// misses none.
func (s *scenario) views(pod, token string, n int) error {
	status, body, err := s.ask(pod, "/ring?format=json", token)
	if err != nil {
		return err
	}
	var ring page.Ring
	if err := json.Unmarshal(body, &ring); err != nil || len(ring.Views) != n || len(ring.Missing) > 0 {
		return errors.Join(fmt.Errorf("%s answers %d, and does not show %d replicas: %s", pod, status, n, body), err)
	}
	return nil
}
