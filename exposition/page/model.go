package page

import (
	"time"
)

// Duration is a length of time that is a number of seconds in JSON.
type Duration float64

// Seconds returns d as a Duration.
func Seconds(d time.Duration) Duration { return Duration(d.Seconds()) }

// Std returns the duration as Go has it.
func (d Duration) Std() time.Duration { return time.Duration(float64(d) * float64(time.Second)) }

// State is how an exporter does, in a word.
type State string

// The states, from the one that needs somebody most.
const (
	// StateRefused: its spec is not valid, and it does not run.
	StateRefused State = "refused"
	// StateStalled: only a person can help.
	StateStalled State = "stalled"
	// StateFailing: it fails, and is tried again.
	StateFailing State = "failing"
	// StateUnknown: nobody who answered runs it.
	StateUnknown State = "unknown"
	// StateBehind: it succeeds, and windows wait in its backlog.
	StateBehind State = "behind"
	// StateWaiting: no window has been run yet.
	StateWaiting State = "waiting"
	// StateSuspended: it is told not to run.
	StateSuspended State = "suspended"
	// StateHealthy: all is well.
	StateHealthy State = "healthy"
)

// States are all states, from the one that needs somebody most.
func States() []State {
	return []State{
		StateRefused, StateStalled, StateFailing, StateUnknown, StateBehind, StateWaiting, StateSuspended, StateHealthy,
	}
}

// urgency orders states; the most urgent one has the lowest.
func (s State) urgency() int {
	for i, other := range States() {
		if s == other {
			return i
		}
	}
	return len(States())
}

