package apiserver

import (
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

// Events are one resource in two groups. They are stored as those of events.k8s.io.

// eventFields are what kubectl selects events by.
var eventFields = []string{
	"involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
	"regarding.kind", "regarding.namespace", "regarding.name", "regarding.uid", "reason", "type",
}

// fieldsOfEvent returns the values of eventFields.
func fieldsOfEvent(object store.Object) fields.Set {
	e := object.(*eventsv1.Event)
	set := fields.Set{"reason": e.Reason, "type": e.Type}
	for _, name := range []string{"involvedObject", "regarding"} {
		set[name+".kind"], set[name+".namespace"] = e.Regarding.Kind, e.Regarding.Namespace
		set[name+".name"], set[name+".uid"] = e.Regarding.Name, string(e.Regarding.UID)
	}
	return set
}

// newEvent returns an event of the core group as one of events.k8s.io.
func newEvent(object store.Object) store.Object {
	e := object.(*corev1.Event)
	n := &eventsv1.Event{
		ObjectMeta: e.ObjectMeta, EventTime: e.EventTime, Action: e.Action, Reason: e.Reason, Type: e.Type,
		ReportingController: e.ReportingController, ReportingInstance: e.ReportingInstance,
		Regarding: e.InvolvedObject, Related: e.Related, Note: e.Message,
		DeprecatedSource: e.Source, DeprecatedCount: e.Count,
		DeprecatedFirstTimestamp: e.FirstTimestamp, DeprecatedLastTimestamp: e.LastTimestamp,
	}
	if e.Series != nil {
		n.Series = &eventsv1.EventSeries{Count: e.Series.Count, LastObservedTime: e.Series.LastObservedTime}
	}
	kindOf(n, eventsv1.SchemeGroupVersion.WithKind("Event"))
	return n
}

// oldEvent returns a stored event as one of the core group.
func oldEvent(object store.Object) store.Object {
	n := object.(*eventsv1.Event)
	e := &corev1.Event{
		ObjectMeta: n.ObjectMeta, EventTime: n.EventTime, Action: n.Action, Reason: n.Reason, Type: n.Type,
		ReportingController: n.ReportingController, ReportingInstance: n.ReportingInstance,
		InvolvedObject: n.Regarding, Related: n.Related, Message: n.Note,
		Source: n.DeprecatedSource, Count: n.DeprecatedCount,
		FirstTimestamp: n.DeprecatedFirstTimestamp, LastTimestamp: n.DeprecatedLastTimestamp,
	}
	if n.Series != nil {
		e.Series = &corev1.EventSeries{Count: n.Series.Count, LastObservedTime: n.Series.LastObservedTime}
	}
	kindOf(e, corev1.SchemeGroupVersion.WithKind("Event"))
	return e
}
