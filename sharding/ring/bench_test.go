package ring

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/buraksezer/consistent"
	"github.com/cespare/xxhash/v2"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/benchline"
)

// benchSets is how many StatefulSets of other names each figure is the mean of:
// hashing is lucky with some names and unlucky with others.
const benchSets = 20

// benchExporters are the exporters that are shared out.
const benchExporters = 10_000

func benchKeys() []string {
	keys := make([]string, benchExporters)
	for i := range keys {
		keys[i] = fmt.Sprintf("team-%02d/service-latency-%05d", i%37, i)
	}
	return keys
}

// benchPods returns n pods of a StatefulSet.
func benchPods(set, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("adxexporter-%c%d-%d", 'a'+set%26, set, i)
	}
	return names
}

// equalCost has every exporter cost the same, unequalCost spreads the costs as those
// of real queries are: most are cheap, and a few are very dear.
func equalCost() []float64 { return slices.Repeat([]float64{1}, benchExporters) }

func unequalCost() []float64 {
	random := rand.New(rand.NewPCG(1, 2))
	costs := make([]float64, benchExporters)
	for i := range costs {
		costs[i] = math.Exp(1.5 * random.NormFloat64())
	}
	return costs
}

// A peer says which pod each key is at, from the live pods alone.
type peer func(keys, pods []string) []string

// peerConsistent is buraksezer/consistent as the OpenTelemetry target allocator has
// it.
func peerConsistent(keys, pods []string) []string {
	members := make([]consistent.Member, len(pods))
	for i, pod := range pods {
		members[i] = name(pod)
	}
	c := consistent.New(members, consistent.Config{
		Hasher: hasher{}, PartitionCount: 1061, ReplicationFactor: 5, Load: 1.10,
	})
	at := make([]string, len(keys))
	for i, key := range keys {
		at[i] = c.LocateKey([]byte(key)).String()
	}
	return at
}

// peerRendezvous is at the pod that scores highest together with the key.
func peerRendezvous(keys, pods []string) []string {
	at := make([]string, len(keys))
	for i, key := range keys {
		var highest uint64
		for _, pod := range pods {
			if score := xxhash.Sum64String(pod + "\x00" + key); score >= highest {
				at[i], highest = pod, score
			}
		}
	}
	return at
}

// peerJump is jump consistent hashing over the sorted pods.
func peerJump(keys, pods []string) []string {
	at := make([]string, len(keys))
	for i, key := range keys {
		at[i] = pods[jump(xxhash.Sum64String(key), len(pods))]
	}
	return at
}

// jump follows a key through the counts of buckets at which it would move.
func jump(key uint64, buckets int) int {
	bucket, next := int64(-1), int64(0)
	for next < int64(buckets) {
		bucket = next
		key = key*2862933555777941757 + 1
		next = int64(float64(bucket+1) * (float64(int64(1)<<31) / float64((key>>33)+1)))
	}
	return int(bucket)
}

var peers = map[string]peer{"consistent": peerConsistent, "rendezvous": peerRendezvous, "jump": peerJump}

// ours is a ring whose partitions weigh what their exporters cost.
func benchWorld(keys []string, costs []float64) *world {
	w := newWorld(DefaultPartitions)
	w.weights = make([]float64, DefaultPartitions)
	for i, key := range keys {
		w.weights[Partition(key, DefaultPartitions)] += costs[i]
	}
	return w
}

// at returns the pod that each key is at.
func (w *world) at(keys []string) []string {
	at := make([]string, len(keys))
	for i, key := range keys {
		owner, _ := w.table.Owner(Partition(key, DefaultPartitions))
		at[i] = owner.Name
	}
	return at
}

// figures are what a change of members comes to: parts of the exporters, and the
// largest cost relative to the mean, for the mean and the worst StatefulSet.
type figures struct{ moved, collateral, busiest, worst float64 }

func (f *figures) add(other figures, of float64) {
	f.moved += other.moved / of
	f.collateral += other.collateral / of
	f.busiest += other.busiest / of
	f.worst = max(f.worst, other.busiest)
}

// compare returns the figures of a change from one assignment to another.
func compare(before, after []string, costs []float64, pods, leaving, joining []string) figures {
	var f figures
	loads := map[string]float64{}
	sum := 0.0
	for i := range before {
		loads[after[i]] += costs[i]
		sum += costs[i]
		if before[i] == after[i] {
			continue
		}
		f.moved += 1 / float64(len(before))
		if !slices.Contains(leaving, before[i]) && !slices.Contains(joining, after[i]) {
			f.collateral += 1 / float64(len(before))
		}
	}
	for _, pod := range pods {
		f.busiest = max(f.busiest, loads[pod]*float64(len(pods))/sum)
	}
	return f
}

