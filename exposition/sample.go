package exposition

import (
	"bufio"

	"k8s.io/apimachinery/pkg/types"
)

// Sample returns the first lines that are shown of an exporter's series, at most so
// many, in the text format and without their line ends. It inflates no more of them
// than it returns.
func (s *Store) Sample(name types.NamespacedName, lines int) []string {
	s.mu.Lock()
	var shown []*segment
	if e, found := s.exporters[name]; found {
		for _, c := range e.visible() {
			if c.shownSeries > 0 {
				shown = append(shown, c.shown[formatText])
			}
		}
	}
	s.mu.Unlock()
	var sample []string
	for _, segment := range shown {
		sample = append(sample, s.codec.head(segment, lines-len(sample))...)
	}
	return sample
}

// head returns the first lines of a segment.
func (c *codec) head(s *segment, lines int) []string {
	if lines <= 0 {
		return nil
	}
	r := c.open(s.deflated)
	defer c.readers.Put(r)
	scanner := bufio.NewScanner(r) // a line is shorter than what it takes
	var found []string
	for len(found) < lines && scanner.Scan() {
		found = append(found, scanner.Text())
	}
	return found
}

// Shown returns how many series are shown of an exporter.
func (s *Store) Shown(name types.NamespacedName) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := 0
	if e, found := s.exporters[name]; found {
		for _, c := range e.visible() {
			shown += c.shownSeries
		}
	}
	return shown
}

// Total returns how many series a scrape would get now.
func (s *Store) Total() int { return s.view().series }
