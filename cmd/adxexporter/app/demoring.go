package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/demo"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/sharding"
)

// maxReplicas is how many replicas the demo has ports for.
const maxReplicas = 9

// portsApart is how far the ports of two replicas are from each other.
const portsApart = 10

// look is how often the demo looks what has moved.
const look = 250 * time.Millisecond

// ringDemo is the demo of replicas that share exporters.
type ringDemo struct {
	*demoCommand

	log     *zap.Logger
	out     io.Writer
	labels  criteria.Labels
	kusto   *kusto.Pool
	shared  demo.Shared
	cluster *demoCluster
	// members are the replicas by their number; nil is one that is stopped.
	members []*member
	// told is what was last said of who runs what.
	told assignment
}

// member is a replica that runs.
type member struct {
	app  *App
	stop context.CancelFunc
	// done gets what Run returned.
	done chan error
}

// runReplicas shows replicas that share exporters, until it is told to stop or until
// it has been seen.
func (d *demoCommand) runReplicas(c *console, log *zap.Logger) error {
	if d.Replicas < 1 || d.Replicas > maxReplicas {
		return &usageError{fmt.Errorf("--replicas: must be 1 to %d", maxReplicas)}
	}
	if d.Dir != "" {
		return &usageError{errors.New("--dir goes without --replicas: their exporters are in the API server")}
	}
	// What the replicas stand on outlives them, so that they leave in good order.
	ctx, stop := context.WithCancel(context.WithoutCancel(c.ctx))
	defer stop()
	var parts errgroup.Group
	r, err := d.newRingDemo(ctx, &parts, log, c.stdout)
	if err == nil {
		err = r.run(c)
	}
	stop()
	return errors.Join(err, parts.Wait())
}

// newRingDemo starts what the replicas stand on.
func (d *demoCommand) newRingDemo(ctx context.Context, parts *errgroup.Group, log *zap.Logger, out io.Writer) (*ringDemo, error) {
	r := &ringDemo{demoCommand: d, log: log, out: out, members: make([]*member, d.Replicas)}
	var err error
	if r.shared, err = demo.SharedExporters(); err != nil {
		return nil, err
	}
	if r.labels, err = criteria.ParseLabels([]string{r.shared.Labels}); err != nil {
		return nil, err
	}
	kustoURL, err := startKusto(ctx, parts)
	if err != nil {
		return nil, err
	}
	if r.kusto, err = poolOf(r.shared.Databases, kustoURL); err != nil {
		return nil, err
	}
	if r.cluster, err = startDemoCluster(ctx, parts, d.address(portsApart*d.Replicas)); err != nil {
		return nil, err
	}
	return r, r.cluster.apply(ctx, r.shared.Exporters)
}

// run starts the replicas, does what is typed and tells what moves. At the end all
// replicas have stopped.
func (r *ringDemo) run(c *console) (err error) {
	defer func() { err = errors.Join(err, r.stopAll(c.ctx)) }()
	for n := range r.members {
		if err := r.start(c.ctx, n); err != nil {
			return err
		}
	}
	if r.Once {
		return r.once(c.ctx)
	}
	r.welcome()
	typed := make(chan string)
	go readLines(c.ctx, c.stdin, typed) // ends with its input, or with the process
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return nil
		case line := <-typed:
			r.do(c.ctx, strings.Fields(line))
		case <-tick.C:
			if err := r.failed(); err != nil {
				return err
			}
			r.tell(c.ctx)
		}
	}
}

// readLines sends what is typed. Nobody can interrupt a read of a terminal.
func readLines(ctx context.Context, in io.Reader, lines chan<- string) {
	for scanner := bufio.NewScanner(in); scanner.Scan(); {
		select {
		case lines <- scanner.Text():
		case <-ctx.Done():
			return
		}
	}
}

func podName(n int) string { return demoService + "-" + strconv.Itoa(n) }

