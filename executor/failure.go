package executor

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// failure is the trouble that an exporter is in.
type failure struct {
	// attempts counts the failed tries in a row.
	attempts int32
	// until is when the next try may start.
	until time.Time
	// hold is the generation that cannot succeed as written; 0 if none.
	hold int64
}

// verdict is what a kind of failure means.
type verdict struct {
	// reason is the condition's reason.
	reason string
	// backoff is how long to wait before the next try.
	backoff backlog.Backoff
	// tries is how often a window is tried before it is given up; 0 is no limit.
	tries int32
	// stalled is set when a person has to act.
	stalled bool
	// hold is set when only a new spec can help.
	hold bool
	// free is set when the try does not count as an attempt.
	free bool
}

var (
	// quick is for trouble that passes by itself.
	quick = backlog.Backoff{Base: 5 * time.Second, Max: 5 * time.Minute}
	// slow is for trouble that somebody has to mend, elsewhere.
	slow = backlog.Backoff{Base: time.Minute, Max: 10 * time.Minute}
)

// verdictOf returns what an error of a query or of the transform means.
func verdictOf(err error) verdict {
	if _, ok := errors.AsType[*metric.ColumnError](err); ok {
		return verdict{reason: v1.ReasonColumnMissing, backoff: slow, stalled: true}
	}
	if _, ok := errors.AsType[*metric.ConfigError](err); ok {
		return verdict{reason: v1.ReasonInvalidTransform, backoff: slow, stalled: true}
	}
	switch query.ClassOf(err) {
	case query.Throttled:
		return verdict{reason: v1.ReasonQueryThrottled, backoff: quick, free: true}
	case query.Timeout:
		return verdict{reason: v1.ReasonQueryTimeout, backoff: quick, tries: 3}
	case query.NoEndpoint:
		return verdict{reason: v1.ReasonUnknownDatabase, backoff: slow, stalled: true}
	case query.Unavailable:
		return verdict{reason: v1.ReasonEndpointUnavailable, backoff: slow}
	case query.Unauthorized:
		return verdict{reason: v1.ReasonUnauthorized, backoff: slow}
	case query.Denied:
		return verdict{reason: v1.ReasonDatabaseForbidden, backoff: slow, stalled: true}
	case query.Missing:
		return verdict{reason: v1.ReasonEntityMissing, backoff: slow}
	case query.Invalid:
		return verdict{reason: v1.ReasonInvalidQuery, backoff: slow, stalled: true, hold: true}
	case query.TooLarge:
		return verdict{reason: v1.ReasonResultTooLarge, tries: 1}
	case query.Permanent:
		return verdict{reason: v1.ReasonQueryFailed, tries: 1}
	case query.Aborted, query.Transient:
	}
	return verdict{reason: v1.ReasonQueryFailed, backoff: quick}
}

// next returns the failure after one more failed try at now.
func (f failure) next(v verdict, err error, key string, generation int64, now time.Time) failure {
	if v.hold {
		return failure{attempts: f.attempts + 1, hold: generation}
	}
	if v.free {
		return failure{attempts: f.attempts, until: now.Add(max(retryAfter(err), v.backoff.Wait(1, key)))}
	}
	f.attempts++
	if v.givesUp(f.attempts) {
		return failure{}
	}
	return failure{attempts: f.attempts, until: now.Add(v.backoff.Wait(f.attempts, key))}
}

// givesUp reports whether a window is given up after a number of failed tries.
func (v verdict) givesUp(attempts int32) bool { return v.tries > 0 && attempts >= v.tries }

func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*query.Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// sentence returns what the user is told of an error: one sentence, the same for
// identical failures.
func sentence(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*query.Error](err); ok {
		text = e.Message
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return clip(text)
}
