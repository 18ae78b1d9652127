package apiserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

const (
	exportersPath  = "/apis/adx-mon.azure.com/v1/namespaces/default/metricsexporters"
	configMapsPath = "/api/v1/namespaces/default/configmaps"
	leasesPath     = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
	crdsPath       = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

	jsonPatch  = string(types.JSONPatchType)
	mergePatch = string(types.MergePatchType)
	applyPatch = string(types.ApplyYAMLPatchType)
)

// send asks the server without a client library in between.
func send(t *testing.T, s *Server, method, path, contentType string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, body)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, req)
	return answer
}

// withObjects returns a server with an exporter and a ConfigMap, both named there.
func withObjects(t *testing.T) *Server {
	t.Helper()
	s := start(t, Options{})
	c := typed(t, s)
	require.NoError(t, c.Create(t.Context(), exporter("there")))
	require.NoError(t, c.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "there"}}))
	return s
}

// TestBadRequests: what cannot be understood is refused with a Status, and nothing
// is written.
func TestBadRequests(t *testing.T) {
	s := withObjects(t)
	before := s.Store().ResourceVersion()
	const (
		there  = exportersPath + "/there"
		config = configMapsPath + "/there"
	)
	cases := map[string]struct {
		reason, method, path, contentType, body string
		code                                    int
		want                                    string
	}{
		"NoPath":             {"there is nothing", "GET", "/nothing", "", "", 404, "could not find the requested resource"},
		"NoGroup":            {"there is no such group", "GET", "/apis/batch", "", "", 404, "could not find the requested resource"},
		"NoDescription":      {"there is no such version", "GET", "/openapi/v3/apis/batch/v1", "", "", 404, "could not find the requested resource"},
		"TooDeep":            {"no path is that long", "GET", there + "/status/more", "", "", 404, "could not find the requested resource"},
		"NoSubresource":      {"there is one subresource only", "GET", there + "/scale", "", "", 404, "could not find the requested resource"},
		"NoStatus":           {"ConfigMaps have none", "GET", config + "/status", "", "", 404, "could not find the requested resource"},
		"NoNamespace":        {"an exporter is in one", "GET", "/apis/adx-mon.azure.com/v1/metricsexporters/there", "", "", 404, "could not find the requested resource"},
		"MethodOfOne":        {"one object is not posted to", "POST", there, "", "{}", 405, "not supported"},
		"MethodOfAll":        {"a collection is not replaced", "PUT", exportersPath, "", "{}", 405, "not supported"},
		"ReviewIsNotKept":    {"nothing is there to be listed", "GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "", "", 405, "not supported"},
		"Labels":             {"no selector", "GET", exportersPath + "?labelSelector=a%3D%3D%3D", "", "", 400, "found"},
		"Fields":             {"no selector", "GET", exportersPath + "?fieldSelector=a", "", "", 400, "invalid selector"},
		"Limit":              {"no number", "GET", exportersPath + "?limit=many", "", "", 400, "limit:"},
		"Initial":            {"that is for watches", "GET", exportersPath + "?sendInitialEvents=true", "", "", 400, "forbidden for list"},
		"MatchOfNothing":     {"there is no version to match", "GET", exportersPath + "?resourceVersionMatch=Exact", "", "", 400, "unless resourceVersion is provided"},
		"MatchOfAny":         {"0 is no exact version", "GET", exportersPath + "?resourceVersionMatch=Exact&resourceVersion=0", "", "", 400, "is forbidden for resourceVersion"},
		"MatchUnknown":       {"there are two ways to match", "GET", exportersPath + "?resourceVersionMatch=Near&resourceVersion=1", "", "", 400, "supported values"},
		"Future":             {"that has not happened yet", "GET", exportersPath + "?resourceVersion=999999", "", "", 504, "Too large resource version"},
		"WatchLabels":        {"no selector", "GET", exportersPath + "?watch=1&labelSelector=a%3D%3D%3D", "", "", 400, "found"},
		"WatchTimeout":       {"no number", "GET", exportersPath + "?watch=1&timeoutSeconds=long", "", "", 400, "timeoutSeconds:"},
		"WatchMatch":         {"initial events are of some version", "GET", exportersPath + "?watch=1&sendInitialEvents=true", "", "", 422, "requires setting resourceVersionMatch"},
		"WatchNoInitial":     {"there is nothing to match", "GET", exportersPath + "?watch=1&resourceVersionMatch=NotOlderThan", "", "", 422, "unless sendInitialEvents is provided"},
		"WatchNoBookmarks":   {"the end could not be marked", "GET", exportersPath + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", "", "", 422, "requires allowWatchBookmarks"},
		"WatchFuture":        {"that has not happened yet", "GET", exportersPath + "?watch=1&resourceVersion=999999", "", "", 504, "Too large resource version"},
		"WatchInitialFuture": {"that has not happened yet", "GET", exportersPath + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1&resourceVersion=999999", "", "", 504, "Too large resource version"},
		"CreateNoJSON":       {"it ends too soon", "POST", configMapsPath, "", "{", 400, "unexpected"},
		"CreateMedia":        {"there is no XML", "POST", configMapsPath, "application/xml", "<a/>", 415, "unknown format"},
		"CreateKind":         {"a Secret is no ConfigMap", "POST", configMapsPath, "", `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}`, 400, "does not match the expected API version"},
		"CreateElsewhere":    {"the path says where", "POST", configMapsPath, "", `{"metadata":{"name":"x","namespace":"kube-system"}}`, 400, "namespace of the provided object does not match"},
		"CreateMeta":         {"labels are no list", "POST", exportersPath, "", `{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter","metadata":{"name":"x","labels":["a"]}}`, 400, "cannot read metadata"},
		"CreateNoMeta":       {"metadata is no text", "POST", exportersPath, "", `{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter","metadata":"x"}`, 400, ""},
		"UpdateNoJSON":       {"it ends too soon", "PUT", config, "", "{", 400, "unexpected"},
		"UpdateNamesake":     {"the path says which", "PUT", config, "", `{"metadata":{"name":"other"}}`, 400, "does not match the name on the URL"},
		"UpdateGone":         {"there is nothing to update", "PUT", configMapsPath + "/gone", "", `{"metadata":{"name":"gone"}}`, 404, "not found"},
		"PatchMedia":         {"a patch says what it is", "PATCH", config, "", "{}", 400, "mime"},
		"PatchSteps":         {"no list of steps", "PATCH", config, jsonPatch, "{}", 400, "cannot unmarshal"},
		"PatchTest":          {"the test fails", "PATCH", config, jsonPatch, `[{"op":"test","path":"/metadata/name","value":"other"}]`, 422, "testing value"},
		"PatchMerge":         {"no JSON", "PATCH", config, mergePatch, `{`, 400, "Invalid JSON"},
		"PatchStrategic":     {"no JSON", "PATCH", config, string(types.StrategicMergePatchType), `{`, 400, "nvalid JSON"},
		"PatchResult":        {"what comes of it is no ConfigMap", "PATCH", config, mergePatch, `{"data":3}`, 400, "cannot unmarshal"},
		"PatchName":          {"an object keeps its name", "PATCH", config, mergePatch, `{"metadata":{"name":"other"}}`, 400, "does not match the name on the URL"},
		"PatchGone":          {"there is nothing to patch", "PATCH", configMapsPath + "/gone", mergePatch, `{}`, 404, "not found"},
		"ApplyNobody":        {"an applier says who he is", "PATCH", config, applyPatch, "{}", 422, "is required for apply patch"},
		"ApplyNoYAML":        {"no YAML", "PATCH", config + "?fieldManager=me", applyPatch, "a: b: c", 400, "error decoding patch"},
		"ApplyNoKind":        {"no object", "PATCH", config + "?fieldManager=me", applyPatch, "a: b", 400, "error decoding patch"},
		"ApplyUnknown":       {"there is no such field", "PATCH", config + "?fieldManager=me", applyPatch, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"there"},"bogus":1}`, 500, "field not declared in schema"},
		"ApplyName":          {"the path says which", "PATCH", configMapsPath + "/new?fieldManager=me", applyPatch, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"other"}}`, 400, "does not match the name on the URL"},
		"ApplyUID":           {"that one is gone", "PATCH", configMapsPath + "/new?fieldManager=me", applyPatch, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"new","uid":"u1"}}`, 409, "uid mismatch"},
		"ApplyVersion":       {"that one is gone", "PATCH", configMapsPath + "/new?fieldManager=me", applyPatch, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"new","resourceVersion":"2"}}`, 409, "the object has been deleted"},
		"ApplyStatusOfNone":  {"a status alone is nothing", "PATCH", exportersPath + "/new/status?fieldManager=me", applyPatch, `{"apiVersion":"adx-mon.azure.com/v1","kind":"MetricsExporter","metadata":{"name":"new"}}`, 404, "not found"},
		"DeleteGone":         {"there is nothing to delete", "DELETE", configMapsPath + "/gone", "", "", 404, "not found"},
		"DeleteMedia":        {"there is no XML", "DELETE", config, "application/xml", "<a/>", 415, "unknown format"},
		"DeleteNoOptions":    {"no options", "DELETE", config, "", `"x"`, 400, "cannot unmarshal"},
		"DeleteProtobuf":     {"no options", "DELETE", config, "application/vnd.kubernetes.protobuf", "k8s", 400, "provided data"},
		"DeleteDryRun":       {"what is to be tried only must not be done", "DELETE", config, "", `{"dryRun":["All"]}`, 400, "dryRun is not supported"},
		"DeleteNamesake":     {"another one is meant", "DELETE", config, "", `{"preconditions":{"uid":"u9"}}`, 409, "UID in precondition"},
		"DeleteAllDryRun":    {"what is to be tried only must not be done", "DELETE", configMapsPath, "", `{"dryRun":["All"]}`, 400, "dryRun is not supported"},
		"DeleteAllLabels":    {"no selector, so nothing is meant", "DELETE", configMapsPath + "?labelSelector=a%3D%3D%3D", "", "", 400, "found"},
		"DeleteAllFuture":    {"that has not happened yet", "DELETE", configMapsPath + "?resourceVersion=999999", "", "", 504, "Too large resource version"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			answer := send(t, s, tc.method, tc.path, tc.contentType, strings.NewReader(tc.body))
			require.Equal(t, tc.code, answer.Code, "%s: %s", tc.reason, answer.Body)
			var said metav1.Status
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &said))
			require.Equal(t, metav1.StatusFailure, said.Status)
			require.Contains(t, said.Message, tc.want, tc.reason)
			require.Equal(t, before, s.Store().ResourceVersion(), "nothing is written")
		})
	}
}

