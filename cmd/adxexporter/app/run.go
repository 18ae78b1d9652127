package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap/zapcore"
)

// runCommand is `adxexporter run`, the service.
type runCommand struct {
	kustoFlags
	labelFlags
	logFlags
	tracingFlags

	MetricNamePrefix string `placeholder:"PREFIX" help:"Put before every metric name, with an underscore."`

	EnableLifecycle      bool          `name:"web.enable-lifecycle" default:"true" negatable:"" help:"Serve the exporters' series for scraping. With --web.enable-lifecycle=false the port stays closed."`
	ListenAddress        string        `name:"web.listen-address" default:":8080" help:"Where the exporters' series are served."`
	TelemetryPath        string        `name:"web.telemetry-path" default:"/metrics" help:"Under which path they are."`
	TelemetryAddress     string        `name:"telemetry.listen-address" default:":8081" help:"Where the status page and the service's own metrics, probes and profiles are served."`
	ExpositionTimestamps bool          `help:"Give the exposed samples the time of their rows. Read docs/guide/exposition.md first."`
	ShutdownTimeout      time.Duration `default:"20s" help:"How long a scrape in flight may take to finish at the end."`

	accessFlags

	pushFlags

	ExportersDir string `placeholder:"DIR" help:"Read the exporters from YAML files in a directory instead of Kubernetes."`
	StateDir     string `placeholder:"DIR" help:"Where their status is kept. Default: .state in --exporters-dir."`

	Kubeconfig     string   `placeholder:"FILE" help:"How to reach Kubernetes. Default: in-cluster, else $KUBECONFIG, else ~/.kube/config."`
	WatchNamespace []string `placeholder:"NAMESPACE" help:"Run only exporters of this namespace. Repeatable. Default: all."`

	ringFlags
}

// Run runs the service until it is told to stop.
func (r *runCommand) Run(c *console) error {
	opts, err := r.options(zapcore.AddSync(c.stderr))
	if err != nil {
		return &usageError{err}
	}
	useForLibraries(opts.Log)
	logTracing(opts.Log)
	opts.Memory = limitMemory(opts.Log)
	a, err := New(c.ctx, opts)
	if err != nil {
		return err
	}
	return a.Run(c.ctx)
}

// options turns the flags into what New takes. Its errors are the user's.
func (r *runCommand) options(logs zapcore.WriteSyncer) (Options, error) {
	if r.StateDir != "" && r.ExportersDir == "" {
		return Options{}, fmt.Errorf("--state-dir goes with --exporters-dir")
	}
	if r.StateDir != "" && filepath.Clean(r.StateDir) == filepath.Clean(r.ExportersDir) {
		return Options{}, fmt.Errorf("--state-dir must not be --exporters-dir: its files would be read as exporters")
	}
	log, level, err := r.logger(logs)
	if err != nil {
		return Options{}, err
	}
	labels, err := r.labels()
	if err != nil {
		return Options{}, err
	}
	pool, err := r.pool()
	if err != nil {
		return Options{}, err
	}
	targets, err := r.endpoints(labels)
	if err != nil {
		return Options{}, err
	}
	access, err := r.access(r.ExportersDir == "")
	if err != nil {
		return Options{}, err
	}
	opts := Options{
		Labels: labels, Kusto: pool, Log: log, LogLevel: level, Push: targets,
		NamePrefix: r.MetricNamePrefix, Timestamps: r.ExpositionTimestamps,
		TelemetryAddress: r.TelemetryAddress, TelemetryPath: r.TelemetryPath,
		ProbeAddress: r.ProbeAddress, Access: access,
		ShutdownTimeout: r.ShutdownTimeout,
		ExportersDir:    r.ExportersDir, StateDir: r.StateDir,
		Kubeconfig: r.Kubeconfig, Namespaces: r.WatchNamespace,
	}
	if opts.Tracing, err = r.tracing(context.Background(), os.Getenv); err != nil {
		return Options{}, err
	}
	if r.ExportersDir == "" {
		if opts.Ring, err = r.ring(); err != nil {
			return Options{}, err
		}
	}
	if r.EnableLifecycle {
		opts.MetricsAddress = r.ListenAddress
	}
	if r.ExportersDir != "" && r.StateDir == "" {
		opts.StateDir = filepath.Join(r.ExportersDir, ".state")
	}
	return opts, nil
}
