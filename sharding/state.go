package sharding

import (
	"encoding/json"
	"net/http"
)

// StatePath is where replicas tell each other, and people, what they know.
const StatePath = "/ring/v1/state"

// State is what a replica knows of its ring.
type State struct {
	Group    string `json:"group"`
	Pod      string `json:"pod"`
	Identity string `json:"identity"`
	// Epoch is that of the newest table seen.
	Epoch int64 `json:"epoch"`
	// Connected is set while the API server answers.
	Connected bool `json:"connected"`
	// Valid is set while the replica may act.
	Valid bool `json:"valid"`
	// Serving is set while it shows series that are its own.
	Serving    bool `json:"serving"`
	Leader     bool `json:"leader"`
	Partitions int  `json:"partitions"`
}

// State returns what this replica knows.
func (r *Replica) State() State {
	g := r.guard
	g.mu.RLock()
	now := g.clock.Now()
	s := State{
		Group: r.opts.Group, Pod: r.opts.Pod, Identity: g.identity, Leader: r.leads.Load(),
		Valid: g.valid(now), Serving: g.valid(now) || now.Before(g.confirmed),
	}
	s.Connected = !g.sent.IsZero() && now.Sub(g.sent) <= g.timing.Gate
	for _, t := range g.tenures {
		if t.acts() {
			s.Partitions++
		}
	}
	g.mu.RUnlock()
	s.Epoch = r.table().Epoch
	return s
}

// ServeHTTP answers with the State.
func (r *Replica) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "only GET is answered here", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(r.State()) // an error means that the client has gone
}
