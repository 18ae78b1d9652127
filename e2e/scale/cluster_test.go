package scale

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"
)

// namespace is where everything is.
const namespace = "scale"

var (
	crdResource      = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	spaceResource    = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	exporterResource = schema.GroupVersionResource{Group: "adx-mon.azure.com", Version: "v1", Resource: "metricsexporters"}
)

// plane is a control plane.
type plane struct {
	kubeconfig string
	pid        func(part string) int
	client     dynamic.Interface
	raw        rest.Interface
}

// startPlane starts a control plane that knows our kinds.
func startPlane(t *testing.T, dir string) *plane {
	t.Helper()
	log, err := os.Create(filepath.Join(dir, "controlplane.log"))
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), built(t, "controlplane"), "up", "--dir="+filepath.Join(dir, "controlplane"))
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
		_ = log.Close()
	})
	p := &plane{kubeconfig: filepath.Join(dir, "controlplane", "admin.kubeconfig")}
	p.pid = func(part string) int {
		content, err := os.ReadFile(filepath.Join(dir, "controlplane", part+".pid"))
		require.NoError(t, err)
		var pid int
		_, err = fmt.Sscan(string(content), &pid)
		require.NoError(t, err)
		return pid
	}
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(dir, "controlplane", "ready"))
		return err == nil
	}, 5*time.Minute, 50*time.Millisecond, "the control plane does not become ready")
	p.connect(t)
	p.install(t)
	return p
}

func (p *plane) connect(t *testing.T) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", p.kubeconfig)
	require.NoError(t, err)
	config.QPS = -1
	p.client, err = dynamic.NewForConfig(config)
	require.NoError(t, err)
	config.GroupVersion, config.NegotiatedSerializer = &schema.GroupVersion{Version: "v1"}, unstructuredSerializer
	p.raw, err = rest.UnversionedRESTClientFor(config)
	require.NoError(t, err)
}

// install applies the CRDs and makes the namespace.
func (p *plane) install(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "manifests", "crd", "adx-mon*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var crd unstructured.Unstructured
		require.NoError(t, yaml.Unmarshal(content, &crd.Object))
		_, err = p.client.Resource(crdResource).Create(t.Context(), &crd, metav1.CreateOptions{})
		require.NoError(t, err)
	}
	space := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": namespace}}}
	_, err = p.client.Resource(spaceResource).Create(t.Context(), space, metav1.CreateOptions{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := p.client.Resource(exporterResource).List(t.Context(), metav1.ListOptions{Limit: 1})
		return err == nil
	}, time.Minute, 100*time.Millisecond, "the CRDs do not take effect")
}

// exporterYAML is what each exporter is, of a size that is usual.
const exporterYAML = `
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: %[1]s, namespace: scale}
spec:
  database: DB
  interval: 1m
  criteria: {environment: [scale]}
  body: |
    T
    | where Timestamp between (_startTime .. _endTime)
    | where Service startswith "checkout" and Region == _region
    | summarize Value = avg(DurationMs) by Host, Region, Service
    | extend Exporter = "%[1]s"
  transform:
    defaultMetricName: %[2]s_duration_ms
    valueColumn: Value
    timestampColumn: Timestamp
    labelColumns: [Host, Region, Service]
`

// create makes exporters, many at a time.
func (p *plane) create(t *testing.T, n int) {
	t.Helper()
	var group errgroup.Group
	group.SetLimit(32)
	var done atomic.Int64
	for i := range n {
		group.Go(func() error {
			name := fmt.Sprintf("exporter-%05d", i)
			var object unstructured.Unstructured
			text := fmt.Sprintf(exporterYAML, name, fmt.Sprintf("exporter_%05d", i))
			if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
				return err
			}
			_, err := p.client.Resource(exporterResource).Namespace(namespace).Create(t.Context(), &object, metav1.CreateOptions{})
			if apierrors.IsAlreadyExists(err) {
				err = nil
			}
			done.Add(1)
			return err
		})
	}
	require.NoError(t, group.Wait())
	require.Equal(t, int64(n), done.Load())
}

// createLarge makes the exporter whose answers are large.
func (p *plane) createLarge(t *testing.T) {
	t.Helper()
	var object unstructured.Unstructured
	text := fmt.Sprintf(exporterYAML, "large", "large") + fmt.Sprintf("  limits: {maxRows: %d, maxSeries: %d}\n", largeRows, largeRows)
	require.NoError(t, yaml.Unmarshal([]byte(text), &object.Object))
	_, err := p.client.Resource(exporterResource).Namespace(namespace).Create(t.Context(), &object, metav1.CreateOptions{})
	require.NoError(t, err)
}

// exporters returns all exporters as they are stored.
func (p *plane) exporters(t *testing.T) []unstructured.Unstructured {
	t.Helper()
	var all []unstructured.Unstructured
	options := metav1.ListOptions{Limit: 1000}
	for {
		page, err := p.client.Resource(exporterResource).Namespace(namespace).List(t.Context(), options)
		require.NoError(t, err)
		all = append(all, page.Items...)
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return all
		}
	}
}

// requests returns the API server's own metrics.
func (p *plane) requests(t *testing.T) families {
	t.Helper()
	var body []byte
	require.Eventually(t, func() (ok bool) {
		var err error
		body, err = p.raw.Get().AbsPath("/metrics").DoRaw(t.Context())
		return err == nil
	}, 2*time.Minute, time.Second, "the API server does not tell its metrics")
	return parse(t, bytes.NewReader(body))
}

// sizeOf returns the size of an object as JSON, with its managed fields and without.
func sizeOf(t *testing.T, object *unstructured.Unstructured) (whole, stripped float64) {
	t.Helper()
	content, err := json.Marshal(object.Object)
	require.NoError(t, err)
	object = object.DeepCopy()
	object.SetManagedFields(nil)
	without, err := json.Marshal(object.Object)
	require.NoError(t, err)
	return float64(len(content)), float64(len(without))
}