// Replica is what a replica says of itself.
type Replica struct {
	Pod      string `json:"pod"`
	Version  string `json:"version"`
	Identity string `json:"identity,omitempty"`
	// Labels are the cluster labels, as key=value pairs, and Group their hash.
	Labels  []string  `json:"labels"`
	Group   string    `json:"group"`
	Started time.Time `json:"started"`
	Uptime  Duration  `json:"uptimeSeconds"`
	Ready   bool      `json:"ready"`
	// Reasons say why it is not ready, and Notes what does not keep it from being so.
	Reasons []string `json:"reasons,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	// Ring is false for a replica without a ring; then what follows is empty.
	Ring   bool   `json:"ring"`
	Leader bool   `json:"leader,omitempty"`
	Epoch  int64  `json:"epoch,omitempty"`
	Hash   string `json:"hash,omitempty"`
	// Exporters is how many it runs, States how many of them are in each state, and
	// Series how many series it shows.
	Exporters int           `json:"exporters"`
	States    map[State]int `json:"states,omitempty"`
	Series    int64         `json:"series"`
	// Metrics is where series are scraped; empty if they are not.
	Metrics string   `json:"metricsAddress,omitempty"`
	Outputs []string `json:"outputs,omitempty"`
}

// Home is the page of a replica.
type Home struct {
	At      time.Time `json:"at"`
	Replica Replica   `json:"replica"`
	// Others are the pods of the other members.
	Others []string `json:"others,omitempty"`
}

// Exporter is an exporter in the list.
type Exporter struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Owner is the pod of the replica that runs it.
	Owner string `json:"owner,omitempty"`
	State State  `json:"state"`
	// Reason and Message are those of the condition that says why.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	Running bool   `json:"running,omitempty"`
	// Interval is the exporter's.
	Interval Duration  `json:"intervalSeconds"`
	LastRun  time.Time `json:"lastRun,omitzero"`
	NextRun  time.Time `json:"nextRun,omitzero"`
	// Duration, Rows, Points, Series and Dropped are those of the last run that
	// succeeded.
	Duration Duration `json:"durationSeconds"`
	Rows     int64    `json:"rows"`
	Points   int64    `json:"points"`
	Series   int64    `json:"series"`
	Dropped  int64    `json:"dropped"`
	// Lag is how long ago the newest settled window ended; negative if there is none.
	Lag         Duration `json:"lagSeconds"`
	Backlog     int64    `json:"backlogWindows"`
	DeadLetters int64    `json:"deadLetterWindows"`
}

// Key is namespace/name.
func (e Exporter) Key() string { return e.Namespace + "/" + e.Name }

// Exporters is the page of all exporters.
type Exporters struct {
	At time.Time `json:"at"`
	// Query, State and Sort are what was asked for.
	Query string `json:"query,omitempty"`
	State State  `json:"state,omitempty"`
	Sort  string `json:"sort,omitempty"`
	// Total is how many there are, Matching how many fit the filter, and LeftOut how
	// many of those are not in Exporters, which has at most 500.
	Total     int        `json:"total"`
	Matching  int        `json:"matching"`
	LeftOut   int        `json:"leftOut"`
	Exporters []Exporter `json:"exporters"`
	// States is how many exporters are in each state, before the filter.
	States map[State]int `json:"states"`
	// Missing are the replicas that did not answer.
	Missing []Missing `json:"missing,omitempty"`
}

// Missing is a replica that did not answer, and why.
type Missing struct {
	Pod    string `json:"pod"`
	Reason string `json:"reason"`
}

// Run is one run of a window.
type Run struct {
	// Kind is live, again (for its values only) or retry (from the backlog).
	Kind    string    `json:"kind"`
	Start   time.Time `json:"windowStart"`
	End     time.Time `json:"windowEnd"`
	Started time.Time `json:"started"`
	// Duration is the whole run's, and Query the part that Kusto took.
	Duration Duration         `json:"durationSeconds"`
	Query    Duration         `json:"querySeconds"`
	Attempt  int32            `json:"attempt"`
	Rows     int64            `json:"rows"`
	Points   int64            `json:"points"`
	Series   int64            `json:"series"`
	Dropped  map[string]int64 `json:"dropped,omitempty"`
	// Reason and Error are empty for a run that succeeded.
	Reason      string        `json:"reason,omitempty"`
	Error       string        `json:"error,omitempty"`
	Undelivered []Undelivered `json:"undelivered,omitempty"`
	RequestID   string        `json:"clientRequestID,omitempty"`
}

// OK reports whether the run succeeded and every output took it.
func (r Run) OK() bool { return r.Error == "" && len(r.Undelivered) == 0 }

// DroppedTotal is the sum over all reasons.
func (r Run) DroppedTotal() int64 {
	var total int64
	for _, n := range r.Dropped {
		total += n
	}
	return total
}

// Undelivered is an output that did not take a window.
type Undelivered struct {
	Output string `json:"output"`
	Error  string `json:"error"`
}

// Waiting is a range of windows in the backlog.
type Waiting struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Windows  int64     `json:"windows"`
	Attempts int32     `json:"attempts"`
	Next     time.Time `json:"nextAttempt,omitzero"`
	Outputs  []string  `json:"outputs,omitempty"`
	Backfill string    `json:"backfill,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// DeadLetter is a range of windows that was given up.
type DeadLetter struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Windows  int64     `json:"windows"`
	At       time.Time `json:"at"`
	Attempts int32     `json:"attempts"`
	Reason   string    `json:"reason,omitempty"`
	Error    string    `json:"error,omitempty"`
}

