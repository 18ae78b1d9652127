package kube

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding"
)

// resource is the ExporterRing's in URLs.
const resource = "exporterrings"

// Cluster is an API server as sharding sees it.
type Cluster struct {
	leases coordination.LeaseInterface
	rings  *rest.RESTClient
	// watched lists and watches the Leases.
	watched cache.ListerWatcher
	group   string
}

var _ sharding.Cluster = (*Cluster)(nil)

// NewCluster returns the API server of config, for the ring of a group whose
// Leases are in a namespace. Its connections are its own.
func NewCluster(config *rest.Config, namespace, group string) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 50, 100 // a member needs one request every two seconds
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the client for Leases: %w", err)
	}
	rings, err := ringClient(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the client for ExporterRings: %w", err)
	}
	selector := sharding.LabelRing + "=" + group
	watched := cache.NewFilteredListWatchFromClient(clients.CoordinationV1().RESTClient(), "leases", namespace,
		func(options *metav1.ListOptions) { options.LabelSelector = selector })
	return &Cluster{leases: clients.CoordinationV1().Leases(namespace), rings: rings, watched: watched, group: group}, nil
}

func ringClient(config *rest.Config) (*rest.RESTClient, error) {
	scheme := runtime.NewScheme()
	if err := v1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.GroupVersion, config.APIPath = &v1.GroupVersion, "/apis"
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.ContentType = runtime.ContentTypeJSON
	return rest.RESTClientFor(config)
}

// GetLease reads a Lease.
func (c *Cluster) GetLease(ctx context.Context, name string) (*coordinationv1.Lease, error) {
	return given(c.leases.Get(ctx, name, metav1.GetOptions{}))
}

// CreateLease makes a Lease.
func (c *Cluster) CreateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	return given(c.leases.Create(ctx, lease, metav1.CreateOptions{}))
}

// UpdateLease writes a Lease.
func (c *Cluster) UpdateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	return given(c.leases.Update(ctx, lease, metav1.UpdateOptions{}))
}

// GetRing reads a ring.
func (c *Cluster) GetRing(ctx context.Context, name string) (*v1.ExporterRing, error) {
	var ring v1.ExporterRing
	return given(&ring, c.rings.Get().Resource(resource).Name(name).Do(ctx).Into(&ring))
}

// CreateRing makes a ring.
func (c *Cluster) CreateRing(ctx context.Context, ring *v1.ExporterRing) (*v1.ExporterRing, error) {
	var made v1.ExporterRing
	return given(&made, c.rings.Post().Resource(resource).Body(ring).Do(ctx).Into(&made))
}

// UpdateRing writes a ring's status.
func (c *Cluster) UpdateRing(ctx context.Context, ring *v1.ExporterRing) (*v1.ExporterRing, error) {
	var written v1.ExporterRing
	return given(&written, c.rings.Put().Resource(resource).Name(ring.Name).SubResource("status").Body(ring).Do(ctx).Into(&written))
}

// given returns what a client gives, but not the empty object that comes with an
// error: callers tell by the object whether there is one.
func given[T any](object *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return object, nil
}

// Watch tells the observer of the group's Leases and ring until ctx ends.
func (c *Cluster) Watch(ctx context.Context, group string, observer sharding.Observer) error {
	leases := cache.NewSharedInformer(c.watched, &coordinationv1.Lease{}, 0)
	rings := cache.NewSharedInformer(
		cache.NewListWatchFromClient(c.rings, resource, metav1.NamespaceAll, fields.OneTermEqualSelector("metadata.name", group)),
		&v1.ExporterRing{}, 0)
	if _, err := leases.AddEventHandler(leaseHandler{observer}); err != nil {
		return fmt.Errorf("cannot watch Leases: %w", err)
	}
	if _, err := rings.AddEventHandler(ringHandler{observer}); err != nil {
		return fmt.Errorf("cannot watch the ring: %w", err)
	}
	done := make(chan struct{})
	go func() { // Watch waits for it
		defer close(done)
		leases.RunWithContext(ctx)
	}()
	rings.RunWithContext(ctx)
	<-done
	return nil
}

// leaseHandler passes Leases on.
type leaseHandler struct{ observer sharding.Observer }

// OnAdd passes a Lease on.
func (h leaseHandler) OnAdd(object any, _ bool) { h.see(object) }

// OnUpdate passes a Lease on.
func (h leaseHandler) OnUpdate(_, object any) { h.see(object) }

// OnDelete does nothing: a member that cannot renew what is not there says so.
func (leaseHandler) OnDelete(any) {}

func (h leaseHandler) see(object any) {
	if lease, ok := object.(*coordinationv1.Lease); ok {
		h.observer.SeeLease(lease)
	}
}

// ringHandler passes the ring on.
type ringHandler struct{ observer sharding.Observer }

// OnAdd passes the ring on.
func (h ringHandler) OnAdd(object any, _ bool) { h.see(object) }

// OnUpdate passes the ring on.
func (h ringHandler) OnUpdate(_, object any) { h.see(object) }

// OnDelete says that there is no ring.
func (h ringHandler) OnDelete(any) { h.observer.SeeRing(nil) }

func (h ringHandler) see(object any) {
	if ring, ok := object.(*v1.ExporterRing); ok {
		h.observer.SeeRing(ring)
	}
}

// requestTimeout bounds a question to a peer.
const requestTimeout = time.Second
