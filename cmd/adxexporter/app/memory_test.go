//go:build unix

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/benchline"
)

func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	t.Setenv("GOMEMLIMIT", "whatever the runtime made of it counts")
	debug.SetMemoryLimit(8 << 30)
	require.Equal(t, int64(1<<30), limitMemory(zap.NewNop()))
	debug.SetMemoryLimit(math.MaxInt64)
	require.Zero(t, limitMemory(zap.NewNop()))
}

func TestLimitMemoryIsOverridden(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	t.Setenv("AUTOMEMLIMIT", "much")
	debug.SetMemoryLimit(800)
	require.Equal(t, int64(100), limitMemory(zap.NewNop()), "what cannot be read changes nothing")
}

// crowd is a replica with exporters whose answers are large, as files.
const (
	crowdExporters = 20
	crowdRows      = 500_000
)

// writeCrowd writes the exporters, whose first windows are all due at once.
func writeCrowd(t *testing.T, l load) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range crowdExporters {
		object := l.exporter()
		object.TypeMeta = metav1.TypeMeta{APIVersion: v1.GroupVersion.String(), Kind: "MetricsExporter"}
		object.Name, object.UID, object.CreationTimestamp = fmt.Sprint("large-", i), "", metav1.Time{}
		object.Spec.Interval = metav1.Duration{Duration: 24 * time.Hour}
		object.Spec.QueryTimeout = &metav1.Duration{Duration: time.Hour}
		object.Spec.Limits = &v1.Limits{MaxRows: int64(l.Rows), MaxSeries: int64(l.Rows)}
		content, err := yaml.Marshal(object)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, object.Name+".yaml"), content, 0o600))
	}
	return dir
}

// inCgroup returns a function that puts a process into a cgroup with a memory limit,
// and one that says how often the limit was met with an end. Only root may.
func inCgroup(t *testing.T, limit int64) (join func(pid int), kills func() int) {
	t.Helper()
	const root = "/sys/fs/cgroup/memory"
	dir := filepath.Join(root, fmt.Sprint("adxexporter-test-", os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Logf("no cgroup: the limit is GOMEMLIMIT's alone (%v)", err)
		return func(int) {}, func() int { return 0 }
	}
	t.Cleanup(func() { _ = os.Remove(dir) }) // it may be busy for a moment longer
	if err := os.WriteFile(filepath.Join(dir, "memory.limit_in_bytes"), []byte(strconv.FormatInt(limit, 10)), 0o600); err != nil {
		t.Logf("no cgroup: the limit is GOMEMLIMIT's alone (%v)", err)
		return func(int) {}, func() int { return 0 }
	}
	join = func(pid int) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600))
	}
	kills = func() int {
		content, err := os.ReadFile(filepath.Join(dir, "memory.oom_control"))
		require.NoError(t, err)
		_, after, _ := strings.Cut(string(content), "oom_kill ")
		n, err := strconv.Atoi(strings.Fields(after + " 0")[0])
		require.NoError(t, err)
		return n
	}
	return join, kills
}

// TestBenchMemoryLimit: twenty answers of half a million rows at once, and half a
// gigabyte of memory. The replica takes longer, and loses nothing.
func TestBenchMemoryLimit(t *testing.T) {
	benchline.Guard(t)
	const limit = 512 << 20
	l := load{Rows: crowdRows, Labels: 3, Times: true}
	from, to := part{Name: kustoPart, Load: l}.start(t), part{Name: receiversPart}.start(t)
	dir := writeCrowd(t, l)
	join, kills := inCgroup(t, limit)

	cmd := part{Name: mainPart, Args: []string{
		"run", "--exporters-dir=" + dir, "--kusto-endpoint=DB=" + from, "--kusto-auth=none", "--otlp-endpoint=" + to + "/v1/metrics",
		"--web.enable-lifecycle=false", "--telemetry.listen-address=127.0.0.1:0", "--log-level=warn",
	}}.command(t)
	cmd.Env = append(cmd.Env, fmt.Sprint("GOMEMLIMIT=", limit*9/10))
	peak := startCrowd(t, cmd, join)
	began := time.Now()
	require.Eventually(t, func() bool { return crowdTaken(t, to) >= crowdExporters*crowdRows }, 20*time.Minute, 100*time.Millisecond)
	t.Logf("%d answers of %d rows took %s", crowdExporters, crowdRows, time.Since(began).Round(time.Second))
	benchline.ReportLimit(t, "memory_20_answers_of_500k_peak_rss", peak()/(1<<20), 512, "MiB")
	benchline.ReportLimit(t, "memory_20_answers_of_500k_killed", float64(kills()), 0.5, "")
	requireTaken(t, to, taken{OTLP: crowdExporters * crowdRows})
}

// startCrowd starts the replica and returns what says its peak memory, in bytes.
func startCrowd(t *testing.T, cmd *exec.Cmd, join func(pid int)) (peak func() float64) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	join(cmd.Process.Pid)
	require.NoError(t, stdin.Close()) // it begins when it has joined
	return func() float64 {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		require.NoError(t, err, "it has ended")
		for line := range strings.Lines(string(content)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
				require.NoError(t, err)
				return kib * 1024
			}
		}
		return math.NaN()
	}
}

func crowdTaken(t *testing.T, receiver string) int64 {
	t.Helper()
	var got taken
	getInto(t, receiver, &got)
	return got.OTLP
}

// runMain runs the command line once the standard input ends.
func runMain(args []string) error {
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	if code := Main(context.Background(), args, os.Stdout, os.Stderr); code != exitOK {
		return errors.New("the command failed")
	}
	return nil
}
