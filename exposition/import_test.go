package exposition

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
)

// TestImportShowsWhatWasShown moves exporters that conflict, in any order, and
// compares all that a client can get.
func TestImportShowsWhatWasShown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		opts := Options{Timestamps: rapid.Bool().Draw(rt, "timestamps")}
		a, b := newStore(opts), newStore(opts)
		names := []string{"a", "b", "c"}
		for _, name := range names {
			_ = a.Deliver(t.Context(), drawDelivery(t, rt, name)) // conflicts are compared below
		}
		for _, name := range rapid.Permutation(names).Draw(rt, "order") {
			require.NoError(rt, b.Import(decodeExported(rt, encodeExported(rt, exportOf(rt, a, name)))))
		}
		for _, accept := range []string{"", acceptOpenMetrics} {
			require.Equal(rt, scrape(rt, NewHandler(a, nil), accept), scrape(rt, NewHandler(b, nil), accept))
			require.Equal(rt, gzipped(NewHandler(a, nil), accept), gzipped(NewHandler(b, nil), accept))
		}
		for _, name := range names {
			require.Equal(rt, a.Conflicts(inNS(name)), b.Conflicts(inNS(name)))
		}
		require.Equal(rt, a.series, b.series)
	})
}

func exportOf(t require.TestingT, s *Store, name string) Exported {
	exported, found := s.Export(inNS(name))
	require.True(t, found)
	return exported
}

func gzipped(h http.Handler, accept string) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(http.MethodGet, "/metrics", "Accept", accept, "Accept-Encoding", "gzip"))
	return w.Body.String()
}

// drawDelivery draws several points of any series, and some that others may have.
func drawDelivery(tb testing.TB, t *rapid.T, name string) metric.Delivery {
	samples := drawSamples(t)
	for _, host := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"1", "2 }", "3\n"}), rapid.ID).Draw(t, "shared") {
		samples = append(samples, batchtest.Sample{Name: "up", Labels: map[string]string{"Shared host": host}, Value: 1})
	}
	for i := range samples {
		samples[i].Time = windowEnd.Add(-time.Duration(rapid.IntRange(1, int(time.Minute)).Draw(t, "age")))
	}
	d := delivery(name, batchtest.New(tb, batchtest.Options{
		Help: rapid.OneOf(rapid.Just(""), rapid.String()).Draw(t, "help"),
		Unit: rapid.SampledFrom([]string{"", "seconds"}).Draw(t, "unit"),
		Type: rapid.SampledFrom([]metric.Type{metric.Gauge, metric.Counter}).Draw(t, "type"),
	}, samples...))
	d.Source.UID = types.UID(rapid.String().Draw(t, "uid"))
	d.Source.Created = time.Unix(0, rapid.Int64Range(0, 3).Draw(t, "created"))
	d.Delay = time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "delay"))
	return d
}

// TestRoomIsTakenWhileImporting lets b take the room that a was rendered for.
func TestRoomIsTakenWhileImporting(t *testing.T) {
	a := newStore(Options{})
	require.NoError(t, a.Deliver(t.Context(), delivery("a", series(t, "a", 3, 1))))
	var s *Store
	raced := false
	s = newStore(Options{MaxSeries: 3, Serve: func(n types.NamespacedName) bool {
		if n.Name == "a" && !raced {
			raced = true
			require.NoError(t, s.Deliver(t.Context(), delivery("b", series(t, "b", 2, 1))))
		}
		return true
	}})
	require.NoError(t, s.Import(exportOf(t, a, "a")))
	require.Equal(t, 3, s.view().series)
	require.Equal(t, 1, s.exporters[inNS("a")].series)
}

// exportedText is what a replica would export of the family "up", if its lines were text.
func exportedText(text string) Exported {
	var c codec
	return Exported{
		Exporter: inNS("a"), End: windowEnd, Interval: time.Minute,
		Families: []ExportedFamily{{
			Name: "up", Type: "gauge", Series: strings.Count(text, "\n"),
			Text: c.deflate([]byte(text)).deflated, Size: len(text), Checksum: crc32.ChecksumIEEE([]byte(text)),
		}},
	}
}