// move is a change of members: which of a StatefulSet's pods are there.
type move struct {
	name          string
	before, after func(pods []string) []string
	pods          int
	// ideal is the part of the exporters that has to move.
	ideal float64
}

func first(n int) func([]string) []string { return func(pods []string) []string { return pods[:n] } }

var moves = []move{
	{"3_to_4", first(3), first(4), 4, 1.0 / 4},
	{"5_to_4_crash", first(5), func(pods []string) []string { return slices.Delete(slices.Clone(pods), 2, 3) }, 5, 1.0 / 5},
	{"10_to_11", first(10), first(11), 11, 1.0 / 11},
}

// parts returns who is there before and after, who leaves and who joins.
func (m move) parts(set int) (before, after, leaving, joining []string) {
	pods := benchPods(set, m.pods)
	before, after = m.before(pods), m.after(pods)
	without := func(list, these []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(pod string) bool { return slices.Contains(these, pod) })
	}
	return before, after, without(before, after), without(after, before)
}

func (m move) ofPeer(p peer, keys []string, costs []float64) figures {
	var mean figures
	for set := range benchSets {
		before, after, leaving, joining := m.parts(set)
		mean.add(compare(p(keys, before), p(keys, after), costs, after, leaving, joining), benchSets)
	}
	return mean
}

func (m move) ofRing(keys []string, costs []float64) figures {
	var mean figures
	for set := range benchSets {
		before, after, leaving, joining := m.parts(set)
		w := benchWorld(keys, costs)
		w.join(before...)
		w.plan()
		was := w.at(keys)
		w.fence(leaving...)
		w.join(joining...)
		w.settle()
		mean.add(compare(was, w.at(keys), costs, after, leaving, joining), benchSets)
	}
	return mean
}

func percent(x float64) string { return benchline.Number(100*x) + "%" }

// TestBenchMoves: how many exporters move when members come and go, how many of them
// between two members that stay, and how even the loads are then. A ring stops at 3 %
// above the mean, in order to move less; it promises no more against a peer that
// happens to be more even than that.
func TestBenchMoves(t *testing.T) {
	benchline.Guard(t)
	keys, costs := benchKeys(), equalCost()
	for _, m := range moves {
		ours := m.ofRing(keys, costs)
		benchline.ReportLimit(t, "ring_"+m.name+"_moved_of_ideal", ours.moved/m.ideal, 1.02, "x")
		benchline.ReportLimit(t, "ring_"+m.name+"_collateral", 100*ours.collateral, 0.001, "%")
		benchline.ReportLimit(t, "ring_"+m.name+"_busiest", ours.worst, 1.03, "x")
		for _, peer := range []string{"consistent", "rendezvous", "jump"} {
			theirs := m.ofPeer(peers[peer], keys, costs)
			benchline.Report(t, "ring_"+m.name+"_moved", percent(ours.moved), peer, percent(theirs.moved), theirs.moved/ours.moved, 0.98)
			benchline.Report(t, "ring_"+m.name+"_uneven", percent(ours.busiest-1), peer, percent(theirs.busiest-1), theirs.busiest/ours.busiest, 0.97)
		}
	}
}

// TestBenchUnequalCost: the same with a few very dear exporters.
func TestBenchUnequalCost(t *testing.T) {
	benchline.Guard(t)
	keys, costs := benchKeys(), unequalCost()
	for _, m := range moves {
		ours := m.ofRing(keys, costs)
		benchline.ReportLimit(t, "ring_unequal_"+m.name+"_busiest", ours.worst, 1.03, "x")
		benchline.ReportLimit(t, "ring_unequal_"+m.name+"_collateral", 100*ours.collateral, 0.001, "%")
		for _, peer := range []string{"consistent", "rendezvous", "jump"} {
			theirs := m.ofPeer(peers[peer], keys, costs)
			benchline.Report(t, "ring_unequal_"+m.name, benchline.Number(ours.busiest)+"x", peer, benchline.Number(theirs.busiest)+"x", theirs.busiest/ours.busiest, 1)
		}
	}
}

// TestBenchRollingRestart: how often an exporter moves while all pods leave and
// return under their names, one after the other.
func TestBenchRollingRestart(t *testing.T) {
	benchline.Guard(t)
	keys := benchKeys()
	for _, n := range []int{3, 5, 10} {
		name := fmt.Sprintf("ring_rolling_restart_%d", n)
		ours := 0.0
		for set := range benchSets {
			ours += rollRing(keys, benchPods(set, n)) / benchSets
		}
		benchline.ReportLimit(t, name+"_moved_of_all", ours, 1+2/float64(n), "x")
		for _, peer := range []string{"consistent", "rendezvous", "jump"} {
			theirs := 0.0
			for set := range benchSets {
				theirs += rollPeer(peers[peer], keys, benchPods(set, n)) / benchSets
			}
			benchline.Report(t, name, benchline.Number(ours)+"x", peer, benchline.Number(theirs)+"x", theirs/ours, 1.1)
		}
	}
}

