package otlp

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// FromEnv reads the environment variables of the OpenTelemetry specification,
// OTEL_EXPORTER_OTLP_METRICS_x before OTEL_EXPORTER_OTLP_x, for x = ENDPOINT,
// HEADERS, PROTOCOL, COMPRESSION, TIMEOUT, CERTIFICATE, CLIENT_CERTIFICATE,
// CLIENT_KEY and INSECURE. Config.Endpoint is nil if no endpoint is named: the
// caller may take the endpoint from a flag and the rest from here.
//
// Two defaults differ from the specification's: there is no default endpoint,
// and requests are compressed.
func FromEnv(getenv func(string) string) (Config, error) {
	env := environment{getenv}
	c, err := env.endpoint()
	if err != nil {
		return Config{}, err
	}
	if c.Headers, err = env.headers(); err != nil {
		return Config{}, err
	}
	if c.Timeout, err = env.timeout(); err != nil {
		return Config{}, err
	}
	if c.Uncompressed, err = env.uncompressed(); err != nil {
		return Config{}, err
	}
	_, c.TLS.CAFile = env.lookup("CERTIFICATE")
	_, c.TLS.CertFile = env.lookup("CLIENT_CERTIFICATE")
	_, c.TLS.KeyFile = env.lookup("CLIENT_KEY")
	return c, nil
}

type environment struct {
	getenv func(string) string
}

const (
	genericPrefix = "OTEL_EXPORTER_OTLP_"
	metricsPrefix = "OTEL_EXPORTER_OTLP_METRICS_"
)

// lookup returns the value of a setting and the variable that it is from. An
// empty variable is like one that is not set, as the specification says.
func (e environment) lookup(setting string) (variable, value string) {
	for _, prefix := range []string{metricsPrefix, genericPrefix} {
		if value := strings.TrimSpace(e.getenv(prefix + setting)); value != "" {
			return prefix + setting, value
		}
	}
	return "", ""
}

// endpoint reads ENDPOINT and PROTOCOL. The generic endpoint is a base to which
// the path of the metrics is added; the one of metrics is used as it is.
func (e environment) endpoint() (Config, error) {
	protocolFrom, protocol := e.lookup("PROTOCOL")
	p, err := parseProtocol(protocol)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", protocolFrom, err)
	}
	from, endpoint := e.lookup("ENDPOINT")
	if from == "" {
		return Config{Protocol: p}, nil
	}
	u, err := e.parseURL(endpoint, p)
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", from, err)
	}
	if p == 0 {
		p = guessProtocol(u)
	}
	switch {
	case p == GRPC:
		u.Path = "" // the specification lets gRPC ignore it
	case from == genericPrefix+"ENDPOINT":
		u.Path = strings.TrimSuffix(u.Path, "/") + metricsPath
	case u.Path == "":
		u.Path = "/"
	}
	return Config{Protocol: p, Endpoint: u}, nil
}

// parseURL reads an endpoint. Over gRPC it may be a host and a port alone; then
// INSECURE says whether to use TLS.
func (e environment) parseURL(endpoint string, p Protocol) (*url.URL, error) {
	if p != GRPC || strings.Contains(endpoint, "://") {
		return parseURL(endpoint)
	}
	from, value := e.lookup("INSECURE")
	if strings.EqualFold(value, "true") {
		return parseURL("http://" + endpoint)
	}
	if value != "" && !strings.EqualFold(value, "false") {
		return nil, fmt.Errorf("cannot use %s=%q: it is neither true nor false", from, value)
	}
	return parseURL("https://" + endpoint)
}

// headers reads HEADERS: name=value pairs, separated by commas, with the values
// URL-encoded.
func (e environment) headers() (map[string]string, error) {
	from, list := e.lookup("HEADERS")
	if from == "" {
		return nil, nil
	}
	headers := make(map[string]string)
	for i, pair := range strings.Split(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, encoded, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(encoded))
		name = strings.TrimSpace(name)
		if !found || name == "" || err != nil {
			return nil, fmt.Errorf("%s: cannot read entry %d: it is not name=value with a URL-encoded value", from, i+1)
		}
		headers[name] = value
	}
	return headers, nil
}

// timeout reads TIMEOUT, which is in milliseconds.
func (e environment) timeout() (time.Duration, error) {
	from, value := e.lookup("TIMEOUT")
	if from == "" {
		return 0, nil
	}
	milliseconds, err := strconv.ParseUint(value, 10, 31)
	if err != nil || milliseconds == 0 {
		return 0, fmt.Errorf("%s: cannot use %q: it is no number of milliseconds", from, value)
	}
	return time.Duration(milliseconds) * time.Millisecond, nil
}

func (e environment) uncompressed() (bool, error) {
	switch from, value := e.lookup("COMPRESSION"); strings.ToLower(value) {
	case "", "gzip":
		return false, nil
	case "none":
		return true, nil
	default:
		return false, fmt.Errorf("%s: cannot use %q: use gzip or none", from, value)
	}
}
