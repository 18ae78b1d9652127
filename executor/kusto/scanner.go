package kusto

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// bufferSize is what a query holds of its answer at any time.
	bufferSize = 32 << 10
	// maxNumber bounds a number's digits: a decimal has 34.
	maxNumber = 512
	// maxDepth bounds nesting, so that no answer can exhaust the stack.
	maxDepth = 128
)

// scanner reads JSON from a stream through a window that slides: values are
// copied out as they are read, and nothing before pos is kept.
type scanner struct {
	src      io.Reader
	buf      []byte
	pos, end int
	read     int64 // bytes so far
	limit    int64 // bytes allowed; 0 means no limit
	err      error // what the source ended with
}

func newScanner(src io.Reader, limit int64) scanner {
	return scanner{src: src, buf: make([]byte, bufferSize), limit: limit}
}

// fill appends at least one byte to the window, keeping what starts at pos.
func (s *scanner) fill() error {
	if s.err != nil {
		return s.ended()
	}
	copy(s.buf, s.buf[s.pos:s.end])
	s.pos, s.end = 0, s.end-s.pos
	for range 100 {
		n, err := s.src.Read(s.buf[s.end:])
		s.end += n
		s.read += int64(n)
		s.err = err
		switch {
		case s.limit > 0 && s.read > s.limit:
			return tooManyBytes(s.limit)
		case n > 0:
			return nil
		case err != nil:
			return s.ended()
		}
	}
	return readFailure(io.ErrNoProgress)
}

// ended returns the error of an answer that stops in the middle.
func (s *scanner) ended() error {
	if errors.Is(s.err, io.EOF) {
		return truncated(io.ErrUnexpectedEOF)
	}
	return readFailure(s.err)
}

// finish demands that only white space is left. Reading on until the end also
// checks what HTTP and gzip put there: the last chunk and the checksum.
func (s *scanner) finish() error {
	for {
		for s.pos < s.end {
			if !isSpace(s.buf[s.pos]) {
				return malformed("text after the end of the answer")
			}
			s.pos++
		}
		switch {
		case s.limit > 0 && s.read > s.limit:
			return tooManyBytes(s.limit)
		case errors.Is(s.err, io.EOF):
			return nil
		}
		if err := s.fill(); err != nil && !errors.Is(s.err, io.EOF) {
			return err
		}
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// peek returns the next byte that is not white space, without consuming it.
func (s *scanner) peek() (byte, error) {
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			if !isSpace(c) {
				return c, nil
			}
			s.pos++
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// next consumes the next byte, white space included.
func (s *scanner) next() (byte, error) {
	if s.pos == s.end {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	c := s.buf[s.pos]
	s.pos++
	return c, nil
}

// expect consumes the byte want after any white space.
func (s *scanner) expect(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return malformed("unexpected character " + strconv.QuoteRune(rune(c)) + " instead of " + strconv.QuoteRune(rune(want)))
	}
	s.pos++
	return nil
}

// need brings at least n bytes into the window.
func (s *scanner) need(n int) error {
	for s.end-s.pos < n {
		if err := s.fill(); err != nil {
			return err
		}
	}
	return nil
}

// more reports whether a list that ends with end has another element. first is
// true before the first one.
func (s *scanner) more(first bool, end byte) (bool, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return false, err
	case c == end:
		s.pos++
		return false, nil
	case first:
		return true, nil
	}
	if c != ',' {
		return false, s.expect(',')
	}
	s.pos++
	return true, nil
}

// word consumes a number or a literal (true, NaN without quotes) and returns it;
// it is valid until the next read.
func (s *scanner) word() ([]byte, error) {
	n := 0
	for {
		for s.pos+n < s.end && isWord(s.buf[s.pos+n]) {
			n++
		}
		if s.pos+n < s.end {
			break
		}
		if n > maxNumber {
			return nil, malformed("a number of too many digits")
		}
		if err := s.fill(); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		return nil, malformed("unexpected character " + strconv.QuoteRune(rune(s.buf[s.pos])))
	}
	word := s.buf[s.pos : s.pos+n]
	s.pos += n
	return word, nil
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '-' || c == '+' || c == '.'
}

// str consumes a string and appends its content to dst as valid UTF-8.
func (s *scanner) str(dst []byte) ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return dst, err
	}
	return s.content(dst)
}

// content is str after the opening quote.
func (s *scanner) content(dst []byte) ([]byte, error) {
	start, ascii := len(dst), true
	for {
		window := s.buf[s.pos:s.end]
		n, plain := plainLen(window)
		ascii = ascii && plain
		dst = append(dst, window[:n]...)
		s.pos += n
		c, err := s.next()
		switch {
		case err != nil:
			return dst, err
		case c == '"' && !ascii:
			return repair(dst, start), nil
		case c == '"':
			return dst, nil
		case c == '\\':
			dst, err = s.escape(dst)
		case c < ' ':
			err = malformed("a control character in a string")
		default:
			// fill brought more of the same string.
			s.pos--
		}
		if err != nil {
			return dst, err
		}
	}
}

