package emulator

import (
	"bufio"
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind is what goes wrong with an answer.
type FaultKind string

// The kinds of faults.
const (
	// Throttle is 429 with Retry-After.
	Throttle FaultKind = "throttle"
	// Unavailable is 503 with a gateway's page of HTML.
	Unavailable FaultKind = "unavailable"
	// GatewayTimeout is the service's 504.
	GatewayTimeout FaultKind = "timeout"
	// Unauthorized is 401, Forbidden 403.
	Unauthorized FaultKind = "unauthorized"
	Forbidden    FaultKind = "forbidden"
	// Status is any HTTP status with Code and Message.
	Status FaultKind = "status"
	// OneAPI reports Code and Message after the rows.
	OneAPI FaultKind = "oneapi"
	// Truncate ends the answer well-formed for HTTP after Frame frames or Byte
	// bytes; Reset resets the connection there; Stall sends nothing more there
	// for Delay, or until the client leaves.
	Truncate FaultKind = "truncate"
	Reset    FaultKind = "reset"
	Stall    FaultKind = "stall"
	// Drip waits Delay after each frame.
	Drip FaultKind = "drip"
	// Duplicate sends the whole answer twice.
	Duplicate FaultKind = "duplicate"
	// RowCount tells one row more than were sent.
	RowCount FaultKind = "rowcount"
	// Cancelled and HasErrors set the flags of the last frame.
	Cancelled FaultKind = "cancelled"
	HasErrors FaultKind = "haserrors"
	// EmptyErrors sends an empty list of OneApiErrors.
	EmptyErrors FaultKind = "emptyerrors"
	// ExtraCell sends one cell more in each row than there are columns.
	ExtraCell FaultKind = "extracell"
	// PlainText is 200 with a sentence instead of JSON.
	PlainText FaultKind = "text"
	// Early is Throttle before the request's body is read. It cannot choose by
	// database.
	Early FaultKind = "early"
	// Redirect is 302 to Location.
	Redirect FaultKind = "redirect"
)

// Fault makes answers go wrong, for the requests that it matches.
type Fault struct {
	Kind FaultKind
	// Database and RequestID choose the requests: the database by name, the
	// client request id by a part of it. Empty matches all.
	Database, RequestID string
	// Nth is the first matching request that is hit, from 1; Count is how many
	// are hit from there, 1 by default, all with a negative number.
	Nth, Count int

	RetryAfter, Delay time.Duration
	// Frame and Byte are where Truncate, Reset and Stall strike: after that many
	// frames (at least one) or uncompressed bytes.
	Frame, Byte int
	Status      int
	Code        string
	Message     string
	Location    string
	// Permanent is the flag @permanent of Status and OneAPI.
	Permanent bool
}

// ParseScript reads faults as text: one a line, its kind first, then settings.
//
//	throttle retry-after=2s db=TelemetryDB nth=3 count=2
//	truncate frame=3 id=customer-analytics
//
// Empty lines and lines that start with # are skipped. A semicolon between
// blanks ends a line too.
func ParseScript(text string) ([]Fault, error) {
	var faults []Fault
	lines := bufio.NewScanner(strings.NewReader(strings.ReplaceAll(text, " ; ", "\n")))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		f := Fault{Kind: FaultKind(words[0])}
		if !f.Kind.known() {
			return nil, fmt.Errorf("cannot read the fault %q: unknown kind", words[0])
		}
		for _, word := range words[1:] {
			if err := f.setting(word); err != nil {
				return nil, fmt.Errorf("cannot read the fault %q: %w", words[0], err)
			}
		}
		faults = append(faults, f)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cannot read the faults: %w", err)
	}
	return faults, nil
}

func (k FaultKind) known() bool {
	switch k {
	case Throttle, Unavailable, GatewayTimeout, Unauthorized, Forbidden, Status, OneAPI, Truncate, Reset, Stall, Drip,
		Duplicate, RowCount, Cancelled, HasErrors, EmptyErrors, ExtraCell, PlainText, Early, Redirect:
		return true
	}
	return false
}

// setting reads name=value.
func (f *Fault) setting(word string) (err error) {
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "db":
		f.Database = value
	case "id":
		f.RequestID = value
	case "code":
		f.Code = value
	case "message":
		f.Message = strings.ReplaceAll(value, "_", " ")
	case "location":
		f.Location = value
	case "permanent":
		f.Permanent = value != "false"
	case "retry-after":
		f.RetryAfter, err = time.ParseDuration(value)
	case "delay":
		f.Delay, err = time.ParseDuration(value)
	default:
		return f.number(name, value)
	}
	return err
}

