package source

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestRange looks for a word in the value of the key "a" and expects it where
// the brackets are in the file.
func TestRange(t *testing.T) {
	tests := map[string]struct {
		reason string
		file   string
		word   string
	}{
		"Plain":               {"a plain scalar", "a: one [two] three", "two"},
		"PlainOverLines":      {"folding changes white space only", "a: one\n  [two]\n\n  three", "two"},
		"SingleQuoted":        {"a doubled quote is one character of the value", "a: 'it''s ''so'' [two]'", "two"},
		"DoubleQuoted":        {"escapes are longer than their values", `a: "x\ty \"é\" \u00e9\x41\U0001F600\N\L [two]"`, "two"},
		"EscapedWord":         {"the escape itself is the place", `a: "one [\]u0074wo"`, "t"},
		"EscapedLineBreak":    {"the break and the indentation are no part of the value", "a: \"one \\\n     [two] \\\r\n  three\"", "two"},
		"Literal":             {"the indentation is no part of the value", "a: |\n    one\n\n      [two]\n", "two"},
		"LiteralIndented":     {"with an explicit indentation", "a: |2-  # why\n    one\n  [two]\n", "two"},
		"LiteralHash":         {"a hash is text inside a block", "a: |+\n  # [two]\n\n", "two"},
		"LiteralWindowsLines": {"line ends of Windows", "a: |\r\n  one\r\n  [two]\r\n", "two"},
		"Folded":              {"a line break may be a space", "a: >-\n  one\n  [two]\n\n    more\n  less\n", "two"},
		"FoldedMoreIndented":  {"deeper lines keep their breaks", "a: >\n  one\n\n    [two]\n", "two"},
		"Properties":          {"a tag and an anchor come before the value", "a: !!str &x  |\n  one\n  [two]\n", "two"},
		"Unicode":             {"columns count characters", "a: ÄÖÜ 😀 [two]", "two"},
		"SecondDocument":      {"lines go on over documents", "b: 1\n---\n# c\na: one [two]", "two"},
		"Alias":               {"an alias is where its anchor is", "b: &x one [two]\na: *x", "two"},
		"Merged":              {"a merged key is where it is written", "b: &x {a: one [two]}\n<<: *x", "two"},
		"MergedList":          {"the first of several wins", "b: &x {a: one [two]}\nc: &y {a: three}\n<<: [*x, *y]", "two"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			file := NewFile([]byte(strings.NewReplacer("[*x, *y]", "[*x, *y]", "[", "", "]", "").Replace(mark(tc.file))))
			want := wanted(mark(tc.file))
			documents := file.Documents()
			last := documents[len(documents)-1]
			require.Nil(t, last.Err)
			node, ok := last.Root.Get("a")
			require.True(t, ok)
			text := node.Text()
			at := strings.Index(text.Value, tc.word)
			require.GreaterOrEqual(t, at, 0, "%q", text.Value)
			require.Equal(t, want, text.Range(at, at+len(tc.word)), tc.reason)
		})
	}
}

// mark protects the brackets that are YAML, so that the others can be removed.
func mark(file string) string {
	return strings.NewReplacer("[*x, *y]", "\n- *x\n- *y").Replace(file)
}

// wanted returns the place between the brackets, which are not there.
func wanted(file string) Range {
	for i, line := range strings.Split(file, "\n") {
		from, to := strings.Index(line, "["), strings.Index(line, "]")
		if from >= 0 {
			column := 1 + len([]rune(line[:from]))
			return Range{Line: i + 1, Column: column, EndColumn: column + len([]rune(line[from+1:to]))}
		}
	}
	return Range{}
}

func TestRangeOfNodes(t *testing.T) {
	root := NewFile([]byte("a:\n  - x\n  - {k: v}\nb: ''\nc:\n\"d\": [1]\n")).Documents()[0].Root
	tests := map[string]struct {
		reason string
		path   []string
		want   Range
	}{
		"Scalar":      {"itself", []string{"a", "1", "k"}, Range{3, 9, 10}},
		"Item":        {"itself", []string{"a", "0"}, Range{2, 5, 6}},
		"Sequence":    {"its key", []string{"a"}, Range{1, 1, 2}},
		"Mapping":     {"where it starts, as it has no key", []string{"a", "1"}, Range{3, 5, 6}},
		"EmptyScalar": {"its key, as there is nothing to underline", []string{"b"}, Range{4, 1, 2}},
		"Null":        {"its key", []string{"c"}, Range{5, 1, 2}},
		"QuotedKey":   {"inside the quotes", []string{"d"}, Range{6, 2, 3}},
		"Top":         {"where it starts", nil, Range{1, 1, 2}},
		"Missing":     {"the deepest on the way", []string{"a", "7", "x"}, Range{1, 1, 2}},
		"NotAnIndex":  {"the deepest on the way", []string{"a", "k"}, Range{1, 1, 2}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, root.Nearest(tc.path...).Range(), tc.reason)
		})
	}
}

func TestZeroNode(t *testing.T) {
	root := NewFile(nil).Documents()[0].Root
	require.Equal(t, Range{1, 1, 2}, root.Range())
	require.Equal(t, Range{1, 1, 2}, root.Key().All())
	require.Empty(t, root.Text().Value)
	require.Empty(t, root.Items())
	_, ok := root.Get("a")
	require.False(t, ok)
}

