package otlp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/adx-mon/adxexporter/push"
)

const contentType = "application/x-protobuf"

// httpExchange posts requests to a URL.
type httpExchange struct {
	config Config
	client *http.Client
	header http.Header
	packer packer
	meter  *push.Meter
}

func newHTTPExchange(c Config, meter *push.Meter) (*httpExchange, error) {
	tlsConfig, err := c.TLS.Config()
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     tlsConfig,
		TLSHandshakeTimeout: c.Timeout,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true, // an answer is a few bytes
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     90 * time.Second,
		// An HTTP/2 connection outlives the requests that time out on it; without
		// pings a host that vanished would cost every request its time.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
	header := make(http.Header)
	header.Set("User-Agent", c.userAgent())
	for name, value := range c.Headers {
		header.Set(name, value)
	}
	header.Set("Content-Type", contentType)
	if !c.Uncompressed {
		header.Set("Content-Encoding", "gzip")
	}
	return &httpExchange{
		config: c, header: header, meter: meter,
		client: &http.Client{
			Transport: transport,
			// A redirect would take the credentials to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

func (x *httpExchange) close() error {
	x.client.CloseIdleConnections()
	return nil
}

// diagnose knows no better: HTTP errors tell their cause.
func (x *httpExchange) diagnose(_ context.Context, err error) error { return err }

func (x *httpExchange) export(ctx context.Context, data []byte, key string) (rejected int64, err error) {
	if !x.config.Uncompressed {
		packed := x.packer.pack(data)
		defer x.packer.release(packed)
		data = packed.Bytes()
	}
	err = push.Attempt(ctx, func(int) error {
		rejected, err = x.post(ctx, data, key)
		return err
	})
	return rejected, err
}

// post sends one request and judges its answer.
func (x *httpExchange) post(ctx context.Context, data []byte, key string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, x.config.Timeout)
	defer cancel()
	body := newPayload(data)
	defer body.revoke()
	request, err := x.request(ctx, body, key)
	if err != nil {
		return 0, err
	}
	response, err := x.client.Do(request)
	if err != nil {
		x.meter.Request(push.NoAnswer, len(data))
		return 0, push.NetworkError(withoutURL(err))
	}
	defer response.Body.Close() //nolint:errcheck // all that is needed of it has been read
	x.meter.Request(strconv.Itoa(response.StatusCode), len(data))
	return judgeHTTP(response, time.Now())
}

func (x *httpExchange) request(ctx context.Context, body *payload, key string) (*http.Request, error) {
	authorization, err := x.config.authorization()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, x.config.Endpoint.String(), body.reader())
	if err != nil {
		return nil, push.Fail(push.Permanent, "The request cannot be made.", err)
	}
	request.ContentLength = int64(body.length)
	request.GetBody = func() (io.ReadCloser, error) { return body.reader(), nil }
	request.Header = x.header.Clone()
	request.Header.Set(push.KeyHeader, key)
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	return request, nil
}

// withoutURL returns the cause of a client's error: the URL is in the endpoint's
// name already, and its query is nobody's business.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// maxAnswer bounds what is read of an answer, as the specification asks for.
const maxAnswer = 4 << 20

// judgeHTTP returns what an answer means by the OTLP specification: 2xx is
// success, 429, 502, 503 and 504 pass, all else is final.
func judgeHTTP(response *http.Response, now time.Time) (rejected int64, err error) {
	if status := response.StatusCode; status/100 != 2 {
		// A short rest lets the connection be used again.
		_, _ = io.CopyN(io.Discard, response.Body, 4<<10)
		e := judgeStatus(status)
		if e.Kind == push.Retryable {
			e.RetryAfter = push.RetryAfter(response.Header, now)
		}
		return 0, e
	}
	// Whatever the body is, or lacks: the receiver said that it took the points,
	// and to send them again would double them.
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(body) > maxAnswer || !strings.HasPrefix(response.Header.Get("Content-Type"), contentType) {
		return 0, nil
	}
	answer := new(collector.ExportMetricsServiceResponse)
	if err := proto.Unmarshal(body, answer); err != nil {
		return 0, nil
	}
	return answer.GetPartialSuccess().GetRejectedDataPoints(), nil
}

func judgeStatus(status int) *push.Error {
	switch status {
	case http.StatusTooManyRequests:
		return push.Fail(push.Retryable, "The receiver asks to send less (HTTP 429).", nil)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return push.Fail(push.Retryable, fmt.Sprintf("The receiver is not available (HTTP %d).", status), nil)
	case http.StatusBadRequest:
		return push.Fail(push.Permanent, fmt.Sprintf("The receiver refuses the content (HTTP %d).", status), errContent)
	case http.StatusRequestEntityTooLarge:
		return push.Fail(push.Permanent, fmt.Sprintf("The receiver finds a point too large (HTTP %d).", status), errTooLarge)
	case http.StatusUnauthorized, http.StatusForbidden:
		return push.Fail(push.Unusable, fmt.Sprintf("The receiver does not accept the credentials (HTTP %d).", status), nil)
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return push.Fail(push.Unusable, fmt.Sprintf("There is no OTLP receiver at the endpoint's URL (HTTP %d).", status), nil)
	case http.StatusUnsupportedMediaType:
		return push.Fail(push.Unusable, "The receiver does not take protobuf, or not with gzip (HTTP 415).", nil)
	}
	if status/100 == 3 {
		return push.Fail(push.Unusable, fmt.Sprintf("The endpoint redirects: use the URL it redirects to (HTTP %d).", status), nil)
	}
	return push.Fail(push.Unusable, fmt.Sprintf("The receiver refuses the request (HTTP %d).", status), nil)
}
