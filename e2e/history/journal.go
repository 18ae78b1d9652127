package history

import (
	"sync"
	"time"
)

// Kind is what happened.
type Kind uint8

// The kinds.
const (
	// Query: a window was asked for.
	Query Kind = iota
	// Push: a receiver has taken a window.
	Push
	// Commit: an entry of a status was written.
	Commit
	// Look: all replicas were scraped. Exporter is empty.
	Look
)

// String returns the kind's name.
func (k Kind) String() string { return [...]string{"query", "push", "commit", "look"}[k] }

// Event is something that happened, at true time.
type Event struct {
	Kind     Kind
	At       time.Time
	Exporter string
	// Start and End bound the window, for a Query and a Push.
	Start, End time.Time
	// Owner and Fence are the right under which it was done; zero if not known.
	Owner string
	Fence int64
	// Seq and Watermark are the entry's, for a Commit.
	Seq       int64
	Watermark time.Time
	// Digest is the content's, for a Push.
	Digest uint64
	// Frozen is set when the replica stood still between its last look at its right
	// and the sending: no protocol can prevent that.
	Frozen bool
	// Shown, Twice and Missing count exporters at a Look: shown by somebody, by more
	// than one, and by nobody.
	Shown, Twice, Missing int
}

// Journal collects events. It may be used by several goroutines.
type Journal struct {
	mu     sync.Mutex
	events []Event
}

// Add writes an event down.
func (j *Journal) Add(e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, e)
}

// Events returns what happened, in the order in which it was written down.
func (j *Journal) Events() []Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Event(nil), j.events...)
}
