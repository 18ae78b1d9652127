package apiserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/adx-mon/adxexporter/api/apiserver/store"
)

const (
	// bookmarkEvery is how often a watch that is quiet is told how far it has got.
	bookmarkEvery = time.Minute
	// watchFor is how long a watch lasts that says nothing of it.
	watchFor = 45 * time.Minute
)

// watchOptions is what a request wants to watch.
type watchOptions struct {
	store.WatchOptions
	// initial is set when the end of the objects that are there is marked.
	initial   bool
	bookmarks bool
	timeout   time.Duration
}

func (q *request) watchOptions() (watchOptions, error) {
	selection, err := q.selection()
	options := watchOptions{
		WatchOptions: store.WatchOptions{Selection: selection, ResourceVersion: q.query.Get("resourceVersion")},
		initial:      isTrue(q.query.Get("sendInitialEvents")),
		bookmarks:    isTrue(q.query.Get("allowWatchBookmarks")),
		timeout:      watchFor,
	}
	if err != nil {
		return options, err
	}
	if seconds := q.query.Get("timeoutSeconds"); seconds != "" {
		n, err := strconv.Atoi(seconds)
		if err != nil {
			return options, apierrors.NewBadRequest("timeoutSeconds: " + err.Error())
		}
		options.timeout = time.Duration(n) * time.Second
	}
	match := metav1.ResourceVersionMatch(q.query.Get("resourceVersionMatch"))
	wanted := q.query.Get("sendInitialEvents") != ""
	switch {
	case wanted && match != metav1.ResourceVersionMatchNotOlderThan:
		return options, invalidWatch("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
	case !wanted && match != "":
		return options, invalidWatch("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
	case options.initial && !options.bookmarks:
		return options, invalidWatch("sendInitialEvents requires allowWatchBookmarks")
	}
	return options, nil
}

func invalidWatch(message string) error {
	return status(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid, "ListOptions.meta.k8s.io is invalid: "+message)
}

// watch answers with events until the client, the time or the server ends it.
func (s *Server) watch(w http.ResponseWriter, q *request) error {
	options, err := q.watchOptions()
	if err != nil {
		return err
	}
	source, failed := q.startWatch(options)
	if failed != nil && !apierrors.IsResourceExpired(failed) {
		return failed
	}
	stream, err := s.newStream(w, q)
	if err != nil {
		return err
	}
	if failed != nil {
		stream.error(failed)
		return nil
	}
	ctx, cancel := s.bound(q.Context())
	defer cancel()
	ctx, cancelTimeout := context.WithTimeout(ctx, options.timeout)
	defer cancelTimeout()
	stream.run(ctx, source, options)
	return nil
}

// startWatch starts with what is there if that is wanted, whatever the version.
func (q *request) startWatch(options watchOptions) (*store.Watch, error) {
	if !options.initial {
		return q.table.Watch(options.WatchOptions)
	}
	if _, err := q.table.Watch(options.WatchOptions); err != nil && !apierrors.IsResourceExpired(err) {
		return nil, err // a version that has not come yet
	}
	options.ResourceVersion = ""
	return q.table.Watch(options.WatchOptions)
}

// stream is the answer to a watch.
type stream struct {
	*request
	out     io.Writer
	flush   func()
	encoder runtime.Encoder
	// headers is set until a table has said what its columns are.
	headers bool
}

// newStream begins the answer.
func (s *Server) newStream(w http.ResponseWriter, q *request) (*stream, error) {
	if q.media.StreamSerializer == nil {
		return nil, status(http.StatusNotAcceptable, metav1.StatusReasonNotAcceptable, q.media.MediaType+" cannot be streamed")
	}
	mediaType := q.media.MediaType
	if mediaType != runtime.ContentTypeJSON {
		mediaType += ";stream=watch"
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(http.StatusOK)
	flusher := http.NewResponseController(w)
	st := &stream{
		request: q,
		out:     q.media.StreamSerializer.NewFrameWriter(w),
		flush:   func() { _ = flusher.Flush() },
		encoder: q.media.StreamSerializer.Serializer,
		headers: true,
	}
	st.flush()
	return st, nil
}

// run tells events until ctx ends, the watch fails, or nobody listens.
func (st *stream) run(ctx context.Context, source *store.Watch, options watchOptions) {
	if options.initial && !st.drain(source) {
		return
	}
	if options.initial && !st.bookmark(source, true) {
		return
	}
	for st.drain(source) {
		st.flush()
		if !st.await(ctx, source, options.bookmarks) {
			return
		}
	}
}

// await tells the next event, or how far it has got when there is none for long.
func (st *stream) await(ctx context.Context, source *store.Watch, bookmarks bool) bool {
	wait, cancel := context.WithTimeout(ctx, bookmarkEvery)
	defer cancel()
	event, err := source.Next(wait)
	switch {
	case err == nil:
		return st.send(event.Type, st.view.fromStored(event.Object))
	case ctx.Err() != nil:
		return false
	case errors.Is(err, context.DeadlineExceeded):
		return !bookmarks || st.bookmark(source, false)
	default:
		st.error(err)
		return false
	}
}

// drain tells the events that are there.
func (st *stream) drain(source *store.Watch) bool {
	for {
		event, ok, err := source.TryNext()
		if err != nil {
			st.error(err)
			return false
		}
		if !ok {
			return true
		}
		if !st.send(event.Type, st.view.fromStored(event.Object)) {
			return false
		}
	}
}

// bookmark tells how far the watch has got.
func (st *stream) bookmark(source *store.Watch, initialEnd bool) bool {
	mark := st.made()
	mark.SetResourceVersion(source.ResourceVersion())
	if initialEnd {
		mark.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	return st.send(watch.Bookmark, mark)
}

// error tells why the watch ends.
func (st *stream) error(err error) {
	var known apierrors.APIStatus
	if !errors.As(err, &known) {
		known = apierrors.NewInternalError(err)
	}
	answer := known.Status()
	answer.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	_ = st.write(watch.Error, &answer)
	st.flush()
}

// send tells one event, and reports whether anybody listens.
func (st *stream) send(event watch.EventType, object runtime.Object) bool {
	shown, err := st.show(object)
	if err != nil {
		st.error(err)
		return false
	}
	if table, ok := shown.(*metav1.Table); ok && !st.headers {
		table.ColumnDefinitions = nil
	}
	st.headers = false
	return st.write(event, shown) == nil
}

func (st *stream) write(event watch.EventType, object runtime.Object) error {
	var buffer bytes.Buffer
	if err := st.media.Serializer.Encode(object, &buffer); err != nil {
		return fmt.Errorf("cannot encode event: %w", err)
	}
	return st.encoder.Encode(&metav1.WatchEvent{
		Type: string(event), Object: runtime.RawExtension{Raw: buffer.Bytes()},
	}, st.out)
}
