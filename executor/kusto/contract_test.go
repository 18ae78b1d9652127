package kusto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/adx-mon/adxexporter/executor/query"
)

func TestMain(m *testing.M) {
	if runChild() {
		return
	}
	goleak.VerifyTestMain(m)
}

func TestQueryReturnsTheWholeAnswer(t *testing.T) {
	encodings := map[string]http.HandlerFunc{
		"Plain":       reply(goodAnswer),
		"Gzip":        sendRaw(gzipped(t, goodAnswer), 0, chunkedClean, "Content-Encoding: gzip\r\n"),
		"NewlineLast": reply(goodAnswer + "\r\n"),
		"EmptyErrors": reply(strings.ReplaceAll(goodAnswer, `"RowCount":3`, `"RowCount":3,"OneApiErrors":[]`)),
		"NullErrors":  reply(strings.ReplaceAll(goodAnswer, `"Cancelled":false`, `"Cancelled":false,"OneApiErrors":[{"error":null}]`)),
	}
	for name, handle := range encodings {
		t.Run(name, func(t *testing.T) {
			got, stats, err := ask(t.Context(), startPool(t, handle), "T")
			require.NoError(t, err)
			require.Equal(t, goodRows, got.rows)
			require.Equal(t, int64(3), stats.Rows)
			require.GreaterOrEqual(t, stats.Bytes, int64(len(goodAnswer)))
			require.Positive(t, stats.Duration)
		})
	}
}

// TestAnswersThatTheSDKMisreports has the cases in which azkustodata returns no
// error, a wrong one, or crashes.
func TestAnswersThatTheSDKMisreports(t *testing.T) {
	cut := func(end ending, list ...string) http.HandlerFunc {
		return sendRaw([]byte(frames(list...)), len(goodAnswer), end, "")
	}
	tooLarge := "Query execution has exceeded the allowed limits (80DA0003): The results of this query exceed the set limit of 1 records (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003)."
	swap := func(old, replacement string) http.HandlerFunc {
		return reply(strings.Replace(goodAnswer, old, replacement, 1))
	}
	cases := map[string]struct {
		reason string
		handle http.HandlerFunc
		class  query.Class
		code   string
	}{
		"EndAfterProperties":      {"no table yet", cut(chunkedClean, frameHeader, frameProperties), query.Transient, "truncated"},
		"ResetAfterProperties":    {"no table yet", cut(reset, frameHeader, frameProperties), query.Transient, "truncated"},
		"EndAfterTableCompletion": {"the table is whole, the answer is not", cut(chunkedClean, frameHeader, frameProperties, frameTable, frameRows, frameTableEnd), query.Transient, "truncated"},
		"ResetAfterTable":         {"the table is whole, the answer is not", cut(reset, frameHeader, frameProperties, frameTable, frameRows, frameTableEnd), query.Transient, "truncated"},
		"EndAfterFragment":        {"rows without their count", cut(chunkedClean, frameHeader, frameProperties, frameTable, frameRows), query.Transient, "truncated"},
		"ClosedWithoutCompletion": {"the array ends, the answer does not", reply(whole(frameHeader, frameTable, frameRows, frameTableEnd)), query.Transient, "malformed"},
		"ResetAfterEverything":    {"complete, but HTTP says that more was to come", cut(chunkedCut, frameHeader, frameTable, frameRows, frameTableEnd, frameEnd+"]"), query.Transient, "truncated"},
		"Cancelled":               {"cancelled on the server", swap(`"Cancelled":false`, `"Cancelled":true`), query.Transient, "cancelled"},
		"HasErrors":               {"an error without a description", swap(`"HasErrors":false`, `"HasErrors":true`), query.Transient, "has_errors"},
		"RowCount":                {"a row was lost", swap(`"RowCount":3`, `"RowCount":4`), query.Transient, "row_count"},
		"ErrorInTableCompletion":  {"after rows", swap(`"RowCount":3`, `"RowCount":3,`+oneAPI(tooLarge, false)), query.TooLarge, "80DA0003"},
		"ErrorInCompletion":       {"after rows", swap(`"HasErrors":false`, `"HasErrors":true,`+oneAPI(tooLarge, false)), query.TooLarge, "80DA0003"},
		"ErrorAmongRows":          {"the server ignored where we want errors", swap(`["b",null]`, `{`+oneAPI(tooLarge, false)+`}`), query.TooLarge, "80DA0003"},
		"TooManyCells":            {"the SDK panics in a goroutine of its own", swap(`["b",null]`, `["b",null,7]`), query.Transient, "malformed"},
		"TooFewCells":             {"", swap(`["b",null]`, `["b"]`), query.Transient, "malformed"},
		"Text": {
			"how Kusto refuses a command", reply("Bad request: Control commands (starting with a dot '.') do not support api_version=v2\r\nError details:\r\nClientRequestId='blab6', ActivityId='00000000-0000-0000-0000-000000000000', Timestamp='2023-12-13T12:11:03.7428000Z'."),
			query.Permanent, "not_json",
		},
		"ErrorObject": {"200 with the body of a refusal", reply(kustoBody("General_BadRequest", "Kusto.Data.Exceptions.SyntaxException", "Syntax error: SYN0002: A recognition error occurred.", true)), query.Invalid, "SYN0002"},
		"Empty":       {"", reply(""), query.Transient, "truncated"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := ask(t.Context(), startPool(t, tc.handle), "T")
			e := queryError(t, tc.class, err, tc.reason)
			require.Equal(t, tc.code, e.Code, "%v", e)
		})
	}
}

