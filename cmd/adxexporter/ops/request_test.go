package ops

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// TestAsk: the owner handles the request before the session's third look, and the
// session says what came of it.
func TestAsk(t *testing.T) {
	letters := []v1.DeadLetter{
		{StartTime: *at("07:00:00"), EndTime: *at("07:03:00"), Attempts: 3, At: *at("07:10:00"), Reason: v1.ReasonQueryTimeout},
		{StartTime: *at("08:00:00"), EndTime: *at("08:01:00"), Attempts: 3, At: *at("08:10:00"), Reason: v1.ReasonQueryTimeout},
	}
	waiting := []v1.BacklogEntry{{StartTime: *at("09:00:00"), EndTime: *at("09:02:00"), Attempts: 2, Reason: v1.ReasonDeliveryFailed}}
	with := func(change func(*v1.GroupStatus)) []v1.GroupStatus {
		group := entry("ga", "region=eastus")
		change(&group)
		return []v1.GroupStatus{group}
	}
	cases := map[string]struct {
		kind   Kind
		before []v1.GroupStatus
		does   func(object *v1.MetricsExporter, group *v1.GroupStatus)
		fails  bool
		want   string
	}{
		"RunNow": {RunNow, with(func(*v1.GroupStatus) {}), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRequest = object.Annotations[v1.AnnotationRunNow]
			group.Last.Rows, group.Last.Dropped = 1, 0
		}, false, "monitoring/latency on region=eastus: window [2026-11-26T09:59:00Z, 2026-11-26T10:00:00Z) gave 1 row, 20 points, 20 series in 120 ms\n"},
		"RunNowWithBacklog": {RunNow, with(func(g *v1.GroupStatus) { g.Backlog = waiting }), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRequest = object.Annotations[v1.AnnotationRunNow]
		}, false, "monitoring/latency on region=eastus: window [2026-11-26T09:59:00Z, 2026-11-26T10:00:00Z) gave 21 rows, 20 points, 20 series in 120 ms, 1 row dropped; 2 windows are waiting in the backlog, due now\n"},
		"RetryNothing": {Retry, with(func(*v1.GroupStatus) {}), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRequest = object.Annotations[v1.AnnotationRunNow]
		}, false, "monitoring/latency on region=eastus: window [2026-11-26T09:59:00Z, 2026-11-26T10:00:00Z) gave 21 rows, 20 points, 20 series in 120 ms, 1 row dropped; nothing waits in the backlog\n"},
		"RunFailed": {RunNow, with(func(*v1.GroupStatus) {}), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRequest = object.Annotations[v1.AnnotationRunNow]
			group.Conditions[1] = condition(v1.ConditionQuerySucceeded, metav1.ConditionFalse, v1.ReasonEntityMissing, "There is no table Requests.")
		}, true, "monitoring/latency on region=eastus: the run has failed, EntityMissing: There is no table Requests.\n"},
		"NothingKnown": {RunNow, with(func(*v1.GroupStatus) {}), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRequest = object.Annotations[v1.AnnotationRunNow]
			group.Conditions = nil
		}, true, "monitoring/latency on region=eastus: the run has failed\n"},
		"DeadLetters": {RetryDeadLetters, with(func(g *v1.GroupStatus) { g.DeadLetters = letters }), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRetry, group.DeadLetters = object.Annotations[v1.AnnotationRetryDeadLetters], nil
		}, false, "monitoring/latency on region=eastus: 4 windows are back in the backlog, to be run below live work\n"},
		"OneDeadLetter": {RetryDeadLetters, with(func(g *v1.GroupStatus) { g.DeadLetters = letters[1:] }), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRetry, group.DeadLetters = object.Annotations[v1.AnnotationRetryDeadLetters], letters[:1] // another one, meanwhile
		}, false, "monitoring/latency on region=eastus: 1 window is back in the backlog, to be run below live work\n"},
		"NobodyTakesThem": {RetryDeadLetters, with(func(g *v1.GroupStatus) { g.DeadLetters = letters }), func(object *v1.MetricsExporter, group *v1.GroupStatus) {
			group.LastHandledRetry = object.Annotations[v1.AnnotationRetryDeadLetters]
		}, true, "monitoring/latency on region=eastus: 4 windows stay dead letters: no output of this exporter takes past windows\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.create(exporter(latency), tc.before...)
			w.each = func(read int) {
				if read == 3 {
					w.owner(latency, tc.does)
				}
			}
			err := w.Ask(t.Context(), Request{Kind: tc.kind, Exporter: latency, Token: "t1", Wait: time.Minute})
			if tc.fails {
				require.ErrorIs(t, err, ErrNotDone)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, tc.want, w.told())
			require.Equal(t, 3, w.reads)
		})
	}
}

