package app

import (
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/kusto"
)

// kustoFlags say where Kusto is and how to sign in. Several commands have them.
type kustoFlags struct {
	KustoEndpoint    []string `sep:"none" placeholder:"DB=URL" help:"The Kusto cluster that has a database. Repeat for each database."`
	KustoEndpoints   []string `sep:"none" placeholder:"DB=URL,..." hidden:"" help:"The same, several separated by commas, as Azure/adx-mon has it."`
	KustoAuth        string   `enum:"default,workload-identity,managed-identity,azure-cli,none" default:"default" help:"How to sign in: ${enum}. Plain http endpoints get no credential."`
	KustoClientID    string   `placeholder:"ID" help:"Client id of the managed or workload identity."`
	KustoTrustedHost []string `placeholder:"HOST" help:"A host outside Microsoft's domains that may be talked to. Repeatable."`
	KustoConcurrency int      `default:"32" help:"Queries at once on one endpoint, at most. Less while Kusto throttles."`
}

// pool returns the Kusto clients that the flags ask for.
func (f *kustoFlags) pool() (*kusto.Pool, error) {
	var endpoints []kusto.Endpoint
	for _, text := range f.KustoEndpoint {
		endpoint, err := kusto.ParseEndpoint(text)
		if err != nil {
			return nil, fmt.Errorf("--kusto-endpoint: %w", err)
		}
		endpoints = append(endpoints, endpoint)
	}
	for _, text := range f.KustoEndpoints {
		list, err := kusto.ParseEndpoints(text)
		if err != nil {
			return nil, fmt.Errorf("--kusto-endpoints: %w", err)
		}
		endpoints = append(endpoints, list...)
	}
	return kusto.New(endpoints, kusto.Options{
		Auth:          kusto.Auth{Kind: kusto.AuthKind(f.KustoAuth), ClientID: f.KustoClientID},
		TrustedHosts:  f.KustoTrustedHost,
		MaxConcurrent: f.KustoConcurrency,
		Application:   "adxexporter/" + Version(),
	})
}

// labelFlags say which cluster labels an instance has.
type labelFlags struct {
	ClusterLabels []string `sep:"none" placeholder:"KEY=VALUE,..." help:"This instance's cluster labels. Only exporters whose criteria match them run here. Repeatable."`
}

func (f *labelFlags) labels() (criteria.Labels, error) {
	labels, err := criteria.ParseLabels(f.ClusterLabels)
	if err != nil {
		return nil, fmt.Errorf("--cluster-labels: %w", err)
	}
	if err := kusto.ValidateLabels(labels); err != nil {
		return nil, fmt.Errorf("--cluster-labels: %w", err)
	}
	return labels, nil
}

// logFlags say what is logged.
type logFlags struct {
	LogLevel  string `enum:"debug,info,warn,error" default:"info" help:"The least level that is logged: ${enum}. PUT /debug/loglevel on the telemetry port changes it."`
	LogFormat string `enum:"json,console" default:"json" help:"How it is logged: ${enum}."`
}

// librariesLog is set once they do.
var librariesLog sync.Once

// useForLibraries makes the Kubernetes libraries log like the rest. They keep one
// logger for the whole process and read it at any time, so that the first one stays,
// and a command gives it to them before it starts anything.
func useForLibraries(log *zap.Logger) {
	librariesLog.Do(func() {
		logger := zapr.NewLogger(log)
		ctrl.SetLogger(logger)
		klog.SetLogger(logger.WithName("kubernetes"))
	})
}

// logger returns what to log with, and its level, which may be changed while it is
// in use.
func (f *logFlags) logger(w zapcore.WriteSyncer) (*zap.Logger, *zap.AtomicLevel, error) {
	level, err := zap.ParseAtomicLevel(f.LogLevel)
	if err != nil {
		return nil, nil, fmt.Errorf("--log-level: %w", err)
	}
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	config.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(config)
	if f.LogFormat == "console" {
		config.EncodeLevel = zapcore.CapitalLevelEncoder
		config.EncodeTime = zapcore.TimeEncoderOfLayout(time.TimeOnly)
		encoder = zapcore.NewConsoleEncoder(config)
	}
	return zap.New(zapcore.NewCore(encoder, w, level)), &level, nil
}
