package demo

import (
	"fmt"
	"strings"
)

// Shared is what several replicas share out: the exporters of one cluster-label set.
type Shared struct {
	// Labels are the cluster labels of every replica.
	Labels string
	// Exporters are YAML documents.
	Exporters []string
	// Families are the metrics that they give.
	Families []string
	// Databases are those that a replica has an endpoint for.
	Databases []string
}

// statistics are what is asked of each service in short intervals.
var statistics = []string{"avg", "min", "max"}

// shortest is an exporter that soon shows who runs it.
const shortest = `apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata:
  name: SERVICE-STATISTIC
  namespace: monitoring
spec:
  database: TelemetryDB
  interval: 10s
  criteria:
    environment: ["production"]
  body: |
    ServiceTelemetry
    | where Timestamp between (_startTime .. _endTime)
    | where ServiceName == "SERVICE"
    | summarize value = STATISTIC(ResponseTimeMs), timestamp = max(Timestamp) by ServiceName
  transform:
    defaultMetricName: response_time_ms_STATISTIC
    valueColumn: value
    timestampColumn: timestamp
    labelColumns: ["ServiceName"]
`

// SharedExporters returns the design document's exporters for the platform team in
// production, and some with short intervals for each of its services.
func SharedExporters() (Shared, error) {
	platform := Instances()[0]
	s := Shared{Labels: platform.Labels, Databases: platform.Databases, Families: platform.Families}
	for _, name := range platform.Exporters {
		content, err := exporters.ReadFile("exporters/" + name)
		if err != nil {
			return Shared{}, fmt.Errorf("cannot read exporter %q: %w", name, err)
		}
		s.Exporters = append(s.Exporters, string(content))
	}
	for _, statistic := range statistics {
		s.Families = append(s.Families, "response_time_ms_"+statistic)
		for _, service := range services {
			s.Exporters = append(s.Exporters, strings.NewReplacer("SERVICE", service, "STATISTIC", statistic).Replace(shortest))
		}
	}
	return s, nil
}
