package kubelet

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// podEnv makes this test binary the program of a pod.
const podEnv = "KUBELET_TEST_POD"

func TestMain(m *testing.M) {
	if os.Getenv(podEnv) != "" {
		os.Exit(servePod())
	}
	goleak.VerifyTestMain(m)
}

// servePod answers with its arguments and its environment. Some paths make it
// unhealthy, deaf to SIGTERM, or end.
func servePod() int {
	healthy := true
	server := &http.Server{Addr: os.Getenv("POD_IP") + ":8081", ReadHeaderTimeout: time.Second}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/sicken":
			healthy = false
		case r.URL.Path == "/deafen":
			signal.Ignore(syscall.SIGTERM)
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
