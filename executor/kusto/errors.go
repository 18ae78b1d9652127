package kusto

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/adx-mon/adxexporter/executor/query"
)

const (
	// maxMessage is the longest message, in bytes; it is stored in status.
	maxMessage = 256
	maxCode    = 64
)

// fail returns an error whose message and code have the promised length.
func fail(class query.Class, code, message string) *query.Error {
	message = strings.ToValidUTF8(message, "\uFFFD")
	if len(message) > maxMessage {
		message = clip(message, maxMessage-1) + "."
	}
	return &query.Error{Class: class, Code: clip(code, maxCode), Message: message}
}

// failWith is fail with a cause.
func failWith(class query.Class, code, message string, cause error) *query.Error {
	e := fail(class, code, message)
	e.Err = cause
	return e
}

// clip cuts s to n bytes, between two runes.
func clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	const mark = "…"
	n -= len(mark)
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}

// sentence makes the first letter a capital and adds the period.
func sentence(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return strings.TrimRight(string(unicode.ToUpper(r))+s[size:], ".") + "."
}

func truncated(cause error) *query.Error {
	return failWith(query.Transient, "truncated", "Kusto's answer was cut off.", cause)
}

func malformed(detail string) *query.Error {
	return fail(query.Transient, "malformed", "Kusto's answer is not valid: "+detail+".")
}

func tooManyRows(limit int64) *query.Error {
	return fail(query.TooLarge, "max_rows", fmt.Sprintf("The answer has more than the %d rows that are allowed.", limit))
}

func tooManyBytes(limit int64) *query.Error {
	return fail(query.TooLarge, "max_bytes", fmt.Sprintf("The answer has more than the %d bytes that are allowed.", limit))
}

// serverError is how Kusto describes a failure, in an HTTP body and in frames.
type serverError struct {
	Code         string `json:"code"`
	Type         string `json:"@type"`
	ErrorCode    string `json:"@errorCode"`
	Message      string `json:"message"`
	Description  string `json:"@message"`
	ErrorMessage string `json:"@errorMessage"`
	Permanent    *bool  `json:"@permanent"`
}

// parseServerError reads {"error":{...}}.
func parseServerError(body []byte) (serverError, bool) {
	var object struct {
		Error *serverError `json:"error"`
	}
	if json.Unmarshal(body, &object) != nil || object.Error == nil {
		return serverError{}, false
	}
	return *object.Error, true
}

// text is everything that may carry a code.
func (e serverError) text() string {
	return strings.Join([]string{e.Code, e.ErrorCode, e.Type, e.detail()}, " ")
}

// detail is the most telling of the messages.
func (e serverError) detail() string {
	for _, s := range []string{e.Description, e.ErrorMessage, e.Message} {
		if s != "" {
			return s
		}
	}
	return ""
}

// signal is a word in an error of Kusto's engine, and what it means.
type signal struct {
	words   []string
	class   query.Class
	code    string
	message string // empty: Kusto's own words are the better ones
}

// signals are in order: the first that matches decides. The engine's @permanent
// is not asked where experience says otherwise; it calls an answer over the
// limits temporary, for one. Codes: aka.ms/kustoquerylimits and the partial
// failure page of the Kusto documentation.
var signals = []signal{
	{[]string{"80DA0003", "E_QUERY_RESULT_SET_TOO_LARGE"}, query.TooLarge, "80DA0003", "Kusto's answer exceeds the limit of rows or bytes."},
	{[]string{"80DA0001", "E_RUNAWAY_QUERY"}, query.Timeout, "80DA0001", "The query needs more memory than Kusto allows."},
	{[]string{"80DA00C8", "QueryThrottled", "ThrottledException", "TooManyRequests"}, query.Throttled, "throttled", "Kusto is busy and asks to wait."},
	{[]string{"80DA0007", "E_LOW_MEMORY_CONDITION"}, query.Transient, "80DA0007", "Kusto is short of memory."},
	{[]string{"80DA0006", "E_QUERY_CANCELLED"}, query.Transient, "80DA0006", "Kusto cancelled the query."},
	{[]string{"80DA0000", "80DA0005"}, query.Transient, "80DA0000", "Kusto could not finish the query."},
	{[]string{"80DA000C", "E_OVERFLOW"}, query.Permanent, "80DA000C", "The query overflows a number or a size in Kusto."},
	{[]string{"DatabaseNotExist", "DatabaseNotFound"}, query.Missing, "DatabaseNotExist", "Kusto does not know the database, or the identity may not see it."},
	{[]string{"TableNotExist", "EntityNotFound", "EntityNotExist"}, query.Missing, "EntityNotFound", ""},
	{[]string{"SEM0100"}, query.Missing, "SEM0100", ""},
	{[]string{"ServiceTimeout", "QueryTimeout", "TimeoutException"}, query.Timeout, "timeout", "The query takes longer than its time limit: it is too heavy."},
	{[]string{"ClusterSuspended"}, query.Unavailable, "ClusterSuspended", "The Kusto cluster is suspended."},
	{[]string{"SyntaxException", "SemanticException"}, query.Invalid, "", ""},
}

