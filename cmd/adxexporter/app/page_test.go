package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	webpage "github.com/adx-mon/adxexporter/exposition/page"
)

// passwordHash is that of "open sesame".
const passwordHash = `$2a$04$PEOaWT3w7tBMt/UJZjws5OMhGeo57gNHfAQNn5sUyqgU57ohbPM4W`

// secretive is an exporter whose query has a secret, and a webhook that Kusto's answer
// quotes.
const secretive = `
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: secretive, namespace: monitoring}
spec:
  database: TelemetryDB
  interval: 10s
  body: |
    let key = h"planted-in-kql";
    print timestamp = _startTime, value = 1.0, name = "secretive"
  transform: {metricNameColumn: name, valueColumn: value, timestampColumn: timestamp}
`

// everyPage are the status page's addresses.
var everyPage = []string{"/", "/exporters", "/exporters/monitoring/secretive", "/exporters/monitoring/service-response-times", "/ring", "/targets", "/nothing"}

// TestStatusPageShowsNoSecrets: credentials are planted wherever the configuration
// and the exporters can have some, and no page shows one.
func TestStatusPageShowsNoSecrets(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte("planted-in-file"), 0o600))
	line := platform + " --allow-insecure-credentials" +
		" --otlp-endpoint=http://planted-user:planted-password@127.0.0.1:1/v1/metrics?key=planted-in-query --otlp-header=Api-Key=planted-in-header" +
		" --remote-write-endpoint=http://127.0.0.1:1/planted-in-path/write --remote-write-header=Authorization=planted-in-rw" +
		" --remote-write-bearer-token-file=" + token
	if _, err := parseRun(t, append(splitArgs(line), "--exporters-dir=x")).options(&logs{}); err != nil {
		// What cannot be configured cannot be shown.
		line = strings.ReplaceAll(strings.ReplaceAll(line, "planted-user:planted-password@", ""), " --remote-write-header=Authorization=planted-in-rw", "")
	}
	r := startReplica(t, line, []string{"TelemetryDB"}, map[string]string{
		"a.yaml": exporter(t, "use-case-1.yaml"), "b.yaml": secretive,
	})
	r.eventually(t, `secretive(\{\})? 1`)
	base := "http://" + r.TelemetryAddr()
	require.Eventually(t, func() bool {
		_, body := get(t, base+"/targets?format=json")
		return strings.Count(body, `"lastFailure"`) == 2
	}, 20*time.Second, 20*time.Millisecond, "both receivers are away")
	for _, path := range everyPage {
		for _, format := range []string{"html", "json"} {
			_, body := get(t, base+path+"?format="+format)
			require.NotContains(t, body, "planted", "%s as %s", path, format)
			require.NotEmpty(t, body)
		}
	}
	var detail webpage.Detail
	require.Eventually(t, func() bool {
		_, body := get(t, base+"/exporters/monitoring/secretive?format=json")
		require.NoError(t, json.Unmarshal([]byte(body), &detail))
		return len(detail.Runs) > 0
	}, 20*time.Second, 20*time.Millisecond, "its run ends when both receivers have been given up")
	require.True(t, detail.Hidden)
	require.Contains(t, detail.KQL, `let key = h"…";`)
	require.Len(t, detail.Sample, 1)
	require.Equal(t, "monitoring", detail.Exporter.Namespace)
}

// TestStatusPageBesideTheRest: the pages take nothing from the other paths of the
// telemetry port, and answer nothing but reads.
func TestStatusPageBesideTheRest(t *testing.T) {
	r := startReplica(t, platform, []string{"TelemetryDB"}, map[string]string{"a.yaml": exporter(t, "use-case-1.yaml")})
	r.eventually(t, `service_response_time_avg\{.*\} `+number)
	base := "http://" + r.TelemetryAddr()
	for path, want := range map[string]string{
		"/": "<h1>Replica ", "/exporters": "service-response-times", "/metrics": "adxexporter_build_info", "/healthz": "ok",
		"/debug/pprof/": "goroutine", "/ring": "This replica is alone", "/static/style.css": "color-scheme",
	} {
		status, body := get(t, base+path)
		require.Equal(t, http.StatusOK, status, path)
		require.Contains(t, body, want, path)
	}
	status, _ := get(t, base+"/nothing")
	require.Equal(t, http.StatusNotFound, status)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/exporters", http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
}

