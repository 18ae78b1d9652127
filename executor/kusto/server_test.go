package kusto

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/query"
)

// The frames of a whole answer, one by one, so that tests can leave one out.
const (
	frameHeader     = `{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":true,"ErrorReportingPlacement":"EndOfTable"}`
	frameProperties = `{"FrameType":"DataTable","TableId":0,"TableKind":"QueryProperties","TableName":"@ExtendedProperties","Columns":[{"ColumnName":"TableId","ColumnType":"int"},{"ColumnName":"Key","ColumnType":"string"},{"ColumnName":"Value","ColumnType":"dynamic"}],"Rows":[[1,"Visualization","{\"Title\":null,\"Ymin\":\"NaN\"}"]]}`
	frameTable      = `{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":[{"ColumnName":"Service","ColumnType":"string"},{"ColumnName":"Value","ColumnType":"real"}]}`
	frameRows       = `{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[["caf\u00e9 \ud83d\ude00",1.5],["b",null],["",-2e-3]]}`
	frameTableEnd   = `{"FrameType":"TableCompletion","TableId":1,"RowCount":3}`
	frameInfo       = `{"FrameType":"DataTable","TableId":2,"TableKind":"QueryCompletionInformation","TableName":"QueryCompletionInformation","Columns":[{"ColumnName":"Level","ColumnType":"int"}],"Rows":[[4]]}`
	frameEnd        = `{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}`
)

// frames joins frames as Kusto does: the comma begins the next line. The first
// frame has the opening bracket; the closing one is added by whole.
func frames(list ...string) string { return "[" + strings.Join(list, "\n,") }

func whole(list ...string) string { return frames(list...) + "]" }

var goodAnswer = whole(frameHeader, frameProperties, frameTable, frameRows, frameTableEnd, frameInfo, frameEnd)

// goodRows is what goodAnswer contains.
var goodRows = []string{"Service=café 😀 Value=1.5", "Service=b Value=null", "Service= Value=-0.002"}

// oneColumn is a whole answer of one column named x.
func oneColumn(columnType string, cells ...string) string {
	rows := make([]string, len(cells))
	for i, c := range cells {
		rows[i] = "[" + c + "]"
	}
	return whole(frameHeader,
		fmt.Sprintf(`{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","Columns":[{"ColumnName":"x","ColumnType":%q}]}`, columnType),
		`{"FrameType":"TableFragment","TableId":1,"Rows":[`+strings.Join(rows, ",")+`]}`,
		fmt.Sprintf(`{"FrameType":"TableCompletion","TableId":1,"RowCount":%d}`, len(cells)),
		frameEnd)
}

// recorder is a consumer that keeps everything as text.
type recorder struct {
	columns []query.Column
	rows    []string
	fail    error          // returned for the first row
	seen    func(rows int) // called after each row, unless nil
}

func (r *recorder) Columns(columns []query.Column) error {
	r.columns = columns
	return nil
}

func (r *recorder) Row(cells []query.Cell) error {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(r.columns[i].Name + "=" + show(r.columns[i].Type, c))
	}
	r.rows = append(r.rows, b.String())
	if r.seen != nil {
		r.seen(len(r.rows))
	}
	return r.fail
}

func show(t query.Type, c query.Cell) string {
	switch {
	case c.Null:
		return "null"
	case t == query.Real:
		return strconv.FormatFloat(c.Real, 'g', -1, 64)
	case t == query.String, t == query.GUID, t == query.Decimal, t == query.Dynamic:
		return string(c.Text)
	}
	return strconv.FormatInt(c.Int, 10)
}

// startServer runs a Kusto whose query endpoint is handle and which has no
// metadata, as the emulator of Microsoft has none.
func startServer(t testing.TB, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(withoutMetadata(handle))
	t.Cleanup(server.Close)
	return server
}

func withoutMetadata(handle http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/rest/auth/metadata", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	mux.HandleFunc("POST /v2/rest/query", handle)
	return mux
}

// startPool returns a pool whose database DB is answered by handle.
func startPool(t testing.TB, handle http.HandlerFunc) *Pool {
	t.Helper()
	return poolFor(t, startServer(t, handle).URL, Options{})
}

func poolFor(t testing.TB, address string, options Options) *Pool {
	t.Helper()
	p, err := New([]Endpoint{{Database: "DB", URL: address}}, options)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// ask runs a plain query and returns what came of it.
func ask(ctx context.Context, p *Pool, body string) (*recorder, query.Stats, error) {
	r := &recorder{}
	stats, err := p.Query(ctx, query.Request{Database: "DB", Body: body, Timeout: time.Minute}, r)
	return r, stats, err
}

// reply answers with a body of known length.
func reply(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

// refuse answers with a status and a body.
func refuse(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// kustoBody is the JSON with which Kusto refuses.
func kustoBody(code, kind, message string, permanent any) string {
	e := map[string]any{"code": code, "message": "Request is invalid and cannot be executed.", "@type": kind, "@message": message}
	if permanent != nil {
		e["@permanent"] = permanent
	}
	b, err := json.Marshal(map[string]any{"error": e})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// oneAPI is the property with which frames carry an error.
func oneAPI(message string, permanent bool) string {
	return `"OneApiErrors":[` + kustoBody("LimitsExceeded", "Kusto.Data.Exceptions.KustoServicePartialQueryFailureException", message, permanent) + `]`
}

// ending is how a response ends after the bytes that were sent.
type ending string

const (
	chunkedClean ending = "chunked, ended properly"
	chunkedCut   ending = "chunked, connection closed"
	lengthClean  ending = "length of what was sent"
	lengthCut    ending = "length of the whole, connection closed"
	reset        ending = "chunked, connection reset"
)

// sendRaw writes an HTTP response by hand: body in one chunk, of an answer that
// would have had total bytes.
func sendRaw(body []byte, total int, end ending, header string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		var b bytes.Buffer
		b.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n" + header)
		switch end {
		case lengthClean:
			total = len(body)
			fallthrough
		case lengthCut:
			fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", total, body)
		default:
			b.WriteString("Transfer-Encoding: chunked\r\n\r\n")
			if len(body) > 0 {
				fmt.Fprintf(&b, "%x\r\n%s\r\n", len(body), body)
			}
			if end == chunkedClean {
				b.WriteString("0\r\n\r\n")
			}
		}
		_, _ = conn.Write(b.Bytes())
		if tcp, ok := conn.(*net.TCPConn); ok && end == reset {
			_ = tcp.SetLinger(0)
		}
	}
}

func gzipped(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, s)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// requireClass demands a *query.Error of class.
func requireClass(t testing.TB, class query.Class, err error, msg ...any) {
	t.Helper()
	_ = queryError(t, class, err, msg...)
}

// queryError returns err's *query.Error, which must be of class.
func queryError(t testing.TB, class query.Class, err error, msg ...any) *query.Error {
	t.Helper()
	var e *query.Error
	require.ErrorAs(t, err, &e, msg...)
	require.Equal(t, class.String(), e.Class.String(), "%v: %v (cause %v)", msg, err, e.Err)
	require.LessOrEqual(t, len(e.Message), maxMessage)
	require.True(t, strings.HasSuffix(e.Message, "."), "a sentence ends in a period: %q", e.Message)
	return e
}
