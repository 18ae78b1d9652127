package offline_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
)

func TestReadExporters(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason, text, want string
	}{
		"NotYAML":    {"the line is the file's, not the document's", latency + "---\na: [\n", "f.yaml:19: did not find expected node content"},
		"Invalid":    {"what the API server refuses is refused", "# a comment\n" + errorCount + "  interval2: 1m\n", `f.yaml:2: invalid object: spec.interval2: `},
		"OtherKinds": {"a file of other things is a mistake", "kind: ConfigMap\n", "f.yaml: the file has no MetricsExporter"},
		"Empty":      {"so is an empty one", "", "f.yaml: the file has no MetricsExporter"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := offline.ReadExporters(validator(t), "f.yaml", []byte(c.text))
			var mistake *offline.FileError
			require.ErrorAs(t, err, &mistake, c.reason)
			require.Contains(t, mistake.Error(), c.want, c.reason)
		})
	}
}

func TestPick(t *testing.T) {
	t.Parallel()
	exporters, err := offline.ReadExporters(validator(t), "f.yaml", []byte("kind: Service\n---\n"+latency+"---\n"+errorCount))
	require.NoError(t, err)
	require.Len(t, exporters, 2)
	twin := exporters[0].DeepCopy()
	twin.Namespace = "shop"
	twins := append(offline.Exporters{twin}, exporters...)

	cases := map[string]struct {
		reason  string
		from    offline.Exporters
		name    string
		want    int
		wantErr string
	}{
		"FullName":  {"", exporters, "web/latency", 0, ""},
		"Name":      {"a name that only one has needs no namespace", exporters, "errors", 1, ""},
		"Namespace": {"no namespace is the default one", exporters, "default/errors", 1, ""},
		"Only":      {"there is nothing to choose", exporters[:1], "", 0, ""},
		"Which":     {"", exporters, "", 0, "say which exporter: there are default/errors, web/latency"},
		"Unknown":   {"", exporters, "web/errors", 0, `no exporter is called "web/errors": there are default/errors, web/latency`},
		"Ambiguous": {"", twins, "latency", 0, `more than one exporter is called "latency": there are default/errors, shop/latency, web/latency`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.from.Pick(c.name)
			if c.wantErr != "" {
				require.EqualError(t, err, c.wantErr)
				return
			}
			require.NoError(t, err)
			require.Same(t, c.from[c.want], got, c.reason)
		})
	}
}
