package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// readyWithin is how long all parts together may take to start.
const readyWithin = 2 * time.Minute

// up runs all parts until it is told to stop, or until one of them ends.
func up(args []string) error {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	dir := flags.String("dir", "", "where keys, data and logs go")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		return errors.New("controlplane up: --dir is needed")
	}
	absolute, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	p := &parts{dir: absolute, ended: make(chan error, 3)}
	defer p.kill()
	if err := p.start(ctx); err != nil {
		return fmt.Errorf("controlplane up: %w", err)
	}
	fmt.Println("ready:", filepath.Join(absolute, "admin.kubeconfig"))
	select {
	case <-ctx.Done():
		return nil
	case err := <-p.ended:
		return fmt.Errorf("controlplane up: %w", err)
	}
}

// parts are the processes of a control plane.
type parts struct {
	dir   string
	all   []*exec.Cmd
	ended chan error
}

func (p *parts) path(name string) string { return filepath.Join(p.dir, name) }

func (p *parts) start(ctx context.Context) error {
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	etcd, server := fmt.Sprint("http://127.0.0.1:", ports[0]), fmt.Sprint("https://127.0.0.1:", ports[2])
	if err := p.keys(server); err != nil {
		return err
	}
	if err := p.run("etcd", "--data-dir="+p.path("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+etcd, "--advertise-client-urls="+etcd,
		fmt.Sprint("--listen-peer-urls=http://127.0.0.1:", ports[1])); err != nil {
		return err
	}
	if err := p.run("kube-apiserver", p.apiserverFlags(etcd, ports[2])...); err != nil {
		return err
	}
	if err := p.await(ctx); err != nil {
		return err
	}
	if err := p.run("controllers", p.path("admin.kubeconfig"), p.path("ca.crt")); err != nil {
		return err
	}
	return os.WriteFile(p.path("ready"), nil, 0o600)
}

func (p *parts) keys(server string) error {
	authority, err := newPKI(p.dir)
	if err != nil {
		return err
	}
	return errors.Join(
		authority.serviceAccountKey(),
		authority.issue("apiserver", "kube-apiserver", nil),
		authority.issue("admin", "admin", []string{"system:masters"}),
		authority.issue("node", "system:node:e2e", []string{"system:nodes"}),
		authority.kubeconfig("admin", server),
	)
}

func (p *parts) apiserverFlags(etcd string, port int) []string {
	return []string{
		"--etcd-servers=" + etcd, fmt.Sprint("--secure-port=", port), "--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=" + p.path("sa.pub"),
		"--service-account-signing-key-file=" + p.path("sa.key"), "--client-ca-file=" + p.path("ca.crt"),
		"--tls-cert-file=" + p.path("apiserver.crt"), "--tls-private-key-file=" + p.path("apiserver.key"),
		"--service-cluster-ip-range=10.96.0.0/16", "--kubelet-preferred-address-types=InternalIP",
		"--cert-dir=" + p.path("certs"), "--allow-privileged=true",
		"--watch-cache-sizes=", "--profiling=false",
	}
}

// run starts a part as a process that dies with this one.
func (p *parts) run(name string, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.Create(p.path(name + ".log"))
	if err != nil {
		return err
	}
	command := exec.Command(self, append([]string{name}, args...)...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return err
	}
	p.all = append(p.all, command)
	go func() { // it ends with the part, and the part with this process
		err := command.Wait()
		p.ended <- fmt.Errorf("%s has ended: %w (see %s)", name, err, log.Name())
	}()
	return os.WriteFile(p.path(name+".pid"), []byte(strconv.Itoa(command.Process.Pid)), 0o600)
}

// await returns when the API server is ready.
func (p *parts) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	config, err := clientcmd.BuildConfigFromFlags("", p.path("admin.kubeconfig"))
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for {
		err := client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the API server did not become ready: %w", err)
		case err := <-p.ended:
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *parts) kill() {
	for _, command := range p.all {
		_ = command.Process.Kill() // it may have ended
	}
}

// freePorts returns loopback ports that nobody listens on.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