// TestStallEndsAtTheDeadlineEveryTime: the deadline of every other query passes when
// it has seen the last row that comes, that of the rest somewhere on the way there.
func TestStallEndsAtTheDeadlineEveryTime(t *testing.T) {
	const tries = 200
	passes := make([]*deadline, tries)
	server := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, frames(frameHeader, frameProperties, frameTable, frameRows))
		_ = http.NewResponseController(w).Flush()
		try, err := strconv.Atoi(strings.TrimPrefix(r.Header.Get("x-ms-client-request-id"), "try"))
		if err == nil && try%2 == 1 {
			passes[try].pass()
		}
		<-r.Context().Done()
	})
	p := poolFor(t, server.URL, Options{MaxConcurrent: tries})
	errs, rows := make([]error, tries), make([]int, tries)
	for i := range tries {
		passes[i] = newDeadline(t.Context())
	}
	var wait sync.WaitGroup
	for i := range tries {
		wait.Go(func() {
			r := &recorder{}
			if i%2 == 0 {
				r.seen = func(n int) {
					if n == len(goodRows) {
						passes[i].pass()
					}
				}
			}
			_, errs[i] = p.Query(passes[i], query.Request{Database: "DB", Body: "T", RequestID: fmt.Sprintf("try%d", i), Timeout: time.Hour}, r)
			rows[i] = len(r.rows)
		})
	}
	wait.Wait()
	for i, err := range errs {
		requireClass(t, query.Transient, err, "a stalled answer must never pass for a complete one")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		if i%2 == 0 {
			require.Equal(t, len(goodRows), rows[i], "try %d", i)
		}
	}
}

