package metric_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets the property tests try more than rapid's hundred inputs, most of
// which are short: each takes some ten microseconds.
func TestMain(m *testing.M) {
	flag.Parse()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		if err := checks.Value.Set("1000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
