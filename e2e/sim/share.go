package sim

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/roster"
	"github.com/adx-mon/adxexporter/sharding"
)

// ungated is a right that lets pushes go without asking when it was renewed.
type ungated struct{ executor.Guard }

// Fresh always agrees.
func (ungated) Fresh(context.Context, types.NamespacedName) error { return nil }

// workload is the roster, as cmd/adxexporter/app wires it.
type workload struct{ *Host }

func (w *World) workload(h *Host) sharding.Workload {
	if w.Without.SecondPhase {
		return hasty{workload{h}}
	}
	return workload{h}
}

// Take implements sharding.Workload.
func (w workload) Take(grants []sharding.Grant) {
	list := make([]roster.Grant, len(grants))
	for i, g := range grants {
		list[i] = roster.Grant(g)
	}
	w.roster.Take(list)
}

// Release implements sharding.Workload.
func (w workload) Release(ctx context.Context, partitions []int32) { w.roster.Release(ctx, partitions) }

// Drop implements sharding.Workload.
func (w workload) Drop(partitions []int32) { w.roster.Drop(partitions) }

// hasty says that a share is released before it is.
type hasty struct{ workload }

// Release does not release.
func (hasty) Release(context.Context, []int32) {}