// start starts a replica, and has the others know where it is.
func (r *ringDemo) start(ctx context.Context, n int) error {
	a, err := New(ctx, Options{
		Labels: r.labels, Kusto: r.kusto, Log: r.log.Named(podName(n)),
		MetricsAddress: r.address(portsApart * n), TelemetryPath: "/metrics", TelemetryAddress: r.address(portsApart*n + 1),
		ShutdownTimeout: 5 * time.Second,
		KubeConfig:      &rest.Config{Host: r.cluster.url},
		Ring: Ring{
			Namespace: demoNamespace, Pod: podName(n), PodUID: uuid.NewString(), Service: demoService,
			Timing: demoTiming(), CommitRate: 50,
		},
	})
	if err != nil {
		return fmt.Errorf("replica %d: %w", n, err)
	}
	if err := r.cluster.announce(ctx, podName(n), a.TelemetryAddr()); err != nil {
		return errors.Join(err, a.abandon(ctx, nil))
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	m := &member{app: a, stop: stop, done: make(chan error, 1)}
	go func() { m.done <- a.Run(running) }() // end waits for it
	r.members[n] = m
	return nil
}

// demoTiming is the fast profile, with shares evened out soon: who looks on does not
// want to wait.
func demoTiming() sharding.Timing {
	t := sharding.FastTiming()
	t.Settle = 2 * time.Second
	return t
}

// end waits for a replica that has been told to stop, and has the others forget it.
func (r *ringDemo) end(ctx context.Context, n int) error {
	err := <-r.members[n].done
	r.members[n] = nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return errors.Join(err, r.cluster.forget(ctx, podName(n)))
}

func (r *ringDemo) stopAll(ctx context.Context) error {
	var err error
	for _, m := range r.members {
		if m != nil {
			m.stop()
		}
	}
	for n, m := range r.members {
		if m != nil {
			err = errors.Join(err, r.end(ctx, n))
		}
	}
	return err
}

// failed returns the error of a replica that has stopped by itself.
func (r *ringDemo) failed() error {
	for n, m := range r.members {
		if m == nil {
			continue
		}
		select {
		case err := <-m.done:
			r.members[n] = nil
			return fmt.Errorf("replica %d has stopped: %w", n, err)
		default:
		}
	}
	return nil
}

// do does what has been typed.
func (r *ringDemo) do(ctx context.Context, words []string) {
	if len(words) == 0 {
		return
	}
	var err error
	switch {
	case words[0] == "who":
		r.who()
	case len(words) == 2 && (words[0] == "stop" || words[0] == "start"):
		err = r.turn(ctx, words[0], words[1])
	default:
		err = fmt.Errorf("there is stop N, start N and who")
	}
	if err != nil {
		r.printf("%s\n", err)
	}
}

// turn stops or starts a replica.
func (r *ringDemo) turn(ctx context.Context, what, number string) error {
	n, err := strconv.Atoi(number)
	switch {
	case err != nil || n < 0 || n >= len(r.members):
		return fmt.Errorf("there is no replica %q: they are 0 to %d", number, len(r.members)-1)
	case what == "start" && r.members[n] != nil:
		return fmt.Errorf("replica %d runs", n)
	case what == "stop" && r.members[n] == nil:
		return fmt.Errorf("replica %d does not run", n)
	case what == "start":
		if err := r.start(ctx, n); err != nil {
			return err
		}
		r.printf("%s  %s starts: http://%s/metrics\n", clock(), podName(n), r.members[n].app.MetricsAddr())
		return nil
	}
	r.tell(ctx) // what moves from here on is this stop's doing
	r.printf("%s  %s stops and gives its exporters away\n", clock(), podName(n))
	r.members[n].stop()
	return r.end(ctx, n)
}

// tell says who runs what, if it has changed.
func (r *ringDemo) tell(ctx context.Context) {
	now, err := r.cluster.assignment(ctx, r.labels.Group())
	if err != nil || now.counts() == r.told.counts() && maps.Equal(now.owners, r.told.owners) {
		return // there may be no ring yet
	}
	before := r.told.owners
	r.told = now
	r.printf("%s  %s\n", clock(), now.counts())
	for _, exporter := range slices.Sorted(maps.Keys(now.owners)) {
		if was, is := before[exporter], now.owners[exporter]; was != "" && was != is {
			r.printf("%s    %s: %s -> %s\n", clock(), exporter, was, is)
		}
	}
}

// who says which replica runs which exporter.
func (r *ringDemo) who() {
	table := tabwriter.NewWriter(r.out, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintf(table, "EXPORTER\tREPLICA\n")
	for _, exporter := range slices.Sorted(maps.Keys(r.told.owners)) {
		_, _ = fmt.Fprintf(table, "%s\t%s\n", exporter, r.told.owners[exporter])
	}
	_ = table.Flush()
}

func (r *ringDemo) printf(format string, args ...any) { _, _ = fmt.Fprintf(r.out, format, args...) }

func clock() string { return time.Now().Format(time.TimeOnly) }

// welcome says what there is to see and to do.
func (r *ringDemo) welcome() {
	table := tabwriter.NewWriter(r.out, 0, 0, 3, ' ', 0)
	_, _ = fmt.Fprintf(table, "%d replicas share %d exporters. Kusto and the Kubernetes API server are stand-ins within this\n", len(r.members), len(r.shared.Exporters))
	_, _ = fmt.Fprintf(table, "process; the replicas are real. make e2e-up runs the same on a real control plane.\n\n")
	_, _ = fmt.Fprintf(table, "REPLICA\tSERIES\tSTATUS PAGE\n")
	for n, m := range r.members {
		_, _ = fmt.Fprintf(table, "%s\thttp://%s/metrics\thttp://%s/\n", podName(n), m.app.MetricsAddr(), m.app.TelemetryAddr())
	}
	last := len(r.members) - 1
	_, _ = fmt.Fprintf(table, "\nType, and press Enter:\n")
	_, _ = fmt.Fprintf(table, "  stop %d\tstop %s: its exporters move to the others\n", last, podName(last))
	_, _ = fmt.Fprintf(table, "  start %d\tstart it again\n", last)
	_, _ = fmt.Fprintf(table, "  who\twhich replica runs which exporter\n")
	_, _ = fmt.Fprintf(table, "\nOpen next, with kubectl:\n")
	for _, next := range [][2]string{
		{"get metricsexporters -A -o wide", "the exporters, and who last ran them"},
		{"get exporterrings", "the ring"},
		{"get leases -n " + demoNamespace, "the members and their leader"},
	} {
		_, _ = fmt.Fprintf(table, "  kubectl --server=%s %s\t%s\n", r.cluster.url, next[0], next[1])
	}
	_, _ = fmt.Fprintf(table, "\nCtrl-C ends it.\n\n")
	_ = table.Flush()
}

// once waits until every exporter has its series on a replica, and says on which.
func (r *ringDemo) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		err := r.missing(ctx)
		if err == nil {
			r.who()
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// missing returns an error until every replica has its share and every family is
// there.
func (r *ringDemo) missing(ctx context.Context) error {
	now, err := r.cluster.assignment(ctx, r.labels.Group())
	if err != nil {
		return err
	}
	if !now.settled || len(now.members) < len(r.members) {
		return fmt.Errorf("%d of %d replicas have their share", len(now.members), len(r.members))
	}
	r.told = now
	var all strings.Builder
	for _, m := range r.members {
		body, err := scrape(ctx, "http://"+m.app.MetricsAddr()+"/metrics")
		if err != nil {
			return err
		}
		all.WriteString("\n" + body)
	}
	for _, family := range r.shared.Families {
		if !strings.Contains(all.String(), "\n"+family+"{") {
			return fmt.Errorf("no series of %s yet", family)
		}
	}
	return nil
}
