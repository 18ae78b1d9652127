package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
)

// server is an HTTP server on a port that is open already.
type server struct {
	name     string
	listener net.Listener
	http     http.Server
	// config is a file that says who may connect, and how; empty is everybody, in
	// clear.
	config string
}

// listen opens a port. Nothing is answered before serve.
func listen(ctx context.Context, name, address string, handler http.Handler) (*server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot open the %s port: %w", name, err)
	}
	return &server{name: name, listener: listener, http: http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}}, nil
}

// accept serves the port as its file says. A change of the file counts from the next
// request, or connection, on.
func (s *server) accept() error {
	if s.config == "" {
		return s.http.Serve(s.listener)
	}
	return web.Serve(s.listener, &s.http, &web.FlagConfig{WebConfigFile: &s.config}, slog.New(slog.DiscardHandler))
}

// serve answers requests until ctx ends; then those in flight may finish, for as
// long as the timeout.
func (s *server) serve(ctx context.Context, timeout time.Duration) error {
	stopped := make(chan error, 1)
	go func() { // serve waits for it below
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		stopped <- s.http.Shutdown(grace)
	}()
	if err := s.accept(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("cannot serve the %s port: %w", s.name, err)
	}
	if err := <-stopped; err != nil {
		_ = s.http.Close()
		return fmt.Errorf("requests on the %s port did not finish in time: %w", s.name, err)
	}
	return nil
}
