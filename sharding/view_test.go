package sharding

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

const testGroup = "g-1"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// leaseFor returns the Lease of a pod as a member writes it.
func leaseFor(pod, holder, version string) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{
			Name: LeaseName(testGroup, pod), ResourceVersion: version, Labels: map[string]string{LabelRing: testGroup},
		},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: &holder},
	}
}

// tableOf returns a table of members that own partitions in turn, each since the
// epoch before.
func tableOf(epoch int64, identities []string, owners ...int32) ring.Table {
	t := ring.Table{Epoch: epoch, Term: 1, Owners: owners}
	for _, identity := range identities {
		t.Members = append(t.Members, ring.Member{Name: podOf(identity), Identity: identity})
	}
	for range owners {
		t.Generations = append(t.Generations, epoch-1)
	}
	return t
}

// podOf returns the pod in an identity.
func podOf(identity string) string { return identity[:len("m-0")] }

// ringOf returns a ring with a table; the zero table is none.
func ringOf(uid types.UID, t ring.Table) *v1.ExporterRing {
	object := &v1.ExporterRing{
		ObjectMeta: metav1.ObjectMeta{Name: testGroup, UID: uid, ResourceVersion: "1"},
		Spec:       v1.ExporterRingSpec{Partitions: 4, Hash: ring.HashName, LeaseNamespace: "ns", Labels: "region=eastus"},
	}
	if t.Epoch != 0 {
		object.Status = t.Encode()
	}
	return object
}

func TestNewer(t *testing.T) {
	cases := map[string]struct {
		reason string
		a, b   string
		want   bool
	}{
		"Newer":   {"they are numbers", "10", "9", true},
		"Same":    {"it was told twice", "9", "9", false},
		"Older":   {"a relist may be late", "9", "10", false},
		"Large":   {"of 64 bits", "18446744073709551615", "18446744073709551614", true},
		"Opaque":  {"then the order of telling counts", "b", "c", true},
		"Opaque2": {"but nothing twice", "b", "b", false},
		"Mixed":   {"as above", "9", "x", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, newer(tc.a, tc.b), tc.reason) })
	}
}

// TestViewOfLeases: what is older changes nothing, what is newer has moved, and only
// another holder changes who lives.
func TestViewOfLeases(t *testing.T) {
	v := newView(noon)
	v.seeLease("m-0", leaseFor("m-0", "m-0/u/1", "5"), noon.Add(time.Second))
	require.Equal(t, noon.Add(time.Second), v.changed)

	v.seeLease("m-0", leaseFor("m-0", "m-0/u/1", "6"), noon.Add(2*time.Second))
	require.Equal(t, noon.Add(2*time.Second), v.leases["m-0"].moved)
	require.Equal(t, noon.Add(time.Second), v.changed, "a renewal changes nobody's share")

	v.seeLease("m-0", leaseFor("m-0", "m-0/u/0", "4"), noon.Add(3*time.Second))
	v.seeLease("m-0", leaseFor("m-0", "m-0/u/1", "6"), noon.Add(3*time.Second))
	require.Equal(t, noon.Add(2*time.Second), v.leases["m-0"].moved, "what a relist repeats is no sign of life")
	require.Equal(t, "m-0/u/1", holderOf(v.leases["m-0"].lease))

	v.seeLease("m-0", leaseFor("m-0", fenced+"m-1/u/1", "7"), noon.Add(4*time.Second))
	require.Equal(t, noon.Add(4*time.Second), v.changed, "it has left")
	v.seeLease("m-0", leaseFor("m-0", "m-0/u/2", "8"), noon.Add(5*time.Second))
	require.Equal(t, noon.Add(5*time.Second), v.changed, "it is back")
}

func TestLive(t *testing.T) {
	said := leaseFor("m-1", "m-1/u/1", "1")
	said.Annotations = map[string]string{AnnotationAck: "12", AnnotationDraining: "stopping"}
	damaged := leaseFor("m-2", "m-2/u/1", "1")
	damaged.Annotations = map[string]string{AnnotationAck: "twelve"}
	nobody := leaseFor("m-5", "", "1")
	nobody.Spec.HolderIdentity = nil
	v := newView(noon)
	for pod, lease := range map[string]*coordinationv1.Lease{
		"m-0": leaseFor("m-0", "m-0/u/1", "1"), "m-1": said, "m-2": damaged,
		"m-3": leaseFor("m-3", "", "1"), "m-4": leaseFor("m-4", fenced+"m-0/u/1", "1"), "m-5": nobody,
	} {
		v.seeLease(pod, lease, noon)
	}
	require.Equal(t, []ring.Live{
		{Name: "m-0", Identity: "m-0/u/1"},
		{Name: "m-1", Identity: "m-1/u/1", Acked: 12, Draining: true},
		{Name: "m-2", Identity: "m-2/u/1"},
	}, v.live(), "who holds a Lease, in order of names")
}