func (f *Fault) number(name, value string) (err error) {
	targets := map[string]*int{"nth": &f.Nth, "count": &f.Count, "frame": &f.Frame, "byte": &f.Byte, "status": &f.Status}
	target, ok := targets[name]
	if !ok {
		return fmt.Errorf("unknown setting %q", name)
	}
	*target, err = strconv.Atoi(value)
	return err
}

// script is the faults to come and how often each has matched.
type script struct {
	mu     sync.Mutex
	faults []Fault
	seen   []int
}

func (s *script) set(faults []Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.seen = append([]Fault(nil), faults...), make([]int, len(faults))
}

// early returns the fault for a request whose body is not read yet.
func (s *script) early(requestID string) *Fault {
	return s.find(func(f Fault) bool { return f.Kind == Early && strings.Contains(requestID, f.RequestID) })
}

// next returns the fault for a request.
func (s *script) next(database, requestID string) *Fault {
	return s.find(func(f Fault) bool {
		return f.Kind != Early && strings.Contains(requestID, f.RequestID) && (f.Database == "" || strings.EqualFold(f.Database, database))
	})
}

// find counts the request for all faults that it matches and returns the first
// one that is due.
func (s *script) find(matches func(Fault) bool) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due *Fault
	for i, f := range s.faults {
		if !matches(f) {
			continue
		}
		s.seen[i]++
		first, count := max(f.Nth, 1), cmp.Or(f.Count, 1)
		if due == nil && s.seen[i] >= first && (count < 0 || s.seen[i] < first+count) {
			due = &f
		}
	}
	return due
}

const gatewayPage = "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>"

// answer sends the answer of a fault that needs no query, and reports whether
// it did.
func (f *Fault) answer(out *response) bool {
	switch f.Kind {
	case Throttle:
		out.sendError(throttled(f))
	case Unavailable:
		out.failure = "503"
		out.send(http.StatusServiceUnavailable, "text/html", []byte(gatewayPage))
	case GatewayTimeout:
		out.sendError(statusError(http.StatusGatewayTimeout, "KustoServiceTimeout", "KustoServiceTimeoutException", "Request execution timed out."))
	case Unauthorized:
		out.http.Header().Set("WWW-Authenticate", "Bearer")
		out.sendError(statusError(http.StatusUnauthorized, "Unauthorized", "KustoRequestUnauthorizedException", "The token is missing or invalid."))
	case Forbidden:
		out.sendError(statusError(http.StatusForbidden, "Forbidden", "KustoRequestDeniedException", "Principal is not authorized to read the database."))
	case Status:
		e := statusError(cmp.Or(f.Status, http.StatusInternalServerError), cmp.Or(f.Code, "General_InternalServerError"), "KustoServiceException", f.Message)
		e.Permanent, e.retryAfter = f.Permanent, f.RetryAfter
		out.sendError(e)
	case PlainText:
		out.send(http.StatusOK, "text/plain", []byte(cmp.Or(f.Message, "Something is wrong with the service.")))
	case Redirect:
		out.http.Header().Set("Location", cmp.Or(f.Location, "https://login.example.com/"))
		out.send(http.StatusFound, "text/html", nil)
	case Reset:
		if f.Frame == 0 && f.Byte == 0 {
			out.reset()
			return true
		}
		return false
	default:
		return false
	}
	return true
}

// oneAPIError is the error that an OneAPI fault reports after the rows. Code is
// the number of the failure, such as 80DA0007.
func (f *Fault) oneAPIError() *restError {
	names := map[string]string{
		"80DA0000": "E_QUERY_FAILED", "80DA0001": "E_RUNAWAY_QUERY", "80DA0003": "E_QUERY_RESULT_SET_TOO_LARGE",
		"80DA0006": "E_QUERY_CANCELLED", "80DA0007": "E_LOW_MEMORY_CONDITION", "80DA000C": "E_OVERFLOW", "80DA00C8": "E_QUERY_THROTTLED",
	}
	code := cmp.Or(f.Code, "80DA0007")
	name := cmp.Or(names[code], code)
	detail := cmp.Or(f.Message, "Query execution has exceeded the allowed limits")
	e := partialError("LimitsExceeded", detail+" ("+code+"): ("+name+", 0x"+code+").")
	e.Permanent = f.Permanent
	return e
}
