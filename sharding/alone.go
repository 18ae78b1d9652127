package sharding

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Alone is the ring of a single member: it owns every exporter for as long as
// the process lives.
type Alone struct {
	identity string
	fence    int64
}

// NewAlone returns the ring of the one member identity. Its fence is the start
// time in Unix milliseconds, but above the newest fence that an earlier process
// left behind, so that a clock that was set back locks nobody out.
func NewAlone(identity string, start time.Time, newest int64) *Alone {
	return &Alone{identity: identity, fence: max(start.UnixMilli(), newest+1)}
}

// Identity returns the member's identity.
func (a *Alone) Identity() string { return a.identity }

// CanAct returns the member's fence; it may always act.
func (a *Alone) CanAct(types.NamespacedName) (fence int64, ok bool) { return a.fence, true }

// Fresh returns nil: nobody can take over.
func (a *Alone) Fresh(context.Context, types.NamespacedName) error { return nil }

// Bind returns ctx: the right to act ends with the process only.
func (a *Alone) Bind(ctx context.Context, _ types.NamespacedName) (context.Context, context.CancelFunc) {
	return context.WithCancel(ctx)
}
