package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/disruption"
	"k8s.io/kubernetes/pkg/controller/endpointslice"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/statefulset"
)

// resync is how often the controllers look at everything again.
const resync = 12 * time.Hour

// controllersMain runs what a StatefulSet needs, until it is told to stop: the
// arguments are a kubeconfig and the file of the cluster's CA.
func controllersMain(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: controlplane controllers KUBECONFIG CA")
	}
	config, err := clientcmd.BuildConfigFromFlags("", args[0])
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	return runControllers(ctx, config, ca)
}

func runControllers(ctx context.Context, config *rest.Config, ca []byte) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	meta, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	factory := informers.NewSharedInformerFactory(client, resync)
	all := informerfactory.NewInformerFactory(factory, metadatainformer.NewSharedInformerFactory(meta, resync))
	core, apps := factory.Core().V1(), factory.Apps().V1()

	scales, err := scale.NewForConfig(config, mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(client.Discovery()))
	if err != nil {
		return err
	}
	sets := statefulset.NewStatefulSetController(ctx, core.Pods(), apps.StatefulSets(), core.PersistentVolumeClaims(), apps.ControllerRevisions(), client)
	slices := endpointslice.NewController(ctx, core.Pods(), core.Services(), core.Nodes(), factory.Discovery().V1().EndpointSlices(), 100, client, 0)
	budgets := disruption.NewDisruptionController(ctx, core.Pods(), factory.Policy().V1().PodDisruptionBudgets(),
		core.ReplicationControllers(), apps.ReplicaSets(), apps.Deployments(), apps.StatefulSets(), client, mapper, scales, client.Discovery())
	namespaces := namespace.NewNamespaceController(ctx, client, meta, client.Discovery().ServerPreferredNamespacedResources, core.Namespaces(), resync, corev1.FinalizerKubernetes)
	accounts, err := serviceaccount.NewServiceAccountsController(klog.FromContext(ctx), core.ServiceAccounts(), core.Namespaces(), client, serviceaccount.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}
	roots, err := rootcacertpublisher.NewPublisher(core.ConfigMaps(), core.Namespaces(), client, ca)
	if err != nil {
		return err
	}
	started := make(chan struct{})
	garbage, err := garbagecollector.NewGarbageCollector(ctx, client, meta, mapper, ignored(), all, started)
	if err != nil {
		return err
	}

	for _, run := range []func(){
		func() { sets.Run(ctx, 5) },
		func() { slices.Run(ctx, 5) },
		func() { budgets.Run(ctx, 5) },
		func() { namespaces.Run(ctx, 5) },
		func() { accounts.Run(ctx, 1) },
		func() { roots.Run(ctx, 1) },
		func() { garbage.Run(ctx, 5, 30*time.Second) },
		func() { garbage.Sync(ctx, client.Discovery(), 30*time.Second) },
	} {
		go run() // the process ends with ctx; nothing outlives it
	}
	all.Start(ctx.Done())
	close(started)
	fmt.Println("controllers run")
	<-ctx.Done()
	return nil
}

// ignored are the resources that the garbage collector leaves alone.
func ignored() map[schema.GroupResource]struct{} {
	set := map[schema.GroupResource]struct{}{}
	for r := range garbagecollector.DefaultIgnoredResources() {
		set[r] = struct{}{}
	}
	return set
}
