package kubelet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
)

// A container that ends is started again at once, and then after a wait that
// doubles, until it has run for as long as steady.
const (
	firstWait = time.Second
	maxWait   = 10 * time.Second
	steady    = 30 * time.Second
)

// container is a container of a pod: one process after the other.
type container struct {
	pod  *pod
	spec *corev1.Container
	log  *zap.Logger

	mu  sync.Mutex // guards what follows
	now state
}

// state is what is known of a container.
type state struct {
	// pid is that of the process; zero while there is none.
	pid int
	// startedAt is when it was started, and endedAt when the last one ended.
	startedAt, endedAt time.Time
	restarts           int32
	// started and ready are what the probes say.
	started, ready bool
	// exit is how the last process ended: its code, or 128 and the signal.
	exit int32
	// over is set once the container has run, if it runs only once.
	over bool
	// waits says why there is no process.
	waits string
	// message is for people.
	message string
}

// set changes the state, and has the pod report it.
func (c *container) set(change func(s *state)) {
	c.mu.Lock()
	before := c.now
	change(&c.now)
	changed := c.now != before
	c.mu.Unlock()
	if changed {
		c.pod.touch()
	}
}

func (c *container) get() state {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// run keeps the container running until the pod is to end. ctx ends it at once.
func (c *container) run(ctx context.Context) {
	var wait time.Duration
	for {
		if !c.pause(ctx, wait) {
			return
		}
		began := time.Now()
		if err := c.once(ctx); err != nil {
			c.log.Warn("cannot start the container", zap.Error(err))
			c.set(func(s *state) { s.waits, s.message = "CreateContainerConfigError", err.Error() })
			wait = maxWait
			continue
		}
		if c.pod.ends(ctx) || c.pod.lost.Load() {
			return
		}
		if c.pod.object.Spec.RestartPolicy == corev1.RestartPolicyNever {
			c.set(func(s *state) { s.over = true })
			c.rest(ctx)
			return
		}
		wait = nextWait(wait, time.Since(began))
		c.set(func(s *state) { s.restarts++; s.waits = "CrashLoopBackOff" })
	}
}

// nextWait returns how long to wait before the next start.
func nextWait(last, ran time.Duration) time.Duration {
	if ran >= steady {
		return 0
	}
	return min(max(firstWait, 2*last), maxWait)
}

// pause waits, and reports whether the pod still lives.
func (c *container) pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-c.pod.stopping:
		return false
	case <-timer.C:
		return true
	}
}

// rest returns when the pod is to end.
func (c *container) rest(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-c.pod.stopping:
	}
}

// once runs one process until it ends. An error means that there was none.
func (c *container) once(ctx context.Context) error {
	probes, err := c.probes()
	if err != nil {
		return err
	}
	command, err := c.command(ctx)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(c.pod.path(c.spec.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("cannot open the container's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		return fmt.Errorf("cannot start the container's process: %w", err)
	}
	c.set(func(s *state) {
		s.pid, s.startedAt, s.waits, s.message = command.Process.Pid, time.Now(), "", ""
		s.started, s.ready = probes.startup == nil, false
	})
	c.supervise(ctx, command, probes)
	c.set(func(s *state) {
		s.pid, s.endedAt, s.started, s.ready = 0, time.Now(), false, false
		s.exit = exitCode(command.ProcessState)
	})
	return nil
}

// command returns the process to start. It ends with ctx, and with this process.
func (c *container) command(ctx context.Context) (*exec.Cmd, error) {
	env, err := environmentOf(c.pod.object, c.pod.ip, c.spec)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, c.pod.kubelet.opts.Binary, argumentsOf(c.spec, env)...) //nolint:gosec // running what a manifest says is the purpose
	command.Dir = c.pod.dir
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.pod.dir}, env.strings()...)
	command.Env = append(command.Env, "KUBECONFIG="+c.pod.path(kubeconfigFile))
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // an interrupt at the terminal is not for it
	return command, nil
}

// probes are a container's; nil where it has none.
type probes struct{ startup, liveness, readiness *probe }

func (c *container) probes() (p probes, err error) {
	var errs [3]error
	p.startup, errs[0] = newProbe(c.spec, c.spec.StartupProbe, c.pod.ip)
	p.liveness, errs[1] = newProbe(c.spec, c.spec.LivenessProbe, c.pod.ip)
	p.readiness, errs[2] = newProbe(c.spec, c.spec.ReadinessProbe, c.pod.ip)
	return p, errors.Join(errs[:]...)
}

// supervise returns when the process has ended, of itself or because it had to.
func (c *container) supervise(ctx context.Context, command *exec.Cmd, p probes) {
	probing, stop := context.WithCancel(ctx)
	unhealthy := make(chan string, 2)
	var parts sync.WaitGroup
	parts.Go(func() { c.probe(probing, p, unhealthy) })
	ended := make(chan struct{})
	parts.Go(func() {
		defer close(ended)
		_ = command.Wait() // the process state says how it went
	})
	select {
	case <-ended:
	case why := <-unhealthy:
		c.log.Warn("the container is unhealthy and is started again", zap.String("probe", why))
		stop()
		c.terminate(command.Process, ended)
	case <-c.pod.stopping:
		stop()
		c.terminate(command.Process, ended)
	}
	stop()
	parts.Wait()
}

// terminate asks the process to end, and kills it after the grace period.
func (c *container) terminate(process *os.Process, ended <-chan struct{}) {
	_ = process.Signal(syscall.SIGTERM) // it may have ended
	timer := time.NewTimer(c.pod.grace())
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
		c.log.Warn("the container did not end within its grace period")
		_ = process.Kill() // it may have ended
		<-ended
	}
}

// probe asks the startup probe first, and then the others until ctx ends. What is
// unhealthy is said once.
func (c *container) probe(ctx context.Context, p probes, unhealthy chan<- string) {
	if p.startup != nil {
		started := false
		p.startup.watch(ctx, func(good bool) bool {
			started = good
			return false
		})
		if ctx.Err() != nil {
			return
		}
		if !started {
			unhealthy <- "startup"
			return
		}
	}
	c.set(func(s *state) { s.started, s.ready = true, p.readiness == nil })
	var both sync.WaitGroup
	defer both.Wait()
	if p.readiness != nil {
		both.Go(func() {
			p.readiness.watch(ctx, func(good bool) bool {
				c.set(func(s *state) { s.ready = good })
				return true
			})
		})
	}
	if p.liveness != nil {
		p.liveness.watch(ctx, func(good bool) bool {
			if !good {
				unhealthy <- "liveness"
			}
			return good
		})
	}
}

// exitCode returns what a shell would say.
func exitCode(s *os.ProcessState) int32 {
	if status, ok := s.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int32(status.Signal())
	}
	return int32(s.ExitCode())
}
