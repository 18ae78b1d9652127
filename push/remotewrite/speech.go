package remotewrite

import "sync/atomic"

// speech is the version that a receiver is spoken to in. It is found out once and
// kept: a receiver that is upgraded still speaks 1.0.
type speech struct {
	fixed Version
	state atomic.Uint32
}

// The states of what is found out.
const (
	speechUnknown uint32 = iota
	speech1
	speech2
)

// version returns the version to speak, and whether the receiver is known to
// understand it.
func (s *speech) version() (v Version, confirmed bool) {
	if s.fixed != VersionAuto {
		return s.fixed, true
	}
	state := s.state.Load()
	if state == speech1 {
		return Version1, true
	}
	return Version2, state == speech2
}

// understood notes that the receiver took a message.
func (s *speech) understood(v Version) {
	if v == Version2 {
		s.state.CompareAndSwap(speechUnknown, speech2)
	}
}

// fallBack notes that the receiver did not understand 2.0; it returns false if
// nothing else may be spoken.
func (s *speech) fallBack() bool {
	s.state.Store(speech1)
	return s.fixed == VersionAuto
}
