package ringcmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/kube"
	"github.com/adx-mon/adxexporter/sharding"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// State is what the API server says of a ring.
type State struct {
	Ring  v1.ExporterRing
	Table ring.Table
	// Leases are the members', by pod.
	Leases map[string]coordinationv1.Lease
	// Leader is the pod that leads; empty if none does.
	Leader string
}

// ErrChoose means that the ring to show has to be named.
var ErrChoose = errors.New("say which ring")

// Read returns the state of the ring of a name, or without a name of the only one
// that there is. An error is ErrChoose, or the API server's.
func Read(ctx context.Context, reader client.Reader, name string) (*State, error) {
	found, err := find(ctx, reader, name)
	if err != nil {
		return nil, err
	}
	s := &State{Ring: *found, Leases: map[string]coordinationv1.Lease{}}
	if s.Table, err = ring.Decode(found.Spec, found.Status); err != nil {
		return nil, fmt.Errorf("cannot read the ring %q: %w", found.Name, err)
	}
	if err := s.readLeases(ctx, reader); err != nil {
		return nil, err
	}
	return s, nil
}

func find(ctx context.Context, reader client.Reader, name string) (*v1.ExporterRing, error) {
	if name != "" {
		var found v1.ExporterRing
		if err := reader.Get(ctx, client.ObjectKey{Name: name}, &found); err != nil {
			return nil, fmt.Errorf("cannot read the ring %q: %w", name, err)
		}
		return &found, nil
	}
	var list v1.ExporterRingList
	if err := reader.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("cannot list the rings: %w", err)
	}
	switch len(list.Items) {
	case 0:
		return nil, fmt.Errorf("%w: there is none yet; the first replica makes it", ErrChoose)
	case 1:
		return &list.Items[0], nil
	}
	var names []string
	for _, r := range list.Items {
		names = append(names, fmt.Sprintf("%s (%s)", r.Name, labelsOf(r)))
	}
	return nil, fmt.Errorf("%w: %s", ErrChoose, strings.Join(names, ", "))
}

func labelsOf(r v1.ExporterRing) string {
	if r.Spec.Labels == "" {
		return "no labels"
	}
	return r.Spec.Labels
}

func (s *State) readLeases(ctx context.Context, reader client.Reader) error {
	var list coordinationv1.LeaseList
	err := reader.List(ctx, &list, client.InNamespace(s.Ring.Spec.LeaseNamespace), client.MatchingLabels{sharding.LabelRing: s.Ring.Name})
	if err != nil {
		return fmt.Errorf("cannot list the Leases in %q: %w", s.Ring.Spec.LeaseNamespace, err)
	}
	for _, lease := range list.Items {
		if pod, ok := strings.CutPrefix(lease.Name, sharding.LeaseName(s.Ring.Name, "")); ok {
			s.Leases[pod] = lease
		}
	}
	var leader coordinationv1.Lease
	key := client.ObjectKey{Namespace: s.Ring.Spec.LeaseNamespace, Name: sharding.LeaderLeaseName(s.Ring.Name)}
	err = client.IgnoreNotFound(reader.Get(ctx, key, &leader))
	if err != nil {
		return fmt.Errorf("cannot read the Lease %q: %w", key.Name, err)
	}
	s.Leader, _, _ = strings.Cut(holderOf(leader), "/")
	return nil
}

