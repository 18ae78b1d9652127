package otlp

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/push"
)

func TestParseEndpoint(t *testing.T) {
	cases := map[string]struct {
		endpoint, protocol string
		want               string // protocol and URL; empty: refused
	}{
		"GRPCPort":       {"http://collector:4317", "", "grpc http://collector:4317"},
		"GRPCSlash":      {"http://collector:4317/", "", "grpc http://collector:4317/"},
		"GRPCTLS":        {"https://collector:4317", "", "grpc https://collector:4317"},
		"HTTPPort":       {"http://collector:4318", "", "http/protobuf http://collector:4318/v1/metrics"},
		"HTTPSlash":      {"http://collector:4318/", "", "http/protobuf http://collector:4318/v1/metrics"},
		"Path":           {"https://host/api/v1/otlp/v1/metrics", "", "http/protobuf https://host/api/v1/otlp/v1/metrics"},
		"PathOnGRPCPort": {"http://host:4317/v1/metrics", "", "http/protobuf http://host:4317/v1/metrics"},
		"Query":          {"http://host?db=m", "", "http/protobuf http://host/v1/metrics?db=m"},
		"NoPort":         {"https://host", "", "http/protobuf https://host/v1/metrics"},
		"ProtocolWins":   {"http://host:4318", "grpc", "grpc http://host:4318"},
		"HTTPWins":       {"http://host:4317", "http/protobuf", "http/protobuf http://host:4317/v1/metrics"},
		"ShortProtocol":  {"http://[::1]:4317", "HTTP", "http/protobuf http://[::1]:4317/v1/metrics"},
		"GRPCPath":       {"http://host:4317/path", "grpc", ""},
		"Protocol":       {"http://host", "http/json", ""},
		"NoScheme":       {"host:4317", "", ""},
		"OtherScheme":    {"grpc://host:4317", "", ""},
		"NoHost":         {"http://:4317", "", ""},
		"Fragment":       {"http://host#x", "", ""},
		"Password":       {"http://user:secret@host", "", ""},
		"BadPassword":    {"http://user:secret%@host", "", ""},
		"Empty":          {"", "", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := ParseEndpoint(tc.endpoint, tc.protocol)
			if tc.want == "" {
				require.ErrorContains(t, err, "cannot ")
				require.NotContains(t, err.Error(), "secret")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, c.Protocol.String()+" "+c.Endpoint.String())
		})
	}
}

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"http://host:4317", "https://u:p@h/x?y#z", "http://[::1%25en0]:4318/"} {
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, endpoint, protocol string) {
		c, err := ParseEndpoint(endpoint, protocol)
		if err != nil {
			return
		}
		again, err := ParseEndpoint(c.Endpoint.String(), c.Protocol.String())
		require.NoError(t, err, "what is accepted can be given again")
		require.Equal(t, c.Endpoint.String(), again.Endpoint.String())
		require.NotEmpty(t, c.Name())
	})
}

