package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/exposition"
	"github.com/adx-mon/adxexporter/push"
)

// Options are what one replica is made of.
type Options struct {
	// Labels are the instance's cluster labels.
	Labels criteria.Labels
	// Kusto asks the questions.
	Kusto executor.Querier
	Log   *zap.Logger
	// LogLevel is Log's level; nil if it does not change.
	LogLevel *zap.AtomicLevel
	// NamePrefix is put before every metric name.
	NamePrefix string
	// Timestamps gives exposed samples the time of their rows.
	Timestamps bool
	// MetricsAddress serves the series under TelemetryPath; empty means not at all.
	MetricsAddress string
	TelemetryPath  string
	// TelemetryAddress serves self-metrics, probes, profiles and the status page.
	TelemetryAddress string
	// ProbeAddress serves the probes once more, and nothing else; empty means not.
	ProbeAddress string
	// Access says who may ask the ports.
	Access Access
	// ShutdownTimeout bounds the wait for requests in flight at the end.
	ShutdownTimeout time.Duration
	// Memory is how many bytes answers may take together; zero is no limit.
	Memory int64
	// ExportersDir and StateDir replace Kubernetes, if set.
	ExportersDir, StateDir string
	// Push says where points are pushed to.
	Push Push
	// Kubeconfig and Namespaces say which exporters Kubernetes is asked for.
	Kubeconfig string
	Namespaces []string
	// KubeConfig is how to reach Kubernetes, in place of a file.
	KubeConfig *rest.Config
	// Tracing is where traces of runs go.
	Tracing Tracing
	// Ring is how this replica takes part in its ring, in Kubernetes.
	Ring Ring
}

// App is one replica. Create it with New, run it once with Run.
type App struct {
	log       *zap.Logger
	executor  *executor.Executor
	home      home
	metrics   *server
	telemetry *server
	probes    *server
	push      []*push.Sink
	runners   []runner
	// tracing is nil if nothing is traced.
	tracing *sdktrace.TracerProvider
	timeout time.Duration
}

// New wires a replica. This is one straight line on purpose: it is the picture of
// who needs whom. When it returns, the ports are open and answer "not ready".
func New(ctx context.Context, opts Options) (*App, error) {
	a := &App{log: opts.Log, timeout: opts.ShutdownTimeout, tracing: opts.Tracing.provider(opts.Labels)}
	registry := newRegistry(opts.Labels)

	var err error
	if a.home, err = newHome(opts, registry); err != nil {
		a.flushTraces(ctx)
		return nil, err
	}
	if a.push, a.runners, err = opts.Push.sinks(push.NewMetrics(registry)); err != nil {
		return nil, a.abandon(ctx, err)
	}
	sinks := asSinks(a.push)
	var store *exposition.Store
	if opts.MetricsAddress != "" {
		store = exposition.NewStore(exposition.Options{Timestamps: opts.Timestamps, Serve: a.home.Serves()}, registry)
		sinks = append([]executor.Sink{store}, sinks...)
	}
	options := executor.Options{
		Labels:     opts.Labels,
		NamePrefix: opts.NamePrefix,
		Memory:     opts.Memory,
		Guard:      a.home.Guard(),
		Querier:    opts.Kusto,
		Sinks:      sinks,
		Metrics:    executor.NewMetrics(registry),
		Log:        opts.Log,
		Tracer:     a.tracer(),
	}
	a.home.Settings(&options)
	a.executor = executor.New(options)
	registry.MustRegister(a.executor)
	if kusto, ok := opts.Kusto.(prometheus.Collector); ok { // a test's double counts nothing
		registry.MustRegister(kusto)
	}
	if err := a.home.Feed(a.executor, store); err != nil {
		return nil, a.abandon(ctx, err)
	}
	if store != nil {
		mux := http.NewServeMux()
		mux.Handle(opts.TelemetryPath, exposition.NewHandler(store, a.home.Synced))
		if a.metrics, err = listen(ctx, "metrics", opts.MetricsAddress, mux); err != nil {
			return nil, a.abandon(ctx, err)
		}
		a.metrics.config = opts.Access.MetricsConfig
	}
	if a.telemetry, err = listen(ctx, "telemetry", opts.TelemetryAddress, a.telemetryHandler(registry, opts.LogLevel, a.statusPage(opts, store))); err != nil {
		return nil, a.abandon(ctx, err)
	}
	a.telemetry.config = opts.Access.TelemetryConfig
	if opts.ProbeAddress != "" {
		if a.probes, err = listen(ctx, "probe", opts.ProbeAddress, a.probeHandler()); err != nil {
			return nil, a.abandon(ctx, err)
		}
	}
	return a, nil
}

// abandon gives back what New has taken so far.
func (a *App) abandon(ctx context.Context, err error) error {
	for _, s := range []*server{a.metrics, a.telemetry, a.probes} {
		if s != nil {
			err = errors.Join(err, s.listener.Close())
		}
	}
	return errors.Join(err, a.close(ctx))
}

func (a *App) close(ctx context.Context) error {
	a.flushTraces(ctx)
	var err error
	for _, sink := range a.push {
		err = errors.Join(err, sink.Close())
	}
	return errors.Join(err, a.home.Close())
}

// MetricsAddr returns where the series are served, or "" if they are not.
func (a *App) MetricsAddr() string {
	if a.metrics == nil {
		return ""
	}
	return a.metrics.listener.Addr().String()
}

// TelemetryAddr returns where self-metrics and probes are served.
func (a *App) TelemetryAddr() string { return a.telemetry.listener.Addr().String() }

// Ready returns nil once the replica knows its exporters.
func (a *App) Ready() error { return a.home.Ready() }

// Run runs the replica until ctx ends or a part fails. It stops in reverse: the
// share of the ring is given away, runs in flight end, then the ports, so that a
// scrape in flight completes.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var servers errgroup.Group
	serve, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	for _, s := range []*server{a.metrics, a.telemetry, a.probes} {
		if s == nil {
			continue
		}
		servers.Go(func() error {
			defer stop()
			return s.serve(serve, a.timeout)
		})
	}
	a.log.Info("started", zap.String("version", Version()), zap.String("metrics", a.MetricsAddr()), zap.String("telemetry", a.TelemetryAddr()))

	working, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	var workers errgroup.Group
	work := func(start func(context.Context) error) {
		workers.Go(func() error {
			err := start(working)
			if err != nil {
				stop() // a part that fails ends the replica, in good order
			}
			return err
		})
	}
	work(a.home.Start)
	work(a.executor.Start)
	work(a.checkPush)
	for _, r := range a.runners {
		work(r.Start)
	}
	err := a.home.Member(ctx)
	end()
	err = errors.Join(err, workers.Wait())
	stopServing()
	err = errors.Join(err, servers.Wait(), a.close(ctx))
	a.log.Info("stopped", zap.Error(err))
	return err
}

// newRegistry returns the registry of the service's own metrics, with what tells
// one replica's from another's.
func newRegistry(labels criteria.Labels) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	info := func(name, help string, labels ...string) *prometheus.GaugeVec {
		vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		registry.MustRegister(vec)
		return vec
	}
	info("adxexporter_build_info", "The version that runs; always 1.", "version").WithLabelValues(Version()).Set(1)
	info("adxexporter_group_info", "The cluster-label set that this replica runs exporters for; always 1.", "group", "cluster_labels").
		WithLabelValues(labels.Group(), labels.String()).Set(1)
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// identity returns how this process signs its commits.
func identity() string { return fmt.Sprintf("%s/%s", hostName(), uuid.NewString()[:8]) }

func hostName() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}
