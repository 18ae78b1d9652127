// Command adxexporter turns what Kusto holds into metrics. See `adxexporter
// --help` and the README.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/app"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return app.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
}
