package sharding

import (
	"cmp"
	"slices"
	"time"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// Overview is the ring as one replica sees it, for people.
type Overview struct {
	State

	// Term counts the leaders, and Hash tells tables apart.
	Term int64
	Hash uint32
	// TableAge is how long this replica has known its table; zero if it has none.
	TableAge time.Duration
	// Total is how many partitions the ring has.
	Total    int
	Members  []MemberView
	Handoffs []ring.Handoff
}

// Standing is how a replica sees a member.
type Standing string

// The standings.
const (
	// StandingActive: it renews its Lease and runs its share.
	StandingActive Standing = "active"
	// StandingDraining: it gives its share away.
	StandingDraining Standing = "draining"
	// StandingJoining: it holds its Lease and is not in the table yet.
	StandingJoining Standing = "joining"
	// StandingSilent: its Lease has not moved for as long as it is valid.
	StandingSilent Standing = "silent"
	// StandingEnded: its Lease is free, gone, or another life's.
	StandingEnded Standing = "ended"
)

// MemberView is a member as a replica sees it.
type MemberView struct {
	Pod, Identity, Version string
	Standing               Standing
	// Partitions is how many the table gives it.
	Partitions int
	// Heartbeat is how long its Lease has not been seen to move; negative if it never
	// was.
	Heartbeat time.Duration
}

// Overview returns the ring as this replica sees it.
func (r *Replica) Overview() Overview {
	o := Overview{State: r.State()}
	age, _ := r.guard.age()
	now := r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	table := r.view.table
	o.Epoch, o.Term, o.Handoffs, o.Total = table.Epoch, table.Term, table.Handoffs, r.opts.Partitions
	if r.view.known {
		o.Hash, o.TableAge = table.Hash(), now.Sub(r.tableSince)
	}
	o.Members = r.view.members(r.opts.Timing.Valid, now)
	for i := range o.Members {
		if m := &o.Members[i]; m.Identity == o.Identity && m.Heartbeat >= 0 {
			m.Heartbeat = age // nobody knows better when it was sent
		}
	}
	return o
}

// members returns those of the table, and those that hold a Lease and are not in it
// yet, by name.
func (v *view) members(valid time.Duration, now time.Time) []MemberView {
	var all []MemberView
	known := map[string]bool{}
	for _, m := range v.table.Members {
		known[m.Identity] = true
		all = append(all, v.member(m, valid, now))
	}
	for _, live := range v.live() {
		if known[live.Identity] {
			continue
		}
		joining := v.member(ring.Member{Name: live.Name, Identity: live.Identity}, valid, now)
		if joining.Standing == StandingActive {
			joining.Standing = StandingJoining
		}
		all = append(all, joining)
	}
	slices.SortStableFunc(all, func(a, b MemberView) int { return cmp.Compare(a.Pod, b.Pod) })
	return all
}

func (v *view) member(m ring.Member, valid time.Duration, now time.Time) MemberView {
	seen, ok := v.leases[m.Name]
	view := MemberView{
		Pod: m.Name, Identity: m.Identity, Standing: StandingEnded, Heartbeat: -1,
		Partitions: len(v.table.PartitionsOf(m.Identity)),
	}
	if !ok || holderOf(seen.lease) != m.Identity {
		return view
	}
	view.Version = seen.lease.Annotations[AnnotationVersion]
	view.Heartbeat = now.Sub(seen.moved)
	switch {
	case v.silent(seen, now) >= valid:
		view.Standing = StandingSilent
	case m.Draining || seen.lease.Annotations[AnnotationDraining] != "":
		view.Standing = StandingDraining
	default:
		view.Standing = StandingActive
	}
	return view
}

// OwnerOf returns the pod that the table gives an exporter to; empty if it is
// nobody's.
func (r *Replica) OwnerOf(exporter string) string {
	table := r.table()
	owner, _ := table.Owner(ring.Partition(exporter, max(1, len(table.Owners))))
	return owner.Name
}

// Others returns the pods of the other members, by name: those in the table and
// those that hold a Lease.
func (r *Replica) Others() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var pods []string
	for _, m := range r.view.table.Members {
		pods = append(pods, m.Name)
	}
	for _, m := range r.view.live() {
		pods = append(pods, m.Name)
	}
	slices.Sort(pods)
	return slices.DeleteFunc(slices.Compact(pods), func(pod string) bool { return pod == r.opts.Pod })
}
