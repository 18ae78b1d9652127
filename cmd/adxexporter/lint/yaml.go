package lint

import (
	"fmt"
	"strings"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

const yamlRule = "yaml"

// checkYAML finds what goes wrong before there are objects: text that is no YAML,
// keys that are there twice (of which Kubernetes silently takes one), and kinds
// that are almost ours and would be skipped in silence.
func checkYAML(document source.Document) []finding {
	if document.Err != nil {
		return []finding{{
			severity: Error, at: source.Range{Line: document.Err.Line, Column: 1, EndColumn: 2},
			message: "cannot parse YAML: " + document.Err.Message,
		}}
	}
	var found []finding
	for _, entry := range document.Root.DuplicateKeys() {
		found = append(found, finding{
			severity: Error, at: entry.Key().All(),
			message: fmt.Sprintf("the key %q is set twice", entry.Key().Value),
			help:    "keep one of them: which one wins depends on the tool that reads the file",
		})
	}
	return append(found, checkKind(document.Root)...)
}

func checkKind(root source.Node) []finding {
	if !strings.HasPrefix(get(root, "apiVersion").Value, group+"/") {
		return nil
	}
	kind := get(root, "kind")
	meant := closest(kind.Value, []string{exporterKind, ringKind})
	if isOurs(kind.Value) || isList(kind.Value) || meant == "" {
		return nil
	}
	return []finding{{
		severity: Warning, at: kind.All(),
		message: fmt.Sprintf("kind %q is unknown", kind.Value), help: didYouMean(meant),
	}}
}
