package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/api/validation"
	"github.com/adx-mon/adxexporter/executor/criteria"
)

// TestExportersAreThoseOfTheDocument: the demo proves the document's examples, so
// it must not touch them up.
func TestExportersAreThoseOfTheDocument(t *testing.T) {
	document, err := os.ReadFile("../../../api/validation/testdata/kusto-to-metrics.md")
	require.NoError(t, err)
	for _, name := range []string{"crd-example", "use-case-1", "use-case-2", "use-case-3", "use-case-4"} {
		content, err := exporters.ReadFile("exporters/" + name + ".yaml")
		require.NoError(t, err)
		require.Contains(t, string(document), "```yaml\n"+string(content)+"```\n", name)
	}
	for _, name := range []string{"simple-example", "complex-example"} {
		content, err := exporters.ReadFile("exporters/" + name + ".yaml")
		require.NoError(t, err)
		_, rest, _ := strings.Cut(string(content), "  body: |\n")
		body, transform, _ := strings.Cut(rest, "  transform:\n")
		require.Contains(t, string(document), "```kql\n"+strings.ReplaceAll("\n"+body, "\n    ", "\n")[1:]+"```\n", name)
		require.Contains(t, string(document), strings.ReplaceAll("\n  transform:\n"+transform, "\n  ", "\n")[1:]+"```\n", name)
	}
}

// TestLabelsAreThoseOfTheDocument: likewise for the flags.
func TestLabelsAreThoseOfTheDocument(t *testing.T) {
	document, err := os.ReadFile("../../../api/validation/testdata/kusto-to-metrics.md")
	require.NoError(t, err)
	for _, instance := range Instances() {
		require.Contains(t, string(document), `--cluster-labels="`+instance.Labels+`"`, instance.Name)
	}
}

func TestWriteKeepsEditedFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "platform")
	instance := Instances()[0]
	require.NoError(t, instance.Write(dir))
	edited := filepath.Join(dir, instance.Exporters[0])
	require.NoError(t, os.WriteFile(edited, []byte("mine"), 0o600))
	require.NoError(t, instance.Write(dir))
	content, err := os.ReadFile(edited)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
	require.Error(t, instance.Write(edited), "a file where the folder should be")
}

// TestTelemetryIsAFunctionOfTime: a window that is asked for again has the same
// rows, however the range around it is cut.
func TestTelemetryIsAFunctionOfTime(t *testing.T) {
	table := live("T", columns("Time", "Service", "Environment", realColumn("Value")), responseTimes)
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	rows := func(from, to time.Time) (list [][]any) {
		require.NoError(t, table.Live.Rows(from, to, func(values ...any) error {
			list = append(list, values)
			return nil
		}))
		return list
	}
	whole := rows(start, start.Add(time.Minute-time.Second))
	require.Len(t, whole, 12*len(services))
	require.Equal(t, whole, append(rows(start, start.Add(29*time.Second)), rows(start.Add(30*time.Second), start.Add(59*time.Second))...))
	require.NotEqual(t, whole[0][3], whole[len(whole)-len(services)][3], "it moves")
}

// TestSharedExportersAreValid, run where they are to run, and are not each other.
func TestSharedExportersAreValid(t *testing.T) {
	validator, err := validation.New()
	require.NoError(t, err)
	shared, err := SharedExporters()
	require.NoError(t, err)
	require.Len(t, shared.Exporters, 15)
	labels, err := criteria.ParseLabels([]string{shared.Labels})
	require.NoError(t, err)
	names := map[string]bool{}
	for _, document := range shared.Exporters {
		exporter, err := validator.Decode([]byte(document))
		require.NoError(t, err, document)
		names[exporter.Namespace+"/"+exporter.Name] = true
		for key, values := range exporter.Spec.Criteria {
			require.Contains(t, values, labels[key], exporter.Name)
		}
		require.Contains(t, shared.Databases, exporter.Spec.Database)
	}
	require.Len(t, names, 15)
}
