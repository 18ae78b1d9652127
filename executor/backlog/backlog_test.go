package backlog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

func TestWait(t *testing.T) {
	b := Backoff{Base: 5 * time.Second, Max: 5 * time.Minute}
	rapid.Check(t, func(t *rapid.T) {
		attempts := rapid.Int32Range(1, 1000).Draw(t, "attempts")
		key := rapid.String().Draw(t, "key")
		nominal := b.Max
		if attempts < 7 {
			nominal = b.Base << (attempts - 1)
		}
		wait := b.Wait(attempts, key)
		require.Equal(t, wait, b.Wait(attempts, key), "the same on every replica")
		require.GreaterOrEqual(t, wait, nominal*8/10)
		require.Less(t, wait, nominal*12/10)
	})
	require.NotEqual(t, b.Wait(1, "a"), b.Wait(1, "b"), "exporters are spread")
}

func minutes(from, to int) schedule.Window {
	epoch := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	return schedule.Window{Start: epoch.Add(time.Duration(from) * time.Minute), End: epoch.Add(time.Duration(to) * time.Minute)}
}

func TestBury(t *testing.T) {
	var entry v1.GroupStatus
	const month = 30 * 24 * 60
	for i := range month {
		Bury(&entry, minutes(i, i+1), v1.DeadLetter{Attempts: 1, Reason: "ResultTooLarge"}, time.Minute)
	}
	require.Len(t, entry.DeadLetters, 1, "30 days of one failure are one range")
	require.Equal(t, minutes(0, 1).Start, entry.DeadLetters[0].StartTime.Time)
	require.Equal(t, minutes(0, month).End, entry.DeadLetters[0].EndTime.Time)

	before := append([]v1.DeadLetter(nil), entry.DeadLetters...)
	held := entry.DeadLetters
	for i := range MaxDeadLetters {
		at := month + 10*i
		Bury(&entry, minutes(at, at+2), v1.DeadLetter{Attempts: 3, At: metav1.Now(), Reason: "QueryFailed"}, time.Minute)
	}
	require.Equal(t, before, held, "the entry that was handed in before is not changed")
	require.Len(t, entry.DeadLetters, MaxDeadLetters)
	require.Equal(t, int64(month), entry.DroppedWindows, "the oldest range went, and is counted in windows")
}
