package offline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/push/otlp"
	"github.com/adx-mon/adxexporter/push/remotewrite"
)

// Push is what the requests of push outputs have of the instance that sends them.
type Push struct {
	// Resource are the resource attributes of OTLP, Version is the instance's own
	// version, which OTLP's scope names.
	Resource []otlp.Attribute
	Version  string
	// RemoteWrite is the version of that protocol.
	RemoteWrite remotewrite.Version
}

// Request is one request of a push output.
type Request struct {
	// Protocol names the protocol and its version.
	Protocol string
	Header   http.Header
	// WireBytes is the size of the body as sent, PlainBytes that of the message in
	// it.
	WireBytes, PlainBytes int
	Points                int
	// Text is the message, decoded from the body.
	Text string
}

// outlet is how a format of requests is sent, and how it is read again.
type outlet struct {
	sender func(p Push, url string) (push.Sender, error)
	// decode fills in what the body and the header tell.
	decode func(r *Request, body []byte) error
}

var outlets = map[Format]outlet{
	FormatOTLP:        {otlpSender, decodeOTLP},
	FormatRemoteWrite: {remoteWriteSender, decodeRemoteWrite},
}

func otlpSender(p Push, to string) (push.Sender, error) {
	endpoint, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	return otlp.New(otlp.Config{Protocol: otlp.HTTP, Endpoint: endpoint, Resource: p.Resource, Version: p.Version}, nil)
}

func remoteWriteSender(p Push, to string) (push.Sender, error) {
	return remotewrite.New(remotewrite.Config{URL: to, Version: p.RemoteWrite}, nil)
}

// Pushed returns the requests that a push output would send. The service's own
// sender makes them, for a receiver in this process that takes everything.
func (a *Answer) Pushed(ctx context.Context, format Format, p Push) (_ []Request, err error) {
	outlet, found := outlets[format]
	if !found {
		return nil, fmt.Errorf("cannot push as %q", format)
	}
	receiver := &receiver{decode: outlet.decode}
	port, err := listen(ctx, receiver)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, port.Close()) }()
	sender, err := outlet.sender(p, port.URL)
	if err != nil {
		return nil, err
	}
	err = errors.Join(sender.Send(ctx, a.delivery()), sender.Close())
	return receiver.got(err)
}

// receiver takes what a sender sends, and keeps it.
type receiver struct {
	decode func(*Request, []byte) error

	mu       sync.Mutex // guards what follows
	requests []Request
	err      error
}

// writtenHeader is how a receiver says that it speaks Remote-Write 2.0.
const writtenHeader = "X-Prometheus-Remote-Write-Samples-Written"

// ServeHTTP takes a request, unless it cannot be read.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	got, err := r.read(request)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.err = errors.Join(r.err, err)
		w.WriteHeader(http.StatusForbidden) // the one refusal that no sender answers with a second request
		return
	}
	r.requests = append(r.requests, got)
	w.Header().Set(writtenHeader, fmt.Sprint(got.Points))
	w.WriteHeader(http.StatusOK)
}

func (r *receiver) read(request *http.Request) (Request, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return Request{}, fmt.Errorf("cannot read a request: %w", err)
	}
	got := Request{Header: request.Header, WireBytes: len(body)}
	if err := r.decode(&got, body); err != nil {
		return Request{}, fmt.Errorf("cannot decode a request: %w", err)
	}
	return got, nil
}

// got returns the requests. What the receiver could not read says more than what
// the sender made of its refusal.
func (r *receiver) got(sent error) ([]Request, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, r.err
	}
	return r.requests, sent
}

// tellingHeaders are the headers that say how to read a request. The others name
// the instance or the attempt, or are those of any HTTP client.
var tellingHeaders = []string{"Content-Encoding", "Content-Type", versionHeader}

// write prints a request, the n-th of all.
func (r *Request) write(w io.Writer, n, all int) {
	_, _ = fmt.Fprintf(w, "\nRequest %d of %d: %s, %s, %s compressed, %s uncompressed\n",
		n, all, r.Protocol, count(r.Points, "point"), count(r.WireBytes, "byte"), count(r.PlainBytes, "byte"))
	for _, name := range tellingHeaders {
		if value := r.Header.Get(name); value != "" {
			_, _ = fmt.Fprintf(w, "  %s: %s\n", name, value)
		}
	}
	_, _ = fmt.Fprintf(w, "\n%s\n", strings.TrimRight(r.Text, "\n"))
}
