package sim

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// screen is what a host shows: which exporters, and of which window.
type screen struct {
	mu    sync.Mutex
	shown map[types.NamespacedName]time.Time
}

// Name implements executor.Sink.
func (*screen) Name() string { return string(v1.OutputPrometheus) }

// Endpoint implements executor.Sink.
func (*screen) Endpoint() string { return "" }

// TakesPast implements executor.Sink.
func (*screen) TakesPast() bool { return false }

// InOrder implements executor.Sink.
func (*screen) InOrder() bool { return false }

// Deliver implements executor.Sink.
func (s *screen) Deliver(ctx context.Context, d metric.Delivery) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown[d.Source.NamespacedName] = d.End
	return nil
}

// End implements executor.Sink.
func (s *screen) End(key types.NamespacedName) { s.Forget(key) }

// Forget implements executor.Sink.
func (s *screen) Forget(key types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.shown, key)
}

// Export implements roster.Series.
func (s *screen) Export(key types.NamespacedName) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.shown[key]
	if !ok {
		return nil, false
	}
	return []byte(key.Name + " " + end.Format(time.RFC3339Nano)), true
}

// Import implements roster.Series.
func (s *screen) Import(content []byte) error {
	name, until, ok := strings.Cut(string(content), " ")
	end, err := time.Parse(time.RFC3339Nano, until)
	if !ok || err != nil {
		return fmt.Errorf("no series: %q", content)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown[types.NamespacedName{Namespace: "ns", Name: name}] = end
	return nil
}

func (s *screen) shows(key types.NamespacedName) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.shown[key]
	return ok
}
