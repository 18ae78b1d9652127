package shape

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

func parse(t testing.TB, text string) Query {
	t.Helper()
	tokens, err := kql.Lex(text)
	require.NoError(t, err)
	return Parse(tokens)
}

// TestResult writes a result as its columns, each with its kind, and "..." where
// there may be more.
func TestResult(t *testing.T) {
	tests := map[string]struct {
		reason string
		query  string
		want   string
	}{
		"Table":            {"a table's columns are not known", "T", "..."},
		"Empty":            {"nothing is known of nothing", "", "..."},
		"PassThrough":      {"these keep the columns", "T | project a, b | where a > 1 | take 1 | sort by a | top 3 by b | as X | render timechart", "a b"},
		"Extend":           {"adds and replaces", `T | project a | extend b = "x", a = 1, c = a`, `a=const b=const"x" c`},
		"ExtendOpen":       {"adds to a table", "T | extend a = now()", "a=time ..."},
		"Count":            {"one column", "T | count", "Count=measure"},
		"Distinct":         {"as project", "T | distinct a, b", "a b"},
		"ProjectNames":     {"functions that keep a name, and one that does not", "T | project bin(a, 1h), floor(b, 10), ['c d'], strlen(e)", "a=time b c d ..."},
		"AutoNames":        {"names that summarize gives", "T | summarize avg(a), sum(b), min(c), count(), countif(d > 1), dcount(e, 2) by f", "f avg_a=measure sum_b=measure min_c=measure count_=measure countif_=measure dcount_e=measure"},
		"NotAutoNames":     {"names by rules of their own", "T | summarize percentile(a, 95), avg(a + b), avg(a) + 1 by tostring(b)", "..."},
		"SummarizeStar":    {"all columns of the row", "T | summarize arg_max(a, *) by b", "b ..."},
		"SummarizeHint":    {"a hint is no aggregate", "T | summarize hint.strategy=shuffle hint.num_partitions=4 n = count() by a", "a n=measure"},
		"KeyAsAggregate":   {"lenient engines take it as a key", "T | summarize v = avg(a), timestamp = bin(b, 5m) by c", "c v=measure timestamp=time"},
		"Expression":       {"computed of aggregates", "T | summarize r = 100.0 * countif(a) / count()", "r=measure"},
		"Bounded":          {"few values whatever goes in", "T | summarize a = iff(avg(x) > 1, 'y', 'n'), b = avg(x) > 1, c = bin(sum(x), 100), d = hourofday(max(x))", "a b c d"},
		"BoundedInside":    {"what goes into an aggregate does not bound it", "T | summarize r = count() * 1.0 / countif(isnotempty(a)), s = sum(iff(b > 1, 1, 0)), t = tostring(bin(max(c), 1h))", "r=measure s=measure t=time"},
		"Inherited":        {"of a column with a kind", "T | summarize m = max(x) by t = bin(y, 1h) | project a = m, b = tostring(t), c = m > 1, d = x.m, m(1)", "a=measure b=time c d ..."},
		"Window":           {"the window is a time", "T | project a = _startTime, b = format_datetime(_endTime, 'HH'), c = x._endTime", "a=time b=time c"},
		"TimeSpans":        {"all ways to write one", "T | project a = bin(t, timespan(1h)), b = bin(t, _interval), c = bin(t, 10), d = datetime(2024-01-01)", "a=time b=time c d=const"},
		"Away":             {"names and patterns", "T | project aa, ab, b, cxd | project-away b, c*d | project-away *b", "aa"},
		"Keep":             {"names and patterns", "T | project aa, ab, b | project-keep a*", "aa ab"},
		"KeepOfTable":      {"a pattern takes what the table has", "T | extend a = 1 | project-keep a, b*", "a=const ..."},
		"Rename":           {"keeps what is known of it", "T | project a = now(), b | project-rename c = a, d = x", "c=time b d"},
		"RenameNothing":    {"not a rename", "T | project a | project-rename a", "a"},
		"Reorder":          {"keeps the columns", "T | project a, b | project-reorder b", "a b"},
		"Unknown":          {"whatever else may add columns", "T | project a | join (U) on a | mv-expand b = c | make-series d = count() on e step 1h", "a ..."},
		"Let":              {"a table by another name", "let x = 5; let U = T | summarize n = count() by a; U | where n > x", "a n=measure"},
		"LetUsedTwice":     {"one use must not change the other", "let U = T | project a; let V = U | extend b = 1; U", "a"},
		"LetFunction":      {"its columns are not known", "let f = (x: long) { T | where a > x; T | count }; f(1) | extend b = x", "b ..."},
		"Union":            {"the columns of all", "union T, (U | project a) | summarize n = count()", "n=measure"},
		"NestedPipeline":   {"a pipe in brackets is another query's", "T | where a in ((U | project b)) | project c", "c"},
		"TrailingSemi":     {"no statement", "T | project a;", "a"},
		"StrayBracket":     {"no panic", "T ) | project a", "a"},
		"Index":            {"commas in brackets", "T | project a = b[0, 1], c = f(1, 2)", "a c"},
		"EmptyItems":       {"no panic", "T | project a,, b,", "a b"},
		"OperatorByNumber": {"no panic", "T | 5", "..."},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, describe(parse(t, tc.query).Result()), tc.reason)
		})
	}
}

func describe(columns Columns) string {
	var parts []string
	for _, c := range columns.List {
		part := c.Name + map[Kind]string{Measurement: "=measure", Time: "=time", Constant: "=const"}[c.Kind]
		if c.Text != "" {
			part += fmt.Sprintf("%q", c.Text)
		}
		parts = append(parts, part)
	}
	if columns.Open {
		parts = append(parts, "...")
	}
	return strings.Join(parts, " ")
}

func TestOperators(t *testing.T) {
	query := "union (T | where a > 1), U | project-away b, c | mv-expand d; V | x - y |"
	var got []string
	for _, operator := range parse(t, query).Operators() {
		args := ""
		if len(operator.Args) > 0 {
			args = query[operator.Args.Start():operator.Args.End()]
		}
		got = append(got, operator.Name+"("+args+")")
	}
	require.Equal(t, []string{"where(a > 1)", "project-away(b, c)", "mv-expand(d)", "x(- y)", "()"}, got,
		"all pipelines, each up to the end of its brackets; a hyphen belongs to a name where it touches it")
}

func TestNoTokens(t *testing.T) {
	var none Tokens
	require.Zero(t, none.Start()+none.End())
	require.Equal(t, kql.Token{}, none.First())
	require.Equal(t, kql.Token{}, none.Last())
}

// FuzzResult checks that no text makes the outline fail, and that places are
// inside the text.
func FuzzResult(f *testing.F) {
	f.Add("let a = T | summarize hint.a=b c = avg(d), bin(e, 1m) by ['f']; a | project-rename g = c | project-away f* | count")
	f.Add("T | summarize by ; ) | extend = , ( | project-keep *")
	f.Fuzz(func(t *testing.T, text string) {
		tokens, _ := kql.Lex(text)
		q := Parse(tokens)
		for _, c := range q.Result().List {
			require.True(t, c.Origin.Start() <= c.Origin.End() && c.Origin.End() <= len(text))
		}
		for _, o := range q.Operators() {
			o.Summarize()
		}
	})
}
