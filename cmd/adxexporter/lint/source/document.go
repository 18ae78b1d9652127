package source

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is one YAML document of a file.
type Document struct {
	// Root is the document's top node; of no kind if the document is empty.
	Root Node
	// Data is the document's own text.
	Data []byte
	// Err is why the document cannot be parsed.
	Err *SyntaxError
}

// SyntaxError is text that is no YAML.
type SyntaxError struct {
	Line    int
	Message string
}

// Error returns the line and the message.
func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Documents returns the file's documents. They are split at the separator lines
// before they are parsed, as kubectl does, so that a broken document does not
// hide the ones behind it.
func (f *File) Documents() []Document {
	var documents []Document
	for first := 1; first <= len(f.lines); {
		last := first
		for last < len(f.lines) && !isSeparator(f.Line(last+1)) {
			last++
		}
		documents = append(documents, f.document(first, last))
		first = last + 1
	}
	return documents
}

func isSeparator(line string) bool {
	rest, ok := strings.CutPrefix(line, "---")
	return ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

func (f *File) document(first, last int) Document {
	end := len(f.data)
	if last < len(f.lines) {
		end = f.lines[last]
	}
	data := []byte(f.data[f.lines[first-1]:end])
	root, err := parse(data)
	if err != nil {
		return Document{Data: data, Err: syntaxError(err, first, last)}
	}
	return Document{Data: data, Root: Node{file: f, base: first - 1, value: root}}
}

// parse reads one document. It turns the parser's panics into errors as well: it is handed whatever is
// on the command line.
func parse(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot parse YAML: %v", r)
		}
	}()
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	if document.Kind != yaml.DocumentNode {
		return &yaml.Node{}, nil
	}
	return document.Content[0], nil
}

// The parser gives the line of an error only in its text.
var lineOfError = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?((?s).*)$`)

// syntaxError returns an error in a document of these lines of the file. The line
// is where the parser gave up, or where the broken structure begins.
func syntaxError(err error, first, last int) *SyntaxError {
	parts := lineOfError.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(parts[1])
	if line > 0 && fromZero.MatchString(parts[2]) {
		line++
	}
	line = min(first-1+max(line, 1), last)
	return &SyntaxError{Line: line, Message: strings.ReplaceAll(parts[2], "\n", " ")}
}

// fromZero matches the errors whose line the parser counts from 0: those about
// structure. It counts from 1 in those about characters.
var fromZero = regexp.MustCompile(`^did not find expected (?:key|node content|'-' indicator|',' or)`)
