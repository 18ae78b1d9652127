package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/zapr"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/authz"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/kube"
	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/exposition"
	"github.com/adx-mon/adxexporter/sharding"
	shardingkube "github.com/adx-mon/adxexporter/sharding/kube"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// Ring says how a replica takes part in its ring.
type Ring struct {
	// Namespace is where the replicas and their Leases are, Pod and PodUID are this
	// replica's.
	Namespace, Pod, PodUID string
	// Service is the headless Service by which peers find each other.
	Service string
	Timing  sharding.Timing
	// CommitRate is how many statuses a replica writes in a second.
	CommitRate int
}

// cluster is a home of custom resources, shared with the other replicas of a ring.
type cluster struct {
	opts      Options
	config    *rest.Config
	manager   manager.Manager
	validator *validation.Validator
	contact   *contact
	rights    *rights
	// gate says who may ask the telemetry port; nil if everybody may.
	gate    *authz.Gate
	peers   *shardingkube.Peers
	roster  *roster.Roster
	replica *sharding.Replica
	// inRing returns nil while this replica is in the ring.
	inRing func() error
	// synced is closed once the exporters have been listed, and joined set once this
	// replica has had its share.
	synced chan struct{}
	joined atomic.Bool
}

func newCluster(opts Options, validator *validation.Validator, registry prometheus.Registerer) (*cluster, error) {
	config := opts.KubeConfig
	if config == nil {
		var err error
		if config, err = kubeLoader(opts.Kubeconfig, "").ClientConfig(); err != nil {
			return nil, fmt.Errorf("cannot find a Kubernetes cluster (to run without one, use --exporters-dir): %w", err)
		}
	}
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 200, 400 // status writes have a budget of their own
	mgr, err := newManager(config, opts)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	peers, err := shardingkube.NewPeers(config, opts.Ring.Namespace, opts.Ring.Service)
	if err != nil {
		return nil, err
	}
	access, err := opts.Access.peers(opts.Ring.Service + "." + opts.Ring.Namespace + ".svc")
	if err != nil {
		return nil, err
	}
	needs := neededIn(opts.Ring.Namespace, opts.Namespaces)
	var gate *authz.Gate
	if opts.Access.Authorization {
		if gate, err = authz.New(config, opts.Log.Named("authorization")); err != nil {
			return nil, err
		}
		access.Token = authz.Token(config)
		needs = append(needs, neededToAuthorize...)
	}
	peers.SetAccess(access)
	checked, err := newRights(config, needs)
	if err != nil {
		return nil, err
	}
	c := &cluster{
		gate: gate, synced: make(chan struct{}),
		opts: opts, config: config, manager: mgr, validator: validator, peers: peers, rights: checked,
		contact: &contact{ask: func(ctx context.Context) error {
			return client.RESTClient().Get().AbsPath("/version").Do(ctx).Error()
		}},
	}
	if err := c.join(registry); err != nil {
		return nil, err
	}
	return c, nil
}

func newManager(config *rest.Config, opts Options) (manager.Manager, error) {
	scheme := runtime.NewScheme()
	if err := v1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	watched := cache.Options{DefaultTransform: kube.Pack}
	for _, namespace := range opts.Namespaces {
		if watched.DefaultNamespaces == nil {
			watched.DefaultNamespaces = map[string]cache.Config{}
		}
		watched.DefaultNamespaces[namespace] = cache.Config{}
	}
	// The telemetry port serves controller-runtime's metrics together with ours.
	return ctrl.NewManager(config, manager.Options{
		Scheme:                 scheme,
		Logger:                 zapr.NewLogger(opts.Log),
		Cache:                  watched,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
	})
}

// Guard returns the right to act, which the ring gives.
func (c *cluster) Guard() executor.Guard { return c.replica.Guard() }

// Settings has statuses written by the API server, within a budget.
func (c *cluster) Settings(opts *executor.Options) {
	opts.Recorder = &kube.Recorder{
		Reader: c.manager.GetCache(), Fresh: c.manager.GetAPIReader(),
		Writer: c.manager.GetClient().Status(), Events: c.manager.GetEventRecorder("adxexporter"),
	}
	opts.Commits = rate.NewLimiter(rate.Limit(c.opts.Ring.CommitRate), c.opts.Ring.CommitRate)
	opts.Outdated = func(key types.NamespacedName) { c.roster.Outdated(key) }
}

// Serves says which exporters are this replica's to show.
func (c *cluster) Serves() func(types.NamespacedName) bool { return c.replica.Guard().Serves }

// join makes the replica a member of its ring. The guard that the executor needs
// comes from it, and the executor is what the ring's shares are run by.
func (c *cluster) join(registry prometheus.Registerer) error {
	group := c.opts.Labels.Group()
	api, err := shardingkube.NewCluster(c.config, c.opts.Ring.Namespace, group)
	if err != nil {
		return err
	}
	c.replica = sharding.New(sharding.Options{
		Group: group, Labels: c.opts.Labels.String(), Namespace: c.opts.Ring.Namespace,
		Pod: c.opts.Ring.Pod, PodUID: c.opts.Ring.PodUID, Version: Version(), Timing: c.opts.Ring.Timing,
		Cluster: api, Peers: c.peers, Workload: workload{c}, Inventory: inventory{&kube.Inventory{
			Reader: c.manager.GetCache(), Group: group, Now: time.Now,
			Knows: func(key types.NamespacedName) bool { return c.roster.Knows(key) },
		}},
		Log: c.opts.Log.Named("ring"), Metrics: registry,
	})
	c.inRing = c.replica.Ready
	return nil
}

