package remotewrite

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The wire types of protobuf in use.
const (
	wireVarint = 0
	wireFixed  = 1
	wireBytes  = 2
)

// The tags of the protobuf fields in use: the field's number and its wire type.
const (
	tagRequestSeries   = 1<<3 + wireBytes // prometheus.WriteRequest.timeseries
	tagSeriesLabel     = 1<<3 + wireBytes // prometheus.TimeSeries.labels
	tagSeriesSample    = 2<<3 + wireBytes // TimeSeries.samples, of both versions
	tagLabelName       = 1<<3 + wireBytes
	tagLabelValue      = 2<<3 + wireBytes
	tagSampleValue     = 1<<3 + wireFixed
	tagSampleTime      = 2<<3 + wireVarint
	tagRequest2Symbol  = 4<<3 + wireBytes // io.prometheus.write.v2.Request.symbols
	tagRequest2Series  = 5<<3 + wireBytes // io.prometheus.write.v2.Request.timeseries
	tagSeries2Labels   = 1<<3 + wireBytes // io.prometheus.write.v2.TimeSeries.labels_refs
	tagSeries2Metadata = 5<<3 + wireBytes // io.prometheus.write.v2.TimeSeries.metadata
	tagMetadataType    = 1<<3 + wireVarint
	tagMetadataHelp    = 3<<3 + wireVarint
	tagMetadataUnit    = 4<<3 + wireVarint
)

// The metric types of io.prometheus.write.v2.Metadata.
const (
	typeCounter = 1
	typeGauge   = 2
)

// staleMarker is the one NaN that Prometheus takes for the end of a series.
var staleMarker = math.Float64frombits(0x7ff0000000000002)

// uvarintLen is how many bytes AppendUvarint appends.
func uvarintLen(n uint64) int { return (bits.Len64(n|1) + 6) / 7 }

// appendText appends a string or bytes field.
func appendText[T string | []byte](dst []byte, tag byte, text T) []byte {
	dst = append(dst, tag)
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}

// textLen is how many bytes appendText appends.
func textLen[T string | []byte](text T) int {
	return 1 + uvarintLen(uint64(len(text))) + len(text)
}

// lengthRoom is kept free for the length of a message that is not yet written.
// Two bytes are right for every series of 128 bytes to 16 KiB.
const lengthRoom = 2

// openMessage appends the tag of a message and room for its length, and returns
// where the message will start.
func openMessage(dst []byte, tag byte) (_ []byte, start int) {
	dst = append(dst, tag, 0, 0)
	return dst, len(dst)
}

// closeMessage writes the length of the message that reaches from start to the
// end. It moves the message if the room for the length does not fit.
func closeMessage(dst []byte, start int) []byte {
	length := len(dst) - start
	need := uvarintLen(uint64(length))
	for range need - lengthRoom {
		dst = append(dst, 0)
	}
	if need != lengthRoom {
		copy(dst[start+need-lengthRoom:], dst[start:start+length])
	}
	binary.PutUvarint(dst[start-lengthRoom:], uint64(length))
	return dst[:start+need-lengthRoom+length]
}

// appendSample appends a sample of either version: their first two fields are the
// same. Protobuf leaves out zeros, the negative one too.
func appendSample(dst []byte, value float64, ms int64) []byte {
	length := 0
	if value != 0 {
		length += 9
	}
	if ms != 0 {
		length += 1 + uvarintLen(uint64(ms))
	}
	dst = append(dst, tagSeriesSample, byte(length)) // 20 at most
	if value != 0 {
		dst = append(dst, tagSampleValue)
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(value))
	}
	if ms != 0 {
		dst = append(dst, tagSampleTime)
		dst = binary.AppendUvarint(dst, uint64(ms))
	}
	return dst
}
