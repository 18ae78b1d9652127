package cluster

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"

	"github.com/adx-mon/adxexporter/push"
)

// pushed is a window that a replica pushed.
type pushed struct {
	replica

	at       time.Time
	exporter string
	start    time.Time
	digest   uint64
}

// receiver is a receiver of remote write 1.0 that tells of each window it is sent,
// and of each series that is said to have ended.
type receiver struct {
	journal func(pushed)
	ended   func(exporter string)

	mu sync.Mutex // guards what follows
	// manner is how it treats requests: one of manners.
	manner string
	// bodies has a digest of the request that came with each key.
	bodies map[string]uint64
	// keys counts the requests with a key that it had taken before, and unlike those of
	// them that had another body.
	keys, unlike int
}

// manners are how a receiver may treat a request: take it, break the connection
// before it has read it, answer 500, or take it and break the connection.
var manners = []string{"takes", "away", "500", "reset"}

func newReceiver(journal func(pushed), ended func(exporter string)) *receiver {
	return &receiver{journal: journal, ended: ended, manner: "takes", bodies: map[string]uint64{}}
}

// behave changes the receiver's manner.
func (r *receiver) behave(manner string) error {
	if !slices.Contains(manners, manner) {
		return fmt.Errorf("a receiver cannot be %q", manner)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.manner = manner
	return nil
}

// ServeHTTP treats a request in the receiver's manner.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	manner := r.manner
	r.mu.Unlock()
	switch manner {
	case "away":
		panic(http.ErrAbortHandler)
	case "500":
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.WriteHeader(r.take(request))
	if manner == "reset" {
		panic(http.ErrAbortHandler) // nothing of the answer has been sent yet
	}
}

// take journals a request.
func (r *receiver) take(request *http.Request) (status int) {
	who, ok := replicaOf(request.Header.Get("X-Replica"))
	compressed, err := io.ReadAll(request.Body)
	var message prompb.WriteRequest
	if content, bad := snappy.Decode(nil, compressed); bad == nil && err == nil {
		err = message.Unmarshal(content)
	}
	if !ok || err != nil {
		return http.StatusBadRequest
	}
	now := time.Now()
	r.compare(request.Header.Get(push.KeyHeader), compressed)
	windows, gone := windowsOf(message.Timeseries)
	for _, p := range windows {
		p.replica, p.at = who, now
		r.journal(p)
	}
	for _, exporter := range gone {
		r.ended(exporter)
	}
	return http.StatusNoContent
}

// compare compares a request with the one that had its key before.
func (r *receiver) compare(key string, body []byte) {
	if key == "" { // markers have none
		return
	}
	h := fnv.New64a()
	_, _ = h.Write(body) // a hash never fails
	r.mu.Lock()
	defer r.mu.Unlock()
	before, again := r.bodies[key]
	r.bodies[key] = h.Sum64()
	if again {
		r.keys++
	}
	if again && before != h.Sum64() {
		r.unlike++
	}
}

// again returns how many requests came again, and how many of them with other bytes.
func (r *receiver) again() (keys, unlike int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys, r.unlike
}

// windowsOf returns the windows whose samples a request has, and the exporters of
// which it ends a series.
func windowsOf(series []prompb.TimeSeries) (windows []pushed, ended []string) {
	for _, s := range series {
		exporter := labelOf(s, "exporter")
		digests := map[time.Time]uint64{}
		for _, sample := range s.Samples {
			if value.IsStaleNaN(sample.Value) {
				ended = append(ended, exporter)
				continue
			}
			start := time.UnixMilli(sample.Timestamp).Truncate(interval).UTC()
			digests[start] = digest(digests[start], sample)
		}
		for start, d := range digests {
			windows = append(windows, pushed{exporter: exporter, start: start, digest: d})
		}
	}
	return windows, ended
}

func labelOf(s prompb.TimeSeries, name string) string {
	for _, l := range s.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// digest adds a sample to the digest of those before it.
func digest(before uint64, s prompb.Sample) uint64 {
	h := fnv.New64a()
	for _, part := range []uint64{before, uint64(s.Timestamp), math.Float64bits(s.Value)} {
		_ = binary.Write(h, binary.BigEndian, part) // a hash never fails
	}
	return h.Sum64()
}
