package apiserver

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"

	"k8s.io/client-go/rest"
)

// RESTConfig returns how to reach the server without a socket. Answers stream, so
// that watches work, also within a synctest bubble. Requests are not throttled.
func (s *Server) RESTConfig() *rest.Config {
	return &rest.Config{Host: "http://apiserver.invalid", Transport: transport{s}, QPS: -1}
}

// transport calls the handler.
type transport struct{ server *Server }

// errClosed is what a connection to a closed server says.
var errClosed = errors.New("connection refused: the server is closed")

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.server.begin() {
		return nil, errClosed
	}
	ctx, cancel := t.server.bound(req.Context())
	reader, writer := io.Pipe()
	c := &call{header: http.Header{}, answered: make(chan *http.Response, 1), writer: writer, request: req, body: answerBody{reader, cancel}}
	go c.serve(ctx, t.server) // Close waits for it
	select {
	case response := <-c.answered:
		return response, nil
	case <-req.Context().Done():
		cancel()
		return nil, context.Cause(req.Context())
	}
}

// begin counts a request in, unless the server is closed.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.requests.Add(1)
	return true
}

// call is one request under way. It is the handler's http.ResponseWriter.
type call struct {
	request *http.Request
	header  http.Header
	// answered gets the answer once its header is written.
	answered chan *http.Response
	begun    bool
	body     answerBody
	writer   *io.PipeWriter
}

// answerBody ends the request when the client has had enough.
type answerBody struct {
	*io.PipeReader

	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b answerBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// serve has the handler answer. An answer that nobody reads ends with ctx.
func (c *call) serve(ctx context.Context, server *Server) {
	defer server.requests.Done()
	defer c.body.cancel()
	// Clients take this for a connection that has ended, and for no answer.
	stop := context.AfterFunc(ctx, func() { _ = c.writer.CloseWithError(io.ErrUnexpectedEOF) })
	defer stop()
	defer c.end()

	req := c.request.Clone(ctx)
	req.RequestURI, req.RemoteAddr = req.URL.RequestURI(), "local"
	if req.Body == nil {
		req.Body = http.NoBody
	}
	defer func() { _ = req.Body.Close() }()
	server.ServeHTTP(c, req)
}

// end completes the answer, or breaks it off if the handler does.
func (c *call) end() {
	if broken := recover(); broken != nil {
		if err, ok := broken.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			panic(broken)
		}
		c.WriteHeader(http.StatusBadGateway)
		_ = c.writer.CloseWithError(io.ErrUnexpectedEOF)
		return
	}
	c.WriteHeader(http.StatusOK)
	_ = c.writer.Close()
}

// Header implements http.ResponseWriter.
func (c *call) Header() http.Header { return c.header }

// WriteHeader implements http.ResponseWriter.
func (c *call) WriteHeader(code int) {
	if c.begun {
		return
	}
	c.begun = true
	c.answered <- &http.Response{
		Status: http.StatusText(code), StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: maps.Clone(c.header), Body: c.body, ContentLength: -1, Request: c.request,
	}
}

// Write implements http.ResponseWriter.
func (c *call) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.writer.Write(p)
}

// Flush implements http.Flusher: nothing is held back.
func (c *call) Flush() { c.WriteHeader(http.StatusOK) }
