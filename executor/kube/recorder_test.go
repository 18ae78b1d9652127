package kube

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

var ten = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// entry is what a group says after a number of minutes.
func entry(group string, seq int64, minutes int, ready finding) v1.GroupStatus {
	end := metav1.NewTime(ten.Add(time.Duration(minutes) * time.Minute))
	e := v1.GroupStatus{
		Group: group, Labels: "region=" + group, Owner: "pod-" + group, Fence: 7, Seq: seq,
		ObservedGeneration: 1, Watermark: &end, LastSuccessfulExecution: &end,
		Last: &v1.LastRun{At: end, StartTime: end, EndTime: end, Series: 5},
	}
	for _, kind := range []string{v1.ConditionReady, v1.ConditionQuerySucceeded, v1.ConditionDelivered} {
		setCondition(&e, kind, ready)
	}
	if ready == failing {
		setCondition(&e, v1.ConditionStalled, finding{metav1.ConditionTrue, ready.reason})
		late := metav1.NewTime(end.Add(3 * time.Minute))
		e.Backlog = []v1.BacklogEntry{{StartTime: end, EndTime: late, Attempts: 1, LastAttempt: &late}}
	}
	return e
}

type finding struct {
	status metav1.ConditionStatus
	reason string
}

var (
	good    = finding{metav1.ConditionTrue, v1.ReasonSucceeded}
	failing = finding{metav1.ConditionFalse, v1.ReasonInvalidQuery}
)

func setCondition(e *v1.GroupStatus, kind string, f finding) {
	meta.SetStatusCondition(&e.Conditions, metav1.Condition{
		Type: kind, Status: f.status, Reason: f.reason, Message: "A sentence.",
		ObservedGeneration: 1, LastTransitionTime: *e.Watermark,
	})
}

func commitOf(e v1.GroupStatus, list ...executor.Event) executor.Commit {
	return executor.Commit{Exporter: latency, UID: "u1", Entry: e, Events: list}
}

// record returns what a commit came to.
func record(t *testing.T, r *Recorder, commit executor.Commit) error {
	t.Helper()
	_, err := r.Record(t.Context(), commit)
	return err
}

func newRecorder(t *testing.T) (*Recorder, *server, *events.FakeRecorder) {
	t.Helper()
	s, said := newServer(t), events.NewFakeRecorder(8)
	s.put(object(t))
	return &Recorder{Reader: cached{s}, Fresh: s, Writer: s, Events: said}, s, said
}

// TestRecordWritesItsOwn: the patch has this group's entry and the summary of
// all, and no other group's entry.
func TestRecordWritesItsOwn(t *testing.T) {
	r, s, _ := newRecorder(t)
	require.NoError(t, record(t, r, commitOf(entry("b", 1, 1, good))))
	require.NoError(t, record(t, r, commitOf(entry("a", 1, 2, failing))))

	last := s.patches[1]
	require.Equal(t, "adxexporter/a", last.owner)
	require.True(t, last.force)
	require.NotContains(t, last.patch.Object, "spec")
	groups, _, err := unstructured.NestedSlice(last.patch.Object, "status", "groups")
	require.NoError(t, err)
	require.Len(t, groups, 1)
	require.Equal(t, "a", groups[0].(map[string]any)["group"])

	status := s.status(t)
	require.Len(t, status.Groups, 2)
	ready := meta.FindStatusCondition(status.Conditions, v1.ConditionReady)
	require.Equal(t, metav1.ConditionFalse, ready.Status)
	require.Equal(t, "A sentence. (on region=a)", ready.Message)
	require.Equal(t, int64(10), status.Series)
	require.Equal(t, int64(3), status.BacklogWindows)
	require.Equal(t, ten.Add(time.Minute), status.LastSuccessfulExecution.UTC())
}

// TestRecordSaysEventsOnce: events are of what is in the status.
func TestRecordSaysEventsOnce(t *testing.T) {
	r, s, said := newRecorder(t)
	commit := commitOf(entry("a", 1, 1, good),
		executor.Event{Reason: "FirstRunSucceeded", Message: "The first window gave 100% of it."},
		executor.Event{Warning: true, Reason: "DeliveryFailed", Message: "No."})
	s.down = errors.New("connection refused")
	require.ErrorIs(t, record(t, r, commit), s.down)
	require.Empty(t, said.Events)
	s.down = nil
	require.NoError(t, record(t, r, commit))
	require.Len(t, said.Events, 2)
	require.Equal(t, "Normal FirstRunSucceeded The first window gave 100% of it.", <-said.Events)
	require.Equal(t, "Warning DeliveryFailed No.", <-said.Events)
}

