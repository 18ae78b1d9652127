package offline

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"

	collector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// decodeOTLP reads the body of an OTLP request over HTTP. Over gRPC the same
// message travels.
func decodeOTLP(r *Request, body []byte) error {
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return err
	}
	message, err := io.ReadAll(unpacked)
	if err != nil {
		return err
	}
	var request collector.ExportMetricsServiceRequest
	if err := proto.Unmarshal(message, &request); err != nil {
		return err
	}
	r.Protocol, r.PlainBytes, r.Points = "OTLP over HTTP", len(message), dataPoints(&request)
	r.Text, err = stableJSON(&request)
	return err
}

func dataPoints(request *collector.ExportMetricsServiceRequest) int {
	n := 0
	for _, resource := range request.GetResourceMetrics() {
		for _, scope := range resource.GetScopeMetrics() {
			for _, metric := range scope.GetMetrics() {
				n += len(metric.GetGauge().GetDataPoints()) + len(metric.GetSum().GetDataPoints())
			}
		}
	}
	return n
}

// stableJSON returns a message as JSON. protojson itself puts in spaces that
// differ from build to build, so that nobody relies on them.
func stableJSON(message proto.Message) (string, error) {
	text, err := protojson.Marshal(message)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = json.Indent(&out, text, "", "  ")
	return out.String(), err
}
