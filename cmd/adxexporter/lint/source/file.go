package source

import (
	"strings"
	"unicode/utf8"
)

// File is the text of a file with its lines.
type File struct {
	data string
	// lines holds the offset of the start of each line.
	lines []int
}

// NewFile returns the file with this text.
func NewFile(data []byte) *File {
	f := &File{data: string(data), lines: []int{0}}
	for i := range len(f.data) {
		if f.data[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// Line returns the text of a line, counted from 1, without its end.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	line := f.data[f.lines[n-1]:]
	if end := strings.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	return strings.TrimSuffix(line, "\r")
}

// offset returns the byte offset of a line and column, cut to the line's end.
func (f *File) offset(line, column int) int {
	line = min(max(line, 1), len(f.lines))
	at, text := f.lines[line-1], f.Line(line)
	for range column - 1 {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		at += size
	}
	return at
}

// rangeOf returns the place of the bytes from start to end, at least one
// character wide, on the line of start.
func (f *File) rangeOf(start, end int) Range {
	line := f.lineOf(start)
	from := f.lines[line-1]
	text := f.Line(line)
	column := 1 + utf8.RuneCountInString(text[:min(start-from, len(text))])
	endColumn := 1 + utf8.RuneCountInString(text[:min(max(end-from, 0), len(text))])
	return Range{Line: line, Column: column, EndColumn: max(endColumn, column+1)}
}

func (f *File) lineOf(offset int) int {
	low, high := 0, len(f.lines)
	for high-low > 1 {
		if middle := (low + high) / 2; f.lines[middle] <= offset {
			low = middle
		} else {
			high = middle
		}
	}
	return low + 1
}