// Each byte of a word, for arithmetic on eight of them at once.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// plainLen returns how many bytes come before a quote, a backslash or a control
// character, and whether they are all ASCII. It takes eight at a time: most of what
// Kusto sends is in strings.
func plainLen(b []byte) (n int, ascii bool) {
	seen := uint64(0)
	for ; n+8 <= len(b); n += 8 {
		word := binary.LittleEndian.Uint64(b[n:])
		quote, slash := word^('"'*lowBits), word^('\\'*lowBits)
		// A byte below its bound borrows, which sets its high bit. A borrow may reach
		// the bytes above one that is found, never those below.
		found := ((word-' '*lowBits)&^word | (quote-lowBits)&^quote | (slash-lowBits)&^slash) & highBits
		if found != 0 {
			at := bits.TrailingZeros64(found) &^ 7
			seen |= word & (1<<at - 1)
			return n + at/8, seen&highBits == 0
		}
		seen |= word
	}
	for ; n < len(b); n++ {
		c := b[n]
		if c == '"' || c == '\\' || c < ' ' {
			break
		}
		seen |= uint64(c)
	}
	return n, seen&highBits == 0
}

// repair replaces invalid UTF-8 from start on.
func repair(dst []byte, start int) []byte {
	if utf8.Valid(dst[start:]) {
		return dst
	}
	return append(dst[:start], bytes.ToValidUTF8(dst[start:], []byte("\uFFFD"))...)
}

// escape consumes what follows a backslash.
func (s *scanner) escape(dst []byte) ([]byte, error) {
	c, err := s.next()
	if err != nil {
		return dst, err
	}
	switch c {
	case '"', '\\', '/':
		return append(dst, c), nil
	case 'n':
		return append(dst, '\n'), nil
	case 't':
		return append(dst, '\t'), nil
	case 'r':
		return append(dst, '\r'), nil
	case 'b':
		return append(dst, '\b'), nil
	case 'f':
		return append(dst, '\f'), nil
	case 'u':
		return s.unicode(dst)
	}
	return dst, malformed("an unknown escape in a string")
}

// unicode consumes the four digits after \u, and a second escape if the first is
// the high half of a pair. A half alone becomes U+FFFD.
func (s *scanner) unicode(dst []byte) ([]byte, error) {
	if err := s.need(4); err != nil {
		return dst, err
	}
	r, ok := hex4(s.buf[s.pos:])
	if !ok {
		return dst, malformed("an invalid \\u escape in a string")
	}
	s.pos += 4
	if utf16.IsSurrogate(r) {
		r = s.pair(r)
	}
	return utf8.AppendRune(dst, r), nil
}

func (s *scanner) pair(high rune) rune {
	if s.need(6) != nil || s.buf[s.pos] != '\\' || s.buf[s.pos+1] != 'u' {
		return utf8.RuneError
	}
	low, ok := hex4(s.buf[s.pos+2:])
	r := utf16.DecodeRune(high, low)
	if ok && r != utf8.RuneError {
		s.pos += 6
	}
	return r
}

func hex4(b []byte) (rune, bool) {
	v, err := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(v), err == nil
}

// raw consumes any value and appends it to dst, without white space.
func (s *scanner) raw(dst []byte, depth int) ([]byte, error) {
	c, err := s.peek()
	switch {
	case err != nil:
		return dst, err
	case depth > maxDepth:
		return dst, malformed("nesting that is too deep")
	case c == '{':
		return s.rawList(dst, '}', depth)
	case c == '[':
		return s.rawList(dst, ']', depth)
	case c == '"':
		return s.rawString(dst)
	}
	word, err := s.word()
	if err != nil {
		return dst, err
	}
	if !isScalar(word) {
		return dst, malformed("an invalid value")
	}
	return append(dst, word...), nil
}

// rawList consumes an object (end is a brace) or an array (end is a bracket).
func (s *scanner) rawList(dst []byte, end byte, depth int) ([]byte, error) {
	dst = append(dst, s.buf[s.pos])
	s.pos++
	for first := true; ; first = false {
		more, err := s.more(first, end)
		if err != nil {
			return dst, err
		}
		if !more {
			return append(dst, end), nil
		}
		if !first {
			dst = append(dst, ',')
		}
		if end == '}' {
			if dst, err = s.rawKey(dst); err != nil {
				return dst, err
			}
		}
		if dst, err = s.raw(dst, depth+1); err != nil {
			return dst, err
		}
	}
}

func (s *scanner) rawKey(dst []byte) ([]byte, error) {
	dst, err := s.rawString(dst)
	if err != nil {
		return dst, err
	}
	return append(dst, ':'), s.expect(':')
}

// rawString keeps the quotes and the escapes as they were sent.
func (s *scanner) rawString(dst []byte) ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = append(dst, '"')
	for escaped := false; ; {
		c, err := s.next()
		if err != nil {
			return dst, err
		}
		if c < ' ' {
			return dst, malformed("a control character in a string")
		}
		dst = append(dst, c)
		if c == '"' && !escaped {
			return repair(dst, start), nil
		}
		escaped = c == '\\' && !escaped
	}
}

// isScalar reports whether word is a JSON literal or number.
func isScalar(word []byte) bool {
	switch string(word) {
	case "null", "true", "false":
		return true
	}
	if c := word[len(word)-1]; c < '0' || c > '9' || (word[0] != '-' && (word[0] < '0' || word[0] > '9')) {
		return false
	}
	_, err := strconv.ParseFloat(string(word), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// key consumes a property's name and the colon after it.
func (s *scanner) key(scratch []byte) ([]byte, error) {
	key, err := s.str(scratch[:0])
	if err != nil {
		return key, err
	}
	return key, s.expect(':')
}
