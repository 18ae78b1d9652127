// Package kql splits KQL into tokens with their places in the source.
//
// It knows the lexical grammar only (comments, the string forms, literals with
// units, names, operators), never what a query means. Three callers share it:
// executor/kusto finds the names that a body references, the linter points at a
// place, and the embedded Kusto parses from it.
package kql
