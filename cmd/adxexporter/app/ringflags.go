package app

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/google/uuid"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/adx-mon/adxexporter/sharding"
)

// ringFlags say how a replica takes part in its ring. In a pod, the manifests set
// who it is by the downward API.
type ringFlags struct {
	PodName      string `env:"POD_NAME" placeholder:"NAME" help:"This replica's name in the ring. Default: the host name."`
	PodNamespace string `env:"POD_NAMESPACE" placeholder:"NAMESPACE" help:"Where the replicas and their Leases are. Default: the namespace of the pod, or that of the kubeconfig."`
	PodUID       string `name:"pod-uid" env:"POD_UID" placeholder:"UID" help:"The pod's UID: a container that starts again in its pod goes on with its share at once. Default: a new one for each process."`
	PeerService  string `default:"adxexporter" placeholder:"NAME" help:"The headless Service whose EndpointSlices name the other replicas, with a port named telemetry."`
	RingProfile  string `enum:"default,fast" default:"default" help:"How soon a dead replica is replaced: in 8 to 10 seconds, or in 4 to 5 for twice the Lease traffic: ${enum}."`
	CommitRate   int    `default:"50" help:"Statuses of exporters that this replica writes in a second, at most. Beyond it, one write stands for several windows."`
}

// ring turns the flags into what New takes.
func (f *ringFlags) ring() (Ring, error) {
	r := Ring{
		Namespace: f.PodNamespace, Pod: f.PodName, PodUID: f.PodUID, Service: f.PeerService,
		Timing: sharding.DefaultTiming(), CommitRate: f.CommitRate,
	}
	if f.RingProfile == "fast" {
		r.Timing = sharding.FastTiming()
	}
	if f.CommitRate < 1 {
		return Ring{}, errors.New("--commit-rate: must be 1 or more")
	}
	if r.Pod == "" {
		host, err := os.Hostname()
		if err != nil {
			return Ring{}, fmt.Errorf("--pod-name: cannot read the host name: %w", err)
		}
		r.Pod = strings.ToLower(host)
	}
	if r.PodUID == "" {
		r.PodUID = uuid.NewString()
	}
	if r.Namespace == "" {
		r.Namespace = podNamespace()
	}
	return r, nil
}

// podNamespace returns the namespace of the pod, or that of the kubeconfig.
func podNamespace() string {
	content, err := os.ReadFile("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
	if err == nil && len(content) > 0 {
		return strings.TrimSpace(string(content))
	}
	config := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil)
	if namespace, _, err := config.Namespace(); err == nil {
		return namespace
	}
	return "default"
}
