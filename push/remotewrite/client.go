package remotewrite

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/adx-mon/adxexporter/push"
)

const (
	versionHeader = "X-Prometheus-Remote-Write-Version"
	writtenHeader = "X-Prometheus-Remote-Write-Samples-Written"
	attemptHeader = "Retry-Attempt"
)

// maxBody is how much of an answer's body is read: enough to know the reason.
const maxBody = 8 << 10

// client posts requests to one endpoint.
type client struct {
	url       string
	header    http.Header
	authorize authorizer
	timeout   time.Duration
	http      *http.Client
	meter     *push.Meter
}

func newClient(c Config, meter *push.Meter) (*client, error) {
	u, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	authorize, err := c.authorizer()
	if err != nil {
		return nil, err
	}
	transport, err := c.transport()
	if err != nil {
		return nil, err
	}
	header := http.Header{"User-Agent": {c.UserAgent}, "Content-Encoding": {"snappy"}}
	for name, value := range c.Headers {
		header.Set(name, value)
	}
	return &client{
		url: u.String(), header: header, authorize: authorize, timeout: c.Timeout, meter: meter,
		http: &http.Client{Transport: transport, CheckRedirect: stay},
	}, nil
}

// stay follows no redirect: headers may be secrets of the first host only.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// idleConnections is how many connections wait for the next window: exporters
// share an endpoint and are due together.
const idleConnections = 16

func (c Config) transport() (http.RoundTripper, error) {
	if c.Transport != nil {
		return c.Transport, nil
	}
	config, err := c.TLS.Config()
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	transport.MaxIdleConnsPerHost = idleConnections
	transport.DisableCompression = true // answers are empty, or a line
	return transport, nil
}

// post sends a body. An error means that there was no answer; it is of type
// *push.Error.
func (c *client) post(ctx context.Context, v Version, body []byte, key string) (answer, error) {
	var a answer
	err := push.Attempt(ctx, func(try int) (err error) {
		a, err = c.once(ctx, v, body, key, try)
		return err
	})
	if e, ok := errors.AsType[*push.Error](err); ok {
		return answer{}, e
	}
	if err != nil {
		return answer{}, push.NetworkError(err)
	}
	return a, nil
}

func (c *client) once(ctx context.Context, v Version, body []byte, key string, try int) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := c.request(ctx, v, body, key, try)
	if err != nil {
		return answer{}, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.meter.Request(push.NoAnswer, len(body))
		return answer{}, withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }()
	c.meter.Request(strconv.Itoa(response.StatusCode), len(body))
	// The status is known; a body that breaks off only says less about it.
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxBody))
	return answer{
		status:     response.StatusCode,
		written:    written(response.Header),
		reason:     reasonOf(text),
		retryAfter: push.RetryAfter(response.Header, time.Now()),
	}, nil
}

func (c *client) request(ctx context.Context, v Version, body []byte, key string, try int) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, withoutURL(err)
	}
	request.Header = c.header.Clone()
	request.Header.Set("Content-Type", contentType(v))
	request.Header.Set(versionHeader, versionNumber(v))
	if key != "" {
		request.Header.Set(push.KeyHeader, key)
	}
	if try > 0 {
		request.Header.Set(attemptHeader, strconv.Itoa(try))
	}
	authorization, err := c.authorize(ctx)
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	return request, err
}

func contentType(v Version) string {
	if v == Version2 {
		return "application/x-protobuf;proto=io.prometheus.write.v2.Request"
	}
	return "application/x-protobuf"
}

func versionNumber(v Version) string {
	if v == Version2 {
		return "2.0.0"
	}
	return "0.1.0"
}

// withoutURL returns the cause of a request's failure: a URL may have a secret in
// its query.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// written returns how many samples the receiver says it wrote; negative if it does
// not say, as those do that speak 1.0 only.
func written(header http.Header) int {
	n, err := strconv.ParseUint(strings.TrimSpace(header.Get(writtenHeader)), 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}
