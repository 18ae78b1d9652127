package engine

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/query"
)

func TestCheck(t *testing.T) {
	const body = "let x = 1; // é\nT | summarize a = avg(v), timestamp = bin(t, 1m) by s\n| union cluster('c').db.U"
	deviations, err := Check(body)
	require.NoError(t, err)
	var got [][2]string
	for _, d := range deviations {
		got = append(got, [2]string{d.Code, body[d.Offset:d.End]})
	}
	require.Equal(t, [][2]string{{CodeNotAggregate, "timestamp = bin(t, 1m)"}, {CodePath, "db"}}, got)
	require.Contains(t, deviations[0].Fix, "behind 'by'")
	require.Contains(t, deviations[1].Fix, ".database('db')")

	clean, err := Check("T | summarize avg(v) by bin(t, 1m), s | union cluster('c').database('db').U")
	require.NoError(t, err)
	require.Empty(t, clean)

	_, err = Check("T |\n where (")
	var syntax *Error
	require.ErrorAs(t, err, &syntax)
	require.Equal(t, Syntax, syntax.Kind)
	require.Equal(t, []int{12, 2, 9}, []int{syntax.Offset, syntax.Line, syntax.Column})
}

func TestAppendCell(t *testing.T) {
	bag := newBag()
	bag.set(`k"`, Null(query.Dynamic))
	cases := map[string]struct {
		v    Value
		t    query.Type
		want string
	}{
		"Bool":          {Bool(true), query.Bool, "true"},
		"False":         {Bool(false), query.Bool, "false"},
		"Null":          {Null(query.Long), query.Long, "null"},
		"NullString":    {Null(query.Dynamic), query.String, `""`},
		"Real":          {Real(2), query.Real, "2.0"},
		"RealExponent":  {Real(1e300), query.Real, "1e+300"},
		"NaN":           {Real(math.NaN()), query.Real, `"NaN"`},
		"Infinity":      {Real(math.Inf(1)), query.Real, `"Infinity"`},
		"MinusInfinity": {Real(math.Inf(-1)), query.Real, `"-Infinity"`},
		"LongAsReal":    {Long(2), query.Real, "2.0"},
		"DateTime":      {Time(time.Date(2024, 1, 1, 0, 0, 0, 100, time.UTC)), query.DateTime, `"2024-01-01T00:00:00.0000001Z"`},
		"WholeSecond":   {Time(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)), query.DateTime, `"2024-01-01T00:00:00Z"`},
		"TimeSpan":      {TimeSpan(-864000000001), query.TimeSpan, `"-1.00:00:00.0000001"`},
		"LongestSpan":   {TimeSpan(math.MinInt64), query.TimeSpan, `"-10675199.02:48:05.4775808"`},
		"Escapes":       {String("\"\\\n\t\x01é\xff"), query.String, `"\"\\\n\u0009\u0001é` + "\ufffd" + `"`},
		"Nested":        {Array([]Value{bagOf(bag), String("x"), Int(1)}), query.Dynamic, `[{"k\"":null},"x",1]`},
		"EmptyDynamic":  {Value{Type: query.Dynamic}, query.Dynamic, "null"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, string(AppendCell(nil, tc.v, tc.t))) })
	}
}

func TestFromGo(t *testing.T) {
	for _, tc := range []struct {
		x    any
		t    query.Type
		want string
	}{
		{nil, query.Long, "null"},
		{nil, query.String, ""},
		{true, query.Bool, "true"},
		{1, query.Long, "1"},
		{int32(2), query.Int, "2"},
		{int64(3), query.Real, "3"},
		{1.5, query.Real, "1.5"},
		{"x", query.String, "x"},
		{"5m", query.TimeSpan, "00:05:00"},
		{time.Minute, query.TimeSpan, "00:01:00"},
		{map[string]any{"a": 1}, query.Dynamic, `{"a":1}`},
		{Long(4), query.Long, "4"},
		{"2.50", query.Decimal, "2.5"},
	} {
		v, err := FromGo(tc.x, tc.t)
		require.NoError(t, err)
		require.Equal(t, tc.want, v.String())
	}
	for _, x := range []any{struct{}{}, "x", map[string]any{"f": func() {}}} {
		_, err := FromGo(x, query.Long)
		require.Error(t, err)
	}
	table := &Table{Name: "T", Columns: []query.Column{{Name: "a", Type: query.Long}}}
	require.ErrorContains(t, table.Append([]any{1, 2}), "2 values for 1 columns")
	require.ErrorContains(t, table.Append([]any{1}, []any{"x"}), "cannot append row 1 to T: column a")
	require.ErrorContains(t, table.AppendText([]string{"1", "2"}), "2 values for 1 columns")
	require.Zero(t, table.Len())
}

func TestValuesExposeTheirNumbers(t *testing.T) {
	require.EqualValues(t, 7, Long(7).Int64())
	require.InDelta(t, 1.5, Real(1.5).Float64(), 0)
	require.Equal(t, "System.Int64", ClrType(query.Long))
}