// certificate writes a certificate for a name, and its key, into a folder.
func certificate(t *testing.T, dir, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	return certFile, keyFile
}

// webConfig writes a file for --web.config.file: https, and the password open sesame
// for the user ali.
func webConfig(t *testing.T, dir string) (config, certFile string) {
	t.Helper()
	certFile, keyFile := certificate(t, dir, "ring.ns.svc")
	config = filepath.Join(dir, "web.yaml")
	content := fmt.Sprintf("tls_server_config:\n  cert_file: %s\n  key_file: %s\nbasic_auth_users:\n  ali: %s\n", certFile, keyFile, passwordHash)
	require.NoError(t, os.WriteFile(config, []byte(content), 0o600))
	return config, certFile
}

// TestAccess: with a file for each port, both want https and the password, and the
// probes have a port of their own that wants neither.
func TestAccess(t *testing.T) {
	dir := t.TempDir()
	config, certFile := webConfig(t, dir)
	r := startReplica(t, platform+" --web.config.file="+config+" --telemetry.config.file="+config+" --telemetry.probe-address=127.0.0.1:0",
		[]string{"TelemetryDB"}, map[string]string{"a.yaml": exporter(t, "use-case-1.yaml")})
	pemText, err := os.ReadFile(certFile)
	require.NoError(t, err)
	authorities := x509.NewCertPool()
	require.True(t, authorities.AppendCertsFromPEM(pemText))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities, ServerName: "ring.ns.svc", MinVersion: tls.VersionTLS12}}}
	t.Cleanup(client.CloseIdleConnections)
	ask := func(url, password string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		require.NoError(t, err)
		if password != "" {
			request.SetBasicAuth("ali", password)
		}
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	for _, url := range []string{"https://" + r.TelemetryAddr() + "/exporters", "https://" + r.TelemetryAddr() + "/healthz", "https://" + r.MetricsAddr() + "/metrics"} {
		require.Equal(t, http.StatusUnauthorized, ask(url, ""), url)
		require.Equal(t, http.StatusUnauthorized, ask(url, "close sesame"), url)
		require.Equal(t, http.StatusOK, ask(url, "open sesame"), url)
		require.Equal(t, http.StatusBadRequest, ask(strings.Replace(url, "https", "http", 1), "open sesame"), "no password goes in clear")
	}
	probes := "http://" + r.probes.listener.Addr().String()
	require.Equal(t, http.StatusOK, ask(probes+"/healthz", ""))
	require.Equal(t, http.StatusNotFound, ask(probes+"/exporters", ""))
}

