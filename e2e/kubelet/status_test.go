package kubelet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var ten = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func TestTally(t *testing.T) {
	p := &probe{successes: 2, failures: 3}
	cases := map[string]struct{ reason, results, want string }{
		"Good":  {"from the second success on", "+++", ".yy"},
		"Bad":   {"from the third failure on", "----", "..yy"},
		"Mixed": {"a row begins anew", "--+--+--", "........"},
		"Turns": {"each way after its own number", "++---++", ".y..y.y"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var results tally
			got := ""
			for _, r := range tc.results {
				if results.add(r == '+', p) {
					got += "y"
				} else {
					got += "."
				}
			}
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}

func TestNextWait(t *testing.T) {
	cases := map[string]struct {
		reason          string
		last, ran, want time.Duration
	}{
		"First":  {"soon", 0, time.Second, firstWait},
		"Again":  {"twice as long", 4 * time.Second, time.Second, 8 * time.Second},
		"Always": {"not for ever longer", 8 * time.Second, time.Second, maxWait},
		"Steady": {"it ran well", maxWait, steady, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, nextWait(tc.last, tc.ran), tc.reason) })
	}
}

func TestConditions(t *testing.T) {
	now, later := metav1.NewTime(ten), metav1.NewTime(ten.Add(time.Minute))
	before := conditionsOf([]state{{ready: true}, {}}, nil, now)
	require.Equal(t, corev1.ConditionFalse, before[4].Status, "one container of two is not ready")
	after := conditionsOf([]state{{ready: true}, {ready: true}}, before, later)
	require.Equal(t, corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: later}, after[4])
	require.Equal(t, now, after[0].LastTransitionTime, "what has not changed keeps its time")
}

func TestContainerStatus(t *testing.T) {
	spec := &corev1.Container{Name: "c", Image: "i"}
	began, ended := ten, ten.Add(time.Second)
	cases := map[string]struct {
		reason string
		state  state
		want   corev1.ContainerState
		last   bool
	}{
		"New": {
			"it has not run",
			state{waits: "ContainerCreating"},
			corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}},
			false,
		},
		"Runs": {
			"for the first time",
			state{pid: 1, startedAt: began},
			corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(began)}},
			false,
		},
		"RunsAgain": {
			"with how it ended before",
			state{pid: 1, startedAt: began, endedAt: ended},
			corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(began)}},
			true,
		},
		"Waits": {
			"for its next start",
			state{startedAt: began, endedAt: ended, waits: "CrashLoopBackOff"},
			corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}},
			true,
		},
		"Killed": {
			"128 and the signal",
			state{startedAt: began, endedAt: ended, exit: 137},
			corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				ExitCode: 137, Reason: "Error", StartedAt: metav1.NewTime(began), FinishedAt: metav1.NewTime(ended),
			}},
			false,
		},
		"Completed": {
			"of itself",
			state{startedAt: began, endedAt: ended},
			corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
				Reason: "Completed", StartedAt: metav1.NewTime(began), FinishedAt: metav1.NewTime(ended),
			}},
			false,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := containerStatus(spec, tc.state)
			require.Equal(t, tc.want, got.State, tc.reason)
			require.Equal(t, tc.last, got.LastTerminationState.Terminated != nil, "the end before this state")
		})
	}
}

func TestPhase(t *testing.T) {
	require.Equal(t, corev1.PodPending, phaseOf([]state{{startedAt: ten}, {}}))
	require.Equal(t, corev1.PodRunning, phaseOf([]state{{startedAt: ten}}))
	require.Equal(t, corev1.PodRunning, phaseOf([]state{{startedAt: ten, exit: 1}}), "it is started again")
	require.Equal(t, corev1.PodRunning, phaseOf([]state{{startedAt: ten, over: true}, {startedAt: ten}}), "one still runs")
	require.Equal(t, corev1.PodSucceeded, phaseOf([]state{{startedAt: ten, over: true}, {startedAt: ten, over: true}}))
	require.Equal(t, corev1.PodFailed, phaseOf([]state{{startedAt: ten, over: true, exit: 1}, {startedAt: ten, over: true}}))
}
