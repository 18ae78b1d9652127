package cluster

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/history"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// verdict is what the journals came to.
type verdict struct {
	history.Report

	// gap is the longest time since the mark for which an exporter was not shown.
	gap time.Duration
	// takeovers are how long it took until somebody asked for an exporter again whose
	// owner had crashed.
	takeovers []time.Duration
	// handoffs are how long partitions were on their way from one living replica to
	// another since the mark, shortest first.
	handoffs []time.Duration
	// missing is how often since the mark an exporter was not shown that was not on its
	// way from one replica to another. One that is may miss a look: its old replica
	// stops before its new one begins.
	missing int
	// waiting is how many ranges of windows are still undelivered, or given up.
	waiting int
	// disorder is how many windows of an exporter came after a newer one.
	disorder int
	// keys and unlike are the requests that came again, and those with other bytes.
	keys, unlike int
	// ended is how many series were said to have ended, and moves how often an
	// exporter changed hands since the mark.
	ended, moves int
}

// judge puts the history together and has it checked.
func (w *world) judge(ctx context.Context) (verdict, error) {
	finals, err := w.finals(ctx)
	if err != nil {
		return verdict{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	v := verdict{Report: w.checked(finals), ended: len(w.ended), missing: w.missing(), waiting: waiting(finals), disorder: disorder(w.pushed)}
	v.keys, v.unlike = w.receiver.again()
	for shown := range w.shouldShow() {
		v.gap = max(v.gap, longestGap(w.looks, shown, w.marked))
	}
	for _, c := range w.crashes {
		v.takeovers = append(v.takeovers, w.takeover(c)...)
	}
	slices.Sort(v.takeovers)
	v.handoffs = w.handoffs()
	v.moves = w.moves()
	return v, nil
}

// waiting counts the ranges of windows that no receiver has.
func waiting(finals []history.Final) int {
	n := 0
	for _, f := range finals {
		n += len(f.Waiting)
	}
	return n
}

// disorder counts the windows that came, for the first time, after a newer one of
// their exporter.
func disorder(all []pushed) int {
	n := 0
	newest, seen := map[string]time.Time{}, map[string]bool{}
	for _, p := range all {
		window := id(p.exporter, p.start.String())
		if !seen[window] && p.start.Before(newest[p.exporter]) {
			n++
		}
		seen[window] = true
		if p.start.After(newest[p.exporter]) {
			newest[p.exporter] = p.start
		}
	}
	return n
}

// delivered returns nil once no window waits and none has been given up.
func (w *world) delivered(ctx context.Context) error {
	finals, err := w.finals(ctx)
	if err != nil {
		return err
	}
	if n := waiting(finals); n > 0 {
		return fmt.Errorf("%d ranges of windows wait for the receiver", n)
	}
	return nil
}

// checked has the history checked. What was done without any right is an overlap with
// whoever had it. Commits are judged apart from what was done: it takes a moment until
// we hear of them.
func (w *world) checked(finals []history.Final) history.Report {
	var unlawful history.Report
	var events []history.Event
	for _, e := range w.acts() {
		if e.Owner == "" && e.Kind != history.Look {
			unlawful.Overlaps++
			unlawful.Faults = append(unlawful.Faults, fmt.Sprintf("%s: %s of %s without a right", e.At.Format(time.StampMilli), e.Kind, e.Exporter))
			continue
		}
		events = append(events, e)
	}
	return unlawful.Add(history.Check(events, finals)).Add(history.Check(w.commits(), nil))
}

// acts are the queries and pushes, each with the right it was done under, and the
// looks since the mark.
func (w *world) acts() []history.Event {
	var events []history.Event
	for _, a := range w.asked {
		events = append(events, w.act(history.Event{Kind: history.Query, At: a.at, Start: a.start}, a.replica, a.exporter))
	}
	for _, p := range w.pushed {
		events = append(events, w.act(history.Event{Kind: history.Push, At: p.at, Start: p.start, Digest: p.digest}, p.replica, p.exporter))
	}
	for _, l := range w.looks {
		if l.at.After(w.marked) {
			events = append(events, w.look(l))
		}
	}
	return events
}

// thaw is how long after it went on a frozen replica may send what it was about to.
const thaw = 100 * time.Millisecond

func (w *world) act(e history.Event, who replica, exporter string) history.Event {
	var group string
	group, e.Owner, e.Fence = w.facts.right(who, exporter, e.At)
	e.Exporter, e.End = id(group, exporter), e.Start.Add(interval)
	e.Frozen = slices.ContainsFunc(w.resumed[who], func(at time.Time) bool { return e.At.After(at) && e.At.Sub(at) < thaw })
	return e
}

// shouldShow yields what somebody should show: each exporter, for each set.
func (w *world) shouldShow() iter.Seq[string] {
	return func(yield func(string) bool) {
		for set := range w.groups {
			for i := range w.exporters {
				if !yield(id(set, exporterName(i))) {
					return
				}
			}
		}
	}
}

// look counts what is shown of what should be.
func (w *world) look(l look) history.Event {
	e := history.Event{Kind: history.Look, At: l.at}
	for shown := range w.shouldShow() {
		switch n := len(l.by[shown]); {
		case n == 0:
			e.Missing++
		case n > 1:
			e.Twice++
			fallthrough
		default:
			e.Shown++
		}
	}
	return e
}

// missing counts what the looks since the mark did not show though it was at rest.
func (w *world) missing() int {
	n := 0
	for _, l := range w.looks {
		if !l.at.After(w.marked) {
			continue
		}
		for shown := range w.shouldShow() {
			set, exporter, _ := strings.Cut(shown, "/")
			if len(l.by[shown]) == 0 && !w.facts.onItsWay(w.groups[set], exporter, l.at.Add(-arrival), l.at.Add(lookTimeout)) {
				n++
			}
		}
	}
	return n
}

// arrival is how long the replica to which an exporter came may take to show it.
const arrival = time.Second

// commits are the entries that were written.
func (w *world) commits() []history.Event {
	w.facts.mu.Lock()
	defer w.facts.mu.Unlock()
	var events []history.Event
	for key, entries := range w.facts.entries {
		for _, s := range entries {
			e := history.Event{Kind: history.Commit, At: s.at, Exporter: key, Owner: s.value.Owner, Fence: s.value.Fence, Seq: s.value.Seq}
			if s.value.Watermark != nil {
				e.Watermark = s.value.Watermark.Time
			}
			events = append(events, e)
		}
	}
	return events
}

// finals returns where the exporters stand.
func (w *world) finals(ctx context.Context) ([]history.Final, error) {
	list, err := w.facts.client.Resource(exporters).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	var all []history.Final
	for i := range list.Items {
		var exporter v1.MetricsExporter
		if convert(&list.Items[i], &exporter) != nil {
			continue // nobody can run it
		}
		for _, g := range exporter.Status.Groups {
			all = append(all, history.FinalOf(id(g.Group, exporter.Name), interval, g))
		}
	}
	return all, nil
}

// longestGap returns for how long a set did not show an exporter, at most, since a time.
func longestGap(looks []look, shown string, since time.Time) time.Duration {
	var longest time.Duration
	last := since
	for _, l := range looks {
		switch {
		case l.at.Before(since):
		case len(l.by[shown]) > 0:
			last = l.at
		default:
			longest = max(longest, l.at.Sub(last))
		}
	}
	return longest
}

// takeover returns how long each exporter of a crashed replica had to wait until
// another one asked for it.
func (w *world) takeover(c crash) []time.Duration {
	var all []time.Duration
	for _, exporter := range c.exporters {
		for _, a := range w.asked {
			if a.exporter == exporter && a.at.After(c.at) && a.replica != c.replica {
				all = append(all, a.at.Sub(c.at))
				break
			}
		}
	}
	return all
}

// moves counts how often an exporter changed hands since the mark.
func (w *world) moves() int {
	w.facts.mu.Lock()
	defer w.facts.mu.Unlock()
	n := 0
	for _, tables := range w.facts.tables {
		for i := range w.exporters {
			p := ring.Partition("e2e/"+exporterName(i), ring.DefaultPartitions)
			before := ""
			for _, t := range tables {
				now := podOf(t.value, p)
				if t.at.After(w.marked) && before != "" && now != "" && now != before {
					n++
				}
				if now != "" {
					before = now
				}
			}
		}
	}
	return n
}

// handoffs returns for each partition that one replica released and another was given
// since the mark how long that took, shortest first.
func (w *world) handoffs() []time.Duration {
	w.facts.mu.Lock()
	defer w.facts.mu.Unlock()
	var all []time.Duration
	for _, tables := range w.facts.tables {
		since := map[journey]time.Time{}
		for _, t := range tables {
			all = append(all, arrivals(since, t, w.marked)...)
		}
	}
	slices.Sort(all)
	return all
}

// journey is a partition on its way from one identity to another.
type journey struct {
	partition int32
	from, to  string
	epoch     int64 // that asked for the release
}

// arrivals returns how long those took that a table shows as arrived and that began
// after a time. It keeps in since when each began that has not.
func arrivals(since map[journey]time.Time, t seen[ring.Table], marked time.Time) []time.Duration {
	var all []time.Duration
	under := journeys(t.value)
	for j, began := range since {
		if under[j] {
			continue
		}
		delete(since, j)
		if m, _ := t.value.Owner(int(j.partition)); m.Identity == j.to && began.After(marked) {
			all = append(all, t.at.Sub(began))
		}
	}
	for j := range under {
		if _, known := since[j]; !known {
			since[j] = t.at
		}
	}
	return all
}

// journeys returns what a table has on its way to somebody else.
func journeys(t ring.Table) map[journey]bool {
	all := map[journey]bool{}
	for _, h := range t.Handoffs {
		for _, p := range h.Partitions {
			if h.From != h.To {
				all[journey{p, h.From, h.To, h.Epoch}] = true
			}
		}
	}
	return all
}

// podOf returns POD/UID of a partition's owner; empty if nobody owns it.
func podOf(t ring.Table, p int) string {
	m, ok := t.Owner(p)
	if !ok {
		return ""
	}
	return m.Identity[:strings.LastIndexByte(m.Identity, '/')]
}

// figures are the numbers of a verdict that a scenario can demand.
func (v verdict) figures(exporters int) map[string]float64 {
	figures := map[string]float64{
		"windows": float64(v.Windows), "lost": float64(v.Lost), "double": float64(v.DoubleCommits), "overlaps": float64(v.Overlaps),
		"differing": float64(v.Differing), "duplicates": float64(v.DuplicatePushes), "repeats": float64(v.RepeatedQueries),
		"waiting": float64(v.waiting), "disorder": float64(v.disorder), "again": float64(v.keys), "unlike": float64(v.unlike),
		"frozen": float64(v.FreezeInGap), "ended": float64(v.ended), "gap": v.gap.Seconds(),
		"twice": ratio(v.Twice, v.Looks), "missing": float64(v.missing), "moves": ratio(v.moves, exporters),
	}
	if n := len(v.takeovers); n > 0 {
		figures["taken"], figures["takeover"] = float64(n), v.takeovers[n-1].Seconds()
	}
	if n := len(v.handoffs); n > 0 {
		figures["handoff50"], figures["handoff99"] = v.handoffs[n/2].Seconds(), v.handoffs[n*99/100].Seconds()
	}
	return figures
}

func ratio(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// String returns the verdict for people.
func (v verdict) String() string {
	text := fmt.Sprintf("%s repeated_queries=%d waiting=%d disorder=%d again=%d unlike=%d ended=%d missing_at_rest=%d moves=%d gap=%s",
		v.Report, v.RepeatedQueries, v.waiting, v.disorder, v.keys, v.unlike, v.ended, v.missing, v.moves, v.gap.Round(time.Millisecond))
	if n := len(v.takeovers); n > 0 {
		text += fmt.Sprintf(" takeover: n=%d p50=%s max=%s", n, v.takeovers[n/2].Round(time.Millisecond), v.takeovers[n-1].Round(time.Millisecond))
	}
	if n := len(v.handoffs); n > 0 {
		text += fmt.Sprintf(" handoff: n=%d p50=%s p99=%s", n, v.handoffs[n/2].Round(time.Millisecond), v.handoffs[n*99/100].Round(time.Millisecond))
	}
	return strings.Join(append([]string{text}, v.Faults...), "\n")
}

// within demands one figure: NAME<=NUMBER or NAME>=NUMBER.
func within(figures map[string]float64, demand string) error {
	name, text, atMost := strings.Cut(demand, "<=")
	if !atMost {
		name, text, _ = strings.Cut(demand, ">=")
	}
	bound, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("cannot read the demand %q: want NAME<=NUMBER or NAME>=NUMBER", demand)
	}
	figure, ok := figures[name]
	if !ok {
		return fmt.Errorf("there is no figure %q", name)
	}
	if (atMost && figure > bound) || (!atMost && figure < bound) {
		return fmt.Errorf("%s is %g: want %s", name, figure, demand)
	}
	return nil
}
