package apiserver

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/manifests"
)

func start(t testing.TB, options Options) *Server {
	t.Helper()
	options.CRDs = manifests.CRDs
	s, err := New(options)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func clientset(t testing.TB, s *Server) kubernetes.Interface {
	t.Helper()
	c, err := kubernetes.NewForConfig(s.RESTConfig())
	require.NoError(t, err)
	return c
}

func scheme(t testing.TB) *runtime.Scheme {
	t.Helper()
	all := runtime.NewScheme()
	require.NoError(t, clientscheme.AddToScheme(all))
	require.NoError(t, v1.AddToScheme(all))
	return all
}

func typed(t testing.TB, s *Server) client.WithWatch {
	t.Helper()
	c, err := client.NewWithWatch(s.RESTConfig(), client.Options{Scheme: scheme(t)})
	require.NoError(t, err)
	return c
}

// exporter returns a valid exporter.
func exporter(name string) *v1.MetricsExporter {
	e := &v1.MetricsExporter{}
	e.Namespace, e.Name = "default", name
	e.Spec = v1.MetricsExporterSpec{
		Database: "DB", Body: "T | where Time between (_startTime .. _endTime)", Interval: metav1.Duration{Duration: time.Minute},
		Transform: v1.TransformConfig{DefaultMetricName: "m", ValueColumn: "value", TimestampColumn: "time"},
	}
	return e
}

func lease(name, holder string) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder},
	}
}

// TestLeaseOverProtobuf is what client-go does by default with built-in types.
func TestLeaseOverProtobuf(t *testing.T) {
	var asked atomic.Value
	s := start(t, Options{Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			asked.Store(req.Header.Get("Accept"))
			next.ServeHTTP(w, req)
		})
	}})
	config := s.RESTConfig()
	config.ContentType, config.AcceptContentTypes = runtime.ContentTypeProtobuf, runtime.ContentTypeProtobuf
	clients, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	leases := clients.CoordinationV1().Leases("default")

	made, err := leases.Create(t.Context(), lease("a", "me"), metav1.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, runtime.ContentTypeProtobuf, asked.Load())
	require.NotEmpty(t, made.UID)
	require.Equal(t, "me", *made.Spec.HolderIdentity)

	_, err = leases.Create(t.Context(), lease("a", "you"), metav1.CreateOptions{})
	require.True(t, apierrors.IsAlreadyExists(err), "%v", err)

	mine, yours := made.DeepCopy(), made.DeepCopy()
	mine.Labels = map[string]string{"is": "mine"}
	updated, err := leases.Update(t.Context(), mine, metav1.UpdateOptions{})
	require.NoError(t, err)
	_, err = leases.Update(t.Context(), yours, metav1.UpdateOptions{})
	require.True(t, apierrors.IsConflict(err), "%v", err)
	require.EqualError(t, err, `Operation cannot be fulfilled on leases.coordination.k8s.io "a": the object has been modified; please apply your changes to the latest version and try again`)

	blind := lease("a", "you")
	_, err = leases.Update(t.Context(), blind, metav1.UpdateOptions{})
	require.True(t, apierrors.IsInvalid(err), "%v", err)

	list, err := leases.List(t.Context(), metav1.ListOptions{LabelSelector: "is=mine"})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	require.Equal(t, *updated, list.Items[0])
	list, err = leases.List(t.Context(), metav1.ListOptions{LabelSelector: "is=yours"})
	require.NoError(t, err)
	require.Empty(t, list.Items)

	require.NoError(t, leases.Delete(t.Context(), "a", *metav1.NewPreconditionDeleteOptions(string(made.UID))))
	_, err = leases.Get(t.Context(), "a", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
}

