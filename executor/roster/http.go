package roster

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Path is where replicas ask each other for what was handed over.
const Path = "/ring/v1/snapshot"

// maxSnapshot bounds what a predecessor may hand over at once, uncompressed.
const maxSnapshot = 64 << 20

// ServeHTTP answers a successor: one JSON object for each exporter, gzipped.
func (r *Roster) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "only GET is answered here", http.StatusMethodNotAllowed)
		return
	}
	partitions, err := parsePartitions(request.URL.Query().Get("partitions"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/gzip")
	zipped := gzip.NewWriter(w)
	encoder := json.NewEncoder(zipped)
	for _, h := range r.Handed(partitions) {
		if encoder.Encode(h) != nil {
			return // the client has gone
		}
	}
	_ = zipped.Close() // as above
}

func parsePartitions(text string) ([]int32, error) {
	var partitions []int32
	for part := range strings.SplitSeq(text, ",") {
		p, err := strconv.ParseInt(part, 10, 32)
		if err != nil || p < 0 {
			return nil, fmt.Errorf("cannot parse partitions: %q is no partition", part)
		}
		partitions = append(partitions, int32(p))
	}
	return partitions, nil
}

// Getter asks a pod's replica for a path. The caller closes the body.
type Getter interface {
	Get(ctx context.Context, pod, path string) (io.ReadCloser, error)
}

// Client asks other replicas by HTTP.
type Client struct{ Getter Getter }

// Handed implements Peers.
func (c Client) Handed(ctx context.Context, pod string, partitions []int32) ([]Handed, error) {
	texts := make([]string, len(partitions))
	for i, p := range partitions {
		texts[i] = strconv.Itoa(int(p))
	}
	body, err := c.Getter.Get(ctx, pod, Path+"?partitions="+url.QueryEscape(strings.Join(texts, ",")))
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	zipped, err := gzip.NewReader(body)
	if err != nil {
		return nil, fmt.Errorf("cannot read what peer %q hands over: %w", pod, err)
	}
	handed, err := decode(io.LimitReader(zipped, maxSnapshot))
	if err != nil {
		return nil, fmt.Errorf("cannot read what peer %q hands over: %w", pod, err)
	}
	return handed, nil
}

// decode reads objects to the end. What comes before a fault is good.
func decode(content io.Reader) ([]Handed, error) {
	decoder := json.NewDecoder(content)
	var handed []Handed
	for {
		var h Handed
		switch err := decoder.Decode(&h); {
		case errors.Is(err, io.EOF):
			return handed, nil
		case errors.Is(err, io.ErrUnexpectedEOF) && len(handed) > 0: // more than fits: the rest is asked for again
			return handed, nil
		case err != nil:
			return nil, err
		}
		handed = append(handed, h)
	}
}
