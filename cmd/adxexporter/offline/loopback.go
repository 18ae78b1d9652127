package offline

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// loopback serves HTTP on a port of this machine only.
type loopback struct {
	// URL has no path.
	URL string

	server  *http.Server
	stopped chan error
}

func listen(ctx context.Context, handler http.Handler) (*loopback, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot open a loopback port: %w", err)
	}
	l := &loopback{
		URL:     "http://" + listener.Addr().String(),
		server:  &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute},
		stopped: make(chan error, 1),
	}
	go func() { l.stopped <- l.server.Serve(listener) }() // Close waits for it
	return l, nil
}

// Close stops serving.
func (l *loopback) Close() error {
	err := l.server.Close()
	if served := <-l.stopped; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
