package offline_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adx-mon/adxexporter/cmd/adxexporter/offline"
)

// head is a file's first two lines; a test's own lines begin at the third.
const head = "exporters: [latency.yaml]\ntests:\n"

func TestReadFileRefuses(t *testing.T) {
	t.Parallel()
	test := func(lines string) string {
		return head + "- name: it\n  expect: ''\n  " + strings.ReplaceAll(lines, "\n", "\n  ") + "\n"
	}
	table := func(content string) string { return test("answer:\n  " + strings.ReplaceAll(content, "\n", "\n  ")) }
	cases := map[string]struct{ text, want string }{
		"NoYAML":          {head + "- [\n", "d/t.yaml:4: did not find expected node content"},
		"Empty":           {"", "d/t.yaml: the file is empty"},
		"Documents":       {head + "---\na: 1\n", "d/t.yaml:3: the file has more than one document"},
		"List":            {"- a\n", "d/t.yaml:1: a test file must be written as key: value"},
		"UnknownKey":      {head + "test: []\n", `d/t.yaml:3: unknown key "test": a test file has exporters, clusterLabels, tests`},
		"KeyTwice":        {test("name: other"), `d/t.yaml:5: the key "name" is there twice`},
		"NoExporters":     {"tests: [{name: a}]\n", "d/t.yaml:1: the file names no exporters"},
		"NoTests":         {"exporters: [latency.yaml]\n", "d/t.yaml:1: the file has no tests"},
		"ZeroTests":       {head, "d/t.yaml:1: the file has no tests"},
		"ExportersText":   {"exporters: latency.yaml\n", "d/t.yaml:1: exporters must be a list"},
		"ExportersGone":   {"exporters:\n- gone.yaml\n", "d/t.yaml:2: cannot read the exporters: file does not exist"},
		"ExportersBroken": {"exporters: [/broken.yaml]\n", "/broken.yaml: the file has no MetricsExporter"},
		"Labels":          {"clusterLabels: region\n" + head, `d/t.yaml:1: cannot parse cluster label "region"`},
		"LabelNames":      {"clusterLabels: a-b=1,a.b=2\n" + head, `d/t.yaml:1: cannot offer cluster labels "a-b" and "a.b" to queries`},

		"TestUnknownKey": {test("tabels: {}"), `d/t.yaml:5: unknown key "tabels": a test has name, exporter, at, tables, answer, expect, error, dropped`},
		"NoName":         {head + "- expect: ''\n", "d/t.yaml:3: the test needs a name"},
		"NameTwice":      {head + "- {name: a, expect: ''}\n- {name: a, expect: ''}\n", `d/t.yaml:4: another test is called "a" too`},
		"NameList":       {head + "- name: [a]\n", "d/t.yaml:3: a text is needed here"},
		"OtherExporter":  {test("exporter: web/other"), `d/t.yaml:3: no exporter is called "web/other": there are web/latency`},
		"At":             {test("at: yesterday"), `d/t.yaml:5: cannot read "yesterday" as a time such as`},
		"NoExpectation":  {head + "- name: a\n", "d/t.yaml:3: the test needs expect or error"},
		"ExpectAndError": {test("error: x"), "d/t.yaml:3: the test has both expect and error"},
		"Error":          {test("error: '('"), `d/t.yaml:5: cannot read "(" as a regular expression`},
		"TablesAnswer":   {test("tables: {T: {columns: {A: int}, rows: []}}\nanswer: {columns: {A: int}, rows: []}"), "d/t.yaml:3: the test has both tables and an answer"},
		"Dropped":        {test("dropped: {null_value: -1}"), `d/t.yaml:5: cannot read "-1" as a number of values`},
		"DroppedReason":  {test("dropped: {null: 1}"), `d/t.yaml:5: unknown key "null": dropped has null_value, bad_value, `},

		"TableName":   {test("tables:\n  T():\n    columns: {A: int}"), `d/t.yaml:6: cannot read "T()" as a table's name`},
		"TableTwice":  {test("tables:\n  D.T: {columns: {A: int}, rows: []}\n  database('D').T: {columns: {A: int}, rows: []}"), "d/t.yaml:7: the table is there twice"},
		"TableText":   {table("x"), "d/t.yaml:6: a table must be written as key: value"},
		"NoColumns":   {table("rows: []"), "d/t.yaml:6: a table needs columns"},
		"NoRows":      {table("columns: {A: int}"), "d/t.yaml:6: a table needs rows"},
		"ColumnType":  {table("columns: {A: float}\nrows: []"), `d/t.yaml:6: unknown Kusto type "float"`},
		"RowText":     {table("columns: {A: int}\nrows:\n- 1"), "d/t.yaml:8: a row must be a list"},
		"RowShort":    {table("columns: {A: int, B: int}\nrows:\n- [1]"), "d/t.yaml:8: the row has 1 value for 2 columns"},
		"RowLong":     {table("columns: {A: int}\nrows:\n- [1,\n  2]"), "d/t.yaml:9: the row has more values than the 1 column"},
		"Cell":        {table("columns: {A: real}\nrows:\n- [fast]"), `d/t.yaml:8: column A: cannot read "fast" as real`},
		"CellTime":    {table("columns: {A: datetime}\nrows:\n- [noon]"), `d/t.yaml:8: column A: cannot read "noon" as datetime`},
		"CellList":    {table("columns: {A: string}\nrows:\n- [[1]]"), `d/t.yaml:8: column A: cannot read "" as string`},
		"CellDynamic": {table("columns: {A: dynamic}\nrows:\n- [!!int x]"), `d/t.yaml:8: column A: cannot read "x" as dynamic`},
	}
	around := files{"d/latency.yaml": latency, "/broken.yaml": "a: 1\n"}
	v := validator(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := offline.ReadFile(v, "d/t.yaml", []byte(c.text), around.read)
			var mistake *offline.FileError
			require.ErrorAs(t, err, &mistake)
			require.Contains(t, mistake.Error(), c.want)
		})
	}
}

// FuzzReadFile checks that no file can crash the reader, and that the
// expectations of a file that can be read can be replaced, or that it says why not.
func FuzzReadFile(f *testing.F) {
	f.Add(head + "- name: a # one\n  expect: |\n    x 1\n\n- expect: 'y\n\n    2' # two\n  name: b\n")
	f.Add(head + "- {name: a, expect: ''}\n")
	f.Add(head + "- name: a\n  tables: {T: &t {columns: {A: dynamic}, rows: [[{b: [1, .nan]}]]}, D.T: *t}\n  expect:\n")
	around := files{"latency.yaml": latency}
	v := validator(f)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := offline.ReadFile(v, "t.yaml", []byte(text), around.read)
		if err != nil {
			return
		}
		expected := map[*offline.Test]string{}
		for _, test := range file.Tests {
			if test.Error == nil {
				expected[test] = "a 1\nb{c=\"d\"} 2\n"
			}
		}
		updated, err := file.Update(expected)
		if err != nil {
			return
		}
		again, err := offline.ReadFile(v, "t.yaml", updated, around.read)
		require.NoError(t, err)
		for i, test := range file.Tests {
			if want, replaced := expected[test]; replaced {
				require.Equal(t, want, again.Tests[i].Expect)
			}
			require.Equal(t, test.Name, again.Tests[i].Name)
		}
	})
}