func TestOwnDeadlineEndsASilentServer(t *testing.T) {
	p := startPool(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	p.grace = 20 * time.Millisecond
	_, err := p.Query(t.Context(), query.Request{Database: "DB", Body: "T", Timeout: time.Millisecond}, &recorder{})
	requireClass(t, query.Transient, err)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestCancelledContextIsAborted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := startPool(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, frames(frameHeader, frameTable, frameRows))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	_, err := p.Query(ctx, query.Request{Database: "DB", Body: "T"}, stopping(cancel))
	requireClass(t, query.Aborted, err, "while reading")
	require.ErrorIs(t, err, context.Canceled)

	_, _, err = ask(ctx, p, "T")
	requireClass(t, query.Aborted, err, "while waiting for a place")
}

// stopping is a consumer that calls itself at every row.
type stopping func()

func (stopping) Columns([]query.Column) error { return nil }

func (s stopping) Row([]query.Cell) error {
	s()
	return nil
}

// TestEveryCutIsAnError truncates a real answer at every byte, in every way in
// which HTTP can end.
func TestEveryCutIsAnError(t *testing.T) {
	plain, packed := []byte(goodAnswer), gzipped(t, goodAnswer)
	bodies := map[string]struct {
		body   []byte
		header string
		ends   []ending
	}{
		"plain": {plain, "", []ending{chunkedClean, chunkedCut, lengthCut}},
		"gzip":  {packed, "Content-Encoding: gzip\r\n", []ending{chunkedClean, chunkedCut, lengthClean, lengthCut, reset}},
	}
	for name, b := range bodies {
		for _, end := range b.ends {
			t.Run(name+"/"+string(end), func(t *testing.T) {
				t.Parallel()
				var n atomic.Int64
				p := startPool(t, func(w http.ResponseWriter, r *http.Request) {
					sendRaw(b.body[:n.Load()], len(b.body), end, b.header)(w, r)
				})
				for cut := range b.body {
					n.Store(int64(cut))
					_, _, err := ask(t.Context(), p, "T")
					e := queryError(t, query.Transient, err, "cut after %d of %d bytes", cut, len(b.body))
					require.NotEqual(t, "network", e.Code, "%v", err)
				}
				n.Store(int64(len(b.body)))
				_, _, err := ask(t.Context(), p, "T")
				if end == chunkedClean || end == lengthClean || end == lengthCut {
					require.NoError(t, err, "nothing is missing")
				} else {
					require.Error(t, err, "all frames but not the end of the HTTP body")
				}
			})
		}
	}
}

// TestRefusals has every signal by which Kusto, a gateway or the network says
// no, and what it means.
func TestRefusals(t *testing.T) {
	html := "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"
	frame := func(message string, permanent bool) http.HandlerFunc {
		return reply(whole(frameHeader, frameTable, frameRows, strings.Replace(frameTableEnd, "}", ","+oneAPI(message, permanent)+"}", 1), frameEnd))
	}
	body := func(status int, code, kind, message string, permanent any) http.HandlerFunc {
		return refuse(status, kustoBody(code, kind, message, permanent))
	}
	const exceptions = "Kusto.Data.Exceptions."
	cases := map[string]struct {
		handle  http.HandlerFunc
		class   query.Class
		code    string
		message string
	}{
		"Redirect": {refuse(302, "", "Location", "https://example.org/"), query.Unavailable, "HTTP 302", "The endpoint redirects (HTTP 302): use the URL of the cluster itself."},
		"NotFound": {refuse(404, "page not found"), query.Unavailable, "HTTP 404", "There is no Kusto service at the endpoint's URL."},
		"Syntax": {
			body(400, "General_BadRequest", exceptions+"SyntaxException", "Syntax error: Query could not be parsed: SYN0002: A recognition error occurred. [line:position=1:5]. Query: 'T | wher'", true),
			query.Invalid, "SYN0002", "Kusto refuses the query (SYN0002): A recognition error occurred. (line 1, position 5).",
		},
		"Semantic": {
			body(400, "General_BadRequest", exceptions+"SemanticException", "Semantic error: SEM0001: 'x' is not a function", true),
			query.Invalid, "SEM0001", "Kusto refuses the query (SEM0001): 'x' is not a function.",
		},
		"SemanticByTypeOnly": {
			body(400, "General_BadRequest", exceptions+"SemanticException", "Semantic error: no such thing", true),
			query.Invalid, "refused", "Kusto refuses the query: no such thing.",
		},
		"Binder": {body(400, "BadRequest", "", "KS236: Aggregate expected", nil), query.Invalid, "KS236", "Kusto refuses the query (KS236): Aggregate expected."},
		"UnknownColumn": {
			body(400, "General_BadRequest", exceptions+"SemanticException", "Semantic error: SEM0100: 'where' operator: Failed to resolve column or scalar expression named 'Foo'", true),
			query.Missing, "SEM0100", `Kusto cannot resolve the column "Foo" (SEM0100).`,
		},
		"UnknownTable": {
			body(400, "General_BadRequest", exceptions+"SemanticException", "Semantic error: SEM0100: Failed to resolve table expression named 'Bar'", true),
			query.Missing, "SEM0100", `Kusto cannot resolve the table "Bar" (SEM0100).`,
		},
		"UnknownTableOrColumn": {
			body(400, "General_BadRequest", exceptions+"SemanticException", "Semantic error: SEM0100: Failed to resolve table or column expression named 'Bar'", true),
			query.Missing, "SEM0100", `Kusto cannot resolve the table or column "Bar" (SEM0100).`,
		},
		"UnresolvedOther": {body(400, "", "", "SEM0100: Failed to resolve entity 'Baz'", true), query.Missing, "SEM0100", `Kusto cannot resolve the table "Baz" (SEM0100).`},
		"UnresolvedName":  {body(400, "", "", "SEM0100: Failed to resolve function named 'f'", true), query.Missing, "SEM0100", `Kusto cannot resolve the name "f" (SEM0100).`},
		"UnknownDatabase": {
			body(400, "BadRequest_DatabaseNotExist", exceptions+"DatabaseNotFoundException", "Entity not found", true),
			query.Missing, "DatabaseNotExist", "Kusto does not know the database, or the identity may not see it.",
		},
		"UnknownEntity": {body(400, "BadRequest_TableNotExist", "", "Table 'T' does not exist", true), query.Missing, "EntityNotFound", "Kusto refuses the query (EntityNotFound): Table 'T' does not exist."},
		"Unauthorized":  {refuse(401, ""), query.Unauthorized, "HTTP 401", "Kusto does not accept the token."},
		"Forbidden": {
			body(403, "Forbidden", exceptions+"ForbiddenException", "Principal 'aadapp=x' is not authorized", true),
			query.Denied, "HTTP 403", "The identity is not allowed to query this database.",
		},
		"RequestTimeout": {refuse(408, ""), query.Transient, "HTTP 408", "Kusto did not receive the query in time."},
		"Internal":       {body(500, "InternalServiceError", "", "boom", nil), query.Transient, "InternalServiceError", "Kusto refuses the query: boom."},
		"InternalFinal":  {body(500, "InternalServiceError", "", "boom", true), query.Permanent, "InternalServiceError", "Kusto refuses the query: boom."},
		"Gateway502":     {refuse(502, html), query.Transient, "HTTP 502", "Kusto or a gateway before it failed (HTTP 502)."},
		"Gateway503":     {refuse(503, html), query.Transient, "HTTP 503", "Kusto or a gateway before it failed (HTTP 503)."},
		"Gateway504":     {refuse(504, html), query.Transient, "HTTP 504", "Kusto or a gateway before it failed (HTTP 504)."},
		"Status520":      {refuse(520, ""), query.Transient, "HTTP 520", "Kusto or a gateway before it failed (HTTP 520)."},
		"ServiceTimeout": {
			body(504, "GatewayTimeout", exceptions+"KustoServiceTimeoutException", "Query timed out", false),
			query.Timeout, "timeout", "The query takes longer than its time limit: it is too heavy.",
		},
		"Conflict":  {refuse(409, ""), query.Unavailable, "HTTP 409", "The Kusto cluster is not available in its present state."},
		"Suspended": {body(412, "ClusterSuspended", "", "Cluster is suspended", nil), query.Unavailable, "ClusterSuspended", "The Kusto cluster is suspended."},
		"TooLong":   {refuse(413, ""), query.Permanent, "HTTP 413", "The query's text is too large for Kusto."},
		"Throttled": {refuse(429, "slow down", "Retry-After", "7"), query.Throttled, "HTTP 429", "Kusto is busy and asks to wait."},
		"ThrottledByType": {
			body(400, "", exceptions+"QueryThrottledException", "The query was aborted due to throttling.", false),
			query.Throttled, "throttled", "Kusto is busy and asks to wait.",
		},
		"ThrottledByCode": {frame("Query was throttled (80DA00C8)", false), query.Throttled, "throttled", "Kusto is busy and asks to wait."},
		"TooLarge":        {frame("(E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003)", false), query.TooLarge, "80DA0003", "Kusto's answer exceeds the limit of rows or bytes."},
		"Runaway":         {frame("Runaway query (E_RUNAWAY_QUERY, 80DA0001)", true), query.Timeout, "80DA0001", "The query needs more memory than Kusto allows."},
		"LowMemory":       {frame("E_LOW_MEMORY_CONDITION (80DA0007)", true), query.Transient, "80DA0007", "Kusto is short of memory."},
		"ServerCancelled": {frame("(80DA0006)", false), query.Transient, "80DA0006", "Kusto cancelled the query."},
		"Unfinished":      {frame("(80DA0005)", true), query.Transient, "80DA0000", "Kusto could not finish the query."},
		"Overflow":        {frame("E_OVERFLOW (80DA000C)", false), query.Permanent, "80DA000C", "The query overflows a number or a size in Kusto."},
		"OtherPermanent":  {frame("something else", true), query.Permanent, "LimitsExceeded", "Kusto refuses the query: something else."},
		"OtherTemporary":  {frame("something else", false), query.Transient, "LimitsExceeded", "Kusto refuses the query: something else."},
		"Other400":        {body(400, "BadRequest", "", "nope", nil), query.Permanent, "BadRequest", "Kusto refuses the query: nope."},
		"Text400":         {refuse(400, "nope"), query.Permanent, "HTTP 400", "Kusto refuses the query (HTTP 400): nope."},
		"TextIn200":       {reply("<html>welcome</html>"), query.Permanent, "not_json", "Kusto did not answer with a table."},
		"IllFormattedCell": {
			reply(oneColumn("long", `"abc"`)), query.Permanent, "bad_cell",
			`Kusto's answer has a value in column "x" that is not of type long.`,
		},
		"ConnectionClosed": {sendRaw(nil, 10, lengthCut, ""), query.Transient, "truncated", "Kusto's answer was cut off."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := ask(t.Context(), startPool(t, tc.handle), "T | wher")
			e := queryError(t, tc.class, err)
			require.Equal(t, tc.code, e.Code)
			require.Equal(t, tc.message, e.Message)
			if name == "Throttled" {
				require.Equal(t, 7*time.Second, e.RetryAfter)
			}
		})
	}
}

