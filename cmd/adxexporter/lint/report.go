package lint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

// Severity is how bad a finding is.
type Severity uint8

// The severities.
const (
	// Info: works, and could be better.
	Info Severity = iota + 1
	// Warning: works, but most likely not as meant.
	Warning
	// Error: will be refused, or cannot give metrics.
	Error
)

var severityNames = [...]string{Info: "info", Warning: "warning", Error: "error"}

// String returns the severity as the outputs show it.
func (s Severity) String() string {
	if s == 0 || int(s) >= len(severityNames) {
		return fmt.Sprintf("Severity(%d)", uint8(s))
	}
	return severityNames[s]
}

// MarshalText returns the severity's name, for JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Diagnostic is one finding at one place.
type Diagnostic struct {
	// File is the name of the file, as it was given.
	File string `json:"file"`
	// Object is namespace/name of the object; empty for a finding about the file.
	Object string `json:"object,omitempty"`
	// Rule names the rule, which has its section in docs/reference/lint.md.
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Line and Column count from 1, Column in characters. EndColumn is the first
	// one behind the piece.
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndColumn int `json:"endColumn"`
	// Message says what is wrong, Help what to do about it; one sentence each.
	Message string `json:"message"`
	Help    string `json:"help,omitempty"`
	// Source is the line of the file.
	Source string `json:"source"`

	variant string
}

// Report is what Run found.
type Report struct {
	// Files and Objects count what was looked at.
	Files, Objects int
	// Diagnostics are sorted by file in the order given, then by place.
	Diagnostics []Diagnostic
}

// Count returns how many findings are of the severity.
func (r Report) Count(severity Severity) int {
	n := 0
	for _, d := range r.Diagnostics {
		if d.Severity == severity {
			n++
		}
	}
	return n
}

// Exit codes of the lint command.
const (
	ExitClean = 0
	ExitFound = 1
	// ExitUsage is for the command: a bad flag or an unreadable file.
	ExitUsage = 2
)

// ExitCode returns the command's exit code: 1 if there are errors or, when
// strict, warnings; otherwise 0.
func (r Report) ExitCode(strict bool) int {
	if r.Count(Error) > 0 || strict && r.Count(Warning) > 0 {
		return ExitFound
	}
	return ExitClean
}

// MarshalJSON renders the report with its counts; no findings are an empty list.
func (r Report) MarshalJSON() ([]byte, error) {
	diagnostics := r.Diagnostics
	if diagnostics == nil {
		diagnostics = []Diagnostic{}
	}
	return json.Marshal(struct {
		Files       int          `json:"files"`
		Objects     int          `json:"objects"`
		Errors      int          `json:"errors"`
		Warnings    int          `json:"warnings"`
		Infos       int          `json:"infos"`
		Diagnostics []Diagnostic `json:"diagnostics"`
	}{r.Files, r.Objects, r.Count(Error), r.Count(Warning), r.Count(Info), diagnostics})
}

// finding is a diagnostic before it knows its file, object and rule.
type finding struct {
	severity Severity
	at       source.Range
	message  string
	help     string
	// variant tells findings apart that must not be folded into one: those of a
	// rule, in one object, with the same variant differ in the place only.
	variant string
}

func sortDiagnostics(diagnostics []Diagnostic) {
	slices.SortStableFunc(diagnostics, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(b.Severity, a.Severity))
	})
}
