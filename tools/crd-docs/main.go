// Command crd-docs prints the reference page of CustomResourceDefinitions: every
// field with its type, its default, its limits, and the messages of the rules that
// the API server checks.
//
//	crd-docs TYPES EXAMPLE FILE...
//
// TYPES is the folder of the Go types, which has the fields in an order that makes
// sense; a CRD has them in that of the alphabet. EXAMPLE is a manifest to show.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: crd-docs TYPES EXAMPLE FILE...")
		os.Exit(2)
	}
	text, err := render(os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(text)
}

// intro is what the page begins with.
const intro = `# Resources

<!-- Made from manifests/crd by make generate. -->

The fields of the resources, as the API server knows them. ` + "`kubectl explain mex.spec --recursive`" + ` has the same on the command line, and [writing exporters](../guide/writing-exporters.md) says how to use them.

A field that is not marked **required** may be left out. Limits and rules are checked by the API server when a resource is written; a resource that breaks one is refused with the message. ` + "`adxexporter lint`" + ` checks the same without a cluster. A duration is a Go duration such as ` + "`30s`, `5m` or `1h30m`" + `; a time is in RFC 3339, such as ` + "`2026-01-01T10:00:00Z`" + `.
`

// render returns the page.
func render(types, example string, files []string) (string, error) {
	order, err := fieldOrders(types)
	if err != nil {
		return "", err
	}
	shown, err := os.ReadFile(example)
	if err != nil {
		return "", err
	}
	p := &page{order: order}
	p.WriteString(intro)
	for _, file := range files {
		crd, err := read(file)
		if err != nil {
			return "", fmt.Errorf("cannot read %q: %w", file, err)
		}
		p.kind(crd)
		if strings.Contains(string(shown), "\nkind: "+crd.Spec.Names.Kind+"\n") {
			fmt.Fprintf(p, "\n### Example\n\n```yaml\n%s\n```\n", strings.TrimSpace(string(shown)))
		}
		p.fields(crd)
	}
	return p.String(), nil
}

// read reads one CRD, which must have one version.
func read(file string) (definition, error) {
	var crd definition
	doc, err := os.ReadFile(file)
	if err != nil {
		return crd, err
	}
	if err := yaml.Unmarshal(doc, &crd); err != nil {
		return crd, err
	}
	if len(crd.Spec.Versions) != 1 {
		return crd, errors.New("it must have one version")
	}
	return crd, nil
}
