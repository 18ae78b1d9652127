package sim

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/e2e/history"
	"github.com/adx-mon/adxexporter/executor/kube"
)

// recorder returns what writes a host's statuses: the real one, over the simulated
// API server.
func (h *Host) recorder() *kube.Recorder {
	return &kube.Recorder{Reader: cached{h}, Fresh: fresh{h}, Writer: status{Host: h}, Events: &events.FakeRecorder{}}
}

// cached is the cache of exporters. What the recorder needs of it never changes here.
type cached struct{ *Host }

// Get implements client.Reader.
func (c cached) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	return copyTo(into, c.world.specs[key])
}

// List implements client.Reader.
func (cached) List(context.Context, client.ObjectList, ...client.ListOption) error {
	panic("nobody lists")
}

// fresh reads exporters from the API server.
type fresh struct{ *Host }

// Get implements client.Reader.
func (f fresh) Get(ctx context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	return f.call(ctx, func() error {
		object, err := f.world.api.exporters.Get(key)
		if err != nil {
			return err
		}
		return copyTo(into, object.(*v1.MetricsExporter))
	})
}

// List implements client.Reader.
func (fresh) List(context.Context, client.ObjectList, ...client.ListOption) error {
	panic("nobody lists")
}

func copyTo(into client.Object, object *v1.MetricsExporter) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err == nil {
		into.(*unstructured.Unstructured).Object = content
	}
	return err
}

// status applies statuses.
type status struct {
	client.SubResourceWriter // the recorder has no business with its other methods
	*Host
}

// Apply implements client.SubResourceWriter.
func (s status) Apply(ctx context.Context, config runtime.ApplyConfiguration, _ ...client.SubResourceApplyOption) error {
	var patch v1.MetricsExporter
	if err := decode(config, &patch); err != nil {
		return err
	}
	return s.call(ctx, func() error { return s.world.api.apply(ctx, &patch) })
}

func decode(config runtime.ApplyConfiguration, into *v1.MetricsExporter) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(config)
	if err != nil {
		return err
	}
	return runtime.DefaultUnstructuredConverter.FromUnstructured(content, into)
}

// apply is what the API server does with an applied status, of the only group that
// there is here. What changes nothing is no write.
func (a *api) apply(ctx context.Context, patch *v1.MetricsExporter) error {
	key := client.ObjectKeyFromObject(patch)
	for {
		object, err := a.exporters.Get(key)
		if err != nil {
			return err
		}
		next := object.DeepCopyObject().(*v1.MetricsExporter)
		if equality.Semantic.DeepEqual(next.Status.Groups, patch.Status.Groups) {
			return nil
		}
		next.Status.Groups = patch.Status.Groups
		_, err = a.exporters.UpdateStatus(ctx, next)
		if apierrors.IsConflict(err) {
			continue
		}
		if err == nil {
			a.world.committed(key, patch.Status.Groups[0])
		}
		return err
	}
}

// committed journals a write of an entry.
func (w *World) committed(key types.NamespacedName, entry v1.GroupStatus) {
	e := history.Event{
		Kind: history.Commit, At: time.Now(), Exporter: key.Name,
		Owner: entry.Owner, Fence: entry.Fence, Seq: entry.Seq,
	}
	if entry.Watermark != nil {
		e.Watermark = entry.Watermark.Time
	}
	w.journal.Add(e)
}
