package lint

import (
	"fmt"
	"regexp"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/shape"
)

// checkCardinality finds labels with a new value in each window, or in each row:
// every value is a series of its own, and yesterday's are never seen again.
func checkCardinality(e *exporter) []finding {
	var found []finding
	for _, label := range e.list("labelColumns") {
		if message := e.churn(label.Value); message != "" {
			found = append(found, finding{
				severity: Warning, at: label.All(), message: message, variant: "churn",
				help: "every new value is a new series: leave it out of labelColumns, or export it as a metric of its own with valueColumns",
			})
		}
	}
	return found
}

// churn returns what makes a label's values new all the time; empty if nothing
// is known to. What the query computes counts more than what the name suggests.
func (e *exporter) churn(label string) string {
	column, _ := e.result.Find(label)
	switch {
	case column.Kind == shape.Measurement || column.Kind == shape.Time:
		what := "a number that each window computes anew"
		if column.Kind == shape.Time {
			what = "a time that moves with the window"
		}
		if column.Origin != nil {
			what += ": " + quoteKQL(e.kql(column.Origin))
		}
		return fmt.Sprintf("label %q is %s", label, what)
	case column.Origin != nil:
		return ""
	case timeName.MatchString(label):
		return fmt.Sprintf("label %q is a time, by its name", label)
	case idName.MatchString(label):
		return fmt.Sprintf("label %q is different in each row, by its name", label)
	}
	return ""
}

var (
	timeName = regexp.MustCompile(`^(?:.*[a-z_])?(?:[Tt]ime[Ss]tamp|TIMESTAMP|TimeGenerated|DateTime|(?:[Ss]tart|[Ee]nd|[Ee]vent|[Ii]ngestion|[Cc]reat(?:ed|ion)|[Uu]pdated?)_?[Tt]ime)(?:_?(?:UTC|Utc|utc))?$`)
	idName   = regexp.MustCompile(`^(?:.*[a-z_])?(?:[Rr]equest|[Cc]orrelation|[Oo]peration|[Aa]ctivity|[Tt]race|[Ss]pan|[Ss]ession|[Ii]nvocation|[Mm]essage|[Ee]vent|[Rr]ow)_?(?:Id|ID|id|Guid|GUID)$`)
)