func TestRecordFails(t *testing.T) {
	cases := map[string]struct {
		reason string
		edit   func(*executor.Commit)
		want   func(error) bool
	}{
		"Gone":     {"the exporter was deleted", func(c *executor.Commit) { c.Exporter.Name = "other" }, apierrors.IsNotFound},
		"Namesake": {"the exporter was made again meanwhile", func(c *executor.Commit) { c.UID = "u0" }, apierrors.IsNotFound},
		"OldFence": {"a replica that lost its right", func(c *executor.Commit) { c.Entry.Fence = 6 }, apierrors.IsInvalid},
		"NewOwner": {"a second replica of the same fence", func(c *executor.Commit) { c.Entry.Owner = "pod-z" }, apierrors.IsInvalid},
		"Rewound":  {"a watermark does not go back", func(c *executor.Commit) { c.Entry.Watermark.Time = ten }, apierrors.IsInvalid},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r, s, said := newRecorder(t)
			require.NoError(t, record(t, r, commitOf(entry("a", 1, 1, good))))
			before := s.status(t)
			commit := commitOf(entry("a", 2, 2, good), executor.Event{Reason: "X"})
			tc.edit(&commit)
			err := record(t, r, commit)
			require.Error(t, err, tc.reason)
			require.True(t, tc.want(err), err)
			require.Equal(t, before, s.status(t))
			require.Empty(t, said.Events)
		})
	}
}

// TestRecordGoesOnAfterALostAnswer: a write whose answer is lost is sent again as it
// is, and one that was in all the same does not lock the exporter out of its own
// status.
func TestRecordGoesOnAfterALostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s, _ := newRecorder(t)
		s.lost = context.DeadlineExceeded
		began := time.Now()
		require.NoError(t, record(t, r, commitOf(entry("a", 1, 1, good))))
		require.Equal(t, 200*time.Millisecond, time.Since(began))
		require.Len(t, s.patches, 2)
		require.Equal(t, s.patches[0].patch, s.patches[1].patch, "the same bytes")
		require.Equal(t, int64(1), s.status(t).Groups[0].Seq)

		stored, err := r.Record(t.Context(), commitOf(entry("a", 1, 2, good)))
		require.NoError(t, err, "the executor believes that seq 1 is free")
		require.Equal(t, int64(2), stored.Seq)
		require.NoError(t, record(t, r, commitOf(entry("a", 2, 2, good))), "it is in already")
		require.NoError(t, record(t, r, commitOf(entry("a", 3, 3, good))))
		require.Equal(t, int64(3), s.status(t).Groups[0].Seq)
	})
}

// TestRecordIsOutdated: what another replica has written is not written over.
func TestRecordIsOutdated(t *testing.T) {
	cases := map[string]struct {
		reason string
		edit   func(*v1.GroupStatus)
	}{
		"Fenced":  {"a successor has written", func(e *v1.GroupStatus) { e.Fence, e.Owner = 8, "pod-z" }},
		"Further": {"the predecessor has written after we have read", func(e *v1.GroupStatus) { e.Fence, e.Owner = 6, "pod-y" }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r, s, _ := newRecorder(t)
			theirs := entry("a", 5, 1, good)
			tc.edit(&theirs)
			require.NoError(t, record(t, r, commitOf(theirs)))
			before := s.status(t)
			require.ErrorIs(t, record(t, r, commitOf(entry("a", 5, 2, good))), executor.ErrOutdated, tc.reason)
			require.Equal(t, before, s.status(t))
		})
	}
}

// hanging is an API server that does not answer.
type hanging struct{ *server }

func (hanging) Get(ctx context.Context, _ client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestRecordEnds: an API server that hangs holds a run for ten seconds, no more.
func TestRecordEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r := &Recorder{Reader: hanging{}, Fresh: hanging{}}
		require.ErrorIs(t, record(t, r, commitOf(entry("a", 1, 1, good))), context.DeadlineExceeded)
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}

