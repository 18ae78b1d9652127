package remotewrite

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/adx-mon/adxexporter/push"
)

// Version is a version of the Remote-Write protocol.
type Version uint8

// The versions.
const (
	// VersionAuto starts with 2.0 and stays with 1.0 once the receiver turns out
	// not to know it.
	VersionAuto Version = iota
	// Version1 is 1.0, which every receiver speaks.
	Version1
	// Version2 is 2.0, which has metadata and says how much was written.
	Version2
)

// ParseVersion returns the version that is written as "auto", "1.0" or "2.0".
func ParseVersion(s string) (Version, error) {
	switch s {
	case "", "auto":
		return VersionAuto, nil
	case "1.0":
		return Version1, nil
	case "2.0":
		return Version2, nil
	}
	return 0, fmt.Errorf("cannot read remote-write version %q: want auto, 1.0 or 2.0", s)
}

// The defaults of a Config.
const (
	// DefaultTimeout is that of Prometheus.
	DefaultTimeout = 30 * time.Second
	// DefaultMaxSamples is that of Prometheus: what receivers are tuned for, and
	// little enough to narrow a refusal down in a dozen requests.
	DefaultMaxSamples = 2000
	// DefaultMaxBytes is where a request ends early if its labels are long; it is
	// some 300 KB on the wire.
	DefaultMaxBytes = 2 << 20
	// DefaultScope is the Entra ID scope of Azure Monitor workspaces.
	DefaultScope = "https://monitor.azure.com/.default"
)

// Config is one endpoint. Only the URL is required; at most one way to
// authenticate may be given.
type Config struct {
	// URL is where requests are posted to, with its path.
	URL string
	// Version is the version to speak.
	Version Version
	// Headers are sent with each request.
	Headers map[string]string
	// BearerToken is sent as it is; BearerTokenFile is read for each request, so
	// that a rotated token counts at once.
	BearerToken, BearerTokenFile string
	// Username and Password are for basic auth; PasswordFile is read for each
	// request.
	Username, Password, PasswordFile string
	// Credential gets Entra ID tokens for Scope.
	Credential azcore.TokenCredential
	// Scope is DefaultScope if it is empty.
	Scope string
	TLS   push.TLS
	// AllowInsecureCredentials lets credentials cross a network unencrypted.
	AllowInsecureCredentials bool
	// UserAgent is the User-Agent header.
	UserAgent string
	// Timeout bounds each request; DefaultTimeout if it is zero.
	Timeout time.Duration
	// MaxSamples and MaxBytes bound each request: a request ends with the series
	// that reaches MaxBytes, before compression. Zero means the default.
	MaxSamples, MaxBytes int
	// NoStaleMarkers leaves it to receivers to notice that a series ended.
	NoStaleMarkers bool
	// Transport replaces the connections, for tests; nil means the usual ones.
	Transport http.RoundTripper
}

func (c Config) withDefaults() Config {
	c.Scope = cmp.Or(c.Scope, DefaultScope)
	c.UserAgent = cmp.Or(c.UserAgent, "adxexporter")
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.MaxSamples = cmp.Or(c.MaxSamples, DefaultMaxSamples)
	c.MaxBytes = cmp.Or(c.MaxBytes, DefaultMaxBytes)
	return c
}

// endpoint returns the checked URL.
func (c Config) endpoint() (*url.URL, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errors.New("cannot use the remote-write URL: it is malformed") // the cause would quote it
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("cannot use the remote-write URL: want http://host/path or https://host/path")
	case u.User != nil:
		return nil, fmt.Errorf("cannot use the remote-write URL of %q: user and password do not belong in it, use basic auth", u.Host)
	}
	return u, errors.Join(c.checkNumbers(), c.checkHeaders(), push.CheckCleartext(u, c.hasCredentials(), c.AllowInsecureCredentials))
}

func (c Config) checkNumbers() error {
	if c.Timeout < 0 || c.MaxSamples < 0 || c.MaxBytes < 0 || c.Version > Version2 {
		return errors.New("cannot use the remote-write options: timeout, samples and bytes must not be negative, and the version must be known")
	}
	return nil
}

// protocolHeaders are what each request says of itself.
var protocolHeaders = []string{
	"Content-Encoding", "Content-Length", "Content-Type", "Host", "Transfer-Encoding", versionHeader, attemptHeader, push.KeyHeader,
}

func (c Config) checkHeaders() error {
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case slices.Contains(protocolHeaders, canonical):
			return fmt.Errorf("cannot set header %q: the protocol sets it", name)
		case canonical == "Authorization" && c.ways() > 0:
			return fmt.Errorf("cannot set header %q: another way to authenticate is given", name)
		case name == "" || strings.ContainsAny(name, " :\t\r\n") || strings.ContainsAny(c.Headers[name], "\r\n\x00"):
			return fmt.Errorf("cannot set header %q: its name or value has characters that headers cannot have", name)
		}
	}
	return nil
}

// ways is how many ways to authenticate are given.
func (c Config) ways() int {
	n := 0
	for _, given := range []bool{
		c.BearerToken != "", c.BearerTokenFile != "", c.Username != "" || c.Password != "" || c.PasswordFile != "", c.Credential != nil,
	} {
		if given {
			n++
		}
	}
	return n
}

// hasCredentials reports whether requests carry a secret.
func (c Config) hasCredentials() bool {
	for name := range c.Headers {
		if isSecret(name) {
			return true
		}
	}
	return c.ways() > 0
}

// isSecret reports whether a header of that name is likely to hold a secret.
func isSecret(header string) bool {
	header = strings.ToLower(header)
	return slices.ContainsFunc([]string{"auth", "token", "key", "secret", "cookie", "password"}, func(word string) bool {
		return strings.Contains(header, word)
	})
}
