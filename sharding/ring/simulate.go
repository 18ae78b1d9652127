package ring

import (
	"errors"
	"fmt"
	"slices"
)

// Change is a change of membership that has not happened.
type Change struct {
	// Joining and Leaving are names of pods. Those that leave drain first.
	Joining, Leaving []string
}

// Moves is what a change of membership comes to, once the ring is at rest again.
type Moves struct {
	// Partitions is how many change their owner, and Weight their part of the load,
	// from 0 to 1.
	Partitions int
	Weight     float64
	// Needless is how many of them move between two members that were there before
	// and stay.
	Needless int
	// Epochs is how many tables are published for it.
	Epochs        int
	Before, After Spread
}

// ErrMember means that a change does not fit the members.
var ErrMember = errors.New("no such change of members")

// Simulate returns what a change of membership would come to, if everybody released
// at once what it is asked for and nothing else happened. The table must be one that
// has been planned or decoded; weights are those of its partitions, nil means the
// same for all. An error is ErrMember.
func Simulate(t Table, weights []float64, change Change) (Moves, error) {
	s := newSimulation(t, weights)
	s.rest() // what is under way already is none of the change's
	start := s.in.Table
	if err := s.apply(change); err != nil {
		return Moves{}, err
	}
	moves := Moves{Epochs: s.rest(), Before: SpreadOf(start, weights), After: SpreadOf(s.in.Table, weights)}
	s.count(&moves, start)
	return moves, nil
}

// simulation is a ring whose members do at once what they are asked for.
type simulation struct{ in Input }

func newSimulation(t Table, weights []float64) *simulation {
	s := &simulation{in: Input{Table: t, Weights: weights, Settings: DefaultSettings()}}
	s.in.Settings.Partitions, s.in.Quiet = len(t.Owners), s.in.Settings.Settle
	for _, m := range t.Members {
		s.in.Live = append(s.in.Live, Live{Name: m.Name, Identity: m.Identity, Draining: m.Draining})
	}
	return s
}

// apply has members join and leave.
func (s *simulation) apply(change Change) error {
	for _, name := range change.Joining {
		if s.find(name) >= 0 {
			return fmt.Errorf("%w: %q is a member already", ErrMember, name)
		}
		s.in.Live = append(s.in.Live, Live{Name: name, Identity: name + "/simulated"})
	}
	for _, name := range change.Leaving {
		if s.find(name) < 0 {
			return fmt.Errorf("%w: %q is no member", ErrMember, name)
		}
		for i := range s.in.Live {
			s.in.Live[i].Draining = s.in.Live[i].Draining || s.in.Live[i].Name == name
		}
	}
	return nil
}

func (s *simulation) find(name string) int {
	return slices.IndexFunc(s.in.Live, func(m Live) bool { return m.Name == name })
}

// rest plans until nothing changes any more, and returns how many tables that takes.
func (s *simulation) rest() int {
	for epochs := 0; ; epochs++ {
		for i := range s.in.Live {
			s.in.Live[i].Acked = s.in.Table.Epoch
		}
		next, changed := Plan(s.in)
		if !changed {
			return epochs
		}
		s.in.Table = next
	}
}

// count adds up what has moved since a table.
func (s *simulation) count(moves *Moves, start Table) {
	weights := weightsOf(s.in.Weights, len(start.Owners))
	all := 0.0
	stays := map[string]bool{} // and was there before
	for _, m := range s.in.Live {
		stays[m.Identity] = !m.Draining && start.has(m.Identity)
	}
	for p := range start.Owners {
		all += weights[p]
		was, _ := start.Owner(p)
		is, _ := s.in.Table.Owner(p)
		if was.Identity == is.Identity {
			continue
		}
		moves.Partitions++
		moves.Weight += weights[p]
		if stays[was.Identity] && stays[is.Identity] {
			moves.Needless++
		}
	}
	moves.Weight /= all
}
