package kubelet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// requestTimeout bounds a call to the API server, and retryAfter is the wait
// between two tries of one.
const (
	requestTimeout = 5 * time.Second
	retryAfter     = 200 * time.Millisecond
)

// pod is a pod that runs here.
type pod struct {
	kubelet *Kubelet
	// object is the pod as it was when it came here.
	object     *corev1.Pod
	ip         netip.Addr
	dir        string
	log        *zap.Logger
	containers []*container

	// stopping is closed when the pod is to end, in graceSeconds.
	stopping     chan struct{}
	stop         sync.Once
	graceSeconds atomic.Int64
	// kill ends it at once, and done is closed once it has ended.
	kill context.CancelFunc
	done chan struct{}
	// touched has a value when there is something to report.
	touched chan struct{}
	// lost is set for a pod whose node the control plane has given up.
	lost atomic.Bool
}

func (k *Kubelet) newPod(object *corev1.Pod, kill context.CancelFunc, ip netip.Addr) *pod {
	p := &pod{
		kubelet: k, object: object.DeepCopy(), ip: ip, kill: kill,
		dir:      filepath.Join(k.opts.Dir, fmt.Sprintf("%s_%s_%s", object.Namespace, object.Name, object.UID)),
		log:      k.opts.Log.With(zap.String("pod", object.Namespace+"/"+object.Name), zap.String("uid", string(object.UID))),
		stopping: make(chan struct{}), done: make(chan struct{}), touched: make(chan struct{}, 1),
	}
	for i := range p.object.Spec.Containers {
		spec := &p.object.Spec.Containers[i]
		p.containers = append(p.containers, &container{
			pod: p, spec: spec, log: p.log.With(zap.String("container", spec.Name)),
			now: state{waits: "ContainerCreating"},
		})
	}
	return p
}

func (p *pod) path(name string) string { return filepath.Join(p.dir, name) }

// touch asks for a report. It never waits.
func (p *pod) touch() {
	select {
	case p.touched <- struct{}{}:
	default:
	}
}

// terminate has the pod end within a grace period. A shorter one may follow, but
// only the first counts.
func (p *pod) terminate(graceSeconds int64) {
	p.stop.Do(func() {
		p.graceSeconds.Store(graceSeconds)
		close(p.stopping)
	})
}

// grace returns how long a container may take to end.
func (p *pod) grace() time.Duration {
	select {
	case <-p.stopping:
		return time.Duration(p.graceSeconds.Load()) * time.Second
	default:
	}
	if s := p.object.Spec.TerminationGracePeriodSeconds; s != nil {
		return time.Duration(*s) * time.Second
	}
	return corev1.DefaultTerminationGracePeriodSeconds * time.Second
}

// ends reports whether the pod is to end.
func (p *pod) ends(ctx context.Context) bool {
	select {
	case <-p.stopping:
		return true
	default:
		return ctx.Err() != nil
	}
}

// run runs the pod until it is deleted, or until ctx ends.
func (p *pod) run(ctx context.Context) {
	defer close(p.done)
	if !p.retry(ctx, "prepare the pod", p.prepare) {
		return
	}
	var running sync.WaitGroup
	for _, c := range p.containers {
		running.Go(func() { c.run(ctx) })
	}
	ended := make(chan struct{})
	go func() { // run waits for it
		running.Wait()
		close(ended)
	}()
	p.report(ctx, ended)
	if ctx.Err() == nil {
		p.retry(ctx, "delete the pod", p.remove)
	}
}

// report tells the API server how the pod does, until its containers have ended.
func (p *pod) report(ctx context.Context, ended <-chan struct{}) {
	p.touch()
	var told corev1.PodStatus
	for {
		select {
		case <-ended:
			return
		case <-p.touched:
			status := p.status(told.Conditions, time.Now())
			if p.retry(ctx, "report the pod's status", func(ctx context.Context) error { return p.patch(ctx, status) }) {
				told = status
			}
		}
	}
}

// prepare makes all that a container needs. A pod that is to end needs nothing.
func (p *pod) prepare(ctx context.Context) error {
	if p.ends(ctx) {
		return nil
	}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return err
	}
	if p.object.Spec.NodeName == "" {
		if err := p.bind(ctx); err != nil {
			return err
		}
	}
	return p.admit(ctx)
}

// bind does what a scheduler does where there is one Node.
func (p *pod) bind(ctx context.Context) error {
	binding := &corev1.Binding{
		ObjectMeta: metav1.ObjectMeta{Name: p.object.Name, Namespace: p.object.Namespace, UID: p.object.UID},
		Target:     corev1.ObjectReference{Kind: "Node", Name: p.kubelet.opts.Node},
	}
	err := p.kubelet.opts.Client.CoreV1().Pods(p.object.Namespace).Bind(ctx, binding, metav1.CreateOptions{})
	if err == nil || apierrors.IsConflict(err) { // it is bound already
		p.object.Spec.NodeName = p.kubelet.opts.Node
		return nil
	}
	return err
}

// patch writes the status of this pod, and not of another one of its name.
func (p *pod) patch(ctx context.Context, status corev1.PodStatus) error {
	content, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": p.object.UID}, "status": status})
	if err != nil {
		return err
	}
	_, err = p.kubelet.opts.Client.CoreV1().Pods(p.object.Namespace).
		Patch(ctx, p.object.Name, types.MergePatchType, content, metav1.PatchOptions{}, "status")
	return err
}

// remove says that the pod has ended: it need not be there any more.
func (p *pod) remove(ctx context.Context) error {
	return p.kubelet.opts.Client.CoreV1().Pods(p.object.Namespace).Delete(ctx, p.object.Name, metav1.DeleteOptions{
		GracePeriodSeconds: new(int64), Preconditions: &metav1.Preconditions{UID: &p.object.UID},
	})
}

// retry does something until it works, and reports whether it did. What is about a
// pod that is not there any more is pointless.
func (p *pod) retry(ctx context.Context, what string, do func(ctx context.Context) error) bool {
	for ctx.Err() == nil && !p.lost.Load() {
		limited, cancel := context.WithTimeout(ctx, requestTimeout)
		err := do(limited)
		cancel()
		if err == nil {
			return true
		}
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) || apierrors.IsInvalid(err) {
			p.log.Info("cannot "+what, zap.Error(err))
			return false
		}
		p.log.Warn("cannot "+what+" yet", zap.Error(err))
		sleep(ctx, retryAfter)
	}
	return false
}
