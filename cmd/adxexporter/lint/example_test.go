package lint_test

import (
	"fmt"
	"os"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint"
)

func ExampleRun() {
	manifest := `apiVersion: adx-mon.azure.com/v1
kind: MetricsExporter
metadata: {name: latency, namespace: monitoring}
spec:
  database: TelemetryDB
  interval: 1m
  body: |
    Telemetry
    | where Timestamp > ago(1m)
    | where Timestamp between (_startTime .. _endTime)
  transform: {defaultMetricName: latency, valueColumn: Latency, timestampColumn: Timestamp}
`
	report, err := lint.Run([]lint.File{{Name: "latency.yaml", Data: []byte(manifest)}}, lint.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := report.Write(os.Stdout, lint.GitHub); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("exit code:", report.ExitCode(false), "strict:", report.ExitCode(true))
	// Output:
	// ::warning file=latency.yaml,line=9,endLine=9,col=25,endColumn=28,title=kql/window::ago() does not move with the window%0Ause _startTime and _endTime; the exporter only fixes the query's clock to the window's end (query_now), so that a retry gives the same rows
	// exit code: 0 strict: 1
}
