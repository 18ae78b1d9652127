package exposition

import (
	"slices"
	"strings"
	"time"
)

// snapshot is what scrapes see until the next change. It is immutable.
type snapshot struct {
	// expires is when the first exporter's series become too old; zero for never.
	expires time.Time
	// served is who was shown, to notice when this instance's part changes.
	served []servedExporter
	// parts are the headers and lines of all families, by name; both formats
	// have the same number.
	parts    [numFormats][]*segment
	families []span
	eof      *segment
	// series is how many lines are shown, deflated how many bytes are held.
	series, deflated int
}

type servedExporter struct {
	exporter *exporter
	served   bool
}

// span is where the parts of a family are.
type span struct {
	name        string
	first, past int
}

// current returns whether the snapshot still says the truth.
func (v *snapshot) current(now time.Time, serve serveFunc) bool {
	if !v.expires.IsZero() && now.After(v.expires) {
		return false
	}
	return !slices.ContainsFunc(v.served, func(s servedExporter) bool {
		return serve(s.exporter.source.NamespacedName) != s.served
	})
}

// append adds a family that has something to show.
func (v *snapshot) append(f *family, head lines) {
	first := len(v.parts[formatText])
	for _, c := range f.owners {
		if c.shownSeries == 0 {
			continue
		}
		if len(v.parts[formatText]) == first {
			v.add(head)
		}
		v.add(c.shown)
		v.series += c.shownSeries
	}
	if past := len(v.parts[formatText]); past > first {
		v.families = append(v.families, span{name: f.name, first: first, past: past})
	}
}

func (v *snapshot) add(l lines) {
	for f := range v.parts {
		v.parts[f] = append(v.parts[f], l[f])
	}
}

// body returns the segments of an answer: all, or only the named families.
func (v *snapshot) body(f format, names []string) body {
	segments := v.parts[f]
	if len(names) > 0 {
		segments = v.named(f, names)
	}
	b := body{segments: segments}
	if f == formatOpenMetrics {
		b.end = v.eof
	}
	return b
}

func (v *snapshot) named(f format, names []string) []*segment {
	var segments []*segment
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		i, found := slices.BinarySearchFunc(v.families, name, func(s span, name string) int {
			return strings.Compare(s.name, name)
		})
		if found {
			segments = append(segments, v.parts[f][v.families[i].first:v.families[i].past]...)
		}
	}
	return segments
}
