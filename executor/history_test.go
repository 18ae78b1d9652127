package executor

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// TestHistoryKeepsTheNewest: in order, never more than its length, and whoever looks
// at it sees no later run.
func TestHistoryKeepsTheNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h history
		runs := rapid.IntRange(0, 3*HistoryLength).Draw(t, "runs")
		for i := range runs {
			before := h
			h = h.add(Run{Rows: int64(i)})
			if len(before) > 0 {
				require.Equal(t, int64(i-1), before[len(before)-1].Rows, "what was there has changed")
			}
		}
		require.Len(t, h, min(runs, HistoryLength))
		for i, run := range h {
			require.Equal(t, int64(runs-len(h)+i), run.Rows)
		}
	})
}

// TestHistoryOfAnExporter: what a run came to is kept with its exporter, and goes
// with it; an exporter that comes back begins anew.
func TestHistoryOfAnExporter(t *testing.T) {
	rules, err := validation.New()
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(rules)
		defer func() { w.stop() }()
		w.set(func() {
			w.answers = []answer{{times: 2, columns: []string{"time", "value"}, rows: 2, takes: 3 * time.Second}}
		})
		object := newExporter("a")
		key := types.NamespacedName{Namespace: "ns", Name: "a"}
		w.set(func() { w.objects["a"] = object.DeepCopy() }) // its status is written there
		w.executor.Apply(object.DeepCopy())
		time.Sleep(10 * time.Second)
		synctest.Wait()
		s, ok := w.executor.Snapshot(key)
		require.True(t, ok)
		require.Equal(t, []Snapshot{s}, w.executor.Snapshots())
		require.Len(t, s.Runs, 1)
		first := s.Runs[0]
		require.Equal(t, RunLive, first.Kind)
		require.Equal(t, 6*time.Second, first.Duration, "the preflight and the query")
		require.Equal(t, int64(2), first.Rows)
		require.Equal(t, int32(1), first.Attempt)
		require.Equal(t, time.Minute, first.End.Sub(first.Start))
		require.Contains(t, first.RequestID, "adxexporter;ns/a;")
		require.Empty(t, first.Error)
		require.False(t, s.Next.IsZero())
		require.False(t, s.Running)

		w.set(func() {
			w.answers = []answer{{times: 1, err: &query.Error{Class: query.Permanent, Message: "no such thing"}}}
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		s, _ = w.executor.Snapshot(key)
		require.GreaterOrEqual(t, len(s.Runs), 2)
		require.Equal(t, v1.ReasonQueryFailed, s.Runs[1].Reason)
		require.Equal(t, "No such thing.", s.Runs[1].Error)

		w.executor.Drop(key)
		_, ok = w.executor.Snapshot(key)
		require.False(t, ok)
		var stored *v1.MetricsExporter
		w.set(func() {
			stored = w.objects["a"].DeepCopy()
			w.answers = []answer{{times: 1, takes: time.Second}} // its run is not over before it is looked at
		})
		w.executor.Take(stored, nil)
		s, ok = w.executor.Snapshot(key)
		require.True(t, ok)
		require.Empty(t, s.Runs, "the history stays with who ran it")
		w.executor.Refuse(stored, errors.New("its interval is a joke"))
		s, _ = w.executor.Snapshot(key)
		require.Equal(t, "Its interval is a joke.", s.Refused)
	})
}

// TestRunOf: what is kept of an outcome.
func TestRunOf(t *testing.T) {
	broken := errors.New("the receiver is away")
	o := outcome{
		action: action{step: stepRetry}, requestID: "id", started: time.Unix(10, 0),
		counts:    counts{rows: 4, points: 3, series: 2, dropped: 1, reasons: map[string]int64{"null_value": 1}},
		delivered: []delivered{{sink: sinkFunc(nil)}, {sink: sinkFunc(nil), err: broken}},
	}
	require.Equal(t, Run{
		Kind: RunRetry, Started: time.Unix(10, 0), Duration: 5 * time.Second, Attempt: 2,
		Rows: 4, Points: 3, Series: 2, Dropped: map[string]int64{"null_value": 1}, RequestID: "id",
		Undelivered: []Undelivered{{"OTLP", "The receiver is away."}},
	}, runOf(o, 2, time.Unix(15, 0)))
	require.Equal(t, RunAgain, kindOf(action{step: stepShow}))
}

// TestReasonsOf: drops are counted by reason, and no drops cost nothing.
func TestReasonsOf(t *testing.T) {
	var batch metric.Batch
	require.Nil(t, reasonsOf(&batch))
	batch.Dropped[metric.DropNullValue], batch.Dropped[metric.DropDuplicate] = 3, 1
	require.Equal(t, map[string]int64{"null_value": 3, "duplicate": 1}, reasonsOf(&batch))
}

// TestHistoryIsSmall holds what the documentation of HistoryLength says.
func TestHistoryIsSmall(t *testing.T) {
	const id = len("adxexporter;monitoring/service-response-times;2026-11-26T01:01:00Z;1-0123abcd")
	usual := int(unsafe.Sizeof(Run{})) + id
	require.LessOrEqual(t, HistoryLength*usual, 8<<10)
	require.LessOrEqual(t, len(sentence(errors.New(strings.Repeat("x", 10_000)))), maxMessage)
	t.Logf("a run takes %d bytes, %d runs %d", usual, HistoryLength, HistoryLength*usual)
}
