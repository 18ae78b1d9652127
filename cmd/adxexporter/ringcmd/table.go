package ringcmd

import (
	"io"
	"slices"
	"strconv"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// Table is who owns which partitions.
type Table struct {
	Head

	Runs []Run `json:"runs"`
}

// Run is neighbouring partitions of which the same is true.
type Run struct {
	// First and Last are the partitions, both of them in the run.
	First int `json:"first"`
	Last  int `json:"last"`
	// Owner is the pod; empty if there is none.
	Owner      string `json:"owner"`
	Generation int64  `json:"generation"`
	// To is the pod that it is moving to; empty if it stays.
	To string `json:"to,omitempty"`
	// Asked is the epoch that asked for the move, and Acknowledged is set when the
	// owner has released it.
	Asked        int64 `json:"asked,omitempty"`
	Acknowledged bool  `json:"acknowledged"`
}

// NewTable returns who owns which partitions.
func NewTable(s *State) Table {
	view := Table{Head: s.head(), Runs: []Run{}}
	for p := range s.Table.Owners {
		run := s.runOf(p)
		if n := len(view.Runs); n > 0 && view.Runs[n-1].extends(run) {
			view.Runs[n-1].Last = p
			continue
		}
		view.Runs = append(view.Runs, run)
	}
	return view
}

// runOf returns a run of one partition.
func (s *State) runOf(p int) Run {
	owner, _ := s.Table.Owner(p)
	run := Run{First: p, Last: p, Owner: owner.Name, Generation: s.Table.Generations[p]}
	i := slices.IndexFunc(s.Table.Handoffs, func(h ring.Handoff) bool { return slices.Contains(h.Partitions, int32(p)) })
	if i >= 0 {
		h := s.Table.Handoffs[i]
		run.To, run.Asked, run.Acknowledged = s.podOf(h.To), h.Epoch, s.acknowledged(owner.Name, h.Epoch)
	}
	return run
}

// podOf returns the pod of a life.
func (s *State) podOf(identity string) string {
	for _, m := range s.Table.Members {
		if m.Identity == identity {
			return m.Name
		}
	}
	return identity
}

// extends reports whether the next run says the same.
func (r Run) extends(next Run) bool {
	next.First, next.Last = r.First, r.Last
	return r == next
}

func (v Table) text(w io.Writer) {
	v.Head.text(w)
	rows := [][]string{{"PARTITIONS", "OWNER", "GENERATION", "MOVING TO", "ASKED IN", "RELEASED"}}
	for _, r := range v.Runs {
		rows = append(rows, r.row())
	}
	aligned(w, rows)
}

func (r Run) row() []string {
	partitions := strconv.Itoa(r.First)
	if r.Last > r.First {
		partitions += "-" + strconv.Itoa(r.Last)
	}
	row := []string{partitions, r.Owner, strconv.FormatInt(r.Generation, 10), r.To, "", ""}
	if r.To != "" {
		row[4], row[5] = strconv.FormatInt(r.Asked, 10), yesNo(r.Acknowledged)
	}
	return row
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
