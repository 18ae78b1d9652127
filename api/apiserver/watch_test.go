package apiserver

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
)

// next returns the type of the next event and the name of its object.
func next(t *testing.T, w watch.Interface) string {
	t.Helper()
	select {
	case event, ok := <-w.ResultChan():
		if !ok {
			return "end"
		}
		if failed, ok := event.Object.(*metav1.Status); ok {
			return fmt.Sprintf("%s %d %s", event.Type, failed.Code, failed.Reason)
		}
		object, ok := event.Object.(metav1.Object)
		require.True(t, ok, "%T", event.Object)
		return strings.TrimSpace(fmt.Sprintf("%s %s", event.Type, object.GetName()))
	case <-time.After(10 * time.Second):
		require.Fail(t, "no event comes")
		return ""
	}
}

func TestWatch(t *testing.T) {
	s := start(t, Options{})
	leases := clientset(t, s).CoordinationV1().Leases("default")
	first, err := leases.Create(t.Context(), lease("a", "me"), metav1.CreateOptions{})
	require.NoError(t, err)

	t.Run("From", func(t *testing.T) {
		w, err := leases.Watch(t.Context(), metav1.ListOptions{ResourceVersion: first.ResourceVersion})
		require.NoError(t, err)
		defer w.Stop()
		_, err = leases.Create(t.Context(), lease("b", "me"), metav1.CreateOptions{})
		require.NoError(t, err)
		require.Equal(t, "ADDED b", next(t, w))
		_, err = leases.Patch(t.Context(), "b", types.StrategicMergePatchType, []byte(`{"metadata":{"labels":{"x":"y"}}}`), metav1.PatchOptions{})
		require.NoError(t, err)
		require.Equal(t, "MODIFIED b", next(t, w))
		require.NoError(t, leases.Delete(t.Context(), "b", metav1.DeleteOptions{}))
		require.Equal(t, "DELETED b", next(t, w))
	})
	t.Run("InitialEvents", func(t *testing.T) {
		yes := true
		w, err := leases.Watch(t.Context(), metav1.ListOptions{
			SendInitialEvents: &yes, ResourceVersion: first.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan, AllowWatchBookmarks: true,
		})
		require.NoError(t, err)
		defer w.Stop()
		require.Equal(t, "ADDED a", next(t, w))
		event := <-w.ResultChan()
		require.Equal(t, watch.Bookmark, event.Type)
		mark := event.Object.(*coordinationv1.Lease)
		require.Equal(t, "true", mark.Annotations[metav1.InitialEventsAnnotationKey])
		require.Equal(t, s.Store().ResourceVersion(), mark.ResourceVersion)
	})
	t.Run("Gone", func(t *testing.T) {
		_, err := leases.Create(t.Context(), lease("c", "me"), metav1.CreateOptions{})
		require.NoError(t, err)
		s.Store().Compact()
		w, err := leases.Watch(t.Context(), metav1.ListOptions{ResourceVersion: first.ResourceVersion})
		require.NoError(t, err)
		defer w.Stop()
		require.Equal(t, "ERROR 410 Expired", next(t, w))
		require.Equal(t, "end", next(t, w))
	})
	t.Run("Timeout", func(t *testing.T) {
		seconds := int64(1)
		w, err := leases.Watch(t.Context(), metav1.ListOptions{TimeoutSeconds: &seconds, ResourceVersion: s.Store().ResourceVersion()})
		require.NoError(t, err)
		defer w.Stop()
		require.Equal(t, "end", next(t, w))
	})
	t.Run("Close", func(t *testing.T) {
		w, err := leases.Watch(t.Context(), metav1.ListOptions{ResourceVersion: s.Store().ResourceVersion()})
		require.NoError(t, err)
		defer w.Stop()
		s.Close()
		require.Equal(t, "end", next(t, w))
		_, err = leases.Get(t.Context(), "a", metav1.GetOptions{})
		require.ErrorContains(t, err, "the server is closed")
	})
}

// TestInBubble: within a synctest bubble a watch waits durably, so that time passes
// at once, and an idle one gets its bookmark to the minute.
func TestInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Options{})
		require.NoError(t, err)
		defer s.Close()
		leases := clientset(t, s).CoordinationV1().Leases("default")
		w, err := leases.Watch(t.Context(), metav1.ListOptions{AllowWatchBookmarks: true})
		require.NoError(t, err)
		defer w.Stop()
		began := time.Now()
		require.Equal(t, "BOOKMARK", next(t, limitless{w}))
		require.Equal(t, bookmarkEvery, time.Since(began))
	})
}

// limitless waits for an event as long as it takes.
type limitless struct{ watch.Interface }

// ResultChan returns the next event only.
func (l limitless) ResultChan() <-chan watch.Event {
	one := make(chan watch.Event, 1)
	one <- <-l.Interface.ResultChan()
	return one
}
