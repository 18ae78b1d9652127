package statuspage

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/exposition/page"
	"github.com/adx-mon/adxexporter/push"
	"github.com/adx-mon/adxexporter/sharding"
	"github.com/adx-mon/adxexporter/sharding/ring"
)

var night = time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)

// runs is an executor that has what its test says.
type runs []executor.Snapshot

func (r runs) Snapshots() []executor.Snapshot { return r }

func (r runs) Snapshot(key types.NamespacedName) (executor.Snapshot, bool) {
	for _, s := range r {
		if s.Key == key {
			return s, true
		}
	}
	return executor.Snapshot{}, false
}

// shown is an exposition of one long line and one short one.
type shown struct{}

func (shown) Sample(types.NamespacedName, int) []string {
	return []string{"m 1", strings.Repeat("é", 4096)}
}
func (shown) Shown(types.NamespacedName) int { return 7 }
func (shown) Total() int                     { return 9 }

// member is a ring of two.
type member struct{ overview sharding.Overview }

func (m member) Overview() sharding.Overview { return m.overview }
func (m member) OwnerOf(key string) string   { return "owner of " + key }
func (m member) Exporters() []types.NamespacedName {
	return []types.NamespacedName{{Namespace: "ns", Name: "a"}}
}

// away is a push endpoint that answers nobody.
type away struct{}

func (away) Send(context.Context, metric.Delivery) error {
	return errors.New("https://me:planted@host is away")
}
func (away) Forget(types.NamespacedName) {}
func (away) Check(context.Context) error {
	return push.Fail(push.Unusable, "https://me:planted@host is away.", nil)
}
func (away) Close() error { return nil }

func conditions(ready metav1.ConditionStatus, reason string, others ...metav1.Condition) []metav1.Condition {
	return append([]metav1.Condition{{Type: v1.ConditionReady, Status: ready, Reason: reason, Message: reason + "."}}, others...)
}

func condition(kind string, status metav1.ConditionStatus) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status}
}

// snapshot returns an exporter that is well, with changes.
func snapshot(change func(s *executor.Snapshot)) executor.Snapshot {
	object := &v1.MetricsExporter{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "a"}}
	object.Spec = v1.MetricsExporterSpec{
		Database: "DB", Body: "T | where Time between (_startTime .. _endTime) and Region == _region \n| count",
		Interval: metav1.Duration{Duration: time.Minute},
	}
	s := executor.Snapshot{Key: types.NamespacedName{Namespace: "ns", Name: "a"}, Object: object, Next: night.Add(time.Second)}
	s.Entry.Conditions = conditions(metav1.ConditionTrue, "Succeeded")
	s.Entry.Watermark = new(metav1.NewTime(night.Add(-time.Minute)))
	change(&s)
	return s
}

