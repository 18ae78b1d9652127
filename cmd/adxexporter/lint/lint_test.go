package lint

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/cmd/adxexporter/lint/source"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
)

var update = flag.Bool("update", false, "rewrite the expected reports; read the diff before you keep it")

// TestReports runs each archive in testdata: the YAML files in it are linted
// together, and the reports in it are what must come out. The archive's comment
// may set options, one a line: "labels key=value" and "disable rule".
func TestReports(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	validator, err := validation.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			report := lintArchive(validator, archive)
			for i, file := range archive.Files {
				if filepath.Ext(file.Name) == ".yaml" {
					continue
				}
				got := render(t, report, Format(file.Name))
				if *update {
					archive.Files[i].Data = []byte(got)
					continue
				}
				if diff := cmp.Diff(string(file.Data), got); diff != "" {
					t.Errorf("%s report: -want +got:\n%s", file.Name, diff)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestAgreesWithEngine compares the findings in all archives with what the
// embedded Kusto warns of when it runs the same queries, so that neither learns
// something that the other does not know.
func TestAgreesWithEngine(t *testing.T) {
	compared := 0
	for _, e := range exporters(t) {
		deviations, err := engine.Check(e.body.Value)
		if err != nil {
			continue // It is about queries that the engine can read.
		}
		want := map[string]int{}
		for _, deviation := range deviations {
			want[deviation.Code]++
		}
		got := map[string]int{}
		for code, check := range map[string]func(*exporter) []finding{
			engine.CodeNotAggregate: checkSummarize, engine.CodePath: checkClusterDatabase,
		} {
			if n := len(check(e)); n > 0 {
				got[code] = n
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-engine +lint:\n%s\n%s", diff, e.body.Value)
		}
		compared += len(deviations)
	}
	if compared == 0 {
		t.Error("no query in the archives deviates")
	}
}

// TestOperatorsOfEngine keeps the two lists of operators apart: the engine reads
// those of the first, and says of the others that it does not know them.
func TestOperatorsOfEngine(t *testing.T) {
	for _, name := range slices.Concat(engineOperators(), serviceOperators()) {
		_, err := engine.Parse("T | " + name)
		unknown := err != nil && strings.Contains(err.Error(), "is not known")
		if unknown != slices.Contains(serviceOperators(), name) {
			t.Errorf("operator %q is in the wrong list: %v", name, err)
		}
	}
}

// exporters returns the exporters in all archives.
func exporters(t *testing.T) []*exporter {
	t.Helper()
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var found []*exporter
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			for _, document := range source.NewFile(file.Data).Documents() {
				for _, object := range objects(document) {
					found = append(found, newExporter(object.node, Options{}))
				}
			}
		}
	}
	return found
}

func lintArchive(validator *validation.Validator, archive *txtar.Archive) Report {
	var options Options
	for line := range strings.Lines(string(archive.Comment)) {
		switch words := strings.Fields(line); {
		case len(words) > 1 && words[0] == "labels":
			options.ClusterLabels = map[string]string{}
			for _, pair := range words[1:] {
				key, value, _ := strings.Cut(pair, "=")
				options.ClusterLabels[key] = value
			}
		case len(words) > 1 && words[0] == "disable":
			options.Disable = words[1:]
		}
	}
	var files []File
	for _, file := range archive.Files {
		if filepath.Ext(file.Name) == ".yaml" {
			files = append(files, File{Name: file.Name, Data: file.Data})
		}
	}
	return run(validator, files, options)
}

func render(t *testing.T, report Report, format Format) string {
	t.Helper()
	var b strings.Builder
	if err := report.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
