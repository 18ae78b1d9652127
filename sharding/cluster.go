package sharding

import (
	"context"

	coordinationv1 "k8s.io/api/coordination/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// Leases are the Leases of the namespace that the replicas run in. Errors are
// those of the API server (apierrors); no object comes with one.
type Leases interface {
	// GetLease reads from the API server's store, never from a cache.
	GetLease(ctx context.Context, name string) (*coordinationv1.Lease, error)
	CreateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error)
	// UpdateLease is a compare-and-swap on the resourceVersion.
	UpdateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error)
}

// Rings are the ExporterRings of the cluster. Errors are those of the API server;
// no object comes with one.
type Rings interface {
	// GetRing reads from the API server's store, never from a cache.
	GetRing(ctx context.Context, name string) (*v1.ExporterRing, error)
	CreateRing(ctx context.Context, ring *v1.ExporterRing) (*v1.ExporterRing, error)
	// UpdateRing writes the status, as a compare-and-swap on the resourceVersion.
	UpdateRing(ctx context.Context, ring *v1.ExporterRing) (*v1.ExporterRing, error)
}

// Cluster is what the protocol needs of Kubernetes.
type Cluster interface {
	Leases
	Rings
	// Watch tells the observer of the group's Leases and ring until ctx ends. What
	// it tells may be late, may come twice, and after a relist may be older than
	// what it told before.
	Watch(ctx context.Context, group string, observer Observer) error
}

// Observer is told what a watch has seen. The objects must not be changed.
type Observer interface {
	SeeLease(lease *coordinationv1.Lease)
	SeeRing(ring *v1.ExporterRing)
}

// Peers reaches other replicas, with and without an API server.
type Peers interface {
	// State asks the replica of a pod what it knows.
	State(ctx context.Context, pod string) (State, error)
}

// Grant is a partition that this replica owns from now on.
type Grant struct {
	Partition int32
	// From is the pod that had it before and can be asked for what it knew; empty
	// if there was none, or if it is dead.
	From string
}

// Workload is the work that the ring shares out. Its methods may be called at the
// same time, for different partitions.
type Workload interface {
	// Take begins the work of partitions. It does not wait.
	Take(grants []Grant)
	// Release ends the work of partitions, to be gone on with by another replica. It
	// returns when nothing of it is under way or shown; ctx bounds the wait for work
	// under way, which is then cut off.
	Release(ctx context.Context, partitions []int32)
	// Drop ends the work of partitions at once: the right to it is lost.
	Drop(partitions []int32)
}

// Inventory is what the leader knows of the exporters.
type Inventory interface {
	// Each yields every exporter that the ring's replicas have to run.
	Each(yield func(Exporter) bool)
}

// Exporter is an exporter as the leader sees it.
type Exporter struct {
	// Key is namespace/name, from which its partition follows.
	Key string
	// Weight is what it costs, relative to others; 0 is unknown.
	Weight float64
	// Fence is the highest fence that its status has seen.
	Fence int64
	// Overdue is set when its windows have not been settled for far too long.
	Overdue bool
}
