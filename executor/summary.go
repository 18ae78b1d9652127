package executor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/backlog"
)

// Summarize returns the whole status that follows from what each group knows.
// It is a pure function of the groups, so that two deployments that write it in
// turn never disagree.
func Summarize(groups []v1.GroupStatus, interval time.Duration) v1.MetricsExporterStatus {
	status := v1.MetricsExporterStatus{Groups: groups}
	for i, group := range groups {
		status.Series += seriesOf(group)
		status.BacklogWindows += backlog.Windows(group, interval)
		if i == 0 || group.ObservedGeneration < status.ObservedGeneration {
			status.ObservedGeneration = group.ObservedGeneration
		}
		if i == 0 || older(group.LastSuccessfulExecution, status.LastSuccessfulExecution) {
			status.LastSuccessfulExecution = group.LastSuccessfulExecution
		}
	}
	for _, kind := range []string{v1.ConditionReady, v1.ConditionQuerySucceeded, v1.ConditionDelivered} {
		status.Conditions = append(status.Conditions, worst(groups, kind))
	}
	for _, kind := range []string{v1.ConditionStalled, v1.ConditionReconciling} {
		if c, ok := anyTrue(groups, kind); ok {
			status.Conditions = append(status.Conditions, c)
		}
	}
	return status
}

func seriesOf(group v1.GroupStatus) int64 {
	if group.Last == nil {
		return 0
	}
	return group.Last.Series
}

// older reports whether a is before b, where never is before all.
func older(a, b *metav1.Time) bool {
	if b == nil {
		return false
	}
	return a == nil || a.Before(b)
}

// worst returns the condition of the group that is worst off: one that is not
// true counts before one that is, and an earlier group before a later one. With
// several groups the message names those it speaks of.
func worst(groups []v1.GroupStatus, kind string) metav1.Condition {
	var found metav1.Condition
	var at []string
	for _, group := range groups {
		c := meta.FindStatusCondition(group.Conditions, kind)
		if c == nil {
			continue
		}
		switch {
		case found.Type == "" || (c.Status != metav1.ConditionTrue && found.Status == metav1.ConditionTrue):
			found, at = *c, []string{group.Labels}
		case c.Status == found.Status && c.Reason == found.Reason:
			at = append(at, group.Labels)
			found.LastTransitionTime = later(found.LastTransitionTime, c.LastTransitionTime)
		}
	}
	if found.Type == "" {
		return metav1.Condition{Type: kind, Status: metav1.ConditionUnknown, Reason: v1.ReasonNotDueYet, Message: "No window has been due yet."}
	}
	if len(groups) > 1 && found.Status != metav1.ConditionTrue {
		slices.Sort(at)
		found.Message = clip(fmt.Sprintf("%s (on %s)", found.Message, strings.Join(at, "; ")))
	}
	return found
}

func later(a, b metav1.Time) metav1.Time {
	if a.Before(&b) {
		return b
	}
	return a
}

func anyTrue(groups []v1.GroupStatus, kind string) (metav1.Condition, bool) {
	for _, group := range groups {
		if c := meta.FindStatusCondition(group.Conditions, kind); c != nil && c.Status == metav1.ConditionTrue {
			return *c, true
		}
	}
	return metav1.Condition{}, false
}
