package kusto

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
	"github.com/adx-mon/adxexporter/executor/query"
)

func window(body string, labels map[string]string) query.Request {
	end := time.Date(2024, 1, 1, 0, 5, 0, 0, time.UTC)
	return query.Request{Database: "DB", Body: body, Start: end.Add(-5 * time.Minute), End: end, Interval: 5 * time.Minute, Labels: labels}
}

func TestRender(t *testing.T) {
	labels := map[string]string{"region": "eastus", "data-classification": "public", "Région": "x", "quote": "it's \"q\"\\\n\t\x00é漢"}
	const start, end = "datetime(2024-01-01T00:00:00Z)", "datetime(2024-01-01T00:04:59.9999999Z)"
	cases := map[string]struct {
		reason, body string
		want         map[string]string
	}{
		"Nothing":         {"no name of ours", "T | count", map[string]string{}},
		"Window":          {"the usual form", "T | where t between (_startTime .. _endTime)", map[string]string{"_startTime": start, "_endTime": end}},
		"Exclusive":       {"for <", "T | where t < _endTimeExclusive", map[string]string{"_endTimeExclusive": "datetime(2024-01-01T00:05:00Z)"}},
		"Interval":        {"a timespan", "T | summarize count() by bin(t, _interval)", map[string]string{"_interval": "timespan(00:05:00.0000000)"}},
		"Label":           {"only the referenced one", "T | where r == _region", map[string]string{"_region": `"eastus"`}},
		"HyphenLabel":     {"no query breaks because of it", "T | where c == _data_classification", map[string]string{"_data_classification": `"public"`}},
		"NonASCIILabel":   {"", "print _R_gion", map[string]string{"_R_gion": `"x"`}},
		"Quoting":         {"KQL's escapes", "print _quote", map[string]string{"_quote": `"it\'s \"q\"\\\n\t\0é\u6f22"`}},
		"BracketName":     {"a name in brackets is the same name", "print ['_region']", map[string]string{"_region": `"eastus"`}},
		"InString":        {"text is not a name", `T | where a == "_startTime" and b == @'_region'`, map[string]string{}},
		"InComment":       {"nor is a comment", "T // _startTime\n| count", map[string]string{}},
		"OtherCase":       {"names have a case", "T | where t > _STARTTIME", map[string]string{}},
		"LetBound":        {"the body's own definition stays", "let _startTime = ago(1h); T | where t > _startTime", map[string]string{}},
		"DeclareBound":    {"so does its own parameter", "declare query_parameters(_region:string = 'a', n:long = 1); print _region, _endTime", map[string]string{"_endTime": end}},
		"TrailingComment": {"nothing is appended to the body", "T | where t > _startTime // end", map[string]string{"_startTime": start}},
		"Unlexable":       {"Kusto shall explain it, with every name declared", "T | where t > _startTime | where x == 'open and _region", map[string]string{"_startTime": start, "_region": `"eastus"`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := Render(window(tc.body, labels))
			require.NoError(t, err)
			require.Equal(t, tc.want, s.Values(), tc.reason)
			require.Equal(t, tc.body, s.Body)
			require.True(t, strings.HasSuffix(s.Standalone(), tc.body))
			require.Equal(t, len(tc.want) > 0, s.Declaration() != "")
			require.Equal(t, min(1, len(tc.want)), strings.Count(s.Standalone()[:len(s.Standalone())-len(tc.body)], "\n"), "one line before the body")
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	cases := map[string]struct {
		req  query.Request
		code string
	}{
		"Empty":        {window(" // nothing\n", nil), "empty_query"},
		"Command":      {window("// c\n .show tables", nil), "command"},
		"LabelClash":   {window("T", map[string]string{"a-b": "", "a_b": ""}), "labels"},
		"BeyondPlane0": {window("T", map[string]string{"a": "😀"}), "labels"},
	}
	for name, tc := range cases {
		_, err := Render(tc.req)
		require.Equal(t, tc.code, queryError(t, query.Invalid, err, name).Code)
		_, err = startPool(t, reply(goodAnswer)).Query(t.Context(), tc.req, &recorder{})
		requireClass(t, query.Invalid, err, name)
	}
}

func TestValidateLabels(t *testing.T) {
	cases := map[string]struct {
		labels map[string]string
		want   string
	}{
		"Good":      {map[string]string{"region": "a", "Region": "b", "data-classification": "", "x": "ÿ漢"}, ""},
		"Collision": {map[string]string{"a.b": "", "a-b": ""}, `cannot offer cluster labels "a-b" and "a.b" to queries: both become _a_b`},
		"Reserved":  {map[string]string{"startTime": ""}, `cannot offer cluster label "startTime" to queries: _startTime is the window's`},
		"Emoji":     {map[string]string{"a": "x😀"}, `cannot offer cluster label "a" to queries: its value has characters beyond U+FFFF or is not UTF-8`},
		"NotUTF8":   {map[string]string{"a": "\xff"}, `cannot offer cluster label "a" to queries: its value has characters beyond U+FFFF or is not UTF-8`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := ValidateLabels(tc.labels)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tc.want)
		})
	}
}

// FuzzParams: whatever body and labels are, rendering does not panic, keeps the
// body, and writes literals that read back as the values.
func FuzzParams(f *testing.F) {
	f.Add("T | where t > _startTime and r == _region", "region", "east us")
	f.Add("let _a = 1; print ['_a-b'], _a_b", "a-b", "\"'\\\x01\u2028")
	f.Add("declare query_parameters(_x:string); .", "", "")
	f.Fuzz(func(t *testing.T, body, key, value string) {
		req := window(body, map[string]string{key: value})
		s, err := Render(req)
		if err != nil {
			requireClass(t, query.Invalid, err)
			return
		}
		require.Equal(t, body, s.Body)
		declared := strings.TrimSuffix(s.Standalone(), body)
		tokens, err := kql.Lex(declared)
		require.NoError(t, err, declared)
		require.NotContains(t, strings.TrimSuffix(declared, "\n"), "\n", "values do not break the line")
		for _, p := range s.Parameters {
			if p.Name != LabelParameter(key) {
				continue
			}
			found := false
			for _, token := range tokens {
				found = found || token.Kind == kql.String && token.Text == p.Literal && token.Value == value
			}
			require.True(t, found, "%q in %s", value, declared)
		}
	})
}
