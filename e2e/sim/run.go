package sim

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/adx-mon/adxexporter/e2e/history"
)

// calm is how long nothing goes wrong before a run is judged: longer than a
// takeover, a backoff, and a query that runs out of its time.
const calm = 7 * time.Minute

// run lets a world live for some virtual time, with faults, and then in calm, and
// judges it. It must be called in a synctest bubble.
func run(opts Options, lasting time.Duration) history.Report {
	w := newWorld(opts)
	defer w.stopAll()
	ctx, stop := context.WithCancel(context.Background())
	looked := make(chan struct{})
	go func() { // run waits for it
		defer close(looked)
		w.scrape(ctx)
	}()
	time.Sleep(30 * time.Second) // the first windows
	end := time.Now().Add(lasting)
	for opts.Faults.Every > 0 && time.Now().Before(end) {
		w.disturb()
	}
	time.Sleep(time.Until(end))
	w.calm.Store(true)
	time.Sleep(calm)
	stop()
	<-looked
	return w.led(history.Check(w.journal.Events(), w.finals()))
}

// led adds to a report whether the ring has its leader. Without one nothing is missing
// until somebody dies, so that nothing else shows it.
func (w *World) led(r history.Report) history.Report {
	var leaders []string
	for _, h := range w.alive("") {
		if h.replica.State().Leader {
			leaders = append(leaders, h.pod)
		}
	}
	if len(leaders) != 1 {
		r.Unled++
		r.Faults = append(r.Faults, fmt.Sprintf("after the calm the ring is led by %q, and not by one", leaders))
	}
	return r
}

// disturb waits a little and lets something go wrong for a while.
func (w *World) disturb() {
	time.Sleep(w.between(3*time.Second, w.Faults.Every))
	kinds := w.Faults.Kinds
	if len(kinds) == 0 {
		kinds = slices.Sorted(maps.Keys(faults))
	}
	end := w.begin(kinds)
	if w.chance(0.3) { // a second one on top of it
		time.Sleep(w.between(0, 5*time.Second))
		defer w.begin(kinds)()
	}
	time.Sleep(w.between(time.Second, 40*time.Second))
	end()
}

// begin lets one kind of fault begin.
func (w *World) begin(kinds []string) (end func()) {
	kind := kinds[w.intn(len(kinds))]
	w.log("faults").Info("begin: " + kind)
	over := faults[kind](w)
	return func() {
		w.log("faults").Info("end: " + kind)
		over()
	}
}
