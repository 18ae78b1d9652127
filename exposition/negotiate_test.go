package exposition

import (
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/require"
)

func TestNegotiateFormat(t *testing.T) {
	const escaping = "; escaping=underscores"
	text, openMetrics := string(expfmt.FmtText)+escaping, string(expfmt.FmtOpenMetrics_1_0_0)+escaping
	cases := map[string]struct {
		reason string
		accept string
		want   format
		header string
	}{
		"Nothing":       {"the adx-mon Collector sends no Accept", "", formatText, text},
		"Anything":      {"curl sends */*", "*/*", formatText, text},
		"Browser":       {"unknown types get text", "text/html,application/xml;q=0.9", formatText, text},
		"OpenMetrics":   {"asked for by name", "application/openmetrics-text; version=1.0.0", formatOpenMetrics, openMetrics},
		"OldVersion":    {"we speak 1.0.0 only", "application/openmetrics-text; version=0.0.1", formatText, text},
		"TextPreferred": {"the higher quality wins", "application/openmetrics-text;version=1.0.0;q=0.1,text/plain;version=0.0.4;q=0.9", formatText, text},
		"Prometheus": {
			"what Prometheus 3 sends; it is told the escaping it asked for",
			"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
			formatOpenMetrics, string(expfmt.FmtOpenMetrics_1_0_0) + "; escaping=allow-utf-8",
		},
		"Protobuf": {"we do not make it", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited", formatText, text},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := negotiateFormat(http.Header{"Accept": {tc.accept}})
			require.Equal(t, tc.want, got.format, tc.reason)
			require.Equal(t, []string{tc.header}, got.contentType, tc.reason)
		})
	}
}

func TestNegotiateEncoding(t *testing.T) {
	cases := map[string]struct {
		reason string
		accept []string
		want   encoding
	}{
		"Nothing":     {"no header, no compression", nil, encodingIdentity},
		"Empty":       {"an empty list", []string{""}, encodingIdentity},
		"Gzip":        {"the usual scraper", []string{"gzip"}, encodingGzip},
		"Listed":      {"among others, in any case", []string{"zstd, GZIP ;q=0.5, br"}, encodingGzip},
		"SecondLine":  {"a list may span header lines", []string{"br", "gzip"}, encodingGzip},
		"Refused":     {"quality zero means no", []string{"gzip;q=0, deflate"}, encodingIdentity},
		"RefusedLong": {"quality zero with decimals", []string{"gzip; Q=0.000"}, encodingIdentity},
		"Anything":    {"the wildcard", []string{"br, *;q=0.1"}, encodingGzip},
		"Nothing else": {
			"the wildcard refuses what is not listed", []string{"identity, *;q=0"}, encodingIdentity,
		},
		"NamedBeatsWildcard": {"an entry of its own counts, wherever it stands", []string{"*, gzip;q=0"}, encodingIdentity},
		"OddParameter":       {"what is no quality is ignored", []string{"gzip;x=1"}, encodingGzip},
		"OddQuality":         {"nor is a quality that is no number", []string{"gzip;q=high"}, encodingGzip},
		"Prefix":             {"a coding that only begins alike", []string{"gzipped"}, encodingIdentity},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, negotiateEncoding(http.Header{"Accept-Encoding": tc.accept}), tc.reason)
		})
	}
}

func FuzzNegotiateEncoding(f *testing.F) {
	for _, seed := range []string{"gzip", "br;q=1.0, *;q=0", ";;,=q", "gzip;q=NaN", "gzip , identity"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		got := negotiateEncoding(http.Header{"Accept-Encoding": {accept}})
		if !strings.ContainsAny(accept, "*gG") {
			require.Equal(t, encodingIdentity, got, "%q asks for nothing that we have", accept)
		}
		again := negotiateEncoding(http.Header{"Accept-Encoding": strings.Split(accept, ",")})
		require.Equal(t, got, again, "%q means the same on several lines", accept)
	})
}
