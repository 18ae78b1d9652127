package remotewrite

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/metric/batchtest"
	"github.com/adx-mon/adxexporter/push"
)

// receiver is a receiver in this process: a handler and, for tests without
// sockets, a transport.
type receiver struct {
	t     testing.TB
	react func(request) reaction

	mu       sync.Mutex // guards what follows
	requests []request
	// stored are the samples of each series, as they came.
	stored map[string][]prompb.Sample
}

// request is a decoded request.
type request struct {
	version Version
	header  http.Header
	series  []prompb.TimeSeries
	samples int
}

// reaction is what a receiver does with a request.
type reaction struct {
	status int
	header map[string]string
	body   string
	// store says which samples to store; nil for none.
	store func(prompb.Sample) bool
}

func newReceiver(t testing.TB, react func(request) reaction) *receiver {
	return &receiver{t: t, react: react, stored: map[string][]prompb.Sample{}}
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.decode(hr)
	r.requests = append(r.requests, got)
	answer := r.react(got)
	if answer.status == 0 {
		panic(http.ErrAbortHandler) // the connection breaks
	}
	stored := 0
	for _, s := range got.series {
		for _, sample := range s.Samples {
			if answer.store != nil && answer.store(sample) {
				r.stored[seriesKey(s)] = append(r.stored[seriesKey(s)], sample)
				stored++
			}
		}
	}
	for name, value := range answer.header {
		w.Header().Set(name, strings.ReplaceAll(value, "STORED", strconv.Itoa(stored)))
	}
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.body)
}

// RoundTrip makes the receiver a transport.
func (r *receiver) RoundTrip(hr *http.Request) (_ *http.Response, err error) {
	defer func() {
		if recover() != nil {
			err = io.ErrUnexpectedEOF
		}
	}()
	if err := hr.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, hr)
	return w.Result(), nil
}

func (r *receiver) decode(hr *http.Request) request {
	require.Equal(r.t, http.MethodPost, hr.Method)
	require.Equal(r.t, "snappy", hr.Header.Get("Content-Encoding"))
	compressed, err := io.ReadAll(hr.Body)
	require.NoError(r.t, err)
	message, err := snappy.Decode(nil, compressed)
	require.NoError(r.t, err)
	got := request{version: Version1, header: hr.Header}
	switch hr.Header.Get("Content-Type") {
	case "application/x-protobuf":
		require.Equal(r.t, "0.1.0", hr.Header.Get("X-Prometheus-Remote-Write-Version"))
		var decoded prompb.WriteRequest
		require.NoError(r.t, decoded.Unmarshal(message))
		got.series = decoded.Timeseries
	case "application/x-protobuf;proto=io.prometheus.write.v2.Request":
		require.Equal(r.t, "2.0.0", hr.Header.Get("X-Prometheus-Remote-Write-Version"))
		got.version, got.series = Version2, decode2(r.t, message)
	default:
		require.Fail(r.t, "unknown content type", hr.Header.Get("Content-Type"))
	}
	for _, s := range got.series {
		got.samples += len(s.Samples)
	}
	return got
}

func seriesKey(s prompb.TimeSeries) string {
	var key strings.Builder
	for _, l := range s.Labels {
		fmt.Fprintf(&key, "%s=%q ", l.Name, l.Value)
	}
	return strings.TrimSpace(key.String())
}

// all returns the requests so far.
func (r *receiver) all() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}

// summary lists the requests as version:samples.
func (r *receiver) summary() string {
	var all []string
	for _, q := range r.all() {
		all = append(all, fmt.Sprintf("%d:%d", q.version, q.samples))
	}
	return strings.Join(all, " ")
}

// count is how many samples are stored; it checks that each series came in order.
func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for key, samples := range r.stored {
		for i := 1; i < len(samples); i++ {
			require.Less(r.t, samples[i-1].Timestamp, samples[i].Timestamp, "%s comes in order", key)
		}
		n += len(samples)
	}
	return n
}

// bad is the value of samples that receivers refuse.
const bad = -1

func good(s prompb.Sample) bool { return s.Value != bad }

func (q request) anyBad() bool {
	for _, s := range q.series {
		for _, sample := range s.Samples {
			if !good(sample) {
				return true
			}
		}
	}
	return false
}

func everything(prompb.Sample) bool { return true }

