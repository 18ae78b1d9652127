//go:build unix

package otlp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"

	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// benchSamples are the points of one window: a series each, four labels of about
// 25 bytes, values of full precision.
func benchSamples(n int) []batchtest.Sample {
	random := rand.New(rand.NewPCG(1, 1)) // the same values in every run
	samples := make([]batchtest.Sample, n)
	for i := range samples {
		samples[i] = batchtest.Sample{
			Name: "customer_impact_score",
			Labels: map[string]string{
				"CustomerResource": fmt.Sprintf("/subscriptions/resource-%06d", i),
				"Location":         fmt.Sprintf("azure-region-location-%02d", i%40),
				"ServiceName":      fmt.Sprintf("service-in-some-team-%03d", i%200),
				"Environment":      "production-environment-1",
			},
			Value: random.NormFloat64() * 1000,
			Time:  windowEnd,
		}
	}
	return samples
}

// encodeAll returns a function that encodes the samples' batch whole.
func encodeAll(t testing.TB, samples []batchtest.Sample) func() []byte {
	batch := batchtest.New(t, batchtest.Options{Help: "h"}, samples...)
	e := NewEncoder(nil, "")
	return func() []byte {
		e.Reset(batch)
		return e.Encode(Span{0, len(batch.Points)})
	}
}

func TestBenchEncode(t *testing.T) {
	benchline.Guard(t)
	const n, repeat = 10_000, 5
	samples := benchSamples(n)
	encode := encodeAll(t, samples)
	ours := func() {
		for range repeat {
			encode()
		}
	}
	pdata := func() {
		for range repeat {
			require.NotEmpty(t, pdataEncode(t, samples))
		}
	}
	require.Equal(t, decode(t, pdataEncode(t, samples)).ResourceMetrics[0].ScopeMetrics[0].Metrics[0].GetGauge().DataPoints[7].TimeUnixNano,
		decode(t, encode()).ResourceMetrics[0].ScopeMetrics[0].Metrics[0].GetGauge().DataPoints[7].TimeUnixNano)

	oursCPU, pdataCPU := benchline.Interleave(t, 11, ours, pdata)
	benchline.Report(t, "otlp_encode_10k_pdata", oursCPU/repeat, "pdata", pdataCPU/repeat, float64(pdataCPU)/float64(oursCPU), 7)

	sdk := sdkExport(t, samples)
	oursCPU, sdkCPU := benchline.Interleave(t, 11, ours, func() {
		for range repeat {
			sdk()
		}
	})
	benchline.Report(t, "otlp_encode_10k", oursCPU/repeat, "otlpmetrichttp", sdkCPU/repeat, float64(sdkCPU)/float64(oursCPU), 25)

	benchline.ReportLimit(t, "otlp_encode_10k_allocs", testing.AllocsPerRun(20, func() { encode() }), 0.5, "allocs")
}

// pdataEncode builds and marshals the samples with the Collector's own types.
func pdataEncode(t testing.TB, samples []batchtest.Sample) []byte {
	metrics := pmetric.NewMetrics()
	m := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(samples[0].Name)
	m.SetDescription("h")
	points := m.SetEmptyGauge().DataPoints()
	points.EnsureCapacity(len(samples))
	for _, s := range samples {
		p := points.AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(s.Time))
		p.SetDoubleValue(s.Value)
		p.Attributes().EnsureCapacity(len(s.Labels))
		for name, value := range s.Labels {
			p.Attributes().PutStr(name, value)
		}
	}
	data, err := pmetricotlp.NewExportRequestFromMetrics(metrics).MarshalProto()
	require.NoError(t, err)
	return data
}

// noNetwork answers every request at once, so that what is measured is the
// transform and the marshalling.
type noNetwork struct{}

func (noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.WriteHeader(http.StatusOK)
	response := w.Result()
	response.Request = r
	return response, r.Body.Close()
}

// sdkExport returns a function that exports the samples, ready as the SDK's data
// points, with the SDK's exporter.
func sdkExport(t *testing.T, samples []batchtest.Sample) func() {
	exporter, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithHTTPClient(&http.Client{Transport: noNetwork{}}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, exporter.Shutdown(context.Background())) })
	points := make([]metricdata.DataPoint[float64], len(samples))
	for i, s := range samples {
		var attributes []attribute.KeyValue
		for name, value := range s.Labels {
			attributes = append(attributes, attribute.String(name, value))
		}
		points[i] = metricdata.DataPoint[float64]{Attributes: attribute.NewSet(attributes...), Time: s.Time, Value: s.Value}
	}
	data := &metricdata.ResourceMetrics{
		Resource: resource.Empty(),
		ScopeMetrics: []metricdata.ScopeMetrics{{
			Scope: instrumentation.Scope{Name: "bench"},
			Metrics: []metricdata.Metrics{{
				Name: samples[0].Name, Description: "h", Data: metricdata.Gauge[float64]{DataPoints: points},
			}},
		}},
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, exporter.Export(ctx, data))
	}
}