func TestFromEnv(t *testing.T) {
	const generic, metrics = "OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_METRICS_"
	type config struct {
		endpoint     string
		protocol     Protocol
		headers      map[string]string
		timeout      time.Duration
		uncompressed bool
		tls          push.TLS
	}
	cases := map[string]struct {
		reason string
		env    map[string]string
		want   *config // nil: refused
	}{
		"Empty":       {"no endpoint is no error", nil, &config{}},
		"GenericHTTP": {"the generic endpoint is a base", map[string]string{generic + "ENDPOINT": "http://c:4318"}, &config{endpoint: "http://c:4318/v1/metrics", protocol: HTTP}},
		"GenericBase": {"with a path or without", map[string]string{generic + "ENDPOINT": "http://c:4318/base/"}, &config{endpoint: "http://c:4318/base/v1/metrics", protocol: HTTP}},
		"MetricsAsIs": {"the one of metrics is used as it is", map[string]string{metrics + "ENDPOINT": "http://c/write"}, &config{endpoint: "http://c/write", protocol: HTTP}},
		"MetricsRoot": {"even without a path", map[string]string{metrics + "ENDPOINT": "http://c:4318"}, &config{endpoint: "http://c:4318/", protocol: HTTP}},
		"MetricsWins": {"over the generic one", map[string]string{generic + "ENDPOINT": "http://a:4317", metrics + "ENDPOINT": "http://b:4317"}, &config{endpoint: "http://b:4317", protocol: GRPC}},
		"GRPC":        {"a path means nothing to gRPC", map[string]string{generic + "ENDPOINT": "https://c:1/x", generic + "PROTOCOL": "grpc"}, &config{endpoint: "https://c:1", protocol: GRPC}},
		"Secure":      {"no scheme means TLS", map[string]string{generic + "ENDPOINT": "c:4317", generic + "PROTOCOL": "grpc", generic + "INSECURE": "false"}, &config{endpoint: "https://c:4317", protocol: GRPC}},
		"Insecure":    {"unless told", map[string]string{generic + "ENDPOINT": "c:4317", generic + "PROTOCOL": "grpc", metrics + "INSECURE": "TRUE"}, &config{endpoint: "http://c:4317", protocol: GRPC}},
		"SchemeWins":  {"over INSECURE", map[string]string{generic + "ENDPOINT": "https://c:4317", generic + "INSECURE": "true"}, &config{endpoint: "https://c:4317", protocol: GRPC}},
		"Headers":     {"URL-encoded, with blanks around", map[string]string{generic + "HEADERS": "a=1", metrics + "HEADERS": "api-key = x%20y=, ,b="}, &config{headers: map[string]string{"api-key": "x y=", "b": ""}}},
		"Rest": {
			"everything else",
			map[string]string{
				generic + "TIMEOUT": "1500", generic + "COMPRESSION": "none", metrics + "CERTIFICATE": "ca",
				generic + "CLIENT_CERTIFICATE": "cert", generic + "CLIENT_KEY": "key", generic + "PROTOCOL": "http/protobuf",
			},
			&config{protocol: HTTP, timeout: 1500 * time.Millisecond, uncompressed: true, tls: push.TLS{CAFile: "ca", CertFile: "cert", KeyFile: "key"}},
		},
		"EmptyIsUnset":   {"as the specification says", map[string]string{metrics + "COMPRESSION": " ", generic + "COMPRESSION": "gzip"}, &config{}},
		"BadURL":         {"", map[string]string{generic + "ENDPOINT": "c:4318"}, nil},
		"BadProtocol":    {"", map[string]string{generic + "PROTOCOL": "http/json"}, nil},
		"BadInsecure":    {"", map[string]string{generic + "ENDPOINT": "c", generic + "PROTOCOL": "grpc", generic + "INSECURE": "yes"}, nil},
		"BadTimeout":     {"", map[string]string{generic + "TIMEOUT": "10s"}, nil},
		"ZeroTimeout":    {"", map[string]string{generic + "TIMEOUT": "0"}, nil},
		"BadCompression": {"", map[string]string{generic + "COMPRESSION": "zstd"}, nil},
		"BadHeader":      {"", map[string]string{generic + "HEADERS": "secret"}, nil},
		"BadEncoding":    {"", map[string]string{generic + "HEADERS": "a=secret%"}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c, err := FromEnv(func(variable string) string { return tc.env[variable] })
			if tc.want == nil {
				require.ErrorContains(t, err, "OTEL_EXPORTER_OTLP_", "the variable is named")
				require.NotContains(t, err.Error(), "secret")
				return
			}
			require.NoError(t, err)
			got := config{protocol: c.Protocol, headers: c.Headers, timeout: c.Timeout, uncompressed: c.Uncompressed, tls: c.TLS}
			if c.Endpoint != nil {
				got.endpoint = c.Endpoint.String()
			}
			require.Equal(t, *tc.want, got, tc.reason)
		})
	}
}

func TestNewRefuses(t *testing.T) {
	endpoint := func(endpoint string, change func(*Config)) Config {
		c, err := ParseEndpoint(endpoint, "")
		require.NoError(t, err)
		change(&c)
		return c
	}
	secret := base64.StdEncoding.EncodeToString([]byte("user:secret"))
	header := func(name, value string) func(*Config) {
		return func(c *Config) { c.Headers = map[string]string{name: value} }
	}
	cases := map[string]struct {
		config Config
		ok     bool
	}{
		"Nothing":         {Config{}, false},
		"TokenOverHTTP":   {endpoint("http://host", func(c *Config) { c.BearerToken = secret }), false},
		"FileOverHTTP":    {endpoint("http://host:4317", func(c *Config) { c.BearerTokenFile = "f" }), false},
		"HeaderOverHTTP":  {endpoint("http://host", header("X-Api-Key", secret)), false},
		"TenantOverHTTP":  {endpoint("http://host", header("X-Scope-OrgID", "tenant")), true},
		"TokenAllowed":    {endpoint("http://host", func(c *Config) { c.BearerToken, c.AllowInsecureCredentials = secret, true }), true},
		"TokenOverTLS":    {endpoint("https://host", func(c *Config) { c.BearerToken = secret }), true},
		"TokenOnLoopback": {endpoint("http://localhost:4317", func(c *Config) { c.BearerToken = secret }), true},
		"TwoTokens":       {endpoint("https://host", func(c *Config) { c.BearerToken, c.BearerTokenFile = secret, "f" }), false},
		"BrokenToken":     {endpoint("https://host", func(c *Config) { c.BearerToken = secret + "\n" }), false},
		"HeaderName":      {endpoint("https://host", header("a b", "x")), false},
		"ReservedHeader":  {endpoint("https://host", header("grpc-timeout", "x")), false},
		"HeaderValue":     {endpoint("https://host", header("a", secret+"\r\nb: c")), false},
		"NoCA":            {endpoint("https://host", func(c *Config) { c.TLS.CAFile = "missing" }), false},
		"NoCAGRPC":        {endpoint("https://host:4317", func(c *Config) { c.TLS.CAFile = "missing" }), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := New(tc.config, nil)
			if tc.ok {
				require.NoError(t, err)
				require.NoError(t, s.Close())
				return
			}
			require.ErrorContains(t, err, "cannot ")
			require.NotContains(t, err.Error(), secret)
		})
	}
	require.Empty(t, Config{}.Name())
	require.Empty(t, Protocol(0).String())
}
