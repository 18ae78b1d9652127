package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/statuspage"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/files"
	"github.com/adx-mon/adxexporter/exposition"
	webpage "github.com/adx-mon/adxexporter/exposition/page"
	"github.com/adx-mon/adxexporter/sharding"
)

// home is where exporters and their status live: Kubernetes or a directory.
type home interface {
	// Guard returns this replica's right to act.
	Guard() executor.Guard
	// Settings adds to the executor's options what the home knows.
	Settings(opts *executor.Options)
	// Serves says which exporters this replica may show; nil means all.
	Serves() func(types.NamespacedName) bool
	// Feed is called once, before Start: the executor is told of the exporters, and
	// the store shows their series, if there is one.
	Feed(e *executor.Executor, store *exposition.Store) error
	// Routes adds what is answered on the telemetry port.
	Routes(mux *http.ServeMux)
	// Protect has a handler of the telemetry port answer those alone who may ask it.
	Protect(next http.Handler) http.Handler
	// Membership is what the status page asks of the ring, and whom it asks for the
	// rest; nil without a ring.
	Membership() (statuspage.Ring, webpage.Peers)
	// Start keeps the executor's exporters current until ctx ends.
	Start(ctx context.Context) error
	// Member takes part in the ring until ctx ends and this replica's share is given
	// away.
	Member(ctx context.Context) error
	// Synced reports whether the executor knows its exporters.
	Synced() bool
	// Ready returns nil when it does, and their home can be reached.
	Ready() error
	Close() error
}

// newHome returns the home that the options name.
func newHome(opts Options, registry prometheus.Registerer) (home, error) {
	validator, err := validation.New()
	if err != nil {
		return nil, err
	}
	if opts.ExportersDir != "" {
		return newDirectory(opts, validator)
	}
	return newCluster(opts, validator, registry)
}

// directory is a home of files. Its replica is alone.
type directory struct {
	*files.Source

	guard *sharding.Alone
}

func newDirectory(opts Options, validator *validation.Validator) (*directory, error) {
	state, err := files.OpenState(opts.StateDir)
	if err != nil {
		return nil, err
	}
	newest, err := state.Newest()
	if err != nil {
		return nil, errors.Join(err, state.Close())
	}
	return &directory{
		Source: &files.Source{Dir: opts.ExportersDir, State: state, Validator: validator, Log: opts.Log},
		guard:  sharding.NewAlone(identity(), time.Now(), newest),
	}, nil
}

// Guard returns the right to act, which does not end.
func (d *directory) Guard() executor.Guard { return d.guard }

// Settings has statuses written to files.
func (d *directory) Settings(opts *executor.Options) { opts.Recorder = d.State }

// Serves returns nil: everything is shown.
func (*directory) Serves() func(types.NamespacedName) bool { return nil }

// Feed has the executor told of the files.
func (d *directory) Feed(e *executor.Executor, _ *exposition.Store) error {
	d.Executor = e
	return nil
}

// Routes adds nothing: there is no peer.
func (*directory) Routes(*http.ServeMux) {}

// Protect changes nothing: there is no API server that would know who may ask.
func (*directory) Protect(next http.Handler) http.Handler { return next }

// Membership returns nothing: there is no ring.
func (*directory) Membership() (statuspage.Ring, webpage.Peers) { return nil, nil }

// Member waits until ctx ends.
func (*directory) Member(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Ready reports whether the directory has been read.
func (d *directory) Ready() error {
	if !d.Synced() {
		return errors.New("exporters: the directory has not been read yet")
	}
	return nil
}

// Close gives the directory of states back.
func (d *directory) Close() error { return d.State.Close() }
