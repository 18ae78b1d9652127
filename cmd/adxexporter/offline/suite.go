package offline

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/adx-mon/adxexporter/api/validation"
)

// Suite is files of tests to be run.
type Suite struct {
	Files []*File
	// Only selects tests by name; nil means all.
	Only *regexp.Regexp
	// Strict refuses queries that the embedded Kusto could run and a real one
	// would not.
	Strict bool
	// Update rewrites the expected series where they differ.
	Update bool
}

// Summary is what became of the tests.
type Summary struct {
	Passed, Failed, Updated int
}

// ReadFiles reads files of tests. The error is about the first that cannot be
// read.
func ReadFiles(names []string) ([]*File, error) {
	validator, err := validation.New()
	if err != nil {
		return nil, err
	}
	files := make([]*File, 0, len(names))
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := ReadFile(validator, name, content, os.ReadFile)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// Run runs the tests and prints a line for each, with what is wrong below it.
func (s *Suite) Run(ctx context.Context, w io.Writer) (Summary, error) {
	var total Summary
	for _, file := range s.Files {
		if err := s.runFile(ctx, w, file, &total); err != nil {
			return total, err
		}
	}
	_, err := fmt.Fprintln(w, total)
	return total, err
}

func (s *Suite) runFile(ctx context.Context, w io.Writer, file *File, total *Summary) error {
	updates := map[*Test]string{}
	for _, test := range file.Tests {
		if s.Only != nil && !s.Only.MatchString(test.Name) {
			continue
		}
		outcome, err := test.Run(ctx, file.Labels, s.Strict)
		if err != nil {
			return fmt.Errorf("%s: %s: cannot run the test: %w", file.Name, test.Name, err)
		}
		if s.Update && outcome.Diff != "" {
			updates[test] = outcome.Exposed
			outcome.Diff = ""
		}
		_, rewritten := updates[test]
		verdict := total.add(outcome, rewritten)
		if err := report(w, verdict+"  "+filepath.ToSlash(file.Name)+"  "+test.Name, outcome); err != nil {
			return err
		}
	}
	if len(updates) == 0 {
		return nil
	}
	return file.rewrite(updates)
}

// rewrite puts new expectations into the file.
func (f *File) rewrite(updates map[*Test]string) error {
	updated, err := f.Update(updates)
	if err != nil {
		return err
	}
	info, err := os.Stat(f.Name)
	if err != nil {
		return err
	}
	return os.WriteFile(f.Name, updated, info.Mode().Perm())
}

// report prints a test's line, and below it what is wrong.
func report(w io.Writer, line string, outcome *Outcome) error {
	text := line + "\n"
	if !outcome.Passed() {
		text += indented(strings.Join(outcome.details(), "\n")+"\n", "      ")
	}
	_, err := io.WriteString(w, text)
	return err
}

// indented returns text with an indent before each line.
func indented(text, indent string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(indent + line)
	}
	return out.String()
}

func (o *Outcome) details() []string {
	var details []string
	if o.Diff != "" {
		details = append(details, "The series are not as expected:\n"+o.Diff)
	}
	return append(append(details, o.Failures...), o.Hints...)
}

// add counts a test and returns its verdict.
func (s *Summary) add(outcome *Outcome, rewritten bool) string {
	switch {
	case !outcome.Passed():
		s.Failed++
		return "FAIL"
	case rewritten:
		s.Updated++
		return "new "
	}
	s.Passed++
	return "ok  "
}

// Total is how many tests were run.
func (s Summary) Total() int { return s.Passed + s.Failed + s.Updated }

// String returns the summary as a sentence.
func (s Summary) String() string {
	if s.Failed == 0 && s.Updated == 0 {
		return count(s.Passed, "test") + " passed."
	}
	parts := []string{fmt.Sprintf("%d passed", s.Passed), fmt.Sprintf("%d failed", s.Failed)}
	if s.Updated > 0 {
		parts = append(parts, count(s.Updated, "expectation")+" rewritten")
	}
	return count(s.Total(), "test") + ": " + strings.Join(parts, ", ") + "."
}