// TestBodies: every way to write gives up on a body that is too long or breaks off.
func TestBodies(t *testing.T) {
	s := withObjects(t)
	ways := map[string]struct{ method, path, contentType string }{
		"Create": {"POST", configMapsPath, ""},
		"Update": {"PUT", configMapsPath + "/there", ""},
		"Patch":  {"PATCH", configMapsPath + "/there", mergePatch},
		"Delete": {"DELETE", configMapsPath + "/there", ""},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			long := send(t, s, way.method, way.path, way.contentType, bytes.NewReader(make([]byte, maxBody+1)))
			require.Equal(t, http.StatusRequestEntityTooLarge, long.Code, "%s", long.Body)
			broken := send(t, s, way.method, way.path, way.contentType, iotest.ErrReader(errors.New("cut off")))
			require.Equal(t, http.StatusBadRequest, broken.Code, "%s", broken.Body)
			require.Contains(t, broken.Body.String(), "cannot read the body: cut off")
		})
	}
}

// TestUnknownFields: they are dropped, and the client hears of it as it wants.
func TestUnknownFields(t *testing.T) {
	s := withObjects(t)
	cases := map[string]struct {
		reason, path, body string
		code               int
		warnings           []string
	}{
		"BuiltinWarns":    {"that is the default", configMapsPath, `{"metadata":{"name":"a"},"bogus":1}`, 201, []string{`299 - "unknown field \"bogus\""`}},
		"BuiltinIgnores":  {"the client does not care", configMapsPath + "?fieldValidation=Ignore", `{"metadata":{"name":"b"},"bogus":1}`, 201, nil},
		"BuiltinRefuses":  {"the client wants to know", configMapsPath + "?fieldValidation=Strict", `{"metadata":{"name":"c"},"bogus":1}`, 400, nil},
		"BuiltinRepeated": {"the last one counts", configMapsPath, `{"metadata":{"name":"d"},"immutable":true,"immutable":false}`, 201, []string{`299 - "duplicate field \"immutable\""`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			answer := send(t, s, "POST", tc.path, "", strings.NewReader(tc.body))
			require.Equal(t, tc.code, answer.Code, "%s: %s", tc.reason, answer.Body)
			require.Equal(t, tc.warnings, answer.Header().Values("Warning"), tc.reason)
			require.NotContains(t, answer.Body.String(), `"bogus":1`)
		})
	}
	answer := send(t, s, "PATCH", exportersPath+"/there", mergePatch, strings.NewReader(`{"metadata":{"colour":"red"},"spec":{"bogus":1}}`))
	require.Equal(t, http.StatusOK, answer.Code, "%s", answer.Body)
	require.Equal(t, []string{`299 - "unknown field \"colour\""`, `299 - "unknown field \"spec.bogus\""`}, answer.Header().Values("Warning"))
}

