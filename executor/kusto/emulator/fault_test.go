package emulator_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
)

// reply is what a raw HTTP client sees.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

// frame is one line of an answer.
type frame struct {
	FrameType    string
	RowCount     int
	HasErrors    bool
	Cancelled    bool
	OneAPIErrors []map[string]map[string]any `json:"OneApiErrors"`
	Rows         [][]any
}

func (r reply) frames(t testing.TB) []frame {
	t.Helper()
	var frames []frame
	require.NoError(t, json.Unmarshal([]byte(r.body), &frames), r.body)
	return frames
}

func (r reply) frame(t testing.TB, kind string) frame {
	t.Helper()
	for _, f := range r.frames(t) {
		if f.FrameType == kind {
			return f
		}
	}
	require.Fail(t, "no frame "+kind)
	return frame{}
}

// post sends a query of ten rows, which a server with FragmentRows 5 answers
// in eight frames.
func post(ctx context.Context, t testing.TB, url, database, id string) reply {
	t.Helper()
	body, err := json.Marshal(map[string]any{"db": database, "csl": "range x from 1 to 10 step 1"})
	require.NoError(t, err)
	return send(ctx, t, url+"/v2/rest/query", id, bytes.NewReader(body), nil)
}

func send(ctx context.Context, t testing.TB, url, id string, body io.Reader, header http.Header) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	require.NoError(t, err)
	maps.Copy(request.Header, header)
	request.Header.Set("X-Ms-Client-Request-Id", id)
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(text), err}
}

func TestFaults(t *testing.T) {
	const healthyFrames = 8
	cases := map[string]struct {
		script string
		check  func(t *testing.T, r reply)
	}{
		"Throttle": {"throttle retry-after=2s", func(t *testing.T, r reply) {
			require.Equal(t, http.StatusTooManyRequests, r.status)
			require.Equal(t, "2", r.header.Get("Retry-After"))
			require.Contains(t, r.body, `"@permanent":false`)
		}},
		"Early": {"early retry-after=1s", func(t *testing.T, r reply) { require.Equal(t, http.StatusTooManyRequests, r.status) }},
		"Unavailable": {"unavailable", func(t *testing.T, r reply) {
			require.Equal(t, http.StatusServiceUnavailable, r.status)
			require.Contains(t, r.body, "<html>")
		}},
		"Timeout":      {"timeout", func(t *testing.T, r reply) { require.Equal(t, http.StatusGatewayTimeout, r.status) }},
		"Unauthorized": {"unauthorized", func(t *testing.T, r reply) { require.Equal(t, http.StatusUnauthorized, r.status) }},
		"Forbidden":    {"forbidden", func(t *testing.T, r reply) { require.Equal(t, http.StatusForbidden, r.status) }},
		"Status": {"status status=412 code=ClusterSuspended message=cluster_is_suspended permanent", func(t *testing.T, r reply) {
			require.Equal(t, http.StatusPreconditionFailed, r.status)
			require.Contains(t, r.body, `"code":"ClusterSuspended"`)
			require.Contains(t, r.body, "cluster is suspended")
			require.Contains(t, r.body, `"@permanent":true`)
		}},
		"PlainText": {"text message=not_today", func(t *testing.T, r reply) {
			require.Equal(t, http.StatusOK, r.status)
			require.Equal(t, "not today", r.body)
		}},
		"Redirect": {"redirect location=https://elsewhere.example.com/", func(t *testing.T, r reply) {
			require.Equal(t, http.StatusFound, r.status)
			require.Equal(t, "https://elsewhere.example.com/", r.header.Get("Location"))
		}},
		"OneAPI": {"oneapi code=80DA0007", func(t *testing.T, r reply) {
			detail := r.frame(t, "TableCompletion").OneAPIErrors[0]["error"]["@message"]
			require.Contains(t, detail, "E_LOW_MEMORY_CONDITION, 0x80DA0007")
			require.True(t, r.frame(t, "DataSetCompletion").HasErrors)
			require.Len(t, r.frame(t, "DataSetCompletion").OneAPIErrors, 1)
		}},
		"TruncateAtFrame": {"truncate frame=3", func(t *testing.T, r reply) {
			require.NoError(t, r.err)
			require.Equal(t, 3, strings.Count(r.body, "\n"))
			require.Contains(t, r.body, "TableHeader")
			require.NotContains(t, r.body, "TableFragment")
		}},
		"TruncateAtByte": {"truncate byte=100", func(t *testing.T, r reply) {
			require.NoError(t, r.err)
			require.Len(t, r.body, 100)
		}},
		"Reset": {"reset", func(t *testing.T, r reply) {
			require.True(t, errors.Is(r.err, syscall.ECONNRESET) || errors.Is(r.err, io.EOF), "%v", r.err)
		}},
		"ResetAtFrame": {"reset frame=4", func(t *testing.T, r reply) {
			require.Equal(t, http.StatusOK, r.status)
			require.Error(t, r.err)
			var network net.Error
			require.True(t, errors.As(r.err, &network) || errors.Is(r.err, io.ErrUnexpectedEOF), "%v", r.err)
		}},
		"StallEnds": {"stall frame=4 delay=1ms", func(t *testing.T, r reply) {
			require.NoError(t, r.err)
			require.Equal(t, 4, strings.Count(r.body, "\n"))
		}},
		"Drip": {"drip delay=1ms", func(t *testing.T, r reply) { require.Len(t, r.frames(t), healthyFrames) }},
		"Duplicate": {"duplicate", func(t *testing.T, r reply) {
			require.Equal(t, 2, strings.Count(r.body, "DataSetHeader"))
			require.Equal(t, 2, strings.Count(r.body, "DataSetCompletion"))
		}},
		"RowCount":    {"rowcount", func(t *testing.T, r reply) { require.Equal(t, 11, r.frame(t, "TableCompletion").RowCount) }},
		"Cancelled":   {"cancelled", func(t *testing.T, r reply) { require.True(t, r.frame(t, "DataSetCompletion").Cancelled) }},
		"HasErrors":   {"haserrors", func(t *testing.T, r reply) { require.True(t, r.frame(t, "DataSetCompletion").HasErrors) }},
		"EmptyErrors": {"emptyerrors", func(t *testing.T, r reply) { require.Contains(t, r.body, `"RowCount":10,"OneApiErrors":[]}`) }},
		"ExtraCell":   {"extracell", func(t *testing.T, r reply) { require.Equal(t, []any{1.0, 0.0}, r.frame(t, "TableFragment").Rows[0]) }},
		"None": {"# nothing\n", func(t *testing.T, r reply) {
			frames := r.frames(t)
			require.Len(t, frames, healthyFrames)
			require.Equal(t, "DataSetHeader", frames[0].FrameType)
			require.Equal(t, "DataTable", frames[1].FrameType)
			require.Equal(t, "DataTable", frames[6].FrameType)
			require.Equal(t, "DataSetCompletion", frames[7].FrameType)
			require.Equal(t, 10, r.frame(t, "TableCompletion").RowCount)
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, web := start(t, emulator.Options{FragmentRows: 5})
			s.Database("db")
			faults, err := emulator.ParseScript(tc.script)
			require.NoError(t, err)
			s.Script(faults...)
			tc.check(t, post(t.Context(), t, web.URL, "db", "id"))
			if len(faults) == 0 {
				return
			}
			require.Len(t, post(t.Context(), t, web.URL, "db", "id").frames(t), healthyFrames, "a fault strikes once")
			require.Equal(t, faults[0].Kind, s.Journal()[0].Fault)
			require.Empty(t, s.Journal()[1].Fault)
		})
	}
}

