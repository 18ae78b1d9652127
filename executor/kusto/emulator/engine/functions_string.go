package engine

import (
	"encoding/base64"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"github.com/adx-mon/adxexporter/executor/query"
)

// text1 is a function of one string.
func text1(t query.Type, f func(string) Value) function {
	return fixedArity(1, 1, t, func(a []Value) Value { return f(a[0].Text()) }).withNulls()
}

func mapText(f func(string) string) function {
	return text1(query.String, func(s string) Value { return String(f(s)) })
}

var stringFunctions = map[string]function{
	"strcat":         fixedArity(1, -1, query.String, strcat).withNulls(),
	"strcat_delim":   fixedArity(2, -1, query.String, func(a []Value) Value { return String(joinText(a[0].Text(), a[1:])) }).withNulls(),
	"tolower":        mapText(strings.ToLower),
	"toupper":        mapText(strings.ToUpper),
	"strlen":         text1(query.Long, func(s string) Value { return Long(int64(utf8.RuneCountInString(s))) }),
	"reverse":        mapText(reverse),
	"substring":      fixedArity(2, 3, query.String, substring),
	"split":          fixedArity(2, 3, query.Dynamic, split),
	"trim":           {min: 2, max: 2, result: always(query.String), eval: trimWith("^(?:", ")|(?:", ")$")},
	"trim_start":     {min: 2, max: 2, result: always(query.String), eval: trimWith("^(?:", ")", "")},
	"trim_end":       {min: 2, max: 2, result: always(query.String), eval: trimWith("(?:", ")$", "")},
	"trim_ws":        mapText(strings.TrimSpace),
	"replace_string": fixedArity(3, 3, query.String, replaceString),
	"replace_regex":  {min: 3, max: 3, result: always(query.String), eval: replaceRegex},
	"replace":        {min: 3, max: 3, result: always(query.String), eval: func(b *binder, a []Value) Value { return replaceRegex(b, []Value{a[2], a[0], a[1]}) }},
	"extract":        {min: 3, max: 4, result: extractType, eval: extract},
	"extract_all":    {min: 2, max: 3, result: always(query.Dynamic), eval: extractAll},
	"indexof":        fixedArity(2, 5, query.Long, indexOf),
	"countof":        {min: 2, max: 3, result: always(query.Long), eval: countOf},
	"strrep":         fixedArity(2, 3, query.String, strrep),
	"base64_encode_tostring": mapText(func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(s))
	}),
	"base64_decode_tostring": text1(query.String, func(s string) Value {
		decoded, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return Null(query.String)
		}
		return String(string(decoded))
	}),
	"hash": fixedArity(1, 2, query.Long, hash),
}

func strcat(a []Value) Value {
	var dst []byte
	for _, v := range a {
		dst = v.appendText(dst)
		if len(dst) > maxText {
			break
		}
	}
	return String(string(dst))
}

// joinText joins texts up to the longest string that there is.
func joinText(separator string, items []Value) string {
	var b strings.Builder
	for i, item := range items {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(item.Text())
		if b.Len() > maxText {
			break
		}
	}
	return b.String()
}

func reverse(s string) string {
	runes := []rune(s)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return string(runes)
}

// substring counts characters from 0; a negative start counts from the end.
func substring(a []Value) Value {
	runes := []rune(a[0].Text())
	n := int64(len(runes))
	start := convert(a[1], query.Long).n
	if start < 0 {
		start = max(0, n+start)
	}
	start = min(start, n)
	length := n - start
	if len(a) == 3 {
		length = min(max(convert(a[2], query.Long).n, 0), length)
	}
	return String(string(runes[start : start+length]))
}

func split(a []Value) Value {
	var parts []string
	if separator := a[1].Text(); separator == "" {
		parts = []string{a[0].Text()}
	} else {
		parts = strings.Split(a[0].Text(), separator)
	}
	items := make([]Value, len(parts))
	for i, part := range parts {
		items[i] = String(part)
	}
	if len(a) == 2 {
		return Array(items)
	}
	if i := convert(a[2], query.Long).n; i >= 0 && i < int64(len(items)) {
		return Array(items[i : i+1])
	}
	return Array([]Value{})
}

