package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/sync/errgroup"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/demo"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// demoCommand is `adxexporter demo`.
type demoCommand struct {
	logFlags

	Replicas int `placeholder:"N" help:"Run this many replicas that share exporters, 1 to 9, on a stand-in for a Kubernetes API server."`

	Once    bool          `help:"Wait until every example's series are there, print them and exit."`
	Port    int           `default:"8080" help:"The first port; each instance takes two. 0 takes free ones, as --once does."`
	Dir     string        `placeholder:"DIR" help:"Where the exporters' files are put, to be edited. Default: a folder that goes away at the end."`
	Timeout time.Duration `default:"60s" help:"How long --once waits."`
}

// AfterApply makes the demo's own text readable: what the service logs is about
// trouble only, unless more is asked for.
func (d *demoCommand) AfterApply() error {
	if d.LogLevel == "info" {
		d.LogLevel = "warn"
	}
	d.LogFormat = "console"
	return nil
}

// Run shows the main job until it is told to stop, or until it has been seen.
func (d *demoCommand) Run(c *console) error {
	if d.Once {
		d.Port = 0
	}
	log, _, err := d.logger(zapcore.AddSync(c.stderr))
	if err != nil {
		return &usageError{err}
	}
	useForLibraries(log)
	if d.Replicas != 0 {
		return d.runReplicas(c, log)
	}
	dir, cleanup, err := d.folder()
	if err != nil {
		return err
	}
	defer cleanup()

	ctx, stop := context.WithCancel(c.ctx)
	defer stop()
	var parts errgroup.Group
	show, err := d.start(ctx, &parts, dir, log)
	if err != nil {
		stop()
		return errors.Join(err, parts.Wait())
	}
	if d.Once {
		err = show.once(ctx, c.stdout, d.Timeout)
		stop()
	} else {
		show.welcome(c.stdout, dir)
	}
	return errors.Join(err, parts.Wait())
}

