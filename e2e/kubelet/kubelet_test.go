package kubelet

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/rest"
	kubetesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/clientcmd"
)

// node is a Kubelet that runs, on an API server that only stores. Its pods are
// processes of this test binary at addresses of loopback, which that server takes.
type node struct {
	*Kubelet

	t      *testing.T
	client *fake.Clientset
	name   types.NamespacedName
}

func startNode(t *testing.T) *node {
	t.Helper()
	client := fake.NewClientset()
	client.PrependReactor("create", "serviceaccounts", func(a kubetesting.Action) (bool, runtime.Object, error) {
		create := a.(kubetesting.CreateAction)
		request := create.GetObject().(*authenticationv1.TokenRequest)
		request.Status.Token = fmt.Sprintf("token for %s of %s", request.Spec.BoundObjectRef.UID, request.Spec.BoundObjectRef.Name)
		return true, request, nil
	})
	client.PrependReactor("create", "pods", func(a kubetesting.Action) (bool, runtime.Object, error) {
		return a.GetSubresource() == "binding", nil, nil
	})
	binary, err := os.Executable()
	require.NoError(t, err)
	n := &node{t: t, client: client, name: types.NamespacedName{Namespace: "system", Name: "replica-0"}}
	n.Kubelet = New(Options{
		Client: client, Config: &rest.Config{Host: "https://127.0.0.1:1", TLSClientConfig: rest.TLSClientConfig{CAData: []byte("ca")}},
		Node: "e2e", Address: netip.MustParseAddr("127.77.0.1"), FirstPod: nextAddresses(),
		Binary: binary, Dir: t.TempDir(), Log: zap.NewNop(),
		APIServer: func(pod *corev1.Pod) (string, error) { return "https://127.0.0.1:2/" + pod.Name, nil },
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Start(ctx) }() // the cleanup waits for it
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	// A pod that is made before the watch begins would be missed by the fake.
	require.Eventually(t, func() bool {
		for _, a := range client.Actions() {
			if a.Matches("watch", "pods") {
				return true
			}
		}
		return false
	}, 5*time.Second, 10*time.Millisecond)
	return n
}

// subnet is the last one that was given to a test.
var subnet byte

// nextAddresses returns addresses that no other test has.
func nextAddresses() netip.Addr {
	subnet++
	return netip.AddrFrom4([4]byte{127, 77, subnet, 1})
}

// pod makes a pod whose container is edited.
func (n *node) pod(uid string, edit func(*corev1.Container)) {
	n.t.Helper()
	n.podOf(uid, func(spec *corev1.PodSpec) {
		if edit != nil {
			edit(&spec.Containers[0])
		}
	})
}

// podOf makes a pod.
func (n *node) podOf(uid string, edit func(*corev1.PodSpec)) {
	n.t.Helper()
	get := corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromString("telemetry")}}
	ip := &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: n.name.Name, Namespace: n.name.Namespace, UID: types.UID(uid)},
		Spec: corev1.PodSpec{ServiceAccountName: "account", TerminationGracePeriodSeconds: new(int64(1)), Containers: []corev1.Container{{
			Name: "main", Image: "image", Command: []string{"/other"}, Args: []string{"--listen=$(POD_IP)"},
			Env:            []corev1.EnvVar{{Name: podEnv, Value: "1"}, {Name: "POD_IP", ValueFrom: ip}},
			Ports:          []corev1.ContainerPort{{Name: "telemetry", ContainerPort: 8081}},
			StartupProbe:   &corev1.Probe{ProbeHandler: get, PeriodSeconds: 1, FailureThreshold: 20},
			ReadinessProbe: &corev1.Probe{ProbeHandler: get, PeriodSeconds: 1, FailureThreshold: 1},
		}}},
	}
	edit(&pod.Spec)
	_, err := n.client.CoreV1().Pods(pod.Namespace).Create(n.t.Context(), pod, metav1.CreateOptions{})
	require.NoError(n.t, err)
}

