package cluster

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/history"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/schedule"
	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

// What the scenarios rest on: journals that can be read, and judges that notice.

var ten = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return ten.Add(time.Duration(seconds * float64(time.Second)))
}

// tableOf is a table in which one life owns everything.
func tableOf(epoch int64, identity string) ring.Table {
	return ring.Table{
		Epoch: epoch, Members: []ring.Member{{Name: "a-0", Identity: identity}},
		Owners: make([]int32, ring.DefaultPartitions), Generations: repeated(epoch),
	}
}

func repeated(generation int64) []int64 {
	all := make([]int64, ring.DefaultPartitions)
	for i := range all {
		all[i] = generation
	}
	return all
}

func TestRight(t *testing.T) {
	f := &facts{tables: map[string][]seen[ring.Table]{"group": {
		{at(0), tableOf(5, "a-0/uid/1")},
		{at(10), tableOf(6, "b-0/uid/1")},
		{at(20), tableOf(7, "a-0/uid/1")},
	}}}
	cases := map[string]struct {
		reason string
		who    replica
		at     float64
		owner  string
		fence  int64
	}{
		"Owner":    {"by the newest table", replica{"a-0", "uid"}, 5, "a-0/uid/1", 5},
		"Zombie":   {"by the one it had, though another has it", replica{"a-0", "uid"}, 15, "a-0/uid/1", 5},
		"Again":    {"by the one it has again", replica{"a-0", "uid"}, 21, "a-0/uid/1", 7},
		"Early":    {"it may hear of a table before we do", replica{"a-0", "uid"}, 19.9, "a-0/uid/1", 7},
		"TooEarly": {"but not before it is written", replica{"a-0", "uid"}, 19, "a-0/uid/1", 5},
		"First":    {"a replica's first right, of which we hear late", replica{"b-0", "uid"}, 6, "b-0/uid/1", 6},
		"TooFirst": {"but not that late", replica{"b-0", "uid"}, 4, "", 0},
		"Stranger": {"another pod of the name has no right", replica{"a-0", "other"}, 5, "", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, owner, fence := f.right(tc.who, "exporter-00", at(tc.at))
			require.Equal(t, tc.owner, owner, tc.reason)
			require.Equal(t, tc.fence, fence, tc.reason)
		})
	}
}

