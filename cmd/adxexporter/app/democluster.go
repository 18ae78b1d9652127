package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/adx-mon/adxexporter/api/apiserver"
	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/manifests"
	shardingkube "github.com/adx-mon/adxexporter/sharding/kube"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// Where the demo's replicas are, as in the manifests.
const (
	demoNamespace = "adx-mon-system"
	demoService   = "adxexporter"
)

// demoCluster is the API server that the demo's replicas share. It plays the
// controller of EndpointSlices as well.
type demoCluster struct {
	url    string
	client client.Client
}

// startDemoCluster starts an API server that has this project's CRDs and a headless
// Service.
func startDemoCluster(ctx context.Context, parts *errgroup.Group, address string) (*demoCluster, error) {
	server, err := apiserver.New(apiserver.Options{CRDs: manifests.CRDs})
	if err != nil {
		return nil, err
	}
	port, err := listen(ctx, "Kubernetes API server", address, server)
	if err != nil {
		server.Close()
		return nil, err
	}
	context.AfterFunc(ctx, server.Close) // watches end, or they would hold up the end of the port
	// A connection that a client has opened and not used yet holds the end up for 5 s.
	parts.Go(func() error { return port.serve(ctx, 15*time.Second) })
	all := runtime.NewScheme()
	if err := errors.Join(clientscheme.AddToScheme(all), v1.AddToScheme(all)); err != nil {
		return nil, err
	}
	c := &demoCluster{url: "http://" + port.listener.Addr().String()}
	if c.client, err = client.New(server.RESTConfig(), client.Options{Scheme: all}); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// prepare makes what the manifests would.
func (c *demoCluster) prepare(ctx context.Context) error {
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: demoNamespace, Name: demoService}}
	service.Spec.ClusterIP = corev1.ClusterIPNone
	service.Spec.Ports = []corev1.ServicePort{{Name: shardingkube.PortName, Port: 8081}}
	return errors.Join(c.makeNamespace(ctx, demoNamespace), c.client.Create(ctx, service))
}

func (c *demoCluster) makeNamespace(ctx context.Context, name string) error {
	return client.IgnoreAlreadyExists(c.client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}))
}

// apply makes objects of YAML documents, and their namespaces.
func (c *demoCluster) apply(ctx context.Context, documents []string) error {
	for _, document := range documents {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			return fmt.Errorf("cannot parse an exporter: %w", err)
		}
		if err := c.makeNamespace(ctx, object.GetNamespace()); err != nil {
			return err
		}
		if err := c.client.Create(ctx, object); err != nil {
			return fmt.Errorf("cannot create exporter %q: %w", object.GetName(), err)
		}
	}
	return nil
}

// announce says where a replica answers the others. Each has a port of its own, so
// each has a slice of its own.
func (c *demoCluster) announce(ctx context.Context, pod, address string) error {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return err
	}
	name, port, ready := shardingkube.PortName, int32(number), true
	return c.client.Create(ctx, &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: demoNamespace, Name: pod, Labels: map[string]string{discoveryv1.LabelServiceName: demoService}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
		Endpoints: []discoveryv1.Endpoint{{
			Addresses: []string{host}, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: demoNamespace, Name: pod},
		}},
	})
}

// forget takes back where a replica was.
func (c *demoCluster) forget(ctx context.Context, pod string) error {
	return c.client.Delete(ctx, &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{Namespace: demoNamespace, Name: pod}})
}

// assignment is who runs which exporter.
type assignment struct {
	// settled is set when nothing is on its way.
	settled bool
	// members are the replicas that are in the ring.
	members []string
	// owners are the replicas by namespace/name of the exporter.
	owners map[string]string
}

// assignment reads the ring of a group.
func (c *demoCluster) assignment(ctx context.Context, group string) (assignment, error) {
	var object v1.ExporterRing
	if err := c.client.Get(ctx, types.NamespacedName{Name: group}, &object); err != nil {
		return assignment{}, err
	}
	table, err := ring.Decode(object.Spec, object.Status)
	if err != nil {
		return assignment{}, err
	}
	var exporters v1.MetricsExporterList
	if err := c.client.List(ctx, &exporters); err != nil {
		return assignment{}, err
	}
	a := assignment{settled: table.Epoch > 0 && len(table.Handoffs) == 0, owners: map[string]string{}}
	for _, m := range table.Members {
		a.members = append(a.members, m.Name)
	}
	for i := range exporters.Items {
		key := client.ObjectKeyFromObject(&exporters.Items[i]).String()
		if owner, ok := table.Owner(ring.Partition(key, len(table.Owners))); ok {
			a.owners[key] = owner.Name
		}
	}
	return a, nil
}

// counts says how many exporters each replica has.
func (a assignment) counts() string {
	count := map[string]int{}
	for _, owner := range a.owners {
		count[owner]++
	}
	list := make([]string, len(a.members))
	for i, name := range a.members {
		list[i] = fmt.Sprintf("%s has %d", name, count[name])
	}
	return strings.Join(list, ", ")
}