func trimWith(open, middle, end string) func(*binder, []Value) Value {
	return func(b *binder, a []Value) Value {
		pattern := a[0].Text()
		full := open + pattern + middle
		if end != "" {
			full += pattern + end
		}
		re := b.regex(full)
		if re == nil {
			return a[1]
		}
		return String(re.ReplaceAllLiteralString(a[1].Text(), ""))
	}
}

func replaceString(a []Value) Value {
	text, old, replacement := a[0].Text(), a[1].Text(), a[2].Text()
	if old == "" || strings.Count(text, old)*len(replacement) > maxText {
		return String(text)
	}
	return String(strings.ReplaceAll(text, old, replacement))
}

// replaceRegex takes \1 for a group, as the service does.
func replaceRegex(b *binder, a []Value) Value {
	text := a[0].Text()
	re := b.regex(a[1].Text())
	if re == nil {
		return String(text)
	}
	replacement := goTemplate(a[2].Text())
	if len(re.FindAllStringIndex(text, -1))*(len(replacement)+len(text)) > 8*maxText {
		return String(text)
	}
	return String(re.ReplaceAllString(text, replacement))
}

// goTemplate turns \1 into ${1} and $ into $$.
func goTemplate(s string) string {
	s = strings.ReplaceAll(s, "$", "$$")
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			b.WriteString("${" + s[i+1:i+2] + "}")
			i++
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// extractType is dynamic with a type argument: the type comes as a value.
func extractType(args []query.Type) query.Type {
	if len(args) == 4 {
		return query.Dynamic
	}
	return query.String
}

func extract(b *binder, a []Value) Value {
	re := b.regex(a[0].Text())
	if re == nil {
		return Null(query.String)
	}
	groups := re.FindStringSubmatch(a[2].Text())
	i := convert(a[1], query.Long).n
	if i < 0 || i >= int64(len(groups)) {
		return Null(query.String)
	}
	if len(a) == 4 {
		if t, err := query.ParseType(a[3].Text()); err == nil {
			return parseText(groups[i], t)
		}
	}
	return String(groups[i])
}

func extractAll(b *binder, a []Value) Value {
	re := b.regex(a[0].Text())
	if re == nil {
		return Null(query.Dynamic)
	}
	items := []Value{}
	for _, groups := range re.FindAllStringSubmatch(a[len(a)-1].Text(), -1) {
		if len(groups) <= 2 {
			items = append(items, String(groups[len(groups)-1]))
			continue
		}
		var inner []Value
		for _, group := range groups[1:] {
			inner = append(inner, String(group))
		}
		items = append(items, Array(inner))
	}
	return Array(items)
}

func indexOf(a []Value) Value {
	runes, part := []rune(a[0].Text()), a[1].Text()
	start := int64(0)
	if len(a) > 2 {
		start = min(max(convert(a[2], query.Long).n, 0), int64(len(runes)))
	}
	tail := string(runes[start:])
	before, _, found := strings.Cut(tail, part)
	if !found {
		return Long(-1)
	}
	return Long(start + int64(utf8.RuneCountInString(before)))
}

func countOf(b *binder, a []Value) Value {
	text, part := a[0].Text(), a[1].Text()
	if len(a) == 3 && a[2].Text() == "regex" {
		re := b.regex(part)
		if re == nil {
			return Null(query.Long)
		}
		return Long(int64(len(re.FindAllStringIndex(text, -1))))
	}
	count := int64(0)
	for i := range len(text) {
		if part != "" && strings.HasPrefix(text[i:], part) {
			count++ // Overlapping occurrences count, as in the service.
		}
	}
	return Long(count)
}

func strrep(a []Value) Value {
	text, n, separator := a[0].Text(), convert(a[1], query.Long).n, ""
	if len(a) == 3 {
		separator = a[2].Text()
	}
	if n <= 0 || n*int64(len(text)+len(separator)) > maxText || n > 1024 {
		return String("")
	}
	return String(strings.Repeat(text+separator, int(n-1)) + text)
}

// hash is not the service's xxhash64, only as stable.
func hash(a []Value) Value {
	h := fnv.New64a()
	_, _ = h.Write(a[0].appendKey(nil))
	n := int64(h.Sum64() >> 1)
	if len(a) == 2 && convert(a[1], query.Long).n > 0 {
		return Long(n % convert(a[1], query.Long).n)
	}
	return Long(n)
}