// get returns what the pod's process answers.
func (n *node) get(pod Pod, path string) string {
	n.t.Helper()
	response, err := prober.Get("http://" + pod.IP.String() + ":8081" + path)
	if err != nil {
		return ""
	}
	body, err := io.ReadAll(response.Body)
	require.NoError(n.t, err)
	require.NoError(n.t, response.Body.Close())
	return string(body)
}

// stored returns the pod as the API server has it.
func (n *node) stored() (*corev1.Pod, error) {
	return n.client.CoreV1().Pods(n.name.Namespace).Get(n.t.Context(), n.name.Name, metav1.GetOptions{})
}

// await waits until the pod is as wanted, and returns it.
func (n *node) await(what string, condition func(Pod, *corev1.Pod) bool) Pod {
	n.t.Helper()
	var found Pod
	require.Eventually(n.t, func() bool {
		pod, err := n.Pod(n.name)
		stored, missing := n.stored()
		found = pod
		return err == nil && missing == nil && condition(pod, stored)
	}, 20*time.Second, 20*time.Millisecond, what)
	return found
}

func ready(pod Pod, stored *corev1.Pod) bool {
	for _, c := range stored.Status.Conditions {
		if c.Type == corev1.PodReady {
			return pod.Ready && c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// alive reports whether a process is there.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func (n *node) awaitDead(pid int) {
	n.t.Helper()
	require.Eventually(n.t, func() bool { return !alive(pid) }, 10*time.Second, 10*time.Millisecond, "the process ends")
}

func TestPodRuns(t *testing.T) {
	n := startNode(t)
	n.pod("uid-1", nil)
	pod := n.await("ready", ready)
	said := n.get(pod, "/")
	require.Contains(t, said, "--listen="+pod.IP.String()+"\n", "the manifest's arguments")
	require.Contains(t, said, "KUBECONFIG="+filepath.Join(pod.Dir, kubeconfigFile))
	stored, err := n.stored()
	require.NoError(t, err)
	require.Equal(t, pod.IP.String(), stored.Status.PodIP)
	require.Equal(t, corev1.PodRunning, stored.Status.Phase)

	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(pod.Dir, kubeconfigFile))
	require.NoError(t, err)
	require.Equal(t, "https://127.0.0.1:2/replica-0", config.Host, "by what stands in front of the API server")
	token, err := os.ReadFile(config.BearerTokenFile)
	require.NoError(t, err)
	require.Equal(t, "token for uid-1 of replica-0", string(token))

	registered, err := n.client.CoreV1().Nodes().Get(t.Context(), "e2e", metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, corev1.ConditionTrue, registered.Status.Conditions[0].Status)
}

func TestPodIsStartedAgain(t *testing.T) {
	n := startNode(t)
	n.pod("uid-1", func(c *corev1.Container) {
		c.LivenessProbe = c.ReadinessProbe.DeepCopy()
		c.LivenessProbe.FailureThreshold = 2
	})
	first := n.await("ready", ready)
	n.get(first, "/exit")
	second := n.await("ready again", func(p Pod, s *corev1.Pod) bool { return p.Restarts == 1 && ready(p, s) })
	require.Equal(t, first.UID, second.UID)
	require.Equal(t, first.IP, second.IP)
	stored, err := n.stored()
	require.NoError(t, err)
	require.EqualValues(t, 3, stored.Status.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode)

	n.get(second, "/sicken")
	third := n.await("ready again, with a new process", func(p Pod, s *corev1.Pod) bool { return p.Restarts == 2 && ready(p, s) })
	require.NotEqual(t, second.PID, third.PID)
	require.False(t, alive(second.PID))
}

// TestPodThatRunsOnce is not started again: it says how it went, and stays until it is
// deleted.
func TestPodThatRunsOnce(t *testing.T) {
	n := startNode(t)
	n.podOf("uid-1", func(spec *corev1.PodSpec) { spec.RestartPolicy = corev1.RestartPolicyNever })
	pod := n.await("ready", ready)
	n.get(pod, "/exit")
	n.await("failed", func(_ Pod, s *corev1.Pod) bool { return s.Status.Phase == corev1.PodFailed })
	stored, err := n.stored()
	require.NoError(t, err)
	require.EqualValues(t, 3, stored.Status.ContainerStatuses[0].State.Terminated.ExitCode)
	require.Zero(t, stored.Status.ContainerStatuses[0].RestartCount)
}

func TestPodIsNotReadyWhileItStandsStill(t *testing.T) {
	n := startNode(t)
	n.pod("uid-1", nil)
	n.await("ready", ready)
	_, err := n.Signal(n.name, syscall.SIGSTOP)
	require.NoError(t, err)
	n.await("not ready", func(p Pod, s *corev1.Pod) bool { return !ready(p, s) })
	_, err = n.Signal(n.name, syscall.SIGCONT)
	require.NoError(t, err)
	pod := n.await("ready", ready)
	require.Zero(t, pod.Restarts)
}

// TestPodEnds deletes a pod as the API server does: first it only says so.
func TestPodEnds(t *testing.T) {
	cases := map[string]struct {
		reason string
		deaf   bool
		least  time.Duration
	}{
		"Asked": {"SIGTERM is enough", false, 0},
		"Deaf":  {"SIGKILL follows after the grace period", true, time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			n := startNode(t)
			n.pod("uid-1", nil)
			pod := n.await("ready", ready)
			if tc.deaf {
				n.get(pod, "/deafen")
			}
			stored, err := n.stored()
			require.NoError(t, err)
			stored.DeletionTimestamp, stored.DeletionGracePeriodSeconds = new(metav1.Now()), new(int64(1))
			began := time.Now()
			_, err = n.client.CoreV1().Pods(n.name.Namespace).Update(t.Context(), stored, metav1.UpdateOptions{})
			require.NoError(t, err)
			n.awaitDead(pod.PID)
			require.GreaterOrEqual(t, time.Since(began), tc.least, tc.reason)
			require.Eventually(t, func() bool {
				_, err := n.stored()
				return apierrors.IsNotFound(err)
			}, 5*time.Second, 10*time.Millisecond, "the object is removed")
			require.Eventually(t, func() bool { return len(n.Pods()) == 0 }, 5*time.Second, 10*time.Millisecond)
		})
	}
}

