package engine_test

import (
	"context"
	"fmt"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

func ExampleRun() {
	catalog := engine.NewCatalog()
	table := catalog.Database("", "TelemetryDB").Create("Requests",
		query.Column{Name: "Service", Type: query.String}, query.Column{Name: "Ms", Type: query.Real})
	if err := table.Append([]any{"api", 10.0}, []any{"api", 30.0}, []any{"web", 5.0}); err != nil {
		fmt.Println(err)
		return
	}
	results, err := engine.Run(context.Background(), catalog, "Requests | summarize avg(Ms), count() by Service",
		engine.Options{Database: "TelemetryDB", Now: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := results[0].Rows()
	fmt.Println(results[0].Columns, rows, err)
	// Output: [{Service string} {avg_Ms real} {count_ long}] [[api 20 2] [web 5 1]] <nil>
}

func ExampleCheck() {
	const body = "T | summarize avg(Ms), t = bin(Timestamp, 1m) by Service"
	deviations, err := engine.Check(body)
	for _, d := range deviations {
		fmt.Println(d.Code, body[d.Offset:d.End], "->", d.Fix)
	}
	fmt.Println(err)
	// Output:
	// KS236 t = bin(Timestamp, 1m) -> move 't = bin(Timestamp, 1m)' behind 'by'
	// <nil>
}
