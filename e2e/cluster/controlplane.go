package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// readyWithin is how long the control plane may take to start; it takes three
// seconds on a machine that does nothing else.
const readyWithin = 2 * time.Minute

// controlPlane is etcd, an API server and controllers.
type controlPlane struct {
	dir     string
	command *exec.Cmd
	// ended is closed once it has.
	ended chan struct{}
}

// startControlPlane returns when the API server is ready.
func startControlPlane(ctx context.Context, binary, dir string) (*controlPlane, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return nil, errors.Join(fmt.Errorf("cannot start a control plane in %q: it is not empty", dir), err)
	}
	log, err := os.Create(filepath.Join(dir, "up.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	p := &controlPlane{
		dir:     dir,
		command: exec.CommandContext(context.WithoutCancel(ctx), binary, "up", "--dir="+dir), //nolint:gosec // the caller's own binary
		ended:   make(chan struct{}),
	}
	p.command.Stdout, p.command.Stderr = log, log
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // an interrupt at the terminal is not for it
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start the control plane (make controlplane builds it): %w", err)
	}
	go func() { // close waits for it
		_ = p.command.Wait() // how it ended is in its log
		close(p.ended)
	}()
	if err := p.await(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *controlPlane) kubeconfig() string { return filepath.Join(p.dir, "admin.kubeconfig") }

func (p *controlPlane) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(filepath.Join(p.dir, "ready")); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.ended:
			said, _ := os.ReadFile(filepath.Join(p.dir, "up.log")) // it is for people
			return fmt.Errorf("the control plane has ended: %s", said)
		case <-ctx.Done():
			return fmt.Errorf("the control plane does not become ready (see %s): %w", p.dir, ctx.Err())
		}
	}
}

// signal sends a signal to one part: etcd, kube-apiserver or controllers.
func (p *controlPlane) signal(part string, signal syscall.Signal) error {
	content, err := os.ReadFile(filepath.Join(p.dir, part+".pid"))
	if err != nil {
		return fmt.Errorf("cannot find the process of %q: %w", part, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return fmt.Errorf("cannot find the process of %q: %w", part, err)
	}
	if err := syscall.Kill(pid, signal); err != nil {
		return fmt.Errorf("cannot signal %q: %w", part, err)
	}
	return nil
}

// close kills all parts: what they have stored is thrown away.
func (p *controlPlane) close() error {
	for _, part := range []string{"controllers", "kube-apiserver", "etcd"} {
		_ = p.signal(part, syscall.SIGKILL) // it may not have been started
	}
	if err := p.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}
