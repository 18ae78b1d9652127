package kql

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// short is a token without its place.
type short struct {
	Kind  Kind
	Value string
}

func TestLex(t *testing.T) {
	cases := map[string]struct {
		src  string
		want []short
	}{
		"Query":     {"T | where a>=1.5", []short{{Name, "T"}, {Operator, "|"}, {Name, "where"}, {Name, "a"}, {Operator, ">="}, {Number, "1.5"}}},
		"Comments":  {"// a 'b\nx // y", []short{{Name, "x"}}},
		"Strings":   {`'a\'b' "c\td" @'e\f''g' h'i' h@"j"`, []short{{String, "a'b"}, {String, "c\td"}, {String, `e\f'g`}, {String, "i"}, {String, "j"}}},
		"Escapes":   {`'\n\r\a\b\f\v\0\x41\u00e9\U0001F600\q\x4'`, []short{{String, "\n\r\a\b\f\v\x00Aé😀qx4"}}},
		"MultiLine": {"```a\n'b'``` ~~~c~~~ h```d```", []short{{String, "a\n'b'"}, {String, "c"}, {String, "d"}}},
		"Bracketed": {`['a b'] ["c"] [ 'd' ] x['e'] f()['g'] ['h', 'i']`, []short{
			{BracketName, "a b"},
			{BracketName, "c"},
			{BracketName, "d"},
			{Name, "x"},
			{Operator, "["},
			{String, "e"},
			{Operator, "]"},
			{Name, "f"},
			{Operator, "("},
			{Operator, ")"},
			{Operator, "["},
			{String, "g"},
			{Operator, "]"},
			{Operator, "["},
			{String, "h"},
			{Operator, ","},
			{String, "i"},
			{Operator, "]"},
		}},
		"Numbers":       {"1 0x1F 1e3 1.5E-3 1..5 7.x 1e", []short{{Number, "1"}, {Number, "0x1F"}, {Number, "1e3"}, {Number, "1.5E-3"}, {Number, "1"}, {Operator, ".."}, {Number, "5"}, {Number, "7"}, {Operator, "."}, {Name, "x"}, {Number, "1"}, {Name, "e"}}},
		"TimeSpans":     {"5m 1.5h 100ns 3ticks 1mo", []short{{TimeSpan, "5m"}, {TimeSpan, "1.5h"}, {TimeSpan, "100ns"}, {TimeSpan, "3ticks"}, {Number, "1"}, {Name, "mo"}}},
		"Typed":         {"datetime(2024-01-01 10:00) real( nan ) int", []short{{Typed, "2024-01-01 10:00"}, {Typed, "nan"}, {Name, "int"}}},
		"TypedAsCall":   {`time("1h") bool(f(x)) datetime`, []short{{Name, "time"}, {Operator, "("}, {String, "1h"}, {Operator, ")"}, {Name, "bool"}, {Operator, "("}, {Name, "f"}, {Operator, "("}, {Name, "x"}, {Operator, ")"}, {Operator, ")"}, {Name, "datetime"}}},
		"Operators":     {"=~ !~ == != <> <= => .. !in", []short{{Operator, "=~"}, {Operator, "!~"}, {Operator, "=="}, {Operator, "!="}, {Operator, "<>"}, {Operator, "<="}, {Operator, "=>"}, {Operator, ".."}, {Operator, "!"}, {Name, "in"}}},
		"NamesAreWide":  {"_startTime $left größe", []short{{Name, "_startTime"}, {Name, "$left"}, {Name, "größe"}}},
		"ByteOrderMark": {"\ufeffT\u00a0|", []short{{Name, "T"}, {Operator, "|"}}},
		"Nothing":       {" // only a comment", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tokens, err := Lex(tc.src)
			require.NoError(t, err)
			var got []short
			for _, token := range tokens {
				got = append(got, short{token.Kind, token.Value})
			}
			require.Empty(t, cmp.Diff(tc.want, got))
		})
	}
}

func TestLexErrors(t *testing.T) {
	cases := map[string]struct {
		src    string
		offset int
		before int
	}{
		"String":         {"print 'abc", 6, 1},
		"LineInString":   {"print 'a\nb'", 6, 1},
		"MultiLine":      {"x ```abc", 2, 1},
		"Typed":          {"a datetime(2024", 2, 1},
		"Character":      {"a § b", 2, 1},
		"InvalidUTF8":    {"a \xff", 2, 1},
		"ObfuscatedName": {"h'", 0, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tokens, err := Lex(tc.src)
			var syntax *SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Equal(t, tc.offset, syntax.Offset)
			require.Len(t, tokens, tc.before)
			require.Contains(t, err.Error(), "at offset")
		})
	}
}

func TestPosition(t *testing.T) {
	const src = "a\nbé c\n"
	for offset, want := range map[int][2]int{-1: {1, 1}, 0: {1, 1}, 2: {2, 1}, 6: {2, 4}, 8: {3, 1}, 99: {3, 1}} {
		line, column := Position(src, offset)
		require.Equal(t, want, [2]int{line, column}, offset)
	}
}

func TestToken(t *testing.T) {
	tokens, err := Lex("a | datetime(x)")
	require.NoError(t, err)
	require.True(t, tokens[0].IsName("a"))
	require.False(t, tokens[0].IsName("A"))
	require.True(t, tokens[1].Is("|"))
	require.False(t, tokens[0].Is("a"))
	require.Equal(t, "datetime", tokens[2].Type)
	require.Equal(t, 15, tokens[2].End())
}

// FuzzLex checks that tokens tile the source: each is the text at its place,
// none overlaps, and between them is nothing but white space and comments.
func FuzzLex(f *testing.F) {
	for _, s := range []string{"T | where a == 'b' // c", "['x'] h@\"y\" ```z```", "datetime(2024-01-01) 1..5 5m 0x", "\xff", "h", "@", "a['", "[ '", "//"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		tokens, err := Lex(src)
		at := 0
		for _, token := range tokens {
			require.GreaterOrEqual(t, token.Offset, at)
			require.NotEmpty(t, token.Text)
			require.Equal(t, token.Text, src[token.Offset:token.End()])
			requireBlank(t, src[at:token.Offset])
			at = token.End()
		}
		if err == nil {
			requireBlank(t, src[at:])
			return
		}
		var syntax *SyntaxError
		require.ErrorAs(t, err, &syntax)
		require.LessOrEqual(t, at, syntax.Offset)
		require.Less(t, syntax.Offset, len(src))
		requireBlank(t, src[at:syntax.Offset])
	})
}

func requireBlank(t *testing.T, gap string) {
	t.Helper()
	l := lexer{src: gap}
	l.skipBlank()
	require.Equal(t, len(gap), l.pos, "%q is no white space", gap)
}
