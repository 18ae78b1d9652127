package emulator_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	kustoerrors "github.com/Azure/azure-kusto-go/azkustodata/errors"
	"github.com/Azure/azure-kusto-go/azkustodata/kql"
	sdkquery "github.com/Azure/azure-kusto-go/azkustodata/query"
	v2 "github.com/Azure/azure-kusto-go/azkustodata/query/v2"
	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

var now = time.Date(2022, 1, 1, 10, 5, 0, 0, time.UTC)

func columns(spec string) []query.Column {
	var cs []query.Column
	for part := range strings.SplitSeq(spec, ",") {
		name, typeName, _ := strings.Cut(strings.TrimSpace(part), ":")
		typ, err := query.ParseType(typeName)
		if err != nil {
			panic(err)
		}
		cs = append(cs, query.Column{Name: name, Type: typ})
	}
	return cs
}

// start serves s and returns its address.
func start(t testing.TB, o emulator.Options) (*emulator.Server, *httptest.Server) {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	s := emulator.New(o)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, web
}

// sdk returns the unmodified Azure client.
func sdk(t testing.TB, url string) *azkustodata.Client {
	t.Helper()
	client, err := azkustodata.New(azkustodata.NewConnectionStringBuilder(url))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func statement(text string) azkustodata.Statement { return kql.New("").AddUnsafe(text) }

// rows returns a table's cells as text.
func rows(table sdkquery.Table) [][]string {
	var all [][]string
	for _, row := range table.Rows() {
		var cells []string
		for _, v := range row.Values() {
			cells = append(cells, v.String())
		}
		all = append(all, cells)
	}
	return all
}

// primary returns the result tables, without the service's own.
func primary(data sdkquery.Dataset) []sdkquery.Table {
	return slices.DeleteFunc(slices.Clone(data.Tables()), func(table sdkquery.Table) bool { return table.Kind() != "PrimaryResult" })
}

func seed(t testing.TB, db *engine.Database, table, spec string, values ...[]any) {
	t.Helper()
	require.NoError(t, db.Create(table, columns(spec)...).Append(values...))
}

// seedDocument makes the tables of the Kusto-to-metrics design document, with rows a tick before,
// at and just before the end of the window [10:00, 10:05).
func seedDocument(t testing.TB, s *emulator.Server) {
	t.Helper()
	tick := 100 * time.Nanosecond
	start, end := now.Add(-5*time.Minute), now
	telemetry := s.Database("TelemetryDB")
	seed(t, telemetry, "MyTelemetryTable", "Timestamp:datetime, ServiceName:string, Region:string, ResponseTime:real",
		[]any{start.Add(-tick), "api-gateway", "us-east-1", 9999.0},
		[]any{start, "api-gateway", "us-east-1", 240.0},
		[]any{end.Add(-tick), "api-gateway", "us-east-1", 251.4},
		[]any{end, "api-gateway", "us-east-1", 9999.0},
		[]any{start.Add(time.Minute), "user-service", "us-west-2", 189.3})
	seed(t, telemetry, "ServiceTelemetry", "Timestamp:datetime, ServiceName:string, Environment:string, ResponseTimeMs:real",
		[]any{start, "api", "production", 10.0}, []any{start.Add(30 * time.Second), "api", "production", 20.0},
		[]any{start.Add(time.Minute), "api", "production", 40.0}, []any{end, "api", "production", 9999.0})
	analytics := s.Database("AnalyticsDB")
	seed(t, analytics, "AnalyticsData", "EventTime:datetime, LocationId:string, CustomerResourceId:string, SuccessRate:real, SuccessCount:long, TotalCount:long",
		[]any{start, "datacenter-01", "customer-12345", 0.98, 980, 1000},
		[]any{end.Add(-tick), "datacenter-01", "customer-12345", 0.994, 994, 1000})
	seed(t, analytics, "CustomerEvents", "EventTime:datetime, LocationId:string, CustomerResourceId:string, ServiceTier:string, SuccessRate:real, SuccessfulRequests:long, TotalRequests:long, LatencyMs:real",
		[]any{start, "eu-1", "c-1", "Gold", 0.5, 50, 100, 12.5}, []any{start.Add(time.Second), "eu-1", "c-1", "Gold", 1.0, 10, 10, 7.5})
	seed(t, s.Database("InfrastructureDB"), "SystemMetrics", "Timestamp:datetime, NodeName:string, ClusterName:string, Region:string, CpuUtilization:real",
		[]any{start, "n1", "k1", "eastus", 0.25}, []any{start.Add(29 * time.Second), "n1", "k1", "eastus", 0.75}, []any{start.Add(30 * time.Second), "n1", "k1", "eastus", 1.0})
	s.Database("GlobalMetrics")
	for _, region := range []string{"eastus", "westus", "europe"} {
		seed(t, s.Catalog().Database(region+"-cluster", "TelemetryDB"), "ErrorEvents", "Timestamp:datetime, ClusterName:string, ServiceName:string, SuccessEvent:string",
			[]any{start, region + "-1", "pay", "yes"}, []any{start.Add(time.Second), region + "-1", "pay", ""})
	}
}

// The example queries of the Kusto-to-metrics design document, verbatim.
const (
	genericQuery = `MyTelemetryTable
| where Timestamp between (_startTime .. _endTime)
| summarize 
    metric_value = avg(ResponseTime),
    timestamp = bin(Timestamp, 5m)
    by ServiceName, Region
| extend metric_name = "service_response_time_avg"
`
	analyticsQuery = `AnalyticsData
| where EventTime between (_startTime .. _endTime)
| summarize 
    Value = avg(SuccessRate),
    Numerator = sum(SuccessCount),
    Denominator = sum(TotalCount),
    StartTimeUTC = min(EventTime),
    EndTimeUTC = max(EventTime)
    by LocationId, CustomerResourceId
| extend metric_name = "success_rate_analytics"
`
	useCase1 = `ServiceTelemetry
| where Timestamp between (_startTime .. _endTime)
| summarize 
    metric_value = avg(ResponseTimeMs),
    timestamp = bin(Timestamp, 1m)
    by ServiceName, Environment
| extend metric_name = "service_response_time_avg"
`
	useCase2 = `CustomerEvents
| where EventTime between (_startTime .. _endTime)
| summarize 
    Value = avg(SuccessRate),
    Numerator = sum(SuccessfulRequests),
    Denominator = sum(TotalRequests),
    StartTimeUTC = min(EventTime),
    EndTimeUTC = max(EventTime),
    AvgLatency = avg(LatencyMs)
    by LocationId, CustomerResourceId, ServiceTier
| extend metric_name = strcat("customer_success_rate_", tolower(ServiceTier))
`
	useCase3 = `SystemMetrics
| where Timestamp between (_startTime .. _endTime)
| summarize 
    metric_value = avg(CpuUtilization),
    timestamp = bin(Timestamp, 30s)
    by NodeName, ClusterName, Region
| extend metric_name = "node_cpu_utilization"
`
	useCase4 = `union
  cluster('eastus-cluster').TelemetryDB.ErrorEvents,
  cluster('westus-cluster').TelemetryDB.ErrorEvents,
  cluster('europe-cluster').TelemetryDB.ErrorEvents
| where Timestamp between (_startTime .. _endTime)
| summarize 
    metric_value = count() * 1.0,
    timestamp = bin(Timestamp, 1m),
    error_rate = count() * 100.0 / countif(isnotempty(SuccessEvent))
    by Region = tostring(split(ClusterName, '-')[0]), ServiceName
| extend metric_name = "global_error_count"
`
)

// windowParameters are the window [10:00, 10:05): _endTime is its last tick.
func windowParameters() azkustodata.QueryOption {
	start, end := now.Add(-5*time.Minute), now.Add(-100*time.Nanosecond)
	return azkustodata.QueryParameters(kql.NewParameters().AddDateTime("_startTime", start).AddDateTime("_endTime", end))
}

func TestDocumentQueries(t *testing.T) {
	const at = "2022-01-01T10:00:00Z"
	cases := map[string]struct {
		database, body string
		columns        []string
		want           [][]string
	}{
		"Generic": {
			"TelemetryDB", genericQuery,
			[]string{"ServiceName", "Region", "timestamp", "metric_value", "metric_name"},
			[][]string{
				{"api-gateway", "us-east-1", at, "245.7", "service_response_time_avg"},
				{"user-service", "us-west-2", at, "189.3", "service_response_time_avg"},
			},
		},
		"Analytics": {
			"AnalyticsDB", analyticsQuery,
			[]string{"LocationId", "CustomerResourceId", "Value", "Numerator", "Denominator", "StartTimeUTC", "EndTimeUTC", "metric_name"},
			[][]string{{"datacenter-01", "customer-12345", "0.987", "1974", "2000", at, "2022-01-01T10:04:59.9999999Z", "success_rate_analytics"}},
		},
		"UseCase1": {
			"TelemetryDB", useCase1,
			[]string{"ServiceName", "Environment", "timestamp", "metric_value", "metric_name"},
			[][]string{
				{"api", "production", at, "15", "service_response_time_avg"},
				{"api", "production", "2022-01-01T10:01:00Z", "40", "service_response_time_avg"},
			},
		},
		"UseCase2": {
			"AnalyticsDB", useCase2,
			[]string{"LocationId", "CustomerResourceId", "ServiceTier", "Value", "Numerator", "Denominator", "StartTimeUTC", "EndTimeUTC", "AvgLatency", "metric_name"},
			[][]string{{"eu-1", "c-1", "Gold", "0.75", "60", "110", at, "2022-01-01T10:00:01Z", "10", "customer_success_rate_gold"}},
		},
		"UseCase3": {
			"InfrastructureDB", useCase3,
			[]string{"NodeName", "ClusterName", "Region", "timestamp", "metric_value", "metric_name"},
			[][]string{
				{"n1", "k1", "eastus", at, "0.5", "node_cpu_utilization"},
				{"n1", "k1", "eastus", "2022-01-01T10:00:30Z", "1", "node_cpu_utilization"},
			},
		},
		"UseCase4": {
			"GlobalMetrics", useCase4,
			[]string{"Region", "ServiceName", "timestamp", "metric_value", "error_rate", "metric_name"},
			[][]string{
				{"eastus", "pay", at, "2", "200", "global_error_count"},
				{"westus", "pay", at, "2", "200", "global_error_count"},
				{"europe", "pay", at, "2", "200", "global_error_count"},
			},
		},
	}
	s, web := start(t, emulator.Options{})
	seedDocument(t, s)
	strict, strictWeb := start(t, emulator.Options{Strict: true})
	seedDocument(t, strict)
	client, strictClient := sdk(t, web.URL), sdk(t, strictWeb.URL)
	refused := map[string]string{"Generic": "KS236", "UseCase1": "KS236", "UseCase3": "KS236", "UseCase4": "KS142"}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			data, err := client.Query(t.Context(), tc.database, statement(tc.body), windowParameters())
			require.NoError(t, err)
			require.Len(t, primary(data), 1)
			var names []string
			for _, c := range data.Tables()[0].Columns() {
				names = append(names, c.Name())
			}
			require.Equal(t, tc.columns, names)
			require.Equal(t, tc.want, rows(data.Tables()[0]))

			_, err = strictClient.Query(t.Context(), tc.database, statement(tc.body), windowParameters())
			if refused[name] == "" {
				require.NoError(t, err)
				return
			}
			var failed *kustoerrors.HttpError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, http.StatusBadRequest, failed.StatusCode)
			require.Contains(t, failed.Error(), refused[name])
		})
	}
}