// TestJudgeNotices has a replica act under an old right, under none, and just after it
// was frozen.
func TestJudgeNotices(t *testing.T) {
	first, second := replica{"a-0", "uid"}, replica{"b-0", "uid"}
	facts := &facts{tables: map[string][]seen[ring.Table]{"group": {{at(0), tableOf(5, "a-0/uid/1")}, {at(10), tableOf(6, "b-0/uid/1")}}}}
	cases := map[string]struct {
		reason  string
		asked   []asked
		resumed map[replica][]time.Time
		want    history.Report
	}{
		"Good": {"one after the other", []asked{
			{first, at(5), "exporter-00", at(0)}, {second, at(15), "exporter-00", at(10)},
		}, nil, history.Report{}},
		"Zombie": {"the old owner goes on", []asked{
			{second, at(15), "exporter-00", at(10)}, {first, at(16), "exporter-00", at(10)},
		}, nil, history.Report{Overlaps: 1, RepeatedQueries: 1}},
		"Thawed": {"it had already decided to", []asked{
			{second, at(15), "exporter-00", at(10)}, {first, at(16), "exporter-00", at(20)},
		}, map[replica][]time.Time{first: {at(15.95)}}, history.Report{FreezeInGap: 1}},
		"ThawedLongAgo": {"that is no excuse", []asked{
			{second, at(15), "exporter-00", at(10)}, {first, at(16), "exporter-00", at(20)},
		}, map[replica][]time.Time{first: {at(15)}}, history.Report{Overlaps: 1}},
		"Stranger": {"a life that no table has", []asked{
			{replica{"c-0", "uid"}, at(5), "exporter-00", at(0)}, {first, at(6), "exporter-00", at(0)},
		}, nil, history.Report{Overlaps: 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &world{facts: facts, asked: tc.asked, resumed: tc.resumed}
			got := w.checked(nil)
			require.Equal(t, tc.want.Overlaps > 0, got.Sound() != nil, tc.reason)
			got.Faults = nil
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}

func TestLooks(t *testing.T) {
	w := &world{groups: map[string]string{"a": "group"}, exporters: 2, marked: at(0)}
	both := []string{"a-0/uid", "a-1/uid"}
	w.looks = []look{
		{at(1), map[string][]string{"a/exporter-00": both[:1], "a/exporter-01": both}},
		{at(2), map[string][]string{"a/exporter-01": both[:1]}},
		{at(3), map[string][]string{"b/exporter-00": both[:1], "a/exporter-01": both[:1]}},
		{at(4), map[string][]string{"a/exporter-00": both[:1], "a/exporter-01": both[:1]}},
	}
	require.Equal(t, 2*time.Second, longestGap(w.looks, "a/exporter-00", at(0)))
	require.Zero(t, longestGap(w.looks, "a/exporter-01", at(0)))
	require.Equal(t, 500*time.Millisecond, longestGap(w.looks, "a/exporter-00", at(2.5)), "only since the mark")
	got := history.Check(w.acts(), nil)
	require.Equal(t, []int{8, 1, 2}, []int{got.Looks, got.Twice, got.Missing})
}

func TestMissingAtRest(t *testing.T) {
	p := int32(ring.Partition("e2e/exporter-00", ring.DefaultPartitions))
	moving := tableOf(2, "a-0/uid/1")
	moving.Handoffs = []ring.Handoff{{From: "a-0/uid/1", To: "a-1/uid/1", Partitions: []int32{p}}}
	w := &world{
		groups: map[string]string{"a": "group"}, exporters: 1, marked: at(0),
		facts: &facts{tables: map[string][]seen[ring.Table]{"group": {{at(0), tableOf(1, "a-0/uid/1")}, {at(10), moving}, {at(12), tableOf(3, "a-1/uid/1")}}}},
	}
	for second, want := range map[float64]int{8: 1, 9.5: 0, 11: 0, 12.5: 0, 14: 1} {
		w.looks = []look{{at: at(second)}}
		require.Equal(t, want, w.missing(), "at %g s", second)
	}
}

func TestTakeover(t *testing.T) {
	crashed, other := replica{"a-0", "uid"}, replica{"a-1", "uid"}
	w := &world{asked: []asked{
		{other, at(1), "exporter-00", at(0)}, {crashed, at(6), "exporter-00", at(0)}, {other, at(12), "exporter-00", at(0)}, {other, at(22), "exporter-00", at(0)},
	}}
	require.Equal(t, []time.Duration{7 * time.Second}, w.takeover(crash{crashed, at(5), []string{"exporter-00"}}))
	require.Empty(t, w.takeover(crash{crashed, at(5), []string{"exporter-01"}}), "nobody asked for it")
}

func TestMoves(t *testing.T) {
	w := &world{exporters: 3, marked: at(5), facts: &facts{tables: map[string][]seen[ring.Table]{"group": {
		{at(0), tableOf(1, "a-0/uid/1")}, {at(1), tableOf(2, "b-0/uid/1")}, {at(10), tableOf(3, "a-0/uid/1")}, {at(11), tableOf(4, "a-0/uid/2")},
	}}}}
	require.Equal(t, 3, w.moves(), "each once since the mark; a new life of the same pod is no move")
}

func TestHandoffs(t *testing.T) {
	moving := func(epoch, asked int64, from, to string) ring.Table {
		table := tableOf(epoch, from)
		table.Handoffs = []ring.Handoff{{Partitions: []int32{1, 2}, From: from, To: to, Epoch: asked}}
		return table
	}
	back := tableOf(9, "a-0/uid/1")
	w := &world{marked: at(5), facts: &facts{tables: map[string][]seen[ring.Table]{"group": {
		{at(1), moving(1, 1, "a-0/uid/1", "b-0/uid/1")},
		{at(6), tableOf(2, "b-0/uid/1")},
		{at(10), moving(3, 3, "b-0/uid/1", "a-0/uid/1")},
		{at(10.5), moving(4, 3, "b-0/uid/1", "a-0/uid/1")},
		{at(11), tableOf(5, "a-0/uid/1")},
		{at(20), moving(6, 6, "a-0/uid/1", "b-0/uid/1")},
		{at(21), back},
		{at(30), moving(10, 10, "a-0/uid/1", "a-0/uid/1")},
		{at(31), back},
	}}}}
	require.Equal(t, []time.Duration{time.Second, time.Second}, w.handoffs(),
		"one of two partitions since the mark; the others began before it, came to nothing, or were a return")
}

func TestSettled(t *testing.T) {
	good := tableOf(1, "a-0/uid/1")
	require.NoError(t, settled(good, 1, 10))
	require.ErrorContains(t, settled(good, 2, 10), "does not have 2 members")
	free := tableOf(1, "a-0/uid/1")
	free.Owners[7] = -1
	require.ErrorContains(t, settled(free, 1, 10), "nobody owns some")
	moving := good
	moving.Handoffs = []ring.Handoff{{}}
	require.ErrorContains(t, settled(moving, 1, 10), "no handoff")
	idle := good
	idle.Members = append(idle.Members, ring.Member{Name: "b-0", Identity: "b-0/uid/1"})
	require.ErrorContains(t, settled(idle, 2, 10), "b-0 has 0 of 10 exporters")
}

// TestAskedBy reads the id that the executor really makes.
func TestAskedBy(t *testing.T) {
	object := &v1.MetricsExporter{}
	object.Namespace, object.Name = "e2e", "exporter-07"
	key := types.NamespacedName{Namespace: "e2e", Name: "exporter-07"}
	request := executor.RequestFor(object, schedule.Window{Start: at(0), End: at(10)}, nil, "1-abc")
	got, ok := askedBy(request.RequestID)
	require.True(t, ok)
	require.Equal(t, asked{exporter: key.Name, start: at(0)}, got)
	_, ok = askedBy(request.RequestID + ";schema")
	require.False(t, ok, "a question for columns is none for a window")
	_, ok = askedBy("KGC.execute;x")
	require.False(t, ok)
}

func TestWindowsOf(t *testing.T) {
	series := func(exporter string, samples ...prompb.Sample) prompb.TimeSeries {
		return prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: "reading"}, {Name: "exporter", Value: exporter}}, Samples: samples}
	}
	sample := func(seconds float64, v float64) prompb.Sample {
		return prompb.Sample{Timestamp: at(seconds).UnixMilli(), Value: v}
	}
	stale := sample(10, math.Float64frombits(value.StaleNaN))
	windows, ended := windowsOf([]prompb.TimeSeries{series("a", sample(0, 1), sample(5, 2)), series("b", stale)})
	require.Equal(t, []string{"b"}, ended)
	require.Len(t, windows, 1, "two samples of one window")
	require.Equal(t, at(0), windows[0].start)
	other, _ := windowsOf([]prompb.TimeSeries{series("a", sample(0, 1), sample(5, 3))})
	require.NotEqual(t, windows[0].digest, other[0].digest, "other content")
	next, _ := windowsOf([]prompb.TimeSeries{series("a", sample(5, 2), sample(10, 3))})
	require.Len(t, next, 2)
}

