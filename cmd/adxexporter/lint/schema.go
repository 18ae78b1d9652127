package lint

import (
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

const schemaRule = "schema"

// checkSchema finds what the API server would say to the object: what it refuses
// as errors, what it drops without a word as warnings.
func checkSchema(o object, validator *validation.Validator) []finding {
	decoded, err := o.decode()
	if err != nil {
		return []finding{{severity: Error, at: o.node.Range(), message: "cannot read the object: " + err.Error()}}
	}
	refused := validator.Create(decoded)
	var found []finding
	for _, e := range refused {
		if node, ok := o.locate(e.Field); ok {
			found = append(found, finding{
				severity: Error, at: node.Range(), message: e.Field + ": " + explain(e), help: advise(e, node.Text().Value),
			})
		}
	}
	if wrongKind(refused) {
		return found
	}
	for _, e := range validator.UnknownFields(decoded) {
		node, _ := o.locate(e.Field)
		found = append(found, finding{
			severity: Warning, at: node.Key().All(), message: e.Field + ": there is no such field, so it is dropped",
			help: didYouMean(closest(node.Key().Value, fieldNames())),
		})
	}
	return found
}

// wrongKind reports whether the object's version is unknown, so that nothing else
// was checked.
func wrongKind(errs field.ErrorList) bool { return len(errs) == 1 && errs[0].Field == "kind" }

// decode reads the object as the API server's clients do, which is not quite
// what the parser with the places makes of it: they still speak YAML 1.1.
func (o object) decode() (*unstructured.Unstructured, error) {
	encoded, err := yaml.YAMLToJSON(o.document)
	if err != nil {
		return nil, err
	}
	var content map[string]any
	if err := json.Unmarshal(encoded, &content); err != nil {
		return nil, err
	}
	if o.item < 0 {
		return &unstructured.Unstructured{Object: content}, nil
	}
	items, _, err := unstructured.NestedSlice(content, "items")
	if err != nil {
		return nil, err
	}
	content, _ = items[o.item].(map[string]any)
	return &unstructured.Unstructured{Object: content}, nil
}

// locate returns the node of a field path such as spec.transform.labelColumns[2],
// or the nearest one above it. It returns false for a remark about no field.
func (o object) locate(path string) (source.Node, bool) {
	if path == "" || path == "<nil>" {
		return source.Node{}, false
	}
	steps := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	return o.node.Nearest(steps...), true
}

// explain leaves out the value, which the caret points at, and the second
// mention of the field.
func explain(e *field.Error) string {
	detail := strings.TrimPrefix(e.Detail, e.Field+" in body ")
	switch {
	case detail == "":
		return strings.ToLower(e.Type.String())
	case e.Type == field.ErrorTypeInvalid || e.Type == field.ErrorTypeTypeInvalid:
		return detail
	}
	return fmt.Sprintf("%s: %s", strings.ToLower(e.Type.String()), detail)
}

// advise helps with the one wrong type that nobody sees in the file.
func advise(e *field.Error, written string) string {
	switch strings.ToLower(written) {
	case "y", "n", "yes", "no", "on", "off":
		if e.Type == field.ErrorTypeTypeInvalid {
			return "YAML reads y, n, yes, no, on and off as booleans: put it in quotes"
		}
	}
	return ""
}

// fieldNames returns the names of the fields that people write.
func fieldNames() []string {
	var names []string
	for _, t := range []reflect.Type{reflect.TypeFor[v1.MetricsExporterSpec](), reflect.TypeFor[v1.TransformConfig]()} {
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}
