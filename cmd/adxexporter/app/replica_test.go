package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/demo"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// replica is a running `adxexporter run`, as its command line makes it, on an
// embedded Kusto and a directory of exporters.
type replica struct {
	*App

	kusto *emulator.Server
	dir   string
	logs  *logs
}

// logs is what a replica wrote, for reading while it runs.
type logs struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *logs) Sync() error { return nil }

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// startReplica runs the command line until the test ends, and then demands a
// clean stop. Ports are free ones; DB names in databases are at the embedded
// Kusto; files are put into the exporters' directory.
func startReplica(t *testing.T, commandLine string, databases []string, exporters map[string]string) *replica {
	t.Helper()
	server := emulator.New(emulator.Options{})
	demo.Fill(server)
	backend := httptest.NewServer(server)
	t.Cleanup(backend.Close)

	r := &replica{kusto: server, dir: t.TempDir(), logs: &logs{}}
	for name, content := range exporters {
		r.put(t, name, content)
	}
	// Tests run side by side, so the default port is taken from nobody.
	commandLine = strings.ReplaceAll(commandLine, `--web.listen-address=":8080"`, "")
	args := append(splitArgs(commandLine), "--exporters-dir="+r.dir, "--telemetry.listen-address=127.0.0.1:0")
	if !strings.Contains(commandLine, "--web.listen-address") {
		args = append(args, "--web.listen-address=127.0.0.1:0")
	}
	for _, database := range databases {
		args = append(args, "--kusto-endpoint="+database+"="+backend.URL)
	}
	opts, err := parseRun(t, args).options(r.logs)
	require.NoError(t, err)
	r.App, err = New(t.Context(), opts)
	require.NoError(t, err)

	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }() // the cleanup waits for it
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	return r
}

// splitArgs splits a command line as a shell does, as far as the design document
// needs it: double quotes, line continuations and a comment at the end.
func splitArgs(commandLine string) []string {
	commandLine = strings.ReplaceAll(commandLine, "\\\n", " ")
	commandLine, _, _ = strings.Cut(commandLine, " #")
	args := strings.Fields(strings.ReplaceAll(commandLine, `"`, ""))
	return args[1:]
}

func parseRun(t *testing.T, args []string) *runCommand {
	t.Helper()
	var cmd command
	parser, err := newParser(&cmd)
	require.NoError(t, err)
	_, err = parser.Parse(args)
	require.NoError(t, err)
	return &cmd.Run
}

// put writes a file into the exporters' directory.
func (r *replica) put(t *testing.T, name, content string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600))
}

// state returns an exporter's state file.
func (r *replica) state(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(r.dir, ".state", name+".yaml"))
	require.NoError(t, err)
	return string(content)
}

// get returns the answer's status and body.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(content)
}

func (r *replica) series(t *testing.T) string {
	t.Helper()
	_, body := get(t, "http://"+r.MetricsAddr()+"/metrics")
	return body
}

// eventually waits for a line of the exposition that matches.
func (r *replica) eventually(t *testing.T, pattern string) {
	t.Helper()
	line := regexp.MustCompile("(?m)^" + pattern + "$")
	require.Eventually(t, func() bool { return line.MatchString(r.series(t)) }, 20*time.Second, 20*time.Millisecond,
		"no line matches %s", pattern)
}

// exporter returns a demo file's content.
func exporter(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../demo/exporters/" + name)
	require.NoError(t, err)
	return string(content)
}