// TestPatches: each kind of patch does what it is for.
func TestPatches(t *testing.T) {
	s := withObjects(t)
	cases := []struct{ name, contentType, patch, want string }{
		{"Merge", mergePatch, `{"data":{"a":"1","b":"2"}}`, `{"a":"1","b":"2"}`},
		{"Steps", jsonPatch, `[{"op":"test","path":"/data/a","value":"1"},{"op":"remove","path":"/data/a"}]`, `{"b":"2"}`},
		{"Strategic", string(types.StrategicMergePatchType), `{"data":{"b":null,"c":"3"}}`, `{"c":"3"}`},
		{"Apply", applyPatch, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: there}\ndata: {d: '4'}", `{"c":"3","d":"4"}`},
		{"ApplyAgain", applyPatch, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: there}\ndata: {e: '5'}", `{"c":"3","e":"5"}`},
	}
	for _, tc := range cases { // one after the other
		t.Run(tc.name, func(t *testing.T) {
			answer := send(t, s, "PATCH", configMapsPath+"/there?fieldManager=me", tc.contentType, strings.NewReader(tc.patch))
			require.Equal(t, http.StatusOK, answer.Code, "%s", answer.Body)
			var got struct{ Data json.RawMessage }
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &got))
			require.JSONEq(t, tc.want, string(got.Data))
		})
	}
}

