package otlp

import "iter"

// Span is the stretch [From, To) of a batch's points.
type Span struct {
	From, To int
}

// Len returns how many points the span has.
func (s Span) Len() int { return s.To - s.From }

// halves cuts the span in two.
func (s Span) halves() (first, second Span) {
	middle := s.From + s.Len()/2
	return Span{s.From, middle}, Span{middle, s.To}
}

// maxLengths is room for the lengths of a message and of those around it.
const maxLengths = 4 * 6

// Split yields the spans of the batch whose requests have at most so many bytes,
// before compression, and points. A point that is larger alone is alone.
func (e *Encoder) Split(maxBytes, maxPoints int) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		for rest := (Span{0, len(e.batch.Points)}); rest.Len() > 0; {
			span := e.first(rest, maxBytes, maxPoints)
			if !yield(span) {
				return
			}
			rest.From = span.To
		}
	}
}

// first returns the first of a span's points that make such a request.
func (e *Encoder) first(of Span, maxBytes, maxPoints int) Span {
	span, size := Span{of.From, of.From}, len(e.resource)+len(e.scope)+maxLengths
	for i := of.From; i < of.To && span.Len() < maxPoints; i++ {
		size += e.need(i, span)
		if size > maxBytes && span.Len() > 0 {
			break
		}
		span.To = i + 1
	}
	return span
}

// need returns by how much the i-th point makes a request longer that has the
// span before it, at most.
func (e *Encoder) need(i int, before Span) int {
	need := sizeField(int(e.sizes[i]))
	points := e.batch.Points
	if before.Len() == 0 || points[i].Family != points[i-1].Family {
		need += e.sizeMetric(section{from: i, to: i}) + maxLengths + len(cumulativeMonotonic)
	}
	return need
}
