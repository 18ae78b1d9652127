package engine

import (
	"fmt"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// Kind is what sort of failure an Error is.
type Kind uint8

// The kinds of failure.
const (
	// Syntax is text that is no KQL.
	Syntax Kind = iota + 1
	// Semantic is KQL that cannot be bound: an unknown name, a wrong type.
	Semantic
	// NoEntity is an unknown cluster or database.
	NoEntity
	// Limit is a query that does more work than the engine allows.
	Limit
)

// Error is a query that cannot run, and where in its text.
type Error struct {
	Kind Kind
	// Code is the service's code, such as SYN0002 or SEM0100.
	Code string
	// Offset is the byte offset in the query's text; -1 if there is no place.
	Offset int
	// Line and Column are the same place, counted from 1 and in characters.
	Line, Column int
	// Message is the sentence without code and place.
	Message string
}

// Error returns the message as the service prints it.
func (e *Error) Error() string {
	switch {
	case e.Kind == Syntax:
		return fmt.Sprintf("Syntax error: %s: %s [line:position=%d:%d]", e.Code, e.Message, e.Line, e.Column)
	case e.Kind == Semantic && e.Line > 0:
		return fmt.Sprintf("Semantic error: %s: %s [line:position=%d:%d]", e.Code, e.Message, e.Line, e.Column)
	case e.Kind == Semantic:
		return fmt.Sprintf("Semantic error: %s: %s", e.Code, e.Message)
	}
	return e.Message
}

// The codes that the engine uses, as the service assigns them.
const (
	codeSyntax     = "SYN0002"
	codeUnresolved = "SEM0100"
	codeArguments  = "SEM0219"
	codeTypes      = "SEM0064"
	codeOperator   = "SEM0001"
	codeRunaway    = "E_RUNAWAY_QUERY"
)

func syntaxError(src string, offset int, format string, args ...any) *Error {
	e := &Error{Kind: Syntax, Code: codeSyntax, Offset: offset, Message: fmt.Sprintf(format, args...)}
	e.Line, e.Column = kql.Position(src, offset)
	return e
}

func semanticError(code string, offset int, format string, args ...any) *Error {
	return &Error{Kind: Semantic, Code: code, Offset: offset, Message: fmt.Sprintf(format, args...)}
}

func limitError(format string, args ...any) *Error {
	return &Error{Kind: Limit, Code: codeRunaway, Offset: -1, Message: fmt.Sprintf(format, args...)}
}
