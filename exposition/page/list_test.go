package page

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// keysOf returns the exporters of a page, in its order.
func keysOf(p Exporters) []string {
	keys := make([]string, len(p.Exporters))
	for i, e := range p.Exporters {
		keys[i] = e.Name
	}
	return keys
}

func TestList(t *testing.T) {
	all := []Exporter{
		{Name: "a", State: StateHealthy, Owner: "m-2", Duration: 3, Points: 1, Lag: 9, LastRun: midnight},
		{Name: "b", State: StateFailing, Owner: "m-1", Reason: "QueryFailed", Message: "No such table.", Backlog: 7, NextRun: midnight},
		{Name: "c", State: StateSuspended, Owner: "m-0", Dropped: 5, Points: 2},
		{Name: "d", State: StateRefused, Owner: "m-0", Duration: 4},
	}
	cases := map[string]struct {
		reason string
		query  string
		want   string
	}{
		"Default":    {"what needs somebody is on top", "", "d b c a"},
		"Backwards":  {"and the other way round", "sort=-state", "a c b d"},
		"Name":       {"", "sort=exporter", "a b c d"},
		"NameDown":   {"", "sort=-exporter", "d c b a"},
		"Owner":      {"names break ties", "sort=owner", "c d b a"},
		"Duration":   {"", "sort=-duration", "d a c b"},
		"Points":     {"", "sort=-points", "c a d b"},
		"Dropped":    {"", "sort=-dropped", "c d b a"},
		"Lag":        {"", "sort=-lag", "a d c b"},
		"Backlog":    {"", "sort=-backlog", "b d c a"},
		"Last":       {"never is before all", "sort=last", "b c d a"},
		"Next":       {"", "sort=-next", "b d c a"},
		"NoColumn":   {"what nobody knows is the default", "sort=colour", "d b c a"},
		"FindName":   {"", "q=/C", "c"},
		"FindOwner":  {"", "q=m-0", "d c"},
		"FindReason": {"case does not count", "q=queryfailed", "b"},
		"FindText":   {"", "q=such+table", "b"},
		"Trimmed":    {"as one copies it", "q=+b+", "b"},
		"State":      {"", "state=suspended", "c"},
		"Both":       {"", "state=suspended&q=b", ""},
		"NoState":    {"what nobody knows filters nothing", "state=angry", "d b c a"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFake(0)
			f.exporters = all
			w := ask(t, alone(f), http.MethodGet, "/exporters?format=json&"+tc.query)
			page := decode[Exporters](t, w.Body.Bytes())
			require.Equal(t, tc.want, strings.Join(keysOf(page), " "), tc.reason)
			require.Equal(t, len(page.Exporters), page.Matching)
			require.Equal(t, 4, page.Total)
		})
	}
}

// TestListIsCut: a page lists 500, and says how many it leaves out.
func TestListIsCut(t *testing.T) {
	f := newFake(0)
	f.exporters = nil
	for i := range 1234 {
		f.exporters = append(f.exporters, Exporter{Namespace: "ns", Name: fmt.Sprintf("e%04d", i), State: StateHealthy})
	}
	w := ask(t, alone(f), http.MethodGet, "/exporters?format=json")
	page := decode[Exporters](t, w.Body.Bytes())
	require.Len(t, page.Exporters, 500)
	require.Equal(t, 734, page.LeftOut)
	require.Equal(t, 1234, page.Matching)
	text := strings.ReplaceAll(ask(t, alone(f), http.MethodGet, "/exporters?q=e0").Body.String(), "\u202f", " ")
	require.Contains(t, text, "1 000 of 1 234 exporters match; the first 500 are listed, 500 are left out")
	w = ask(t, alone(f), http.MethodGet, "/exporters?scope=self")
	require.Len(t, decode[Exporters](t, w.Body.Bytes()).Exporters, 1234, "a peer gets all")
}