func TestForcedDeletion(t *testing.T) {
	n := startNode(t)
	n.pod("uid-1", nil)
	first := n.await("ready", ready)
	require.NoError(t, n.client.CoreV1().Pods(n.name.Namespace).Delete(t.Context(), n.name.Name, metav1.DeleteOptions{}))
	n.awaitDead(first.PID)

	n.pod("uid-2", nil)
	second := n.await("ready", ready)
	require.NotEqual(t, first.IP, second.IP, "another pod of the name has another address")
	_, err := n.Lose(n.name)
	require.NoError(t, err)
	require.NoError(t, n.client.CoreV1().Pods(n.name.Namespace).Delete(t.Context(), n.name.Name, metav1.DeleteOptions{}))
	n.pod("uid-3", nil)
	third := n.await("ready", ready)
	require.EqualValues(t, "uid-3", third.UID)
	require.True(t, alive(second.PID), "the lost one lives on")
	require.Contains(t, n.get(second, "/"), "POD_IP="+second.IP.String())
	require.NoError(t, syscall.Kill(second.PID, syscall.SIGKILL))
	n.awaitDead(second.PID)
	time.Sleep(2 * firstWait)
	require.Empty(t, n.get(second, "/"), "and is not started again")
}

func TestContainerThatCannotRun(t *testing.T) {
	n := startNode(t)
	n.pod("uid-1", func(c *corev1.Container) {
		c.EnvFrom = []corev1.EnvFromSource{{}}
	})
	n.await("the reason", func(_ Pod, s *corev1.Pod) bool {
		return len(s.Status.ContainerStatuses) > 0 && s.Status.ContainerStatuses[0].State.Waiting != nil &&
			s.Status.ContainerStatuses[0].State.Waiting.Message == `cannot give container "main" its environment: envFrom is not supported`
	})
}

func TestNoSuchPod(t *testing.T) {
	n := startNode(t)
	_, err := n.Signal(n.name, syscall.SIGSTOP)
	require.ErrorIs(t, err, ErrNoPod)
	_, err = n.Lose(n.name)
	require.ErrorIs(t, err, ErrNoPod)
}
