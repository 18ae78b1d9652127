package emulator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// BenchmarkAnswer sends 100,000 rows of 6 columns without a network.
func BenchmarkAnswer(b *testing.B) {
	s := emulator.New(emulator.Options{})
	seed(b, s.Database("db"), "T", "t:datetime, name:string, region:string, value:real, n:long, ok:bool")
	t := s.Database("db").Table("T")
	for i := range 100_000 {
		require.NoError(b, t.Append([]any{now, "service_response_time_avg", "eastus", float64(i) / 7, i, i%2 == 0}))
	}
	for name, text := range map[string]string{"Scan": "T", "Summarize": "T | where value > 1 | summarize avg(value), count() by name, bin(n, 10)"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/v2/rest/query", strings.NewReader(`{"db":"db","csl":"`+text+`"}`))
				s.ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return io.Discard.Write(p) }
func (d discard) WriteHeader(int)             {}
