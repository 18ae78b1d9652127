package offline

import v1 "github.com/adx-mon/adxexporter/api/v1"

// Format is how series are printed: as one of the outputs has them.
type Format string

// The formats. The first two are those of the exposition; the others are the
// requests of the push outputs.
const (
	FormatText        Format = "text"
	FormatOpenMetrics Format = "openmetrics"
	FormatOTLP        Format = "otlp"
	FormatRemoteWrite Format = "remote-write"
)

// output returns the output that has series in the format.
func (f Format) output() v1.Output {
	switch f {
	case FormatOTLP:
		return v1.OutputOTLP
	case FormatRemoteWrite:
		return v1.OutputRemoteWrite
	case FormatText, FormatOpenMetrics:
	}
	return v1.OutputPrometheus
}

// pushed reports whether the format is that of a push output.
func (f Format) pushed() bool { return f.output() != v1.OutputPrometheus }

// verb says what the output does with series.
func (f Format) verb() string {
	if f.pushed() {
		return "pushed"
	}
	return "exposed"
}
