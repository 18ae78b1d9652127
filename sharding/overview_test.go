package sharding

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestOverview: what a member sees of the others follows from their Leases, as it has
// seen them move, and from the table.
func TestOverview(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := member(t, phaseHeld, phaseHeld, phaseNone, phaseNone)
		require.Zero(t, r.Overview().TableAge, "there is no table yet")
		require.Empty(t, r.OwnerOf("ns/a"))

		table := tableOf(5, []string{me, "m-1/u/1", "m-2/u/1", "m-3/u/1"}, 0, 0, 1, 2)
		r.SeeRing(ringOf("u1", table))
		r.SeeLease(leaseFor("m-0", me, "1"))
		silent := leaseFor("m-1", "m-1/u/1", "2")
		silent.Annotations = map[string]string{AnnotationVersion: "1.2.3"}
		r.SeeLease(silent)
		r.SeeLease(leaseFor("m-2", "m-2/u/2", "3"))
		time.Sleep(r.opts.Timing.Valid)
		r.guard.renewedAt(time.Now().Add(-time.Second))
		r.SeeLease(leaseFor("m-0", me, "4"))
		draining := leaseFor("m-4", "m-4/u/1", "5")
		draining.Annotations = map[string]string{AnnotationDraining: "stopping"}
		r.SeeLease(draining)

		o := r.Overview() // exactly as long after as a Lease is valid
		require.Equal(t, int64(5), o.Epoch)
		require.Equal(t, int64(1), o.Term)
		require.Equal(t, table.Hash(), o.Hash)
		require.Equal(t, r.opts.Timing.Valid, o.TableAge)
		require.Equal(t, 4, o.Total)
		require.Equal(t, []MemberView{
			{Pod: "m-0", Identity: me, Standing: StandingActive, Partitions: 2, Heartbeat: time.Second},
			{Pod: "m-1", Identity: "m-1/u/1", Version: "1.2.3", Standing: StandingSilent, Partitions: 1, Heartbeat: r.opts.Timing.Valid},
			{Pod: "m-2", Identity: "m-2/u/1", Standing: StandingEnded, Partitions: 1, Heartbeat: -1},
			{Pod: "m-2", Identity: "m-2/u/2", Standing: StandingSilent, Heartbeat: r.opts.Timing.Valid},
			{Pod: "m-3", Identity: "m-3/u/1", Standing: StandingEnded, Heartbeat: -1},
			{Pod: "m-4", Identity: "m-4/u/1", Standing: StandingDraining},
		}, o.Members)
		require.Equal(t, []string{"m-1", "m-2", "m-3", "m-4"}, r.Others())

		r.SeeLease(leaseFor("m-4", "m-4/u/1", "6"))
		require.Equal(t, StandingJoining, r.Overview().Members[5].Standing)
		owners := map[string]bool{}
		for _, key := range []string{"ns/a", "ns/b", "ns/c", "ns/d", "ns/e", "ns/f", "ns/g", "ns/h"} {
			owners[r.OwnerOf(key)] = true
		}
		require.NotContains(t, owners, "")
		require.Greater(t, len(owners), 1)
	})
}
