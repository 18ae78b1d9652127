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
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/exposition"
	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/sharding"
)

// Options are what one replica is made of.
type Options struct {
	// Labels are the instance's cluster labels.
	Labels criteria.Labels
	// Kusto asks the questions.
	Kusto executor.Querier
	Log   *zap.Logger
	// NamePrefix is put before every metric name.
	NamePrefix string
	// Timestamps gives exposed samples the time of their rows.
	Timestamps bool
	// MetricsAddress serves the series under TelemetryPath; empty means not at all.
	MetricsAddress string
	TelemetryPath  string
	// TelemetryAddress serves self-metrics, probes and profiles.
	TelemetryAddress string
	// ShutdownTimeout bounds the wait for requests in flight at the end.
	ShutdownTimeout time.Duration
	// ExportersDir and StateDir replace Kubernetes, if set.
	ExportersDir, StateDir string
	// Push says where points are pushed to, and PushInOrder that newer windows of an
	// exporter wait for older ones.
	Push        Push
	PushInOrder bool
	// Kubeconfig and Namespaces say which exporters Kubernetes is asked for.
	Kubeconfig string
	Namespaces []string
}

// App is one replica. Create it with New, run it once with Run.
type App struct {
	log       *zap.Logger
	executor  *executor.Executor
	source    source
	metrics   *server
	telemetry *server
	push      []*push.Sink
	runners   []runner
	cleanup   []func() error
	timeout   time.Duration
}

// source is where the exporters come from: Kubernetes or a directory.
type source interface {
	// Start keeps the executor's exporters current until ctx ends.
	Start(ctx context.Context) error
	// Synced reports whether the executor knows every exporter.
	Synced() bool
	// Ready returns nil when it does, and their home can be reached.
	Ready() error
}

// New wires a replica. This is one straight line on purpose: it is the picture of
// who needs whom. When it returns, the ports are open and answer "not ready".
func New(ctx context.Context, opts Options) (*App, error) {
	a := &App{log: opts.Log, timeout: opts.ShutdownTimeout}
	registry := newRegistry()
	validator, err := validation.New()
	if err != nil {
		return nil, err
	}

	home, err := a.home(opts, validator)
	if err != nil {
		return nil, err
	}
	if a.push, a.runners, err = opts.Push.sinks(push.NewMetrics(registry)); err != nil {
		return nil, a.abandon(err)
	}
	sinks := asSinks(a.push)
	var store *exposition.Store
	if opts.MetricsAddress != "" {
		store = exposition.NewStore(exposition.Options{Timestamps: opts.Timestamps}, registry)
		sinks = append([]executor.Sink{store}, sinks...)
	}
	a.executor = executor.New(executor.Options{
		Labels:     opts.Labels,
		NamePrefix: opts.NamePrefix,
		Ordered:    opts.PushInOrder,
		Guard:      sharding.NewAlone(identity(), time.Now(), home.newest),
		Querier:    opts.Kusto,
		Sinks:      sinks,
		Recorder:   home.recorder,
		Metrics:    executor.NewMetrics(registry),
		Log:        opts.Log,
	})
	if a.source, err = home.source(a.executor); err != nil {
		return nil, a.abandon(err)
	}
	if store != nil {
		mux := http.NewServeMux()
		mux.Handle(opts.TelemetryPath, exposition.NewHandler(store, func() bool { return a.source.Synced() }))
		if a.metrics, err = listen(ctx, "metrics", opts.MetricsAddress, mux); err != nil {
			return nil, a.abandon(err)
		}
	}
	if a.telemetry, err = listen(ctx, "telemetry", opts.TelemetryAddress, a.telemetryHandler(registry)); err != nil {
		return nil, a.abandon(err)
	}
	return a, nil
}

// abandon gives back what New has taken so far.
func (a *App) abandon(err error) error {
	for _, s := range []*server{a.metrics, a.telemetry} {
		if s != nil {
			err = errors.Join(err, s.listener.Close())
		}
	}
	return errors.Join(err, a.close())
}

func (a *App) close() error {
	var err error
	for _, sink := range a.push {
		err = errors.Join(err, sink.Close())
	}
	for _, clean := range a.cleanup {
		err = errors.Join(err, clean())
	}
	return err
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
func (a *App) Ready() error { return a.source.Ready() }

// Run runs the replica until ctx ends or a part fails. It stops in reverse: no
// new runs, runs in flight ended, then the ports, so that a scrape in flight
// completes.
func (a *App) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var servers errgroup.Group
	serve, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	for _, s := range []*server{a.metrics, a.telemetry} {
		if s == nil {
			continue
		}
		servers.Go(func() error {
			defer stop()
			return s.serve(serve, a.timeout)
		})
	}
	a.log.Info("started", zap.String("version", Version()), zap.String("metrics", a.MetricsAddr()), zap.String("telemetry", a.TelemetryAddr()))

	workers, working := errgroup.WithContext(ctx)
	workers.Go(func() error { return a.source.Start(working) })
	workers.Go(func() error { return a.executor.Start(working) })
	workers.Go(func() error { return a.checkPush(working) })
	for _, r := range a.runners {
		workers.Go(func() error { return r.Start(working) })
	}
	err := workers.Wait()
	stopServing()
	err = errors.Join(err, servers.Wait(), a.close())
	a.log.Info("stopped", zap.Error(err))
	return err
}

// newRegistry returns the registry of the service's own metrics.
func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "adxexporter_build_info", Help: "The version that runs; always 1.",
			ConstLabels: prometheus.Labels{"version": Version()},
		}, func() float64 { return 1 }),
	)
	return registry
}

// identity returns how this process signs its commits.
func identity() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%s", host, uuid.NewString()[:8])
}