// folder returns where the exporters' files are, and how to clean up.
func (d *demoCommand) folder() (dir string, cleanup func(), err error) {
	if d.Dir != "" {
		return d.Dir, func() {}, nil
	}
	dir, err = os.MkdirTemp("", "adxexporter-demo-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}

// start starts the embedded Kusto and a replica for each instance.
func (d *demoCommand) start(ctx context.Context, parts *errgroup.Group, dir string, log *zap.Logger) (*show, error) {
	url, err := startKusto(ctx, parts)
	if err != nil {
		return nil, err
	}
	s := &show{kusto: url}
	for i, instance := range demo.Instances() {
		a, err := d.instance(ctx, i, instance, s.kusto, filepath.Join(dir, instance.Name), log)
		if err != nil {
			return nil, fmt.Errorf("instance %q: %w", instance.Name, err)
		}
		s.running = append(s.running, running{instance, a})
		parts.Go(func() error { return a.Run(ctx) })
	}
	return s, nil
}

// startKusto starts the embedded Kusto and returns its URL.
func startKusto(ctx context.Context, parts *errgroup.Group) (url string, err error) {
	server := emulator.New(emulator.Options{})
	demo.Fill(server)
	backend, err := listen(ctx, "Kusto", "127.0.0.1:0", server)
	if err != nil {
		return "", err
	}
	parts.Go(func() error {
		if err := backend.serve(ctx, time.Second); !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return nil // queries of replicas that end with it
	})
	return "http://" + backend.listener.Addr().String(), nil
}

// instance makes a replica as its flags in the design document would.
func (d *demoCommand) instance(ctx context.Context, n int, instance demo.Instance, kustoURL, dir string, log *zap.Logger) (*App, error) {
	if err := instance.Write(dir); err != nil {
		return nil, err
	}
	labels, err := criteria.ParseLabels([]string{instance.Labels})
	if err != nil {
		return nil, err
	}
	pool, err := poolOf(instance.Databases, kustoURL+"/"+instance.Cluster)
	if err != nil {
		return nil, err
	}
	return New(ctx, Options{
		Labels: labels, Kusto: pool, Log: log.Named(instance.Name),
		MetricsAddress: d.address(2 * n), TelemetryPath: "/metrics", TelemetryAddress: d.address(2*n + 1),
		ShutdownTimeout: 10 * time.Second,
		ExportersDir:    dir, StateDir: filepath.Join(dir, ".state"),
	})
}

// poolOf returns a client for databases that are all at one URL.
func poolOf(databases []string, url string) (*kusto.Pool, error) {
	endpoints := make([]kusto.Endpoint, len(databases))
	for i, database := range databases {
		endpoints[i] = kusto.Endpoint{Database: database, URL: url}
	}
	return kusto.New(endpoints, kusto.Options{})
}

// address returns the nth port's address.
func (d *demoCommand) address(n int) string {
	if d.Port == 0 {
		return "127.0.0.1:0"
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(d.Port+n))
}

// show is the demo while it runs.
type show struct {
	kusto   string
	running []running
}

type running struct {
	demo.Instance

	app *App
}

// welcome says what there is to see.
func (s *show) welcome(w io.Writer, dir string) {
	first := s.running[0]
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintf(table, "An embedded Kusto with telemetry that moves, and the exporters of the design document.\n\n")
	_, _ = fmt.Fprintf(table, "INSTANCE\tCLUSTER LABELS\tSERIES\n")
	for _, r := range s.running {
		_, _ = fmt.Fprintf(table, "%s\t%s\thttp://%s/metrics\n", r.Name, r.Labels, r.app.MetricsAddr())
	}
	_, _ = fmt.Fprintf(table, "\nOpen next:\n")
	_, _ = fmt.Fprintf(table, "  curl http://%s/metrics\tthe series of the first use case\n", first.app.MetricsAddr())
	_, _ = fmt.Fprintf(table, "  http://%s/\tits status page, for a browser\n", first.app.TelemetryAddr())
	_, _ = fmt.Fprintf(table, "  curl http://%s/readyz\tis that instance ready?\n", first.app.TelemetryAddr())
	_, _ = fmt.Fprintf(table, "  curl http://%s/metrics\thow it does itself\n", first.app.TelemetryAddr())
	_, _ = fmt.Fprintf(table, "  ls %s\tthe exporters; one of your own that you put there runs in two seconds\n", filepath.Join(dir, first.Name))
	_, _ = fmt.Fprintf(table, "  %s\tthe Kusto, for preview and for your own tools\n", s.kusto)
	_, _ = fmt.Fprintf(table, "\nCtrl-C ends it.\n")
	_ = table.Flush()
}

// once waits until every example has given its series, and prints them.
func (s *show) once(ctx context.Context, w io.Writer, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for _, r := range s.running {
		body, err := r.wait(ctx)
		if err != nil {
			return fmt.Errorf("instance %q: %w", r.Name, err)
		}
		if _, err := fmt.Fprintf(w, "# instance %s, cluster labels %s\n%s\n", r.Name, r.Labels, body); err != nil {
			return err
		}
	}
	return nil
}

// wait scrapes an instance until it has the series of all of its exporters.
func (r running) wait(ctx context.Context) (body string, err error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		body, err = scrape(ctx, "http://"+r.app.MetricsAddr()+"/metrics")
		if err == nil {
			err = r.missing(body)
		}
		if err == nil {
			return body, nil
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-tick.C:
		}
	}
}

// missing returns an error until every exporter and every family is there.
func (r running) missing(body string) error {
	for _, family := range r.Families {
		if !strings.Contains(body, "\n"+family+"{") {
			return fmt.Errorf("no series of %s yet", family)
		}
	}
	if done := r.app.executor.Succeeded(); done < len(r.Exporters) {
		return fmt.Errorf("%d of %d exporters have run", done, len(r.Exporters))
	}
	return nil
}

func scrape(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return string(body), nil
}
