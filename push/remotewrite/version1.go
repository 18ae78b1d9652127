package remotewrite

import "github.com/adx-mon/adxexporter/executor/metric"

// encoder1 writes prometheus.WriteRequest, the message of Remote-Write 1.0. The
// specification leaves metadata out of it.
type encoder1 struct {
	buf []byte
}

func (e *encoder1) reset() { e.buf = e.buf[:0] }

func (e *encoder1) message() []byte { return e.buf }

func (e *encoder1) size() int { return len(e.buf) }

// add appends the points of one series.
func (e *encoder1) add(l *layout, points []metric.Point) {
	buf, start := openMessage(e.buf, tagRequestSeries)
	buf = l.appendLabels(buf, &points[0])
	buf = appendSamples(buf, points)
	e.buf = closeMessage(buf, start)
}

// addMarker appends the end of a series that has the given labels of version 1.0.
func (e *encoder1) addMarker(labels []byte, ms int64) {
	buf, start := openMessage(e.buf, tagRequestSeries)
	buf = append(buf, labels...)
	buf = appendSample(buf, staleMarker, ms)
	e.buf = closeMessage(buf, start)
}

func appendSamples(dst []byte, points []metric.Point) []byte {
	for i := range points {
		if !superseded(points, i) {
			dst = appendSample(dst, points[i].Value, milliseconds(&points[i]))
		}
	}
	return dst
}
