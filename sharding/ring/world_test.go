package ring

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// world is a ring with members that do as they are told: what a leader sees and
// does, without a network. A pod's lives are called a/1, a/2 and so on.
type world struct {
	table    Table
	live     map[string]*Live // by pod
	gone     map[string]bool  // identities
	lives    map[string]int   // how many each pod has had
	weights  []float64
	quiet    time.Duration
	evened   time.Duration
	settings Settings
}

func newWorld(partitions int) *world {
	w := &world{live: map[string]*Live{}, gone: map[string]bool{}, lives: map[string]int{}, settings: DefaultSettings()}
	w.settings.Partitions = partitions
	return w
}

// pods returns n names as a StatefulSet has them.
func pods(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("adxexporter-%d", i)
	}
	return names
}

// join starts pods, or a pod's next life.
func (w *world) join(pods ...string) {
	for _, pod := range pods {
		w.lives[pod]++
		w.live[pod] = &Live{Name: pod, Identity: fmt.Sprintf("%s/%d", pod, w.lives[pod])}
	}
	w.quiet = 0
}

// vanish takes pods out of sight; their lives may still act.
func (w *world) vanish(pods ...string) {
	for _, pod := range pods {
		delete(w.live, pod)
	}
	w.quiet = 0
}

// fence ends the lives of pods for sure.
func (w *world) fence(pods ...string) {
	for _, pod := range pods {
		for life := range w.lives[pod] {
			w.gone[fmt.Sprintf("%s/%d", pod, life+1)] = true
		}
	}
	w.vanish(pods...)
}

// restart ends the lives of pods and starts the next ones.
func (w *world) restart(pods ...string) {
	w.fence(pods...)
	w.join(pods...)
}

// ack has a pod release all that it has been asked for.
func (w *world) ack(pod string) {
	m, ok := w.live[pod]
	if !ok {
		return
	}
	for _, h := range w.table.Handoffs {
		if h.From == m.Identity {
			m.Acked = max(m.Acked, h.Epoch)
		}
	}
}

func (w *world) ackAll() {
	for pod := range w.live {
		w.ack(pod)
	}
}

func (w *world) input() Input {
	in := Input{
		Table: w.table, Gone: slices.Sorted(maps.Keys(w.gone)), Weights: w.weights,
		Quiet: w.quiet, Evened: w.evened, Settings: w.settings, FirstEpoch: 100,
	}
	for _, pod := range slices.Sorted(maps.Keys(w.live)) {
		in.Live = append(in.Live, *w.live[pod])
	}
	return in
}

// plan plans once and publishes, and reports whether there was something new.
func (w *world) plan() bool {
	next, changed := Plan(w.input())
	w.table = next
	return changed
}

// handOver plans until nothing changes any more, with all that is asked for
// released. It returns how many epochs that took.
func (w *world) handOver() int {
	for epochs := range 1000 {
		w.ackAll()
		if !w.plan() {
			return epochs
		}
	}
	return -1
}

// settle is handOver after membership has been quiet for long.
func (w *world) settle() int {
	w.quiet = w.settings.Settle
	return w.handOver()
}

// loads returns what each live member that stays has for its capacity.
func (w *world) loads() map[string]float64 {
	weights := weightsOf(w.weights, w.settings.Partitions)
	loads := map[string]float64{}
	for _, m := range w.live {
		if !m.Draining {
			loads[m.Name] = 0
		}
	}
	for p := range w.table.Owners {
		owner, _ := w.table.Owner(p)
		if m, ok := w.live[owner.Name]; ok && !m.Draining {
			loads[m.Name] += weights[p] / max(1, m.Capacity)
		}
	}
	return loads
}

// spread returns the largest load relative to the mean.
func (w *world) spread() float64 {
	var most, sum float64
	loads := w.loads()
	for _, load := range loads {
		most, sum = max(most, load), sum+load
	}
	return most * float64(len(loads)) / sum
}

// owners returns the first letter of each partition's owner; - is nobody.
func owners(t Table) string {
	var b strings.Builder
	for p := range t.Owners {
		letter := "-"
		if m, ok := t.Owner(p); ok {
			letter = m.Name[:1]
		}
		b.WriteString(letter)
	}
	return b.String()
}

// moved returns the partitions whose owner differs.
func moved(before, after Table) []int32 {
	var found []int32
	for p := range after.Owners {
		was, ok := before.Owner(p)
		if is, _ := after.Owner(p); ok && was.Identity != is.Identity {
			found = append(found, int32(p))
		}
	}
	return found
}

// give makes a table in which each partition is owned as owners says, by the first
// lives of pods with names of one letter.
func (w *world) give(owners string) {
	for _, letter := range owners {
		if pod := string(letter); w.live[pod] == nil && pod != "-" {
			w.join(pod)
		}
	}
	t := Table{Epoch: 100, Generations: slices.Repeat([]int64{100}, len(owners))}
	for _, pod := range slices.Sorted(maps.Keys(w.live)) {
		t.Members = append(t.Members, Member{Name: pod, Identity: w.live[pod].Identity})
	}
	for _, letter := range owners {
		t.Owners = append(t.Owners, int32(slices.IndexFunc(t.Members, func(m Member) bool { return m.Name == string(letter) })))
	}
	w.table = t
}
