package kql

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what sort of token it is.
type Kind uint8

// The kinds of token.
const (
	// Name is an identifier or keyword; KQL's keywords depend on the place.
	Name Kind = iota + 1
	// BracketName is a quoted identifier: ['any text'] or ["any text"].
	BracketName
	// String is a string literal of any form; Value is its content.
	String
	// Number is a long or real literal, with sign-less exponent form included.
	Number
	// TimeSpan is a number with a unit: 5m, 1.5h, 100ns, 3tick.
	TimeSpan
	// Typed is the text between the parentheses of a typed literal, as in
	// datetime(2024-01-01) or timespan(1.00:00:00); Name is the type.
	Typed
	// Operator is punctuation or an operator, the longest that matches.
	Operator
)

// Token is one token and its place.
type Token struct {
	Kind Kind
	// Text is the source text of the whole token.
	Text string
	// Value is the content: unquoted for String and BracketName, the literal's
	// inner text for Typed, otherwise the same as Text.
	Value string
	// Type is the literal's type name, lower case, for Typed.
	Type string
	// Offset is the byte offset of Text in the source.
	Offset int
}

// End returns the offset of the first byte after the token.
func (t Token) End() int { return t.Offset + len(t.Text) }

// Is reports whether t is the operator text.
func (t Token) Is(operator string) bool { return t.Kind == Operator && t.Text == operator }

// IsName reports whether t is the bare identifier name, by exact case.
func (t Token) IsName(name string) bool { return t.Kind == Name && t.Text == name }

// SyntaxError is text that is no token.
type SyntaxError struct {
	Offset  int
	Message string
}

// Error returns the message and the offset.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s at offset %d", e.Message, e.Offset) }

// Lex returns the tokens of src. Comments and white space separate tokens and
// are dropped. On an error the tokens before it are returned as well.
func Lex(src string) ([]Token, error) {
	l := lexer{src: src}
	var tokens []Token
	for {
		l.skipBlank()
		if l.pos >= len(src) {
			return tokens, nil
		}
		token, err := l.next()
		if err != nil {
			return tokens, err
		}
		tokens = append(tokens, token)
	}
}