// TestRecordOfInvalidSpec: an object that an older CRD let in can be told so.
func TestRecordOfInvalidSpec(t *testing.T) {
	for _, interval := range []string{"5 minutes", "1ms"} {
		r, s, _ := newRecorder(t)
		s.put(object(t, at("spec", "interval"), interval))
		refused := entry("a", 1, 1, finding{metav1.ConditionFalse, v1.ReasonInvalidSpec})
		refused.Watermark = nil
		late := metav1.NewTime(ten.Add(3 * time.Minute))
		refused.Backlog = []v1.BacklogEntry{{StartTime: metav1.NewTime(ten), EndTime: late, LastAttempt: &late}}
		require.NoError(t, record(t, r, commitOf(refused)))
		require.Equal(t, int64(3), s.status(t).BacklogWindows, "as if it were a minute")
	}
}

// TestStatusOfThreeDeployments: three cluster-label sets that write in turn, all
// in force, do not disturb each other, and what the top says follows from the
// groups after each write.
func TestStatusOfThreeDeployments(t *testing.T) {
	r, s, _ := newRecorder(t)
	groups := []string{"eastus", "northeurope", "westus"}
	random := rand.New(rand.NewPCG(1, 2))
	seqs := map[string]int64{}
	record := func(round int, group string, f finding) v1.MetricsExporterStatus {
		seqs[group]++
		require.NoError(t, record(t, r, commitOf(entry(group, seqs[group], round, f))))
		status := s.status(t)
		for _, stored := range status.Groups {
			require.Equal(t, seqs[stored.Group], stored.Seq, "a group's seq is its own")
		}
		return status
	}

	ready := map[string]bool{}
	for round := range 50 {
		random.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		for _, group := range groups {
			status := record(round, group, good)
			c := meta.FindStatusCondition(status.Conditions, v1.ConditionReady)
			ready[fmt.Sprint(c.Status, c.Reason, c.Message, len(status.Conditions))] = true
		}
	}
	require.Len(t, ready, 1, "nothing flaps")

	for round := 50; round < 65; round++ {
		for _, group := range groups {
			f := good
			if random.IntN(3) == 0 {
				f = failing
			}
			status := record(round, group, f)
			want := summaryOf(status)
			require.Equal(t, said(want.Conditions, true), said(status.Conditions, false))
			require.Equal(t, want.BacklogWindows, status.BacklogWindows)
			require.Equal(t, want.Series, status.Series)
			require.True(t, want.LastSuccessfulExecution.Equal(status.LastSuccessfulExecution))
		}
	}
	var status v1.MetricsExporterStatus
	for i := range 2 * len(groups) {
		status = record(100, groups[i%len(groups)], good)
	}
	require.Equal(t, said(summaryOf(status).Conditions, true), said(status.Conditions, true))
}

// TestEndedLeavesOthersAlone: of what was true and is said no longer only our own is
// taken back; other programs keep conditions in the same list.
func TestEndedLeavesOthersAlone(t *testing.T) {
	is := func(kind string, status metav1.ConditionStatus) metav1.Condition {
		return metav1.Condition{Type: kind, Status: status, Reason: "R"}
	}
	stored := []metav1.Condition{
		is(v1.ConditionReady, metav1.ConditionTrue), is(v1.ConditionStalled, metav1.ConditionTrue),
		is(v1.ConditionReconciling, metav1.ConditionFalse), is("somebody/cursor", metav1.ConditionTrue),
	}
	require.Equal(t, []metav1.Condition{is(v1.ConditionStalled, metav1.ConditionFalse)},
		ended(stored, []metav1.Condition{is(v1.ConditionReady, metav1.ConditionTrue)}))
}

// summaryOf returns what the top of a status is to say.
func summaryOf(status v1.MetricsExporterStatus) v1.MetricsExporterStatus {
	groups := slices.SortedFunc(slices.Values(status.Groups), func(a, b v1.GroupStatus) int { return strings.Compare(a.Group, b.Group) })
	return executor.Summarize(groups, time.Minute)
}

// said returns conditions as text. Without the momentary ones that are just being
// taken back: those are only there while true.
func said(list []metav1.Condition, takenBack bool) []string {
	var texts []string
	for _, c := range list {
		momentary := c.Type == v1.ConditionStalled || c.Type == v1.ConditionReconciling
		if !momentary || takenBack || c.Status == metav1.ConditionTrue {
			texts = append(texts, fmt.Sprintln(c.Type, c.Status, c.Reason, c.Message, c.LastTransitionTime.UTC()))
		}
	}
	return texts
}