// TestDeleteCollection removes what is selected, and nothing else.
func TestDeleteCollection(t *testing.T) {
	s := start(t, Options{})
	c := typed(t, s)
	for name, team := range map[string]string{"a": "red", "b": "blue", "c": "red"} {
		e := exporter(name)
		e.Labels = map[string]string{"team": team}
		if name == "c" {
			e.Finalizers = []string{"test/hold"}
		}
		require.NoError(t, c.Create(t.Context(), e))
	}
	require.NoError(t, c.DeleteAllOf(t.Context(), &v1.MetricsExporter{}, client.InNamespace("default"), client.MatchingLabels{"team": "red"}))
	var left v1.MetricsExporterList
	require.NoError(t, c.List(t.Context(), &left))
	require.Len(t, left.Items, 2)
	require.Equal(t, "b", left.Items[0].Name)
	require.Nil(t, left.Items[0].DeletionTimestamp)
	require.Equal(t, "c", left.Items[1].Name)
	require.NotNil(t, left.Items[1].DeletionTimestamp, "it is held")

	answer := send(t, s, "DELETE", exportersPath+"?labelSelector=team%3Dblue", "", http.NoBody)
	require.Equal(t, http.StatusOK, answer.Code)
	var gone v1.MetricsExporterList
	require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &gone))
	require.Len(t, gone.Items, 1, "the answer is what was there")
	require.Equal(t, "b", gone.Items[0].Name)
}

// TestMetadataOnly is what caches ask for that need no more.
func TestMetadataOnly(t *testing.T) {
	c := typed(t, withObjects(t))
	kind := v1.GroupVersion.WithKind("MetricsExporter")
	one := &metav1.PartialObjectMetadata{}
	one.SetGroupVersionKind(kind)
	require.NoError(t, c.Get(t.Context(), types.NamespacedName{Namespace: "default", Name: "there"}, one))
	require.Equal(t, "there", one.Name)

	require.NoError(t, c.Create(t.Context(), exporter("too")))
	all := &metav1.PartialObjectMetadataList{}
	all.SetGroupVersionKind(v1.GroupVersion.WithKind("MetricsExporterList"))
	require.NoError(t, c.List(t.Context(), all, client.Limit(1)))
	require.Len(t, all.Items, 1)
	require.Equal(t, one.UID, all.Items[0].UID)
	require.NotEmpty(t, all.ResourceVersion)
	require.NotEmpty(t, all.Continue)
	require.Equal(t, int64(1), *all.RemainingItemCount)

	w, err := c.Watch(t.Context(), all)
	require.NoError(t, err)
	defer w.Stop()
	require.Equal(t, "ADDED there", next(t, w))
}

