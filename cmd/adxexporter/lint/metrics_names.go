package lint

import (
	"fmt"
	"strings"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/shape"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// metricName is a metric's name, as far as the manifest tells, and where from.
type metricName struct {
	name string
	at   source.Range
}

// checkMetricNames finds names that change on their way, and those that say less
// than Prometheus' conventions ask for.
func checkMetricNames(e *exporter) []finding {
	var found []finding
	for _, m := range e.metricNames() {
		name, ok := metric.MetricName(m.name)
		switch {
		case !ok:
			found = append(found, finding{
				severity: Error, at: m.at, message: fmt.Sprintf("no metric name can be made of %q", m.name),
				help: "a name needs at least one ASCII letter or digit",
			})
		case name != m.name:
			found = append(found, finding{
				severity: Info, at: m.at, message: fmt.Sprintf("the metric's name will be %q", name),
				help: "names are of letters, digits, underscores and colons, and do not begin with a digit",
			})
		}
	}
	return append(found, checkSuffixes(e)...)
}

// metricNames returns the names that stand in the manifest: the default, and
// what the query gives the name column as a constant.
func (e *exporter) metricNames() []metricName {
	var names []metricName
	if text := e.transform("defaultMetricName"); text.Value != "" {
		names = append(names, metricName{text.Value, text.All()})
	}
	column, ok := e.result.Find(e.transform("metricNameColumn").Value)
	if ok && column.Kind == shape.Constant && column.Text != "" {
		names = append(names, metricName{column.Text, e.at(column.Origin)})
	}
	return names
}

// checkSuffixes compares type and unit with the names. In the valueColumns form
// the names end in the columns'.
func checkSuffixes(e *exporter) []finding {
	names := e.metricNames()
	if columns := e.list("valueColumns"); len(columns) > 0 {
		names = names[:0]
		for _, column := range columns {
			names = append(names, metricName{column.Value, column.All()})
		}
	}
	unit, counter := e.transform("unit").Value, e.transform("type").Value == "counter"
	var found []finding
	for _, m := range names {
		if counter && !strings.HasSuffix(m.name, "_total") {
			found = append(found, finding{
				severity: Info, at: m.at, message: fmt.Sprintf("%q is a counter, and its name does not end in _total", m.name),
				help: "readers tell counters from gauges by the suffix",
			})
		}
		if unit != "" && !strings.Contains(m.name, unit) {
			found = append(found, finding{
				severity: Info, at: m.at, message: fmt.Sprintf("the unit %q is not in the name %q", unit, m.name),
				help: fmt.Sprintf("Prometheus and OpenMetrics expect it as a suffix: _%s", unit),
			})
		}
	}
	return found
}
