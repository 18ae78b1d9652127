package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor"
)

// recordTimeout bounds one write of a status.
const recordTimeout = 10 * time.Second

// Recorder writes commits into the status of MetricsExporters by server-side
// apply: one field manager per group, so that groups never disturb each other.
type Recorder struct {
	// Reader is the cache; other groups' entries are read from it.
	Reader client.Reader
	// Writer applies the status.
	Writer client.SubResourceWriter
	Events events.EventRecorder
}

// Record applies the entry, and the summary that follows from all groups. It
// says the commit's events once the entry is in.
func (r *Recorder) Record(ctx context.Context, commit executor.Commit) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	found := newExporter()
	if err := r.Reader.Get(ctx, commit.Exporter, found); err != nil {
		return fmt.Errorf("cannot get MetricsExporter %q: %w", commit.Exporter, err)
	}
	patch, err := patchOf(found, commit)
	if err != nil {
		return fmt.Errorf("cannot encode the status of MetricsExporter %q: %w", commit.Exporter, err)
	}
	err = r.Writer.Apply(ctx, client.ApplyConfigurationFromUnstructured(patch),
		client.FieldOwner("adxexporter/"+commit.Entry.Group), client.ForceOwnership)
	if err != nil {
		return fmt.Errorf("cannot apply the status of MetricsExporter %q: %w", commit.Exporter, err)
	}
	r.say(found, commit.Events)
	return nil
}

func (r *Recorder) say(about runtime.Object, list []executor.Event) {
	for _, event := range list {
		kind := corev1.EventTypeNormal
		if event.Warning {
			kind = corev1.EventTypeWarning
		}
		r.Events.Eventf(about, nil, kind, event.Reason, "Run", "%s", event.Message)
	}
}

// patchOf returns what this group says: its own entry, and the summary of all.
// The UID is a precondition: a commit never lands on a namesake made later.
func patchOf(found *unstructured.Unstructured, commit executor.Commit) (*unstructured.Unstructured, error) {
	stored := statusOf(found)
	entry := following(stored.Groups, commit.Entry)
	groups := slices.DeleteFunc(stored.Groups, func(g v1.GroupStatus) bool { return g.Group == entry.Group })
	groups = append(groups, entry)
	slices.SortFunc(groups, func(a, b v1.GroupStatus) int { return strings.Compare(a.Group, b.Group) })
	status := executor.Summarize(groups, intervalOf(found))
	if len(groups) > 1 {
		status.Conditions = append(status.Conditions, ended(stored.Conditions, status.Conditions)...)
	}
	status.Groups = []v1.GroupStatus{entry}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&status)
	if err != nil {
		return nil, err
	}
	// A number that is left out keeps what another group made of it.
	content["observedGeneration"] = status.ObservedGeneration
	content["backlogWindows"] = status.BacklogWindows
	content["series"] = status.Series
	patch := newExporter()
	patch.SetNamespace(commit.Exporter.Namespace)
	patch.SetName(commit.Exporter.Name)
	patch.SetUID(commit.UID)
	patch.Object["status"] = content
	return patch, nil
}

// following returns the entry with a seq that follows the stored one's. The two
// differ when a write of ours is in but its answer was lost: nobody else writes
// under our name and fence.
func following(stored []v1.GroupStatus, entry v1.GroupStatus) v1.GroupStatus {
	for _, was := range stored {
		if was.Group == entry.Group && was.Owner == entry.Owner && was.Fence == entry.Fence {
			entry.Seq = max(entry.Seq, was.Seq+1)
		}
	}
	return entry
}

// ended returns the conditions that were true and are no longer said by any
// group, as false: just left out they would stay, since other groups said them
// too. The next write leaves them out.
func ended(stored, said []metav1.Condition) []metav1.Condition {
	var list []metav1.Condition
	for _, was := range stored {
		if was.Status == metav1.ConditionTrue && meta.FindStatusCondition(said, was.Type) == nil {
			over := *meta.FindStatusCondition(said, v1.ConditionReady)
			over.Type, over.Status = was.Type, metav1.ConditionFalse
			list = append(list, over)
		}
	}
	return list
}

// intervalOf returns the spec's interval; a broken one counts as a minute, which
// matters only to the number of windows in a summary.
func intervalOf(found *unstructured.Unstructured) time.Duration {
	text, _, _ := unstructured.NestedString(found.Object, "spec", "interval")
	if interval, err := time.ParseDuration(text); err == nil && interval >= time.Second {
		return interval
	}
	return time.Minute
}
