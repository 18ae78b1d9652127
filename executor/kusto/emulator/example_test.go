package emulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// The second query of a database is throttled, and the one after it is not.
func ExampleServer_Script() {
	s := emulator.New(emulator.Options{})
	s.Database("TelemetryDB")
	faults, err := emulator.ParseScript("throttle nth=2 retry-after=5s db=TelemetryDB")
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Script(faults...)
	web := httptest.NewServer(s)
	defer web.Close()
	for range 3 {
		response, err := http.Post(web.URL+"/v2/rest/query", "application/json", strings.NewReader(`{"db":"TelemetryDB","csl":"print 1"}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		fmt.Printf("%d %q\n", response.StatusCode, response.Header.Get("Retry-After"))
	}
	// Output:
	// 200 ""
	// 429 "5"
	// 200 ""
}
