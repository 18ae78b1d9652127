package remotewrite

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/adx-mon/adxexporter/push"
)

// answer is what a receiver said to a request.
type answer struct {
	status int
	// written is how many samples were stored; negative if it is not said.
	written    int
	reason     reason
	retryAfter time.Duration
}

// reason is why a receiver refuses samples, as far as its answer tells.
type reason uint8

const (
	reasonUnknown reason = iota
	reasonTooOld
	reasonOutOfOrder
	reasonOutOfBounds
	reasonDuplicate
)

// reasons are how the receivers in use put it, in lower case and with spaces.
var reasons = []struct {
	text   string
	reason reason
}{
	{"too old", reasonTooOld},
	{"out of order", reasonOutOfOrder},
	{"out of bounds", reasonOutOfBounds},
	{"too far in future", reasonOutOfBounds},
	{"too far in the future", reasonOutOfBounds},
	{"duplicate sample", reasonDuplicate},
	{"sample duplicate", reasonDuplicate},
}

func reasonOf(body []byte) reason {
	body = bytes.ReplaceAll(bytes.ToLower(body), []byte("-"), []byte(" "))
	for _, known := range reasons {
		if bytes.Contains(body, []byte(known.text)) {
			return known.reason
		}
	}
	return reasonUnknown
}

// verdict is what an answer means for the samples of the request.
type verdict uint8

const (
	// verdictTaken: the receiver has the samples, or as many as it says.
	verdictTaken verdict = iota
	// verdictOtherVersion: the receiver did not understand the message.
	verdictOtherVersion
	// verdictRefused: some of the samples are not wanted and never will be.
	verdictRefused
	// verdictRetry: the same request may succeed later.
	verdictRetry
	// verdictFailed: no request will succeed before somebody mends something; the
	// samples are not to blame.
	verdictFailed
)

// judge applies the rules of the specification, and what receivers are known to
// do besides. confirmed says that the receiver is known to speak 2.0.
func judge(v Version, confirmed bool, a answer) verdict {
	switch {
	case a.status/100 == 2:
		// The specification's own test: who does not say how much was written has
		// taken the message for an empty one of version 1.0.
		if v == Version2 && a.written < 0 {
			return verdictOtherVersion
		}
		return verdictTaken
	case v == Version2 && (a.status == http.StatusUnsupportedMediaType || a.status == http.StatusBadRequest && a.written < 0 && !confirmed):
		return verdictOtherVersion
	case concernsSamples(a):
		return verdictRefused
	case a.status == http.StatusTooManyRequests || a.status/100 == 5:
		return verdictRetry
	}
	return verdictFailed
}

// concernsSamples reports whether an answer is about some samples, and not about
// the request: fewer of them may be taken.
func concernsSamples(a answer) bool {
	switch a.status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	// Older Prometheus answers 500 to a sample that is too old, for ever.
	return a.status/100 == 5 && a.reason != reasonUnknown
}

// message is the sentence that an exporter's status shows.
func (a answer) message() string {
	switch a.reason {
	case reasonTooOld:
		return "The receiver refuses samples that are too old for it; its out-of-order time window decides."
	case reasonOutOfOrder:
		return "The receiver refuses samples that are older than ones it has; its out-of-order time window decides."
	case reasonOutOfBounds:
		return "The receiver refuses samples whose time is out of its bounds."
	case reasonDuplicate:
		return "The receiver refuses samples that differ from ones it has of the same time."
	case reasonUnknown:
	}
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Sprintf("The receiver does not accept our credentials: it answers %s.", a.code())
	case http.StatusConflict:
		return "The receiver refuses samples that conflict with ones it has."
	case http.StatusRequestEntityTooLarge:
		return "The receiver refuses a sample because it is too large."
	}
	if a.status/100 == 2 {
		return "The receiver stored fewer samples than it was sent."
	}
	return fmt.Sprintf("The receiver answers %s.", a.code())
}

func (a answer) code() string {
	if text := http.StatusText(a.status); text != "" {
		return fmt.Sprintf("%d %s", a.status, text)
	}
	return fmt.Sprint(a.status)
}

// fail returns the answer as an error.
func (a answer) fail(kind push.Kind) *push.Error {
	e := push.Fail(kind, a.message(), nil)
	e.RetryAfter = a.retryAfter
	return e
}
