package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

// File is a file to look at.
type File struct {
	// Name is shown in the findings.
	Name string
	// Data is YAML of any number of documents.
	Data []byte
}

// Options say what is known of the place the objects are meant for.
type Options struct {
	// ClusterLabels are the labels of the instances. With them, a _name in a query
	// can be told from a mistyped one; nil means that they are not known.
	ClusterLabels map[string]string
	// Disable are the names of rules to leave out.
	Disable []string
}

// Run looks at the files. Objects of kinds that are not ours are skipped. The
// error is about the linter, never about the files.
func Run(files []File, options Options) (Report, error) {
	validator, err := validation.New()
	if err != nil {
		return Report{}, fmt.Errorf("cannot compile the resource definitions: %w", err)
	}
	return run(validator, files, options), nil
}

func run(validator *validation.Validator, files []File, options Options) Report {
	l := linter{options: options, validator: validator}
	for _, file := range files {
		l.file(file)
	}
	return l.report
}

// Names returns the names of all rules, sorted.
func Names() []string {
	names := []string{yamlRule, schemaRule}
	for _, r := range rules() {
		names = append(names, r.name)
	}
	slices.Sort(names)
	return names
}

// rules are the rules about a MetricsExporter, cheap and certain ones first.
func rules() []rule {
	return []rule{
		{"kql/syntax", checkSyntax},                    // the query is no KQL
		{"kql/summarize-by-alias", checkSummarize},     // summarize with a key among the aggregates
		{"kql/cluster-database", checkClusterDatabase}, // cluster('c').DB.T
		{"kql/window", checkWindow},                    // the query misses or misuses its time window
		{"transform/columns", checkColumns},            // the transform wants a column the query does not give
		{"labels/cardinality", checkCardinality},       // a label with a new value each window
		{"labels/names", checkLabelNames},              // labels that get another name, or collide
		{"metrics/names", checkMetricNames},            // names against the conventions
		{"criteria", checkCriteria},                    // the CEL expression does not compile
	}
}

type rule struct {
	name  string
	check func(*exporter) []finding
}

type linter struct {
	options   Options
	validator *validation.Validator
	report    Report
}

func (l *linter) file(file File) {
	l.report.Files++
	text := source.NewFile(file.Data)
	first := len(l.report.Diagnostics)
	for _, document := range text.Documents() {
		l.add("", yamlRule, checkYAML(document))
		for _, object := range objects(document) {
			l.object(object)
		}
	}
	found := l.report.Diagnostics[first:]
	for i := range found {
		found[i].File, found[i].Source = file.Name, text.Line(found[i].Line)
	}
	sortDiagnostics(found)
}

func (l *linter) object(o object) {
	l.report.Objects++
	name := o.name()
	l.add(name, schemaRule, checkSchema(o, l.validator))
	if o.kind() != exporterKind {
		return
	}
	e := newExporter(o.node, l.options)
	for _, rule := range rules() {
		l.add(name, rule.name, rule.check(e))
	}
}

func (l *linter) add(object, rule string, findings []finding) {
	if slices.Contains(l.options.Disable, rule) {
		return
	}
	for _, f := range findings {
		l.report.Diagnostics = append(l.report.Diagnostics, Diagnostic{
			Object: object, Rule: rule, Severity: f.severity, variant: f.variant,
			Line: f.at.Line, Column: f.at.Column, EndColumn: f.at.EndColumn,
			Message: oneLine(f.message), Help: oneLine(f.help),
		})
	}
}

// oneLine folds white space, since findings quote KQL that goes over many lines.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