// Feed puts the executor to work on this replica's share.
func (c *cluster) Feed(e *executor.Executor, store *exposition.Store) error {
	opts := roster.Options{
		Executor: e, Home: &kube.Home{Reader: c.manager.GetAPIReader(), Validator: c.validator},
		Peers: roster.Client{Getter: c.peers}, Log: c.opts.Log.Named("roster"),
		Partition: func(key types.NamespacedName) int32 {
			return int32(ring.Partition(key.String(), ring.DefaultPartitions))
		},
	}
	if store != nil {
		opts.Series = series{store}
	}
	c.roster = roster.New(opts)
	reconciler := &kube.Reconciler{Reader: c.manager.GetCache(), Validator: c.validator, Executor: c.roster}
	if err := reconciler.Add(c.manager); err != nil {
		return err
	}
	return errors.Join(c.manager.Add(manager.RunnableFunc(c.list)), c.manager.Add(c.contact))
}

// list waits until the exporters have been listed. The manager's caches are in sync
// before anybody has asked them for exporters, so that it says nothing of them that it
// runs this.
func (c *cluster) list(ctx context.Context) error {
	if kube.Listed(ctx, c.manager.GetCache()) == nil {
		close(c.synced)
	}
	<-ctx.Done()
	return nil
}

// listed reports whether the exporters have been listed.
func (c *cluster) listed() bool {
	select {
	case <-c.synced:
		return true
	default:
		return false
	}
}

// Start keeps the exporters current until ctx ends.
func (c *cluster) Start(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	for _, start := range []func(context.Context) error{c.manager.Start, c.peers.Start, c.roster.Start, c.rights.Start} {
		parts.Go(func() error { return start(ctx) })
	}
	return parts.Wait()
}

// Member takes part in the ring until ctx ends and the share is given away.
func (c *cluster) Member(ctx context.Context) error {
	// A replica that does not know the exporters would be given a share that it does
	// not run.
	if !c.rights.await(ctx) || !closes(ctx, c.synced) {
		return nil
	}
	err := c.replica.Start(ctx)
	c.roster.Collected(context.WithoutCancel(ctx))
	return err
}

// Synced reports whether the exporters have been listed and this replica has had
// its share. What is known stays exposed while the API server is away.
func (c *cluster) Synced() bool {
	if c.joined.Load() {
		return true
	}
	if !c.listed() || c.inRing() != nil {
		return false
	}
	c.joined.Store(true)
	return true
}

// Ready reports whether the exporters are known, the API server answers, and this
// replica is in the ring.
func (c *cluster) Ready() error {
	if err := c.rights.check(); err != nil {
		return err
	}
	if !c.listed() {
		return errors.New("kubernetes: the MetricsExporters have not been listed yet")
	}
	if err := c.contact.check(time.Now()); err != nil {
		return err
	}
	return c.inRing()
}

// Close does nothing: what is open ends with Start.
func (*cluster) Close() error { return nil }

// Routes adds what the replicas ask each other.
func (c *cluster) Routes(mux *http.ServeMux) {
	mux.Handle(sharding.StatePath, c.replica)
	mux.Handle(roster.Path, c.roster)
}

// Protect has the API server say who may ask, if it is to.
func (c *cluster) Protect(next http.Handler) http.Handler {
	if c.gate == nil {
		return next
	}
	return c.gate.Handler(next)
}

// workload is the roster as the ring sees it.
type workload struct{ *cluster }

// Take implements sharding.Workload.
func (w workload) Take(grants []sharding.Grant) {
	list := make([]roster.Grant, len(grants))
	for i, g := range grants {
		list[i] = roster.Grant(g)
	}
	w.roster.Take(list)
}

// Release implements sharding.Workload.
func (w workload) Release(ctx context.Context, partitions []int32) { w.roster.Release(ctx, partitions) }

// Drop implements sharding.Workload.
func (w workload) Drop(partitions []int32) { w.roster.Drop(partitions) }

// inventory is what the statuses say, as the ring's leader sees it.
type inventory struct{ *kube.Inventory }

// Each implements sharding.Inventory.
func (i inventory) Each(yield func(sharding.Exporter) bool) {
	for fact := range i.Inventory.Each {
		if !yield(sharding.Exporter{Key: fact.Exporter.String(), Weight: fact.Cost, Fence: fact.Fence, Overdue: fact.Overdue}) {
			return
		}
	}
}

// series is the exposition as the roster moves it between replicas.
type series struct{ store *exposition.Store }

// Export implements roster.Series.
func (s series) Export(key types.NamespacedName) (content []byte, ok bool) {
	exported, ok := s.store.Export(key)
	if !ok {
		return nil, false
	}
	content, err := json.Marshal(exported)
	return content, err == nil
}

// Import implements roster.Series.
func (s series) Import(content []byte) error {
	var exported exposition.Exported
	if err := json.Unmarshal(content, &exported); err != nil {
		return fmt.Errorf("cannot read series: %w", err)
	}
	return s.store.Import(exported)
}
