package sharding

import "time"

// Timing are the protocol's durations. Safety rests on two relations: Valid ends
// before Dead by more than clock rates differ (Dead/Valid = 1.25), and Valid
// leaves room for three renewals and a request that times out.
type Timing struct {
	// Renew is how often a member renews its Lease, give or take a tenth.
	Renew time.Duration
	// Valid is how long a member may act after it sent its last good renewal.
	Valid time.Duration
	// Dead is how long a member must be silent, as seen by a leader that is itself
	// connected, before its share is given to others.
	Dead time.Duration
	// Gate is how old the last good renewal may be when something is pushed.
	Gate time.Duration
	// Request bounds one call to the API server for membership.
	Request time.Duration
	// Settle is how long membership must be quiet before shares are evened out.
	Settle time.Duration
	// Drain is how long a share that is given away may take to finish its work.
	Drain time.Duration
	// Leave is how long a replica that stops waits for others to take its share.
	Leave time.Duration
	// Serve is how long series are shown without a Lease while the peers confirm
	// that nobody can take over.
	Serve time.Duration
	// Election is how long leadership lasts without renewal, Deadline when a leader
	// gives up renewing, and Retry how often candidates ask.
	Election, Deadline, Retry time.Duration
}

// DefaultTiming takes over from a dead replica in 8 to 10 seconds.
func DefaultTiming() Timing {
	return Timing{
		Renew: 2 * time.Second, Valid: 8 * time.Second, Dead: 10 * time.Second,
		Gate: 3200 * time.Millisecond, Request: 2500 * time.Millisecond,
		Settle: 30 * time.Second, Drain: 10 * time.Second, Leave: 15 * time.Second, Serve: 15 * time.Minute,
		Election: 9 * time.Second, Deadline: 6 * time.Second, Retry: 1500 * time.Millisecond,
	}
}

// FastTiming takes over in 4 to 5 seconds, for twice the Lease traffic. It wants
// an API server that answers within a second.
func FastTiming() Timing {
	t := DefaultTiming()
	t.Renew, t.Valid, t.Dead = time.Second, 4*time.Second, 5*time.Second
	t.Gate, t.Request = 2200*time.Millisecond, time.Second
	t.Election, t.Deadline, t.Retry = 5*time.Second, 3500*time.Millisecond, time.Second
	return t
}
