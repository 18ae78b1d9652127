package cluster

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// echo is a server that sends back each line.
func echo(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() { // it ends with the listener
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { // and this with its connection
				defer func() { _ = c.Close() }()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					_, _ = fmt.Fprintln(c, lines.Text())
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// client is a connection through a proxy.
type client struct {
	net.Conn

	t     *testing.T
	lines *bufio.Reader
}

func dial(t *testing.T, p *Proxy) *client {
	t.Helper()
	var dialer net.Dialer
	c, err := dialer.DialContext(context.Background(), "tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return &client{Conn: c, t: t, lines: bufio.NewReader(c)}
}

func (c *client) say(text string) {
	c.t.Helper()
	_, err := fmt.Fprintln(c, text)
	require.NoError(c.t, err)
}

// hear returns the next line, if one comes soon.
func (c *client) hear(within time.Duration) (string, error) {
	require.NoError(c.t, c.SetReadDeadline(time.Now().Add(within)))
	return c.lines.ReadString('\n')
}

func (c *client) requireHears(text string) {
	c.t.Helper()
	got, err := c.hear(5 * time.Second)
	require.NoError(c.t, err)
	require.Equal(c.t, text+"\n", got)
}

func (c *client) requireSilence() {
	c.t.Helper()
	_, err := c.hear(100 * time.Millisecond)
	require.ErrorIs(c.t, err, os.ErrDeadlineExceeded, "neither an answer nor an end")
}

func TestProxy(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	p, err := NewProxy(echo(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	old := dial(t, p)
	old.say("one")
	old.requireHears("one")

	p.Stall()
	p.Stall()
	old.say("two")
	old.requireSilence()
	late := dial(t, p) // it is not refused
	late.say("three")
	late.requireSilence()

	p.Continue()
	old.requireHears("two")
	late.requireHears("three")

	p.Stall()
	old.say("four")
	require.NoError(t, p.Close(), "a proxy that stalls can be closed")
	_, err = old.hear(5 * time.Second)
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}

func TestProxyPassesTheEndOn(t *testing.T) {
	t.Cleanup(func() { goleak.VerifyNone(t) })
	p, err := NewProxy(echo(t))
	require.NoError(t, err)
	c := dial(t, p)
	c.say("last")
	require.NoError(t, c.Conn.(*net.TCPConn).CloseWrite())
	c.requireHears("last")
	_, err = c.hear(5 * time.Second)
	require.ErrorContains(t, err, "EOF")
	require.NoError(t, p.Close())
}
