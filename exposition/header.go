package exposition

import (
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// header is what is said once of a family, before its series.
type header struct {
	name, help, unit string
	kind             metric.Type
	// from is named in place of a help text that nobody gave.
	from types.NamespacedName
	// shadowed is set when another family has a name that OpenMetrics reserves
	// for this counter.
	shadowed bool
}

// helpText returns the given help text, or where the family comes from.
func (h header) helpText() string {
	if h.help != "" {
		return h.help
	}
	return "From MetricsExporter " + h.from.String() + "."
}

// text renders the header for the text format.
func (h header) text() []byte {
	dst := append([]byte("# HELP "), h.name...)
	dst = append(dst, ' ')
	dst = appendHelp(dst, h.helpText())
	dst = append(dst, "\n# TYPE "...)
	dst = append(dst, h.name...)
	dst = append(dst, ' ')
	dst = append(dst, h.kind.String()...)
	return append(dst, '\n')
}

// openMetrics renders the header for OpenMetrics.
func (h header) openMetrics() []byte {
	name, kind := h.openMetricsName()
	dst := append([]byte("# HELP "), name...)
	dst = append(dst, ' ')
	dst = appendQuoted(dst, h.helpText())
	dst = append(dst, "\n# TYPE "...)
	dst = append(dst, name...)
	dst = append(dst, ' ')
	dst = append(dst, kind...)
	dst = append(dst, '\n')
	if h.unit != "" && strings.HasSuffix(name, "_"+h.unit) { // any other unit is illegal
		dst = append(dst, "# UNIT "...)
		dst = append(dst, name...)
		dst = append(dst, ' ')
		dst = append(dst, h.unit...)
		dst = append(dst, '\n')
	}
	return dst
}

// openMetricsName returns the family's name and type in OpenMetrics. There, a
// counter's series must be called <name>_total. Adding the suffix would give a
// series another name in each format, and dashboards that depend on what the
// scraper asked for; so a counter without it is of unknown type.
func (h header) openMetricsName() (name, kind string) {
	if h.kind != metric.Counter {
		return h.name, h.kind.String()
	}
	base, found := strings.CutSuffix(h.name, totalSuffix)
	if !found || h.shadowed {
		return h.name, "unknown"
	}
	return base, "counter"
}

const totalSuffix = "_total"

// appendHelp appends a help text as the text format has it, where a quote is an
// ordinary character.
func appendHelp(dst []byte, help string) []byte {
	for i := range len(help) {
		switch help[i] {
		case '\\':
			dst = append(dst, `\\`...)
		case '\n':
			dst = append(dst, `\n`...)
		default:
			dst = append(dst, help[i])
		}
	}
	return dst
}
