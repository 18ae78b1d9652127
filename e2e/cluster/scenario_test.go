package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestScenarios runs testdata/scenarios, one after the other, each on a cluster of
// its own. The commands are those of commands.
func TestScenarios(t *testing.T) {
	built(t, "controlplane")
	files, err := filepath.Glob(filepath.Join("testdata", "scenarios", "*.txtar"))
	require.NoError(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runScenario(t, file) })
	}
}

func runScenario(t *testing.T, file string) {
	t.Helper()
	faults := strings.HasPrefix(filepath.Base(file), "fault-")
	if faults && os.Getenv(chaosEnv) != "1" {
		t.Skip("this scenario has faults: run make chaos")
	}
	if !faults && os.Getenv(e2eEnv) != "1" {
		t.Skip("run make e2e")
	}
	overlays, err := filepath.Abs("testdata")
	require.NoError(t, err)
	repository, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	dir := t.TempDir()
	// What is kept is what there is to look at when a scenario fails.
	if kept := os.Getenv("ADXEXPORTER_E2E_DIR"); kept != "" {
		dir = filepath.Join(kept, strings.TrimSuffix(filepath.Base(file), ".txtar"))
		require.NoError(t, os.RemoveAll(dir))
		require.NoError(t, os.MkdirAll(dir, 0o700))
	}
	w := newWorld(t, dir)
	s := &scenario{t: t, world: w}
	commands := map[string]func(ts *testscript.TestScript, neg bool, args []string){}
	for name, command := range s.commands() {
		commands[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("%s cannot be negated", name)
			}
			ts.Check(command(ts, args))
		}
	}
	testscript.Run(t, testscript.Params{
		Files: []string{file}, Cmds: commands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("OVERLAYS", overlays)
			env.Setenv("KUBECONFIG", w.Kubeconfig())
			env.Setenv("HELM", filepath.Join(repository, "build", "helm"))
			env.Setenv("CHART", filepath.Join(repository, "manifests", "chart"))
			env.Setenv("TLS", filepath.Join(dir, "tls"))
			env.Setenv("HOME", env.WorkDir) // for what Helm keeps
			return nil
		},
	})
}

// scenario is a script that runs.
type scenario struct {
	*world

	t *testing.T
}

// mainSet is the StatefulSet of manifests/base.
const mainSet = "adxexporter"

// setIn returns the set that is the second argument, if there is one.
func setIn(args []string) string {
	if len(args) > 1 {
		return args[1]
	}
	return mainSet
}

// patience is how long a scenario waits for something that must come.
const patience = 2 * time.Minute

// commands are what a script can do, besides what testscript has.
func (s *scenario) commands() map[string]func(ts *testscript.TestScript, args []string) error {
	return map[string]func(ts *testscript.TestScript, args []string) error{
		// deploy OVERLAY [SET]: apply the manifests of testdata/OVERLAY.
		"deploy": func(_ *testscript.TestScript, args []string) error {
			return s.deploy(s.t, filepath.Join("testdata", args[0]), setIn(args))
		},
		// follow SET: it has been deployed otherwise.
		"follow": func(_ *testscript.TestScript, args []string) error { return s.follow(s.t, args[0]) },
		// overlays: the API server would take everything that builds on the base.
		"overlays": func(*testscript.TestScript, []string) error { return s.dryRun() },
		// exporters N: create N exporters.
		"exporters": func(_ *testscript.TestScript, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil {
				return err
			}
			return s.apply(s.t.Context(), n)
		},
		// shared N [SET]: wait until N replicas share everything.
		"shared": func(_ *testscript.TestScript, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil {
				return err
			}
			return s.await(func() error { return s.shared(setIn(args), n) })
		},
		// mark: judge looks and moves from here on.
		"mark": func(*testscript.TestScript, []string) error {
			s.note(func() { s.marked = time.Now() })
			return nil
		},
		// pass DURATION: let time pass.
		"pass": func(_ *testscript.TestScript, args []string) error {
			d, err := time.ParseDuration(args[0])
			time.Sleep(d)
			return err
		},
		// leader VARIABLE: set it to the name of the pod that leads.
		"leader": func(ts *testscript.TestScript, args []string) error {
			return s.await(func() error {
				pod, err := s.leader(s.t.Context(), mainSet)
				ts.Setenv(args[0], pod)
				return err
			})
		},
		// signal SIGNAL POD
		"signal": func(_ *testscript.TestScript, args []string) error {
			signals := map[string]syscall.Signal{"KILL": syscall.SIGKILL, "STOP": syscall.SIGSTOP, "CONT": syscall.SIGCONT, "TERM": syscall.SIGTERM}
			return s.signal(args[1], signals[args[0]])
		},
		// crash POD: kill it for good.
		"crash": func(_ *testscript.TestScript, args []string) error { return s.crash(args[0]) },
		// lose POD: whatever is done to it, its process lives on.
		"lose": func(_ *testscript.TestScript, args []string) error {
			_, err := s.Kubelet().Lose(podKey(args[0]))
			return err
		},
		// path POD cut|whole: between the pod and the API server.
		"path": func(_ *testscript.TestScript, args []string) error { return s.path(args[0], args[1]) },
		// unready POD TEXT: wait until it says that it is not ready, and why.
		"unready": func(_ *testscript.TestScript, args []string) error {
			return s.await(func() error {
				described, err := s.Kubelet().Pod(podKey(args[0]))
				return errors.Join(err, unready(s.t.Context(), described, args[1]))
			})
		},
		// apiserver stop|continue
		"apiserver": func(_ *testscript.TestScript, args []string) error {
			if args[0] == "stop" {
				return s.StopAPIServer()
			}
			return s.ContinueAPIServer()
		},
		// receiver takes|away|500|reset: how it treats requests from here on.
		"receiver": func(_ *testscript.TestScript, args []string) error { return s.receiver.behave(args[0]) },
		// delivered: wait until no window is waiting for the receiver.
		"delivered": func(*testscript.TestScript, []string) error {
			return s.await(func() error { return s.delivered(s.t.Context()) })
		},
		// moving: wait until partitions have been on their way since the mark.
		"moving": func(*testscript.TestScript, []string) error {
			return s.awaitEvery(5*time.Millisecond, func() error {
				if !s.facts.moved(s.groups[mainSet], s.marked) {
					return errors.New("nothing moves")
				}
				return nil
			})
		},
		// certify: make what TLS takes, in the folder $TLS.
		"certify": func(*testscript.TestScript, []string) error { return certify(filepath.Join(s.dir, "tls")) },
		// telemetry POD PATH STATUS [TOKEN]: wait until it answers so over TLS, to
		// whose token is in a file.
		"telemetry": func(ts *testscript.TestScript, args []string) error {
			status, err := strconv.Atoi(args[2])
			if err != nil {
				return err
			}
			return s.await(func() error { return s.answers(args[0], args[1], tokenIn(ts, args[3:]), status) })
		},
		// views POD N TOKEN: wait until its page of the ring has what N replicas say.
		"views": func(ts *testscript.TestScript, args []string) error {
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return err
			}
			return s.await(func() error { return s.views(args[0], tokenIn(ts, args[2:]), n) })
		},
		// collect N: have the Collector scrape what it finds, which is N pods.
		"collect": func(_ *testscript.TestScript, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil {
				return err
			}
			return s.await(func() error { return s.collect(s.t.Context(), n) })
		},
		// check FIGURE<=NUMBER...: the journals must be sound, and keep to the figures.
		"check": s.check,
	}
}