func TestManagement(t *testing.T) {
	s, web := start(t, emulator.Options{})
	s.Database("db")
	client := sdk(t, web.URL)
	ask := func(command string) [][]string {
		t.Helper()
		data, err := client.Mgmt(t.Context(), "db", statement(command))
		require.NoError(t, err, command)
		return rows(data.Tables()[0])
	}
	ask(".create database Other volatile")
	ask(".create table T (a: long, ['b c']: string, t: datetime, d: dynamic)")
	ask(".create-merge table T (a: long, extra: real)")
	ask(".ingest inline into table T with (format='csv') <|\n1,\"x, y\",2024-01-01,\"{\"\"k\"\":1}\",2.5\nbad,,,\n")
	ask(".set-or-append Copy <| T | where isnotnull(a) | project a, extra")
	ask(".append Copy <| T | project a = 7, other = 'ignored'")
	ask(".set Fresh <| print n = 1")
	ask(".set-or-replace Fresh <| print n = 2")
	ask(".create-or-alter function with (docstring='x') Big(n: long) { Copy | where a >= n }")
	ask(".alter-merge table T policy retention softdelete = 1d")
	require.Equal(t, [][]string{{"Copy", "db", "", ""}, {"Fresh", "db", "", ""}, {"T", "db", "", ""}}, ask(".show tables"))
	require.Equal(t, "a:long,b c:string,t:datetime,d:dynamic,extra:real", ask(".show table T cslschema")[0][1])
	require.Equal(t, []string{"a", "System.Int64"}, ask(".show table T")[0])
	require.Len(t, ask(".show databases"), 2)
	require.NotEmpty(t, ask(".show version"))
	require.NotEmpty(t, ask(".show cluster"))
	require.Equal(t, [][]string{{"1", "x, y", "2024-01-01T00:00:00Z", `{"k":1}`, "2.5"}, {"", "", "", "", ""}}, ask("T"))
	require.Equal(t, [][]string{{"7", ""}, {"7", ""}}, ask("Big(2)"))
	require.Equal(t, [][]string{{"2"}}, ask("Fresh"))
	ask(".clear table T data")
	require.Equal(t, [][]string{{"0"}}, ask("T | count"))
	ask(".drop table T")
	ask(".drop table T ifexists")
	for _, wrong := range []string{
		".drop table T", ".drop database db", ".show table T", ".show queries", ".create table X (a)", ".create table X (a: nope)", ".create table X", ".create table",
		".create view X", ".ingest inline into table Nope <| 1", ".ingest into table T h@'x'", ".append Nope <| print 1", ".set Fresh <| print 1", ".set", ".frobnicate",
		".create function", ".create function F() {", ".set X <| nonsense", ".ingest inline into table Fresh <| 1,2,3", ".show", ".create-or-alter function F { 1 }", ".create table '",
	} {
		_, err := client.Mgmt(t.Context(), "db", statement(wrong))
		var failed *kustoerrors.HttpError
		require.ErrorAs(t, err, &failed, wrong)
		require.Equal(t, http.StatusBadRequest, failed.StatusCode, wrong)
	}
	_, err := client.Mgmt(t.Context(), "nowhere", statement(".show tables"))
	require.ErrorContains(t, err, "BadRequest_DatabaseNotExist")
}