// TestSuspects: whoever has not moved for long enough, while we were in touch.
func TestSuspects(t *testing.T) {
	const dead = 10 * time.Second
	cases := map[string]struct {
		reason string
		after  time.Duration
		change func(v *view)
		want   []ring.Suspect
	}{
		"Quick": {"one nanosecond is missing", dead - time.Nanosecond, nil, nil},
		"Dead": {
			"the longest silent first, then by name; not ourselves", dead + time.Second,
			func(v *view) { v.seeLease("m-3", leaseFor("m-3", "m-3/u/1", "1"), noon.Add(time.Second)) },
			[]ring.Suspect{{Name: "m-1", Silent: 11 * time.Second}, {Name: "m-2", Silent: 11 * time.Second}, {Name: "m-3", Silent: dead}},
		},
		"Moved": {
			"a renewal is a sign of life", dead,
			func(v *view) { v.seeLease("m-1", leaseFor("m-1", "m-1/u/1", "2"), noon.Add(time.Nanosecond)) },
			[]ring.Suspect{{Name: "m-2", Silent: dead}},
		},
		"CutOff": {"silence from before counts for nothing: it may have been ours", dead, func(v *view) { v.reset(noon.Add(time.Second)) }, nil},
		"BackInTouch": {
			"it begins anew", dead + time.Second, func(v *view) { v.reset(noon.Add(time.Second)) },
			[]ring.Suspect{{Name: "m-1", Silent: dead}, {Name: "m-2", Silent: dead}},
		},
		"Fenced": {
			"it is known to be gone", dead,
			func(v *view) { v.seeLease("m-1", leaseFor("m-1", fenced+"m-0/u/1", "2"), noon) },
			[]ring.Suspect{{Name: "m-2", Silent: dead}},
		},
		"NoLease": {
			"a member of the table whose Lease has never been seen", dead,
			func(v *view) { v.table = tableOf(5, []string{"m-0/u/1", "m-1/u/1", "m-9/u/1"}) },
			[]ring.Suspect{{Name: "m-1", Silent: dead}, {Name: "m-2", Silent: dead}, {Name: "m-9", Silent: dead}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			v := newView(noon)
			for _, pod := range []string{"m-2", "m-0", "m-1"} {
				v.seeLease(pod, leaseFor(pod, pod+"/u/1", "1"), noon)
			}
			if tc.change != nil {
				tc.change(&v)
			}
			require.Equal(t, tc.want, v.suspects("m-0/u/1", dead, noon.Add(tc.after)), tc.reason)
		})
	}
}

func TestDeparted(t *testing.T) {
	v := newView(noon)
	v.table = tableOf(5, []string{"m-0/u/1", "m-1/u/1", "m-2/u/1", "m-3/u/1", "m-4/u/1"})
	v.seeLease("m-0", leaseFor("m-0", "m-0/u/1", "1"), noon)
	v.seeLease("m-1", leaseFor("m-1", "", "1"), noon)
	v.seeLease("m-2", leaseFor("m-2", fenced+"m-0/u/1", "1"), noon)
	v.seeLease("m-3", leaseFor("m-3", "m-3/u/2", "1"), noon)
	var gone []string
	for _, m := range v.departed() {
		gone = append(gone, m.Identity)
	}
	require.Equal(t, []string{"m-1/u/1", "m-2/u/1", "m-3/u/1"}, gone, "free, fenced, and come back; one whose Lease we have not seen may live")
}

// TestViewOfTheRing: epochs only grow, whatever a watch tells.
func TestViewOfTheRing(t *testing.T) {
	members := []string{"m-0/u/1"}
	five, six := tableOf(5, members, 0, 0, 0, 0), tableOf(6, members, 0, 0, 0, -1)
	v := newView(noon)
	see := func(object *v1.ExporterRing) bool {
		t.Helper()
		newTable, err := v.seeRing(object)
		require.NoError(t, err)
		return newTable
	}
	require.False(t, see(ringOf("u1", ring.Table{})), "it is empty yet")
	require.NotNil(t, v.object)
	require.False(t, v.known)
	require.True(t, see(ringOf("u1", five)))
	require.False(t, see(ringOf("u1", five)), "nothing is told twice")
	require.True(t, see(ringOf("u1", six)))
	require.False(t, see(ringOf("u1", five)), "a relist may be late")
	require.Equal(t, six, v.table)
	require.Equal(t, int64(6), v.object.Status.Epoch)

	corrupt := ringOf("u1", tableOf(7, members, 0, 0, 0, 0))
	corrupt.Status.Table = "%"
	_, err := v.seeRing(corrupt)
	require.ErrorIs(t, err, ring.ErrCorrupt)
	require.Equal(t, six, v.table, "a damaged table changes nothing")

	require.False(t, see(ringOf("u2", ring.Table{})), "one that is made again is empty")
	require.Equal(t, types.UID("u2"), v.object.UID, "but is the one to write")
	require.Equal(t, six, v.table, "and the old table stays in force")

	v.object = nil // it was deleted
	require.False(t, see(ringOf("u3", ring.Table{})))
	require.Equal(t, types.UID("u3"), v.object.UID)
}