// What the receivers in use really do, by version.

// prometheus3 rolls a bad request of 1.0 back, and stores the rest of one of 2.0.
func prometheus3(q request) reaction {
	written := map[string]string{"X-Prometheus-Remote-Write-Samples-Written": "STORED"}
	switch {
	case q.version == Version2 && q.anyBad():
		return reaction{http.StatusBadRequest, written, "out of bounds", good}
	case q.version == Version2:
		return reaction{http.StatusNoContent, written, "", everything}
	case q.anyBad():
		return reaction{http.StatusBadRequest, nil, "out of bounds", nil}
	}
	return reaction{http.StatusNoContent, nil, "", everything}
}

// prometheus2 is 2.42: it takes 2.0 for an empty message, and answers 500 to what it
// will never take.
func prometheus2(q request) reaction {
	switch {
	case q.version == Version2:
		return reaction{http.StatusNoContent, nil, "", nil}
	case q.anyBad():
		return reaction{http.StatusInternalServerError, nil, "too old sample\n", nil}
	}
	return reaction{http.StatusNoContent, nil, "", everything}
}

// victoria takes 2.0 for an empty message, and anything of 1.0.
func victoria(q request) reaction {
	if q.version == Version2 {
		return reaction{http.StatusNoContent, nil, "", nil}
	}
	return reaction{http.StatusNoContent, nil, "", everything}
}

// thanos does not understand 2.0, and answers 409 to conflicts.
func thanos(q request) reaction {
	switch {
	case q.version == Version2:
		return reaction{http.StatusBadRequest, nil, "proto: illegal wireType 6", nil}
	case q.anyBad():
		return reaction{http.StatusConflict, nil, "", nil}
	}
	return reaction{http.StatusOK, nil, "", everything}
}

// strict says that it knows 1.0 only, and takes a hundred samples at a time.
func strict(q request) reaction {
	switch {
	case q.version == Version2:
		return reaction{http.StatusUnsupportedMediaType, nil, "", nil}
	case q.samples > 100:
		return reaction{http.StatusRequestEntityTooLarge, nil, "", nil}
	}
	return reaction{http.StatusOK, nil, "", everything}
}

// tooLarge finds bad samples too large, and says with each answer what it stored.
func tooLarge(q request) reaction {
	if q.anyBad() {
		return reaction{http.StatusRequestEntityTooLarge, map[string]string{"X-Prometheus-Remote-Write-Samples-Written": "0"}, "", nil}
	}
	return prometheus3(q)
}

// answering answers every request alike, and stores nothing.
func answering(status int, header map[string]string, body string) func(request) reaction {
	return func(request) reaction { return reaction{status, header, body, nil} }
}

var exporter = types.NamespacedName{Namespace: "monitoring", Name: "checkout"}

// windowAt is the delivery of a one-minute window, number minutes after windowEnd.
func windowAt(t testing.TB, number int, samples ...batchtest.Sample) metric.Delivery {
	end := windowEnd.Add(time.Duration(number) * time.Minute)
	return metric.Delivery{
		Source: metric.Source{NamespacedName: exporter, UID: "uid-1"},
		Start:  end.Add(-time.Minute), End: end, Interval: time.Minute,
		Batch: batchtest.New(t, batchtest.Options{}, samples...),
	}
}

// samplesOf makes n samples of n/2 series, of which those at the given places are
// bad.
func samplesOf(n int, badOnes ...int) []batchtest.Sample {
	samples := make([]batchtest.Sample, n)
	for i := range samples {
		samples[i] = batchtest.Sample{
			Name: "requests", Labels: map[string]string{"Pod": fmt.Sprintf("pod-%05d", i/2)},
			Value: float64(i), Time: windowEnd.Add(time.Duration(i%2-10) * time.Second),
		}
	}
	for _, i := range badOnes {
		samples[i].Value = bad
	}
	return samples
}

func newSender(t testing.TB, c Config) *Sender {
	t.Helper()
	if c.URL == "" {
		c.URL = "https://receiver.example/api/v1/write"
	}
	s, err := New(c, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func pushError(t testing.TB, err error) *push.Error {
	t.Helper()
	var e *push.Error
	require.ErrorAs(t, err, &e)
	require.LessOrEqual(t, len(e.Message), 256)
	return e
}