// Position returns the line and column, both from 1, of a byte offset; the
// column counts characters.
func Position(src string, offset int) (line, column int) {
	offset = min(max(offset, 0), len(src))
	before := src[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

type lexer struct {
	src string
	pos int
}

func (l *lexer) rest() string { return l.src[l.pos:] }

func (l *lexer) skipBlank() {
	for l.pos < len(l.src) {
		r, size := utf8.DecodeRuneInString(l.rest())
		switch {
		case unicode.IsSpace(r) || r == '\ufeff':
			l.pos += size
		case strings.HasPrefix(l.rest(), "//"):
			end := strings.IndexByte(l.rest(), '\n')
			if end < 0 {
				end = len(l.rest())
			}
			l.pos += end
		default:
			return
		}
	}
}

func (l *lexer) next() (Token, error) {
	rest := l.rest()
	c := rest[0]
	switch {
	case c == '"' || c == '\'' || strings.HasPrefix(rest, "```") || strings.HasPrefix(rest, "~~~"):
		return l.str(0)
	case c == '@' && len(rest) > 1 && isQuote(rest[1]):
		return l.str(1)
	case (c == 'h' || c == 'H') && obfuscatedPrefix(rest) > 0:
		return l.str(obfuscatedPrefix(rest))
	case c == '[':
		if token, ok := l.bracketName(); ok {
			return token, nil
		}
	case isDigit(c):
		return l.number(), nil
	case isNameStart(rest):
		return l.name()
	}
	return l.operator()
}

func (l *lexer) take(kind Kind, n int) Token {
	text := l.src[l.pos : l.pos+n]
	token := Token{Kind: kind, Text: text, Value: text, Offset: l.pos}
	l.pos += n
	return token
}

// obfuscatedPrefix returns the length of h, h@ before a quote, or 0.
func obfuscatedPrefix(rest string) int {
	switch {
	case len(rest) > 1 && isQuote(rest[1]), strings.HasPrefix(rest[1:], "```"):
		return 1
	case len(rest) > 2 && rest[1] == '@' && isQuote(rest[2]):
		return 2
	}
	return 0
}

func (l *lexer) str(prefix int) (Token, error) {
	rest := l.rest()
	verbatim := prefix > 0 && rest[prefix-1] == '@'
	body := rest[prefix:]
	for _, fence := range []string{"```", "~~~"} {
		if !strings.HasPrefix(body, fence) {
			continue
		}
		end := strings.Index(body[3:], fence)
		if end < 0 {
			return Token{}, &SyntaxError{l.pos, "unterminated multi-line string"}
		}
		token := l.take(String, prefix+end+6)
		token.Value = body[3 : 3+end]
		return token, nil
	}
	value, n, ok := quoted(body, verbatim)
	if !ok {
		return Token{}, &SyntaxError{l.pos, "unterminated string"}
	}
	token := l.take(String, prefix+n)
	token.Value = value
	return token, nil
}

// quoted reads a quoted string at the start of s and returns its value and its
// length in the source. A verbatim string doubles its quote instead of escaping.
func quoted(s string, verbatim bool) (value string, n int, ok bool) {
	quote := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == quote && verbatim && i+1 < len(s) && s[i+1] == quote:
			b.WriteByte(quote)
			i++
		case c == quote:
			return b.String(), i + 1, true
		case c == '\n' || c == '\r':
			return "", 0, false
		case c == '\\' && !verbatim && i+1 < len(s):
			i += unescape(&b, s[i+1:])
		default:
			b.WriteByte(c)
		}
	}
	return "", 0, false
}

// unescape writes the character that the escape sequence after a backslash
// stands for, and returns the sequence's length.
func unescape(b *strings.Builder, s string) int {
	switch s[0] {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'a':
		b.WriteByte('\a')
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'v':
		b.WriteByte('\v')
	case '0':
		b.WriteByte(0)
	case 'x':
		return unescapeHex(b, s, 2)
	case 'u':
		return unescapeHex(b, s, 4)
	case 'U':
		return unescapeHex(b, s, 8)
	default:
		b.WriteByte(s[0])
	}
	return 1
}

func unescapeHex(b *strings.Builder, s string, digits int) int {
	var r rune
	if len(s) <= digits {
		b.WriteByte(s[0])
		return 1
	}
	for _, c := range []byte(s[1 : digits+1]) {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if isDigit(c) {
			d = int(c - '0')
		}
		if d < 0 {
			b.WriteByte(s[0])
			return 1
		}
		r = r<<4 | rune(d)
	}
	b.WriteRune(r)
	return digits + 1
}

// bracketName reads ['text'] or ["text"]; anything else that starts with a
// bracket is an operator (indexing, a list, a range).
func (l *lexer) bracketName() (Token, bool) {
	rest := l.rest()
	start := 1 + blankLen(rest[1:])
	if start >= len(rest) || !isQuote(rest[start]) || l.indexes() {
		return Token{}, false
	}
	value, n, ok := quoted(rest[start:], false)
	if !ok {
		return Token{}, false
	}
	end := start + n
	end += blankLen(rest[end:])
	if end >= len(rest) || rest[end] != ']' {
		return Token{}, false
	}
	token := l.take(BracketName, end+1)
	token.Value = value
	return token, true
}

// indexes reports whether a bracket at the current place follows a value, so
// that Body['ts'] is an index and not two names.
func (l *lexer) indexes() bool {
	if l.pos == 0 {
		return false
	}
	r, _ := utf8.DecodeLastRuneInString(l.src[:l.pos])
	return r == ')' || r == ']' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func blankLen(s string) int { return len(s) - len(strings.TrimLeft(s, " \t\r\n")) }

func isQuote(c byte) bool { return c == '"' || c == '\'' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || r == '$' || unicode.IsLetter(r)
}

func nameLen(s string) int {
	for i, r := range s {
		if r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return i
		}
	}
	return len(s)
}