// TestReceiverManners: what a receiver takes it journals, however it answers.
func TestReceiverManners(t *testing.T) {
	body := func(v float64) []byte {
		content, err := (&prompb.WriteRequest{Timeseries: []prompb.TimeSeries{{
			Labels:  []prompb.Label{{Name: "exporter", Value: "a"}},
			Samples: []prompb.Sample{{Timestamp: at(0).UnixMilli(), Value: v}},
		}}}).Marshal()
		require.NoError(t, err)
		return snappy.Encode(nil, content)
	}
	var took atomic.Int64
	r := newReceiver(func(pushed) { took.Add(1) }, func(string) {})
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	post := func(content []byte) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, bytes.NewReader(content))
		require.NoError(t, err)
		request.Header.Set("X-Replica", "a-0/uid")
		request.Header.Set(push.KeyHeader, "key")
		request.Close = true // else the client sends it again by itself
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return 0
		}
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	for _, step := range []struct {
		manner         string
		value          float64
		status, took   int
		repeats, other int
	}{
		{"away", 1, 0, 0, 0, 0},
		{"500", 1, http.StatusInternalServerError, 0, 0, 0},
		{"reset", 1, 0, 1, 0, 0},
		{"takes", 1, http.StatusNoContent, 2, 1, 0},
		{"takes", 2, http.StatusNoContent, 3, 2, 1},
	} {
		require.NoError(t, r.behave(step.manner))
		require.Equal(t, step.status, post(body(step.value)), step.manner)
		require.EqualValues(t, step.took, took.Load(), step.manner)
		again, unlike := r.again()
		require.Equal(t, []int{step.repeats, step.other}, []int{again, unlike}, step.manner)
	}
	require.EqualError(t, r.behave("odd"), `a receiver cannot be "odd"`)
}

