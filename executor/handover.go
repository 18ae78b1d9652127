package executor

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// Handover is what a replica knows of an exporter when it lets go of it, for the
// replica that goes on. It saves the successor a query, and a scrape-only exporter
// the windows since its status was last written. The status decides all the same:
// a handover that does not follow on what is stored is worth nothing.
type Handover struct {
	Exporter types.NamespacedName `json:"exporter"`
	UID      types.UID            `json:"uid"`
	// Entry is the group's entry, perhaps ahead of Committed, which was written at
	// CommittedAt.
	Entry       v1.GroupStatus `json:"entry"`
	Committed   v1.GroupStatus `json:"committed"`
	CommittedAt time.Time      `json:"committedAt"`
	// Verified is the generation whose columns fit its transform, and Shown the one
	// whose values are shown.
	Verified int64 `json:"verified"`
	Shown    int64 `json:"shown"`
	// Exact is set when Entry's watermark is the newest one for sure.
	Exact bool `json:"exact"`
	// Owed is when to try again to record Entry; zero if there is no need.
	Owed time.Time `json:"owed,omitzero"`
	// Attempts, Until and Hold are the trouble that the exporter is in.
	Attempts int32     `json:"attempts,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Hold     int64     `json:"hold,omitempty"`
}

// onto returns what is known of an exporter with the handover, if it follows on
// what is stored.
func (h *Handover) onto(stored state, object *v1.MetricsExporter) state {
	if h == nil || h.UID != object.UID || !follows(h.Committed, stored.committed) {
		return stored
	}
	next := state{
		entry: *h.Entry.DeepCopy(), committed: stored.committed, committedAt: h.CommittedAt,
		owed: h.Owed, verified: h.Verified, shown: h.Shown, exact: h.Exact,
	}
	if h.Entry.ObservedGeneration == object.Generation { // else it was an older spec's
		next.failure = failure{attempts: h.Attempts, until: h.Until, hold: h.Hold}
	}
	return next
}

// follows reports whether two entries are the same write.
func follows(a, b v1.GroupStatus) bool {
	return a.Group == b.Group && a.Owner == b.Owner && a.Fence == b.Fence && a.Seq == b.Seq
}

// Release lets go of an exporter that another replica goes on with: no further
// step begins, one under way may finish until ctx ends and is cut off then, and
// what push outputs must not repeat is recorded. The exporter's series stay as they
// are; Drop takes them away. ok is false if the exporter is not known here.
func (e *Executor) Release(ctx context.Context, key types.NamespacedName) (h Handover, ok bool) {
	e.mu.Lock()
	x, known := e.exporters[key]
	if !known {
		e.mu.Unlock()
		return Handover{}, false
	}
	x.leaving = true
	e.unqueue(x)
	running, done, cancel := x.running, x.done, x.cancel
	e.mu.Unlock()
	if running {
		select {
		case <-done:
		case <-ctx.Done():
			cancel()
			<-done
		}
	}
	return e.handOver(ctx, x)
}

// handOver records what has been pushed, and returns what is known of an exporter at rest.
func (e *Executor) handOver(ctx context.Context, x *exporter) (h Handover, ok bool) {
	e.mu.Lock()
	s := e.situation(x)
	e.mu.Unlock()
	next := s.state
	if s.keepsPast() && !equality.Semantic.DeepEqual(next.entry, next.committed) {
		e.record(ctx, s, &next, e.logger(s, action{}))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if x.removed {
		return Handover{}, false
	}
	x.state = next
	return Handover{
		Exporter: x.key, UID: x.object.UID,
		Entry: *next.entry.DeepCopy(), Committed: *next.committed.DeepCopy(), CommittedAt: next.committedAt,
		Verified: next.verified, Shown: next.shown, Exact: next.exact, Owed: next.owed,
		Attempts: next.failure.attempts, Until: next.failure.until, Hold: next.failure.hold,
	}, true
}
