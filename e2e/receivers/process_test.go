package receivers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// env is set by make e2e. Without it, the tests are skipped.
const env = "ADXEXPORTER_E2E"

// missing are the receivers that make e2e can do without, and what to do when one is
// not there.
var missing = map[string]string{
	"victoriametrics":   "victoriametrics is not built: run make receivers RECEIVERS=victoriametrics",
	"prometheus-debian": "Debian's prometheus is not there: make receivers says why it could not fetch it",
}

// receiver returns the path of a receiver's binary. The test is skipped where it
// is not built, unless it is one of those that make e2e cannot do without.
func receiver(t *testing.T, name string) string {
	t.Helper()
	if os.Getenv(env) != "1" {
		t.Skipf("this test needs a real %s: run make e2e", name)
	}
	path := built(t, filepath.Join("receivers", name))
	if _, err := os.Stat(path); err != nil {
		require.Contains(t, missing, name, "it is not built: run make receivers")
		t.Skip(missing[name])
	}
	return path
}

// built returns the path of something that make builds.
func built(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "build", name))
	require.NoError(t, err)
	return path
}

// freeAddress returns a loopback address that nobody listens on. Its port is none
// that the system gives to connections, which could take it while a receiver is
// away.
func freeAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	for {
		address := fmt.Sprint("127.0.0.1:", 20000+rand.IntN(12000))
		listener, err := config.Listen(t.Context(), "tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		return address
	}
}

// process is a running program.
type process struct {
	command *exec.Cmd
	logs    *logs
	// ended is closed once it has; err is what Wait said.
	ended chan struct{}
	err   error
	// told is whether we ended it.
	told bool
}

// logs is what a process wrote, for reading while it runs.
type logs struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// start runs a program until the test ends, and then demands that it stops when
// it is told to. Its output is shown if the test fails.
func start(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	// The context is not the test's, which ends before the program is told to.
	p := &process{command: exec.CommandContext(context.Background(), binary, args...), logs: &logs{}, ended: make(chan struct{})}
	p.command.Stdout, p.command.Stderr = p.logs, p.logs
	require.NoError(t, p.command.Start())
	go func() { // the cleanup waits for it
		p.err = p.command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		defer func() {
			if t.Failed() {
				t.Logf("%s said:\n%s", filepath.Base(binary), p.logs)
			}
		}()
		p.signal(t, syscall.SIGTERM)
	})
	return p
}

// signal ends the program, once, and waits until it has ended. A signal that asks must
// lead to a clean exit; a program that does not answer it is killed.
func (p *process) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if p.told {
		return
	}
	p.told = true
	require.NoError(t, p.command.Process.Signal(signal), "the program is not there any more")
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		require.NoError(t, p.command.Process.Kill())
		<-p.ended
		require.Fail(t, "the program does not stop when it is told to")
	}
	if signal != syscall.SIGKILL {
		require.NoError(t, p.err)
	}
}

// get returns the body of an answer, if there is one that says 200.
func get(t *testing.T, url string) (body []byte, ok bool) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, false
	}
	body, err = io.ReadAll(response.Body)
	return body, errors.Join(err, response.Body.Close()) == nil && response.StatusCode == http.StatusOK
}

// await waits until a condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(45 * time.Second)
	for tick := time.NewTicker(100 * time.Millisecond); !condition(); <-tick.C {
		require.True(t, time.Now().Before(deadline), "in vain waited for: %s", what)
	}
}