// A stall lasts until the client leaves.
func TestStall(t *testing.T) {
	s, web := start(t, emulator.Options{FragmentRows: 5})
	s.Database("db")
	s.Script(emulator.Fault{Kind: emulator.Stall, Frame: 4})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, web.URL+"/v2/rest/query", strings.NewReader(`{"db":"db","csl":"range x from 1 to 10 step 1"}`))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	frames := bufio.NewReader(response.Body)
	for range 4 {
		_, err = frames.ReadString('\n')
		require.NoError(t, err)
	}
	require.Zero(t, frames.Buffered())
	cancel()
	_, err = frames.ReadString('\n')
	require.ErrorIs(t, err, context.Canceled)
}

func TestFaultsChooseRequests(t *testing.T) {
	s, web := start(t, emulator.Options{})
	s.Database("a")
	s.Database("b")
	ask := func(database, id string) int { return post(t.Context(), t, web.URL, database, id).status }
	cases := map[string]struct {
		script   string
		requests [][2]string
		want     []int
	}{
		"ByDatabase": {"forbidden db=B count=-1", [][2]string{{"a", ""}, {"b", ""}, {"b", ""}}, []int{200, 403, 403}},
		"ByID":       {"forbidden id=;7;", [][2]string{{"a", "x;6;"}, {"a", "x;7;"}}, []int{200, 403}},
		"ByCall":     {"timeout nth=2 count=2", [][2]string{{"a", ""}, {"a", ""}, {"b", ""}, {"a", ""}}, []int{200, 504, 504, 200}},
		"InOrder":    {"timeout ; forbidden nth=2", [][2]string{{"a", ""}, {"a", ""}, {"a", ""}}, []int{504, 403, 200}},
		"EarlyByID":  {"early id=x", [][2]string{{"a", "y"}, {"a", "x"}}, []int{200, 429}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			faults, err := emulator.ParseScript(tc.script)
			require.NoError(t, err)
			s.Script(faults...)
			var got []int
			for _, request := range tc.requests {
				got = append(got, ask(request[0], request[1]))
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestParseScript(t *testing.T) {
	faults, err := emulator.ParseScript("# comment\nthrottle retry-after=2s db=TelemetryDB nth=3 count=2\n\nstall byte=10 delay=1m ; oneapi code=80DA0001 permanent=false id=x")
	require.NoError(t, err)
	require.Equal(t, []emulator.Fault{
		{Kind: emulator.Throttle, RetryAfter: 2 * time.Second, Database: "TelemetryDB", Nth: 3, Count: 2},
		{Kind: emulator.Stall, Byte: 10, Delay: time.Minute},
		{Kind: emulator.OneAPI, Code: "80DA0001", RequestID: "x"},
	}, faults)
	for _, wrong := range []string{"explode", "stall nth=x", "stall delay=fast", "stall size=1", "stall " + strings.Repeat("x", 70_000)} {
		_, err := emulator.ParseScript(wrong)
		require.Error(t, err, wrong)
	}
}

func TestHTTP(t *testing.T) {
	s, web := start(t, emulator.Options{})
	s.Database("db")
	query := func(path string, body io.Reader, header http.Header) reply {
		return send(t.Context(), t, web.URL+path, "id", body, header)
	}
	const body = `{"db":"db","csl":"print a = 'x'","properties":{"Options":{"truncationmaxrecords":1.0,"notruncation":false},"Parameters":null}}`
	t.Run("Gzip", func(t *testing.T) {
		r := query("/v2/rest/query", strings.NewReader(body), http.Header{"Accept-Encoding": {"gzip, deflate"}})
		require.Equal(t, "gzip", r.header.Get("Content-Encoding"))
		plain, err := gzip.NewReader(strings.NewReader(r.body))
		require.NoError(t, err)
		text, err := io.ReadAll(plain)
		require.NoError(t, err)
		require.Contains(t, string(text), `"Rows":[["x"]]`)
	})
	t.Run("ChunkedBody", func(t *testing.T) {
		r := query("/v2/rest/query", io.MultiReader(strings.NewReader(body[:20]), strings.NewReader(body[20:])), nil)
		require.Equal(t, 1, r.frame(t, "TableCompletion").RowCount)
		require.NotEmpty(t, r.header.Get("X-Ms-Activity-Id"))
	})
	t.Run("V1", func(t *testing.T) {
		r := query("/v1/rest/query", strings.NewReader(body), nil)
		require.JSONEq(t, `{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"a","DataType":"String","ColumnType":"string"}],"Rows":[["x"]]}]}`, r.body)
		r = query("/v1/rest/query", strings.NewReader(`{"db":"db","csl":"nope"}`), nil)
		require.Equal(t, http.StatusBadRequest, r.status)
		small, smallWeb := start(t, emulator.Options{MaxRows: 100})
		small.Database("db")
		r = send(t.Context(), t, smallWeb.URL+"/v1/rest/query", "id", strings.NewReader(`{"db":"db","csl":"range x from 1 to 200 step 1"}`), nil)
		require.Contains(t, r.body, "80DA0001")
	})
	t.Run("Refused", func(t *testing.T) {
		require.Equal(t, http.StatusBadRequest, query("/v2/rest/query", strings.NewReader("no json"), nil).status)
		require.Equal(t, http.StatusNotFound, query("/elsewhere", strings.NewReader(body), nil).status)
		response, err := http.Get(web.URL + "/v2/rest/query")
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusNotFound, response.StatusCode)
	})
	t.Run("LimitAfterRows", func(t *testing.T) {
		r := query("/v2/rest/query", strings.NewReader(`{"db":"db","csl":"range x from 1 to 90000000 step 1","properties":{"Options":{"notruncation":true,"servertimeout":"00:00:00.01"}}}`), nil)
		last := r.frame(t, "DataSetCompletion")
		require.True(t, last.HasErrors)
		require.Contains(t, last.OneAPIErrors[0]["error"]["code"], "KustoServiceTimeout")
	})
	t.Run("Warnings", func(t *testing.T) {
		r := query("/v2/rest/query", strings.NewReader(`{"db":"db","csl":"print a = 1 | summarize a, count()"}`), nil)
		frames := r.frames(t)
		information := frames[len(frames)-2]
		require.Len(t, information.Rows, 2)
		require.Equal(t, "Warning", information.Rows[1][6])
		require.Contains(t, information.Rows[1][11], "KS236")
	})
}
