// Package source keeps YAML documents together with the places of everything in
// them, so that a finding deep inside a multi-line string can be shown at its
// line and column of the file.
//
// It splits a file into documents, finds nodes by field path, and maps each byte
// of a scalar's value (block, folded, quoted or plain) back to the file. It
// decides nothing about what the values mean. The linter and the offline commands call it.
package source
