package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
)

// restError is an error as the service sends it, either as the body of an HTTP
// error or among the OneApiErrors of a frame.
type restError struct {
	status     int
	retryAfter time.Duration
	Code       string            `json:"code"`
	Message    string            `json:"message"`
	Type       string            `json:"@type"`
	Detail     string            `json:"@message"`
	Context    map[string]string `json:"@context"`
	Permanent  bool              `json:"@permanent"`
}

// Error returns the detailed message.
func (e *restError) Error() string { return e.Detail }

// json returns {"error":{...}}.
func (e *restError) json() []byte {
	body, err := json.Marshal(map[string]*restError{"error": e})
	if err != nil {
		return []byte(`{"error":{}}`)
	}
	return body
}

const invalidRequest = "Request is invalid and cannot be executed."

func badRequest(code, detail string) *restError {
	return &restError{
		status: http.StatusBadRequest, Code: code, Message: invalidRequest,
		Type: "Kusto.Data.Exceptions.KustoBadRequestException", Detail: detail, Permanent: true,
	}
}

func throttled(f *Fault) *restError {
	e := statusError(http.StatusTooManyRequests, "TooManyRequests", "QueryThrottledException",
		"The query was aborted due to throttling. Retrying after some backoff might help.")
	e.retryAfter = f.RetryAfter
	return e
}

func statusError(status int, code, exception, detail string) *restError {
	return &restError{
		status: status, Code: code, Message: http.StatusText(status),
		Type: "Kusto.Data.Exceptions." + exception, Detail: detail, Permanent: status < http.StatusInternalServerError && status != http.StatusTooManyRequests,
	}
}

// partialError is an error that is reported after rows.
func partialError(code, detail string) *restError {
	return &restError{
		status: http.StatusOK, Code: code, Message: invalidRequest,
		Type: "Kusto.Data.Exceptions.KustoServicePartialQueryFailureLimitsExceededException", Detail: detail,
	}
}

func tooLarge(limit int64, unit string) *restError {
	return partialError("LimitsExceeded", "Query execution has exceeded the allowed limits (80DA0003): The results of this query exceed the set limit of "+
		strconv.FormatInt(limit, 10)+" "+unit+", so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003). "+
		"See https://aka.ms/kustoquerylimits for more information and possible solutions..")
}

// asREST gives an error the service's shape.
func asREST(err error) *restError {
	var rest *restError
	if errors.As(err, &rest) {
		return rest
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return statusError(http.StatusGatewayTimeout, "KustoServiceTimeout", "KustoServiceTimeoutException",
			"Request execution timed out: the query did not complete within its server timeout.")
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		return statusError(http.StatusInternalServerError, "General_InternalServerError", "KustoServiceException", err.Error())
	}
	rest = badRequest("General_BadRequest", e.Error())
	switch e.Kind {
	case engine.Syntax:
		rest.Type = "Kusto.Data.Exceptions.SyntaxException"
	case engine.Semantic:
		rest.Type = "Kusto.Data.Exceptions.SemanticException"
	case engine.NoEntity:
		rest.Code, rest.Type = e.Code, "Kusto.Data.Exceptions.EntityNotFoundException"
	case engine.Limit:
		limit := partialError("LimitsExceeded", e.Error())
		limit.status = http.StatusBadRequest
		return limit
	}
	return rest
}
