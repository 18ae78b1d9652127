package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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

// tries is how often one write is sent before its outcome counts as unknown, and
// again how long to wait before the second time.
const (
	tries = 3
	again = 200 * time.Millisecond
)

// Recorder writes commits into the status of MetricsExporters by server-side
// apply: one field manager per group, so that groups never disturb each other.
type Recorder struct {
	// Reader is the cache; other groups' entries are read from it. Fresh reads from
	// the API server's store.
	Reader, Fresh client.Reader
	// Writer applies the status.
	Writer client.SubResourceWriter
	Events events.EventRecorder
}

// Record applies the entry, and the summary that follows from all groups. It
// says the commit's events once the entry is in. A write whose answer is lost is
// sent again as it is: the API server takes it once.
func (r *Recorder) Record(ctx context.Context, commit executor.Commit) (v1.GroupStatus, error) {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	found, err := r.get(ctx, r.Reader, commit)
	if err != nil {
		return v1.GroupStatus{}, err
	}
	err = r.send(ctx, found, commit)
	if apierrors.IsInvalid(err) {
		commit.Entry, err = r.resolve(ctx, commit, err)
	}
	if err != nil {
		return v1.GroupStatus{}, fmt.Errorf("cannot apply the status of MetricsExporter %q: %w", commit.Exporter, err)
	}
	r.say(found, commit.Events)
	return commit.Entry, nil
}

// get reads the exporter that a commit is for. The API server does not compare UIDs
// when a status is applied, so a namesake that was made later is found out here; one
// that the cache does not have yet takes the old one's windows over, and goes on.
func (r *Recorder) get(ctx context.Context, from client.Reader, commit executor.Commit) (*unstructured.Unstructured, error) {
	found := newExporter()
	if err := from.Get(ctx, commit.Exporter, found); err != nil {
		return nil, fmt.Errorf("cannot get MetricsExporter %q: %w", commit.Exporter, err)
	}
	if found.GetUID() != commit.UID {
		return nil, fmt.Errorf("another MetricsExporter has its name now: %w",
			apierrors.NewNotFound(v1.GroupVersion.WithResource("metricsexporters").GroupResource(), commit.Exporter.Name))
	}
	return unpack(found)
}

// send applies the commit over what was found, more than once if no answer comes.
func (r *Recorder) send(ctx context.Context, found *unstructured.Unstructured, commit executor.Commit) error {
	patch, err := patchOf(found, commit)
	if err != nil {
		return fmt.Errorf("cannot encode it: %w", err)
	}
	for try := 1; ; try++ {
		err := r.Writer.Apply(ctx, client.ApplyConfigurationFromUnstructured(patch),
			client.FieldOwner("adxexporter/"+commit.Entry.Group), client.ForceOwnership)
		if !isUnknown(err) || try == tries || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(again << (try - 1)):
		}
	}
}

// isUnknown reports whether an error leaves open if the write is in.
func isUnknown(err error) bool {
	if err == nil {
		return false
	}
	return apierrors.ReasonForError(err) == metav1.StatusReasonUnknown || apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) ||
		apierrors.IsTooManyRequests(err) || apierrors.IsInternalError(err) || apierrors.IsServiceUnavailable(err)
}

// resolve finds out why the API server refused an entry, and writes it again if
// what is stored is an earlier write of ours. It returns the entry as stored.
func (r *Recorder) resolve(ctx context.Context, commit executor.Commit, refused error) (v1.GroupStatus, error) {
	found, err := r.get(ctx, r.Fresh, commit)
	if err != nil {
		return v1.GroupStatus{}, err
	}
	stored, _ := entryOf(found, commit.Entry.Group)
	switch executor.Resolve(stored, commit.Entry) {
	case executor.RefusedWritten:
		return commit.Entry, nil
	case executor.RefusedBehind:
		commit.Entry.Seq = stored.Seq + 1
		return commit.Entry, r.send(ctx, found, commit)
	case executor.RefusedOutdated:
		return v1.GroupStatus{}, fmt.Errorf("%w: %w", executor.ErrOutdated, refused)
	case executor.RefusedOtherwise:
	}
	return v1.GroupStatus{}, refused
}

// entryOf returns a group's entry.
func entryOf(found *unstructured.Unstructured, group string) (v1.GroupStatus, bool) {
	for _, entry := range statusOf(found).Groups {
		if entry.Group == group {
			return entry, true
		}
	}
	return v1.GroupStatus{}, false
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
func patchOf(found *unstructured.Unstructured, commit executor.Commit) (*unstructured.Unstructured, error) {
	stored := statusOf(found)
	entry := commit.Entry
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
	patch.Object["status"] = content
	return patch, nil
}

// momentary are the conditions that are there only while they are true.
var momentary = []string{v1.ConditionStalled, v1.ConditionReconciling}

// ended returns the momentary conditions that were true and are no longer said by
// any group, as false: just left out they would stay, since other groups said them
// too. The next write leaves them out. What other programs say is theirs.
func ended(stored, said []metav1.Condition) []metav1.Condition {
	var list []metav1.Condition
	for _, was := range stored {
		if slices.Contains(momentary, was.Type) && was.Status == metav1.ConditionTrue && meta.FindStatusCondition(said, was.Type) == nil {
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