func TestNetworkFailures(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	secure := httptest.NewUnstartedServer(withoutMetadata(reply(goodAnswer)))
	secure.Config.ErrorLog = silent()
	secure.StartTLS()
	t.Cleanup(secure.Close)
	closing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.NotFound(w, r)
			return
		}
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(closing.Close)
	cases := map[string]struct {
		address string
		class   query.Class
		code    string
		message string
	}{
		"Refused":       {gone.URL, query.Transient, "network", "Cannot reach Kusto: connection refused."},
		"UnknownHost":   {"http://nowhere.invalid", query.Transient, "network", "Cannot reach Kusto: its host name"},
		"UntrustedCA":   {secure.URL, query.Unavailable, "tls", "The endpoint's certificate is not valid for it or not trusted."},
		"PlainHTTP":     {strings.Replace(closing.URL, "http:", "https:", 1), query.Unavailable, "tls", "The endpoint speaks HTTP without TLS"},
		"ClosedAtOnce":  {closing.URL, query.Transient, "truncated", "Kusto's answer was cut off."},
		"UntrustedHost": {"", query.Unavailable, "untrusted_host", "The endpoint's host is none of Microsoft's: trust it with --kusto-trusted-host."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := poolFor(t, cmpOr(tc.address, "http://kusto.example"), Options{Auth: Auth{Kind: AuthNone}})
			if tc.address == "" {
				p.transport.base.DialContext = dialTo(startServer(t, reply(goodAnswer)))
			}
			_, _, err := ask(t.Context(), p, "T")
			e := queryError(t, tc.class, err)
			require.Equal(t, tc.code, e.Code, "%v", e.Err)
			require.True(t, strings.HasPrefix(e.Message, tc.message), e.Message)
		})
	}
}

