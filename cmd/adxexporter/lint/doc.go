// Package lint finds mistakes in MetricsExporter manifests before they are
// applied: those the API server would refuse, those Kusto would refuse, and
// those that work but give metrics nobody wants.
//
// It is pure: bytes of YAML go in, a Report comes out, and Report renders itself
// as text, JSON or GitHub workflow commands. It never opens a file, asks a
// server or runs a query. The command line's lint subcommand is its caller.
//
// Each rule is one function in one file and has one section in
// docs/reference/lint.md. A rule must stay silent where it is not sure: KQL is
// read by its outline (package shape), not against a schema.
package lint
