package offline

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
)

// versionHeader says which message a Remote-Write request has.
const versionHeader = "X-Prometheus-Remote-Write-Version"

// writeMessages are the messages of Remote-Write by the version header.
var writeMessages = map[string]struct {
	protocol string
	read     func(*writeText, []byte) error
}{
	"0.1.0": {"Remote-Write 1.0", (*writeText).readVersion1},
	"2.0.0": {"Remote-Write 2.0", (*writeText).readVersion2},
}

// decodeRemoteWrite reads the body of a Remote-Write request.
func decodeRemoteWrite(r *Request, body []byte) error {
	version := r.Header.Get(versionHeader)
	kind, found := writeMessages[version]
	if !found {
		return fmt.Errorf("unknown Remote-Write version %q", version)
	}
	message, err := snappy.Decode(nil, body)
	if err != nil {
		return err
	}
	var text writeText
	if err := kind.read(&text, message); err != nil {
		return err
	}
	r.Protocol, r.PlainBytes = kind.protocol, len(message)
	r.Points, r.Text = text.samples, text.out.String()
	return nil
}

// writeText is a message as text: metadata as comments, and a line for each
// series with its labels in the order in which they are sent, its values, and
// their times in milliseconds.
type writeText struct {
	out     strings.Builder
	samples int
	// described is the newest metadata, so that what each series of a family
	// comes with is printed once.
	described string
}

// readVersion1 reads a prometheus.WriteRequest.
func (t *writeText) readVersion1(message []byte) error {
	var request prompb.WriteRequest
	if err := request.Unmarshal(message); err != nil {
		return err
	}
	for _, m := range request.Metadata {
		t.describe(m.MetricFamilyName, m.Type, m.Help, m.Unit)
	}
	for _, series := range request.Timeseries {
		t.labels(series.Labels)
		for _, s := range series.Samples {
			t.sample(s.Value, s.Timestamp)
		}
		t.out.WriteByte('\n')
	}
	return nil
}

// readVersion2 reads an io.prometheus.write.v2.Request.
func (t *writeText) readVersion2(message []byte) error {
	var request writev2.Request
	if err := request.Unmarshal(message); err != nil {
		return err
	}
	symbols := symbols{texts: request.Symbols}
	for _, series := range request.Timeseries {
		labels := symbols.labels(series.LabelsRefs)
		// The numbers of the types are those of version 1.0.
		kind, metadata := prompb.MetricMetadata_MetricType(series.Metadata.Type), series.Metadata
		t.describe(nameIn(labels), kind, symbols.text(metadata.HelpRef), symbols.text(metadata.UnitRef))
		t.labels(labels)
		for _, s := range series.Samples {
			t.sample(s.Value, s.Timestamp)
		}
		t.out.WriteByte('\n')
	}
	return symbols.err
}

func (t *writeText) describe(name string, kind prompb.MetricMetadata_MetricType, help, unit string) {
	text := fmt.Sprintf("# TYPE %s %s\n", name, strings.ToLower(kind.String()))
	if help != "" {
		text += fmt.Sprintf("# HELP %s %q\n", name, help)
	}
	if unit != "" {
		text += fmt.Sprintf("# UNIT %s %q\n", name, unit)
	}
	if text != t.described {
		t.out.WriteString(text)
	}
	t.described = text
}

func (t *writeText) labels(labels []prompb.Label) {
	pairs := make([]string, len(labels))
	for i, label := range labels {
		pairs[i] = fmt.Sprintf("%s=%q", label.Name, label.Value)
	}
	fmt.Fprintf(&t.out, "{%s}", strings.Join(pairs, ","))
}

func (t *writeText) sample(value float64, ms int64) {
	t.samples++
	fmt.Fprintf(&t.out, " %s @%d", strconv.FormatFloat(value, 'g', -1, 64), ms)
}

func nameIn(labels []prompb.Label) string {
	i := slices.IndexFunc(labels, func(l prompb.Label) bool { return l.Name == "__name__" })
	if i < 0 {
		return ""
	}
	return labels[i].Value
}

// symbols are the strings of a message, which the rest of it refers to.
type symbols struct {
	texts []string
	// err is set by a reference to nothing.
	err error
}

var (
	errNoSymbol = errors.New("a reference is not to a symbol of the message")
	errNoPair   = errors.New("a label has a name and no value")
)

func (s *symbols) text(reference uint32) string {
	if int64(reference) >= int64(len(s.texts)) {
		s.err = errNoSymbol
		return ""
	}
	return s.texts[reference]
}

func (s *symbols) labels(references []uint32) []prompb.Label {
	labels := make([]prompb.Label, 0, len(references)/2)
	for pair := range slices.Chunk(references, 2) {
		if len(pair) < 2 {
			s.err = errNoPair
			break
		}
		labels = append(labels, prompb.Label{Name: s.text(pair[0]), Value: s.text(pair[1])})
	}
	return labels
}
