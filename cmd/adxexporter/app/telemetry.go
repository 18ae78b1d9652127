package app

import (
	"fmt"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
)

// telemetryHandler serves what operators want to know of the service itself.
func (a *App) telemetryHandler(registry *prometheus.Registry, level *zap.AtomicLevel, statusPage http.Handler) http.Handler {
	gatherers := prometheus.Gatherers{registry, ctrlmetrics.Registry}
	open := http.NewServeMux()
	a.addProbes(open)   // the kubelet has no token
	a.home.Routes(open) // replicas ask each other when the API server does not answer
	mux := http.NewServeMux()
	open.Handle("/", a.home.Protect(mux))
	mux.Handle("/metrics", promhttp.HandlerFor(gatherers, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.Handle("/", statusPage)
	if level != nil {
		mux.Handle("/debug/loglevel", a.logLevel(level))
	}
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	return open
}

// logLevel tells the level of the log, and changes it: {"level":"debug"}.
func (a *App) logLevel(level *zap.AtomicLevel) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		before := level.Level()
		level.ServeHTTP(w, r)
		if after := level.Level(); after != before {
			a.log.Log(after, "the log level was changed", zap.Stringer("from", before), zap.Stringer("to", after))
		}
	})
}

// probeHandler serves the probes alone, for a port of their own.
func (a *App) probeHandler() http.Handler {
	mux := http.NewServeMux()
	a.addProbes(mux)
	return mux
}

func (a *App) addProbes(mux *http.ServeMux) {
	mux.Handle("/healthz", probe(a.executor.Healthy, nil))
	mux.Handle("/readyz", probe(a.Ready, a.pushHealth))
}

// probe answers 200 "ok" and details for people, or 503 with what is wrong.
func probe(check func() error, details func() string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
		if details != nil {
			_, _ = fmt.Fprint(w, details())
		}
	})
}