// A query must end whatever it says: these are small texts that stand for much
// work or for much text.
func TestBounds(t *testing.T) {
	doubling := func(first, form string, n int) string {
		var b strings.Builder
		b.WriteString("let a0 = " + first + ";")
		for i := range n {
			b.WriteString(strings.NewReplacer("$", "a"+Long(int64(i)).Text(), "#", Long(int64(i+1)).Text()).Replace("let a# = " + form + ";"))
		}
		return b.String() + "print strlen(tostring(a" + Long(int64(n)).Text() + "))"
	}
	cases := map[string]struct {
		text string
		kind Kind
	}{
		"Nesting":       {"print " + strings.Repeat("(", 5000), Syntax},
		"Signs":         {"print " + strings.Repeat("-", 5000) + "1", Syntax},
		"JSON":          {"print dynamic(" + strings.Repeat("[", 5000), Syntax},
		"Lambdas":       {strings.Repeat("let f = () {", 5000), Syntax},
		"Pipelines":     {strings.Repeat("union (", 5000), Syntax},
		"DeepJSON":      {"print parse_json('" + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "')", 0},
		"LongText":      {doubling("'x'", "strcat($, $)", 60), 0},
		"LongArray":     {doubling("dynamic([1])", "array_concat($, $)", 60), 0},
		"NestedArray":   {doubling("1", "pack_array($, $)", 60), 0},
		"Functions":     {"let f0 = (x: long) { x };" + chain(40) + "print f40(1)", Limit},
		"Rows":          {"range x from 1 to 1000000000000 step 1 | summarize make_list(x)", Limit},
		"Product":       {"range x from 1 to 5000 step 1 | extend k = 1 | join kind=inner (range y from 1 to 5000 step 1 | extend k = 1) on k | count", Limit},
		"SeriesOfTicks": {"print x = ago(1h) | make-series count() on x from ago(1d) to now() step 1tick", Limit},
		"TinyStep":      {"range x from 1.0 to 2.0 step 1e-300 | count", 0},
		"Regex":         {"print replace_regex(strrep('a', 1000), 'a', strrep('b', 1000)), replace_string(strrep('a', 1000), 'a', strrep('b', 1024))", 0},
		"RangeArray":    {"print array_length(range(1, 100000000000))", 0},
	}
	c := testCatalog(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			results, err := Run(context.Background(), c, tc.text, Options{Database: "db", Now: testNow, MaxRows: 100_000})
			for _, r := range results {
				var rows []Row
				if rows, err = r.Rows(); err == nil {
					require.Less(t, len(AppendCell(nil, rows[0][0], r.Columns[0].Type)), maxJSONText+maxText)
				}
			}
			if tc.kind == 0 {
				require.NoError(t, err)
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tc.kind, e.Kind, e.Message)
		})
	}
}

// chain makes functions of which each calls the one before it twice.
func chain(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.NewReplacer("#", Long(int64(i+1)).Text(), "$", Long(int64(i)).Text()).Replace("let f# = (x: long) { f$(x) + f$(x) };"))
	}
	return b.String()
}

func TestStoredFunctions(t *testing.T) {
	c := testCatalog(t)
	db := c.Database("", "db")
	require.Error(t, db.Define("Bad", "no body"))
	require.Error(t, db.Define("Bad", "5"))
	require.NoError(t, db.Define("Self", "() { Self }"))
	require.NoError(t, db.Define("SelfScalar", "(x: long) { SelfScalar(x) }"))
	for _, text := range []string{"Self", "print SelfScalar(1)"} {
		_, err := Run(context.Background(), c, text, Options{Database: "db", Now: testNow})
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, Limit, e.Kind)
	}
}

func TestCancellation(t *testing.T) {
	c := testCatalog(t)
	ctx, cancel := context.WithCancel(context.Background())
	results, err := Run(ctx, c, "range x from 1 to 1000000 step 1", Options{Database: "db", Now: testNow})
	require.NoError(t, err)
	n := 0
	err = results[0].Each(func(Row) error {
		if n++; n == 10 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, n, 2000)
	stop := errors.New("stop")
	for _, text := range []string{"Requests | sort by Ms | union Owners", "Requests | make-series count() on Timestamp step 1m", "Requests | summarize count()", "Requests | join Owners on Service", "Requests | take 2"} {
		results, err = Run(context.Background(), c, text, Options{Database: "db", Now: testNow})
		require.NoError(t, err)
		require.ErrorIs(t, results[0].Each(func(Row) error { return stop }), stop)
	}
}

func TestLiveErrors(t *testing.T) {
	c := NewCatalog()
	c.Database("", "db").Put(&Table{Name: "L", Columns: []query.Column{{Name: "t", Type: query.DateTime}}, Live: &Live{
		TimeColumn: "t", Rows: func(_, _ time.Time, emit func(...any) error) error { return emit("not a time") },
	}})
	results, err := Run(context.Background(), c, "L", Options{Database: "db", Now: testNow})
	require.NoError(t, err)
	_, err = results[0].Rows()
	require.ErrorContains(t, err, "cannot make a row of L")
	results, err = Run(context.Background(), c, "L | where t > now(1h)", Options{Database: "db", Now: testNow})
	require.NoError(t, err)
	rows, err := results[0].Rows()
	require.NoError(t, err)
	require.Empty(t, rows, "a live table has no future")
}
