package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/go-logr/zapr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/files"
	"github.com/adx-mon/adxexporter/executor/kube"
)

// home is where exporters and their status live.
type home struct {
	recorder executor.Recorder
	// newest is the highest fence that is in their status.
	newest int64
	// source returns what keeps an executor's exporters current.
	source func(*executor.Executor) (source, error)
}

func (a *App) home(opts Options, validator *validation.Validator) (home, error) {
	if opts.ExportersDir != "" {
		return a.directory(opts, validator)
	}
	return kubernetes(opts, validator)
}

// directory is a home of files.
func (a *App) directory(opts Options, validator *validation.Validator) (home, error) {
	state, err := files.OpenState(opts.StateDir)
	if err != nil {
		return home{}, err
	}
	a.cleanup = append(a.cleanup, state.Close)
	newest, err := state.Newest()
	if err != nil {
		return home{}, errors.Join(err, state.Close())
	}
	return home{
		recorder: state,
		newest:   newest,
		source: func(e *executor.Executor) (source, error) {
			return directorySource{&files.Source{
				Dir: opts.ExportersDir, State: state, Validator: validator, Executor: e, Log: opts.Log,
			}}, nil
		},
	}, nil
}

type directorySource struct{ *files.Source }

// Ready reports whether the directory has been read.
func (s directorySource) Ready() error {
	if !s.Synced() {
		return errors.New("exporters: the directory has not been read yet")
	}
	return nil
}

// kubernetes is a home of custom resources.
func kubernetes(opts Options, validator *validation.Validator) (home, error) {
	config, err := kubeConfig(opts.Kubeconfig)
	if err != nil {
		return home{}, err
	}
	mgr, err := newManager(config, opts)
	if err != nil {
		return home{}, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	return home{
		recorder: &kube.Recorder{
			Reader: mgr.GetCache(), Writer: mgr.GetClient().Status(), Events: mgr.GetEventRecorder("adxexporter"),
		},
		source: func(e *executor.Executor) (source, error) {
			reconciler := &kube.Reconciler{Reader: mgr.GetCache(), Validator: validator, Executor: e}
			if err := reconciler.Add(mgr); err != nil {
				return nil, err
			}
			return newClusterSource(mgr, config)
		},
	}, nil
}

func kubeConfig(file string) (*rest.Config, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("cannot find a Kubernetes cluster (to run without one, use --exporters-dir): %w", err)
	}
	return config, nil
}

func newManager(config *rest.Config, opts Options) (manager.Manager, error) {
	scheme := runtime.NewScheme()
	if err := v1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	watched := cache.Options{DefaultTransform: kube.StripManagedFields}
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

// clusterSource is a manager with our reconciler, and whether the API server can
// be reached.
type clusterSource struct {
	manager.Manager

	synced  atomic.Bool
	contact *contact
}

func newClusterSource(mgr manager.Manager, config *rest.Config) (*clusterSource, error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("cannot set up the Kubernetes client: %w", err)
	}
	s := &clusterSource{Manager: mgr, contact: &contact{ask: func(ctx context.Context) error {
		return client.RESTClient().Get().AbsPath("/version").Do(ctx).Error()
	}}}
	// A runnable of the manager starts when its caches are in sync.
	err = mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		s.synced.Store(true)
		<-ctx.Done()
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return s, mgr.Add(s.contact)
}

// Synced reports whether the exporters have been listed. What is known stays
// exposed while the API server is away.
func (s *clusterSource) Synced() bool { return s.synced.Load() }

// Ready reports whether the exporters are known and the API server answers.
func (s *clusterSource) Ready() error {
	if !s.Synced() {
		return errors.New("kubernetes: the MetricsExporters have not been listed yet")
	}
	return s.contact.check(time.Now())
}