// holderOf returns who holds a Lease; empty if nobody does.
func holderOf(lease coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil || isFenced(lease) {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// isFenced reports whether the Lease has been taken away from a dead member: no
// pod's name begins with an exclamation mark.
func isFenced(lease coordinationv1.Lease) bool {
	return lease.Spec.HolderIdentity != nil && strings.HasPrefix(*lease.Spec.HolderIdentity, "!")
}

// Standing is how a member is doing.
type Standing string

// The standings.
const (
	// Active: it renews its Lease and runs its share.
	Active Standing = "active"
	// Draining: it gives its share away.
	Draining Standing = "draining"
	// Joining: it holds its Lease and is not in the table yet.
	Joining Standing = "joining"
	// Silent: it has not renewed its Lease for as long as it is valid.
	Silent Standing = "silent"
	// Ended: its Lease is free, fenced, gone, or another life's. What it owns is given
	// to others by the next table.
	Ended Standing = "ended"
)

// standing returns how a life is doing.
func (s *State) standing(pod, identity string, now time.Time) Standing {
	lease, ok := s.Leases[pod]
	known := slices.ContainsFunc(s.Table.Members, func(m ring.Member) bool { return m.Identity == identity })
	switch {
	case !ok || holderOf(lease) != identity:
		return Ended
	case overdue(lease, now):
		return Silent
	case lease.Annotations[sharding.AnnotationDraining] != "":
		return Draining
	case !known:
		return Joining
	}
	return Active
}

// overdue reports whether a Lease should have been renewed by now. The clocks of
// the member and of this machine may differ a little.
func overdue(lease coordinationv1.Lease, now time.Time) bool {
	if lease.Spec.RenewTime == nil || lease.Spec.LeaseDurationSeconds == nil {
		return false
	}
	return now.Sub(lease.Spec.RenewTime.Time) > time.Duration(*lease.Spec.LeaseDurationSeconds)*time.Second
}

// acknowledged reports whether the member has released what an epoch asked for.
func (s *State) acknowledged(pod string, epoch int64) bool {
	ack, err := strconv.ParseInt(s.Leases[pod].Annotations[sharding.AnnotationAck], 10, 64)
	return err == nil && ack >= epoch
}

// podsWaiting returns the pods that hold a Lease and are not in the table with that
// life.
func (s *State) podsWaiting() []string {
	var waiting []string
	for _, pod := range slices.Sorted(maps.Keys(s.Leases)) {
		holder := holderOf(s.Leases[pod])
		known := slices.ContainsFunc(s.Table.Members, func(m ring.Member) bool { return m.Identity == holder })
		if holder != "" && !known {
			waiting = append(waiting, pod)
		}
	}
	return waiting
}

// Weights returns what the partitions cost, as the leader sees it.
func (s *State) Weights(ctx context.Context, reader client.Reader, now time.Time) ([]float64, error) {
	meant, err := s.meant(ctx, reader)
	if err != nil {
		return nil, err
	}
	inventory := &kube.Inventory{
		Reader: reader, Group: s.Ring.Name, Now: func() time.Time { return now },
		Knows: func(key types.NamespacedName) bool { return meant[key] },
	}
	costs := map[string]float64{}
	for fact := range inventory.Each {
		costs[fact.Exporter.String()] = fact.Cost
	}
	return ring.Weigh(maps.All(costs), int(s.Ring.Spec.Partitions)), nil
}

// meant returns the exporters whose criteria match the ring's labels.
func (s *State) meant(ctx context.Context, reader client.Reader) (map[types.NamespacedName]bool, error) {
	labels, err := s.labels()
	if err != nil {
		return nil, err
	}
	var list v1.MetricsExporterList
	if err := reader.List(ctx, &list); err != nil {
		return nil, fmt.Errorf("cannot list the exporters: %w", err)
	}
	meant := map[types.NamespacedName]bool{}
	for n := range list.Items {
		exporter := &list.Items[n]
		matcher, err := criteria.Compile(exporter.Spec.Criteria, exporter.Spec.CriteriaExpression)
		if err != nil {
			continue // it matches nowhere
		}
		if ok, err := matcher.Match(labels); err == nil && ok {
			meant[client.ObjectKeyFromObject(exporter)] = true
		}
	}
	return meant, nil
}

func (s *State) labels() (criteria.Labels, error) {
	if s.Ring.Spec.Labels == "" {
		return criteria.Labels{}, nil
	}
	labels, err := criteria.ParseLabels([]string{s.Ring.Spec.Labels})
	if err != nil {
		return nil, fmt.Errorf("cannot read the labels of the ring %q: %w", s.Ring.Name, err)
	}
	return labels, nil
}
