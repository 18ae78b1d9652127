package ringcmd

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/adx-mon/adxexporter/sharding"
)

// Members is who is in a ring.
type Members struct {
	Head

	Members []Member `json:"members"`
}

// Member is one life of a replica.
type Member struct {
	Pod      string   `json:"pod"`
	Identity string   `json:"identity"`
	Standing Standing `json:"state"`
	// Partitions is how many it owns, Moving how many of them it is asked to give away,
	// and Coming how many are on their way to it.
	Partitions int `json:"partitions"`
	Moving     int `json:"moving"`
	Coming     int `json:"coming"`
	// RenewedSeconds is how long ago it renewed its Lease; absent if it holds none.
	RenewedSeconds *float64 `json:"renewedSeconds,omitempty"`
	Version        string   `json:"version,omitempty"`
}

// NewMembers returns who is in the ring: the table's members, and those who wait to
// be in it.
func NewMembers(s *State, now time.Time) Members {
	view := Members{Head: s.head(), Members: []Member{}}
	for _, m := range s.Table.Members {
		member := s.memberOf(m.Name, m.Identity, now)
		member.Partitions = len(s.Table.PartitionsOf(m.Identity))
		view.Members = append(view.Members, member)
	}
	for _, pod := range s.podsWaiting() {
		view.Members = append(view.Members, s.memberOf(pod, holderOf(s.Leases[pod]), now))
	}
	return view
}

func (s *State) memberOf(pod, identity string, now time.Time) Member {
	m := Member{Pod: pod, Identity: identity, Standing: s.standing(pod, identity, now)}
	for _, h := range s.Table.Handoffs {
		if h.From == identity {
			m.Moving += len(h.Partitions)
		}
		if h.To == identity {
			m.Coming += len(h.Partitions)
		}
	}
	if lease := s.Leases[pod]; holderOf(lease) == identity && lease.Spec.RenewTime != nil {
		m.RenewedSeconds = new(now.Sub(lease.Spec.RenewTime.Time).Seconds())
		m.Version = lease.Annotations[sharding.AnnotationVersion]
	}
	return m
}

func (v Members) text(w io.Writer) {
	v.Head.text(w)
	rows := [][]string{{"POD", "STATE", "PARTITIONS", "SHARE", "LEAVING", "COMING", "RENEWED", "VERSION", "IDENTITY"}}
	for _, m := range v.Members {
		share := float64(m.Partitions) / float64(max(1, v.Partitions))
		rows = append(rows, []string{
			m.Pod, string(m.Standing), strconv.Itoa(m.Partitions), percent(share),
			countOf(m.Moving), countOf(m.Coming), m.renewed(), m.Version, m.Identity,
		})
	}
	aligned(w, rows)
}

// countOf returns a count for people; none is empty.
func countOf(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// renewed says when the Lease was renewed.
func (m Member) renewed() string {
	if m.RenewedSeconds == nil {
		return ""
	}
	ago := time.Duration(max(0, *m.RenewedSeconds) * float64(time.Second))
	return ago.Round(time.Second).String() + " ago"
}

// sentence says how the member is doing.
func (m Member) sentence() string {
	switch m.Standing {
	case Ended:
		return "That life of it has ended: the leader gives its share away with the next table."
	case Silent:
		return fmt.Sprintf("It has been silent since it renewed its Lease %s.", m.renewed())
	case Active, Draining, Joining:
	}
	return fmt.Sprintf("It is %s, and renewed its Lease %s.", m.Standing, m.renewed())
}