func (s signal) in(text string) bool {
	for _, word := range s.words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// kqlCode finds the code of a refused query.
var kqlCode = regexp.MustCompile(`\b(?:SEM|SYN|KS)\d{3,5}\b`)

// classify turns e into an error. lines is the number of lines that we put
// before the body, by which the positions in the message are off.
func (e serverError) classify(lines int) *query.Error { return e.classifyHTTP(0, lines) }

// classifyHTTP is classify for the body of an answer with that status.
func (e serverError) classifyHTTP(status, lines int) *query.Error {
	text := e.text()
	code := kqlCode.FindString(text)
	for _, s := range signals {
		if !s.in(text) {
			continue
		}
		code = firstNonEmpty(s.code, code)
		return fail(s.class, firstNonEmpty(code, "refused"), firstNonEmpty(s.message, e.message(code, lines)))
	}
	if code != "" {
		return fail(query.Invalid, code, e.message(code, lines))
	}
	if known, ok := statusErrors[status]; ok {
		return fail(known.class, httpCode(status), known.message)
	}
	return fail(e.classByFlag(status), firstNonEmpty(e.Code, httpCode(status)), e.message("", lines))
}

// classByFlag trusts @permanent; without it, 4xx is final and the rest is not.
func (e serverError) classByFlag(status int) query.Class {
	permanent := status >= 400 && status < 500
	if e.Permanent != nil {
		permanent = *e.Permanent
	}
	if permanent {
		return query.Permanent
	}
	return query.Transient
}

// unresolved finds what a SEM0100 could not resolve.
var unresolved = regexp.MustCompile(`(?i)failed to resolve (.{0,60}?)(?: expression)? ?(?:named|with name)? ?'([^']{1,100})'`)

// message explains e in one sentence that ends with the code.
func (e serverError) message(code string, lines int) string {
	detail := e.detail()
	if found := unresolved.FindStringSubmatch(detail); code == "SEM0100" && found != nil {
		return fmt.Sprintf("Kusto cannot resolve the %s %s (SEM0100).", resolvedKind(found[1]), strconv.Quote(found[2]))
	}
	return explain("Kusto refuses the query"+parenthesised(code), detail, lines)
}

// resolvedKind shortens "column or scalar expression" and the like.
func resolvedKind(s string) string {
	s = strings.ToLower(s)
	table, column := strings.Contains(s, "table") || strings.Contains(s, "entity"), strings.Contains(s, "column") || strings.Contains(s, "scalar")
	switch {
	case table && column:
		return "table or column"
	case table:
		return "table"
	case column:
		return "column"
	}
	return "name"
}

func parenthesised(code string) string {
	if code == "" {
		return ""
	}
	return " (" + code + ")"
}

// What must not be in a message: it would differ from one failure to the next,
// or repeat the query.
var (
	tail      = regexp.MustCompile(`(?is)(?:\bquery: ?'|\berror details:|\bclientrequestid|\bactivityid|<!doctype|<html|<head).*`)
	boiler    = regexp.MustCompile(`(?i)request is invalid and (?:cannot be processed|cannot be executed)[^.]*\.?|(?:semantic|syntax) error: |query could not be parsed: |\b(?:SEM|SYN|KS)\d{3,5}: `)
	changing  = regexp.MustCompile(`(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?`)
	position  = regexp.MustCompile(`\[?line:position=(\d+):(\d+)\]?`)
	blank     = regexp.MustCompile(`[\s\pC]+`)
	emptyPair = regexp.MustCompile(`\(\s*\)|\[\s*\]|''|""`)
)

// explain returns "what: detail." with the detail cleaned.
func explain(what, detail string, lines int) string {
	for _, noise := range []*regexp.Regexp{tail, boiler, changing} {
		detail = noise.ReplaceAllString(detail, "")
	}
	detail = position.ReplaceAllStringFunc(detail, func(s string) string { return place(s, lines) })
	detail = emptyPair.ReplaceAllString(detail, "")
	detail = strings.Trim(blank.ReplaceAllString(detail, " "), " .:;,")
	if detail == "" {
		return what + "."
	}
	return what + ": " + detail + "."
}

// place writes a position as people count in their own text.
func place(s string, lines int) string {
	found := position.FindStringSubmatch(s)
	line, err := strconv.Atoi(found[1])
	if err != nil || line <= lines {
		return ""
	}
	return fmt.Sprintf("(line %d, position %s)", line-lines, found[2])
}

func firstNonEmpty(candidates ...string) string {
	for _, s := range candidates {
		if s != "" {
			return s
		}
	}
	return ""
}
