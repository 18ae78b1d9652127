package lint

import (
	"fmt"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// checkLabelNames finds labels whose name Prometheus does not know as such, and
// those that become the same name.
func checkLabelNames(e *exporter) []finding {
	var found []finding
	first := map[string]string{}
	for _, label := range append(e.list("labelColumns"), e.staticLabels()...) {
		raw := label.Value
		name, ok := metric.LabelName(raw)
		if !ok {
			found = append(found, unusableName(label))
			continue
		}
		if other, taken := first[name]; taken {
			found = append(found, collision(label, other, name)...)
			continue
		}
		first[name] = raw
		if name != raw {
			found = append(found, finding{
				severity: Info, at: label.All(), message: fmt.Sprintf("the label's name will be %q", name),
				help: "names are of letters, digits and underscores, and do not begin with a digit or two underscores",
			})
		}
	}
	return found
}

// collision finds two names that become one. The same name twice is the schema's
// business.
func collision(label source.Text, other, name string) []finding {
	if label.Value == other {
		return nil
	}
	return []finding{{
		severity: Error, at: label.All(), help: "rename one of them in the query",
		message: fmt.Sprintf("%q and %q are one label, %q", other, label.Value, name),
	}}
}

func unusableName(text source.Text) finding {
	return finding{
		severity: Error, at: text.All(), message: fmt.Sprintf("no name can be made of %q", text.Value),
		help: "a name needs at least one ASCII letter or digit",
	}
}