// rollRing restarts the pods from the last to the first, as a StatefulSet does. Each
// drains, is away for 20 seconds, and is back for 20 before the next one goes.
func rollRing(keys, pods []string) float64 {
	w := benchWorld(keys, equalCost())
	w.join(pods...)
	w.plan()
	count := mover{keys: keys, at: w.at(keys)}
	look := func(quiet time.Duration) {
		w.quiet = quiet
		w.handOver()
		count.see(w.at(keys))
	}
	for _, pod := range slices.Backward(pods) {
		w.live[pod].Draining = true
		look(0)
		w.fence(pod)
		look(20 * time.Second)
		w.join(pod)
		look(20 * time.Second)
	}
	look(w.settings.Settle)
	return count.moved
}

func rollPeer(p peer, keys, pods []string) float64 {
	count := mover{keys: keys, at: p(keys, pods)}
	for i := range slices.Backward(pods) {
		count.see(p(keys, slices.Delete(slices.Clone(pods), i, i+1)))
		count.see(p(keys, pods))
	}
	return count.moved
}

// mover counts the exporters that move, relative to how many there are.
type mover struct {
	keys  []string
	at    []string
	moved float64
}

func (m *mover) see(at []string) {
	for i := range at {
		if at[i] != m.at[i] {
			m.moved += 1 / float64(len(m.keys))
		}
	}
	m.at = at
}

// TestBenchPartition compares finding an exporter's owner.
func TestBenchPartition(t *testing.T) {
	benchline.Guard(t)
	keys := benchKeys()
	w := benchWorld(keys, equalCost())
	w.join(benchPods(0, 10)...)
	w.plan()
	members := make([]consistent.Member, 10)
	for i, pod := range benchPods(0, 10) {
		members[i] = name(pod)
	}
	c := consistent.New(members, consistent.Config{Hasher: hasher{}, PartitionCount: 1061, ReplicationFactor: 5, Load: 1.10})

	const rounds = 100
	found := 0
	ours := func() {
		for range rounds {
			for _, key := range keys {
				if _, ok := w.table.Owner(Partition(key, DefaultPartitions)); ok {
					found++
				}
			}
		}
	}
	theirs := func() {
		for range rounds {
			for _, key := range keys {
				if c.LocateKey([]byte(key)) != nil {
					found++
				}
			}
		}
	}
	oursCPU, theirCPU := benchline.Interleave(t, 7, ours, theirs)
	require.Equal(t, 2*8*rounds*benchExporters, found)
	perKey := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / rounds / benchExporters }
	benchline.Report(t, "ring_find_owner", benchline.Number(perKey(oursCPU))+"ns", "consistent",
		benchline.Number(perKey(theirCPU))+"ns", float64(theirCPU)/float64(oursCPU), 1.5)
	benchline.ReportLimit(t, "ring_find_owner_cpu", perKey(oursCPU), 50, "ns")
	benchline.ReportLimit(t, "ring_find_owner_allocs", float64(benchline.AllocsDuring(ours))/rounds/benchExporters, 0.01, "")
}

// TestBenchPlan: a look of the leader, which looks once a second at least.
func TestBenchPlan(t *testing.T) {
	benchline.Guard(t)
	for _, size := range []struct {
		members, partitions int
		idle, crash         float64 // milliseconds
	}{{10, DefaultPartitions, 1, 5}, {100, 4096, 5, 250}} {
		w := newWorld(size.partitions)
		w.join(benchPods(0, size.members)...)
		w.plan()
		name := fmt.Sprintf("ring_plan_%dx%d", size.members, size.partitions)
		idle := w.input()
		idle.Quiet = time.Hour
		benchline.ReportLimit(t, name+"_idle_cpu", planMillis(t, idle, false), size.idle, "ms")
		w.fence(benchPods(0, size.members)[0])
		benchline.ReportLimit(t, name+"_crash_cpu", planMillis(t, w.input(), true), size.crash, "ms")
	}
}

// planMillis returns the CPU time of a plan.
func planMillis(t *testing.T, in Input, changes bool) float64 {
	t.Helper()
	const rounds = 20
	plans := func() {
		for range rounds {
			_, changed := Plan(in)
			require.Equal(t, changes, changed)
		}
	}
	cost, _ := benchline.Interleave(t, 5, plans, func() {})
	return cost.Seconds() * 1000 / rounds
}

func BenchmarkPartition(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Partition("team-07/service-latency-00042", DefaultPartitions)
	}
}

func BenchmarkPlan(b *testing.B) {
	w := newWorld(DefaultPartitions)
	w.join(pods(10)...)
	w.plan()
	w.fence("adxexporter-3")
	in := w.input()
	b.ReportAllocs()
	for b.Loop() {
		Plan(in)
	}
}
