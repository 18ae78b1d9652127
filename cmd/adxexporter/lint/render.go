package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Format is how a report is written.
type Format string

// The formats.
const (
	Text   Format = "text"
	JSON   Format = "json"
	GitHub Format = "github"
)

// Write writes the report in the format. An unknown format is written as text.
func (r Report) Write(w io.Writer, format Format) error {
	var text string
	switch format {
	case JSON:
		encoded, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return fmt.Errorf("cannot encode report: %w", err)
		}
		text = string(encoded) + "\n"
	case GitHub:
		text = r.github()
	default:
		text = r.text()
	}
	_, err := io.WriteString(w, text)
	return err
}

func (r Report) text() string {
	var b strings.Builder
	for _, group := range fold(r.Diagnostics) {
		group[0].text(&b)
		if len(group) > 1 {
			fmt.Fprintf(&b, "    and %d more like this: %s\n", len(group)-1, places(group[1:]))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "checked %s in %s: %s, %s, %s\n", count(r.Objects, "object"), count(r.Files, "file"),
		count(r.Count(Error), "error"), count(r.Count(Warning), "warning"), count(r.Count(Info), "info"))
	return b.String()
}

// text writes one finding, its first line in the form that editors jump from.
func (d Diagnostic) text(b *strings.Builder) {
	object := ""
	if d.Object != "" {
		object = " (" + d.Object + ")"
	}
	fmt.Fprintf(b, "%s:%d:%d: %s: %s%s\n", d.File, d.Line, d.Column, d.Severity, d.Rule, object)
	line, column, width := d.excerpt()
	fmt.Fprintf(b, "%5d | %s\n", d.Line, line)
	fmt.Fprintf(b, "      | %s%s %s\n", margin(line, column), strings.Repeat("^", width), d.Message)
	if d.Help != "" {
		fmt.Fprintf(b, "      = help: %s\n", d.Help)
	}
}

// What is shown of a line that is too long to show: some of what comes before
// the place, and no more than that in all.
const (
	excerptBefore = 60
	excerptWidth  = 200
)

// excerpt returns what to show of the line, and where in it the finding is. A
// query can be one quoted line of thousands of characters.
func (d Diagnostic) excerpt() (line string, column, width int) {
	runes := []rune(d.Source)
	column, width = d.Column, d.EndColumn-d.Column
	if len(runes) <= excerptWidth {
		return d.Source, column, width
	}
	from := max(0, column-1-excerptBefore)
	to := min(len(runes), from+excerptWidth)
	width = min(width, to-column+1)
	line = string(runes[from:to])
	if to < len(runes) {
		line += "..."
	}
	if from > 0 {
		line, column = "..."+line, column-from+len("...")
	}
	return line, column, max(width, 1)
}

// margin returns white space up to the column. Tabs stay tabs, so that the caret
// stands right whatever their width.
func margin(line string, column int) string {
	var b strings.Builder
	for _, r := range line {
		if column--; column < 1 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fold groups findings that say the same about different places of one object,
// in the order of their first.
func fold(diagnostics []Diagnostic) [][]Diagnostic {
	type key struct{ file, object, rule, variant string }
	var groups [][]Diagnostic
	index := map[key]int{}
	for _, d := range diagnostics {
		k := key{d.File, d.Object, d.Rule, d.variant}
		i, ok := index[k]
		if !ok || d.variant == "" {
			i = len(groups)
			index[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], d)
	}
	return groups
}

func places(diagnostics []Diagnostic) string {
	places := make([]string, len(diagnostics))
	for i, d := range diagnostics {
		places[i] = fmt.Sprintf("%d:%d", d.Line, d.Column)
	}
	return strings.Join(places, ", ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// github writes workflow commands, which GitHub shows beside the changed lines.
func (r Report) github() string {
	command := map[Severity]string{Info: "notice", Warning: "warning", Error: "error"}
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	var b strings.Builder
	for _, d := range r.Diagnostics {
		message := d.Message
		if d.Help != "" {
			message += "\n" + d.Help
		}
		fmt.Fprintf(&b, "::%s file=%s,line=%d,endLine=%d,col=%d,endColumn=%d,title=%s::%s\n", command[d.Severity],
			property.Replace(d.File), d.Line, d.Line, d.Column, d.EndColumn, property.Replace(d.Rule), data.Replace(message))
	}
	return b.String()
}
