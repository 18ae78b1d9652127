package apiserver

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// TestPages: all pages are of one version, whatever is written in between.
func TestPages(t *testing.T) {
	s := start(t, Options{})
	c := typed(t, s)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		require.NoError(t, c.Create(t.Context(), exporter(name)))
	}
	var first, second v1.MetricsExporterList
	require.NoError(t, c.List(t.Context(), &first, client.Limit(3)))
	require.Len(t, first.Items, 3)
	require.Equal(t, int64(2), *first.RemainingItemCount)
	require.NoError(t, c.Delete(t.Context(), exporter("e")))
	require.NoError(t, c.List(t.Context(), &second, client.Limit(3), client.Continue(first.Continue)))
	require.Len(t, second.Items, 2)
	require.Equal(t, "e", second.Items[1].Name)
	require.Equal(t, first.ResourceVersion, second.ResourceVersion)

	s.Store().Compact()
	err := c.List(t.Context(), &second, client.Continue(first.Continue))
	require.True(t, apierrors.IsResourceExpired(err), "%v", err)

	for selector, want := range map[string]int{"metadata.name=a": 1, "spec.database=DB": 4, "spec.database=Other": 0} {
		var list v1.MetricsExporterList
		require.NoError(t, c.List(t.Context(), &list, &client.ListOptions{Raw: &metav1.ListOptions{FieldSelector: selector}}))
		require.Len(t, list.Items, want, selector)
	}
	err = c.List(t.Context(), &second, &client.ListOptions{Raw: &metav1.ListOptions{FieldSelector: "spec.interval=1m"}})
	require.ErrorContains(t, err, "field label not supported: spec.interval")
}

// TestEventsOfBothGroups are the same events.
func TestEventsOfBothGroups(t *testing.T) {
	clients := clientset(t, start(t, Options{}))
	event := &eventsv1.Event{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "e"}, EventTime: metav1.NowMicro(),
		Regarding: corev1.ObjectReference{Kind: "MetricsExporter", Name: "latency"}, Reason: "Failed", Note: "a note", Type: "Warning",
		ReportingController: "adxexporter", ReportingInstance: "pod", Action: "Run",
		Series: &eventsv1.EventSeries{Count: 2, LastObservedTime: metav1.NowMicro()},
	}
	_, err := clients.EventsV1().Events("default").Create(t.Context(), event, metav1.CreateOptions{})
	require.NoError(t, err)
	list, err := clients.CoreV1().Events("default").List(t.Context(), metav1.ListOptions{FieldSelector: "involvedObject.name=latency"})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	old := list.Items[0]
	require.Equal(t, "a note", old.Message)
	require.Equal(t, int32(2), old.Series.Count)

	old.Message = "another"
	_, err = clients.CoreV1().Events("default").Update(t.Context(), &old, metav1.UpdateOptions{})
	require.NoError(t, err)
	again, err := clients.EventsV1().Events("default").Get(t.Context(), "e", metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, "another", again.Note)
	require.Equal(t, event.EventTime.UnixMicro(), again.EventTime.UnixMicro())
}

// TestTable is what kubectl shows.
func TestTable(t *testing.T) {
	s := start(t, Options{})
	require.NoError(t, typed(t, s).Create(t.Context(), exporter("latency")))
	ask := func(accept, include string) metav1.Table {
		body, err := clientset(t, s).CoreV1().RESTClient().Get().AbsPath("/apis/adx-mon.azure.com/v1/metricsexporters").
			SetHeader("Accept", accept).Param("includeObject", include).DoRaw(t.Context())
		require.NoError(t, err)
		var table metav1.Table
		require.NoError(t, json.Unmarshal(body, &table))
		return table
	}
	table := ask("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "")
	require.Equal(t, "Table", table.Kind)
	names := make([]string, len(table.ColumnDefinitions))
	for i, column := range table.ColumnDefinitions {
		names[i] = column.Name
	}
	require.Equal(t, []string{"Name", "Ready", "Reason", "Interval"}, names[:4])
	require.Equal(t, []any{"latency", nil, nil, "1m0s"}, table.Rows[0].Cells[:4])
	require.Contains(t, string(table.Rows[0].Object.Raw), "PartialObjectMetadata")
	require.NotContains(t, string(table.Rows[0].Object.Raw), `"spec"`)
	require.Contains(t, string(ask("application/json;as=Table;v=v1;g=meta.k8s.io", "Object").Rows[0].Object.Raw), `"spec"`)
	require.Empty(t, ask("application/json;as=Table;v=v1;g=meta.k8s.io", "None").Rows[0].Object.Raw)
}

// TestMediaTypes: what the server cannot write or read it refuses, so that clients
// fall back.
func TestMediaTypes(t *testing.T) {
	s := start(t, Options{})
	const exporters, leases = "/apis/adx-mon.azure.com/v1/metricsexporters", "/apis/coordination.k8s.io/v1/leases"
	cases := map[string]struct {
		reason, path, accept string
		code                 int
		contentType          string
	}{
		"None":            {"JSON is the default", leases, "", 200, "application/json"},
		"Any":             {"JSON is the default", exporters, "*/*", 200, "application/json"},
		"First":           {"the first one that can be had", leases, "application/cbor,application/vnd.kubernetes.protobuf,application/json", 200, "application/vnd.kubernetes.protobuf"},
		"CustomFallsBack": {"custom resources have no protobuf", exporters, "application/vnd.kubernetes.protobuf,application/json", 200, "application/json"},
		"CustomProtobuf":  {"custom resources have no protobuf", exporters, "application/vnd.kubernetes.protobuf", 406, "application/json"},
		"YAML":            {"for people", exporters, "application/yaml", 200, "application/yaml"},
		"Unknown":         {"there is no XML", leases, "application/xml", 406, "application/json"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://apiserver.invalid"+tc.path, http.NoBody)
			require.NoError(t, err)
			if tc.accept != "" {
				req.Header.Set("Accept", tc.accept)
			}
			response, err := transport{s}.RoundTrip(req)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, tc.code, response.StatusCode, tc.reason)
			require.Equal(t, tc.contentType, response.Header.Get("Content-Type"), tc.reason)
		})
	}
	_, err := clientset(t, s).CoreV1().RESTClient().Post().AbsPath("/apis/adx-mon.azure.com/v1/namespaces/default/metricsexporters").
		SetHeader("Content-Type", runtime.ContentTypeProtobuf).Body([]byte("k8s\x00")).DoRaw(t.Context())
	require.True(t, apierrors.IsUnsupportedMediaType(err), "%v", err)
}