func TestState(t *testing.T) {
	cases := map[string]struct {
		reason  string
		change  func(s *executor.Snapshot)
		want    page.State
		message string
	}{
		"Healthy":   {"its last window is there", func(*executor.Snapshot) {}, page.StateHealthy, "Succeeded."},
		"Waiting":   {"it has just come", func(s *executor.Snapshot) { s.Entry.Conditions = nil }, page.StateWaiting, "No window has been run yet."},
		"Refused":   {"whatever its conditions say", func(s *executor.Snapshot) { s.Refused = "Its spec is wrong." }, page.StateRefused, "Its spec is wrong."},
		"Suspended": {"it is told to be", func(s *executor.Snapshot) { s.Object.Spec.Suspend = true }, page.StateSuspended, "Succeeded."},
		"Stalled": {"a person has to act", func(s *executor.Snapshot) {
			s.Entry.Conditions = conditions(metav1.ConditionFalse, "InvalidQuery", condition(v1.ConditionStalled, metav1.ConditionTrue))
		}, page.StateStalled, "InvalidQuery."},
		"Failing": {"it is tried again", func(s *executor.Snapshot) {
			s.Entry.Conditions = conditions(metav1.ConditionFalse, "QueryFailed", condition(v1.ConditionQuerySucceeded, metav1.ConditionFalse))
			s.BacklogWindows = 1
		}, page.StateFailing, "QueryFailed."},
		"Lagging": {"its runs succeed and come late", func(s *executor.Snapshot) {
			s.Entry.Conditions = conditions(metav1.ConditionFalse, "Lagging",
				condition(v1.ConditionQuerySucceeded, metav1.ConditionTrue), condition(v1.ConditionDelivered, metav1.ConditionTrue))
		}, page.StateBehind, "Lagging."},
		"Backlog": {"older windows wait", func(s *executor.Snapshot) {
			s.BacklogWindows = 2
			s.Entry.Backlog = []v1.BacklogEntry{{Reason: "DeliveryFailed", Error: "Away."}}
		}, page.StateBehind, "2 windows wait in the backlog. Away."},
		"OneWaits": {"as above", func(s *executor.Snapshot) {
			s.BacklogWindows, s.Entry.Backlog = 1, []v1.BacklogEntry{{Reason: "Missed"}}
		}, page.StateBehind, "One window waits in the backlog."},
		"Late": {"nothing has been settled for four intervals", func(s *executor.Snapshot) {
			s.Entry.Watermark = new(metav1.NewTime(night.Add(-4 * time.Minute)))
		}, page.StateBehind, "The newest settled window ended long ago."},
		"Delay": {"it is told to wait for its data", func(s *executor.Snapshot) {
			s.Entry.Watermark = new(metav1.NewTime(night.Add(-4 * time.Minute)))
			s.Object.Spec.IngestionDelay = &metav1.Duration{Duration: time.Minute}
		}, page.StateHealthy, "Succeeded."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			state, _, message := stateOf(snapshot(tc.change), night)
			require.Equal(t, tc.want, state, tc.reason)
			require.Equal(t, tc.message, message)
		})
	}
}

// TestReplica: what a replica says of itself, alone and in a ring.
func TestReplica(t *testing.T) {
	var trouble error
	s := &Source{
		Pod: "m-0", Version: "1.2.3", Labels: criteria.Labels{"region": "eastus", "env": "prod"}, Started: night.Add(-time.Hour),
		Executor: runs{snapshot(func(*executor.Snapshot) {})}, Ready: func() error { return trouble },
	}
	r := s.Replica(night)
	require.Equal(t, page.Replica{
		Pod: "m-0", Version: "1.2.3", Labels: []string{"env=prod", "region=eastus"}, Group: s.Labels.Group(),
		Started: s.Started, Uptime: 3600, Ready: true, Exporters: 1, States: map[page.State]int{page.StateHealthy: 1},
	}, r)
	require.Equal(t, page.Ring{At: night, Alone: true, Own: page.View{Pod: "m-0"}}, s.Ring(night))
	require.Empty(t, s.Assigned())

	trouble = errors.New("cannot ask https://me:planted@host")
	s.Series, s.Membership = shown{}, member{sharding.Overview{State: sharding.State{Pod: "m-0", Identity: "m-0/u/1", Epoch: 7, Leader: true}, Hash: 0xab}}
	sink := push.NewSink("OTLP", "collector:4317", away{}, push.Options{}, push.NewMetrics(nil))
	require.Error(t, sink.Check(t.Context()))
	s.Push = []*push.Sink{sink}
	r = s.Replica(night)
	require.False(t, r.Ready)
	require.Equal(t, []string{"cannot ask https://…@host"}, r.Reasons)
	require.Equal(t, []string{`OTLP endpoint "collector:4317": https://…@host is away.`}, r.Notes)
	require.Equal(t, []string{"Prometheus", "OTLP/collector:4317"}, r.Outputs)
	require.Equal(t, "000000ab", r.Hash)
	require.Equal(t, "m-0/u/1", r.Identity)
	require.Equal(t, int64(9), r.Series)
	require.Equal(t, []page.Assignment{{Namespace: "ns", Name: "a", Owner: "owner of ns/a"}}, s.Assigned())
	targets := s.Targets(night)
	require.Equal(t, []page.Target{{Replica: "m-0", Output: "OTLP", Endpoint: "collector:4317", Breaker: "closed", LastError: "https://…@host is away."}}, targets)
}

