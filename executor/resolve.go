package executor

import (
	"bytes"
	"encoding/json"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// Refusal is why the API server has refused an entry.
type Refusal uint8

// The reasons.
const (
	// RefusedOtherwise: for no reason that what is stored could explain.
	RefusedOtherwise Refusal = iota
	// RefusedWritten: it has been written already, and the answer was lost.
	RefusedWritten
	// RefusedBehind: an earlier entry of ours has been written, whose answer was
	// lost. With the next seq, this one follows on it.
	RefusedBehind
	// RefusedOutdated: somebody else has written since.
	RefusedOutdated
)

// Resolve returns why an entry was refused, given the one that is stored; the zero
// entry if there is none. Nobody else writes under our name and fence.
func Resolve(stored, entry v1.GroupStatus) Refusal {
	ours := stored.Owner == entry.Owner && stored.Fence == entry.Fence
	switch {
	case stored.Group == "":
		return RefusedOtherwise
	case ours && stored.Seq == entry.Seq && sameEntry(stored, entry):
		return RefusedWritten
	case ours && stored.Seq >= entry.Seq:
		return RefusedBehind
	case stored.Fence > entry.Fence, stored.Seq+1 != entry.Seq:
		return RefusedOutdated
	}
	return RefusedOtherwise
}

// sameEntry compares entries as they are stored: times have whole seconds there.
func sameEntry(a, b v1.GroupStatus) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
