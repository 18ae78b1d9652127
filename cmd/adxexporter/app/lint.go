package app

import (
	"io"
	"os"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint"
)

// lintCommand is `adxexporter lint`.
type lintCommand struct {
	labelFlags

	Files   []string    `arg:"" name:"file" help:"YAML files with MetricsExporters; - is standard input."`
	Output  lint.Format `short:"o" enum:"text,json,github" default:"text" help:"How findings are printed: ${enum}."`
	Strict  bool        `help:"Fail on warnings too."`
	Disable []string    `placeholder:"RULE" help:"A rule to leave out. Repeatable; docs/reference/lint.md has the rules."`
}

// Run prints the findings; it fails if there are errors among them.
func (l *lintCommand) Run(c *console) error {
	options := lint.Options{Disable: l.Disable}
	if len(l.ClusterLabels) > 0 {
		labels, err := l.labels()
		if err != nil {
			return &usageError{err}
		}
		options.ClusterLabels = labels
	}
	files := make([]lint.File, 0, len(l.Files))
	for _, name := range l.Files {
		data, err := readFile(name)
		if err != nil {
			return &usageError{err}
		}
		files = append(files, lint.File{Name: name, Data: data})
	}
	report, err := lint.Run(files, options)
	if err != nil {
		return err
	}
	if err := report.Write(c.stdout, l.Output); err != nil {
		return err
	}
	if report.ExitCode(l.Strict) != lint.ExitClean {
		return errFailed
	}
	return nil
}

// readFile reads a file that the user named; - is standard input.
func readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}
