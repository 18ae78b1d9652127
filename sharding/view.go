package sharding

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// view is what a replica has seen of its ring. Every candidate keeps one, so that
// a new leader does not begin with waiting.
type view struct {
	// object is the ring as last seen, and table what its status says; known is set
	// when there is a table.
	object *v1.ExporterRing
	table  ring.Table
	known  bool
	// givers are the lives that had each partition before its present owner, the
	// latest first.
	givers [][]string
	// leases are the members' Leases by pod.
	leases map[string]seenLease
	// connected is since when this replica has been in touch without a gap. Silence
	// from before counts for nothing: it may have been ours.
	connected time.Time
	// changed is when the set of live members last changed.
	changed time.Time
}

type seenLease struct {
	lease *coordinationv1.Lease
	// moved is when the Lease was last seen to change.
	moved time.Time
}

func newView(now time.Time) view {
	return view{leases: map[string]seenLease{}, connected: now, changed: now}
}

// seeLease takes a Lease in, unless it is older than what is known.
func (v *view) seeLease(pod string, lease *coordinationv1.Lease, now time.Time) {
	was, ok := v.leases[pod]
	if ok && !newer(lease.ResourceVersion, was.lease.ResourceVersion) {
		return
	}
	v.leases[pod] = seenLease{lease: lease, moved: now}
	if holderOf(was.lease) != holderOf(lease) {
		v.changed = now
	}
}

// seeRing takes a ring in and reports whether its table is a newer one. Epochs
// only grow, also when a ring is made again.
func (v *view) seeRing(object *v1.ExporterRing) (newTable bool, err error) {
	table, err := ring.Decode(object.Spec, object.Status)
	if err != nil {
		return false, err
	}
	if v.known && table.Epoch <= v.table.Epoch {
		if v.object == nil || v.object.UID != object.UID { // made again, and empty yet
			v.object = object
		}
		return false, nil
	}
	v.object = object
	if table.Epoch == 0 {
		return false, nil
	}
	v.givers = giversOf(v.givers, v.table, table)
	v.table, v.known = table, true
	return true, nil
}

// vanished notes that the Lease of a member is not there any more, although it was
// somebody else's when it was last seen. That may have been long ago: it counts as the
// member's own, and as silent from now on.
func (v *view) vanished(m ring.Member, now time.Time) {
	was, ok := v.leases[m.Name]
	if !ok {
		return
	}
	lease := was.lease.DeepCopy()
	lease.Spec.HolderIdentity = &m.Identity
	v.leases[m.Name] = seenLease{lease: lease, moved: now}
	v.changed = now
}

// newer reports whether resourceVersion a is newer than b. They are numbers; an
// API server for which they are not is believed in the order in which it speaks.
func newer(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	if errX != nil || errY != nil {
		return a != b
	}
	return x > y
}

// reset forgets all silence: this replica was itself out of touch.
func (v *view) reset(now time.Time) { v.connected = now }

// silent returns how long a Lease has not moved while this replica was in touch.
func (v *view) silent(l seenLease, now time.Time) time.Duration {
	since := l.moved
	if v.connected.After(since) {
		since = v.connected
	}
	return now.Sub(since)
}

// live returns the members that hold their Lease, by name.
func (v *view) live() []ring.Live {
	var members []ring.Live
	for _, pod := range slices.Sorted(maps.Keys(v.leases)) {
		lease := v.leases[pod].lease
		holder := holderOf(lease)
		if holder == "" {
			continue
		}
		ack, _ := strconv.ParseInt(lease.Annotations[AnnotationAck], 10, 64) // absent or damaged: nothing is acknowledged
		members = append(members, ring.Live{
			Name: pod, Identity: holder, Acked: ack, Draining: lease.Annotations[AnnotationDraining] != "",
		})
	}
	return members
}

// suspects returns the members other than me that have been silent for so long
// that they must have stopped, the longest silent first.
func (v *view) suspects(me string, dead time.Duration, now time.Time) []ring.Suspect {
	var found []ring.Suspect
	for pod, l := range v.leases {
		if silent := v.silent(l, now); holderOf(l.lease) != "" && holderOf(l.lease) != me && silent >= dead {
			found = append(found, ring.Suspect{Name: pod, Silent: silent})
		}
	}
	for _, m := range v.table.Members {
		if _, ok := v.leases[m.Name]; !ok && m.Identity != me && now.Sub(v.connected) >= dead {
			found = append(found, ring.Suspect{Name: m.Name, Silent: now.Sub(v.connected)})
		}
	}
	slices.SortFunc(found, func(a, b ring.Suspect) int {
		return cmp.Or(cmp.Compare(b.Silent, a.Silent), cmp.Compare(a.Name, b.Name))
	})
	return found
}

// departed returns the members of the table whose Lease says that they can act no
// more: it is free, fenced, or held by another life.
func (v *view) departed() []ring.Member {
	var gone []ring.Member
	for _, m := range v.table.Members {
		if l, ok := v.leases[m.Name]; ok && holderOf(l.lease) != m.Identity {
			gone = append(gone, m)
		}
	}
	return gone
}