// TestMetadataFailures: the SDK reports all of them as one kind, without cause. It
// keeps metadata for the life of the process by address, and ports come back, so these
// clusters have a name that no other test gives one.
func TestMetadataFailures(t *testing.T) {
	cases := map[string]struct {
		handle http.HandlerFunc
		class  query.Class
	}{
		"Gateway":   {refuse(503, "<html>"), query.Transient},
		"Throttled": {refuse(429, "", "Retry-After", "3"), query.Throttled},
		"Redirect":  {refuse(301, "", "Location", "/login"), query.Unavailable},
		"LoginPage": {refuse(200, "<html>please log in</html>"), query.Unavailable},
		"Forbidden": {refuse(403, ""), query.Denied},
		"Truncated": {sendRaw([]byte("{"), 10, lengthCut, ""), query.Transient},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /", tc.handle)
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			p := poolFor(t, "http://localhost", Options{})
			p.transport.base.DialContext = dialTo(server)
			_, _, err := ask(t.Context(), p, "T")
			requireClass(t, tc.class, err)
		})
	}
}

func TestConsumerErrorIsReturnedAsItIs(t *testing.T) {
	rows := strings.Repeat(`["a",1],`, 100_000)
	p := startPool(t, reply(whole(frameHeader, frameTable, `{"FrameType":"TableFragment","TableId":1,"Rows":[`+rows+`["a",1]]}`)))
	mine := errors.New("enough")
	r := &recorder{fail: mine}
	_, err := p.Query(t.Context(), query.Request{Database: "DB", Body: "T"}, r)
	require.Equal(t, mine, err)
	require.Len(t, r.rows, 1, "reading stops at the first error")
	require.Zero(t, p.States()[0].InFlight)
}