func TestDocuments(t *testing.T) {
	tests := map[string]struct {
		reason string
		file   string
		want   []string
	}{
		"Empty":          {"one document without content", "", []string{""}},
		"Comment":        {"a comment is no content", "# c\n---\na: 1\n", []string{"", "a"}},
		"SameLine":       {"content may stand behind the separator", "--- {a: 1}\n---\tb\n----\n", []string{"a", ""}},
		"Indented":       {"a separator in a block is text", "a: |\n  ---\nb: 1\n", []string{"ab"}},
		"Broken":         {"the next document is read all the same", "a: [\n---\nb: 1\n", []string{"line 1: did not find expected node content", "b"}},
		"BrokenInside":   {"the start of the broken part, counted from the file's start", "x: 1\n---\nx:\n  - a\n b: c\n", []string{"x", "line 3: did not find expected key"}},
		"BrokenFlow":     {"structure", "a: [1, 2\nb: c\n", []string{"line 2: did not find expected ',' or ']'"}},
		"BadCharacters":  {"characters", "a: 1\nb: c: d\n", []string{"line 2: mapping values are not allowed in this context"}},
		"UnknownAnchor":  {"an error without a line is at the document's start", "a: 1\n---\nb: *x\n", []string{"a", "line 2: unknown anchor 'x' referenced"}},
		"CircularAnchor": {"a value in itself must not hang", "a: &x\n  <<: *x\n  b: *x\n", []string{"a"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, document := range NewFile([]byte(tc.file)).Documents() {
				if document.Err != nil {
					got = append(got, document.Err.Error())
					continue
				}
				keys := ""
				for key := range document.Root.Entries() {
					keys += key
				}
				document.Root.DuplicateKeys()
				document.Root.Get("a", "c")
				got = append(got, keys)
			}
			require.Equal(t, tc.want, got, tc.reason)
		})
	}
}

func TestCoarsePlace(t *testing.T) {
	file := NewFile([]byte("a: one\nb: two\n"))
	for name, value := range map[string]string{"Other": "twx", "Longer": "two three", "Empty": ""} {
		t.Run(name, func(t *testing.T) {
			text := newText(file, &yaml.Node{Kind: yaml.ScalarNode, Value: value, Column: 4}, 2)
			require.Equal(t, 2, text.All().Line, "a value that the file does not have is at its start")
			require.Equal(t, 4, text.Range(len(value), len(value)).Column)
		})
	}
	require.Empty(t, file.Line(0)+file.Line(4))
}

func TestDuplicateKeys(t *testing.T) {
	root := NewFile([]byte("a: &x {k: 1, k: 2}\nb: *x\nc: [{m: 1, m: 2}, *x]\na: 3\n")).Documents()[0].Root
	var got []Range
	for _, entry := range root.DuplicateKeys() {
		got = append(got, entry.Key().All())
	}
	require.Equal(t, []Range{{1, 14, 15}, {3, 12, 13}, {4, 1, 2}}, got, "each once, where it is written")
}

// FuzzPlaces checks on any YAML that every scalar's places are inside the file,
// in order, and, where no escape is involved, at the very bytes of the value.
func FuzzPlaces(f *testing.F) {
	for _, seed := range []string{
		"a: |2-\n   x\n\n  y\n", "a: >\n  x\n   y\n\n  z\n", "a: 'b''c\n  d'", "a: \"\\u00e9\\\n  x\"", "- &a !!str x\n- *a\n",
		"? |\n  k\n: - x", "a: !<tag:x> >+\n\n  b\n\n", "'': ''", "a: \"\\xff\\L\"", "\ufeffa: b", "a: \"x\\",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file := NewFile(data)
		for _, document := range file.Documents() {
			walk(document.Root, map[*yaml.Node]bool{}, func(n Node) { checkPlaces(t, file, n) })
		}
	})
}

func walk(n Node, seen map[*yaml.Node]bool, visit func(Node)) {
	value := n.resolved()
	if value == nil || seen[value] {
		return
	}
	seen[value] = true
	visit(n)
	for _, item := range n.Items() {
		walk(item, seen, visit)
	}
	for _, entry := range n.Entries() {
		walk(entry, seen, visit)
	}
}

func checkPlaces(t *testing.T, file *File, n Node) {
	t.Helper()
	text := n.Text()
	require.Len(t, text.places, len(text.Value)+1)
	coarse := text.places[0] == text.places[len(text.places)-1]
	for i, place := range text.places {
		require.True(t, place >= 0 && place <= len(file.data))
		r := text.Range(i, len(text.Value))
		require.True(t, r.Line >= 1 && r.Line <= len(file.lines) && r.Column >= 1 && r.EndColumn > r.Column, "%+v", r)
		if i == 0 || i == len(text.Value) {
			continue
		}
		require.GreaterOrEqual(t, place, text.places[i-1])
		if c := text.Value[i]; !coarse && !isBlank(c) && file.data[place] != '\\' {
			require.Equal(t, c, file.data[place])
		}
	}
}
