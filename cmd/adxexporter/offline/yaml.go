package offline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
)

// FileError is a mistake in a file of the user's.
type FileError struct {
	File string
	// Line is counted from 1; 0 means the whole file.
	Line    int
	Message string
}

// Error returns file:line: message.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Message)
}

// mistake returns an error at a node; inFile adds the file's name.
func mistake(n *yaml.Node, format string, args ...any) *FileError {
	return &FileError{Line: n.Line, Message: fmt.Sprintf(format, args...)}
}

// inFile names the file in an error of the functions below.
func inFile(file string, err error) error {
	if at, ok := errors.AsType[*FileError](err); ok && at.File == "" {
		return &FileError{File: file, Line: at.Line, Message: at.Message}
	}
	return err
}

// parseFile returns the top node of a file's only document.
func parseFile(file string, text []byte) (*yaml.Node, error) {
	// The parser's own errors count their lines from 0 or from 1; these do not.
	for _, document := range source.NewFile(text).Documents() {
		if document.Err != nil {
			return nil, &FileError{File: file, Line: document.Err.Line, Message: document.Err.Message}
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, next yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &FileError{File: file, Message: "the file is empty"}
	case err != nil:
		return nil, &FileError{File: file, Message: err.Error()}
	}
	if err := decoder.Decode(&next); !errors.Is(err, io.EOF) {
		return nil, &FileError{File: file, Line: next.Line, Message: "the file has more than one document"}
	}
	return document.Content[0], nil
}

// field is a key that a mapping may have, and what reads its value.
type field struct {
	key  string
	read func(*yaml.Node) error
}

// readMapping reads a mapping in which only these keys may be.
func readMapping(n *yaml.Node, what string, fields []field) error {
	return eachEntry(n, what, func(key, value *yaml.Node) error {
		known := make([]string, len(fields))
		for i, f := range fields {
			if f.key == key.Value {
				return f.read(value)
			}
			known[i] = f.key
		}
		return mistake(key, "unknown key %q: %s has %s", key.Value, what, strings.Join(known, ", "))
	})
}

// eachEntry calls f for each entry of a mapping, in order. No key may be there
// twice.
func eachEntry(n *yaml.Node, what string, f func(key, value *yaml.Node) error) error {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		return mistake(n, "%s must be written as key: value", what)
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if seen[key.Value] {
			return mistake(key, "the key %q is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := f(key, resolved(n.Content[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// readSequence calls f for each item of a list.
func readSequence(n *yaml.Node, what string, f func(*yaml.Node) error) error {
	n = resolved(n)
	if n.Kind != yaml.SequenceNode {
		return mistake(n, "%s must be a list", what)
	}
	for _, item := range n.Content {
		if err := f(resolved(item)); err != nil {
			return err
		}
	}
	return nil
}

// text returns a reader that stores a scalar's text.
func text(into *string) func(*yaml.Node) error {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.ScalarNode {
			return mistake(n, "a text is needed here")
		}
		*into = n.Value
		if n.Tag == "!!null" {
			*into = ""
		}
		return nil
	}
}

// resolved returns what an alias stands for.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