// TestHeads: a click sorts by a column, the next one turns it round, and the filter
// stays.
func TestHeads(t *testing.T) {
	cases := map[string]struct {
		page Exporters
		key  string
		want column
	}{
		"Other":   {Exporters{Sort: "state"}, "lag", column{Text: "Lag", Href: "/exporters?sort=lag", Order: "none"}},
		"Up":      {Exporters{Sort: "lag"}, "lag", column{Text: "Lag", Href: "/exporters?sort=-lag", Order: "ascending"}},
		"Down":    {Exporters{Sort: "-lag"}, "lag", column{Text: "Lag", Href: "/exporters?sort=lag", Order: "descending"}},
		"Filters": {Exporters{Query: "a b", State: StateFailing}, "lag", column{Text: "Lag", Href: "/exporters?q=a+b&sort=lag&state=failing", Order: "none"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, newColumn(tc.page, tc.key, "Lag", "")) })
	}
}

func TestMerge(t *testing.T) {
	e := func(owner string, age time.Duration) Exporter {
		return Exporter{Namespace: "ns", Name: "a", Owner: owner, LastRun: midnight.Add(-age)}
	}
	cases := map[string]struct {
		reason   string
		reported []Exporter
		owner    string
		want     string
	}{
		"Once":      {"as it is", []Exporter{e("m-0", 1)}, "m-0", "m-0"},
		"Table":     {"the table knows who runs it", []Exporter{e("m-0", 1), e("m-1", 2)}, "m-1", "m-1"},
		"TableSwap": {"in any order", []Exporter{e("m-1", 2), e("m-0", 1)}, "m-1", "m-1"},
		"Newest":    {"else who ran it last", []Exporter{e("m-0", 2), e("m-1", 1)}, "m-2", "m-1"},
		"Nobody":    {"its owner does not answer", nil, "m-2", "m-2"},
		"Free":      {"it has none", nil, "", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			all := merge(tc.reported, []Assignment{{"ns", "a", tc.owner}})
			require.Len(t, all, 1)
			require.Equal(t, tc.want, all[0].Owner, tc.reason)
			require.Equal(t, tc.reported == nil, all[0].State == StateUnknown)
		})
	}
}

func TestWarnings(t *testing.T) {
	view := func(pod string, epoch int64, hash string, age Duration) View {
		return View{Pod: pod, Epoch: epoch, Hash: hash, TableAge: age, Connected: true}
	}
	cutOff := view("m-1", 7, "a", 9)
	cutOff.Connected = false
	cases := map[string]struct {
		reason string
		ring   Ring
		want   []string
	}{
		"Agreed":  {"all follow one table", Ring{Views: []View{view("m-0", 7, "a", 9), view("m-1", 7, "a", 8)}}, nil},
		"Alone":   {"there is nobody to disagree with", Ring{Alone: true, Unowned: 3}, nil},
		"Moment":  {"a new table is on its way", Ring{Views: []View{view("m-0", 7, "a", 5), view("m-1", 6, "b", 90)}}, nil},
		"Behind":  {"it should have come", Ring{Views: []View{view("m-0", 7, "a", 12), view("m-1", 6, "b", 90)}}, []string{"m-1 follows epoch 6, and m-0 has known epoch 7 for 12 s."}},
		"Split":   {"this is never right", Ring{Views: []View{view("m-0", 7, "a", 0), view("m-1", 7, "b", 0)}}, []string{"Replicas follow different tables of epoch 7: m-0 (a), m-1 (b)."}},
		"CutOff":  {"it lives on what it knows", Ring{Views: []View{view("m-0", 7, "a", 9), cutOff}}, []string{"m-1 has no contact with the Kubernetes API server."}},
		"Missing": {"somebody has to look", Ring{Views: []View{view("m-0", 7, "a", 9)}, Missing: []Missing{{"m-1", "it is away."}}}, []string{"m-1 does not answer: it is away."}},
		"Unowned": {"work that nobody does", Ring{Unowned: 1024}, []string{"1\u202f024 partitions are owned by nobody; their exporters do not run."}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, warningsOf(tc.ring), tc.reason) })
	}
}

