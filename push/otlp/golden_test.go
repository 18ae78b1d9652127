package otlp

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

var update = flag.Bool("update", false, "write the golden files; look at the difference before you keep it")

// TestGolden: the examples of the documentation, from the answer's rows to what a
// receiver reads. Its JSON is a sketch ("value" for "asDouble"), the numbers,
// times and attributes are these.
func TestGolden(t *testing.T) {
	at := time.Unix(0, 1640995200000000000)
	cases := map[string]struct {
		transform v1.TransformConfig
		columns   []query.Column
		rows      [][]query.Cell
	}{
		"simple.json": {
			v1.TransformConfig{
				MetricNameColumn: "metric_name", ValueColumn: "metric_value", TimestampColumn: "timestamp",
				LabelColumns: []string{"ServiceName", "Region"}, Help: "Average response time by service and region", Unit: "ms",
			},
			[]query.Column{
				{Name: "ServiceName", Type: query.String},
				{Name: "Region", Type: query.String},
				{Name: "timestamp", Type: query.DateTime},
				{Name: "metric_value", Type: query.Real},
				{Name: "metric_name", Type: query.String},
			},
			[][]query.Cell{
				{text("api-gateway"), text("us-east-1"), {Int: query.Ticks(at)}, {Real: 245.7}, text("service_response_time_avg")},
				{text("user-service"), text("us-west-2"), {Int: query.Ticks(at)}, {Real: 189.3}, text("service_response_time_avg")},
			},
		},
		"complex.json": {
			v1.TransformConfig{
				MetricNameColumn: "metric_name", ValueColumn: "Value", TimestampColumn: "StartTimeUTC",
				LabelColumns: []string{"LocationId", "CustomerResourceId", "Numerator", "Denominator", "EndTimeUTC"},
			},
			[]query.Column{
				{Name: "LocationId", Type: query.String},
				{Name: "CustomerResourceId", Type: query.String},
				{Name: "Value", Type: query.Real},
				{Name: "Numerator", Type: query.Long},
				{Name: "Denominator", Type: query.Long},
				{Name: "StartTimeUTC", Type: query.DateTime},
				{Name: "EndTimeUTC", Type: query.DateTime},
				{Name: "metric_name", Type: query.String},
			},
			[][]query.Cell{{
				text("datacenter-01"), text("customer-12345"),
				{Real: 0.987},
				{Int: 1974},
				{Int: 2000},
				{Int: query.Ticks(at)},
				{Int: query.Ticks(time.Date(2022, 1, 1, 10, 5, 0, 0, time.UTC))},
				text("success_rate_analytics"),
			}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var transformer metric.Transformer
			transformer.Reset(metric.NewCompiler(tc.transform, metric.Options{}), at)
			require.NoError(t, transformer.Columns(tc.columns))
			for _, row := range tc.rows {
				require.NoError(t, transformer.Row(row))
			}
			batch := transformer.Finish()

			e := NewEncoder([]Attribute{{"environment", "production"}, {"region", "eastus"}}, "1.0.0")
			e.Reset(batch)
			got := indentedJSON(t, e.Encode(Span{0, len(batch.Points)}))
			file := filepath.Join("testdata", name)
			if *update {
				require.NoError(t, os.WriteFile(file, got, 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
		})
	}
}

func text(s string) query.Cell { return query.Cell{Text: []byte(s)} }

// indentedJSON returns a request as JSON. The oracle's own layout changes from
// build to build on purpose.
func indentedJSON(t *testing.T, request []byte) []byte {
	data, err := protojson.Marshal(decode(t, request))
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, data, "", "  "))
	return append(out.Bytes(), '\n')
}
