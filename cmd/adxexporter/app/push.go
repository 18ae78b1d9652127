package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"go.uber.org/zap"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/push/otlp"
	"github.com/adx-mon/adxexporter/push/remotewrite"
)

// pushFlags say where points are pushed to, besides being scraped.
type pushFlags struct {
	OTLPEndpoint        []string          `name:"otlp-endpoint" sep:"none" placeholder:"URL" help:"Push to this receiver by OTLP: gRPC on port 4317, else HTTP. Repeatable. The variables OTEL_EXPORTER_OTLP_* count as well."`
	OTLPProtocol        string            `name:"otlp-protocol" enum:",grpc,http/protobuf" default:"" help:"Speak this protocol, whatever the port: grpc or http/protobuf."`
	OTLPHeader          map[string]string `name:"otlp-header" mapsep:"none" placeholder:"NAME=VALUE" help:"Sent with each OTLP request. Repeatable."`
	OTLPBearerTokenFile string            `name:"otlp-bearer-token-file" placeholder:"FILE" help:"A token for OTLP requests, read for each."`
	ResourceAttributes  []string          `name:"add-resource-attributes" sep:"none" placeholder:"KEY=VALUE,..." help:"OTLP resource attributes besides the cluster labels. Repeatable."`

	RemoteWriteEndpoint        []string          `sep:"none" placeholder:"URL" help:"Push to this receiver by Prometheus remote write. Repeatable."`
	RemoteWriteVersion         string            `enum:"auto,1.0,2.0" default:"auto" help:"The protocol's version: ${enum}."`
	RemoteWriteHeader          map[string]string `mapsep:"none" placeholder:"NAME=VALUE" help:"Sent with each remote-write request. Repeatable."`
	RemoteWriteBearerTokenFile string            `placeholder:"FILE" help:"A token for remote-write requests, read for each."`
	RemoteWriteEntraID         bool              `help:"Sign in to remote-write receivers with Entra ID, as Azure Monitor workspaces ask for."`

	PushOrder                string   `enum:"live-first,in-order" default:"live-first" help:"What an exporter pushes after an outage: the newest window first, or all windows in order: ${enum}. docs/guide/push.md says when."`
	PushInOrder              []string `sep:"none" placeholder:"URL" help:"Push all windows in order to this receiver, whatever --push-order says of the others. Repeatable."`
	PushCAFile               string   `placeholder:"FILE" help:"Certificate authorities that push receivers are trusted by, in PEM."`
	PushCertFile             string   `placeholder:"FILE" help:"Our certificate for push receivers, in PEM."`
	PushKeyFile              string   `placeholder:"FILE" help:"Its key, in PEM."`
	AllowInsecureCredentials bool     `help:"Send credentials to push receivers over http, too."`
}

// Push is where a replica pushes to.
type Push struct {
	OTLP        []otlp.Config
	RemoteWrite []remotewrite.Config
	// InOrder are the hosts of the endpoints that an exporter's windows reach in order.
	InOrder []string
}

// endpoints turns the flags into what New takes. Its errors are the user's.
func (f *pushFlags) endpoints(labels criteria.Labels) (Push, error) {
	var p Push
	var err error
	if p.OTLP, err = f.otlp(labels); err != nil {
		return Push{}, fmt.Errorf("--otlp-endpoint: %w", err)
	}
	if p.RemoteWrite, err = f.remoteWrite(); err != nil {
		return Push{}, fmt.Errorf("--remote-write-endpoint: %w", err)
	}
	if p.InOrder, err = f.inOrder(p.hosts()); err != nil {
		return Push{}, fmt.Errorf("--push-in-order: %w", err)
	}
	sinks, _, err := p.sinks(push.NewMetrics(nil)) // what cannot work is said now
	for _, sink := range sinks {
		err = errors.Join(err, sink.Close())
	}
	return p, err
}

func (f *pushFlags) otlp(labels criteria.Labels) ([]otlp.Config, error) {
	base, err := otlp.FromEnv(os.Getenv)
	if err != nil {
		return nil, err
	}
	resource, err := f.resource(labels)
	if err != nil {
		return nil, err
	}
	var configs []otlp.Config
	for _, endpoint := range f.OTLPEndpoint {
		named, err := otlp.ParseEndpoint(endpoint, f.OTLPProtocol)
		if err != nil {
			return nil, err
		}
		c := base
		c.Protocol, c.Endpoint = named.Protocol, named.Endpoint
		configs = append(configs, c)
	}
	if len(configs) == 0 && base.Endpoint != nil {
		configs = append(configs, base)
	}
	for i := range configs {
		c := &configs[i]
		c.Headers = merged(c.Headers, f.OTLPHeader)
		c.BearerTokenFile, c.AllowInsecureCredentials = f.OTLPBearerTokenFile, f.AllowInsecureCredentials
		c.TLS = f.tls(c.TLS)
		c.Resource, c.Version = resource, Version()
	}
	return configs, nil
}

// merged returns base with the entries of over in their place.
func merged(base, over map[string]string) map[string]string {
	all := maps.Clone(base)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, over)
	return all
}

