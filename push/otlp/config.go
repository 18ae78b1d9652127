package otlp

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/push"
)

// Protocol is how requests travel.
type Protocol uint8

// The protocols.
const (
	// HTTP is binary protobuf in HTTP POST requests.
	HTTP Protocol = iota + 1
	// GRPC is the MetricsService.
	GRPC
)

// String returns the protocol's name in OTEL_EXPORTER_OTLP_PROTOCOL.
func (p Protocol) String() string {
	switch p {
	case HTTP:
		return "http/protobuf"
	case GRPC:
		return "grpc"
	}
	return ""
}

// The defaults of Config.
const (
	DefaultTimeout = 10 * time.Second
	// DefaultPoints is near what Collectors make of a batch themselves.
	DefaultPoints = 10_000
	// DefaultHTTPBytes is before compression.
	DefaultHTTPBytes = 4 << 20
	// DefaultGRPCBytes leaves room below the 4 MiB that gRPC servers take.
	DefaultGRPCBytes = 3584 << 10
)

// Config is one endpoint and how to speak to it. ParseEndpoint and FromEnv make
// one; zero values mean defaults.
type Config struct {
	Protocol Protocol
	// Endpoint is an http or https URL: of a server for gRPC, of the very
	// resource to post to for HTTP. https means TLS.
	Endpoint *url.URL
	// Headers are sent with each request, as HTTP headers or as gRPC metadata.
	Headers map[string]string
	// BearerToken is sent as the Authorization header.
	BearerToken string
	// BearerTokenFile has the token; it is read for each request, so that a
	// rotated token needs no restart.
	BearerTokenFile string
	// AllowInsecureCredentials allows credentials over http to other hosts.
	AllowInsecureCredentials bool
	TLS                      push.TLS
	// Timeout bounds each request.
	Timeout time.Duration
	// Uncompressed sends requests as they are instead of with gzip.
	Uncompressed bool
	// MaxBytes and MaxPoints bound a request; bytes are before compression.
	MaxBytes, MaxPoints int
	// Resource are the resource's attributes. They must not name the replica.
	Resource []Attribute
	// Version is our own version, for the scope and the user agent.
	Version string
}

// Name returns the endpoint's short name, for status and metrics.
func (c Config) Name() string {
	if c.Endpoint == nil {
		return ""
	}
	return c.Endpoint.Host
}

func (c Config) withDefaults() Config {
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.MaxPoints = cmp.Or(c.MaxPoints, DefaultPoints)
	c.MaxBytes = cmp.Or(c.MaxBytes, DefaultHTTPBytes)
	if c.Protocol == GRPC {
		c.MaxBytes = min(c.MaxBytes, DefaultGRPCBytes)
	}
	return c
}

// validate refuses what could not work, or would give secrets away. Its errors
// name no header's value.
func (c Config) validate() error {
	switch {
	case c.Endpoint == nil || c.Protocol.String() == "":
		return errors.New("cannot push without an endpoint and a protocol")
	case c.BearerToken != "" && c.BearerTokenFile != "":
		return errors.New("cannot use a bearer token and a bearer token file at the same time")
	case !isHeaderValue(c.BearerToken):
		return errors.New("cannot use the bearer token: it has characters that no header may have")
	}
	for name, value := range c.Headers {
		if !isHeaderName(name) || !isHeaderValue(value) {
			return fmt.Errorf("cannot use the header %q: it has characters that no header may have", name)
		}
	}
	return push.CheckCleartext(c.Endpoint, c.hasCredentials(), c.AllowInsecureCredentials)
}

// isHeaderName reports whether both HTTP and gRPC take a name. gRPC's own names,
// and those that end in -bin, mean something else to it.
func isHeaderName(name string) bool {
	name = strings.ToLower(name)
	return name != "" && !strings.HasPrefix(name, "grpc-") && !strings.HasSuffix(name, "-bin") &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// isHeaderValue reports whether both HTTP and gRPC take a value: printable ASCII.
func isHeaderValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

func (c Config) hasCredentials() bool {
	for name := range c.Headers {
		if isSecret(name) {
			return true
		}
	}
	return c.BearerToken != "" || c.BearerTokenFile != ""
}

// isSecret guesses from a header's name whether it proves who we are. A tenant's
// name, as in X-Scope-OrgID, does not.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"auth", "cookie", "key", "token", "secret", "password", "signature"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func (c Config) userAgent() string { return strings.TrimSuffix("adxexporter/"+c.Version, "/") }
