package offline

import (
	"fmt"
	"slices"
	"strings"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

// Exporters are the exporters of one or several files.
type Exporters []*v1.MetricsExporter

// ReadExporters returns the exporters in a file of YAML documents; documents of
// other kinds are passed over. The error is a *FileError.
func ReadExporters(validator *validation.Validator, file string, data []byte) (Exporters, error) {
	var exporters Exporters
	for _, document := range source.NewFile(data).Documents() {
		if document.Err != nil {
			return nil, &FileError{File: file, Line: document.Err.Line, Message: document.Err.Message}
		}
		kind, found := document.Root.Get("kind")
		if !found || kind.Text().Value != "MetricsExporter" {
			continue
		}
		exporter, err := validator.Decode(document.Data)
		if err != nil {
			return nil, &FileError{File: file, Line: document.Root.Range().Line, Message: err.Error()}
		}
		if exporter.Namespace == "" {
			exporter.Namespace = "default" // as kubectl does
		}
		exporters = append(exporters, exporter)
	}
	if len(exporters) == 0 {
		return nil, &FileError{File: file, Message: "the file has no MetricsExporter"}
	}
	return exporters, nil
}

// Pick returns the exporter of that name, namespace/name or the name alone. No
// name means the only exporter there is.
func (e Exporters) Pick(name string) (*v1.MetricsExporter, error) {
	if name == "" && len(e) == 1 {
		return e[0], nil
	}
	var found Exporters
	for _, exporter := range e {
		if name == nameOf(exporter) || name == exporter.Name {
			found = append(found, exporter)
		}
	}
	switch {
	case name == "":
		return nil, fmt.Errorf("say which exporter: there are %s", e.names())
	case len(found) == 0:
		return nil, fmt.Errorf("no exporter is called %q: there are %s", name, e.names())
	case len(found) > 1:
		return nil, fmt.Errorf("more than one exporter is called %q: there are %s", name, e.names())
	}
	return found[0], nil
}

func (e Exporters) names() string {
	names := make([]string, len(e))
	for i, exporter := range e {
		names[i] = nameOf(exporter)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func nameOf(exporter *v1.MetricsExporter) string { return exporter.Namespace + "/" + exporter.Name }
