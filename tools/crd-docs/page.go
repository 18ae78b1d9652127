package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// page is a page that is being written.
type page struct {
	strings.Builder
	order [][]string
}

// kind writes what a kind is, and what kubectl shows of it.
func (p *page) kind(crd definition) {
	version := crd.Spec.Versions[0]
	text, _ := version.Schema.OpenAPIV3Schema.meaning()
	fmt.Fprintf(p, "\n## %s\n\n%s\n\n", crd.Spec.Names.Kind, text)
	p.table("| | |", "|---|---|")
	p.row("apiVersion", code(crd.Spec.Group+"/"+version.Name))
	p.row("scope", map[string]string{"Namespaced": "namespace", "Cluster": "cluster"}[crd.Spec.Scope])
	p.row("for kubectl", code(append([]string{crd.Spec.Names.Plural}, crd.Spec.Names.ShortNames...)...))
	p.row("category", code(crd.Spec.Names.Categories...))
	var columns, wide, selectable []string
	for _, column := range version.AdditionalPrinterColumns {
		if column.Priority == 0 {
			columns = append(columns, strings.ToUpper(column.Name))
			continue
		}
		wide = append(wide, strings.ToUpper(column.Name))
	}
	for _, field := range version.SelectableFields {
		selectable = append(selectable, strings.TrimPrefix(field.JSONPath, "."))
	}
	p.row("columns", strings.Join(columns, ", ")+"; with `-o wide` also "+strings.Join(wide, ", "))
	if len(selectable) > 0 {
		p.row("field selectors", code(selectable...))
	}
	p.rules(version.Schema.OpenAPIV3Schema)
}

// fields writes the sections of spec and status.
func (p *page) fields(crd definition) {
	root := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	for _, name := range []string{"spec", "status"} {
		p.section(crd.Spec.Names.Kind, name, root.Properties[name])
	}
}

// section writes an object's fields, and then those of the objects within.
func (p *page) section(kind, path string, s schema) {
	fmt.Fprintf(p, "\n### %s\n\n", heading(kind, path))
	if text, _ := s.meaning(); text != "" {
		fmt.Fprintf(p, "%s\n\n", text)
	}
	p.table("| field | type | default | meaning | limits |", "|---|---|---|---|---|")
	names := s.names(p.order)
	for _, name := range names {
		field := s.Properties[name]
		text, fallback := field.meaning()
		if slices.Contains(s.Required, name) {
			fallback = "**required**"
		}
		p.row(code(name), p.typeOf(kind, path+"."+name, field), fallback, plain(text), field.limits())
	}
	p.rules(s)
	for _, name := range names {
		p.below(kind, path+"."+name, s.Properties[name])
	}
}

// below writes the section of a field that has fields itself.
func (p *page) below(kind, path string, field schema) {
	object, ok := field.object()
	if !ok {
		return
	}
	if field.Items != nil {
		path += "[]"
		// What the list is stands in the table.
		object.Description = field.Items.Description
	}
	p.section(kind, path, object)
}

// typeOf is a field's type, as a link where it has a section.
func (p *page) typeOf(kind, path string, field schema) string {
	if _, ok := field.object(); !ok {
		return strings.Replace(field.kind(), "conditions", "[conditions](conditions.md)", 1)
	}
	if field.Items != nil {
		path += "[]"
	}
	return fmt.Sprintf("[%s](#%s)", field.kind(), anchor(heading(kind, path)))
}

// rules writes the rules of an object and of its fields.
func (p *page) rules(s schema) {
	var lines []string
	add := func(field string, rules []rule) {
		for _, r := range rules {
			name := strings.TrimPrefix(r.FieldPath, ".")
			if name == "" {
				name = field
			}
			line := "- " + plain(r.text())
			if name != "" {
				line = "- " + code(name) + ": " + plain(r.text())
			}
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	add("", s.Rules)
	for _, name := range s.names(p.order) {
		if _, own := s.Properties[name].object(); !own {
			add(name, s.Properties[name].Rules)
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(p, "\nRules, with what the API server says where one is broken:\n\n%s\n", strings.Join(lines, "\n"))
	}
}

func (p *page) table(lines ...string) { p.WriteString(strings.Join(lines, "\n") + "\n") }

// row writes a row of a table.
func (p *page) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	p.WriteString(strings.ReplaceAll("| "+strings.Join(cells, " | ")+" |\n", "|  |", "| |"))
}

// heading tells the sections of kinds apart, since both have a spec and a status.
func heading(kind, path string) string { return kind + " " + path }

// anchor is a heading as links name it.
func anchor(heading string) string {
	text := strings.ReplaceAll(strings.ToLower(heading), " ", "-")
	return regexp.MustCompile(`[^\w-]`).ReplaceAllString(text, "")
}

func code(names ...string) string { return "`" + strings.Join(names, "`, `") + "`" }

// plain keeps what a sentence has of code from being taken for markup.
func plain(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;", "*", `\*`, "__", `\_\_`, "[", `\[`).Replace(text)
}
