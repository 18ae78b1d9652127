package executor

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// TestMemoryIsShared: what does not fit waits until something is given back, and the
// oldest answer does not.
func TestMemoryIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(100)
		first, second := m.enter(), m.enter()
		require.NoError(t, first.take(t.Context(), 60))
		require.NoError(t, second.take(t.Context(), 40))
		require.NoError(t, first.take(t.Context(), 1000), "the oldest exceeds the budget")

		taken := make(chan error, 1)
		go func() { taken <- second.take(t.Context(), 50) }() // waited for below
		synctest.Wait()
		require.Empty(t, taken)
		first.leave()
		require.NoError(t, <-taken)
		require.Equal(t, int64(50), m.used)
		second.leave()
		require.Zero(t, m.used)
		require.Empty(t, m.atWork)
	})
}

func TestMemoryNextInLineGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10)
		answers := []*share{m.enter(), m.enter(), m.enter()}
		done := make(chan int, len(answers))
		for _, s := range answers {
			require.NoError(t, s.take(t.Context(), 1))
		}
		for i, s := range answers {
			go func() { // the test reads of each that it is done
				defer s.leave()
				if s.take(t.Context(), 50) == nil {
					time.Sleep(time.Second)
					done <- i
				}
			}()
		}
		for i := range answers {
			require.Equal(t, i, <-done, "in their order, one at a time")
		}
	})
}

// TestMemoryIsNotKeptByThoseThatWait: an answer that has not begun may wait for a place
// at its endpoint, which those have that grow, and a complete one may wait for the turn
// of such a one. Neither keeps others from going on; one that is being delivered does.
func TestMemoryIsNotKeptByThoseThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10)
		unbegun, complete, growing, next := m.enter(), m.enter(), m.enter(), m.enter()
		require.NoError(t, complete.take(t.Context(), 10))
		taken := make(chan *share, 2)
		for _, s := range []*share{growing, next} {
			go func() { // the test reads that it has
				if s.take(t.Context(), 50) == nil {
					taken <- s
				}
			}()
		}
		synctest.Wait()
		require.Empty(t, taken, "an older one grows")
		complete.pause()
		require.Same(t, growing, <-taken)
		complete.resume()
		growing.leave()
		synctest.Wait()
		require.Empty(t, taken, "an older one is being delivered")
		complete.leave()
		require.Same(t, next, <-taken)
		next.leave()
		unbegun.resume()
		require.Empty(t, m.atWork, "it has nothing")
		require.Zero(t, m.used)
	})
}

func TestMemoryWaitEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10)
		oldest := m.enter()
		defer oldest.leave()
		require.NoError(t, oldest.take(t.Context(), 1))
		s := m.enter()
		defer s.leave()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, s.take(ctx, 11), context.DeadlineExceeded)
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestMemoryWithoutLimit(t *testing.T) {
	m := newMemory(0)
	m.enter()
	require.NoError(t, m.enter().take(t.Context(), 1<<60))
}

// TestMeteredAnswers: an answer takes memory in steps, and a small one takes none.
func TestMeteredAnswers(t *testing.T) {
	m := newMemory(1)
	oldest := m.enter()
	defer oldest.leave()
	require.NoError(t, oldest.take(t.Context(), 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	transformer := new(metric.Transformer)
	transformer.Reset(CompilerFor(newExporter("e"), metric.Options{}), time.Unix(60, 0))
	s := m.enter()
	defer s.leave()
	consumer := &metered{Transformer: transformer, ctx: ctx, share: s}
	require.NoError(t, consumer.Columns(answer{columns: []string{"time", "value"}}.schema()))
	at := query.Ticks(time.Unix(30, 0))
	rows := 0
	var err error
	for err == nil {
		rows++
		err = consumer.Row([]query.Cell{{Int: at}, {Real: float64(rows)}})
	}
	require.ErrorIs(t, err, context.Canceled)
	var told *query.Error
	require.ErrorAs(t, err, &told)
	require.Equal(t, query.Aborted, told.Class)
	require.Greater(t, transformer.Bytes(), int64(answerStep))
	require.Less(t, transformer.Bytes(), int64(answerStep+200), "not a row later")
}

// largeAnswers is a Kusto whose answers take twice answerStep.
type largeAnswers struct{}

func (largeAnswers) Schema(context.Context, query.Request) ([]query.Column, error) {
	return answer{columns: []string{"time", "value"}}.schema(), nil
}

func (k largeAnswers) Query(ctx context.Context, request query.Request, consumer query.Consumer) (query.Stats, error) {
	columns, err := k.Schema(ctx, request)
	if err == nil {
		err = consumer.Columns(columns)
	}
	for taken := 0; err == nil && taken < 2*answerStep; taken += 64 { // a point's
		err = consumer.Row([]query.Cell{{Int: query.Ticks(time.Unix(int64(taken), 0))}, {Real: 1}})
	}
	return query.Stats{}, err
}

// TestAnswersShareTheMemoryOfAnExecutor: one that is being delivered holds up those
// that were asked for later, and one that waits for its turn does not.
func TestAnswersShareTheMemoryOfAnExecutor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(Options{Querier: largeAnswers{}, Memory: 1})
		object := newExporter("a")
		s := situation{object: object, rule: ruleOf(object), state: state{verified: object.Generation}}
		ask := func(ahead bool) *reply {
			r := e.askFor(t.Context(), s, action{step: stepRun}, CompilerFor(object, metric.Options{}), ahead)
			synctest.Wait()
			return r
		}
		isDone := func(r *reply) bool {
			select {
			case <-r.done:
				return r.err == nil && r.share.held > answerStep
			default:
				return false
			}
		}
		inTurn, ahead := ask(false), ask(true)
		require.True(t, isDone(inTurn), "the first never waits")
		require.False(t, isDone(ahead))
		e.recycle(inTurn)
		synctest.Wait()
		require.True(t, isDone(ahead))
		later := ask(false)
		require.True(t, isDone(later), "it may be what the one ahead waits for")
		e.recycle(ahead)
		e.recycle(later)
		require.Zero(t, e.memory.used)
	})
}

// TestAnswersAreAtWorkWhileTheyAreDelivered: also those that have waited for it.
func TestAnswersAreAtWorkWhileTheyAreDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(nil)
		w.stop()
		e := New(Options{Querier: largeAnswers{}, Memory: 1, Guard: w, Recorder: w, Metrics: NewMetrics(prometheus.NewRegistry()), Log: zap.NewNop()})
		object := newExporter("a")
		var atWork []int
		s := situation{object: object, rule: ruleOf(object), state: state{verified: object.Generation}, sinks: []Sink{sinkFunc(func() error {
			atWork = append(atWork, len(e.memory.atWork))
			return nil
		})}}
		r := e.askFor(t.Context(), s, action{step: stepRun}, CompilerFor(object, metric.Options{}), true)
		<-r.done
		require.Empty(t, e.memory.atWork)
		e.publish(s, r)
		require.Equal(t, []int{1}, atWork)
		e.recycle(r)
	})
}
