package kusto

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

const (
	// metadataTimeout bounds the SDK's first request to a cluster, during which
	// all queries of that cluster wait in a lock that knows no context.
	metadataTimeout = 20 * time.Second
	// maxErrorBody is what is read of a body that is no answer.
	maxErrorBody = 64 << 10
)

// call is what the transport learned about one query and the SDK does not tell.
// It travels in the context and is used by the query's goroutine only.
type call struct {
	asked      bool // the query itself was sent, not only the metadata request
	status     int  // of the last response
	body       []byte
	retryAfter time.Duration
	activityID string
	err        error // of the last round trip
	tokenErr   error
	token      string
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// callOf returns the call of ctx; one that nobody reads if there is none.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// transport sends the SDK's requests. It owns the request's body, which the SDK
// reuses while net/http may still send it; it gives the body a length and can
// repeat it on a stale connection. It inflates answers, keeps what is needed of
// refusals, and remembers what the SDK forgets.
type transport struct {
	base     *http.Transport
	inflater sync.Pool // of *gzip.Reader
}

// newTransport returns a transport that keeps maxConns connections to a host.
// The limiters bound the queries; the bound here stops net/http from dialling
// more connections than there are queries when answers come fast.
func newTransport(maxConns int, roots *x509.CertPool) *transport {
	return &transport{base: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		MaxConnsPerHost:       maxConns,
		MaxIdleConnsPerHost:   maxConns,
		IdleConnTimeout:       90 * time.Second,
		DisableCompression:    true, // We ask for gzip and inflate it ourselves, twice as fast.
	}}
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	ours, err := ownRequest(req)
	if err != nil {
		return nil, err
	}
	c.asked = req.Method == http.MethodPost
	if !c.asked {
		ctx, cancel := context.WithTimeout(req.Context(), metadataTimeout)
		defer cancel()
		ours = ours.WithContext(ctx)
	}
	resp, err := t.base.RoundTrip(ours)
	c.status, c.body, c.err = 0, nil, err
	if err != nil {
		return nil, err
	}
	c.status, c.activityID = resp.StatusCode, resp.Header.Get("x-ms-activity-id")
	c.retryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), time.Now())
	t.inflate(resp)
	if c.asked && c.status == http.StatusOK {
		return resp, nil
	}
	if c.body, c.err = keepBody(resp); c.err != nil {
		return nil, c.err
	}
	if !c.asked && c.status == http.StatusNotFound {
		// A cluster without metadata is a cluster of the public cloud. The SDK
		// thinks so too, but only if the 404 comes without any text.
		c.status, resp.Body = http.StatusOK, http.NoBody
	}
	return resp, nil
}

// ownRequest copies req and its body.
func ownRequest(req *http.Request) (*http.Request, error) {
	ours := req.Clone(req.Context())
	ours.Header.Set("Accept-Encoding", "gzip")
	if req.Body == nil {
		return ours, nil
	}
	body, err := io.ReadAll(req.Body)
	if err := errors.Join(err, req.Body.Close()); err != nil {
		return nil, fmt.Errorf("cannot read the request's body: %w", err)
	}
	ours.ContentLength = int64(len(body))
	ours.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	ours.Body, err = ours.GetBody()
	return ours, err
}

// keepBody moves the beginning of a small body into memory, which frees the
// connection also where the SDK forgets to close it.
func keepBody(resp *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if resp.StatusCode != http.StatusOK {
		err = nil // The status is the news; half an explanation is welcome.
	}
	if err := errors.Join(err, resp.Body.Close()); err != nil && resp.StatusCode == http.StatusOK {
		return nil, fmt.Errorf("cannot read the response: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// inflate replaces a compressed body by a reader of its content.
func (t *transport) inflate(resp *http.Response) {
	if resp.Header.Get("Content-Encoding") != "gzip" {
		return
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength, resp.Uncompressed = -1, true
	resp.Body = &inflated{body: resp.Body, pool: &t.inflater}
}

// inflated reads a gzip body. It starts with the first Read, since reading the
// gzip header waits for the server.
type inflated struct {
	body io.ReadCloser
	pool *sync.Pool
	gzip *gzip.Reader
	err  error
}

// Read implements io.Reader.
func (r *inflated) Read(p []byte) (int, error) {
	if r.gzip == nil && r.err == nil {
		r.err = r.start()
	}
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.gzip.Read(p)
	if err != nil {
		r.err = err
	}
	return n, err
}

func (r *inflated) start() error {
	reader, ok := r.pool.Get().(*gzip.Reader)
	if !ok {
		reader = new(gzip.Reader)
	}
	if err := reader.Reset(r.body); err != nil {
		return fmt.Errorf("cannot inflate the answer: %w", unexpected(err))
	}
	r.gzip = reader
	return nil
}

// unexpected makes the end of an empty body an error: no answer is empty.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Close implements io.Closer.
func (r *inflated) Close() error {
	if r.gzip != nil {
		r.pool.Put(r.gzip)
		r.gzip, r.err = nil, http.ErrBodyReadAfterClose
	}
	return r.body.Close()
}
