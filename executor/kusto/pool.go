package kusto

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
)

// What applies where Options and the request say nothing. Rows and bytes are
// Kusto's own defaults for an answer.
const (
	DefaultMaxConcurrent = 8
	DefaultMaxRows       = 500_000
	DefaultMaxBytes      = 64 << 20
	DefaultTimeout       = 4 * time.Minute
	maxTimeout           = time.Hour

	// clientGrace is how much longer than the server we wait, so that its own
	// verdict, a proper error, arrives first.
	clientGrace = 30 * time.Second
)

// Options configure a Pool. The zero value is ready to use.
type Options struct {
	// Auth is the credential for https endpoints.
	Auth Auth
	// TrustedHosts are hosts beside Microsoft's that queries may be sent to:
	// names without port, or "*.domain".
	TrustedHosts []string
	// RootCAs verify the endpoints' certificates; nil means the system's.
	RootCAs *x509.CertPool
	// Application names this program in `.show queries`.
	Application string
	// MaxConcurrent bounds the queries in flight at one endpoint.
	MaxConcurrent int
	// MaxRows and MaxBytes bound answers for requests that set no bound.
	MaxRows, MaxBytes int64
	// Timeout bounds queries on the server for requests that set no bound and
	// have no shorter interval.
	Timeout time.Duration
	// WeakConsistency lets any node of the cluster plan the query.
	WeakConsistency bool
	// AllowExternal permits callouts, external data and tables, and the sandbox
	// (the python and r plugins).
	AllowExternal bool
}

func (o Options) withDefaults() Options {
	o.Application = cmp.Or(o.Application, "adxexporter")
	o.MaxConcurrent = positive(o.MaxConcurrent, DefaultMaxConcurrent)
	o.MaxRows = positive(o.MaxRows, DefaultMaxRows)
	o.MaxBytes = positive(o.MaxBytes, DefaultMaxBytes)
	o.Timeout = positive(o.Timeout, DefaultTimeout)
	return o
}

// positive returns v, or fallback if v sets no bound.
func positive[T ~int | ~int64](v, fallback T) T {
	if v > 0 {
		return v
	}
	return fallback
}

// Pool asks the configured endpoints. It is safe for concurrent use, and a
// prometheus.Collector of its self-metrics.
type Pool struct {
	options   Options
	metrics   *metrics
	transport *transport
	tokens    *tokens
	grace     time.Duration
	byURL     map[string]*cluster
	byName    map[string]*cluster // by database
}

// cluster is one endpoint URL: a client and the places at it, shared by all of
// its databases.
type cluster struct {
	url     string
	host    string // its name in metrics
	client  *azkustodata.Client
	limiter *limiter
}

// New returns a Pool for endpoints. It does not contact them.
//
// Trusting hosts changes a global of the SDK that queries read without a lock:
// make all pools that trust hosts before the first query.
func New(endpoints []Endpoint, options Options) (*Pool, error) {
	urls, err := index(endpoints)
	if err != nil {
		return nil, err
	}
	if err := trustHosts(options.TrustedHosts); err != nil {
		return nil, err
	}
	p := &Pool{
		options: options.withDefaults(), metrics: newMetrics(), grace: clientGrace,
		byURL: make(map[string]*cluster), byName: make(map[string]*cluster),
	}
	// All endpoints could be paths of one host.
	p.transport = newTransport(p.options.MaxConcurrent*len(urls), options.RootCAs)
	for database, address := range urls {
		if p.byURL[address] == nil {
			if p.byURL[address], err = p.newCluster(address); err != nil {
				return nil, err
			}
		}
		p.byName[database] = p.byURL[address]
	}
	return p, nil
}

func (p *Pool) newCluster(address string) (*cluster, error) {
	// The builder's own parser panics and cuts values at "=", so we set fields.
	kcsb := &azkustodata.ConnectionStringBuilder{
		DataSource: address, ApplicationForTracing: p.options.Application, UserForTracing: "adxexporter",
	}
	if strings.HasPrefix(address, "https:") {
		if err := p.authenticate(kcsb); err != nil {
			return nil, err
		}
	}
	client, err := azkustodata.New(kcsb, azkustodata.WithHttpClient(&http.Client{
		Transport:     p.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}))
	if err != nil {
		return nil, fmt.Errorf("cannot use endpoint %s: %w", address, err)
	}
	c := &cluster{url: address, host: hostOf(address), client: client, limiter: newLimiter(p.options.MaxConcurrent)}
	p.metrics.add(c.host)
	return c, nil
}

// authenticate gives kcsb the credential that all clusters share. It is made
// with the first https endpoint, since making it can fail where none is needed.
func (p *Pool) authenticate(kcsb *azkustodata.ConnectionStringBuilder) error {
	if p.tokens == nil {
		source, err := p.options.Auth.credential()
		if source == nil || err != nil {
			return err
		}
		p.tokens = newTokens(source)
	}
	kcsb.TokenCredential = p.tokens
	return nil
}

// Close frees idle connections. Queries in flight end as usual.
func (p *Pool) Close() {
	p.transport.base.CloseIdleConnections()
	for _, c := range p.byURL {
		c.limiter.close()
	}
}

// Databases returns the databases that can be asked, sorted.
func (p *Pool) Databases() []string { return slices.Sorted(maps.Keys(p.byName)) }

// State is the load of one endpoint.
type State struct {
	// URL of the endpoint and the Databases that it answers for.
	URL       string
	Databases []string
	// Limit is how many queries may be in flight now; Waiting how many wait.
	Limit, InFlight, Waiting int
	// NotBefore is until when Kusto asked us to send nothing; zero if never.
	NotBefore time.Time
}

// States returns the load of all endpoints, sorted by URL.
func (p *Pool) States() []State {
	states := make([]State, 0, len(p.byURL))
	for _, address := range slices.Sorted(maps.Keys(p.byURL)) {
		s := p.byURL[address].limiter.state()
		s.URL = address
		for _, database := range p.Databases() {
			if p.byName[database].url == address {
				s.Databases = append(s.Databases, database)
			}
		}
		states = append(states, s)
	}
	return states
}
