package ring

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/stretchr/testify/require"
)

// TestStories runs testdata/*.story: what becomes of a ring while pods come and go.
// A pod's lives are a/1, a/2 and so on. The commands:
//
//	ring [partitions=N] [in-flight=F]   begin without members
//	weigh PARTITION=WEIGHT...           what partitions cost; 1 unless said otherwise
//	join POD... [capacity=C]            pods start, or start again
//	restart POD...                      their lives end for sure, and the next ones start
//	vanish POD...                       they are out of sight and may still act
//	fence POD...                        their lives have ended for sure
//	drain POD... | stay POD...          they want to go, or no longer do
//	ack POD...                          they have released what they were asked for
//	plan                                one look of the leader, with membership just changed
//	settle                              one look with membership quiet for long
//	paused | resumed                    one just before the end of the pause after loads were evened out, and at it
//	rest                                acks and looks until nothing changes any more
//
// The last five print the table and what has moved. -rewrite records the output
// anew. Do not accept what you cannot explain.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if !strings.HasSuffix(path, ".story") {
			t.Skip("no story")
		}
		st := &story{world: newWorld(12)}
		datadriven.RunTest(t, path, st.run)
	})
}

type story struct{ *world }

func (st *story) run(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	var names []string
	for _, arg := range d.CmdArgs {
		if len(arg.Vals) == 0 {
			names = append(names, arg.Key)
		}
	}
	switch d.Cmd {
	case "ring":
		partitions := 12
		d.MaybeScanArgs(t, "partitions", &partitions)
		st.world = newWorld(partitions)
		d.MaybeScanArgs(t, "in-flight", &st.settings.InFlight)
	case "weigh":
		st.weigh(t, d)
	case "join":
		st.join(names...)
		for _, pod := range names {
			d.MaybeScanArgs(t, "capacity", &st.live[pod].Capacity)
		}
	case "restart":
		st.restart(names...)
	case "vanish":
		st.vanish(names...)
	case "fence":
		st.fence(names...)
	case "drain", "stay":
		for _, pod := range names {
			st.live[pod].Draining = d.Cmd == "drain"
		}
		st.quiet = 0
	case "ack":
		for _, pod := range names {
			st.ack(pod)
		}
	case "plan", "settle", "paused", "resumed", "rest":
		return st.look(d.Cmd)
	default:
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	return ""
}

func (st *story) weigh(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	st.weights = slices.Repeat([]float64{1}, st.settings.Partitions)
	for _, arg := range d.CmdArgs {
		var p int
		_, err := fmt.Sscan(arg.Key, &p)
		require.NoError(t, err)
		d.ScanArgs(t, arg.Key, &st.weights[p])
	}
}

// look plans, and says what has come of it.
func (st *story) look(how string) string {
	before := st.table
	switch how {
	case "plan":
		if !st.plan() {
			return "nothing changes\n"
		}
	case "settle":
		st.quiet = st.settings.Settle
		if !st.plan() {
			return "nothing changes\n"
		}
	case "paused", "resumed":
		st.quiet, st.evened = time.Hour, st.settings.Pause
		if how == "paused" {
			st.evened--
		}
		changed := st.plan()
		if st.evened = 0; !changed {
			return "nothing changes\n"
		}
	case "rest":
		if st.settle() == 0 {
			return "nothing changes\n"
		}
	}
	return st.describe(before)
}

func (st *story) describe(before Table) string {
	var b strings.Builder
	b.WriteString(st.table.String())
	if len(st.table.Owners) <= 64 {
		fmt.Fprintf(&b, "owners %s\n", owners(st.table))
	}
	moves := map[string]int{}
	for _, p := range moved(before, st.table) {
		was, _ := before.Owner(int(p))
		is, _ := st.table.Owner(int(p))
		moves[was.Identity+" to "+cmp.Or(is.Identity, "nobody")]++
	}
	for _, way := range slices.Sorted(maps.Keys(moves)) {
		fmt.Fprintf(&b, "moved %d from %s\n", moves[way], way)
	}
	return b.String()
}