func TestRing(t *testing.T) {
	overview := sharding.Overview{
		State: sharding.State{Pod: "m-0", Identity: "m-0/u/1", Epoch: 7, Leader: true, Connected: true, Partitions: 2},
		Term:  3, Hash: 1, TableAge: time.Minute, Total: 4,
		Members: []sharding.MemberView{
			{Pod: "m-0", Identity: "m-0/u/1", Standing: sharding.StandingActive, Partitions: 2, Heartbeat: time.Second},
			{Pod: "m-1", Identity: "m-1/u/1", Standing: sharding.StandingSilent, Partitions: 1, Heartbeat: -1},
		},
		Handoffs: []ring.Handoff{{From: "a", To: "b", Partitions: []int32{1, 2}, Epoch: 7}},
	}
	s := &Source{Pod: "m-0", Membership: member{overview}}
	require.Equal(t, page.Ring{
		At: night, Term: 3, Total: 4, Unowned: 1,
		Own: page.View{Pod: "m-0", Epoch: 7, Hash: "00000001", TableAge: 60, Connected: true, Leader: true, Partitions: 2},
		Members: []page.Member{
			{Pod: "m-0", Identity: "m-0/u/1", State: "active", Partitions: 2, Share: .5, Heartbeat: 1, Leader: true},
			{Pod: "m-1", Identity: "m-1/u/1", State: "silent", Partitions: 1, Share: .25, Heartbeat: page.Seconds(-1)},
		},
		Handoffs: []page.Handoff{{From: "a", To: "b", Partitions: 2, Epoch: 7}},
	}, s.Ring(night))

	none := &Source{Membership: member{sharding.Overview{Total: 4, Members: overview.Members[:1]}}}
	require.Zero(t, none.Ring(night).Unowned, "there is no table that leaves anything out")
	require.Empty(t, none.Ring(night).Own.Hash)
}

// TestExporter: the page of an exporter has its runs, the newest first, and a query
// that runs as it is.
func TestExporter(t *testing.T) {
	s := &Source{Pod: "m-0", Labels: criteria.Labels{"region": "eastus"}, Series: shown{}}
	end := metav1.NewTime(night)
	full := snapshot(func(x *executor.Snapshot) {
		x.Entry.Last = &v1.LastRun{At: end, StartTime: metav1.NewTime(night.Add(-time.Minute)), EndTime: end, DurationMs: 1500, Rows: 4, Points: 3, Series: 3, Dropped: 1}
		x.Runs = []executor.Run{
			{Kind: executor.RunLive, Start: night.Add(-2 * time.Minute), End: night.Add(-time.Minute), Started: night.Add(-59 * time.Second), RequestID: "1"},
			{
				Kind: executor.RunRetry, Start: night.Add(-time.Minute), End: night, Started: night.Add(time.Second), RequestID: "2", Error: "https://me:planted@host",
				Undelivered: []executor.Undelivered{{Output: "OTLP", Error: "Bearer planted123"}},
			},
		}
		x.Entry.Backlog = []v1.BacklogEntry{{StartTime: metav1.NewTime(night.Add(-3 * time.Minute)), EndTime: end, NextAttempt: &end}, {StartTime: end, EndTime: end}}
		x.Entry.DeadLetters = []v1.DeadLetter{{StartTime: metav1.NewTime(night.Add(-2 * time.Minute)), EndTime: end, At: end}}
	})
	s.Executor = runs{full}
	d, ok := s.Exporter("ns", "a", night)
	require.True(t, ok)
	require.Equal(t, "2", d.Runs[0].RequestID)
	require.Equal(t, "retry", d.Runs[0].Kind)
	require.Equal(t, "https://…@host", d.Runs[0].Error)
	require.Equal(t, []page.Undelivered{{Output: "OTLP", Error: "Bearer …"}}, d.Runs[0].Undelivered)
	require.Equal(t, `declare query_parameters(_endTime:datetime = datetime(2026-11-26T02:59:59.9999999Z), _region:string = "eastus", _startTime:datetime = datetime(2026-11-26T02:59:00Z));
T | where Time between (_startTime .. _endTime) and Region == _region `+"\n| count", d.KQL)
	require.Contains(t, d.Spec, "body: |-\n  T | where", "the spec is readable, white space at the end of a line or not")
	require.Equal(t, int64(3), d.Waiting[0].Windows)
	require.Equal(t, night, d.Waiting[0].Next)
	require.Equal(t, int64(2), d.DeadLetters[0].Windows)
	require.Equal(t, "m 1", d.Sample[0])
	require.Len(t, d.Sample[1], 1024+len("…"))
	require.Equal(t, int64(7), d.Shown)
	require.Equal(t, night.Add(time.Second), d.Exporter.LastRun)
	require.InDelta(t, 1.5, float64(d.Exporter.Duration), 1e-9)
	require.InDelta(t, 60, float64(d.Exporter.Lag), 1e-9)
	require.Equal(t, []page.Exporter{d.Exporter}, s.Exporters(night))
	_, ok = s.Exporter("ns", "b", night)
	require.False(t, ok)

	full.Runs = nil
	require.Equal(t, night, windowOf(full, night).End, "the window of the status")
	full.Entry.Last = nil
	require.Equal(t, night, windowOf(full, night.Add(59*time.Second)).End, "the newest that is complete")
}

