package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
)

// trivial are pods that are this test binary.
const trivial = `
apiVersion: v1
kind: Service
metadata: {name: trivial}
spec:
  clusterIP: None
  selector: {app: trivial}
  ports: [{name: telemetry, port: 8081, targetPort: telemetry}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: trivial}
spec:
  replicas: 2
  serviceName: trivial
  podManagementPolicy: Parallel
  selector: {matchLabels: {app: trivial}}
  template:
    metadata: {labels: {app: trivial}}
    spec:
      terminationGracePeriodSeconds: 2
      containers:
      - name: main
        image: none
        args: ["--address=$(POD_IP)"]
        env:
        - {name: ADXEXPORTER_TEST_POD, value: "1"}
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        ports: [{name: telemetry, containerPort: 8081}]
        readinessProbe: {httpGet: {path: /healthz, port: telemetry}, periodSeconds: 1}
`

// TestCluster runs trivial pods as a StatefulSet, and does to them what scenarios do.
func TestCluster(t *testing.T) {
	plane := built(t, "controlplane")
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	c, err := Start(t.Context(), Options{Dir: dir, ControlPlane: plane, Program: self, Log: logTo(t, filepath.Join(dir, "cluster.log"))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	file := filepath.Join(dir, "trivial.yaml")
	require.NoError(t, os.WriteFile(file, []byte(trivial), 0o600))
	kubectl := func(args ...string) string {
		t.Helper()
		out, err := c.Kubectl(t.Context(), args...)
		require.NoError(t, err)
		return out
	}
	endpoints := func() int {
		return len(strings.Fields(kubectl("get", "endpointslices", "-l", "kubernetes.io/service-name=trivial",
			"-o", "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}")))
	}
	within := func(what string, condition func() bool) {
		t.Helper()
		require.Eventually(t, condition, 60*time.Second, 200*time.Millisecond, what)
	}
	name := types.NamespacedName{Namespace: "default", Name: "trivial-1"}
	kubectl("apply", "-f", file)
	within("two endpoints", func() bool { return endpoints() == 2 })

	kubectl("scale", "statefulset", "trivial", "--replicas=3")
	within("three endpoints", func() bool { return endpoints() == 3 })
	kubectl("scale", "statefulset", "trivial", "--replicas=2")
	within("two endpoints", func() bool { return endpoints() == 2 })

	first, err := c.Kubelet().Signal(name, syscall.SIGKILL)
	require.NoError(t, err)
	within("a new process in the same pod", func() bool {
		pod, err := c.Kubelet().Pod(name)
		return err == nil && pod.UID == first.UID && pod.IP == first.IP && pod.Restarts == 1 && pod.Ready
	})
	require.Contains(t, kubectl("get", "pod", "trivial-1", "-o", "jsonpath={.status.containerStatuses[0].lastState.terminated.exitCode}"), "137")

	// The pod's own token: who it is, and what it may not do.
	kubeconfig := "--kubeconfig=" + filepath.Join(first.Dir, "kubeconfig")
	require.Contains(t, kubectl(kubeconfig, "auth", "whoami"), "system:serviceaccount:default:default")
	_, err = c.Kubectl(t.Context(), kubeconfig, "get", "pods")
	require.ErrorContains(t, err, "forbidden")
	c.Proxy(first.UID).Stall()
	_, err = c.Kubectl(t.Context(), kubeconfig, "--request-timeout=1s", "get", "--raw=/version")
	require.Error(t, err, "its path to the API server is cut")
	c.Proxy(first.UID).Continue()
	kubectl(kubeconfig, "get", "--raw=/version")

	require.NoError(t, c.StopAPIServer())
	_, err = c.Kubectl(t.Context(), "--request-timeout=1s", "get", "--raw=/version")
	require.Error(t, err, "nobody answers")
	require.NoError(t, c.ContinueAPIServer())
	within("it goes on", func() bool {
		_, err := c.Kubectl(t.Context(), "--request-timeout=5s", "get", "--raw=/version")
		return err == nil
	})

	lost, err := c.Kubelet().Lose(name)
	require.NoError(t, err)
	kubectl("delete", "pod", "trivial-1", "--force", "--grace-period=0")
	within("another pod takes its name", func() bool {
		pod, err := c.Kubelet().Pod(name)
		return err == nil && pod.UID != lost.UID && pod.Ready
	})
	require.NoError(t, syscall.Kill(lost.PID, 0), "the lost one lives on")
	within("but its token is good for nothing, soon", func() bool {
		_, err := c.Kubectl(t.Context(), kubeconfig, "auth", "whoami")
		return err != nil
	})

	kubectl("delete", "statefulset", "trivial")
	within("only the lost one is left", func() bool { return len(c.Kubelet().Pods()) == 1 })
}

func TestNamespaces(t *testing.T) {
	root, user := namespaces(0, 0), namespaces(1000, 1000)
	require.Zero(t, root.Cloneflags&syscall.CLONE_NEWUSER)
	require.NotZero(t, root.Cloneflags&syscall.CLONE_NEWNET)
	require.NotZero(t, user.Cloneflags&syscall.CLONE_NEWUSER)
	require.Equal(t, []syscall.SysProcIDMap{{HostID: 1000, Size: 1}}, user.UidMappings)
}