// TestAccessFlags: what cannot work is said before anything starts.
func TestAccessFlags(t *testing.T) {
	dir := t.TempDir()
	config, certFile := webConfig(t, dir)
	write := func(name, content string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		return name
	}
	password := write("password.yaml", "basic_auth_users: {ali: "+passwordHash+"}")
	tlsOnly := write("tls.yaml", fmt.Sprintf("tls_server_config: {cert_file: %s, key_file: %s}", certFile, filepath.Join(dir, "tls.key")))
	inClear := write("clear.yaml", "tls_server_config: {min_version: TLS13}")
	credentials, broken := write("credentials", "ali:open sesame\n"), write("broken.yaml", "users: {}")
	cases := map[string]struct {
		reason string
		flags  accessFlags
		alone  bool
		want   string
	}{
		"Nothing":       {"everybody may ask", accessFlags{}, false, ""},
		"All":           {"a replica that others can ask", accessFlags{WebConfigFile: config, TelemetryConfigFile: config, PeerCAFile: certFile, PeerCredentialsFile: credentials}, false, ""},
		"Alone":         {"there are no others", accessFlags{TelemetryConfigFile: config}, true, ""},
		"NoPeerCA":      {"peers would ask in clear", accessFlags{TelemetryConfigFile: config, PeerCredentialsFile: credentials}, false, "--telemetry.config.file: it asks for TLS, so the replicas need --telemetry.peer-ca-file to ask each other"},
		"NoCredentials": {"peers would be refused", accessFlags{TelemetryConfigFile: password}, false, "--telemetry.config.file: it asks for a password, so the replicas need --telemetry.peer-credentials-file to ask each other"},
		"NoFile":        {"a typing error", accessFlags{WebConfigFile: "nothing.yaml"}, true, "--web.config.file: open nothing.yaml: no such file or directory"},
		"Broken":        {"a field that nobody knows", accessFlags{TelemetryConfigFile: broken}, true, "--telemetry.config.file: "},
		"NoCA":          {"a file without a certificate", accessFlags{PeerCAFile: credentials}, false, "--telemetry.peer-ca-file: there is no certificate in"},
		"NoCAFile":      {"a typing error", accessFlags{PeerCAFile: "nothing.pem"}, false, "--telemetry.peer-ca-file: open nothing.pem"},
		"NoColon":       {"half of it", accessFlags{PeerCredentialsFile: config + "x"}, false, "--telemetry.peer-credentials-file: open"},
		"Certificate":   {"the wrong file", accessFlags{PeerCredentialsFile: write("half", "ali")}, false, "--telemetry.peer-credentials-file: cannot read"},

		"Authorized":     {"as it is meant", accessFlags{Authorization: true, TelemetryConfigFile: tlsOnly, PeerCAFile: certFile}, false, ""},
		"AuthorizedBare": {"tokens in clear", accessFlags{Authorization: true}, false, "--telemetry.authorization: tokens must not cross the network in clear: --telemetry.config.file needs a tls_server_config with a certificate"},
		"AuthorizedNoCertificate": {
			"the port would be one in clear",
			accessFlags{Authorization: true, TelemetryConfigFile: inClear},
			false,
			"--telemetry.authorization: tokens must not cross the network in clear: ",
		},
		"AuthorizedUsers": {
			"one header for two things",
			accessFlags{Authorization: true, TelemetryConfigFile: config, PeerCAFile: certFile},
			false,
			"--telemetry.authorization: --telemetry.config.file has basic_auth_users, and a request cannot have a password and a token: leave one out",
		},
		"AuthorizedPassword": {
			"again",
			accessFlags{Authorization: true, TelemetryConfigFile: tlsOnly, PeerCAFile: certFile, PeerCredentialsFile: credentials},
			false,
			"--telemetry.authorization: the replicas show each other their tokens: leave --telemetry.peer-credentials-file out",
		},
		"AuthorizedAlone": {
			"nobody could be asked",
			accessFlags{Authorization: true, TelemetryConfigFile: tlsOnly},
			true,
			"--telemetry.authorization: it is the API server that is asked, so it does not go with --exporters-dir",
		},
		"AuthorizedNoPeerCA": {"peers would ask in clear", accessFlags{Authorization: true, TelemetryConfigFile: tlsOnly}, false, "it asks for TLS, so the replicas need --telemetry.peer-ca-file"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := tc.flags.access(!tc.alone)
			if tc.want == "" {
				require.NoError(t, err, tc.reason)
				return
			}
			require.ErrorContains(t, err, tc.want, tc.reason)
		})
	}
	access, err := Access{PeerCA: certFile, PeerCredentials: credentials}.peers("ring.ns.svc")
	require.NoError(t, err)
	user, secret, err := access.Credentials()
	require.NoError(t, err)
	require.Equal(t, []string{"ali", "open sesame", "ring.ns.svc"}, []string{user, secret, access.TLS.ServerName})
}
