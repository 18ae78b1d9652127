package kusto

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	sdkkql "github.com/Azure/azure-kusto-go/azkustodata/kql"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/e2e/benchline"
	"github.com/adx-mon/adxexporter/executor/query"
)

// The benchmarks' servers run in processes of their own, so that CPU time and
// memory are those of the client alone. The test binary plays these parts when
// it is started with childEnv.
const (
	childEnv    = "ADXEXPORTER_KUSTO_CHILD"
	childServer = "server"
	childQuery  = "query"
	urlEnv      = "ADXEXPORTER_KUSTO_URL"
)

// runChild plays the part that the environment asks for, if any.
func runChild() bool {
	switch os.Getenv(childEnv) {
	case childServer:
		serveBench()
	case childQuery:
		queryBench()
	default:
		return false
	}
	return true
}

// benchAnswer has rows rows of six columns, about 110 bytes each, in fragments
// of a thousand rows.
func benchAnswer(rows int) []byte {
	var b strings.Builder
	b.WriteString("[" + frameHeader + "\n," + frameProperties + "\n," +
		`{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":[{"ColumnName":"Timestamp","ColumnType":"datetime"},{"ColumnName":"Service","ColumnType":"string"},{"ColumnName":"Region","ColumnType":"string"},{"ColumnName":"Count","ColumnType":"long"},{"ColumnName":"Value","ColumnType":"real"},{"ColumnName":"Healthy","ColumnType":"bool"}]}`)
	for i := range rows {
		if i%1000 == 0 {
			b.WriteString("\n" + `,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[`)
		} else {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `["2024-01-01T00:%02d:%02d.1234567Z","service-name-number-%06d","northeurope-availability-zone-%d",%d,%g,%t]`,
			i/60%60, i%60, i%5000, i%3, 1_000_000+i, 0.25+float64(i)/7, i%2 == 0)
		if i%1000 == 999 || i == rows-1 {
			b.WriteString("]}")
		}
	}
	fmt.Fprintf(&b, "\n"+`,{"FrameType":"TableCompletion","TableId":1,"RowCount":%d}`+"\n,%s\n,%s]", rows, frameInfo, frameEnd)
	return []byte(b.String())
}

// serveBench answers with as many rows as the query's text says, prints its URL
// and ends with its standard input.
func serveBench() {
	answers := map[string][]byte{"100000": benchAnswer(100_000), "500000": benchAnswer(500_000)}
	server := httptest.NewServer(withoutMetadata(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		for text, answer := range answers {
			if strings.Contains(string(body), "take "+text) {
				_, _ = w.Write(answer)
				return
			}
		}
		w.WriteHeader(http.StatusBadRequest)
	}))
	fmt.Println(server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
	server.Close()
}

// queryBench asks for 500,000 rows and prints how many came and the largest
// resident set that this process ever had.
func queryBench() {
	p, err := New([]Endpoint{{Database: "DB", URL: os.Getenv(urlEnv)}}, Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	var n counter
	_, err = p.Query(context.Background(), query.Request{Database: "DB", Body: "T | take 500000"}, &n)
	rss, rssErr := benchline.PeakRSS()
	fmt.Println(n.rows, rss, err, rssErr)
}

// counter is the cheapest consumer.
type counter struct {
	rows int
	sum  float64
}

func (c *counter) Columns([]query.Column) error { return nil }

func (c *counter) Row(cells []query.Cell) error {
	c.rows++
	c.sum += cells[4].Real
	return nil
}

// startBenchServer starts the server process and returns its URL.
func startBenchServer(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+childServer)
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	var address string
	_, err = fmt.Fscanln(stdout, &address)
	require.NoError(t, err)
	return address
}

func TestBenchDecode(t *testing.T) {
	benchline.Guard(t)
	const rows = 100_000
	address := startBenchServer(t)
	p := poolFor(t, address, Options{})
	ours := func() {
		var n counter
		_, err := p.Query(t.Context(), query.Request{Database: "DB", Body: "T | take 100000"}, &n)
		require.NoError(t, err)
		require.Equal(t, rows, n.rows)
	}
	peer := peerQuery(t, address, rows)
	o, s := benchline.InterleaveCost(t, 7, ours, peer)
	perSecond := func(d time.Duration) string { return benchline.Number(rows/d.Seconds()) + "rows/s" }
	benchline.Report(t, "kusto_decode_100k_cpu", perSecond(o.CPU), "IterativeQuery", perSecond(s.CPU), s.CPU.Seconds()/o.CPU.Seconds(), 10)
	benchline.Report(t, "kusto_decode_100k_wall", perSecond(o.Wall), "IterativeQuery", perSecond(s.Wall), s.Wall.Seconds()/o.Wall.Seconds(), 10)
	benchline.ReportLimit(t, "kusto_decode_allocs", float64(benchline.AllocsDuring(ours))/rows, 0.1, "/row")
}

// peerQuery reads the same answer the SDK's way.
func peerQuery(t *testing.T, address string, rows int) func() {
	t.Helper()
	client, err := azkustodata.New(&azkustodata.ConnectionStringBuilder{DataSource: address})
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return func() {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		dataset, err := client.IterativeQuery(ctx, "DB", sdkkql.New("T | take 100000"))
		require.NoError(t, err)
		defer func() { _ = dataset.Close() }()
		n, sum := 0, 0.0
		for table := range dataset.Tables() {
			require.NoError(t, table.Err())
			if !table.Table().IsPrimaryResult() {
				continue
			}
			for row := range table.Table().Rows() {
				require.NoError(t, row.Err())
				value, err := row.Row().RealByIndex(4)
				require.NoError(t, err)
				sum += *value
				n++
			}
		}
		require.Equal(t, rows, n)
	}
}

func TestBenchMemory(t *testing.T) {
	benchline.Guard(t)
	address := startBenchServer(t)
	var peaks []float64
	for range 5 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+childQuery, urlEnv+"="+address)
		out, err := cmd.Output()
		require.NoError(t, err)
		fields := strings.Fields(string(out))
		require.Len(t, fields, 4, string(out))
		require.Equal(t, []string{"500000", "<nil>", "<nil>"}, []string{fields[0], fields[2], fields[3]})
		peak, err := strconv.ParseFloat(fields[1], 64)
		require.NoError(t, err)
		peaks = append(peaks, peak/(1<<20))
	}
	benchline.ReportLimit(t, "kusto_500k_rows_peak_rss", benchline.Median(peaks), 40, "MiB")
}

func BenchmarkDecode(b *testing.B) {
	answer := string(benchAnswer(100_000))
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		var n counter
		if _, err := decode(strings.NewReader(answer), limits{}, 0, &n); err != nil {
			b.Fatal(err)
		}
	}
}