func TestImportRefuses(t *testing.T) {
	const text = "up{x=\"1\"} 1\nup{x=\"2\"} 2\n"
	cases := map[string]struct {
		reason string
		says   string
		damage func(e *Exported)
	}{
		"NoName":           {"whose series these are must be known", "its name", func(e *Exported) { e.Exporter.Name = "" }},
		"Name":             {"it stands in help texts", "its name", func(e *Exported) { e.Exporter.Name = "a\nb" }},
		"Namespace":        {"so does this", "its name", func(e *Exported) { e.Exporter.Namespace = strings.Repeat("n", 64) }},
		"NoInterval":       {"nothing runs without one", "its interval", func(e *Exported) { e.Interval = 0 }},
		"LongInterval":     {"the series would be shown for ever", "its interval", func(e *Exported) { e.Interval = 1 << 62 }},
		"NegativeDelay":    {"no window is run before its end", "interval or delay", func(e *Exported) { e.Delay = -1 }},
		"LongDelay":        {"the series would be shown for ever", "interval or delay", func(e *Exported) { e.Delay = 25 * time.Hour }},
		"YetToCome":        {"deliveries would not be shown until then", "not ended yet", func(e *Exported) { e.End = windowEnd.Add(time.Hour) }},
		"Timestamps":       {"lines of one replica would have a time", "only one exposes timestamps", func(e *Exported) { e.Timestamps = true }},
		"FamilyName":       {"scrapers refuse it", "metric 1: no metric can", func(e *Exported) { e.Families[0].Name = "up time" }},
		"NoFamilyName":     {"so they do this", "metric 1: no metric can", func(e *Exported) { e.Families[0].Name = "" }},
		"Help":             {"its line would be too long", "help text is too long", func(e *Exported) { e.Families[0].Help = strings.Repeat(`"`, DefaultMaxLine/2) }},
		"Type":             {"there is none like it", "neither gauge nor counter", func(e *Exported) { e.Families[0].Type = "histogram" }},
		"FamilyTwice":      {"it would have two headers", "metric 2 is there twice", func(e *Exported) { e.Families = append(e.Families, e.Families[0]) }},
		"NegativeSeries":   {"no number of series", "metric 1 is empty", func(e *Exported) { e.Families[0].Series = -1 }},
		"FewerSeries":      {"a line too many", "size, series", func(e *Exported) { e.Families[0].Series-- }},
		"MoreSeries":       {"a line too few", "line 3: cannot read", func(e *Exported) { e.Families[0].Series++ }},
		"TooManySeries":    {"more than an exporter may have", "so many series", func(e *Exported) { e.Families[0].Series = maxImportedSeries + 1 }},
		"TooManyInAll":     {"more than an exporter may have", "so many series", func(e *Exported) { e.Families = tooMany(e.Families[0]) }},
		"NegativeSize":     {"no length of a text", "metric 1 is empty", func(e *Exported) { e.Families[0].Size = -1 }},
		"SmallerSize":      {"the last line is cut", "line 2: cannot read", func(e *Exported) { e.Families[0].Size-- }},
		"LargerSize":       {"the text ends before", "size, series", func(e *Exported) { e.Families[0].Size++ }},
		"TooLarge":         {"more than an exporter may have", "so many series", func(e *Exported) { e.Families[0].Size = maxImportedText + 1 }},
		"Checksum":         {"something else was sent", "checksum", func(e *Exported) { e.Families[0].Checksum++ }},
		"NoText":           {"nothing was sent", "line 1: cannot read", func(e *Exported) { e.Families[0].Text = nil }},
		"HalfOfTheText":    {"part of it was sent", "cannot read", func(e *Exported) { e.Families[0].Text = e.Families[0].Text[:12] }},
		"NotDeflated":      {"something else was sent", "line 1: cannot read", func(e *Exported) { e.Families[0].Text = []byte(text) }},
		"TextGoesOn":       {"a bomb", "size, series", func(e *Exported) { *e = goingOn(text) }},
		"LineTooLong":      {"scrapers refuse it", "line 1: it is too long", func(e *Exported) { *e = exportedText("up{x=\"" + strings.Repeat("1", DefaultMaxLine) + "\"} 1\n") }},
		"LineOfNoEnd":      {"it does not fit into the buffer", "line 1: it is too long", func(e *Exported) { *e = exportedText("up " + strings.Repeat("1", 4*piece) + "\n") }},
		"SeriesTwice":      {"scrapers refuse it", "a series is there twice", func(e *Exported) { *e = exportedText("up 1\nup{x=\"1\"} 1\nup 2\n") }},
		"LineOfSomeOther":  {"it belongs under another header", "line 2: it is no series", func(e *Exported) { *e = exportedText("up 1\ndown 1\n") }},
		"OnlyTheLastIsBad": {"nothing of it is shown, not even the good ones", "line 3: it is no series", func(e *Exported) { *e = exportedText(text + "up{ 1\n") }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newStore(Options{})
			require.NoError(t, s.Deliver(t.Context(), delivery("a", series(t, "up", 2, 1))))
			before := scrape(t, NewHandler(s, nil), "")
			e := exportedText(text)
			tc.damage(&e)
			require.ErrorContains(t, s.Import(e), tc.says, tc.reason)
			require.Equal(t, before, scrape(t, NewHandler(s, nil), ""), "an error changes nothing")
			require.Equal(t, 2, s.series)

			require.NoError(t, s.Import(exportedText(text)), "and is no lasting damage")
			require.Equal(t, "# HELP up From MetricsExporter ns/a.\n# TYPE up gauge\n"+text, scrape(t, NewHandler(s, nil), ""))
		})
	}
}

