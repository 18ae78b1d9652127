package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/schedule"
	"github.com/adx-mon/adxexporter/push/remotewrite"
)

// previewCommand is `adxexporter preview`.
type previewCommand struct {
	kustoFlags
	labelFlags

	File     string `arg:"" help:"A YAML file with MetricsExporters; - is standard input."`
	Exporter string `placeholder:"NAMESPACE/NAME" help:"Which one, if the file has several."`

	Window time.Duration `help:"How long the window is that ends with the last complete one. Default: the exporter's interval."`
	From   time.Time     `placeholder:"TIME" help:"Where the window starts, with --to; RFC 3339, such as 2026-01-01T10:00:00Z."`
	To     time.Time     `placeholder:"TIME" help:"Where it ends; this instant is not in it."`

	Rows             string         `placeholder:"FILE" help:"Take the answer from a file instead of asking Kusto: YAML or JSON with columns and rows, as in a test file."`
	Limit            int            `default:"20" help:"How many rows are printed."`
	ShowQuery        bool           `help:"Print the query as Kusto gets it, ready to be run elsewhere."`
	Output           offline.Format `short:"o" enum:"text,openmetrics,otlp,remote-write" default:"text" help:"Print the series as a scrape has them, or the requests that push them: ${enum}."`
	MetricNamePrefix string         `placeholder:"PREFIX" help:"Put before every metric name, as the instance does."`

	ResourceAttributes []string `name:"add-resource-attributes" sep:"none" placeholder:"KEY=VALUE,..." help:"OTLP resource attributes besides the cluster labels, as the instance has them. Repeatable."`
	RemoteWriteVersion string   `enum:"auto,1.0,2.0" default:"auto" help:"The version of remote write, as the instance speaks it: ${enum}."`
}

// Run previews one window. Nothing is written anywhere.
func (p *previewCommand) Run(c *console) error {
	question, err := p.question(time.Now())
	if err != nil {
		return &usageError{err}
	}
	push, err := p.push(question.Labels)
	if err != nil {
		return &usageError{err}
	}
	querier, cleanup, err := p.querier(c.ctx, question.Exporter.Spec.Database)
	if err != nil {
		return err
	}
	if isTerminal(c.stderr) {
		querier = waiting{querier, c.stderr}
	}
	preview := offline.Preview{
		Question: question, Querier: querier,
		Limit: p.Limit, ShowQuery: p.ShowQuery, Format: p.Output, Push: push,
	}
	return errors.Join(preview.Write(c.ctx, c.stdout), cleanup())
}

// question reads the file and the flags that say what is asked.
func (p *previewCommand) question(now time.Time) (offline.Question, error) {
	labels, err := p.labels()
	if err != nil {
		return offline.Question{}, err
	}
	exporter, err := p.exporter()
	if err != nil {
		return offline.Question{}, err
	}
	window, err := p.window(&exporter.Spec, now)
	if err != nil {
		return offline.Question{}, err
	}
	return offline.Question{Exporter: exporter, Window: window, Labels: labels, NamePrefix: p.MetricNamePrefix}, nil
}

// push returns what requests have of an instance with these flags.
func (p *previewCommand) push(labels criteria.Labels) (offline.Push, error) {
	flags := pushFlags{ResourceAttributes: p.ResourceAttributes}
	resource, err := flags.resource(labels)
	if err != nil {
		return offline.Push{}, err
	}
	version, err := remotewrite.ParseVersion(p.RemoteWriteVersion)
	return offline.Push{Resource: resource, Version: Version(), RemoteWrite: version}, err
}

func (p *previewCommand) exporter() (*v1.MetricsExporter, error) {
	content, err := readFile(p.File)
	if err != nil {
		return nil, err
	}
	validator, err := validation.New()
	if err != nil {
		return nil, err
	}
	exporters, err := offline.ReadExporters(validator, p.File, content)
	if err != nil {
		return nil, err
	}
	exporter, err := exporters.Pick(p.Exporter)
	if err != nil {
		return nil, fmt.Errorf("--exporter: %w", err)
	}
	return exporter, nil
}

// window returns the window that the flags ask for.
func (p *previewCommand) window(spec *v1.MetricsExporterSpec, now time.Time) (schedule.Window, error) {
	exact := schedule.Window{Start: p.From.UTC(), End: p.To.UTC()}
	switch {
	case p.From.IsZero() != p.To.IsZero():
		return exact, errors.New("--from and --to go together")
	case !p.From.IsZero() && p.Window != 0:
		return exact, errors.New("--window does not go with --from and --to")
	case !p.From.IsZero() && !p.From.Before(p.To):
		return exact, errors.New("--from must be before --to")
	case !p.From.IsZero():
		return exact, nil
	case p.Window < 0 || p.Window%time.Second != 0:
		return exact, errors.New("--window must be whole seconds, such as 5m")
	}
	latest := offline.LatestWindow(spec, now)
	if p.Window > 0 {
		latest.Start = latest.End.Add(-p.Window)
	}
	return latest, nil
}

// querier returns Kusto, or the recorded answer, and how to let go of it.
func (p *previewCommand) querier(ctx context.Context, database string) (offline.Querier, func() error, error) {
	if p.Rows != "" {
		return p.recorded(ctx, database)
	}
	pool, err := p.pool()
	if err != nil {
		return nil, nil, &usageError{err}
	}
	if !slices.Contains(pool.Databases(), database) {
		return nil, nil, &usageError{fmt.Errorf("say where the exporter's database is: --kusto-endpoint %s=URL, or --rows with a recorded answer", database)}
	}
	return pool, func() error { pool.Close(); return nil }, nil
}

func (p *previewCommand) recorded(ctx context.Context, database string) (offline.Querier, func() error, error) {
	content, err := readFile(p.Rows)
	if err != nil {
		return nil, nil, &usageError{err}
	}
	data, err := offline.ReadData(p.Rows, content)
	if err != nil {
		return nil, nil, &usageError{err}
	}
	kusto, err := offline.StartKusto(ctx, database, false)
	if err != nil {
		return nil, nil, err
	}
	if err := kusto.Record(data); err != nil {
		return nil, nil, errors.Join(err, kusto.Close())
	}
	return kusto, kusto.Close, nil
}