func TestSDKQueryOptions(t *testing.T) {
	s, web := start(t, emulator.Options{FragmentRows: 2, MaxRows: 100_000})
	s.Database("db")
	client := sdk(t, web.URL)
	t.Run("Types", func(t *testing.T) {
		const every = `print b = true, dt = datetime(2024-01-01T00:00:00.1234567Z), de = decimal(1.5), dy = dynamic({"a": [1]}), g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642),
			i = int(-1), l = 9223372036854775807, r = real(nan), s = "é\"\n", ts = 1.02:03:04.5 | extend r2 = -1.0 / 0, nul = int(null)`
		data, err := client.Query(t.Context(), "db", statement(strings.Replace(every, "1.02:03:04.5", "time(1.02:03:04.5)", 1)))
		require.NoError(t, err)
		require.Equal(t, [][]string{{
			"true", "2024-01-01T00:00:00.1234567Z", "1.5", `{"a":[1]}`, "74be27de-1e4e-49d9-b579-fe0b331d3642", "-1", "9223372036854775807", "NaN", "é\"\n", "26h3m4.5s", "-Inf", "",
		}}, rows(data.Tables()[0]))
	})
	t.Run("SeveralTablesIteratively", func(t *testing.T) {
		data, err := client.IterativeQuery(t.Context(), "db", statement("range x from 1 to 5 step 1; print y = 'z'"))
		require.NoError(t, err)
		whole, err := data.ToDataset()
		require.NoError(t, err)
		require.Len(t, primary(whole), 2)
		require.Len(t, primary(whole)[0].Rows(), 5)
	})
	t.Run("ServiceTables", func(t *testing.T) {
		data, err := client.Query(t.Context(), "db", statement("print a = 1 | summarize a, count()"))
		require.NoError(t, err)
		var properties []v2.QueryProperties
		var information []v2.QueryCompletionInformation
		for _, table := range data.Tables() {
			switch table.Kind() {
			case v2.QueryPropertiesKind:
				properties, err = v2.AsQueryProperties(table)
				require.NoError(t, err)
			case v2.QueryCompletionInformationKind:
				information, err = v2.AsQueryCompletionInformation(table)
				require.NoError(t, err)
			}
		}
		require.Equal(t, "Visualization", properties[0].Key)
		require.Len(t, information, 2)
		require.Equal(t, now, information[0].Timestamp)
		require.Contains(t, information[1].Payload, "KS236")
	})
	t.Run("QueryNow", func(t *testing.T) {
		data, err := client.Query(t.Context(), "db", statement("print now()"), azkustodata.QueryNow(now.Add(time.Hour)))
		require.NoError(t, err)
		require.Equal(t, [][]string{{"2022-01-01T11:05:00Z"}}, rows(data.Tables()[0]))
		_, err = client.Query(t.Context(), "db", statement("print 1"), azkustodata.CustomQueryOption("query_now", "soon"))
		require.ErrorContains(t, err, "query_now")
	})
	t.Run("Schema", func(t *testing.T) {
		data, err := client.Query(t.Context(), "db", statement("print a = 1, b = 'x'"), azkustodata.QueryResultsApplyGetschema())
		require.NoError(t, err)
		require.Equal(t, [][]string{{"a", "0", "System.Int64", "long"}, {"b", "1", "System.String", "string"}}, rows(data.Tables()[0]))
	})
	t.Run("Truncation", func(t *testing.T) {
		data, err := client.IterativeQuery(t.Context(), "db", statement("range x from 1 to 10 step 1"), azkustodata.CustomQueryOption("truncationmaxrecords", 3))
		require.NoError(t, err)
		_, err = data.ToDataset()
		require.ErrorContains(t, err, "80DA0003")
		require.EqualValues(t, 3, s.Journal()[len(s.Journal())-1].Rows)
		data, err = client.IterativeQuery(t.Context(), "db", statement("range x from 1 to 10 step 1"), azkustodata.CustomQueryOption("truncationmaxsize", "10"))
		require.NoError(t, err)
		_, err = data.ToDataset()
		require.ErrorContains(t, err, "E_QUERY_RESULT_SET_TOO_LARGE")
		_, err = client.Query(t.Context(), "db", statement("range x from 1 to 10 step 1"), azkustodata.CustomQueryOption("truncationmaxrecords", 3), azkustodata.NoTruncation())
		require.NoError(t, err)
	})
	t.Run("ServerTimeout", func(t *testing.T) {
		_, err := client.Query(t.Context(), "db", statement("print x = toscalar(range x from 1 to 9000000 step 1 | count)"), azkustodata.ServerTimeout(time.Microsecond))
		var failed *kustoerrors.HttpError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, http.StatusGatewayTimeout, failed.StatusCode)
	})
	t.Run("Errors", func(t *testing.T) {
		for text, want := range map[string]struct{ code, class string }{
			"nope":           {"SEM0100", "Kusto.Data.Exceptions.SemanticException"},
			"print (":        {"SYN0002", "Kusto.Data.Exceptions.SyntaxException"},
			"print 1 | nope": {"[line:position=1:11]", "Kusto.Data.Exceptions.SyntaxException"},
			"print x = toscalar(range x from 1 to 20000000 step 1 | count)": {"80DA0001", "Kusto.Data.Exceptions.KustoServicePartialQueryFailureLimitsExceededException"},
		} {
			_, err := client.Query(t.Context(), "db", statement(text))
			var failed *kustoerrors.HttpError
			require.ErrorAs(t, err, &failed, text)
			require.Equal(t, http.StatusBadRequest, failed.StatusCode)
			body, ok := failed.UnmarshalREST()["error"].(map[string]any)
			require.True(t, ok)
			require.Contains(t, body["@message"], want.code)
			require.Equal(t, want.class, body["@type"])
		}
		_, err := client.Query(t.Context(), "nowhere", statement("print 1"))
		require.ErrorContains(t, err, "Entity ID 'nowhere' of kind 'Database' was not found.")
		_, err = client.Query(t.Context(), "db", statement(".show tables"))
		require.ErrorContains(t, err, "do not support api_version=v2")
	})
}

