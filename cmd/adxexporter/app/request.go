package app

import (
	"errors"
	"time"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/ops"
)

// waitFlags say how long a command waits for what it has asked for.
type waitFlags struct {
	Wait   time.Duration `default:"30s" help:"How long to wait until it has been done. The exit code is 1 if it has not, or if it has failed."`
	NoWait bool          `help:"Do not wait."`
}

// runNowCommand is `adxexporter run-now`.
type runNowCommand struct {
	exporterFlags
	waitFlags
}

// retryCommand is `adxexporter retry`.
type retryCommand struct {
	exporterFlags
	waitFlags

	DeadLetters bool `help:"Put the windows that were given up back into the backlog, instead of trying what waits there."`
}

// Run has the exporter run: the window that is due, else the last settled one for
// its values.
func (r *runNowCommand) Run(c *console) error {
	return ask(c, &r.exporterFlags, r.waitFlags, ops.RunNow)
}

// Run has what waits, or what was given up, tried again.
func (r *retryCommand) Run(c *console) error {
	kind := ops.Retry
	if r.DeadLetters {
		kind = ops.RetryDeadLetters
	}
	return ask(c, &r.exporterFlags, r.waitFlags, kind)
}

// ask asks the exporter and says what came of it.
func ask(c *console, exporter *exporterFlags, wait waitFlags, kind ops.Kind) error {
	if wait.Wait <= 0 {
		return &usageError{errors.New("--wait must be more than 0s; there is --no-wait")}
	}
	if wait.NoWait {
		wait.Wait = 0
	}
	session, key, err := exporter.open(c)
	if err != nil {
		return err
	}
	return answered(session.Ask(c.ctx, ops.Request{Kind: kind, Exporter: key, Token: newToken(time.Now()), Wait: wait.Wait}))
}

// newToken tells a request from all others: the time to the nanosecond.
func newToken(now time.Time) string { return now.UTC().Format("20060102T150405.000000000") }
