package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/demo"
	"github.com/adx-mon/adxexporter/e2e/cluster"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// What the manifests say.
const (
	namespace    = "adx-mon-system"
	kustoAddress = "127.0.0.1:9000"
)

func main() {
	dir := flag.String("dir", "build/e2e-up", "where keys, data and logs go; what is there is deleted")
	api := flag.String("api", "127.0.0.1:16443", "where kubectl reaches the API server")
	web := flag.String("web", "127.0.0.1:18080", "where the replicas' pages are")
	flag.Parse()
	os.Exit(cluster.Main(func(outside []net.Listener) int {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if err := run(ctx, *dir, outside[0], outside[1], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}, *api, *web))
}

// run starts everything, and stops it when ctx ends.
func run(ctx context.Context, dir string, api, web net.Listener, out io.Writer) (err error) {
	dir, err = fresh(dir)
	if err != nil {
		return err
	}
	c, err := start(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	server, err := url.Parse(c.Config().Host)
	if err != nil {
		return err
	}
	proxy := cluster.ProxyAt(api, server.Host)
	defer func() { err = errors.Join(err, proxy.Close()) }()
	kusto, err := serveKusto(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kusto.Close()) }()
	pages := serve(web, pages(c))
	defer func() { err = errors.Join(err, pages.Close()) }()
	if err := deploy(ctx, c, dir); err != nil {
		return err
	}
	kubeconfig := filepath.Join(dir, "kubeconfig")
	if err := writeKubeconfig(c.Kubeconfig(), kubeconfig, "https://"+api.Addr().String()); err != nil {
		return err
	}
	welcome(out, dir, kubeconfig, web.Addr().String())
	<-ctx.Done()
	return nil
}

// fresh makes an empty folder, and returns its absolute path.
func fresh(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700))
}

func start(ctx context.Context, dir string) (*cluster.Cluster, error) {
	plane, err := filepath.Abs("build/controlplane")
	if err != nil {
		return nil, err
	}
	program, err := filepath.Abs("build/adxexporter")
	if err != nil {
		return nil, err
	}
	config := zap.NewProductionConfig()
	config.OutputPaths = []string{filepath.Join(dir, "cluster.log")}
	log, err := config.Build()
	if err != nil {
		return nil, err
	}
	return cluster.Start(ctx, cluster.Options{Dir: dir, ControlPlane: plane, Program: program, Log: log})
}

// deploy applies the manifests, and the exporters of the demo's platform team.
func deploy(ctx context.Context, c *cluster.Cluster, dir string) error {
	exporters := filepath.Join(dir, "exporters")
	if err := demo.Instances()[0].Write(exporters); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"apply", "-k", filepath.Join("e2e", "up", "manifests")},
		{"create", "namespace", "monitoring"},
		{"create", "namespace", "examples"},
		{"apply", "-f", exporters},
		{"-n", namespace, "rollout", "status", "statefulset", "adxexporter", "--timeout=120s"},
	} {
		if _, err := c.Kubectl(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// serveKusto serves the demo's Kusto to the replicas.
func serveKusto(ctx context.Context) (*http.Server, error) {
	server := emulator.New(emulator.Options{})
	demo.Fill(server)
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", kustoAddress)
	if err != nil {
		return nil, fmt.Errorf("cannot start the embedded Kusto: %w", err)
	}
	return serve(listener, server), nil
}

func serve(listener net.Listener, handler http.Handler) *http.Server {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends by Close
	return server
}

// pages shows what the replicas serve: /POD/PORT/PATH.
func pages(c *cluster.Cluster) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{pod}/{port}/{path...}", func(w http.ResponseWriter, r *http.Request) {
		pod, err := c.Kubelet().Pod(types.NamespacedName{Namespace: namespace, Name: r.PathValue("pod")})
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		to := &url.URL{Scheme: "http", Host: net.JoinHostPort(pod.IP.String(), r.PathValue("port")), Path: "/" + r.PathValue("path")}
		proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL, p.Out.Host = to, to.Host
		}}
		proxy.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		for _, pod := range c.Kubelet().Pods() {
			_, _ = fmt.Fprintf(w, "%s pid %d ready %t restarts %d\n", pod.Name, pod.PID, pod.Ready, pod.Restarts)
		}
	})
	return mux
}

// writeKubeconfig writes an administrator's kubeconfig for another address.
func writeKubeconfig(from, to, server string) error {
	config, err := clientcmd.LoadFromFile(from)
	if err != nil {
		return fmt.Errorf("cannot read the administrator's kubeconfig: %w", err)
	}
	for _, entry := range config.Clusters {
		entry.Server = server
	}
	return clientcmd.WriteToFile(*config, to)
}

// welcome says what there is to see.
func welcome(w io.Writer, dir, kubeconfig, web string) {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, line := range []string{
		"Three replicas of adxexporter share the demo's exporters, on a real control plane.\n",
		"  export KUBECONFIG=" + kubeconfig,
		"  kubectl get metricsexporters -A -o wide\twho runs what",
		"  kubectl get exporterrings -o yaml\tthe ring",
		"  kubectl -n " + namespace + " scale statefulset adxexporter --replicas=5",
		"  kubectl -n " + namespace + " delete pod adxexporter-0",
		"  curl http://" + web + "/\tthe replicas and their processes, to be killed or frozen",
		"  curl http://" + web + "/adxexporter-0/8080/metrics\tthe series of one of them",
		"  curl http://" + web + "/adxexporter-0/8081/metrics\thow it does itself",
		"  ls " + filepath.Join(dir, "pods") + "\ttheir logs",
		"\nCtrl-C ends it.",
	} {
		_, _ = fmt.Fprintln(table, line)
	}
	_ = table.Flush()
}
