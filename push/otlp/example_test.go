package otlp_test

import (
	"fmt"

	"github.com/adx-mon/adxexporter/push/otlp"
)

func ExampleParseEndpoint() {
	for _, endpoint := range []string{"http://collector:4317", "http://collector:4318", "https://prometheus/api/v1/otlp/v1/metrics"} {
		c, err := otlp.ParseEndpoint(endpoint, "")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.Protocol, c.Endpoint)
	}
	// Output:
	// grpc http://collector:4317
	// http/protobuf http://collector:4318/v1/metrics
	// http/protobuf https://prometheus/api/v1/otlp/v1/metrics
}
