package scale

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// startPart starts a part of this program and returns its URL and process.
func startPart(t *testing.T, name string) (address string, pid int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env, command.Stderr = append(os.Environ(), partEnv+"="+name), os.Stderr
	stdin, err := command.StdinPipe()
	require.NoError(t, err)
	stdout, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = command.Wait()
	})
	_, err = fmt.Fscanln(stdout, &address)
	require.NoError(t, err)
	return address, command.Process.Pid
}

// replica is a running adxexporter.
type replica struct {
	name      string
	pid       int
	telemetry string
	started   time.Time
	end       func()
}

// startReplica starts the program with what a pod of the name gets, and more flags.
func startReplica(t *testing.T, dir, name, kubeconfig string, flags ...string) *replica {
	t.Helper()
	r := &replica{name: name, telemetry: freeAddress(t)}
	args := append([]string{
		"run", "--kubeconfig=" + kubeconfig, "--pod-name=" + name, "--pod-namespace=" + namespace,
		"--web.listen-address=" + freeAddress(t), "--telemetry.listen-address=" + r.telemetry, "--log-level=warn", "--kusto-auth=none",
	}, flags...)
	log, err := os.Create(filepath.Join(dir, name+".log"))
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), built(t, "adxexporter"), args...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	r.started = time.Now()
	require.NoError(t, command.Start())
	r.pid = command.Process.Pid
	ended := false
	r.end = func() {
		if ended {
			return
		}
		ended = true
		_ = command.Process.Kill() // what it would give away is of no use to anybody
		_ = command.Wait()
		_ = log.Close()
	}
	t.Cleanup(r.end)
	return r
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}

// ready returns nil once the replica says that it is.
func (r *replica) ready() error {
	response, err := http.Get("http://" + r.telemetry + "/readyz")
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	text, err := io.ReadAll(response.Body)
	return errors.Join(fmt.Errorf("%s: %s", r.name, strings.TrimSpace(string(text))), err)
}

// listed reports whether the replica has read all exporters.
func (r *replica) listed() bool {
	err := r.ready()
	return err == nil || !strings.Contains(err.Error(), "not been listed") && !strings.Contains(err.Error(), "refused")
}

// collectGarbage makes the replica do so.
func (r *replica) collectGarbage(t *testing.T) {
	t.Helper()
	response, err := http.Get("http://" + r.telemetry + "/debug/pprof/heap?gc=1")
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, errors.Join(err, response.Body.Close()))
}

// families are metrics as they were at one time.
type families map[string]*dto.MetricFamily

func (r *replica) metrics(t *testing.T) families {
	t.Helper()
	response, err := http.Get("http://" + r.telemetry + "/metrics")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	return parse(t, response.Body)
}

func parse(t *testing.T, from io.Reader) families {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	all, err := parser.TextToMetricFamilies(from)
	require.NoError(t, err)
	return all
}

// sum adds up the values of a family's metrics that have all of the labels, given
// as name=value.
func (f families) sum(name string, labels ...string) float64 {
	total := 0.0
	for _, m := range f[name].GetMetric() {
		if has(m, labels) {
			total += m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue()
		}
	}
	return total
}

func has(m *dto.Metric, labels []string) bool {
	for _, want := range labels {
		found := false
		for _, l := range m.GetLabel() {
			found = found || l.GetName()+"="+l.GetValue() == want
		}
		if !found {
			return false
		}
	}
	return true
}

// cpuTime returns what a process has used, in seconds.
func cpuTime(t *testing.T, pid int) float64 {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, after, _ := strings.Cut(string(content), ") ")
	fields := strings.Fields(after)
	ticks := 0.0
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second
		n, err := strconv.ParseFloat(field, 64)
		require.NoError(t, err)
		ticks += n
	}
	return ticks / 100
}

// memory returns a line of a process's status, in MB.
func memory(t *testing.T, pid int, line string) float64 {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(t, err)
	for text := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(text, line+":"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			require.NoError(t, err)
			return kib * 1024 / 1e6
		}
	}
	require.Fail(t, "no such line", line)
	return 0
}