// tooMany has more series than an exporter may have, in families of fewer.
func tooMany(f ExportedFamily) []ExportedFamily {
	families := make([]ExportedFamily, 3)
	for i := range families {
		families[i] = f
		families[i].Name = fmt.Sprint("up", i)
		families[i].Series = maxImportedSeries/2 - 1
	}
	return families
}

// goingOn is an export whose text is longer than it says.
func goingOn(text string) Exported {
	e := exportedText(text)
	e.Families[0].Text = exportedText(text + text).Families[0].Text
	return e
}

func TestParseLine(t *testing.T) {
	cases := map[string]struct {
		text  string
		timed bool
		want  line
	}{
		"Bare":       {"up 1", false, line{series: []byte("up"), value: 1}},
		"Labels":     {`up{a="1",b="x y"} -0.5`, false, line{series: []byte(`up{a="1",b="x y"}`), value: -0.5}},
		"Escapes":    {`up{a="\\\"\n } 1"} 1e-09`, false, line{series: []byte(`up{a="\\\"\n } 1"}`), value: 1e-9}},
		"Underscore": {`up{_a="1"} 1`, false, line{series: []byte(`up{_a="1"}`), value: 1}},
		"Upper":      {`up{A="1",a="2"} 1`, false, line{series: []byte(`up{A="1",a="2"}`), value: 1}},
		"Time":       {`up 1 1767348000123`, true, line{series: []byte("up"), value: 1, milliseconds: 1767348000123}},
		"Epoch":      {`up 1 0`, true, line{series: []byte("up"), value: 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := parseLine([]byte(tc.text), "up", tc.timed)
			require.True(t, ok)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestParseLineRefuses(t *testing.T) {
	untimed := map[string]string{
		"Empty": "", "NoValue": "up", "Comment": "# HELP up x", "LongerName": "upper 1", "ShorterName": "u 1",
		"SpaceForValue": "up ", "TwoSpaces": "up  1", "SpaceBehind": "up 1 ", "Tab": "up\t1", "ATime": "up 1 1767348000123", "Exemplar": "up 1 # {} 1",
		"NoLabels": "up{} 1", "OpenLabels": `up{a="1" 1`, "NoBraceAtAll": `up{a="1"`, "OnlyABrace": "up{", "CommaBehind": `up{a="1",} 1`,
		"CommaFirst": `up{,a="1"} 1`, "TwoBraces": `up{a="1"{b="1"} 1`, "SpaceInLabels": `up{a="1", b="2"} 1`, "SpaceBehindBrace": `up{ a="1"} 1`,
		"LabelsTwice": `up{a="1"}{b="2"} 1`, "NameOfDigits": `up{1a="1"} 1`, "NameWithColon": `up{a:b="1"} 1`, "NoNameOfLabel": `up{="1"} 1`,
		"QuotedName": `up{"a"="1"} 1`, "ReservedName": `up{__name__="x"} 1`, "SameLabelTwice": `up{a="1",a="2"} 1`, "OutOfOrder": `up{b="1",a="2"} 1`,
		"EmptyValue": `up{a=""} 1`, "OpenValue": `up{a="1} 1`, "OpenEscape": `up{a="\`, "UnknownEscape": `up{a="\t"} 1`, "SingleQuotes": `up{a='1'} 1`,
		"LineFeed": "up{a=\"1\n2\"} 1", "InvalidUTF8": "up{a=\"\xff\"} 1",
		"NoNumber": "up one", "Hex": "up 0x1p-2", "Underscores": "up 1_000", "PlainInf": "up Inf", "LongInf": "up +Infinity", "SmallNaN": "up nan",
		"TooLarge": "up 1e999", "PlusSign": "up +1", "LeadingZero": "up 01", "TrailingZero": "up 1.0", "NegativeZero": "up -0", "OtherExponent": "up 1E-09",
	}
	timed := map[string]string{
		"NoTime": "up 1", "TimeOfSpace": "up 1 ", "Seconds": "up 1 1767348000.123", "NegativeTime": "up 1 -1", "TimeWithSign": "up 1 +1", "TimeWithZero": "up 1 01",
		"TooLate": "up 1 9223372036855", "NoTimeAtAll": "up 1 x", "TwoTimes": "up 1 1 1",
	}
	for i, cases := range []map[string]string{untimed, timed} {
		for name, text := range cases {
			t.Run(name, func(t *testing.T) {
				got, ok := parseLine([]byte(text), "up", i == 1)
				require.False(t, ok, "%q is read as %+v", text, got)
			})
		}
	}
}

// FuzzImport gives the store what may come over the network.
func FuzzImport(f *testing.F) {
	for _, timestamps := range []bool{false, true} {
		s := newStore(Options{Timestamps: timestamps})
		require.NoError(f, s.Deliver(f.Context(), delivery("a", mixed(f, "a", 1))))
		content := encodeExported(f, exportOf(f, s, "a"))
		f.Add(content)
		f.Add([]byte(strings.Replace(string(content), `"series":`, `"series":1`, 1)))
		f.Add(content[:len(content)/2])
	}
	f.Add(encodeExported(f, goingOn("up 1\n")))
	r := newReplicas()
	f.Fuzz(func(t *testing.T, content []byte) {
		var e Exported
		if json.Unmarshal(content, &e) == nil {
			r.requireImport(t, e)
		}
	})
}

// FuzzImportText gets behind the checksum.
func FuzzImportText(f *testing.F) {
	for _, text := range []string{"up 1\n", "up{a=\"1\",b=\"\\n\"} NaN\nup{a=\"2\"} 1e-09\n", "up 1 1767348000123\n", "up{a=\"1\"} 1\nup{a=\"1\"} 2\n"} {
		for _, timestamps := range []bool{false, true} {
			f.Add("up", "gauge", "Help.", text, timestamps)
			f.Add("up", "counter", "\n\"\\", text, timestamps)
		}
	}
	r := newReplicas()
	f.Fuzz(func(t *testing.T, name, kind, help, text string, timestamps bool) {
		e := exportedText(text)
		e.Timestamps = timestamps
		e.Families[0].Name, e.Families[0].Type, e.Families[0].Help = name, kind, help
		r.requireImport(t, e)
	})
}

// replicas are two stores of each kind, with and without timestamps.
type replicas map[bool][2]*Store

func newReplicas() replicas {
	r := replicas{}
	for _, timestamps := range []bool{false, true} {
		r[timestamps] = [2]*Store{newStore(Options{Timestamps: timestamps, MaxSeries: 10_000}), newStore(Options{Timestamps: timestamps})}
	}
	return r
}

// requireImport checks that an import is refused and changes nothing, or that
// scrapers can read what it gives and yet another store shows the same.
func (r replicas) requireImport(t *testing.T, e Exported) {
	s, next := r[e.Timestamps][0], r[e.Timestamps][1]
	h := NewHandler(s, nil)
	if s.Import(e) != nil {
		require.Zero(t, s.series)
		require.Empty(t, scrape(t, h, ""))
		return
	}
	defer s.Forget(e.Exporter)
	defer next.Forget(e.Exporter)
	text := scrape(t, h, "")
	require.Equal(t, s.view().series, countSeries(t, text))
	if exported, found := s.Export(e.Exporter); found { // else it was too old
		require.NoError(t, next.Import(exported))
	}
	require.Equal(t, text, scrape(t, NewHandler(next, nil), ""))
	require.Equal(t, scrape(t, h, acceptOpenMetrics), scrape(t, NewHandler(next, nil), acceptOpenMetrics))
}

// countSeries counts the series of a scrape, none of which may be there twice.
func countSeries(t *testing.T, text string) int {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	require.NoError(t, err)
	count := 0
	for _, f := range families {
		require.NotNil(t, f.Help)
		seen := make(map[string]bool, len(f.Metric))
		for _, m := range f.Metric {
			slices.SortFunc(m.Label, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
			seen[fmt.Sprint(m.Label)] = true
		}
		require.Len(t, seen, len(f.Metric), "no series twice")
		count += len(f.Metric)
	}
	return count
}
