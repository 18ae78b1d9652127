package page

import (
	"context"
	"io"
	"time"
)

// Source is what a replica knows itself. Its methods are quick, ask nobody, and
// return what they have at a time.
type Source interface {
	Replica(now time.Time) Replica
	// Exporters are those that this replica runs.
	Exporters(now time.Time) []Exporter
	// Exporter is one of them; false if it is not among them.
	Exporter(namespace, name string, now time.Time) (Detail, bool)
	// Ring is the ring as this replica sees it.
	Ring(now time.Time) Ring
	// Targets are this replica's push endpoints.
	Targets(now time.Time) []Target
	// Assigned are all exporters that the replicas together have to run, with their
	// owner by the table of the ring. Without a ring there are none.
	Assigned() []Assignment
}

// Assignment is an exporter that somebody has to run.
type Assignment struct {
	Namespace, Name string
	// Owner is a pod; empty if nobody has been given the exporter.
	Owner string
}

// Peers are the other replicas.
type Peers interface {
	// Others are their pods, by name.
	Others() []string
	// Get asks a pod's replica for a path of this package. The caller closes the body.
	Get(ctx context.Context, pod, path string) (io.ReadCloser, error)
}

// Options are what a Handler works with.
type Options struct {
	Source Source
	// Peers are nil without a ring.
	Peers Peers
	// PeerTimeout is how long a peer has to answer; zero means one second.
	PeerTimeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}
