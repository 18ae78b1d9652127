package offline_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
)

// latency averages what a service needs, per service and region.
const latency = `apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: latency, namespace: web}
spec:
  database: TelemetryDB
  interval: 1m
  criteria: {region: [eastus]}
  body: |
    Requests
    | where Timestamp between (_startTime .. _endTime) and Region == _region
    | summarize Value = avg(Ms) by Service, Timestamp = bin(Timestamp, 30s)
  transform:
    defaultMetricName: latency_ms
    valueColumn: Value
    timestampColumn: Timestamp
    labelColumns: [Service]
`

// errorCount counts rows of two clusters and of another database.
const errorCount = `apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: errors}
spec:
  database: Global
  interval: 1m
  ingestionDelay: 30s
  queryTimeout: 20s
  limits: {maxRows: 100, maxSeries: 2}
  body: |
    union cluster('east').TelemetryDB.Errors, cluster('west').database('TelemetryDB').Errors
    | where Timestamp between (_startTime .. _endTime)
    | join kind=inner (database('Inventory').Services) on Service
    | summarize Value = count() by Team, Timestamp = bin(Timestamp, 1m)
  transform: {defaultMetricName: errors, valueColumn: Value, timestampColumn: Timestamp, labelColumns: [Team]}
`

func validator(t testing.TB) *validation.Validator {
	t.Helper()
	v, err := validation.New()
	require.NoError(t, err)
	return v
}

func exporter(t testing.TB, text string) *v1.MetricsExporter {
	t.Helper()
	exporters, err := offline.ReadExporters(validator(t), "exporter.yaml", []byte(text))
	require.NoError(t, err)
	found, err := exporters.Pick("")
	require.NoError(t, err)
	return found
}

// files answers for the file system.
type files map[string]string

func (f files) read(name string) ([]byte, error) {
	content, found := f[name]
	if !found {
		return nil, os.ErrNotExist
	}
	return []byte(content), nil
}

func at(text string) time.Time {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return parsed
}