// TestExporterWithoutAQuestion: one that cannot be asked for says why.
func TestExporterWithoutAQuestion(t *testing.T) {
	cases := map[string]struct {
		change func(x *executor.Snapshot)
		want   string
	}{
		"NoInterval": {func(x *executor.Snapshot) {
			x.Object.Spec.Interval.Duration = 0
			x.Entry = v1.GroupStatus{DeadLetters: []v1.DeadLetter{{}}}
		}, "The spec has no valid interval, so there is no window to ask for."},
		"Command": {func(x *executor.Snapshot) { x.Object.Spec.Body = ".drop table T" }, "Invalid: The query begins with a dot: management commands are not allowed. (command)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d, ok := (&Source{Executor: runs{snapshot(tc.change)}}).Exporter("ns", "a", night)
			require.True(t, ok)
			require.Empty(t, d.KQL)
			require.Equal(t, tc.want, d.KQLError)
		})
	}
}

// TestHideSecrets: the content of h"..." is not shown, in any form of string, and the
// rest is as it was.
func TestHideSecrets(t *testing.T) {
	cases := map[string]struct {
		body, want string
		hidden     bool
	}{
		"None":      {`T | where a == "h"`, `T | where a == "h"`, false},
		"Double":    {`f(h"planted") | g(H"planted")`, `f(h"…") | g(h"…")`, true},
		"Single":    {`f(h'planted')`, `f(h"…")`, true},
		"Verbatim":  {`f(h@"planted\")`, `f(h"…")`, true},
		"Multiline": {"f(h```planted\nplanted```)", `f(h"…")`, true},
		"Comment":   {`T // "unfinished`, `T // "unfinished`, false},
		"Unclosed":  {`f(h"planted`, `f(h"…"`, true},
		"Broken":    {`f("a) | g(h"planted")`, `f("a) | g(h"…"`, true},
		"Name":      {`T | extend h = "a"`, `T | extend h = "a"`, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, hidden := hideSecrets(tc.body)
			require.NotContains(t, got, "planted")
			require.Equal(t, tc.want, got)
			require.Equal(t, tc.hidden, hidden)
		})
	}
}

// TestNoSecretIsShown: whatever stands around it.
func TestNoSecretIsShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		around := rapid.StringOf(rapid.SampledFrom([]rune("ab \"'`~@h|()/\\\n")))
		secret := rapid.SampledFrom([]string{`h"planted"`, `h'planted'`, `H@"planted"`, "h```planted```"}).Draw(t, "secret")
		before := around.Draw(t, "before")
		body := before + " " + secret + around.Draw(t, "after")
		got, _ := hideSecrets(body)
		if tokens := strings.Count(got, "planted"); tokens > 0 {
			// It is shown only where Kusto, too, reads it as an ordinary string or a comment.
			require.Regexp(t, "[\"'`~/]", before, body)
		}
	})
}
