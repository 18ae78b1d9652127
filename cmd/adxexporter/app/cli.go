package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/completion"
)

// Exit codes.
const (
	exitOK = iota
	// exitFailed: the command did what it was asked to, and the answer is no.
	exitFailed
	// exitUsage: the command line or a file named by it is wrong.
	exitUsage
)

// command is the command line.
type command struct {
	Run        runCommand        `cmd:"" default:"withargs" help:"Run the exporters that match this instance's cluster labels (the default command)."`
	Lint       lintCommand       `cmd:"" help:"Check MetricsExporter files before they are applied."`
	Preview    previewCommand    `cmd:"" help:"Run one window of an exporter and print the series it gives. Nothing is written anywhere."`
	Test       testCommand       `cmd:"" help:"Check exporters offline: rows in, expected series out."`
	Status     statusCommand     `cmd:"" help:"Show how exporters in a cluster are. The exit code is 1 if one is not ready."`
	RunNow     runNowCommand     `cmd:"" help:"Have an exporter run at once instead of waiting."`
	Retry      retryCommand      `cmd:"" help:"Have what an exporter could not deliver tried again at once."`
	Backfill   backfillCommand   `cmd:"" help:"Have an exporter run past windows again, and watch it."`
	Ring       ringCommand       `cmd:"" help:"Show how the replicas of one cluster-label set share out the exporters. Nothing is written anywhere."`
	Demo       demoCommand       `cmd:"" help:"Show everything in one process: an embedded Kusto, exporters, and /metrics. No cluster needed."`
	Debug      debugCommand      `cmd:"" help:"Collect what is needed to look for a fault."`
	Completion completionCommand `cmd:"" help:"Print what a shell reads to complete command lines."`
	Version    versionCommand    `cmd:"" help:"Print the version."`

	ShowVersion bool `name:"version" env:"-" help:"Print the version."`
}

// console is where a command reads and writes, and for how long.
type console struct {
	ctx            context.Context //nolint:containedctx // kong binds values, not contexts
	stdin          io.Reader
	stdout, stderr io.Writer
}

// usageError is a mistake in what the user typed: one line, exit code 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// errFailed ends a command whose answer is no and that has said why.
var errFailed = errors.New("failed")

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cmd command
	exited := -1
	calledAs := filepath.Base(os.Args[0])
	parser, err := newParser(&cmd, kong.Name(nameAs(calledAs)), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }))
	if err != nil {
		return fail(stderr, &usageError{err})
	}
	if words, asked := completes(calledAs, args); asked {
		return fail(stderr, complete(stdout, parser.Model, words, calledAs))
	}
	parsed, err := parser.Parse(argsAs(calledAs, args))
	switch {
	case exited >= 0: // --help
		return exited
	case err != nil:
		return fail(stderr, &usageError{err})
	case cmd.ShowVersion:
		err = cmd.Version.Run(&console{ctx, os.Stdin, stdout, stderr})
	default:
		err = parsed.Run(&console{ctx, os.Stdin, stdout, stderr})
	}
	return fail(stderr, err)
}

// newParser returns what reads the command line.
func newParser(cmd *command, options ...kong.Option) (*kong.Kong, error) {
	parser, err := kong.New(cmd, append([]kong.Option{
		kong.Name(program),
		kong.Description("adxexporter turns what Azure Data Explorer (Kusto) holds into metrics."),
		kong.DefaultEnvars("ADXEXPORTER"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"shells": completion.Shells},
	}, options...)...)
	if err != nil {
		return nil, err
	}
	limitEnvironment(parser.Model.Node)
	return parser, nil
}

// limitEnvironment leaves environment variables to the service and to what other
// commands share with it. ADXEXPORTER_PORT, say, is what Kubernetes sets in every
// pod beside a Service named adxexporter; it is not the demo's port.
func limitEnvironment(root *kong.Node) {
	for _, node := range root.Children {
		for _, flag := range node.Flags {
			shared := strings.HasPrefix(flag.Name, "kusto-") || strings.HasPrefix(flag.Name, "log-") || flag.Name == "cluster-labels"
			if node.Name != "run" && !shared {
				flag.Envs, flag.Tag.Envs = nil, nil
			}
		}
		limitEnvironment(node)
	}
}

// fail says what went wrong, in one line, and returns the exit code.
func fail(stderr io.Writer, err error) int {
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(stderr, "adxexporter: %s\n", err)
		return exitUsage
	}
	_, _ = fmt.Fprintf(stderr, "adxexporter: %s\n", err)
	return exitFailed
}