func TestDisorder(t *testing.T) {
	window := func(exporter string, seconds float64) pushed { return pushed{exporter: exporter, start: at(seconds)} }
	cases := map[string]struct {
		reason string
		pushed []pushed
		want   int
	}{
		"InOrder":  {"each exporter has an order of its own", []pushed{window("a", 10), window("b", 0), window("a", 20)}, 0},
		"Older":    {"after a newer one", []pushed{window("a", 20), window("a", 0), window("a", 10)}, 2},
		"Repeated": {"it was in order the first time", []pushed{window("a", 0), window("a", 10), window("a", 0)}, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, disorder(tc.pushed), tc.reason) })
	}
	require.Equal(t, 2, waiting([]history.Final{{}, {Waiting: make([]history.Range, 2)}}))
}

func TestExportersIn(t *testing.T) {
	page := "# HELP reading x\nreading{exporter=\"exporter-07\"} 1\nother{exporter=\"exporter-08\"} 1\n"
	require.Equal(t, map[string]bool{"exporter-07": true}, exportersIn(strings.NewReader(page)))
}

func TestWithin(t *testing.T) {
	figures := map[string]float64{"gap": 2}
	cases := map[string]struct{ demand, err string }{
		"AtMost":    {"gap<=2", ""},
		"AtLeast":   {"gap>=2", ""},
		"TooMuch":   {"gap<=1", "gap is 2: want gap<=1"},
		"TooLittle": {"gap>=3", "gap is 2: want gap>=3"},
		"Unknown":   {"gaps<=1", `there is no figure "gaps"`},
		"Malformed": {"gap=1", `cannot read the demand "gap=1": want NAME<=NUMBER or NAME>=NUMBER`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := within(figures, tc.demand)
			if tc.err == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tc.err)
		})
	}
}

func TestEachOnce(t *testing.T) {
	w := &world{exporters: 2}
	first, second := `reading{exporter="exporter-00"}`, `reading{exporter="exporter-01"}`
	require.NoError(t, w.eachOnce(map[string][]string{first: {"a-0"}, second: {"a-0"}}))
	require.ErrorContains(t, w.eachOnce(map[string][]string{first: {"a-0"}}), "1 series are shown, not 2")
	require.ErrorContains(t, w.eachOnce(map[string][]string{first: {"a-0", "a-1"}, second: {"a-0"}}), "is shown by [a-0 a-1]")
	require.ErrorContains(t, w.eachOnce(map[string][]string{first: {"a-0"}, "other": {"a-0"}}), "is shown by []")
}

func TestSilentAbout(t *testing.T) {
	dir := t.TempDir()
	require.ErrorContains(t, silentAbout(dir, "secret"), "there are no logs")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "pod"), 0o700))
	file := filepath.Join(dir, "pod", "adxexporter.log")
	require.NoError(t, os.WriteFile(file, []byte("a line\n"), 0o600))
	require.NoError(t, silentAbout(dir, "secret"))
	require.NoError(t, os.WriteFile(file, []byte("a secret\n"), 0o600))
	require.ErrorContains(t, silentAbout(dir, "secret"), "has the secret")
}

func TestPanicked(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "pod"), 0o700))
	file := filepath.Join(dir, "pod", "adxexporter.log")
	require.NoError(t, os.WriteFile(file, []byte("{\"msg\":\"panic: none\"}\n"), 0o600))
	require.NoError(t, panicked(dir))
	require.NoError(t, os.WriteFile(file, []byte("{}\npanic: nil pointer\n"), 0o600))
	require.ErrorContains(t, panicked(dir), "panic: nil pointer")
}