// number reads a long, a real or a timespan. "1..5" is a range, not a real.
func (l *lexer) number() Token {
	rest := l.rest()
	if len(rest) > 2 && rest[0] == '0' && (rest[1] == 'x' || rest[1] == 'X') {
		return l.take(Number, 2+nameLen(rest[2:]))
	}
	n := digits(rest)
	if n+1 < len(rest) && rest[n] == '.' && isDigit(rest[n+1]) {
		n += 1 + digits(rest[n+1:])
	}
	if m := exponent(rest[n:]); m > 0 {
		return l.take(Number, n+m)
	}
	unit := nameLen(rest[n:])
	if unit > 0 && isUnit(rest[n:n+unit]) {
		return l.take(TimeSpan, n+unit)
	}
	return l.take(Number, n)
}

func digits(s string) int {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return i
		}
	}
	return len(s)
}

func exponent(s string) int {
	if len(s) < 2 || (s[0] != 'e' && s[0] != 'E') {
		return 0
	}
	n := 1
	if s[1] == '+' || s[1] == '-' {
		n = 2
	}
	d := digits(s[n:])
	if d == 0 {
		return 0
	}
	return n + d
}

func isUnit(s string) bool {
	switch s {
	case "d", "day", "days", "h", "hr", "hrs", "hour", "hours", "m", "min", "minute", "minutes",
		"s", "sec", "second", "seconds", "ms", "milli", "millis", "millisecond", "milliseconds",
		"micro", "micros", "microsecond", "microseconds", "nano", "nanos", "nanosecond", "nanoseconds",
		"ns", "us", "tick", "ticks":
		return true
	}
	return false
}

// name reads an identifier, or a typed literal whose inner text is not KQL.
func (l *lexer) name() (Token, error) {
	rest := l.rest()
	n := nameLen(rest)
	if !isLiteralType(rest[:n]) {
		return l.take(Name, n), nil
	}
	open := n + blankLen(rest[n:])
	if open >= len(rest) || rest[open] != '(' {
		return l.take(Name, n), nil
	}
	end := strings.IndexByte(rest[open:], ')')
	if end < 0 {
		return Token{}, &SyntaxError{l.pos, fmt.Sprintf("unterminated %s literal", rest[:n])}
	}
	inner := strings.TrimSpace(rest[open+1 : open+end])
	if isQuotedOrCall(inner) {
		return l.take(Name, n), nil
	}
	token := l.take(Typed, open+end+1)
	token.Type, token.Value = strings.ToLower(rest[:n]), inner
	return token, nil
}

// isQuotedOrCall reports whether the text in a literal's parentheses is rather
// an argument: a string or a nested call, as in time("1h") or bool(f(x)).
func isQuotedOrCall(inner string) bool {
	return strings.ContainsAny(inner, `"'(`)
}

func isLiteralType(name string) bool {
	switch strings.ToLower(name) {
	case "datetime", "date", "timespan", "time", "guid", "decimal", "real", "double", "long", "int", "bool", "boolean":
		return true
	}
	return false
}

var operators = []string{
	"=~", "!~", "==", "!=", "<>", "<=", ">=", "=>", "..",
}

func (l *lexer) operator() (Token, error) {
	rest := l.rest()
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			return l.take(Operator, len(op)), nil
		}
	}
	if strings.IndexByte("|()[]{},;:.=<>+-*/%!?@&^~#\\", rest[0]) >= 0 {
		return l.take(Operator, 1), nil
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return Token{}, &SyntaxError{l.pos, fmt.Sprintf("unexpected character %q", r)}
}
