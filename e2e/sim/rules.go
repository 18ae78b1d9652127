package sim

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// The CRDs' rules for a change of a status, in Go: in CEL they would take most of the
// simulation's time. A test compares the two.

// ringRules judges a change of a ring's status.
func ringRules(_ context.Context, next, old store.Object) error {
	if old != nil && !succeeds(next.(*v1.ExporterRing).Status, old.(*v1.ExporterRing).Status) {
		return refuse("ExporterRing", next.GetName(), "stale")
	}
	return nil
}

// succeeds is what the rules of ExporterRingStatus say.
func succeeds(n, o v1.ExporterRingStatus) bool {
	return n.Term >= o.Term && (o.Epoch == 0 || n.Epoch == o.Epoch+1 || equality.Semantic.DeepEqual(n, o))
}

// groupRules judges a change of a group's entry.
func (w *World) groupRules(_ context.Context, next, old store.Object) error {
	if old == nil || w.Without.CommitFence {
		return nil
	}
	for _, o := range old.(*v1.MetricsExporter).Status.Groups {
		for _, n := range next.(*v1.MetricsExporter).Status.Groups {
			if n.Group == o.Group && !follows(n, o) {
				return refuse("MetricsExporter", next.GetName(), "fenced")
			}
		}
	}
	return nil
}

// follows is what the rules of GroupStatus say.
func follows(n, o v1.GroupStatus) bool {
	return n.Fence >= o.Fence && (n.Fence > o.Fence || n.Owner == o.Owner) &&
		(n.Seq == o.Seq+1 || equality.Semantic.DeepEqual(n, o)) && n.Rewind >= o.Rewind &&
		(n.Rewind > o.Rewind || o.Watermark == nil || (n.Watermark != nil && !n.Watermark.Before(o.Watermark)))
}

func refuse(kind, name, why string) error {
	return apierrors.NewInvalid(schema.GroupKind{Group: v1.GroupVersion.Group, Kind: kind}, name,
		field.ErrorList{field.Forbidden(field.NewPath("status"), why)})
}
