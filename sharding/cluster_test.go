package sharding

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/leaderelection/resourcelock"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// cluster keeps Leases and one ring as an API server would: each write is the next
// resourceVersion, and a compare-and-swap. It tells its watchers at once.
type cluster struct {
	mu      sync.Mutex
	version int
	leases  map[string]*coordinationv1.Lease
	ring    *v1.ExporterRing
	// fails is what each method says instead; loses what it says although it is done.
	fails, loses map[string]error
	// takes is how long an answer takes.
	takes time.Duration
	// before is called before each method.
	before    func(method string)
	calls     []string
	observers map[Observer]bool
}

var errNoAnswer = errors.New("no answer")

func newCluster() *cluster {
	return &cluster{
		leases: map[string]*coordinationv1.Lease{}, fails: map[string]error{}, loses: map[string]error{},
		before: func(string) {}, observers: map[Observer]bool{},
	}
}

// begin is the start of a call; finish its end.
func (c *cluster) begin(ctx context.Context, method string) error {
	c.before(method)
	c.mu.Lock()
	takes, fails := c.takes, c.fails[method]
	c.calls = append(c.calls, method)
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(takes):
		return fails
	}
}

func (c *cluster) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// called returns how often a method has been called since the last time.
func (c *cluster) called(method string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, called := range c.calls {
		if called == method {
			n++
		}
	}
	c.calls = nil
	return n
}

func (c *cluster) next() string {
	c.version++
	return strconv.Itoa(c.version)
}

func resource(name string) schema.GroupResource { return schema.GroupResource{Resource: name} }

// GetLease implements Leases.
func (c *cluster) GetLease(ctx context.Context, name string) (*coordinationv1.Lease, error) {
	if err := c.begin(ctx, "GetLease"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.leases[name]
	if !ok {
		return nil, apierrors.NewNotFound(resource("leases"), name)
	}
	return found.DeepCopy(), nil
}

// CreateLease implements Leases.
func (c *cluster) CreateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	if err := c.begin(ctx, "CreateLease"); err != nil {
		return nil, err
	}
	return c.write("CreateLease", lease, func(exists bool, _ string) error {
		if exists {
			return apierrors.NewAlreadyExists(resource("leases"), lease.Name)
		}
		return nil
	})
}

// UpdateLease implements Leases.
func (c *cluster) UpdateLease(ctx context.Context, lease *coordinationv1.Lease) (*coordinationv1.Lease, error) {
	if err := c.begin(ctx, "UpdateLease"); err != nil {
		return nil, err
	}
	return c.write("UpdateLease", lease, func(exists bool, version string) error {
		switch {
		case !exists:
			return apierrors.NewNotFound(resource("leases"), lease.Name)
		case version != lease.ResourceVersion:
			return apierrors.NewConflict(resource("leases"), lease.Name, errors.New("it has changed"))
		}
		return nil
	})
}

func (c *cluster) write(method string, lease *coordinationv1.Lease, check func(exists bool, version string) error) (*coordinationv1.Lease, error) {
	c.mu.Lock()
	found, exists := c.leases[lease.Name]
	version := ""
	if exists {
		version = found.ResourceVersion
	}
	if err := check(exists, version); err != nil {
		c.mu.Unlock()
		return nil, err
	}
	written := c.keep(lease)
	lost := c.loses[method]
	c.mu.Unlock()
	c.tell(func(o Observer) { o.SeeLease(written) })
	if lost != nil {
		return nil, lost
	}
	return written.DeepCopy(), nil
}

// keep stores a Lease. mu is held.
func (c *cluster) keep(lease *coordinationv1.Lease) *coordinationv1.Lease {
	written := lease.DeepCopy()
	written.ResourceVersion = c.next()
	c.leases[lease.Name] = written
	return written
}

// put has somebody else write a Lease; its watch event is told.
func (c *cluster) put(lease *coordinationv1.Lease) {
	c.mu.Lock()
	written := c.keep(lease)
	c.mu.Unlock()
	c.tell(func(o Observer) { o.SeeLease(written) })
}

// holder returns the holder of a pod's Lease as it is stored.
func (c *cluster) holder(pod string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lease, ok := c.leases[LeaseName(testGroup, pod)]
	if !ok || lease.Spec.HolderIdentity == nil {
		return "none"
	}
	return *lease.Spec.HolderIdentity
}

// lease returns a pod's Lease as it is stored.
func (c *cluster) lease(pod string) *coordinationv1.Lease {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leases[LeaseName(testGroup, pod)].DeepCopy()
}

func (c *cluster) tell(what func(Observer)) {
	c.mu.Lock()
	observers := make([]Observer, 0, len(c.observers))
	for o := range c.observers {
		observers = append(observers, o)
	}
	c.mu.Unlock()
	for _, o := range observers {
		what(o)
	}
}

