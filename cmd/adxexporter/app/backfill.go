package app

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/ops"
)

// backfillCommand is `adxexporter backfill`.
type backfillCommand struct {
	exporterFlags

	From        ops.When `placeholder:"TIME" help:"Where the range begins: RFC 3339, a date (midnight UTC), or a time before now such as --from=-2h."`
	To          ops.When `placeholder:"TIME" default:"now" help:"Where it ends; this instant is not in it."`
	MaxInFlight int32    `placeholder:"N" default:"1" help:"How many of its windows Kusto is asked for at once, 1 to 20; a replica has four of the past in flight at most."`
	RequestID   string   `placeholder:"ID" help:"The request's name. One that is there already is watched instead. Default: a new one."`
	Replace     bool     `help:"Cancel an earlier backfill that is not finished."`
	DryRun      bool     `help:"Print the plan only."`
	Wait        bool     `default:"true" negatable:"" help:"Wait until it has finished, and show how far it is. The exit code is 1 if not everything was delivered. Ctrl-C ends the waiting only."`
	InCluster   bool     `default:"true" hidden:"" help:"Have the exporter's owner run it. There is no other way."`
}

// requestIDs is what the CRD takes.
var requestIDs = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9_.\-]*[a-zA-Z0-9])?$`)

// Run asks for the backfill, or goes on watching it.
func (b *backfillCommand) Run(c *console) error {
	now := time.Now()
	request, err := b.request(now)
	if err != nil {
		return &usageError{err}
	}
	session, key, err := b.open(c)
	if err != nil {
		return err
	}
	request.Exporter = key
	return answered(session.Backfill(c.ctx, request, now))
}

// request turns the flags into what is asked for.
func (b *backfillCommand) request(now time.Time) (ops.Backfill, error) {
	switch {
	case b.MaxInFlight < 1 || b.MaxInFlight > 20:
		return ops.Backfill{}, errors.New("--max-in-flight: must be 1 to 20")
	case b.RequestID != "" && (len(b.RequestID) > 63 || !requestIDs.MatchString(b.RequestID)):
		return ops.Backfill{}, fmt.Errorf("--request-id: cannot use %q: want up to 63 letters, digits, dots, dashes and underscores, a letter or digit first and last", b.RequestID)
	}
	return ops.Backfill{
		From: b.From, To: b.To, MaxInFlight: b.MaxInFlight, RequestID: cmp.Or(b.RequestID, "cli-"+now.UTC().Format("20060102T150405")),
		Replace: b.Replace, DryRun: b.DryRun, Wait: b.Wait,
	}, nil
}