// TestAskSeveral: each cluster-label set handles a request by itself.
func TestAskSeveral(t *testing.T) {
	w := newWorld(t)
	w.create(exporter(latency), entry("ga", ""), entry("gb", "region=eastus"))
	w.each = func(read int) {
		if read > 1 {
			w.owner(latency, func(object *v1.MetricsExporter, group *v1.GroupStatus) {
				if group.Group == "ga" {
					group.LastHandledRequest = object.Annotations[v1.AnnotationRunNow]
				}
			})
		}
	}
	err := w.Ask(t.Context(), Request{Kind: RunNow, Exporter: latency, Token: "t1", Wait: 300 * time.Millisecond})
	require.ErrorIs(t, err, ErrNotDone)
	said := w.told()
	require.Contains(t, said, "monitoring/latency on no labels: window ")
	require.Contains(t, said, "monitoring/latency on region=eastus: not handled within 300ms; the request stands until its owner comes to it\n")
}

func TestAskWithoutAnswer(t *testing.T) {
	cases := map[string]struct {
		kind   Kind
		change func(*v1.MetricsExporter)
		groups []v1.GroupStatus
		wait   time.Duration
		cancel bool
		err    string
		want   string
		asked  bool
	}{
		"NoWait":    {RunNow, nil, nil, 0, false, "", "monitoring/latency: asked for it\n", true},
		"Nobody":    {RunNow, nil, nil, time.Millisecond, false, "not done", "monitoring/latency on any instance: not handled within 1ms; the request stands until its owner comes to it\n", true},
		"Cancelled": {RunNow, nil, nil, time.Minute, true, "not done", "monitoring/latency on any instance: not handled yet; the request stands until its owner comes to it\n", true},
		"Suspended": {RunNow, func(e *v1.MetricsExporter) { e.Spec.Suspend = true }, nil, 0, false, `MetricsExporter "monitoring/latency" is suspended: set spec.suspend to false first`, "", false},
		"Refused": {RunNow, nil, []v1.GroupStatus{{Group: "ga", Owner: "a/b/c", ObservedGeneration: 1, Conditions: []metav1.Condition{
			condition(v1.ConditionReady, metav1.ConditionFalse, v1.ReasonInvalidCriteria, "The expression is none."),
		}}}, 0, false, `MetricsExporter "monitoring/latency" does not run, InvalidCriteria: The expression is none.`, "", false},
		"NoDeadLetters": {RetryDeadLetters, nil, []v1.GroupStatus{entry("ga", "")}, 0, false, "", "monitoring/latency: there are no dead letters\n", false},
		"DroppedOnly": {
			RetryDeadLetters, nil,
			[]v1.GroupStatus{{Group: "ga", Owner: "a/b/c", DroppedWindows: 7}},
			0, false, "",
			"monitoring/latency: there are no dead letters; of 7 windows they no longer fit, and nobody knows them any more\n", false,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			object := exporter(latency)
			if tc.change != nil {
				tc.change(object)
			}
			w.create(object, tc.groups...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.each = func(read int) {
				if tc.cancel && read == 3 {
					cancel()
				}
			}
			err := w.Ask(ctx, Request{Kind: tc.kind, Exporter: latency, Token: "t1", Wait: tc.wait})
			if tc.err == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, tc.err)
			}
			require.Equal(t, tc.want, w.told())
			found, err := w.get(t.Context(), latency)
			require.NoError(t, err)
			require.Equal(t, tc.asked, found.Annotations[tc.kind.annotation()] == "t1")
		})
	}
}

// TestAskGone: an exporter that is deleted is waited for no longer.
func TestAskGone(t *testing.T) {
	w := newWorld(t)
	w.create(exporter(latency), entry("ga", ""))
	w.each = func(read int) {
		if read == 3 {
			require.NoError(t, w.Client.Delete(t.Context(), exporter(latency)))
		}
	}
	err := w.Ask(t.Context(), Request{Kind: RunNow, Exporter: latency, Token: "t1", Wait: time.Minute})
	require.ErrorContains(t, err, `cannot get MetricsExporter "monitoring/latency": `)
}
