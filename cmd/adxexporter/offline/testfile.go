package offline

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/executor/criteria"
	"github.com/adx-mon/adxexporter/executor/kusto"
	"github.com/adx-mon/adxexporter/executor/metric"
)

// defaultAt is when a test runs that does not say when.
var defaultAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// File is a file of tests.
type File struct {
	Name   string
	Labels criteria.Labels
	Tests  []*Test

	text      []byte
	exporters Exporters
}

// Test runs one window of an exporter over tables, or over a recorded answer.
type Test struct {
	Name     string
	Exporter *v1.MetricsExporter
	// At decides the window: it is the last complete one.
	At time.Time
	// Tables is what Kusto holds; Answer, if there is one, comes in place of what
	// the query would give.
	Tables []Table
	Answer *Data
	// Expect is the series; it does not count if there is an Error.
	Expect string
	// Error matches what goes wrong, if that is what is expected.
	Error *regexp.Regexp
	// Dropped is how many values are dropped, by reason; nil means any.
	Dropped map[string]int64

	// place is where the expectation is in the file.
	place expectation
}

// expectation is where in a file an expectation is.
type expectation struct {
	key, value *yaml.Node
	// flow is set where it stands between braces.
	flow bool
}

// ReadFile reads a file of tests and the exporters that it names, the latter by
// readFile. The error is a *FileError.
func ReadFile(validator *validation.Validator, name string, content []byte, readFile func(string) ([]byte, error)) (*File, error) {
	f := &File{Name: name, text: content}
	err := f.read(func(n *yaml.Node) error { return f.readExporters(n, validator, readFile) })
	if err != nil {
		return nil, inFile(name, err)
	}
	return f, nil
}

// read reads the file's text. Tests need the exporters, wherever those stand.
func (f *File) read(exporters func(*yaml.Node) error) error {
	root, err := parseFile(f.Name, f.text)
	if err != nil {
		return err
	}
	var tests *yaml.Node
	err = readMapping(root, "a test file", []field{
		{"exporters", exporters},
		{"clusterLabels", f.readLabels},
		{"tests", func(n *yaml.Node) error { tests = n; return nil }},
	})
	switch {
	case err != nil:
		return err
	case len(f.exporters) == 0:
		return mistake(root, "the file names no exporters, such as exporters: [exporter.yaml]")
	case tests == nil || len(tests.Content) == 0:
		return mistake(root, "the file has no tests")
	}
	return readSequence(tests, "tests", f.readTest)
}

func (f *File) readExporters(n *yaml.Node, validator *validation.Validator, readFile func(string) ([]byte, error)) error {
	return readSequence(n, "exporters", func(n *yaml.Node) error {
		name := n.Value
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(f.Name), name)
		}
		content, err := readFile(name)
		if err != nil {
			return mistake(n, "cannot read the exporters: %s", err)
		}
		exporters, err := ReadExporters(validator, name, content)
		f.exporters = append(f.exporters, exporters...)
		return err
	})
}

func (f *File) readLabels(n *yaml.Node) error {
	labels, err := criteria.ParseLabels([]string{n.Value})
	if err == nil {
		err = kusto.ValidateLabels(labels)
	}
	if err != nil {
		return mistake(n, "%s", err)
	}
	f.Labels = labels
	return nil
}

func (f *File) readTest(n *yaml.Node) error {
	t := &Test{At: defaultAt}
	var exporter string
	err := readMapping(n, "a test", []field{
		{"name", text(&t.Name)},
		{"exporter", text(&exporter)},
		{"at", t.readAt},
		{"tables", t.readTables},
		{"answer", t.readAnswer},
		{"expect", text(&t.Expect)},
		{"error", t.readError},
		{"dropped", t.readDropped},
	})
	if err != nil {
		return err
	}
	t.place = placeOf(n)
	if t.Exporter, err = f.exporters.Pick(exporter); err != nil {
		return mistake(n, "%s", err)
	}
	f.Tests = append(f.Tests, t)
	return t.check(n, f.Tests[:len(f.Tests)-1])
}

// check finds what is missing in a test, or too much.
func (t *Test) check(n *yaml.Node, others []*Test) error {
	switch {
	case t.Name == "":
		return mistake(n, "the test needs a name")
	case slices.ContainsFunc(others, func(o *Test) bool { return o.Name == t.Name }):
		return mistake(n, "another test is called %q too", t.Name)
	case t.Tables != nil && t.Answer != nil:
		return mistake(n, "the test has both tables and an answer: with an answer, no query runs over the tables")
	case t.place.key == nil && t.Error == nil:
		return mistake(n, "the test needs expect or error")
	case t.place.key != nil && t.Error != nil:
		return mistake(n, "the test has both expect and error: a window that fails exposes nothing")
	}
	return nil
}

// placeOf returns where a test's expectation is.
func placeOf(test *yaml.Node) expectation {
	for i := 0; i+1 < len(test.Content); i += 2 {
		if key := test.Content[i]; key.Value == "expect" {
			return expectation{key: key, value: test.Content[i+1], flow: test.Style&yaml.FlowStyle != 0}
		}
	}
	return expectation{}
}

func (t *Test) readAt(n *yaml.Node) error {
	at, err := time.Parse(time.RFC3339, n.Value)
	if err != nil {
		return mistake(n, "cannot read %q as a time such as 2026-01-01T10:05:00Z", n.Value)
	}
	t.At = at.UTC()
	return nil
}

func (t *Test) readTables(n *yaml.Node) (err error) {
	t.Tables, err = readTables(n)
	return err
}

func (t *Test) readAnswer(n *yaml.Node) error {
	t.Answer = &Data{}
	return t.Answer.read(n)
}

func (t *Test) readError(n *yaml.Node) error {
	pattern, err := regexp.Compile(n.Value)
	if err != nil || n.Value == "" {
		return mistake(n, "cannot read %q as a regular expression for the error", n.Value)
	}
	t.Error = pattern
	return nil
}

func (t *Test) readDropped(n *yaml.Node) error {
	t.Dropped = map[string]int64{}
	var fields []field
	for _, reason := range metric.DropReasons() {
		fields = append(fields, field{reason.String(), func(n *yaml.Node) error {
			dropped, err := strconv.ParseInt(n.Value, 10, 64)
			if err != nil || dropped < 0 {
				return mistake(n, "cannot read %q as a number of values", n.Value)
			}
			t.Dropped[reason.String()] = dropped
			return nil
		}})
	}
	return readMapping(n, "dropped", fields)
}
