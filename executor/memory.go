package executor

import (
	"context"
	"sync"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// answerStep is in what steps an answer takes memory, in bytes. What is smaller than
// one step is free, so that large answers never hold up the many small ones.
const answerStep = 1 << 20

// memory is a budget of bytes that answers share. One that grows takes more, and
// waits when nothing is left until others are done; meanwhile Kusto's connection is
// not read, so that nothing piles up. Of those that are at work, growing or being
// delivered, the one that was asked for first never waits: one is always getting done,
// and it alone exceeds the budget. One that has not begun, or waits for its turn, is
// not at work: what it waits for may be held by one that waits for memory.
type memory struct {
	size int64 // never changed; zero means no limit

	mu     sync.Mutex // guards what follows, and what shares hold
	used   int64
	asked  int64               // how many answers have been asked for
	atWork map[*share]struct{} // those that may not be overtaken
	freed  chan struct{}       // closed when somebody may go on
}

func newMemory(size int64) *memory {
	return &memory{size: size, atWork: map[*share]struct{}{}, freed: make(chan struct{})}
}

// share is what one answer has of the budget.
type share struct {
	of   *memory
	turn int64
	held int64
}

// enter gives an answer its turn. It must leave.
func (m *memory) enter() *share {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return &share{of: m, turn: m.asked}
}

// take returns once the answer may hold a number of bytes in all, or when ctx ends.
func (s *share) take(ctx context.Context, bytes int64) error {
	for {
		freed := s.tryTake(bytes)
		if freed == nil {
			return nil
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tryTake returns nil if the answer may hold the bytes, else what to wait for.
func (s *share) tryTake(bytes int64) (freed <-chan struct{}) {
	m := s.of
	m.mu.Lock()
	defer m.mu.Unlock()
	m.atWork[s] = struct{}{}
	more := bytes - s.held
	if m.size > 0 && m.used+more > m.size && !m.isFirst(s) {
		return m.freed
	}
	m.used += more
	s.held = bytes
	return nil
}

// isFirst reports whether no answer at work was asked for before. mu is held.
func (m *memory) isFirst(s *share) bool {
	for other := range m.atWork {
		if other.turn < s.turn {
			return false
		}
	}
	return true
}

// pause notes that the answer is complete and waits for its turn. It holds what it has.
func (s *share) pause() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.rest(s)
}

// resume notes that its turn has come.
func (s *share) resume() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	if s.held > 0 {
		s.of.atWork[s] = struct{}{}
	}
}

// leave gives all memory back.
func (s *share) leave() {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.of.used -= s.held
	s.of.rest(s)
}

// rest takes an answer out of those at work, and has those that wait look again. mu is
// held.
func (m *memory) rest(s *share) {
	delete(m.atWork, s)
	close(m.freed)
	m.freed = make(chan struct{})
}

// metered is a transformer that takes memory as its answer grows.
type metered struct {
	*metric.Transformer

	ctx   context.Context //nolint:containedctx // it lives as long as one query, whose consumer has no context
	share *share
}

// Row adds the points of a row, once there is memory for them.
func (m *metered) Row(cells []query.Cell) error {
	if bytes := m.Bytes(); bytes >= m.share.held+answerStep {
		if err := m.share.take(m.ctx, bytes); err != nil {
			return &query.Error{Class: query.Aborted, Message: "The run ended while its answer waited for memory.", Err: err}
		}
	}
	return m.Transformer.Row(cells)
}
