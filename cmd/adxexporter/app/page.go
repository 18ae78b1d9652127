package app

import (
	"context"
	"io"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/statuspage"
	"github.com/adx-mon/adxexporter/exposition"
	webpage "github.com/adx-mon/adxexporter/exposition/page"
	"github.com/adx-mon/adxexporter/sharding"
)

// statusPage returns the pages of the telemetry port.
func (a *App) statusPage(opts Options, store *exposition.Store) http.Handler {
	membership, peers := a.home.Membership()
	source := &statuspage.Source{
		Pod: opts.pod(), Version: Version(), Labels: opts.Labels, Started: time.Now(),
		MetricsAddress: opts.scraped(a.MetricsAddr()),
		Executor:       a.executor, Membership: membership, Push: a.push, Ready: a.Ready,
	}
	if store != nil {
		source.Series = store
	}
	return webpage.New(webpage.Options{Source: source, Peers: peers})
}

// pod returns the replica's name: that in the ring, or the host's.
func (o Options) pod() string {
	if o.Ring.Pod != "" {
		return o.Ring.Pod
	}
	return hostName()
}

// scraped returns where series are scraped, for people; empty if they are not.
func (o Options) scraped(address string) string {
	if address == "" {
		return ""
	}
	return address + o.TelemetryPath
}

// Membership returns the replica's view of the ring, and the other members.
func (c *cluster) Membership() (statuspage.Ring, webpage.Peers) { return membership{c}, others{c} }

// membership is the ring as the status page sees it.
type membership struct{ cluster *cluster }

// Overview implements statuspage.Ring.
func (m membership) Overview() sharding.Overview { return m.cluster.replica.Overview() }

// OwnerOf implements statuspage.Ring.
func (m membership) OwnerOf(exporter string) string { return m.cluster.replica.OwnerOf(exporter) }

// Exporters implements statuspage.Ring.
func (m membership) Exporters() []types.NamespacedName { return m.cluster.roster.Exporters() }

// others are the other replicas as the status page asks them.
type others struct{ cluster *cluster }

// Others implements webpage.Peers.
func (o others) Others() []string { return o.cluster.replica.Others() }

// Get implements webpage.Peers.
func (o others) Get(ctx context.Context, pod, path string) (io.ReadCloser, error) {
	return o.cluster.peers.GetGuarded(ctx, pod, path)
}
