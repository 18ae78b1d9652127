package otlp

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// metricsPath is where receivers expect metrics over HTTP.
const metricsPath = "/v1/metrics"

// ParseEndpoint reads an endpoint's URL. Without a protocol ("grpc",
// "http/protobuf" or its short form "http") the URL tells: port 4317 without a
// path is gRPC, all else is HTTP. Over HTTP a URL without a path gets the usual
// one, /v1/metrics.
func ParseEndpoint(endpoint, protocol string) (Config, error) {
	u, err := parseURL(endpoint)
	if err != nil {
		return Config{}, err
	}
	p, err := parseProtocol(protocol)
	if err != nil {
		return Config{}, err
	}
	if p == 0 {
		p = guessProtocol(u)
	}
	if p == GRPC && hasPath(u) {
		return Config{}, fmt.Errorf("cannot use endpoint %q with gRPC: it has a path", u)
	}
	if p == HTTP && !hasPath(u) {
		u.Path = metricsPath
	}
	return Config{Protocol: p, Endpoint: u}, nil
}

// parseURL reads a URL. Its errors do not repeat one that may have a password.
func parseURL(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, errors.New("cannot parse the OTLP endpoint: it is no URL")
	}
	switch {
	case u.User != nil:
		return nil, fmt.Errorf("cannot use endpoint %q: give credentials as a header or a bearer token, not in the URL", u.Redacted())
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("cannot use endpoint %q: it must start with http:// or https://", endpoint)
	case u.Hostname() == "":
		return nil, fmt.Errorf("cannot use endpoint %q: it has no host", endpoint)
	case u.Fragment != "":
		return nil, fmt.Errorf("cannot use endpoint %q: it has a fragment", endpoint)
	}
	return u, nil
}

func parseProtocol(protocol string) (Protocol, error) {
	switch strings.ToLower(protocol) {
	case "":
		return 0, nil
	case "grpc":
		return GRPC, nil
	case "http", "http/protobuf":
		return HTTP, nil
	}
	return 0, fmt.Errorf("cannot use OTLP protocol %q: use grpc or http/protobuf", protocol)
}

func guessProtocol(u *url.URL) Protocol {
	if u.Port() == "4317" && !hasPath(u) {
		return GRPC
	}
	return HTTP
}

func hasPath(u *url.URL) bool { return u.Path != "" && u.Path != "/" }
