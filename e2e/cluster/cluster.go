package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/adx-mon/adxexporter/e2e/kubelet"
)

// Addresses of the namespace: Subnet is local as a whole, nodeAddress is the Node's,
// and pods begin at firstPod.
var (
	Subnet      = netip.MustParsePrefix("10.77.0.0/16")
	nodeAddress = netip.MustParseAddr("10.77.0.1")
	firstPod    = netip.MustParseAddr("10.77.1.1")
)

// Node is the name of the only Node.
const Node = "e2e"

// Options are what a Cluster is made of. All are required.
type Options struct {
	// Dir gets keys, data and logs.
	Dir string
	// ControlPlane is the binary that make controlplane builds, and Program what
	// every pod runs.
	ControlPlane, Program string
	Log                   *zap.Logger
}

// Cluster is a running control plane with one Node.
type Cluster struct {
	opts    Options
	plane   *controlPlane
	config  *rest.Config
	client  kubernetes.Interface
	kubelet *kubelet.Kubelet
	kubectl string
	// stop ends the kubelet, which says in node how it went.
	stop context.CancelFunc
	node chan error

	mu sync.Mutex // guards what follows
	// proxies are by pod.
	proxies map[types.UID]*Proxy
}

// Start starts a cluster. It must be called in the namespace of Main.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		return nil, fmt.Errorf("cannot start a cluster without kubectl: %w", err)
	}
	plane, err := startControlPlane(ctx, opts.ControlPlane, filepath.Join(opts.Dir, "controlplane"))
	if err != nil {
		return nil, err
	}
	c := &Cluster{opts: opts, plane: plane, kubectl: kubectl, proxies: map[types.UID]*Proxy{}, node: make(chan error, 1)}
	if err := c.connect(); err != nil {
		return nil, errors.Join(err, plane.close())
	}
	c.kubelet = kubelet.New(kubelet.Options{
		Client: c.client, Config: c.config, Node: Node, Address: nodeAddress, FirstPod: firstPod,
		Binary: opts.Program, Dir: filepath.Join(opts.Dir, "pods"), APIServer: c.proxyFor, Log: opts.Log.Named("kubelet"),
	})
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	c.stop = stop
	go func() { c.node <- c.kubelet.Start(running) }() // Close waits for it
	return c, nil
}

func (c *Cluster) connect() error {
	var err error
	if c.config, err = clientcmd.BuildConfigFromFlags("", c.plane.kubeconfig()); err != nil {
		return fmt.Errorf("cannot read the administrator's kubeconfig: %w", err)
	}
	c.config.QPS, c.config.Burst = 200, 400
	if c.client, err = kubernetes.NewForConfig(c.config); err != nil {
		return fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	return nil
}

// proxyFor opens a proxy for a pod, and returns its URL.
func (c *Cluster) proxyFor(pod *corev1.Pod) (string, error) {
	server, err := url.Parse(c.config.Host)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	proxy, ok := c.proxies[pod.UID]
	if !ok {
		if proxy, err = NewProxy(server.Host); err != nil {
			return "", err
		}
		c.proxies[pod.UID] = proxy
	}
	return "https://" + proxy.Addr(), nil
}

// Proxy returns what is between a pod and the API server; nil if there is no such
// pod.
func (c *Cluster) Proxy(uid types.UID) *Proxy {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proxies[uid]
}

// Config returns how to reach the API server as an administrator, past all proxies.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Client returns an administrator's client.
func (c *Cluster) Client() kubernetes.Interface { return c.client }

// Kubeconfig returns an administrator's kubeconfig file.
func (c *Cluster) Kubeconfig() string { return c.plane.kubeconfig() }

// Kubelet returns the Node's, for what happens to its pods.
func (c *Cluster) Kubelet() *kubelet.Kubelet { return c.kubelet }

// Kubectl runs kubectl as an administrator, and returns what it prints.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, c.kubectl, args...) //nolint:gosec // the caller's own arguments
	command.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig())
	out, err := command.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cannot run kubectl %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// StopAPIServer has the API server stand still: connections stay open, and nobody
// gets an answer.
func (c *Cluster) StopAPIServer() error { return c.plane.signal("kube-apiserver", syscall.SIGSTOP) }

// ContinueAPIServer has it go on.
func (c *Cluster) ContinueAPIServer() error { return c.plane.signal("kube-apiserver", syscall.SIGCONT) }

// Close kills everything, and waits until it has ended.
func (c *Cluster) Close() error {
	c.stop()
	err := <-c.node
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, proxy := range c.proxies {
		err = errors.Join(err, proxy.Close())
	}
	return errors.Join(err, c.plane.close())
}
