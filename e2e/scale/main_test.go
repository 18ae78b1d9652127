package scale

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/benchline"
)

// env is set by make scale.
const env = "ADXEXPORTER_SCALE"

// partEnv makes this program play a part: a server that the replicas talk to.
const partEnv = "ADXEXPORTER_SCALE_PART"

func TestMain(m *testing.M) {
	parts := map[string]func() (http.Handler, error){
		"kusto": newKusto, "receiver": newReceiver,
		"answers": func() (http.Handler, error) { return newAnswers(rowSizes...) },
	}
	name := os.Getenv(partEnv)
	if name == "" {
		m.Run()
		return
	}
	handler, err := parts[name]()
	if err == nil {
		err = serve(handler)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve serves a part, prints its URL, and ends with the standard input.
func serve(handler http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", listener.Addr())
	go func() { // it ends with this process
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}

// guard skips the test unless make scale runs it.
func guard(t *testing.T) {
	t.Helper()
	if os.Getenv(env) != "1" {
		t.Skipf("set %s=1 to measure, as make scale does", env)
	}
}

// number returns a number that the environment sets.
func number(t *testing.T, name string, byDefault int) int {
	t.Helper()
	text, found := os.LookupEnv(name)
	if !found {
		return byDefault
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// built returns the path of something that make builds.
func built(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "build", name))
	require.NoError(t, err)
	_, err = os.Stat(path)
	require.NoError(t, err, "it is not built: run make build controlplane")
	return path
}

// report prints a figure, and fails the test if it is larger than its limit.
func report(t *testing.T, name string, ours, limit float64, unit string) {
	t.Helper()
	verdict := "ok"
	if ours > limit {
		verdict = "short"
		t.Errorf("%s is %s%s, more than %s", name, benchline.Number(ours), unit, benchline.Number(limit))
	}
	fmt.Printf("scale %s ours=%s%s limit=%s%s %s\n", name, benchline.Number(ours), unit, benchline.Number(limit), unit, verdict)
}

// note prints a figure that has no limit.
func note(name string, ours float64, unit string) {
	fmt.Printf("scale %s ours=%s%s limit=none ok\n", name, benchline.Number(ours), unit)
}

// getJSON reads what a part of the test says.
func getJSON(t *testing.T, address string, into any) {
	t.Helper()
	response, err := http.Get(address)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.NoError(t, json.NewDecoder(response.Body).Decode(into))
}
