package ringcmd

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// Explanation is where an exporter runs.
type Explanation struct {
	Head

	Exporter  string `json:"exporter"`
	Partition int    `json:"partition"`
	// Owner runs it; nil if nobody does.
	Owner *Member `json:"owner"`
	// Generation is the epoch since which it has this owner.
	Generation int64 `json:"generation"`
	// To is the pod that it is moving to; empty if it stays.
	To string `json:"to,omitempty"`
	// Asked is the epoch that asked for the move, and Acknowledged is set when the
	// owner has released it.
	Asked        int64 `json:"asked,omitempty"`
	Acknowledged bool  `json:"acknowledged"`
}

// ErrNoTable means that the ring has not shared anything out yet.
var ErrNoTable = errors.New("the ring has no table yet; its leader makes it")

// NewExplanation returns where the exporter of a key, namespace/name, runs. An error
// is ErrNoTable.
func NewExplanation(s *State, key string, now time.Time) (Explanation, error) {
	if s.Table.Epoch == 0 {
		return Explanation{}, ErrNoTable
	}
	found := ring.Explain(s.Table, key)
	view := Explanation{Head: s.head(), Exporter: key, Partition: found.Partition, Generation: found.Generation}
	if found.Owner.Identity != "" {
		owner := s.memberOf(found.Owner.Name, found.Owner.Identity, now)
		owner.Partitions = len(s.Table.PartitionsOf(owner.Identity))
		view.Owner = &owner
	}
	if found.Moving() {
		view.To, view.Asked = found.To.Name, found.Handoff.Epoch
		view.Acknowledged = s.acknowledged(found.Owner.Name, found.Handoff.Epoch)
	}
	return view, nil
}

func (v Explanation) text(w io.Writer) {
	v.Head.text(w)
	_, _ = fmt.Fprintf(w, "%s is in partition %d of %d.\n", v.Exporter, v.Partition, v.Partitions)
	if v.Owner == nil {
		_, _ = fmt.Fprintln(w, "Nobody runs it: the leader gives it away with its next table.")
		return
	}
	_, _ = fmt.Fprintf(w, "%s runs it since epoch %d. %s\n", v.Owner.Pod, v.Generation, v.Owner.sentence())
	if v.To == "" {
		return
	}
	_, _ = fmt.Fprintf(w, "It moves to %s: asked for in epoch %d, %s.\n", v.To, v.Asked, released(v.Acknowledged))
}

func released(acknowledged bool) string {
	if acknowledged {
		return "released, and about to be granted"
	}
	return "not released yet"
}
