package exposition

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/common/expfmt"
)

// format is how samples are written.
type format uint8

const (
	formatText format = iota
	formatOpenMetrics

	numFormats = iota
)

// String returns the format as the self-metrics show it.
func (f format) String() string {
	if f == formatOpenMetrics {
		return "openmetrics"
	}
	return "text"
}

// encoding is how the body is compressed.
type encoding uint8

const (
	encodingIdentity encoding = iota
	encodingGzip

	numEncodings = iota
)

// String returns the encoding as HTTP names it.
func (e encoding) String() string {
	if e == encodingGzip {
		return "gzip"
	}
	return "identity"
}

// negotiated is the answer to one Accept header.
type negotiated struct {
	accept string
	format format
	// contentType is a header value, ready to be shared by all answers.
	contentType []string
}

// negotiateFormat returns the format for an Accept header: the text format,
// unless OpenMetrics is asked for by name.
func negotiateFormat(h http.Header) *negotiated {
	accepted := expfmt.NegotiateAccept(h, expfmt.FmtText, expfmt.FmtOpenMetrics_1_0_0)
	n := &negotiated{accept: h.Get("Accept"), contentType: []string{string(accepted)}}
	if accepted.FormatType() == expfmt.TypeOpenMetrics {
		n.format = formatOpenMetrics
	}
	return n
}

// negotiateEncoding returns gzip for a client that takes it, even if it would
// rather have something else: gzip is the cheapest answer there is.
func negotiateEncoding(h http.Header) encoding {
	others := false
	for _, value := range h.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(value, ",") {
			coding, parameter, _ := strings.Cut(item, ";")
			switch strings.ToLower(strings.TrimSpace(coding)) {
			case "gzip":
				return encodingIf(acceptable(parameter))
			case "*":
				others = acceptable(parameter)
			}
		}
	}
	return encodingIf(others)
}

func encodingIf(gzip bool) encoding {
	if gzip {
		return encodingGzip
	}
	return encodingIdentity
}

// acceptable is false for a quality of zero, which means "not this one".
func acceptable(parameter string) bool {
	quality, found := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q=")
	if !found {
		return true
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(quality), 64)
	return err != nil || q > 0
}
