package demo

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed exporters/*.yaml
var exporters embed.FS

// Instance is one deployment of the demo: cluster labels and the exporters that
// are applied where it runs.
type Instance struct {
	Name string
	// Labels are as the design document prints them.
	Labels string
	// Exporters are files in exporters/.
	Exporters []string
	// Families are the metrics that its exporters give.
	Families []string
	// Databases are those it has an endpoint for, at the path Cluster of the
	// demo's Kusto.
	Databases []string
	Cluster   string
}

// Instances returns the demo's deployments.
func Instances() []Instance {
	return []Instance{
		{
			Name: "platform", Labels: "environment=production,team=platform,region=eastus",
			Exporters: []string{"use-case-1.yaml", "simple-example.yaml", "complex-example.yaml"},
			Families:  []string{"service_response_time_avg", "success_rate_analytics"},
			Databases: []string{"TelemetryDB", "AnalyticsDB"},
		},
		{
			Name: "production", Labels: "region=eastus,environment=production,team=platform",
			Exporters: []string{"crd-example.yaml"},
			Families:  []string{"service_response_time_avg"},
			Databases: []string{"TelemetryDB"},
		},
		{
			Name: "analytics", Labels: "team=analytics,data-classification=customer-approved,region=westus",
			Exporters: []string{"use-case-2.yaml"},
			Families:  []string{"customer_success_rate_premium", "customer_success_rate_standard"},
			Databases: []string{"AnalyticsDB"},
		},
		infrastructure("eastus"),
		infrastructure("westus"),
		infrastructure("europe"),
		{
			Name: "global", Labels: "scope=global,priority=high",
			Exporters: []string{"use-case-4.yaml"},
			Families:  []string{"global_error_count"},
			Databases: []string{"GlobalMetrics"},
		},
	}
}

// infrastructure is one of the three regions of use case 3, each with the data of
// its own region.
func infrastructure(region string) Instance {
	return Instance{
		Name: "infra-" + region, Labels: "role=infrastructure,region=" + region,
		Exporters: []string{"use-case-3.yaml"},
		Families:  []string{"node_cpu_utilization"},
		Databases: []string{"InfrastructureDB"},
		Cluster:   region,
	}
}

// Write puts the instance's exporters into a directory. Files that are there
// already stay: they may have been edited.
func (i Instance) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("cannot make the folder of instance %q: %w", i.Name, err)
	}
	for _, name := range i.Exporters {
		file := filepath.Join(dir, name)
		if _, err := os.Stat(file); err == nil {
			continue
		}
		content, err := exporters.ReadFile("exporters/" + name)
		if err != nil {
			return fmt.Errorf("cannot read exporter %q: %w", name, err)
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return fmt.Errorf("cannot write an exporter: %w", err)
		}
	}
	return nil
}
