package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// Proxy passes connections on to an address, and can stop doing so without closing
// any: what is sent to it while it stalls is lost to sight, as on a broken path, and
// arrives when it goes on. Nobody is refused and nothing is reset.
type Proxy struct {
	listener net.Listener
	target   string

	mu sync.Mutex // guards what follows
	// flowing is closed while the proxy does not stall.
	flowing chan struct{}
	stalled bool
	// open are the connections on both sides.
	open   map[net.Conn]struct{}
	closed bool
	// ctx ends with the proxy, and running are its connections.
	ctx     context.Context //nolint:containedctx // connections live as long as the proxy
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// NewProxy returns a proxy for a target, host:port, that listens on loopback.
func NewProxy(target string) (*Proxy, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot open a proxy: %w", err)
	}
	return ProxyAt(listener, target), nil
}

// ProxyAt returns a proxy for a target, host:port. It closes the listener in the end.
func ProxyAt(listener net.Listener, target string) *Proxy {
	p := &Proxy{listener: listener, target: target, flowing: make(chan struct{}), open: map[net.Conn]struct{}{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	close(p.flowing)
	p.running.Go(p.accept)
	return p
}

// Addr returns where the proxy listens, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Stall stops passing anything on.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stalled {
		p.stalled, p.flowing = true, make(chan struct{})
	}
}

// Continue passes on what came meanwhile, and what comes.
func (p *Proxy) Continue() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stalled {
		p.stalled = false
		close(p.flowing)
	}
}

// Close closes the proxy and its connections, and waits for them.
func (p *Proxy) Close() error {
	p.cancel()
	err := p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.open {
		_ = c.Close() // its two directions end with an error, as they must
	}
	p.mu.Unlock()
	p.running.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // it is closed
		}
		if p.hold(client) {
			p.running.Go(func() { p.serve(client) })
		}
	}
}

// hold takes a connection into the charge of Close, and reports whether it may live.
func (p *Proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = c.Close() // nobody uses it
		return false
	}
	p.open[c] = struct{}{}
	return true
}

func (p *Proxy) release(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	_ = c.Close() // both directions have ended
}

// pass waits while the proxy stalls, and reports whether it still lives.
func (p *Proxy) pass() bool {
	p.mu.Lock()
	flowing := p.flowing
	p.mu.Unlock()
	select {
	case <-flowing:
		return p.ctx.Err() == nil
	case <-p.ctx.Done():
		return false
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer p.release(client)
	if !p.pass() {
		return
	}
	var dialer net.Dialer
	server, err := dialer.DialContext(p.ctx, "tcp", p.target)
	if err != nil || !p.hold(server) {
		return
	}
	defer p.release(server)
	var back sync.WaitGroup
	back.Go(func() { p.copy(client, server) })
	p.copy(server, client)
	back.Wait()
}

// copy passes on one direction until it ends, and then tells the other side.
func (p *Proxy) copy(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if !p.pass() {
			return
		}
		if n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				err = errors.Join(err, failed)
			}
		}
		if err != nil {
			break
		}
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the other side may have gone
	}
}
