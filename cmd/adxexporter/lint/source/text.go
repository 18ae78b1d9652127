package source

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Text is a scalar's value, each byte of which knows its place in the file.
type Text struct {
	// Value is the scalar's value.
	Value string

	file *File
	// places holds the file offset of every byte of Value, and that of the end.
	places []int
}

// Range is a piece of one line of a file: lines and columns count from 1,
// columns in characters, and EndColumn is the first one after the piece.
type Range struct {
	Line, Column, EndColumn int
}

// Range returns the place of Value[from:to]. A piece that goes on over the end
// of a line is cut there, because a finding underlines one line.
func (t Text) Range(from, to int) Range {
	last := len(t.places) - 1
	from = min(max(from, 0), last)
	start, end := t.places[from], t.places[min(max(to, from), last)]
	if to > from {
		// The byte before the end is in the piece for sure; what follows it in
		// the value may be a line further down in the file.
		end = t.places[min(to, last)-1] + 1
	}
	return t.file.rangeOf(start, end)
}

// All returns the place of the whole value, or of its first line.
func (t Text) All() Range { return t.Range(0, len(t.Value)) }

// newText returns a scalar with its places. Where the value cannot be followed
// in the file, every byte is at the scalar's start: the place is then coarse,
// but never wrong.
func newText(file *File, node *yaml.Node, line int) Text {
	start := file.offset(line, node.Column)
	places, ok := follow(node.Value, file.data, skipProperties(file.data, start), node.Style)
	if !ok {
		places = make([]int, len(node.Value)+1)
		for i := range places {
			places[i] = start
		}
	}
	return Text{Value: node.Value, file: file, places: places}
}

// skipProperties returns the offset behind a tag and an anchor, if there are any.
func skipProperties(data string, at int) int {
	for at < len(data) && (data[at] == '!' || data[at] == '&') {
		at += strings.IndexAny(data[at:]+" ", " \t\r\n")
		at = skipBlank(data, at)
	}
	return at
}

// follow walks through the value and the file together. All of YAML's folding,
// indentation and chomping changes white space only, so it is enough to let
// white space differ and to insist on everything else.
func follow(value, data string, at int, style yaml.Style) (places []int, ok bool) {
	f := follower{data: data, at: at, style: style &^ yaml.TaggedStyle}
	if f.style == yaml.LiteralStyle || f.style == yaml.FoldedStyle {
		f.at += strings.IndexByte(data[at:]+"\n", '\n')
	}
	if f.style == yaml.SingleQuotedStyle || f.style == yaml.DoubleQuotedStyle {
		f.at++
	}
	f.places = make([]int, 0, len(value)+1)
	for len(f.places) < len(value) {
		if !f.step(value[len(f.places)]) {
			return nil, false
		}
	}
	if len(f.places) > len(value) {
		return nil, false
	}
	return append(f.places, min(f.at, len(data))), true
}

type follower struct {
	data   string
	at     int
	style  yaml.Style
	places []int
}

// step finds the next byte of the value in the file.
func (f *follower) step(c byte) bool {
	if f.escape() {
		return true
	}
	if isBlank(c) {
		f.blank(c)
		return true
	}
	f.at = skipBlank(f.data, f.at)
	switch {
	case f.escape():
		return true
	case f.at >= len(f.data) || f.data[f.at] != c:
		return false
	}
	f.places = append(f.places, f.at)
	f.at++
	if c == '\'' && f.style == yaml.SingleQuotedStyle {
		f.at++
	}
	return true
}

// blank maps a white space byte: to itself, or, where the file has another kind
// or none (a folded line break), to whatever stands in its place.
func (f *follower) blank(c byte) {
	f.places = append(f.places, min(f.at, len(f.data)))
	if f.at < len(f.data) && f.data[f.at] == c {
		f.at++
	}
}

// escape maps the bytes of one escape sequence of a double-quoted scalar.
func (f *follower) escape() bool {
	if f.style != yaml.DoubleQuotedStyle {
		return false
	}
	for strings.HasPrefix(f.data[min(f.at, len(f.data)):], "\\\n") || strings.HasPrefix(f.data[min(f.at, len(f.data)):], "\\\r") {
		f.at = skipBlank(f.data, f.at+1)
	}
	if f.at+1 >= len(f.data) || f.data[f.at] != '\\' {
		return false
	}
	length, bytes := escapeSize(f.data[f.at+1:])
	for range bytes {
		f.places = append(f.places, f.at)
	}
	f.at += 1 + length
	return true
}

// escapeSize returns how long an escape sequence is behind its backslash, and of
// how many bytes of UTF-8 its value is.
func escapeSize(s string) (length, bytes int) {
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	switch {
	case digits > 0:
		return 1 + digits, utf8.RuneLen(hex(s[1:min(len(s), 1+digits)]))
	case s[0] == 'N' || s[0] == '_':
		return 1, utf8.RuneLen('\u0085')
	case s[0] == 'L' || s[0] == 'P':
		return 1, utf8.RuneLen('\u2028')
	}
	return 1, 1
}

func hex(s string) rune {
	var r rune
	for _, c := range []byte(s) {
		r = r<<4 | rune(strings.IndexByte("0123456789abcdef", c|0x20)&0xf)
	}
	return r
}

func skipBlank(s string, at int) int {
	for at < len(s) && isBlank(s[at]) {
		at++
	}
	return at
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
