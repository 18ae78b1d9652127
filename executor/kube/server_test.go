package kube

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/manifests"
)

var exporterKind = v1.GroupVersion.WithKind("MetricsExporter")

// validator is compiled once.
var validator = sync.OnceValues(validation.New)

// server keeps objects as an API server would: a status is applied by the field
// manager that the API server has, over the CRD's list and map types, and meets
// the CRD's rules for a change. A UID in it is not looked at, as there. It is the reader and the writer of a Recorder.
type server struct {
	client.SubResourceWriter // the recorder has no business with its other methods

	fields    *managedfields.FieldManager
	validator *validation.Validator

	mu      sync.Mutex
	objects map[types.NamespacedName]*unstructured.Unstructured
	// patches are the applied ones, with the options of each.
	patches []applied
	// lost is what the next write says although it is done.
	lost error
	// down is what every call says.
	down error
}

type applied struct {
	patch *unstructured.Unstructured
	owner string
	force bool
}

func newServer(t testing.TB) *server {
	t.Helper()
	validator, err := validator()
	require.NoError(t, err)
	converter, err := managedfields.NewTypeConverter(map[string]*spec.Schema{"exporter": schemaOf(t)}, false)
	require.NoError(t, err)
	fields, err := managedfields.NewDefaultCRDFieldManager(converter, asIs{}, asIs{}, asIs{}, exporterKind, v1.GroupVersion, "status", nil)
	require.NoError(t, err)
	return &server{fields: fields, validator: validator, objects: map[types.NamespacedName]*unstructured.Unstructured{}}
}

// schemaOf returns the schema of the CRD that is installed in clusters.
func schemaOf(t testing.TB) *spec.Schema {
	t.Helper()
	doc, err := manifests.CRDs.ReadFile("crd/adx-mon.azure.com_metricsexporters.yaml")
	require.NoError(t, err)
	var crd apiextensionsv1.CustomResourceDefinition
	require.NoError(t, yaml.UnmarshalStrict(doc, &crd))
	var props apiextensions.JSONSchemaProps
	require.NoError(t, apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(
		crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil))
	tree, err := structural.NewStructural(&props)
	require.NoError(t, err)
	openAPI := tree.ToKubeOpenAPI()
	openAPI.Properties["metadata"] = *spec.MapProperty(nil)
	openAPI.AddExtension("x-kubernetes-group-version-kind", []any{map[string]any{
		"group": exporterKind.Group, "version": exporterKind.Version, "kind": exporterKind.Kind,
	}})
	return openAPI
}

// asIs converts nothing: there is one version, and objects stay unstructured.
type asIs struct{}

func (asIs) Convert(_, _, _ any) error { return errors.New("there is one version only") }

func (asIs) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	return in, nil
}

func (asIs) ConvertFieldLabel(schema.GroupVersionKind, string, string) (string, string, error) {
	return "", "", errors.New("there are no field labels")
}

func (asIs) Default(runtime.Object) {}

func (asIs) New(schema.GroupVersionKind) (runtime.Object, error) { return newExporter(), nil }

// exporterYAML is a valid exporter.
const exporterYAML = `
apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: latency, namespace: ns, uid: u1, generation: 1, creationTimestamp: "2026-11-23T10:00:00Z"}
spec:
  database: DB
  body: "T | where Time between (_startTime .. _endTime)"
  interval: 1m
  transform: {defaultMetricName: m, valueColumn: value, timestampColumn: time}
`

var latency = types.NamespacedName{Namespace: "ns", Name: "latency"}

// object returns the valid exporter with some fields replaced.
func object(t testing.TB, fields ...any) *unstructured.Unstructured {
	t.Helper()
	u := newExporter()
	asJSON, err := yaml.YAMLToJSON([]byte(exporterYAML))
	require.NoError(t, err)
	require.NoError(t, u.UnmarshalJSON(asJSON))
	for i := 0; i < len(fields); i += 2 {
		require.NoError(t, unstructured.SetNestedField(u.Object, fields[i+1], fields[i].([]string)...))
	}
	return u
}

func at(path ...string) []string { return path }

func (s *server) put(u *unstructured.Unstructured) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects[client.ObjectKeyFromObject(u)] = u
}

func (s *server) remove(key types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
}

func (s *server) status(t testing.TB) v1.MetricsExporterStatus {
	t.Helper()
	u := newExporter()
	require.NoError(t, s.Get(t.Context(), latency, u))
	return statusOf(u)
}

// Get implements client.Reader.
func (s *server) Get(ctx context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.down, ctx.Err()); err != nil {
		return err
	}
	found, ok := s.objects[key]
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Group: exporterKind.Group, Resource: "metricsexporters"}, key.Name)
	}
	found.DeepCopyInto(into.(*unstructured.Unstructured))
	return nil
}

// List implements client.Reader.
func (*server) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("nobody lists")
}

// Apply implements client.SubResourceWriter.
func (s *server) Apply(ctx context.Context, config runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption) error {
	var options client.SubResourceApplyOptions
	options.ApplyOpts(opts)
	content, err := json.Marshal(config)
	if err != nil {
		return err
	}
	patch := newExporter()
	if err := patch.UnmarshalJSON(content); err != nil {
		return err
	}
	live := newExporter()
	key := client.ObjectKeyFromObject(patch)
	if err := s.Get(ctx, key, live); err != nil {
		return err
	}
	force := options.Force != nil && *options.Force
	changed, err := s.fields.Apply(live, patch, options.FieldManager, force)
	if err != nil {
		return err
	}
	next := changed.(*unstructured.Unstructured)
	if errs := s.validator.UpdateStatus(next, live); len(errs) > 0 { //nolint:contextcheck // validation does not block
		return apierrors.NewInvalid(exporterKind.GroupKind(), key.Name, errs)
	}
	s.put(next)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.patches = append(s.patches, applied{patch, options.FieldManager, force})
	err, s.lost = s.lost, nil
	return err
}