// resource returns the attributes of all that this instance pushes. They are the
// same on every replica, so that a window that is pushed again has equal bytes.
//
// There is no service.name unless the user gives one: for a resource that has it,
// Prometheus stores a target_info at the newest time of each request, and then
// refuses a request with an older one as a whole.
func (f *pushFlags) resource(labels criteria.Labels) ([]otlp.Attribute, error) {
	all := merged(labels, nil)
	for _, list := range f.ResourceAttributes {
		for pair := range strings.SplitSeq(list, ",") {
			key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if !ok || key == "" {
				return nil, fmt.Errorf("--add-resource-attributes: cannot parse %q: want key=value", pair)
			}
			all[key] = value
		}
	}
	attributes := make([]otlp.Attribute, 0, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		attributes = append(attributes, otlp.Attribute{Key: key, Value: all[key]})
	}
	return attributes, nil
}

func (f *pushFlags) tls(base push.TLS) push.TLS {
	base.CAFile = cmp.Or(f.PushCAFile, base.CAFile)
	base.CertFile = cmp.Or(f.PushCertFile, base.CertFile)
	base.KeyFile = cmp.Or(f.PushKeyFile, base.KeyFile)
	return base
}

func (f *pushFlags) remoteWrite() ([]remotewrite.Config, error) {
	version, err := remotewrite.ParseVersion(f.RemoteWriteVersion)
	if err != nil {
		return nil, err
	}
	common := remotewrite.Config{
		Version: version, Headers: f.RemoteWriteHeader, BearerTokenFile: f.RemoteWriteBearerTokenFile,
		TLS: f.tls(push.TLS{}), AllowInsecureCredentials: f.AllowInsecureCredentials,
		UserAgent: "adxexporter/" + Version(),
	}
	if f.RemoteWriteEntraID {
		if common.Credential, err = azidentity.NewDefaultAzureCredential(nil); err != nil {
			return nil, fmt.Errorf("cannot sign in with Entra ID: %w", err)
		}
	}
	configs := make([]remotewrite.Config, len(f.RemoteWriteEndpoint))
	for i, endpoint := range f.RemoteWriteEndpoint {
		configs[i] = common
		configs[i].URL = endpoint
	}
	return configs, nil
}

// hosts are the hosts of all endpoints.
func (p Push) hosts() []string {
	var hosts []string
	for _, c := range p.OTLP {
		hosts = append(hosts, c.Name())
	}
	for _, c := range p.RemoteWrite {
		hosts = append(hosts, hostOf(c.URL))
	}
	return hosts
}

// inOrder returns those of the hosts that windows reach in order.
func (f *pushFlags) inOrder(hosts []string) ([]string, error) {
	inOrder := make([]string, len(f.PushInOrder))
	for i, endpoint := range f.PushInOrder {
		if inOrder[i] = hostOf(endpoint); !slices.Contains(hosts, inOrder[i]) {
			return nil, fmt.Errorf("nothing is pushed to %q: give the URL of an endpoint", inOrder[i])
		}
	}
	if f.PushOrder == "in-order" {
		return hosts, nil
	}
	return inOrder, nil
}

// runner is a part of a replica that runs until its context ends.
type runner interface {
	Start(ctx context.Context) error
}

// sinks makes an output of each endpoint, and what has to run for it.
func (p Push) sinks(metrics *push.Metrics) (sinks []*push.Sink, runners []runner, err error) {
	for _, c := range p.OTLP {
		sender, err := otlp.New(c, metrics.Meter(string(v1.OutputOTLP), c.Name()))
		if err != nil {
			return sinks, runners, fmt.Errorf("--otlp-endpoint: %w", err)
		}
		sinks = append(sinks, push.NewSink(string(v1.OutputOTLP), c.Name(), sender, p.options(c.Name()), metrics))
	}
	for _, c := range p.RemoteWrite {
		name := hostOf(c.URL)
		sender, err := remotewrite.New(c, metrics.Meter(string(v1.OutputRemoteWrite), name))
		if err != nil {
			return sinks, runners, fmt.Errorf("--remote-write-endpoint: %w", err)
		}
		sinks = append(sinks, push.NewSink(string(v1.OutputRemoteWrite), name, sender, p.options(name), metrics))
		runners = append(runners, sender)
	}
	return sinks, runners, distinct(sinks)
}

func (p Push) options(host string) push.Options {
	return push.Options{InOrder: slices.Contains(p.InOrder, host)}
}

// hostOf names an endpoint by its host; the URL may hold what nobody should read.
func hostOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "invalid" // the sender refuses it
	}
	return u.Host
}

// distinct refuses two endpoints of one name: a backlog could not tell them apart.
func distinct(sinks []*push.Sink) error {
	seen := map[string]bool{}
	for _, sink := range sinks {
		name := sink.Name() + "/" + sink.Endpoint()
		if seen[name] {
			return fmt.Errorf("cannot push to %q twice by %s", sink.Endpoint(), sink.Name())
		}
		seen[name] = true
	}
	return nil
}

// checkPush asks each receiver for a sign of life, once. One that is away is no
// reason not to start: its windows wait in the backlog.
func (a *App) checkPush(ctx context.Context) error {
	for _, sink := range a.push {
		if err := sink.Check(ctx); err != nil {
			a.log.Warn("cannot reach a push receiver; its windows wait in the backlog", zap.Error(err))
		}
	}
	return nil
}

// pushHealth says which receivers do not answer, for people who ask /readyz.
func (a *App) pushHealth() string {
	var b strings.Builder
	for _, sink := range a.push {
		if err := sink.Healthy(); err != nil {
			fmt.Fprintf(&b, "%s\n", err)
		}
	}
	return b.String()
}

// asSinks returns the push outputs as the executor takes them.
func asSinks(sinks []*push.Sink) []executor.Sink {
	all := make([]executor.Sink, len(sinks))
	for i, sink := range sinks {
		all[i] = sink
	}
	return all
}
