package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/ops/bundle"
)

// debugCommand is `adxexporter debug`.
type debugCommand struct {
	Bundle bundleCommand `cmd:"" help:"Collect what is needed to look for a fault into a zip file: objects, and the pages, metrics and profiles of every replica."`
}

// bundleCommand is `adxexporter debug bundle`.
type bundleCommand struct {
	clusterFlags

	File      string   `short:"o" placeholder:"FILE" help:"Where it is written; - is standard output. Default: adxexporter-debug-TIME.zip."`
	Namespace []string `short:"n" placeholder:"NAMESPACE" help:"Look for replicas here, besides where the rings say that they are. Repeatable."`
	Selector  string   `default:"app=adxexporter" help:"The labels of the replicas' pods."`
	Port      int      `default:"8081" help:"The replicas' telemetry port."`
}

// Run writes the bundle, and says what is not in it.
func (b *bundleCommand) Run(c *console) error {
	now := time.Now()
	config, _, err := b.config()
	if err != nil {
		return err
	}
	opts := bundle.Options{Namespaces: b.Namespace, Selector: b.Selector, Port: b.Port, Version: Version()}
	if b.File == "-" {
		_, err := bundle.Write(c.ctx, config, opts, now, c.stdout)
		return err
	}
	name := cmp.Or(b.File, fmt.Sprintf("adxexporter-debug-%s.zip", now.UTC().Format("20060102T150405Z")))
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return &usageError{fmt.Errorf("--file: %w", err)}
	}
	manifest, err := bundle.Write(c.ctx, config, opts, now, file)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("cannot write the bundle: %w", err), os.Remove(name))
	}
	sayBundle(c.stdout, name, manifest)
	return nil
}

// sayBundle says what is in a bundle, and what is not.
func sayBundle(w io.Writer, name string, m bundle.Manifest) {
	_, _ = fmt.Fprintf(w, "%s: %d files, %d replicas\n", name, len(m.Files), len(m.Pods))
	for _, gap := range m.Missing {
		_, _ = fmt.Fprintf(w, "missing %s: %s\n", gap.Name, gap.Reason)
	}
}