// tokenIn returns the token in the file that is the first argument, if there is one.
func tokenIn(ts *testscript.TestScript, args []string) string {
	if len(args) == 0 {
		return ""
	}
	return strings.TrimSpace(ts.ReadFile(args[0]))
}

// await waits until a condition holds.
func (s *scenario) await(condition func() error) error {
	return s.awaitEvery(100*time.Millisecond, condition)
}

func (s *scenario) awaitEvery(interval time.Duration, condition func() error) error {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		err := condition()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

func (s *scenario) path(pod, how string) error {
	described, err := s.Kubelet().Pod(podKey(pod))
	if err != nil {
		return err
	}
	if proxy := s.Proxy(described.UID); how == "cut" {
		proxy.Stall()
	} else {
		proxy.Continue()
	}
	return nil
}

// dryRun has the API server check every overlay of the manifests, to the last field.
func (s *scenario) dryRun() error {
	root := filepath.Join("..", "..", "manifests")
	var overlays []string
	for _, pattern := range []string{"base", "examples/*", "overlays/use-case-[124]", "overlays/use-case-3/*"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return err
		}
		overlays = append(overlays, found...)
	}
	if len(overlays) < 8 {
		return fmt.Errorf("cannot find the overlays: there are %d", len(overlays))
	}
	for _, overlay := range overlays {
		out, err := s.Kubectl(s.t.Context(), "apply", "--dry-run=server", "--validate=strict", "-k", overlay)
		if err != nil {
			return err
		}
		if strings.Contains(out, "Warning:") {
			return fmt.Errorf("the API server warns of %s: %s", overlay, out)
		}
	}
	return nil
}

// panicked returns an error if a replica's log has a panic.
func panicked(pods string) error {
	logs, err := filepath.Glob(filepath.Join(pods, "*", "*.log"))
	for _, file := range logs {
		content, unread := os.ReadFile(file)
		err = errors.Join(err, unread)
		if at := bytes.Index(content, []byte("\npanic: ")); at >= 0 {
			err = errors.Join(err, fmt.Errorf("%s: %.2000s", file, content[at+1:]))
		}
	}
	return err
}

// check judges what has happened so far.
func (s *scenario) check(ts *testscript.TestScript, args []string) error {
	v, err := s.judge(s.t.Context())
	if err != nil {
		return err
	}
	ts.Logf("%s", v)
	err = errors.Join(v.Sound(), panicked(filepath.Join(s.dir, "pods")))
	figures := v.figures(s.exporters)
	for _, arg := range args {
		err = errors.Join(err, within(figures, arg))
	}
	return err
}
