package kubelet

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"syscall"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Options are what a Kubelet needs. All but APIServer are required.
type Options struct {
	// Client and Config reach the API server, with an administrator's rights.
	Client kubernetes.Interface
	Config *rest.Config
	// Node is the name of the Node, and Address its own.
	Node    string
	Address netip.Addr
	// FirstPod is the address of the first pod; the next ones follow on it.
	FirstPod netip.Addr
	// Binary is what every container runs.
	Binary string
	// Dir gets a folder for each pod, NAMESPACE_NAME_UID, with the log of each
	// container, CONTAINER.log.
	Dir string
	// APIServer returns the URL at which a pod reaches the API server; nil means the
	// one in Config.
	APIServer func(pod *corev1.Pod) (string, error)
	Log       *zap.Logger
}

// Kubelet is a Node whose pods are processes.
type Kubelet struct {
	opts Options

	mu sync.Mutex // guards what follows
	// pods are all that have run here and are not gone, in the order in which they
	// came.
	pods []*pod
	next netip.Addr
	// closed is set once no pod may be started any more.
	closed  bool
	running sync.WaitGroup
}

// New returns a Kubelet that does nothing yet.
func New(opts Options) *Kubelet { return &Kubelet{opts: opts, next: opts.FirstPod} }

// Start registers the Node and runs its pods until ctx ends. Then all of their
// processes are killed.
func (k *Kubelet) Start(ctx context.Context) error {
	if err := k.register(ctx); err != nil {
		return fmt.Errorf("cannot register the Node %q: %w", k.opts.Node, err)
	}
	factory := informers.NewSharedInformerFactory(k.opts.Client, 0)
	informer := factory.Core().V1().Pods().Informer()
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { k.see(ctx, object) },
		UpdateFunc: func(_, object any) { k.see(ctx, object) },
		DeleteFunc: k.gone,
	}); err != nil {
		return fmt.Errorf("cannot watch pods: %w", err)
	}
	informer.RunWithContext(ctx)
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.running.Wait()
	return nil
}

func (k *Kubelet) register(ctx context.Context) error {
	nodes := k.opts.Client.CoreV1().Nodes()
	node, err := nodes.Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: k.opts.Node, Labels: map[string]string{corev1.LabelHostname: k.opts.Node},
	}}, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		node, err = nodes.Get(ctx, k.opts.Node, metav1.GetOptions{})
	}
	if err != nil {
		return err
	}
	now := metav1.Now()
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: k.opts.Address.String()}}
	node.Status.Conditions = []corev1.NodeCondition{{
		Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady",
		Message: "pods are processes", LastHeartbeatTime: now, LastTransitionTime: now,
	}}
	_, err = nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{})
	return err
}

// see starts a pod that is new here, and ends one that is being deleted.
func (k *Kubelet) see(ctx context.Context, object any) {
	seen, ok := object.(*corev1.Pod)
	if !ok || (seen.Spec.NodeName != "" && seen.Spec.NodeName != k.opts.Node) {
		return
	}
	p := k.take(ctx, seen)
	if p == nil || seen.DeletionTimestamp == nil || p.lost.Load() {
		return
	}
	seconds := int64(corev1.DefaultTerminationGracePeriodSeconds)
	if seen.DeletionGracePeriodSeconds != nil {
		seconds = *seen.DeletionGracePeriodSeconds
	}
	p.terminate(seconds)
}

// take returns the pod that runs here, which it starts if it is new.
func (k *Kubelet) take(ctx context.Context, object *corev1.Pod) *pod {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.pods {
		if p.object.UID == object.UID {
			return p
		}
	}
	if k.closed {
		return nil
	}
	ctx, kill := context.WithCancel(ctx)
	p := k.newPod(object, kill, k.next)
	k.next = k.next.Next()
	k.pods = append(k.pods, p)
	k.running.Go(func() {
		defer kill()
		p.run(ctx)
	})
	return p
}

// gone kills a pod that is not there any more.
func (k *Kubelet) gone(object any) {
	if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = last.Obj
	}
	seen, ok := object.(*corev1.Pod)
	if !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, p := range k.pods {
		if p.object.UID == seen.UID && !p.lost.Load() {
			p.kill()
			k.pods = append(k.pods[:i], k.pods[i+1:]...)
			return
		}
	}
}

// Pod is a pod that runs here.
type Pod struct {
	types.NamespacedName

	UID types.UID
	IP  netip.Addr
	// PID is that of its first container's process; zero while there is none.
	PID      int
	Restarts int32
	Ready    bool
	// Lost is set for one that was given up by Lose.
	Lost bool
	// Dir has its logs.
	Dir string
}

// Pods returns the pods that run here, the oldest first.
func (k *Kubelet) Pods() []Pod {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make([]Pod, len(k.pods))
	for i, p := range k.pods {
		all[i] = p.describe()
	}
	return all
}

func (p *pod) describe() Pod {
	described := Pod{
		NamespacedName: types.NamespacedName{Namespace: p.object.Namespace, Name: p.object.Name},
		UID:            p.object.UID, IP: p.ip, Lost: p.lost.Load(), Dir: p.dir,
	}
	if len(p.containers) > 0 {
		s := p.containers[0].get()
		described.PID, described.Restarts, described.Ready = s.pid, s.restarts, s.ready
	}
	return described
}

// ErrNoPod means that no such pod runs here.
var ErrNoPod = errors.New("no such pod runs here")

// newest returns the youngest pod of a name that is not lost.
func (k *Kubelet) newest(name types.NamespacedName) (*pod, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range slices.Backward(k.pods) {
		if p.object.Namespace == name.Namespace && p.object.Name == name.Name && !p.lost.Load() {
			return p, nil
		}
	}
	return nil, fmt.Errorf("cannot find pod %q: %w", name, ErrNoPod)
}

// Pod returns a pod by its name; an error is ErrNoPod. Of several, it is the
// youngest that is not lost.
func (k *Kubelet) Pod(name types.NamespacedName) (Pod, error) {
	p, err := k.newest(name)
	if err != nil {
		return Pod{}, err
	}
	return p.describe(), nil
}

// Signal sends a signal to the process of a pod's first container, and returns the
// pod.
func (k *Kubelet) Signal(name types.NamespacedName, signal syscall.Signal) (Pod, error) {
	described, err := k.Pod(name)
	if err != nil {
		return Pod{}, err
	}
	if described.PID == 0 {
		return Pod{}, fmt.Errorf("cannot signal pod %q: it has no process", name)
	}
	if err := syscall.Kill(described.PID, signal); err != nil {
		return Pod{}, fmt.Errorf("cannot signal pod %q: %w", name, err)
	}
	return described, nil
}

// Lose gives a pod up: whatever happens to its object, its process lives on, as on
// a node that the control plane cannot reach. It ends with the Kubelet at the latest,
// and is not started again.
func (k *Kubelet) Lose(name types.NamespacedName) (Pod, error) {
	p, err := k.newest(name)
	if err != nil {
		return Pod{}, err
	}
	p.lost.Store(true)
	return p.describe(), nil
}