func TestClusterByPath(t *testing.T) {
	s, web := start(t, emulator.Options{})
	seed(t, s.Catalog().Database("west", "db"), "T", "n:long", []any{1})
	seed(t, s.Catalog().Database("west", "other"), "U", "n:long", []any{2})
	data, err := sdk(t, web.URL+"/west").Query(t.Context(), "db", statement("union T, database('other').U"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1"}, {"2"}}, rows(data.Tables()[0]))
	_, err = sdk(t, web.URL).Query(t.Context(), "db", statement("T"))
	require.ErrorContains(t, err, "was not found")
}

func TestLiveTableIsRepeatable(t *testing.T) {
	clock := now
	s, web := start(t, emulator.Options{Now: func() time.Time { return clock }})
	s.Database("db").Put(&engine.Table{Name: "Live", Columns: columns("t:datetime, n:long"), Live: &engine.Live{
		TimeColumn: "t",
		Rows: func(from, to time.Time, emit func(...any) error) error {
			for at := from.Truncate(time.Second); !at.After(to); at = at.Add(time.Second) {
				if err := emit(at, at.Unix()%7); err != nil {
					return err
				}
			}
			return nil
		},
	}})
	client := sdk(t, web.URL)
	const body = "Live | where t between (datetime(2022-01-01T10:00:00Z) .. datetime(2022-01-01T10:00:59.9999999Z)) | summarize count(), sum(n)"
	first, err := client.Query(t.Context(), "db", statement(body))
	require.NoError(t, err)
	clock = clock.Add(time.Hour)
	second, err := client.Query(t.Context(), "db", statement(body))
	require.NoError(t, err)
	require.Equal(t, "60", rows(first.Tables()[0])[0][0])
	require.Equal(t, rows(first.Tables()[0]), rows(second.Tables()[0]))
	all, err := client.Query(t.Context(), "db", statement("Live | count"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"3601"}}, rows(all.Tables()[0]))
}

// lines is a writer that tests may read while the server writes.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.text.String()), "\n")
}

