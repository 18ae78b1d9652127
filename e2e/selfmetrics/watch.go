package selfmetrics

import (
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Watch remembers which metrics have had more than one value. The zero value has
// seen nothing. It is safe for concurrent use.
type Watch struct {
	mu     sync.Mutex
	known  map[string]bool
	moved  map[string]bool
	values map[string]float64
}

// Look gathers the registry and compares it with what was seen before. A series that
// was not there counts as zero, so the first look finds all that is not zero: look
// once before anything happens.
func (w *Watch) Look(registry *prometheus.Registry) error {
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("cannot gather the metrics: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	first := w.values == nil
	if first {
		w.values, w.moved, w.known = map[string]float64{}, map[string]bool{}, map[string]bool{}
	}
	for _, name := range Names(registry) {
		w.known[name] = true
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			key, value := family.GetName()+fmt.Sprint(m.GetLabel()), valueOf(m)
			if !first && w.values[key] != value {
				w.moved[family.GetName()] = true
			}
			w.values[key] = value
		}
	}
	return nil
}

// Still returns the metrics that are registered and have never moved, sorted.
func (w *Watch) Still() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var still []string
	for name := range w.known {
		if !w.moved[name] {
			still = append(still, name)
		}
	}
	slices.Sort(still)
	return still
}

// valueOf returns a number that changes when the metric does.
func valueOf(m *dto.Metric) float64 {
	return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
}

var fullName = regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([^}]*)\}`)

// Names returns the names of all metrics that are registered, also of those that
// have no series yet.
func Names(registry *prometheus.Registry) []string {
	var names []string
	for name := range Labels(registry) {
		names = append(names, name)
	}
	return names
}

// Labels returns the names of all metrics that are registered, each with its
// variable labels, separated by commas.
func Labels(registry *prometheus.Registry) map[string]string {
	descriptions := make(chan *prometheus.Desc)
	go func() { // the loop below reads until it ends
		registry.Describe(descriptions)
		close(descriptions)
	}()
	labels := map[string]string{}
	for description := range descriptions {
		if found := fullName.FindStringSubmatch(description.String()); found != nil {
			labels[found[1]] = found[2]
		}
	}
	return labels
}