func TestConsumerPanicGivesThePlaceBack(t *testing.T) {
	p := startPool(t, reply(goodAnswer))
	require.Panics(t, func() {
		_, _ = p.Query(t.Context(), query.Request{Database: "DB", Body: "T"}, nil)
	})
	require.Zero(t, p.States()[0].InFlight)
}

// TestEarlyRefusalKeepsRequestsWhole answers before the request's body was read.
// The SDK on its own then sends the body of one query with another.
func TestEarlyRefusalKeepsRequestsWhole(t *testing.T) {
	var broken, n atomic.Int64
	filler := strings.Repeat("// padding that fills more than one buffer\n", 500)
	server := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || int64(len(body)) != r.ContentLength || !strings.HasSuffix(strings.TrimSpace(string(body)), "}}") {
			broken.Add(1)
		}
		_, _ = io.WriteString(w, goodAnswer)
	})
	p := poolFor(t, server.URL, Options{MaxConcurrent: 16})
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for range 20 {
				_, _, err := ask(t.Context(), p, "T\n"+filler)
				if err != nil {
					require.Contains(t, []query.Class{query.Throttled, query.Transient}, query.ClassOf(err), "%v", err)
				}
			}
		})
	}
	wait.Wait()
	require.Zero(t, broken.Load())
}

func TestConnectionsAreReused(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(withoutMetadata(reply(goodAnswer)))
	server.Config.ConnState = countNew(&connections)
	server.Start()
	t.Cleanup(server.Close)
	p := poolFor(t, server.URL, Options{MaxConcurrent: 4})
	var wait sync.WaitGroup
	for range 100 {
		wait.Go(func() {
			_, _, err := ask(t.Context(), p, "T")
			require.NoError(t, err)
		})
	}
	wait.Wait()
	require.LessOrEqual(t, connections.Load(), int64(4), "one connection a place")
}

func TestUnknownDatabaseHasNoEndpoint(t *testing.T) {
	p := startPool(t, reply(goodAnswer))
	_, err := p.Query(t.Context(), query.Request{Database: "Other", Body: "T"}, &recorder{})
	e := queryError(t, query.NoEndpoint, err)
	require.Equal(t, `No endpoint is configured for database "Other".`, e.Message)
	require.Equal(t, []string{"DB"}, p.Databases())
}

func TestSchema(t *testing.T) {
	answer := func(rows string) string {
		return whole(frameHeader,
			`{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","Columns":[{"ColumnName":"ColumnName","ColumnType":"string"},{"ColumnName":"ColumnOrdinal","ColumnType":"int"},{"ColumnName":"DataType","ColumnType":"string"},{"ColumnName":"ColumnType","ColumnType":"string"}],"Rows":[`+rows+`]}`,
			frameEnd)
	}
	var sent sentQuery
	p := startPool(t, sent.capture(answer(`["t",0,"System.DateTime","datetime"],["v",1,"System.Double","real"]`)))
	columns, err := p.Schema(t.Context(), query.Request{Database: "DB", Body: "T"})
	require.NoError(t, err)
	require.Equal(t, []query.Column{{Name: "t", Type: query.DateTime}, {Name: "v", Type: query.Real}}, columns)
	require.Equal(t, true, sent.Properties.Options["query_results_apply_getschema"])

	for reason, body := range map[string]string{"no such columns": goodAnswer, "unknown type": answer(`["t",0,"x","colour"]`)} {
		_, err = startPool(t, reply(body)).Schema(t.Context(), query.Request{Database: "DB", Body: "T"})
		requireClass(t, query.Permanent, err, reason)
	}
}

func TestPing(t *testing.T) {
	require.NoError(t, startPool(t, reply(oneColumn("long", "1"))).Ping(t.Context(), "DB"))
	requireClass(t, query.Denied, startPool(t, refuse(403, "")).Ping(t.Context(), "DB"))
}

