package backlog

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/schedule"
)

// MaxDeadLetters bounds the dead letters in an exporter's status, as the CRD does.
const MaxDeadLetters = 32

// Bury adds a window that was given up to an exporter's status. Windows that
// follow each other with one reason share a dead letter. When there are too
// many, the oldest goes and its windows are counted in DroppedWindows.
func Bury(entry *v1.GroupStatus, w schedule.Window, letter v1.DeadLetter, interval time.Duration) {
	letter.StartTime, letter.EndTime = metav1.NewTime(w.Start), metav1.NewTime(w.End)
	letters := append([]v1.DeadLetter(nil), entry.DeadLetters...)
	if n := len(letters); n > 0 && joins(letters[n-1], letter) {
		letter.StartTime = letters[n-1].StartTime
		letters = letters[:n-1]
	}
	letters = append(letters, letter)
	for len(letters) > MaxDeadLetters {
		entry.DroppedWindows += schedule.Count(letters[0].StartTime.Time, letters[0].EndTime.Time, interval)
		letters = letters[1:]
	}
	entry.DeadLetters = letters
}

func joins(last, next v1.DeadLetter) bool {
	return last.Reason == next.Reason && last.EndTime.Equal(&next.StartTime)
}
