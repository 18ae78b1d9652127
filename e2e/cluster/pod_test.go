package cluster

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// podEnv makes this test binary the program of a pod.
const podEnv = "ADXEXPORTER_TEST_POD"

// servePod answers probes, and everything else with what it was given. A path makes
// it unhealthy, or end.
func servePod() int {
	healthy := true
	server := &http.Server{Addr: os.Getenv("POD_IP") + ":8081", ReadHeaderTimeout: time.Second}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/sicken":
			healthy = false
		case r.URL.Path == "/exit":
			os.Exit(3)
		case r.URL.Path == "/healthz" && !healthy:
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = fmt.Fprintf(w, "%s\n%s\n", strings.Join(os.Args[1:], "\n"), strings.Join(os.Environ(), "\n"))
	})
	fmt.Println(server.ListenAndServe())
	return 1
}
