package lint

import (
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/shape"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// exporter is a MetricsExporter as the rules see it. It is read from the YAML
// and not decoded, so that every value still knows its place, and so that one
// bad field does not keep the rules from the others.
type exporter struct {
	spec    source.Node
	options Options

	body source.Text
	// query is the outline of the body; cut is set if it ends before the body does,
	// because what follows are no tokens.
	query shape.Query
	cut   bool
	// broken is why the body is no KQL.
	broken []finding
	// result is what the body says of the columns of its result.
	result shape.Columns
}

func newExporter(node source.Node, options Options) *exporter {
	spec, _ := node.Get("spec")
	e := &exporter{spec: spec, options: options, body: get(spec, "body")}
	tokens, err := kql.Lex(e.body.Value)
	e.query, e.cut = shape.Parse(tokens), err != nil
	if e.broken = findSyntaxErrors(e, err); len(e.broken) > 0 {
		e.result = shape.Columns{Open: true}
	} else {
		e.result = e.query.Result()
	}
	return e
}

func get(node source.Node, path ...string) source.Text {
	found, _ := node.Get(path...)
	return found.Text()
}

func (e *exporter) transform(field string) source.Text { return get(e.spec, "transform", field) }

// list returns the elements of a list in the transform.
func (e *exporter) list(field string) []source.Text {
	node, _ := e.spec.Get("transform", field)
	var texts []source.Text
	for _, item := range node.Items() {
		texts = append(texts, item.Text())
	}
	return texts
}

// staticLabels returns the names of the static labels.
func (e *exporter) staticLabels() []source.Text {
	node, _ := e.spec.Get("transform", "staticLabels")
	var names []source.Text
	for _, entry := range node.Entries() {
		names = append(names, entry.Key())
	}
	return names
}

// at returns the place in the file of a piece of the body.
func (e *exporter) at(tokens shape.Tokens) source.Range {
	return e.body.Range(tokens.Start(), tokens.End())
}

// kql returns the source text of a piece of the body.
func (e *exporter) kql(tokens shape.Tokens) string {
	return e.body.Value[tokens.Start():tokens.End()]
}