// GetRing implements Rings.
func (c *cluster) GetRing(ctx context.Context, name string) (*v1.ExporterRing, error) {
	if err := c.begin(ctx, "GetRing"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ring == nil || c.ring.Name != name {
		return nil, apierrors.NewNotFound(resource("exporterrings"), name)
	}
	return c.ring.DeepCopy(), nil
}

// CreateRing implements Rings.
func (c *cluster) CreateRing(ctx context.Context, object *v1.ExporterRing) (*v1.ExporterRing, error) {
	if err := c.begin(ctx, "CreateRing"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	if c.ring != nil {
		c.mu.Unlock()
		return nil, apierrors.NewAlreadyExists(resource("exporterrings"), object.Name)
	}
	made := object.DeepCopy()
	made.ResourceVersion, made.Status = c.next(), v1.ExporterRingStatus{}
	made.UID = types.UID("ring-" + made.ResourceVersion)
	c.ring = made
	c.mu.Unlock()
	c.tell(func(o Observer) { o.SeeRing(made) })
	return made.DeepCopy(), nil
}

// UpdateRing implements Rings.
func (c *cluster) UpdateRing(ctx context.Context, object *v1.ExporterRing) (*v1.ExporterRing, error) {
	if err := c.begin(ctx, "UpdateRing"); err != nil {
		return nil, err
	}
	c.mu.Lock()
	switch {
	case c.ring == nil || c.ring.UID != object.UID:
		c.mu.Unlock()
		return nil, apierrors.NewNotFound(resource("exporterrings"), object.Name)
	case c.ring.ResourceVersion != object.ResourceVersion:
		c.mu.Unlock()
		return nil, apierrors.NewConflict(resource("exporterrings"), object.Name, errors.New("it has changed"))
	}
	written := c.ring.DeepCopy()
	written.ResourceVersion, written.Status = c.next(), object.Status
	c.ring = written
	lost := c.loses["UpdateRing"]
	c.mu.Unlock()
	c.tell(func(o Observer) { o.SeeRing(written) })
	if lost != nil {
		return nil, lost
	}
	return written.DeepCopy(), nil
}

// forget deletes the ring.
func (c *cluster) forget() {
	c.set(func() { c.ring = nil })
	c.tell(func(o Observer) { o.SeeRing(nil) })
}

// table returns the table that is stored.
func (c *cluster) table(t *testing.T) ring.Table {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.NotNil(t, c.ring)
	table, err := ring.Decode(c.ring.Spec, c.ring.Status)
	require.NoError(t, err)
	return table
}

// Watch implements Cluster.
func (c *cluster) Watch(ctx context.Context, _ string, observer Observer) error {
	c.mu.Lock()
	c.observers[observer] = true
	var leases []*coordinationv1.Lease
	for _, lease := range c.leases {
		leases = append(leases, lease)
	}
	object := c.ring
	c.mu.Unlock()
	for _, lease := range leases {
		observer.SeeLease(lease)
	}
	if object != nil {
		observer.SeeRing(object)
	}
	<-ctx.Done()
	c.set(func() { delete(c.observers, observer) })
	return nil
}

// journal is the work of one replica, written down.
type journal struct {
	mu    sync.Mutex
	began time.Time
	lines []string
	// drains is how long work under way takes to end.
	drains time.Duration
}

func (j *journal) tell(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf("%s ", time.Since(j.began))+fmt.Sprintf(format, args...))
}

// since returns what was told since the last time.
func (j *journal) since() []string {
	synctest.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines
	j.lines = nil
	return lines
}

// Take implements Workload.
func (j *journal) Take(grants []Grant) { j.tell("take %v", grants) }

// Drop implements Workload.
func (j *journal) Drop(partitions []int32) { j.tell("drop %v", partitions) }

// Release implements Workload.
func (j *journal) Release(ctx context.Context, partitions []int32) {
	j.tell("release %v", partitions)
	j.mu.Lock()
	drains := j.drains
	j.mu.Unlock()
	select {
	case <-ctx.Done():
		j.tell("cut off %v", partitions)
	case <-time.After(drains):
		j.tell("released %v", partitions)
	}
}

// exporters is an Inventory.
type exporters []Exporter

// Each implements Inventory.
func (e exporters) Each(yield func(Exporter) bool) {
	for _, x := range e {
		if !yield(x) {
			return
		}
	}
}

// states are peers by pod.
type states map[string]State

// State implements Peers.
func (s states) State(_ context.Context, pod string) (State, error) {
	state, ok := s[pod]
	if !ok {
		return State{}, errNoAnswer
	}
	return state, nil
}

// newReplica returns the replica of a pod, with four partitions.
func newReplica(c *cluster, pod string) (*Replica, *journal) {
	work := &journal{began: time.Now()}
	return New(Options{
		Group: testGroup, Labels: "region=eastus", Namespace: "ns", Pod: pod, PodUID: "u", Version: "v1",
		Partitions: 4, Timing: DefaultTiming(), Cluster: c, Peers: states{}, Workload: work, Inventory: exporters{}, Log: zap.NewNop(),
	}), work
}

// recordOf returns what a leader says of itself.
func recordOf(identity string) resourcelock.LeaderElectionRecord {
	return resourcelock.LeaderElectionRecord{HolderIdentity: identity, LeaseDurationSeconds: 9}
}
