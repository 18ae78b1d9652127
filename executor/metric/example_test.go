package metric_test

import (
	"fmt"
	"time"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

func ExampleTransformer() {
	compiler := metric.NewCompiler(v1.TransformConfig{
		DefaultMetricName: "requests",
		ValueColumn:       "Count",
		TimestampColumn:   "Time",
		LabelColumns:      []string{"Region", "StatusCode"},
	}, metric.Options{Prefix: "demo"})
	end := time.Date(2022, 1, 1, 0, 5, 0, 0, time.UTC)

	var transformer metric.Transformer
	transformer.Reset(compiler, end)
	err := transformer.Columns([]query.Column{
		{Name: "Time", Type: query.DateTime},
		{Name: "Region", Type: query.String},
		{Name: "StatusCode", Type: query.Int},
		{Name: "Count", Type: query.Long},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, cells := range [][]query.Cell{
		{{Int: query.Ticks(end)}, {Text: []byte("eastus")}, {Int: 200}, {Int: 1974}},
		{{Int: query.Ticks(end)}, {Text: []byte("eastus")}, {Null: true}, {Int: 3}},
		{{Int: query.Ticks(end)}, {Text: []byte("westus")}, {Int: 503}, {Null: true}},
	} {
		if err := transformer.Row(cells); err != nil {
			fmt.Println(err)
			return
		}
	}

	batch := transformer.Finish()
	for p := range batch.NewestPerSeries() {
		fmt.Print(batch.Families[p.Family].Name)
		for i, name := range batch.LabelNames {
			fmt.Printf(" %s=%q", name, batch.Label(p.Row, i))
		}
		fmt.Println("", p.Value)
	}
	fmt.Println("null values:", batch.Dropped[metric.DropNullValue])
	// Output:
	// demo_requests Region="eastus" StatusCode="200" 1974
	// demo_requests Region="eastus" StatusCode="" 3
	// null values: 1
}