// Condition is a condition of an exporter.
type Condition struct {
	Type    string    `json:"type"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
	Since   time.Time `json:"since,omitzero"`
}

// Detail is the page of one exporter.
type Detail struct {
	At       time.Time `json:"at"`
	Exporter Exporter  `json:"exporter"`
	Database string    `json:"database,omitempty"`
	// Spec is the spec in YAML.
	Spec string `json:"spec"`
	// Start and End bound the window that KQL asks for.
	Start time.Time `json:"windowStart,omitzero"`
	End   time.Time `json:"windowEnd,omitzero"`
	// KQL is the query with its parameters, as one text that runs as it is. Hidden is
	// set when it has secret strings, which are not shown.
	KQL      string `json:"kql,omitempty"`
	KQLError string `json:"kqlError,omitempty"`
	Hidden   bool   `json:"kqlHidden,omitempty"`
	// Runs are the newest runs on this replica, the newest first.
	Runs        []Run        `json:"runs"`
	Conditions  []Condition  `json:"conditions"`
	Waiting     []Waiting    `json:"backlog"`
	DeadLetters []DeadLetter `json:"deadLetters"`
	// Sample is the first lines that are shown of its series, which are Shown.
	Sample []string `json:"sample"`
	Shown  int64    `json:"shownSeries"`
	// Missing are the replicas that did not answer.
	Missing []Missing `json:"missing,omitempty"`
}

// Member is a member of the ring.
type Member struct {
	Pod      string `json:"pod"`
	Identity string `json:"identity"`
	Version  string `json:"version,omitempty"`
	Leader   bool   `json:"leader,omitempty"`
	// State is active, draining, joining, silent or ended.
	State string `json:"state"`
	// Partitions is how many it owns, and Share what part of all that is.
	Partitions int     `json:"partitions"`
	Share      float64 `json:"share"`
	// Heartbeat is the age of its last renewal as this replica saw it; negative if it
	// saw none.
	Heartbeat Duration `json:"heartbeatAgeSeconds"`
}

// Handoff is a set of partitions on its way.
type Handoff struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Partitions int    `json:"partitions"`
	Epoch      int64  `json:"epoch"`
}

// View is the ring as one replica sees it.
type View struct {
	Pod   string `json:"pod"`
	Epoch int64  `json:"epoch"`
	Hash  string `json:"hash,omitempty"`
	// TableAge is how long it has known its table.
	TableAge  Duration `json:"tableAgeSeconds"`
	Connected bool     `json:"connected"`
	Valid     bool     `json:"valid"`
	Serving   bool     `json:"serving"`
	Leader    bool     `json:"leader"`
	// Partitions is how many it works on.
	Partitions int `json:"partitions"`
}

// Ring is the page of the ring.
type Ring struct {
	At time.Time `json:"at"`
	// Alone is set for a replica without a ring.
	Alone    bool      `json:"alone,omitempty"`
	Term     int64     `json:"term,omitempty"`
	Total    int       `json:"partitions,omitempty"`
	Unowned  int       `json:"unownedPartitions,omitempty"`
	Own      View      `json:"own"`
	Members  []Member  `json:"members,omitempty"`
	Handoffs []Handoff `json:"handoffs,omitempty"`
	// Views are what all replicas see, this one among them.
	Views   []View    `json:"views,omitempty"`
	Missing []Missing `json:"missing,omitempty"`
	// Warnings say what people should look at.
	Warnings []string `json:"warnings,omitempty"`
}

// Target is a push endpoint as one replica sees it.
type Target struct {
	Replica string `json:"replica"`
	// Output is the output's name, and Endpoint the host.
	Output   string `json:"output"`
	Endpoint string `json:"endpoint"`
	// Breaker is closed, half-open or open.
	Breaker       string    `json:"breaker"`
	Until         time.Time `json:"openUntil,omitzero"`
	LastSuccess   time.Time `json:"lastSuccess,omitzero"`
	InFlight      int64     `json:"inFlight"`
	InFlightBytes int64     `json:"inFlightBytes"`
	Delivered     int64     `json:"delivered"`
	Failed        int64     `json:"failed"`
	LastError     string    `json:"lastError,omitempty"`
	LastFailure   time.Time `json:"lastFailure,omitzero"`
}

// Targets is the page of the push endpoints.
type Targets struct {
	At      time.Time `json:"at"`
	Targets []Target  `json:"targets"`
	Missing []Missing `json:"missing,omitempty"`
}