func TestRequestOnTheWire(t *testing.T) {
	end := time.Date(2024, 1, 1, 0, 5, 0, 0, time.UTC)
	req := query.Request{
		Database: "DB", Body: "T | where t between (_startTime .. _endTime) and r == _region // é\n",
		Start: end.Add(-5 * time.Minute), End: end, Interval: 5 * time.Minute,
		Labels: map[string]string{"region": `a"b\c`}, MaxRows: 10, MaxBytes: 1000_000,
		RequestID: "adxexporter;ns/name;1;1-x", Description: "ns/name",
	}
	var sent sentQuery
	p := poolFor(t, startServer(t, sent.capture(goodAnswer)).URL+"/path?a=b", Options{Application: "adxexporter/1", WeakConsistency: true})
	_, err := p.Query(t.Context(), req, &recorder{})
	require.ErrorContains(t, err, "no Kusto service", "the path of the URL is kept")

	p = poolFor(t, startServer(t, sent.capture(goodAnswer)).URL, Options{Application: "adxexporter/1", WeakConsistency: true})
	_, err = p.Query(t.Context(), req, &recorder{})
	require.NoError(t, err)
	require.Equal(t, "DB", sent.DB)
	require.Equal(t, "declare query_parameters(_endTime:datetime, _region:string, _startTime:datetime);\n"+req.Body, sent.CSL, "the body arrives byte for byte")
	require.Equal(t, map[string]string{
		"_startTime": "datetime(2024-01-01T00:00:00Z)", "_endTime": "datetime(2024-01-01T00:04:59.9999999Z)", "_region": `"a\"b\\c"`,
	}, sent.Properties.Parameters)
	require.Equal(t, map[string]any{
		"results_v2_newlines_between_frames": true, "results_v2_fragment_primary_tables": true, "results_error_reporting_placement": "end_of_table",
		"servertimeout": "00:04:00", "truncationmaxrecords": 10.0, "truncationmaxsize": 1e6,
		"request_readonly": true, "request_readonly_hardline": true, "request_description": "ns/name", "query_now": "2024-01-01T00:05:00Z",
		"queryconsistency": "weakconsistency", "request_callout_disabled": true, "request_external_table_disabled": true,
		"request_external_data_disabled": true, "request_sandboxed_execution_disabled": true,
	}, sent.Properties.Options)
	require.Equal(t, "adxexporter;ns/name;1;1-x", sent.header.Get("x-ms-client-request-id"))
	require.Equal(t, "adxexporter/1", sent.header.Get("x-ms-app"))
	require.Equal(t, "gzip", sent.header.Get("Accept-Encoding"))
	require.Empty(t, sent.header.Get("Authorization"), "http never gets a token")
}

func TestPositionsAreThoseOfTheBody(t *testing.T) {
	message := "Semantic error: SEM0042: bad [line:position=3:7]"
	handle := refuse(400, kustoBody("x", "SemanticException", message, true))
	for body, want := range map[string]string{
		"T\n| where bad":                 "line 3, position 7",
		"T\n| where bad > _startTime":    "line 2, position 7",
		"T | where '_startTime' and bad": "line 3, position 7",
	} {
		_, _, err := ask(t.Context(), startPool(t, handle), body)
		require.ErrorContains(t, err, want, body)
	}
	inFrame := whole(frameHeader, frameTable, strings.Replace(frameTableEnd, "}", ","+oneAPI(message, true)+"}", 1))
	_, _, err := ask(t.Context(), startPool(t, reply(inFrame)), "print _startTime")
	require.ErrorContains(t, err, "line 2, position 7")
}

func TestTimeoutOfTheServer(t *testing.T) {
	p := poolFor(t, "http://127.0.0.1:1", Options{})
	cases := map[string]struct {
		req  query.Request
		want time.Duration
	}{
		"Default":       {query.Request{}, 4 * time.Minute},
		"ShortInterval": {query.Request{Interval: time.Minute}, time.Minute},
		"LongInterval":  {query.Request{Interval: time.Hour}, 4 * time.Minute},
		"Asked":         {query.Request{Interval: time.Minute, Timeout: 10 * time.Minute}, 10 * time.Minute},
		"TooMuch":       {query.Request{Timeout: 3 * time.Hour}, time.Hour},
	}
	for name, tc := range cases {
		require.Equal(t, tc.want, p.bounded(tc.req).Timeout, name)
	}
}

func ExampleStatement_Standalone() {
	end := time.Date(2024, 1, 1, 0, 5, 0, 0, time.UTC)
	s, err := Render(query.Request{
		Body: "Requests | where Timestamp between (_startTime .. _endTime)", Start: end.Add(-5 * time.Minute), End: end,
	})
	fmt.Println(s.Standalone(), err)
	// Output:
	// declare query_parameters(_endTime:datetime = datetime(2024-01-01T00:04:59.9999999Z), _startTime:datetime = datetime(2024-01-01T00:00:00Z));
	// Requests | where Timestamp between (_startTime .. _endTime) <nil>
}
