package sim

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

// Faults say how much goes wrong.
type Faults struct {
	// Every is the longest time between two faults; zero is none.
	Every time.Duration
	// Kinds are those that happen; empty means all.
	Kinds []string
	// LostAnswer, Slow, QueryFails and PushFails are chances of each call.
	LostAnswer, Slow, QueryFails, PushFails float64
}

// faults are all kinds of research into what clusters do to their pods: each begins
// one, and returns how to end it.
var faults = map[string]func(w *World) (end func()){
	"crash":     (*World).crash,
	"node-loss": (*World).nodeLoss,
	"freeze":    (*World).freezeOne,
	"freeze-in-gap": func(w *World) func() {
		w.gap.Store(&gap{host: w.any(), lasting: w.between(time.Second, 40*time.Second)})
		return func() { w.gap.Store(nil) }
	},
	"cut-in-gap": (*World).cutInGap,
	"deaf":       (*World).deafen,
	"cut": func(w *World) func() {
		h := w.any()
		h.setCut(true)
		return func() { h.setCut(false) }
	},
	"api-down": func(w *World) func() {
		w.setDown(true)
		return func() { w.setDown(false) }
	},
	"leader":  (*World).killLeader,
	"scale":   (*World).scale,
	"shrink":  (*World).shrink,
	"rolling": (*World).rolling,
	"twin":    (*World).twin,
	"ring": func(w *World) func() {
		_, _ = w.api.rings.Delete(types.NamespacedName{Name: w.group}, store.Preconditions{}) // it may be gone already
		return func() {}
	},
}

// any returns a living host.
func (w *World) any() *Host {
	alive := w.alive("")
	return alive[w.intn(len(alive))]
}

// crash kills a process, whose container starts again in its pod.
func (w *World) crash() func() {
	h := w.any()
	h.kill()
	time.Sleep(w.between(500*time.Millisecond, 3*time.Second))
	w.start(h.pod, h.uid)
	return func() {}
}

// nodeLoss kills a pod, which comes back later as another one.
func (w *World) nodeLoss() func() {
	h := w.any()
	h.kill()
	return func() { w.start(h.pod, w.newUID()) }
}

// freezeOne stops a process for a while.
func (w *World) freezeOne() func() {
	h := w.any()
	h.freeze()
	return h.thaw
}

// cutInGap cuts a host off, and freezes it for a moment when it is about to push
// although its Lease has not been renewed for a while.
func (w *World) cutInGap() func() {
	h := w.any()
	h.setCut(true)
	time.Sleep(w.between(2*time.Second, 7*time.Second))
	w.gap.Store(&gap{host: h, lasting: w.between(3*time.Second, 5*time.Second)})
	return func() {
		w.gap.Store(nil)
		h.setCut(false)
	}
}

// deafen has a host's watches stall, as a broken connection does, while its other
// calls come through; perhaps it is frozen at first, for so long that it is fenced.
func (w *World) deafen() func() {
	h := w.any()
	h.setDeaf(true)
	if w.chance(0.5) {
		h.freeze()
		time.Sleep(w.Timing.Dead + w.between(time.Second, 5*time.Second))
		h.thaw()
	}
	return func() { h.setDeaf(false) }
}

// killLeader kills the leader.
func (w *World) killLeader() func() {
	for _, h := range w.alive("") {
		if h.replica.State().Leader {
			h.kill()
			return func() { w.start(h.pod, w.newUID()) }
		}
	}
	return func() {}
}

// scale takes a replica away in good order, or adds one.
func (w *World) scale() func() {
	if w.chance(0.5) {
		h := w.start(w.unusedName(), w.newUID())
		return func() { w.stopGracefully(h) }
	}
	h := w.any()
	w.stopGracefully(h)
	return func() { w.comeBack(h.pod) }
}

// shrink takes half of the replicas away at once, in good order.
func (w *World) shrink() func() {
	all := w.alive("")
	gone := all[len(all)/2:]
	var stopped sync.WaitGroup
	for _, h := range gone {
		stopped.Go(func() { w.stopGracefully(h) })
	}
	stopped.Wait()
	return func() {
		for _, h := range gone {
			w.comeBack(h.pod)
		}
	}
}

// comeBack starts a pod again, unless there is another one of its name meanwhile.
func (w *World) comeBack(pod string) {
	if len(w.alive(pod)) == 0 {
		w.start(pod, w.newUID())
	}
}

// unusedName returns the next name of a StatefulSet that grows. Those that are away
// for the moment will be back.
func (w *World) unusedName() string {
	for i := w.Replicas; ; i++ {
		if name := podName(i); len(w.alive(name)) == 0 {
			return name
		}
	}
}

// stopGracefully is SIGTERM, and SIGKILL after the grace period.
func (w *World) stopGracefully(h *Host) {
	h.stop()
	select {
	case err := <-h.done:
		h.done <- err
	case <-time.After(30 * time.Second):
	}
	h.kill()
}

// rolling restarts all replicas, one after the other.
func (w *World) rolling() func() {
	for _, h := range w.alive("") {
		w.stopGracefully(h)
		time.Sleep(w.between(500*time.Millisecond, 2*time.Second))
		w.start(h.pod, w.newUID())
		time.Sleep(w.between(2*time.Second, 8*time.Second))
	}
	return func() {}
}

// twin deletes a pod by force while its process lives on, cut off or not.
func (w *World) twin() func() {
	old := w.any()
	old.setCut(w.chance(0.5))
	w.start(old.pod, w.newUID())
	return func() {
		old.setCut(false)
		old.kill()
	}
}
