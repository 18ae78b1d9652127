package offline

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Update returns the file's text with the expectations of tests replaced. All
// else, comments and empty lines included, stays as it is: the lines are cut out
// of the text and put into it, since a YAML encoder would lay the file out anew.
//
// The error is a *FileError.
func (f *File) Update(expected map[*Test]string) ([]byte, error) {
	tests := slices.DeleteFunc(slices.Clone(f.Tests), func(t *Test) bool { _, found := expected[t]; return !found })
	// From the end, so that the lines in front keep their numbers.
	slices.SortFunc(tests, func(a, b *Test) int { return cmp.Compare(b.place.key.Line, a.place.key.Line) })
	content := strings.SplitAfter(string(f.text), "\n")
	for _, t := range tests {
		if t.place.flow {
			return nil, inFile(f.Name, mistake(t.place.key, "cannot update an expectation between braces; write expect: on a line of its own"))
		}
		content = t.place.replace(content, expected[t])
	}
	updated := []byte(strings.Join(content, ""))
	if err := f.verify(updated, expected); err != nil {
		return nil, err
	}
	return updated, nil
}

// replace replaces the expectation in the lines of a file.
func (e expectation) replace(content []string, text string) []string {
	first, indent := e.key.Line-1, e.key.Column-1
	end := first + 1
	// The value goes on as long as lines are indented more than its key. Empty
	// lines at its end are what separates it from the next test.
	for next := end; next < len(content); next++ {
		line := strings.TrimRight(content[next], "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if len(line)-len(strings.TrimLeft(line, " ")) <= indent {
			break
		}
		end = next + 1
	}
	head := content[first][:indent] + "expect: "
	return slices.Replace(content, first, end, head+e.scalar(text, strings.Repeat(" ", indent+2)))
}

// scalar returns text as a YAML value, its lines indented.
func (e expectation) scalar(text, indent string) string {
	comment := ""
	if e.value.LineComment != "" {
		comment = " " + e.value.LineComment
	}
	if text == "" {
		return `""` + comment + "\n"
	}
	return "|" + comment + "\n" + indented(text, indent)
}

// verify reads an updated text again: an unusual layout, or a label that YAML
// cannot hold, must not cost the user a file.
func (f *File) verify(updated []byte, expected map[*Test]string) error {
	again := &File{Name: f.Name, text: updated, exporters: f.exporters}
	err := again.read(func(*yaml.Node) error { return nil })
	same := err == nil && slices.EqualFunc(f.Tests, again.Tests, func(before, after *Test) bool {
		want, replaced := expected[before]
		if !replaced {
			want = before.Expect
		}
		return after.Name == before.Name && after.Expect == want
	})
	if !same {
		return &FileError{File: f.Name, Message: "cannot write the new expectations into the file; do it by hand"}
	}
	return nil
}
