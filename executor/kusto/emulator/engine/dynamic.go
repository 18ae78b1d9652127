package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/adx-mon/adxexporter/executor/query"
)

const (
	// maxJSONDepth bounds the nesting of a dynamic value that is read.
	maxJSONDepth = 100
	// maxJSONText is where rendering stops to descend: a value that contains
	// another one twice, and so on, is small in memory and endless as text.
	maxJSONText = 8 << 20
)

var errJSON = errors.New("not a JSON document")

// parseJSON reads one JSON document as a dynamic value, keeping key order.
func parseJSON(s string) (Value, error) {
	decoder := json.NewDecoder(strings.NewReader(s))
	decoder.UseNumber()
	v, err := readJSON(decoder, 0)
	if err != nil {
		return Value{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Value{}, errJSON
	}
	return v, nil
}

func readJSON(decoder *json.Decoder, depth int) (Value, error) {
	token, err := decoder.Token()
	if err != nil {
		return Value{}, err
	}
	if depth > maxJSONDepth {
		return Value{}, errJSON
	}
	switch token := token.(type) {
	case string:
		return String(token), nil
	case bool:
		return Bool(token), nil
	case json.Number:
		return numberValue(token.String()), nil
	case json.Delim:
		if token == '[' {
			return readArray(decoder, depth)
		}
		return readBag(decoder, depth)
	}
	return Null(query.Dynamic), nil
}

func readArray(decoder *json.Decoder, depth int) (Value, error) {
	items := []Value{}
	for decoder.More() {
		item, err := readJSON(decoder, depth+1)
		if err != nil {
			return Value{}, err
		}
		items = append(items, item)
	}
	_, err := decoder.Token()
	return Array(items), err
}

func readBag(decoder *json.Decoder, depth int) (Value, error) {
	bag := newBag()
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return Value{}, err
		}
		item, err := readJSON(decoder, depth+1)
		if err != nil {
			return Value{}, err
		}
		name, ok := key.(string)
		if !ok {
			return Value{}, errJSON
		}
		bag.set(name, item)
	}
	_, err := decoder.Token()
	return bagOf(bag), err
}

// numberValue returns a long, or a real when the digits are not an integer.
func numberValue(digits string) Value {
	if n, err := strconv.ParseInt(digits, 0, 64); err == nil {
		return Long(n)
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && math.IsInf(f, 0) {
		return Real(f)
	}
	if err != nil {
		return Null(query.Real)
	}
	return Real(f)
}

func marshalDynamic(x any) (Value, bool) {
	text, err := json.Marshal(x)
	if err != nil {
		return Value{}, false
	}
	v, err := parseJSON(string(text))
	return v, err == nil
}

// AppendJSON appends v as the service puts it into a frame: null for null,
// numbers and bools bare, NaN and the infinities and all else quoted, arrays
// and bags as they are.
func (v Value) AppendJSON(dst []byte) []byte {
	if v.Null {
		return append(dst, "null"...)
	}
	switch v.Type {
	case query.Bool, query.Int, query.Long:
		return v.appendText(dst)
	case query.Real:
		if f := v.Float64(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return appendJSONReal(dst, f)
		}
		return append(v.appendText(append(dst, '"')), '"')
	case query.DateTime:
		return query.Time(v.n).AppendFormat(dst, `"2006-01-02T15:04:05.9999999Z"`)
	case query.TimeSpan, query.Decimal, query.GUID:
		return append(v.appendText(append(dst, '"')), '"')
	case query.Dynamic:
		return appendDynamic(dst, v)
	default:
		return appendQuoted(dst, v.s)
	}
}

// appendJSONReal keeps a point or an exponent, so that a real stays a real when
// the value is read back without its type.
func appendJSONReal(dst []byte, f float64) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'g', -1, 64)
	if !bytes.ContainsAny(dst[start:], ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendDynamic(dst []byte, v Value) []byte {
	if len(dst) > maxJSONText {
		return append(dst, "null"...)
	}
	switch obj := v.obj.(type) {
	case []Value:
		dst = append(dst, '[')
		for i, item := range obj {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.AppendJSON(dst)
		}
		return append(dst, ']')
	case *Bag:
		dst = append(dst, '{')
		for i, key := range obj.keys {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, key), ':')
			dst = obj.values[key].AppendJSON(dst)
		}
		return append(dst, '}')
	}
	return append(dst, "null"...)
}

// appendQuoted appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscaped(dst, c)
		i += size
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscaped(dst []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch {
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c == '\n':
		return append(dst, '\\', 'n')
	case c >= utf8.RuneSelf:
		return append(dst, "\ufffd"...)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// member returns a bag's value or null.
func member(v Value, key string) Value {
	bag, ok := v.obj.(*Bag)
	if !ok {
		return Null(query.Dynamic)
	}
	if item, ok := bag.values[key]; ok {
		return item
	}
	return Null(query.Dynamic)
}

// element returns an array's item, counted from the end when i is negative.
func element(v Value, i int64) Value {
	items, ok := v.obj.([]Value)
	if i < 0 {
		i += int64(len(items))
	}
	if !ok || i < 0 || i >= int64(len(items)) {
		return Null(query.Dynamic)
	}
	return items[i]
}