// TestExactList: a limit and a version mean that version, as does a match.
func TestExactList(t *testing.T) {
	s := start(t, Options{})
	c := typed(t, s)
	require.NoError(t, c.Create(t.Context(), exporter("a")))
	then := s.Store().ResourceVersion()
	require.NoError(t, c.Create(t.Context(), exporter("b")))
	cases := map[string]struct {
		reason, query string
		want          int
	}{
		"Exact":        {"as it was", "&resourceVersionMatch=Exact", 1},
		"Limit":        {"as it was", "&limit=5", 1},
		"NotOlderThan": {"as it is", "&resourceVersionMatch=NotOlderThan", 2},
		"LimitAtLeast": {"the match counts", "&resourceVersionMatch=NotOlderThan&limit=5", 2},
		"Default":      {"as it is", "", 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			answer := send(t, s, "GET", exportersPath+"?resourceVersion="+then+tc.query, "", http.NoBody)
			require.Equal(t, http.StatusOK, answer.Code, "%s", answer.Body)
			var list v1.MetricsExporterList
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &list))
			require.Len(t, list.Items, tc.want, tc.reason)
		})
	}
}

// TestPagesOfDiscovery are what probes and clients ask for first.
func TestPagesOfDiscovery(t *testing.T) {
	s := start(t, Options{})
	for path, want := range map[string]string{
		"/healthz":                   "ok",
		"/readyz":                    "ok",
		"/api":                       `"versions":["v1"]`,
		"/apis/coordination.k8s.io":  `"preferredVersion":{"groupVersion":"coordination.k8s.io/v1"`,
		"/openapi/v3":                `"/openapi/v3/apis/coordination.k8s.io/v1"`,
		"/openapi/v3/api/v1":         `"/api/v1/namespaces/{namespace}/pods/{name}"`,
		"/apis/adx-mon.azure.com/v1": `"name":"metricsexporters/status"`,
	} {
		answer := send(t, s, "GET", path, "", http.NoBody)
		require.Equal(t, http.StatusOK, answer.Code, path)
		require.Contains(t, answer.Body.String(), want, path)
	}
	s.Close()
	answer := send(t, s, "GET", "/healthz", "", http.NoBody)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
}

// TestNamesOfRoles have colons in them, but are part of a path all the same.
func TestNamesOfRoles(t *testing.T) {
	s := start(t, Options{})
	for name, code := range map[string]int{"system:reader": 201, "..": 422, "a/b": 422, "a%b": 422} {
		answer := send(t, s, "POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", "", strings.NewReader(`{"metadata":{"name":"`+name+`"}}`))
		require.Equal(t, code, answer.Code, "%s: %s", name, answer.Body)
	}
}

// TestCRDsThatCannotBeServed are refused when they are written, and when they are to
// be installed from the start.
func TestCRDsThatCannotBeServed(t *testing.T) {
	cases := map[string]struct {
		reason string
		edit   func(*apiextensionsv1.CustomResourceDefinition)
		want   string
	}{
		"Name":      {"it is made of plural and group", func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Name = "other.adx-mon.azure.com" }, "must be spec.names.plural"},
		"NotStored": {"nothing could be kept", func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Spec.Versions[0].Storage = false }, "no version is stored"},
		"NoSchema":  {"nothing could be checked", func(crd *apiextensionsv1.CustomResourceDefinition) { crd.Spec.Versions[0].Schema = nil }, "cannot find schema"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			crd := &apiextensionsv1.CustomResourceDefinition{}
			require.NoError(t, yaml.Unmarshal(exporterCRD(t), crd))
			tc.edit(crd)
			text, err := json.Marshal(crd)
			require.NoError(t, err)
			s, err := New(Options{})
			require.NoError(t, err)
			defer s.Close()
			answer := send(t, s, "POST", crdsPath, "", bytes.NewReader(text))
			require.Equal(t, http.StatusUnprocessableEntity, answer.Code, "%s: %s", tc.reason, answer.Body)
			require.Contains(t, answer.Body.String(), tc.want)
			require.Equal(t, http.StatusNotFound, send(t, s, "GET", exportersPath, "", http.NoBody).Code)

			_, err = New(Options{CRDs: fstest.MapFS{"crd.yaml": &fstest.MapFile{Data: text}}})
			require.ErrorContains(t, err, `cannot install CRD "crd.yaml"`)
			require.True(t, apierrors.IsInvalid(err), "%v", err)
		})
	}
	_, err := New(Options{CRDs: fstest.MapFS{"crd.yaml": &fstest.MapFile{Data: []byte("spec: {bogus: 1}")}}})
	require.ErrorContains(t, err, `cannot parse CRD "crd.yaml"`)
	s, err := New(Options{CRDs: fstest.MapFS{"README.md": &fstest.MapFile{Data: []byte("no CRD")}}})
	require.NoError(t, err, "other files are left alone")
	s.Close()
}
