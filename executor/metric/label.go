package metric

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/adx-mon/adxexporter/executor/query"
)

// appendLabel appends a cell as a label value. Nothing appended means that the
// series has no such label.
func appendLabel(dst []byte, t query.Type, cell *query.Cell) []byte {
	if cell.Null {
		return dst
	}
	switch t {
	case query.String, query.GUID, query.Decimal:
		return append(dst, cell.Text...)
	case query.Dynamic:
		return append(dst, unquoted(cell.Text)...)
	case query.Int, query.Long:
		return strconv.AppendInt(dst, cell.Int, 10)
	case query.Bool:
		return strconv.AppendBool(dst, cell.Int != 0)
	case query.Real:
		return appendReal(dst, cell.Real)
	case query.DateTime:
		return query.Time(cell.Int).AppendFormat(dst, time.RFC3339Nano)
	case query.TimeSpan:
		return appendTimeSpan(dst, cell.Int)
	}
	return dst
}

// unquoted returns the content of a JSON string, nothing for JSON's null, and any
// other JSON as it is: dynamic("eastus") should read as Kusto's tostring shows it.
func unquoted(jsonText []byte) []byte {
	if string(jsonText) == "null" {
		return nil
	}
	if len(jsonText) < 2 || jsonText[0] != '"' {
		return jsonText
	}
	inner := jsonText[1 : len(jsonText)-1]
	if !bytes.ContainsAny(inner, `\"`) && jsonText[len(jsonText)-1] == '"' {
		return inner
	}
	var content string
	if json.Unmarshal(jsonText, &content) != nil {
		return jsonText
	}
	return []byte(content)
}

// appendReal appends the shortest digits that read back as v, with an exponent
// only where zeros would hide the number, as JSON does.
func appendReal(dst []byte, v float64) []byte {
	if v == 0 {
		return append(dst, '0') // -0 and 0 are equal, so they are one label.
	}
	if abs := math.Abs(v); abs < 1e-6 || abs >= 1e21 {
		return strconv.AppendFloat(dst, v, 'g', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

// appendTimeSpan appends ticks as Kusto does: [-][d.]hh:mm:ss[.fffffff].
func appendTimeSpan(dst []byte, ticks int64) []byte {
	// Negated as uint64, where even the smallest int64 has a positive twin.
	magnitude := uint64(ticks)
	if ticks < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	total, fraction := magnitude/uint64(query.TicksPerSecond), magnitude%uint64(query.TicksPerSecond)
	if days := total / 86400; days > 0 {
		dst = strconv.AppendUint(dst, days, 10)
		dst = append(dst, '.')
	}
	dst = appendPadded(dst, total/3600%24, 2)
	dst = appendPadded(append(dst, ':'), total/60%60, 2)
	dst = appendPadded(append(dst, ':'), total%60, 2)
	if fraction != 0 {
		dst = appendPadded(append(dst, '.'), fraction, 7)
	}
	return dst
}

// appendPadded appends n with leading zeros up to width digits.
func appendPadded(dst []byte, n uint64, width int) []byte {
	for limit := uint64(10); width > 1; width-- {
		if n < limit {
			dst = append(dst, '0')
		}
		limit *= 10
	}
	return strconv.AppendUint(dst, n, 10)
}
