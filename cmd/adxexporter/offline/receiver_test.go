package offline

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/iotest"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/stretchr/testify/require"
)

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(text))
	require.NoError(t, errors.Join(err, w.Close()))
	return out.Bytes()
}

func version2(t *testing.T, references ...uint32) []byte {
	t.Helper()
	request := writev2.Request{Symbols: []string{"", "a"}, Timeseries: []writev2.TimeSeries{{LabelsRefs: references}}}
	message, err := request.Marshal()
	require.NoError(t, err)
	return snappy.Encode(nil, message)
}

// TestReceiverRefuses: bytes that a receiver could not read are an error of the
// preview, and never a request with something left out.
func TestReceiverRefuses(t *testing.T) {
	t.Parallel()
	truncated := gzipped(t, "text")
	cases := map[string]struct {
		reason  string
		decode  func(*Request, []byte) error
		version string
		body    io.Reader
		want    string
	}{
		"Broken":        {"the connection ends", decodeOTLP, "", iotest.ErrReader(io.ErrUnexpectedEOF), "cannot read a request: unexpected EOF"},
		"NoGzip":        {"", decodeOTLP, "", bytes.NewReader([]byte("no gzip at all")), "gzip: invalid header"},
		"GzipTruncated": {"", decodeOTLP, "", bytes.NewReader(truncated[:len(truncated)-4]), "unexpected EOF"},
		"NoOTLP":        {"", decodeOTLP, "", bytes.NewReader(gzipped(t, "\xff")), "cannot decode a request: "},
		"NoVersion":     {"the header says how to read", decodeRemoteWrite, "", bytes.NewReader(nil), `unknown Remote-Write version ""`},
		"NoSnappy":      {"", decodeRemoteWrite, "2.0.0", bytes.NewReader([]byte("\xff")), "snappy: corrupt input"},
		"NoVersion1":    {"", decodeRemoteWrite, "0.1.0", bytes.NewReader(snappy.Encode(nil, []byte("\xff"))), "unexpected EOF"},
		"NoVersion2":    {"", decodeRemoteWrite, "2.0.0", bytes.NewReader(snappy.Encode(nil, []byte("\xff"))), "unexpected EOF"},
		"NoSymbol":      {"", decodeRemoteWrite, "2.0.0", bytes.NewReader(version2(t, 1, 2)), errNoSymbol.Error()},
		"NoPair":        {"", decodeRemoteWrite, "2.0.0", bytes.NewReader(version2(t, 1, 1, 1)), errNoPair.Error()},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &receiver{decode: c.decode}
			request := httptest.NewRequest(http.MethodPost, "/", c.body)
			request.Header.Set(versionHeader, c.version)
			answer := httptest.NewRecorder()
			r.ServeHTTP(answer, request)
			require.Equal(t, http.StatusForbidden, answer.Code)
			requests, err := r.got(errors.New("what the sender says of it"))
			require.Empty(t, requests)
			require.ErrorContains(t, err, c.want, c.reason)
		})
	}
}

// TestVersion1Metadata: version 1.0 may send metadata; what is sent is printed.
func TestVersion1Metadata(t *testing.T) {
	t.Parallel()
	sent := prompb.WriteRequest{
		Metadata:   []prompb.MetricMetadata{{Type: prompb.MetricMetadata_GAUGE, MetricFamilyName: "up", Help: "Whether it runs.", Unit: "bool"}},
		Timeseries: []prompb.TimeSeries{{Samples: []prompb.Sample{{Value: 1, Timestamp: 2}}}},
	}
	message, err := sent.Marshal()
	require.NoError(t, err)
	r := Request{Header: http.Header{versionHeader: {"0.1.0"}}}
	require.NoError(t, decodeRemoteWrite(&r, snappy.Encode(nil, message)))
	require.Equal(t, "# TYPE up gauge\n# HELP up \"Whether it runs.\"\n# UNIT up \"bool\"\n{} 1 @2\n", r.Text)
	require.Equal(t, 1, r.Points)
}
