package exposition

import (
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// Exported is what a Store shows of one exporter, in a form that another Store
// takes: the replica that goes on with an exporter shows at once what the one
// before it has shown. Its JSON form is a little larger than what the series take
// in memory.
type Exported struct {
	Exporter types.NamespacedName `json:"exporter"`
	UID      types.UID            `json:"uid"`
	// Created is when the exporter was created: the oldest wins a conflict.
	Created time.Time `json:"created"`
	// End is the end of the window that is shown.
	End      time.Time     `json:"end"`
	Interval time.Duration `json:"interval"`
	// Delay is how long after its end a window is run on purpose.
	Delay time.Duration `json:"delay,omitempty"`
	// Timestamps is whether the lines have the time of their sample.
	Timestamps bool             `json:"timestamps,omitempty"`
	Families   []ExportedFamily `json:"families,omitempty"`
}

// ExportedFamily is an exporter's series of one metric, conflicts or not.
type ExportedFamily struct {
	Name string `json:"name"`
	Help string `json:"help,omitempty"`
	Unit string `json:"unit,omitempty"`
	// Type is gauge or counter.
	Type string `json:"type"`
	// Series is how many lines Text has.
	Series int `json:"series"`
	// Text is the lines in the text format, deflated (RFC 1951); those of OpenMetrics
	// follow from them. The bytes are the store's own: nobody may change them.
	Text []byte `json:"text"`
	// Size is the length of the lines, and Checksum their CRC-32.
	Size     int    `json:"size"`
	Checksum uint32 `json:"checksum"`
}

// Export returns what the store has of an exporter, also while this instance does
// not serve it; false if there is nothing. It copies no text.
func (s *Store) Export(name types.NamespacedName) (Exported, bool) {
	s.mu.Lock()
	e, found := s.exporters[name]
	s.mu.Unlock()
	if !found {
		return Exported{}, false
	}
	x := Exported{
		Exporter: name, UID: e.source.UID, Created: e.source.Created,
		End: e.end, Interval: e.interval, Delay: e.delay, Timestamps: s.opts.Timestamps,
		Families: make([]ExportedFamily, len(e.chunks)),
	}
	for i, c := range e.chunks {
		x.Families[i] = c.exported()
	}
	return x, true
}

// exported needs no lock: nothing of what it reads changes.
func (c *chunk) exported() ExportedFamily {
	text := c.lines[formatText]
	return ExportedFamily{
		Name: c.family.Name, Help: c.family.Help, Unit: c.family.Unit, Type: c.family.Type.String(),
		Series: c.series, Text: text.deflated, Size: text.size, Checksum: text.crc,
	}
}

// delivery is the delivery that e comes from, without its points.
func (e *Exported) delivery() metric.Delivery {
	return metric.Delivery{
		Source: metric.Source{NamespacedName: e.Exporter, UID: e.UID, Created: e.Created},
		Start:  e.End.Add(-e.Interval), End: e.End, Interval: e.Interval, Delay: e.Delay,
	}
}

// family is the metric that f has series of.
func (f *ExportedFamily) family() (metric.Family, error) {
	family := metric.Family{Name: f.Name, Help: f.Help, Unit: f.Unit}
	for _, family.Type = range []metric.Type{metric.Gauge, metric.Counter} {
		if family.Type.String() == f.Type {
			return family, nil
		}
	}
	return family, errors.New("its type is neither gauge nor counter")
}
