package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// definition is what the page needs of a CRD.
type definition struct {
	Spec struct {
		Group string
		Scope string
		Names struct {
			Kind       string
			Plural     string
			ShortNames []string
			Categories []string
		}
		Versions []struct {
			Name                     string
			AdditionalPrinterColumns []struct {
				Name     string
				JSONPath string
				Priority int
			}
			SelectableFields []struct{ JSONPath string }
			Schema           struct{ OpenAPIV3Schema schema }
		}
	}
}

// schema is what the page needs of a field's schema.
type schema struct {
	Description          string
	Type                 string
	Format               string
	Pattern              string
	Enum                 []string
	Required             []string
	Minimum, Maximum     *int64
	MinLength, MaxLength *int64
	MinItems, MaxItems   *int64
	MaxProperties        *int64
	ListType             string   `json:"x-kubernetes-list-type"`
	ListMapKeys          []string `json:"x-kubernetes-list-map-keys"`
	Properties           map[string]schema
	AdditionalProperties *schema
	Items                *schema
	Rules                []rule `json:"x-kubernetes-validations"`
}

// rule is a CEL rule.
type rule struct {
	Message           string
	MessageExpression string
	FieldPath         string
}

// text returns what the API server says, with an ellipsis where it puts a value.
func (r rule) text() string {
	if r.Message != "" {
		return r.Message
	}
	text := regexp.MustCompile(`' \+ [^']+ \+ '`).ReplaceAllString(r.MessageExpression, "…")
	return strings.Trim(text, "'")
}

// duration is the pattern of a Go duration.
const duration = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`

// object returns the schema whose fields get a section of their own: a field's, or
// that of a list's items. Conditions are Kubernetes' and have none.
func (s schema) object() (schema, bool) {
	if s.Items != nil {
		s = *s.Items
	}
	_, condition := s.Properties["lastTransitionTime"]
	return s, len(s.Properties) > 0 && !condition
}

// kind returns the field's type in words.
func (s schema) kind() string {
	switch {
	case s.Items != nil && s.Items.Properties["lastTransitionTime"].Type != "":
		return "conditions"
	case s.Items != nil:
		return "list of " + plural(s.Items.kind())
	case s.AdditionalProperties != nil:
		return "map of " + plural(s.AdditionalProperties.kind())
	case s.Pattern == duration:
		return "duration"
	case s.Format == "date-time":
		return "time"
	}
	return s.Type
}

// plural returns several of a kind.
func plural(kind string) string {
	if of, isList := strings.CutPrefix(kind, "list "); isList {
		return "lists " + of
	}
	return kind + "s"
}

// limits returns what the API server demands of the value, in words.
func (s schema) limits() string {
	var all []string
	add := func(text string) {
		if text != "" {
			all = append(all, text)
		}
	}
	if len(s.Enum) > 0 {
		add("`" + strings.Join(s.Enum, "`, `") + "`")
	}
	add(between(s.Minimum, s.Maximum, "", ""))
	if s.Pattern != duration {
		add(between(s.MinLength, s.MaxLength, " character", " characters"))
	}
	if s.Pattern != "" && s.Pattern != duration {
		add("matches `" + s.Pattern + "`")
	}
	add(between(s.MinItems, s.MaxItems, " item", " items"))
	add(between(nil, s.MaxProperties, " key", " keys"))
	if s.ListType == "set" {
		add("no item twice")
	}
	if s.ListType == "map" {
		add("one for each `" + strings.Join(s.ListMapKeys, "`, `") + "`")
	}
	if s.Items != nil && len(s.Items.Properties) == 0 {
		if of := s.Items.limits(); of != "" {
			add("each " + of)
		}
	}
	return strings.Join(all, "; ")
}

// between says how large something may be.
func between(least, most *int64, one, many string) string {
	unit := func(n int64) string {
		if n == 1 {
			return one
		}
		return many
	}
	switch {
	case least != nil && most != nil:
		return fmt.Sprintf("%d to %d%s", *least, *most, unit(*most))
	case most != nil:
		return fmt.Sprintf("at most %d%s", *most, unit(*most))
	case least != nil:
		return fmt.Sprintf("at least %d%s", *least, unit(*least))
	}
	return ""
}

var (
	defaults  = regexp.MustCompile(`(?s) ?\bDefault:? (.*?)\.$`)
	isDefault = regexp.MustCompile(`([A-Za-z]+) \(default\)`)
)

// meaning splits a description into what it says and the default it ends with.
func (s schema) meaning() (text, fallback string) {
	text = strings.Join(strings.Fields(s.Description), " ")
	if found := defaults.FindStringSubmatch(text); found != nil {
		return strings.TrimSuffix(text, found[0]), found[1]
	}
	if found := isDefault.FindStringSubmatch(text); found != nil {
		return text, found[1]
	}
	return text, ""
}

// fieldOrders are the JSON names of each struct of a package's types, in the order
// in which they are declared.
func fieldOrders(folder string) ([][]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*_types.go"))
	if err != nil {
		return nil, err
	}
	var orders [][]string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if fields, ok := n.(*ast.StructType); ok {
				orders = append(orders, jsonNames(fields))
			}
			return true
		})
	}
	return orders, nil
}

// jsonNames are the JSON names of a struct's fields.
func jsonNames(fields *ast.StructType) []string {
	var names []string
	for _, field := range fields.Fields.List {
		if field.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		if name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// names returns an object's fields in the order of the struct that has the same
// ones, or else sorted.
func (s schema) names(orders [][]string) []string {
	names := slices.Sorted(maps.Keys(s.Properties))
	for _, order := range orders {
		if slices.Equal(names, slices.Sorted(slices.Values(order))) {
			return order
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return names
}

// rank puts what Kubernetes has in front, and status behind spec.
func rank(name string) int {
	return slices.Index([]string{"apiVersion", "kind", "metadata", "spec", "status"}, name)
}