func TestTexts(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: none, 0: "< 1 ms", 350 * time.Millisecond: "350 ms", 4200 * time.Millisecond: "4.2 s", 59 * time.Second: "59 s",
		60 * time.Second: "1 min", 185 * time.Second: "3 min 5 s", time.Hour: "1 h", 90 * time.Minute: "1 h 30 min", 51 * time.Hour: "2 d 3 h",
	} {
		require.Equal(t, want, brief(d))
	}
	for d, want := range map[time.Duration]string{
		0: "0 s", 4200 * time.Millisecond: "4 s", 59 * time.Second: "59 s", 185 * time.Second: "3 min", 51 * time.Hour: "2 d",
	} {
		require.Equal(t, want, rough(d))
	}
	for d, want := range map[time.Duration]string{
		0: "now", -time.Second: "1 s ago", 999 * time.Millisecond: "now", time.Second: "in 1 s", -2 * time.Hour: "2 h ago",
	} {
		require.Equal(t, want, relative(midnight.Add(d), midnight))
	}
	require.Equal(t, none, relative(time.Time{}, midnight))
	require.Equal(t, none, stamp(time.Time{}))
	require.Equal(t, none, roughOrNone(-1))
	require.Equal(t, "2026-11-26 03:00:00 – 03:01:00", window(midnight, midnight.Add(time.Minute)))
	require.Equal(t, "2026-11-25 23:59:00 – 2026-11-26 00:00:00", window(midnight.Add(-181*time.Minute), midnight.Add(-3*time.Hour)))
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", -1234567: "-1 234 567", 123456: "123 456", -999: "-999"} {
		require.Equal(t, want, strings.ReplaceAll(number(n), "\u202f", " "))
	}
	for n, want := range map[int64]string{512: "512 B", 1536: "1.5 KiB", 5 << 20: "5.0 MiB"} {
		require.Equal(t, want, memory(n))
	}
	require.Equal(t, "33.3 %", percent(1.0/3))
	require.Equal(t, 1500*time.Millisecond, Seconds(1500*time.Millisecond).Std())
	require.Equal(t, int64(3), Run{Dropped: map[string]int64{"a": 1, "b": 2}}.DroppedTotal())
	require.Equal(t, len(States()), State("angry").urgency())
	require.Equal(t, "There is none.", (&unavailableError{"There is none."}).Error())
	require.Equal(t, "cannot", reasonOf(errors.New("cannot"), time.Second))
}

// TestNumbersAreReadable: whatever the number, three digits between two spaces.
func TestNumbersAreReadable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		text := number(n)
		require.Equal(t, fmt.Sprint(n), strings.ReplaceAll(text, "\u202f", ""))
		require.Regexp(t, `^-?\d{1,3}(\x{202f}\d{3})*$`, text)
	})
}

// TestClean: what looks like a credential is not shown.
func TestClean(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"Userinfo":    {`Post "https://me:s3cret@host/path": EOF`, `Post "https://…@host/path": EOF`},
		"User":        {"https://s3cret@host", "https://…@host"},
		"AtInPath":    {"https://host/a@b", "https://host/a@b"},
		"Bearer":      {"it said: Bearer s3cret.s3cret-s3cret", "it said: Bearer …"},
		"Basic":       {"authorization: basic czNjcmV0Og==", "authorization: basic …"},
		"BasicPlan":   {"the basic plan", "the basic plan"},
		"Signature":   {"https://host/blob?sv=1&sig=s3cret%2F", "https://host/blob?sv=1&sig=…"},
		"ManyParams":  {"https://host/?token=s3cret&a=b&api_key=s3cret", "https://host/?token=…&a=b&api_key=…"},
		"Plain":       {"No such table 'T'.", "No such table 'T'."},
		"Placeholder": {`(http://a:b@h, http://c:d@h)`, `(http://…@h, http://…@h)`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, Clean(tc.text)) })
	}
	long := Clean(strings.Repeat("é", maxText))
	require.LessOrEqual(t, len(long), maxText+len("…"))
	require.True(t, strings.HasSuffix(long, "é…"))
}
