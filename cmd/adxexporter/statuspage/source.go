package statuspage

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/exposition/page"
	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/sharding"
)

// Executor runs the exporters.
type Executor interface {
	Snapshots() []executor.Snapshot
	Snapshot(key types.NamespacedName) (executor.Snapshot, bool)
}

// Series are what this replica shows.
type Series interface {
	// Sample returns the first lines of an exporter's series, and Shown how many
	// there are.
	Sample(exporter types.NamespacedName, lines int) []string
	Shown(exporter types.NamespacedName) int
	// Total is how many series are shown of all exporters.
	Total() int
}

// Ring is the ring that this replica is in.
type Ring interface {
	Overview() sharding.Overview
	// OwnerOf returns the pod that the table gives an exporter to.
	OwnerOf(exporter string) string
	// Exporters are all that the replicas of the ring have to run.
	Exporters() []types.NamespacedName
}

// Source is what a replica knows. It implements page.Source.
type Source struct {
	Pod, Version string
	Labels       criteria.Labels
	Started      time.Time
	// MetricsAddress is where series are scraped; empty if they are not.
	MetricsAddress string
	Executor       Executor
	// Series is nil if none are shown.
	Series Series
	// Membership is nil for a replica that is alone.
	Membership Ring
	Push       []*push.Sink
	// Ready returns nil once the replica is ready, and else why not.
	Ready func() error
}

var _ page.Source = (*Source)(nil)

// Replica returns what this replica is.
func (s *Source) Replica(now time.Time) page.Replica {
	r := page.Replica{
		Pod: s.Pod, Version: s.Version, Labels: labelsOf(s.Labels), Group: s.Labels.Group(),
		Started: s.Started, Uptime: page.Seconds(now.Sub(s.Started)),
		States: map[page.State]int{}, Metrics: s.MetricsAddress,
	}
	s.readiness(&r)
	for _, snapshot := range s.Executor.Snapshots() {
		state, _, _ := stateOf(snapshot, now)
		r.States[state]++
		r.Exporters++
	}
	if s.Series != nil {
		r.Series = int64(s.Series.Total())
		r.Outputs = append(r.Outputs, "Prometheus")
	}
	for _, sink := range s.Push {
		r.Outputs = append(r.Outputs, sink.Name()+"/"+sink.Endpoint())
	}
	if s.Membership != nil {
		o := s.Membership.Overview()
		r.Ring, r.Identity, r.Leader, r.Epoch, r.Hash = true, o.Identity, o.Leader, o.Epoch, hashText(o)
	}
	return r
}

func (s *Source) readiness(r *page.Replica) {
	err := s.Ready()
	r.Ready = err == nil
	if err != nil {
		r.Reasons = append(r.Reasons, page.Clean(err.Error()))
	}
	for _, sink := range s.Push {
		if err := sink.Healthy(); err != nil {
			r.Notes = append(r.Notes, page.Clean(err.Error()))
		}
	}
}

func labelsOf(labels criteria.Labels) []string {
	list := []string{}
	for key, value := range labels {
		list = append(list, key+"="+value)
	}
	slices.Sort(list)
	return list
}

// Exporters returns those that this replica runs.
func (s *Source) Exporters(now time.Time) []page.Exporter {
	snapshots := s.Executor.Snapshots()
	list := make([]page.Exporter, len(snapshots))
	for i, snapshot := range snapshots {
		list[i] = s.exporter(snapshot, now)
	}
	slices.SortFunc(list, func(a, b page.Exporter) int { return cmp.Compare(a.Key(), b.Key()) })
	return list
}

// Assigned returns all exporters of the ring, with their owners.
func (s *Source) Assigned() []page.Assignment {
	if s.Membership == nil {
		return nil
	}
	var list []page.Assignment
	for _, key := range s.Membership.Exporters() {
		list = append(list, page.Assignment{Namespace: key.Namespace, Name: key.Name, Owner: s.Membership.OwnerOf(key.String())})
	}
	return list
}

// Targets returns this replica's push endpoints.
func (s *Source) Targets(now time.Time) []page.Target {
	var list []page.Target
	for _, sink := range s.Push {
		status := sink.Status(now)
		list = append(list, page.Target{
			Replica: s.Pod, Output: status.Output, Endpoint: status.Endpoint,
			Breaker: status.Breaker, Until: status.Until, LastSuccess: status.LastSuccess,
			InFlight: status.InFlight, InFlightBytes: status.InFlightBytes,
			Delivered: status.Delivered, Failed: status.Failed,
			LastError: page.Clean(status.LastError), LastFailure: status.LastFailure,
		})
	}
	return list
}

// hashText is a table's hash as people compare it; empty if there is no table.
func hashText(o sharding.Overview) string {
	if o.Epoch == 0 {
		return ""
	}
	return fmt.Sprintf("%08x", o.Hash)
}