// TestRefusals compares what the server refuses with what a cluster says.
func TestRefusals(t *testing.T) {
	c := typed(t, start(t, Options{}))
	there := exporter("there")
	require.NoError(t, c.Create(t.Context(), there))
	edited := func(edit func(e *v1.MetricsExporter)) *v1.MetricsExporter {
		e := exporter("new")
		edit(e)
		return e
	}
	cases := map[string]struct {
		reason string
		do     func() error
		is     func(error) bool
		want   string
	}{
		"Schema": {
			"the schema's pattern and a rule find the same fault",
			func() error {
				return c.Patch(t.Context(), there.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"interval":"often"}}`)))
			},
			apierrors.IsInvalid, `spec.interval in body should match`,
		},
		"Rule": {
			"a CEL rule speaks in its own words",
			func() error {
				return c.Create(t.Context(), edited(func(e *v1.MetricsExporter) { e.Spec.Transform.DefaultMetricName = "" }))
			},
			apierrors.IsInvalid, `set metricNameColumn or defaultMetricName`,
		},
		"Name": {
			"names are checked for custom resources too",
			func() error { return c.Create(t.Context(), exporter("Not_A_Name")) },
			apierrors.IsInvalid, `a lowercase RFC 1123 subdomain must consist of`,
		},
		"Namespace": {
			"there is nothing outside of a namespace",
			func() error {
				return c.Create(t.Context(), edited(func(e *v1.MetricsExporter) { e.Namespace = "nowhere" }))
			},
			apierrors.IsNotFound, `namespaces "nowhere" not found`,
		},
		"Unconditional": {
			"an update of a custom resource says what it is based on",
			func() error { return c.Update(t.Context(), exporter("there")) },
			apierrors.IsInvalid, `metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
		},
		"Strict": {
			"an unknown field is refused if the client wants so",
			func() error {
				return c.Patch(t.Context(), there.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"bogus":1}}`)), client.FieldValidation("Strict"))
			},
			apierrors.IsBadRequest, `strict decoding error: unknown field "spec.bogus"`,
		},
		"UID": {
			"an object does not become another one",
			func() error {
				return c.Patch(t.Context(), there.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"uid":"u2"}}`)))
			},
			apierrors.IsInvalid, `metadata.uid: Invalid value: "u2": field is immutable`,
		},
		"StrategicMerge": {
			"there is none for custom resources",
			func() error {
				return c.Patch(t.Context(), there.DeepCopy(), client.RawPatch(types.StrategicMergePatchType, []byte(`{}`)))
			},
			apierrors.IsUnsupportedMediaType, `unknown format`,
		},
		"DryRun": {
			"what is to be tried only must not be done",
			func() error { return c.Create(t.Context(), exporter("dry"), client.DryRunAll) },
			apierrors.IsBadRequest, `dryRun is not supported`,
		},
		"Group": {
			"what is not served is not found",
			func() error {
				u := &unstructured.Unstructured{}
				u.SetAPIVersion("apps/v1")
				u.SetKind("Deployment")
				return c.Get(t.Context(), types.NamespacedName{Namespace: "default", Name: "x"}, u)
			},
			func(err error) bool { return strings.Contains(err.Error(), "no matches for kind") }, `Deployment`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := tc.do()
			require.ErrorContains(t, err, tc.want, tc.reason)
			require.True(t, tc.is(err), "%s: %v", tc.reason, err)
		})
	}
}

func TestFinalizers(t *testing.T) {
	c := typed(t, start(t, Options{}))
	e := exporter("held")
	e.Finalizers = []string{"test/hold"}
	require.NoError(t, c.Create(t.Context(), e))
	require.NoError(t, c.Delete(t.Context(), e))
	require.NoError(t, c.Get(t.Context(), client.ObjectKeyFromObject(e), e))
	require.NotNil(t, e.DeletionTimestamp)
	e.Finalizers = nil
	require.NoError(t, c.Update(t.Context(), e))
	require.True(t, apierrors.IsNotFound(c.Get(t.Context(), client.ObjectKeyFromObject(e), e)))
}

// TestNamespaceTakesItsObjectsAlong, as does a CRD.
func TestNamespaceTakesItsObjectsAlong(t *testing.T) {
	s := start(t, Options{})
	c := typed(t, s)
	require.NoError(t, c.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ns"}}))
	inside := exporter("inside")
	inside.Namespace = "ns"
	require.NoError(t, c.Create(t.Context(), inside))
	require.NoError(t, c.Create(t.Context(), exporter("outside")))
	require.NoError(t, c.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ns"}}))
	var list v1.MetricsExporterList
	require.NoError(t, c.List(t.Context(), &list))
	require.Len(t, list.Items, 1)
	require.Equal(t, "outside", list.Items[0].Name)

	require.NoError(t, clientset(t, s).CoreV1().RESTClient().Delete().
		AbsPath("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/metricsexporters.adx-mon.azure.com").Do(t.Context()).Error())
	require.True(t, apierrors.IsNotFound(c.List(t.Context(), &list)))
	require.NoError(t, s.installAll(fstest.MapFS{"crd.yaml": &fstest.MapFile{Data: exporterCRD(t)}}))
	require.NoError(t, c.List(t.Context(), &list))
	require.Empty(t, list.Items)
}

func exporterCRD(t *testing.T) []byte {
	t.Helper()
	crd, err := manifests.CRDs.ReadFile("crd/adx-mon.azure.com_metricsexporters.yaml")
	require.NoError(t, err)
	return crd
}

// TestAbort: a middleware breaks answers off as a proxy would.
func TestAbort(t *testing.T) {
	s := start(t, Options{Middleware: func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("{"))
			panic(http.ErrAbortHandler)
		})
	}})
	_, err := clientset(t, s).CoreV1().Namespaces().Get(t.Context(), "default", metav1.GetOptions{})
	require.ErrorContains(t, err, "unexpected EOF")
}

func TestVersionSaysThatItIsAStandIn(t *testing.T) {
	info, err := clientset(t, start(t, Options{})).Discovery().ServerVersion()
	require.NoError(t, err)
	require.Equal(t, "v1.37.2+adxexporter-demo", info.GitVersion)
}
