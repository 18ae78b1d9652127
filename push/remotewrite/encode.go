package remotewrite

import "github.com/adx-mon/adxexporter/executor/metric"

// encoder writes the message of one version of the protocol. Once it has grown to
// the size of a message it allocates nothing.
type encoder interface {
	// reset starts a new message.
	reset()
	// add appends the points of one series.
	add(l *layout, points []metric.Point)
	// addMarker appends the end of a series that has the given labels of version
	// 1.0.
	addMarker(labels []byte, ms int64)
	// size is how long the message is so far.
	size() int
	// message returns the message; it is valid until the next reset.
	message() []byte
}

// fill makes a message of the first points: of at most maxPoints, but of at least
// one sample, and until it has maxBytes. It returns how many points are in it.
func fill(e encoder, l *layout, points []metric.Point, maxPoints, maxBytes int) int {
	e.reset()
	if maxPoints < len(points) {
		points = points[:cut(points, maxPoints)]
	}
	taken := 0
	for taken < len(points) && (taken == 0 || e.size() < maxBytes) {
		end := seriesEnd(points, taken)
		e.add(l, points[taken:end])
		taken = end
	}
	return taken
}
