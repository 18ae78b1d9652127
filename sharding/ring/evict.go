package ring

import "time"

// Suspect is a member that has been silent for so long that it must have stopped.
type Suspect struct {
	Name   string
	Silent time.Duration
}

// EvictInput is what Evict depends on.
type EvictInput struct {
	// Members is how many there are, suspects and all.
	Members int
	// Suspects come with the longest silent first.
	Suspects []Suspect
	// Since is how long ago a member was last evicted.
	Since time.Duration
	// Dead is how long a member must be silent to be a suspect.
	Dead time.Duration
}

// Evict returns the members to declare dead now. If half of them or more fall
// silent together, it is more likely that something between them and the leader
// is broken: then one goes at a time, Dead apart, so that the rest are not crushed.
func Evict(in EvictInput) []string {
	if len(in.Suspects) == 0 {
		return nil
	}
	chosen := in.Suspects
	if 2*len(in.Suspects) >= in.Members {
		if in.Since < in.Dead {
			return nil
		}
		chosen = chosen[:1]
	}
	names := make([]string, len(chosen))
	for i, s := range chosen {
		names[i] = s.Name
	}
	return names
}