func TestJournal(t *testing.T) {
	var out lines
	s, web := start(t, emulator.Options{Journal: &out, JournalSize: 2})
	s.Database("db")
	client := sdk(t, web.URL)
	for _, text := range []string{"print 1", "print p", "nope"} {
		_, _ = client.Query(context.Background(), "db", statement(text), azkustodata.ClientRequestID("id;"+text), azkustodata.Application("app"),
			azkustodata.QueryParameters(kql.NewParameters().AddLong("p", 7)))
	}
	require.Eventually(t, func() bool { return len(out.all()) == 3 }, 5*time.Second, time.Millisecond)
	entries := s.Journal()
	require.Len(t, entries, 2)
	require.Equal(t, "id;print p", entries[0].ClientRequestID)
	require.Equal(t, map[string]string{"p": "long(7)"}, entries[0].Parameters)
	require.Equal(t, "app", entries[0].App)
	require.Equal(t, http.StatusOK, entries[0].Status)
	require.EqualValues(t, 1, entries[0].Rows)
	require.Equal(t, http.StatusBadRequest, entries[1].Status)
	require.Contains(t, entries[1].Error, "SEM0100")
	require.Contains(t, entries[1].Options, "results_v2_newlines_between_frames")
	var first emulator.Entry
	require.NoError(t, json.Unmarshal([]byte(out.all()[0]), &first))
	require.Contains(t, first.Text, "print 1")
}

func TestRecordAndReplay(t *testing.T) {
	s, _ := start(t, emulator.Options{})
	s.Database("db")
	answer, err := s.Record(t.Context(), "db", "range x from 1 to 3 step 1")
	require.NoError(t, err)
	web := httptest.NewServer(emulator.Replay(answer))
	t.Cleanup(web.Close)
	data, err := sdk(t, web.URL).Query(t.Context(), "any", statement("anything"))
	require.NoError(t, err)
	require.Equal(t, [][]string{{"1"}, {"2"}, {"3"}}, rows(data.Tables()[0]))
	_, err = s.Record(t.Context(), "nowhere", "print 1")
	require.ErrorContains(t, err, "status 400")
}
