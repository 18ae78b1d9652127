package kusto

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/adx-mon/adxexporter/executor/query"
)

func decodeString(s string, limit limits) (*recorder, counts, error) {
	r := &recorder{}
	n, err := decode(strings.NewReader(s), limit, 0, r)
	return r, n, err
}

func TestCells(t *testing.T) {
	cases := map[string]struct {
		columnType, cell, want string // want "" means a bad cell
	}{
		"Null":              {"long", `null`, "null"},
		"NullString":        {"string", `null`, " "},
		"NullDynamic":       {"dynamic", `null`, "null"},
		"NullDateTime":      {"datetime", ` null `, "null"},
		"True":              {"bool", `true`, "1"},
		"BoolAlias":         {"boolean", `False`, "0"},
		"BoolNumber":        {"bool", `1`, "1"},
		"BoolZero":          {"bool", `0`, "0"},
		"BoolTwo":           {"bool", `2`, ""},
		"Int":               {"int", `-42`, "-42"},
		"LongMax":           {"long", `9223372036854775807`, "9223372036854775807"},
		"LongMin":           {"long", `-9223372036854775808`, "-9223372036854775808"},
		"LongOverflow":      {"long", `9223372036854775808`, ""},
		"LongUnderflow":     {"long", `-9223372036854775809`, ""},
		"LongTooManyDigits": {"long", `10000000000000000000000`, ""},
		"LongString":        {"long", `"17"`, "17"},
		"LongWord":          {"long", `"x"`, ""},
		"LongEmpty":         {"long", `""`, ""},
		"LongBool":          {"long", `true`, ""},
		"Real":              {"real", `-1.25e-3`, "-0.00125"},
		"RealAlias":         {"double", `3`, "3"},
		"NaN":               {"real", `"NaN"`, "NaN"},
		"Infinity":          {"real", `"Infinity"`, "+Inf"},
		"MinusInfinity":     {"real", `"-Infinity"`, "-Inf"},
		"RealString":        {"real", `"2.5"`, "2.5"},
		"RealGoSpelling":    {"real", `"inf"`, ""},
		"RealEmpty":         {"real", `""`, ""},
		"RealOverflow":      {"real", `1e999`, ""},
		"DateTime":          {"datetime", `"2020-03-04T14:05:01.3109965Z"`, "637189275013109965"},
		"DateAlias":         {"date", `"0001-01-01T00:00:00Z"`, "0"},
		"DateTimeMax":       {"datetime", `"9999-12-31T23:59:59.9999999Z"`, "3155378975999999999"},
		"DateTimeNoZone":    {"datetime", `"2020-02-29 00:00:00"`, "637185312000000000"},
		"DateTimeOffset":    {"datetime", `"2020-02-29T01:00:00+01:00"`, "637185312000000000"},
		"DateTimeNanos":     {"datetime", `"2020-02-29T00:00:00.0000001999Z"`, "637185312000000001"},
		"DateTimeNoLeap":    {"datetime", `"2021-02-29T00:00:00Z"`, ""},
		"DateTimeCentury":   {"datetime", `"1900-02-29T00:00:00Z"`, ""},
		"DateTimeHour24":    {"datetime", `"2021-02-28T24:00:00Z"`, ""},
		"DateTimeMonth13":   {"datetime", `"2021-13-01T00:00:00Z"`, ""},
		"DateTimeShort":     {"datetime", `"2021-01-01"`, ""},
		"DateTimeDot":       {"datetime", `"2021-01-01T00:00:00.Z"`, ""},
		"DateTimeZoneText":  {"datetime", `"2021-01-01T00:00:00 CET"`, ""},
		"TimeSpan":          {"timespan", `"01:23:45.6789000"`, "50256789000"},
		"TimeSpanAlias":     {"time", `"1.00:00:00"`, "864000000000"},
		"TimeSpanNegative":  {"timespan", `"-00:00:00.0000001"`, "-1"},
		"TimeSpanMin":       {"timespan", `"-10675199.02:48:05.4775808"`, "-9223372036854775808"},
		"TimeSpanMax":       {"timespan", `"10675199.02:48:05.4775807"`, "9223372036854775807"},
		"TimeSpanOverflow":  {"timespan", `"10675199.02:48:05.4775808"`, ""},
		"TimeSpanHuge":      {"timespan", `"99999999999.00:00:00"`, ""},
		"TimeSpanNoColon":   {"timespan", `"5m"`, ""},
		"TimeSpanDays":      {"timespan", `"x.00:00:00"`, ""},
		"TimeSpanRest":      {"timespan", `"00:00:00Z"`, ""},
		"GUID":              {"guid", `"123E27DE-1e4e-49d9-b579-fe0b331d3642"`, "123e27de-1e4e-49d9-b579-fe0b331d3642"},
		"GUIDAlias":         {"uuid", `"short"`, ""},
		"GUIDNumber":        {"guid", `1`, ""},
		"Decimal":           {"decimal", `"2.00000000000001"`, "2.00000000000001"},
		"DecimalNumber":     {"decimal", `1234567890123456789.5`, "1234567890123456789.5"},
		"DecimalWord":       {"decimal", `"many"`, ""},
		"String":            {"string", `"a"`, "a"},
		"StringNumber":      {"string", `5`, ""},
		"StringEscapes":     {"string", `"\"\\\/\b\f\n\r\t\u00e9"`, "\"\\/\b\f\n\r\té"},
		"StringPair":        {"string", `"\ud83d\ude00"`, "😀"},
		"StringHalf":        {"string", `"\ud83dx"`, "\uFFFDx"},
		"StringTwoHalves":   {"string", `"\ud83d\ud83d\ude00"`, "\uFFFD😀"},
		"StringLowHalf":     {"string", `"\ude00"`, "\uFFFD"},
		"StringBadUTF8":     {"string", "\"a\xffb\"", "a\uFFFDb"},
		"StringBadRuns":     {"string", "\"\xff\xfe bad \xf0\x28 \xe2\x98\"", "\uFFFD bad \uFFFD( \uFFFD"},
		"StringBadEscape":   {"string", "\"\xe2\x98\\n\x83\"", "\uFFFD\n\uFFFD"},
		"DynamicObject":     {"dynamic", ` { "a" : [ 1 , -2.5e3 , true , null ] , "b" : { } } `, `{"a":[1,-2.5e3,true,null],"b":{}}`},
		"DynamicArray":      {"dynamic", `[]`, `[]`},
		"DynamicString":     {"dynamic", `"plain"`, `plain`},
		"DynamicText":       {"dynamic", `"{\"a\":1}"`, `{"a":1}`},
		"DynamicNullText":   {"dynamic", `"null"`, `null`},
		"DynamicEscapes":    {"dynamic", `{"k\"":"\u00e9\\"}`, `{"k\"":"\u00e9\\"}`},
		"DynamicNumber":     {"dynamic", `5`, `5`},
		"DynamicBadUTF8":    {"dynamic", "[\"\xff\"]", "[\"\uFFFD\"]"},
		"DynamicBadKey":     {"dynamic", "{\"\xe2\x98\":1}", "{\"\uFFFD\":1}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, _, err := decodeString(oneColumn(tc.columnType, tc.cell), limits{})
			if tc.want == "" {
				e := queryError(t, query.Permanent, err)
				require.Equal(t, "bad_cell", e.Code)
				require.Empty(t, got.rows)
				return
			}
			require.NoError(t, err)
			require.Equal(t, []string{"x=" + strings.TrimPrefix(tc.want, " ")}, got.rows)
		})
	}
}

// TestFramesOutOfOrder: JSON objects have no order, so neither must ours.
func TestFramesOutOfOrder(t *testing.T) {
	rows, columns := `"Rows":[["a",1],["b",2]]`, `"Columns":[{"ColumnType":"string","ColumnName":"Service","DataType":"String"},{"ColumnName":"Value","ColumnType":"long"}]`
	cases := map[string]string{
		"DataTable":          whole(frameHeader, `{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult",`+columns+`,`+rows+`}`, frameEnd),
		"DataTableRowsFirst": whole(frameHeader, `{`+rows+`,`+columns+`,"TableKind":"PrimaryResult","FrameType":"DataTable"}`, frameEnd),
		"FragmentRowsFirst": whole(frameHeader, `{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult",`+columns+`}`,
			`{`+rows+`,"TableId":1,"FrameType":"TableFragment"}`, `{"RowCount":2,"TableId":1,"FrameType":"TableCompletion"}`, frameEnd),
		"TypeLast": whole(`{"Version":"v2.0","IsProgressive":false,"FrameType":"DataSetHeader"}`,
			`{`+columns+`,"TableKind":"PrimaryResult","TableId":7,"FrameType":"TableHeader"}`,
			`{"FrameType":"TableFragment","TableId":7,`+rows+`}`, `{"FrameType":"TableCompletion","RowCount":2,"TableId":7}`,
			`{"Cancelled":false,"HasErrors":false,"FrameType":"DataSetCompletion"}`),
		"UnknownFramesAndProperties": whole(frameHeader, `{"FrameType":"TableProgress","TableProgress":5.5}`,
			`{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","Extra":{"a":[{}]},`+columns+`}`,
			`{"FrameType":"TableFragment","TableId":1,"FieldCount":2,`+rows+`}`, `{"FrameType":"TableCompletion","TableId":1,"RowCount":2}`, frameEnd),
		"FragmentedSecondaryTable": whole(frameHeader, `{"FrameType":"TableHeader","TableId":0,"TableKind":"QueryProperties"}`,
			`{"FrameType":"TableFragment","TableId":0,"Rows":[[1,2,3]]}`, `{"FrameType":"TableCompletion","TableId":0,"RowCount":1}`,
			`{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult",`+columns+`,`+rows+`}`, frameEnd),
	}
	for name, answer := range cases {
		t.Run(name, func(t *testing.T) {
			got, n, err := decodeString(answer, limits{})
			require.NoError(t, err)
			require.Equal(t, []string{"Service=a Value=1", "Service=b Value=2"}, got.rows)
			require.Equal(t, counts{rows: 2, bytes: int64(len(answer))}, n)
		})
	}
}

func TestNoRowsStillHaveColumns(t *testing.T) {
	for name, answer := range map[string]string{
		"Fragmented": oneColumn("long"),
		"DataTable":  whole(frameHeader, `{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{"ColumnName":"x","ColumnType":"long"}]}`, frameEnd),
	} {
		got, n, err := decodeString(answer, limits{})
		require.NoError(t, err, name)
		require.Zero(t, n.rows)
		require.Equal(t, []query.Column{{Name: "x", Type: query.Long}}, got.columns)
	}
}

func TestInvalidAnswers(t *testing.T) {
	table := func(extra ...string) string {
		return whole(append(append([]string{frameHeader}, extra...), frameEnd)...)
	}
	const header, end = `{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","Columns":[{"ColumnName":"x","ColumnType":"dynamic"}]}`, `{"FrameType":"TableCompletion","TableId":1,"RowCount":1}`
	rows := func(json string) string {
		return table(header, `{"FrameType":"TableFragment","TableId":1,"Rows":`+json+`}`, end)
	}
	const dataTable = `{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[]}`
	cases := map[string]struct {
		answer string
		class  query.Class
	}{
		"TrailingText":       {goodAnswer + "x", query.Transient},
		"TwoAnswers":         {goodAnswer + goodAnswer, query.Transient},
		"NoFrames":           {`[]`, query.Transient},
		"NotObjects":         {`[1]`, query.Transient},
		"NoType":             {`[{}]`, query.Transient},
		"NoHeader":           {whole(frameTable, frameEnd), query.Transient},
		"TwoHeaders":         {whole(frameHeader, frameHeader), query.Transient},
		"Progressive":        {whole(strings.Replace(frameHeader, `"IsProgressive":false`, `"IsProgressive":true`, 1)), query.Transient},
		"OtherVersion":       {whole(`{"FrameType":"DataSetHeader","Version":"v3.0"}`), query.Transient},
		"AfterCompletion":    {table(frameTable, frameRows, frameTableEnd, frameEnd), query.Transient},
		"NoTable":            {table(frameInfo), query.Transient},
		"OpenTable":          {table(frameTable, frameRows), query.Transient},
		"TableInTable":       {table(frameTable, frameTable), query.Transient},
		"DataTableInTable":   {table(`{"FrameType":"TableHeader","TableId":0}`, dataTable), query.Transient},
		"HeaderNoColumns":    {table(`{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult"}`), query.Transient},
		"DataTableNoColumns": {table(`{"FrameType":"DataTable","TableKind":"PrimaryResult","Rows":[]}`), query.Transient},
		"FragmentOfNothing":  {table(frameRows), query.Transient},
		"FragmentOfOther":    {table(frameTable, strings.Replace(frameRows, `"TableId":1`, `"TableId":2`, 1), frameTableEnd), query.Transient},
		"FragmentReplaces":   {table(frameTable, strings.Replace(frameRows, `DataAppend`, `DataReplace`, 1), frameTableEnd), query.Transient},
		"CompletionOfOther":  {table(frameTable, frameRows, strings.Replace(frameTableEnd, `"TableId":1`, `"TableId":2`, 1)), query.Transient},
		"NoRowCount":         {table(frameTable, frameRows, `{"FrameType":"TableCompletion","TableId":1}`), query.Transient},
		"NoVerdict":          {whole(frameHeader, frameTable, frameRows, frameTableEnd, `{"FrameType":"DataSetCompletion","HasErrors":false}`), query.Transient},
		"TwoPrimaryTables":   {table(frameTable, frameRows, frameTableEnd, frameTable), query.Invalid},
		"TwoDataTables":      {table(dataTable, dataTable), query.Invalid},
		"TwoDataTablesRows":  {table(strings.Replace(dataTable, "}", `,"Rows":[]}`, 1), strings.Replace(dataTable, "}", `,"Rows":[]}`, 1)), query.Invalid},
		"UnknownType":        {table(`{"FrameType":"TableHeader","Columns":[{"ColumnName":"x","ColumnType":"colour"}]}`), query.Transient},
		"ColumnsNoArray":     {table(`{"FrameType":"TableHeader","Columns":5}`), query.Transient},
		"BadNumber":          {table(`{"FrameType":"TableHeader","TableId":true}`), query.Transient},
		"BadBool":            {whole(`{"FrameType":"DataSetHeader","IsProgressive":7}`), query.Transient},
		"BadProperty":        {whole(`{"FrameType":7}`), query.Transient},
		"BadColon":           {whole(`{"FrameType","x"}`), query.Transient},
		"RowsNoArray":        {rows(`5`), query.Transient},
		"RowNoArray":         {rows(`[5]`), query.Transient},
		"RowObject":          {rows(`[{}]`), query.Transient},
		"RowObjectShape":     {rows(`[{"OneApiErrors":5}]`), query.Transient},
		"MissingComma":       {rows(`[["a"]["b"]]`), query.Transient},
		"TrailingComma":      {rows(`[["a"],]`), query.Transient},
		"CellTrailingComma":  {rows(`[["a",]]`), query.Transient},
		"BadEscape":          {rows(`[["\q"]]`), query.Transient},
		"BadUnicode":         {rows(`[["\u12g4"]]`), query.Transient},
		"ControlCharacter":   {rows("[[\"a\nb\"]]"), query.Transient},
		"RawControl":         {rows("[[[\"a\nb\"]]]"), query.Transient},
		"RawWord":            {rows(`[[[nope]]]`), query.Transient},
		"RawNumber":          {rows(`[[[1-2]]]`), query.Transient},
		"RawDot":             {rows(`[[[.]]]`), query.Transient},
		"RawKey":             {rows(`[[{5:6}]]`), query.Transient},
		"RawColon":           {rows(`[[{"a"}]]`), query.Transient},
		"RawNothing":         {rows(`[[ ]]`), query.Transient},
		"TooDeep":            {rows(`[[` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]]`), query.Transient},
		"LongNumber":         {rows(`[[` + strings.Repeat("1", 40<<10) + `]]`), query.Transient},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := decodeString(tc.answer, limits{})
			requireClass(t, tc.class, err)
		})
	}
}

func TestBudgets(t *testing.T) {
	size := int64(len(goodAnswer))
	cases := map[string]struct {
		limit limits
		code  string
	}{
		"Exact":        {limits{rows: 3, bytes: size}, ""},
		"OneRowLess":   {limits{rows: 2}, "max_rows"},
		"OneByteLess":  {limits{bytes: size - 1}, "max_bytes"},
		"Half":         {limits{bytes: size / 2}, "max_bytes"},
		"HugeIsEnough": {limits{rows: math.MaxInt64, bytes: math.MaxInt64}, ""},
	}
	for name, tc := range cases {
		for reading, wrap := range map[string]func(io.Reader) io.Reader{"whole": same, "bytes": iotest.OneByteReader, "dataErr": iotest.DataErrReader} {
			t.Run(name+"/"+reading, func(t *testing.T) {
				_, err := decode(wrap(strings.NewReader(goodAnswer)), tc.limit, 0, &recorder{})
				if tc.code == "" {
					require.NoError(t, err)
					return
				}
				require.Equal(t, tc.code, queryError(t, query.TooLarge, err).Code)
			})
		}
	}
}

func same(r io.Reader) io.Reader { return r }

// TestEndlessAnswer: the byte limit ends it, not the server.
func TestEndlessAnswer(t *testing.T) {
	for name, endless := range map[string]string{"rows": `["a",1],`, "string": `xxxxxxxx`, "space": "        "} {
		prefix := frames(frameHeader, frameTable) + `,{"FrameType":"TableFragment","TableId":1,"Rows":[`
		if name == "string" {
			prefix += `["`
		}
		n, err := decode(io.MultiReader(strings.NewReader(prefix), repeat(endless)), limits{bytes: 1 << 20}, 0, &recorder{})
		require.Equal(t, "max_bytes", queryError(t, query.TooLarge, err, name).Code)
		require.Less(t, n.bytes, int64(2<<20), name)
	}
}

// repeat is a reader of the same text for ever.
type repeat string

func (r repeat) Read(p []byte) (int, error) { return copy(p, r), nil }

func TestRowWidth(t *testing.T) {
	for cells, want := range map[string]string{
		`["b"]`: "a row with too few cells", `[]`: "a row with too few cells",
		`["b",1,2]`: "a row with too many cells", `["b",1,]`: "a row with too many cells",
	} {
		got, _, err := decodeString(strings.Replace(goodAnswer, `["b",null]`, cells, 1), limits{})
		require.ErrorContains(t, err, want, cells)
		require.Len(t, got.rows, 1, "the consumer never sees a row of another width")
	}
}

// TestBoundaries moves values of all sizes over the borders of the buffer.
func TestBoundaries(t *testing.T) {
	for _, n := range []int{0, 1, 1000, bufferSize - 200, bufferSize - 1, bufferSize, bufferSize + 1, 64 << 10, 1 << 20} {
		for _, unit := range []struct{ json, text string }{{"x", "x"}, {`\n`, "\n"}, {`\ud83d\ude00`, "😀"}, {"é", "é"}} {
			want := strings.Repeat(unit.text, n/len(unit.json))
			cell := `"` + strings.Repeat(unit.json, n/len(unit.json)) + `"`
			got, _, err := decodeString(oneColumn("string", cell, `"tail"`, cell), limits{})
			require.NoError(t, err)
			require.Len(t, got.rows, 3)
			require.True(t, got.rows[0] == "x="+want && got.rows[1] == "x=tail" && got.rows[2] == got.rows[0], "%d times %s", n, unit.json)
		}
	}
	for pad := range 70 { // numbers, literals and datetimes cut at every byte
		cells := []string{`"` + strings.Repeat("p", bufferSize-300+pad*5) + `"`, `{"a":-12.5e3}`, `null`, `12345678901234567890123456789`}
		got, _, err := decodeString(oneColumn("dynamic", cells...), limits{})
		require.NoError(t, err)
		require.Equal(t, []string{`x={"a":-12.5e3}`, "x=null", "x=12345678901234567890123456789"}, got.rows[1:])
	}
}

// TestSlowReadersSeeTheSame reads answers in one piece and byte by byte.
func TestSlowReadersSeeTheSame(t *testing.T) {
	answers := map[string]string{
		"Good":      goodAnswer,
		"AllTypes":  whole(frameHeader, allTypes, frameEnd),
		"Error":     strings.Replace(goodAnswer, `"RowCount":3`, `"RowCount":3,`+oneAPI("(80DA0003)", false), 1),
		"TwoTables": whole(frameHeader, allTypes, allTypes, frameEnd),
		"Long":      oneColumn("string", `"`+strings.Repeat(`é\u00e9`, 9000)+`"`, `""`),
		"Cut":       goodAnswer[:len(goodAnswer)-40],
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			fast, n, fastErr := decodeString(answer, limits{})
			for reading, wrap := range map[string]func(io.Reader) io.Reader{
				"bytes": iotest.OneByteReader, "halves": iotest.HalfReader, "dataErr": iotest.DataErrReader,
			} {
				slow := &recorder{}
				m, slowErr := decode(wrap(strings.NewReader(answer)), limits{}, 0, slow)
				require.Equal(t, fast, slow, reading)
				require.Equal(t, fastErr, slowErr, reading)
				require.Equal(t, n.rows, m.rows, reading)
			}
		})
	}
}

// allTypes is a table with a column of each type, a row of values and a row of
// nulls.
const allTypes = `{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","Columns":[
	{"ColumnName":"b","ColumnType":"bool"},{"ColumnName":"t","ColumnType":"datetime"},{"ColumnName":"d","ColumnType":"decimal"},
	{"ColumnName":"o","ColumnType":"dynamic"},{"ColumnName":"g","ColumnType":"guid"},{"ColumnName":"i","ColumnType":"int"},
	{"ColumnName":"l","ColumnType":"long"},{"ColumnName":"r","ColumnType":"real"},{"ColumnName":"s","ColumnType":"string"},{"ColumnName":"p","ColumnType":"timespan"}],
	"Rows":[[true,"2024-01-01T00:00:00Z","1.5",{"a":["x"]},"123e27de-1e4e-49d9-b579-fe0b331d3642",-1,9223372036854775807,0.1,"text","1.02:03:04.5"],
	[null,null,null,null,null,null,null,null,null,null]]}`

func TestReadErrorsKeepTheirCause(t *testing.T) {
	boom := errors.New("boom")
	for cut := range len(goodAnswer) {
		r := io.MultiReader(strings.NewReader(goodAnswer[:cut]), iotest.ErrReader(boom))
		_, err := decode(r, limits{}, 0, &recorder{})
		require.ErrorIs(t, err, boom, "after %d bytes", cut)
	}
	_, err := decode(io.MultiReader(strings.NewReader(goodAnswer), iotest.ErrReader(boom)), limits{}, 0, &recorder{})
	require.ErrorIs(t, err, boom, "after the last byte")
	_, err = decode(stuck{}, limits{}, 0, &recorder{})
	require.ErrorIs(t, err, io.ErrNoProgress)
}

// stuck is a reader that returns nothing for ever.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestColumnsErrorIsTheConsumers(t *testing.T) {
	mine := errors.New("no such column")
	_, err := decode(strings.NewReader(goodAnswer), limits{}, 0, refusing{mine})
	require.Equal(t, mine, consumersOwn(err))
	require.EqualError(t, err, "no such column")
}

type refusing struct{ err error }

func (r refusing) Columns([]query.Column) error { return r.err }
func (r refusing) Row([]query.Cell) error       { return nil }

func TestDateTimesAreThoseOfTheTimePackage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ticks := rapid.Int64Range(0, 3155378975999999999).Draw(t, "ticks")
		text := query.Time(ticks).Format("2006-01-02T15:04:05.0000000Z")
		got, ok := parseDateTime([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, ticks, got, text)

		span := rapid.Int64().Draw(t, "span")
		got, ok = parseTimeSpan([]byte(timeSpan(span)))
		require.True(t, ok, timeSpan(span))
		require.Equal(t, span, got)
	})
}

// timeSpan writes ticks the long way round.
func timeSpan(ticks int64) string {
	sign, u := "", uint64(ticks)
	if ticks < 0 {
		sign, u = "-", -u
	}
	second := u / uint64(query.TicksPerSecond)
	return fmt.Sprintf("%s%d.%02d:%02d:%02d.%07d", sign, second/86400, second/3600%24, second/60%60, second%60, u%uint64(query.TicksPerSecond))
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(goodAnswer))
	f.Add([]byte(oneColumn("dynamic", `{"a":[1,"\u00e9"]}`, `"x"`, `null`)))
	f.Add([]byte(whole(frameHeader, `{"Rows":[[1]],"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{"ColumnName":"a","ColumnType":"int"}]}`, frameEnd)))
	f.Add([]byte(oneColumn("string", "\"☃ \xff\xfe\"", "\"\xe2\x98\\n\x83\"", `"\ud83d"`)))
	f.Add([]byte(oneColumn("dynamic", "{\"\xe2\x98\":[\"\xff\"]}", "\"\xff\"")))
	f.Fuzz(func(t *testing.T, answer []byte) {
		fast, slow := &recorder{}, &recorder{}
		n, err := decode(strings.NewReader(string(answer)), limits{}, 0, fast)
		m, slowErr := decode(iotest.OneByteReader(strings.NewReader(string(answer))), limits{}, 0, slow)
		if (err == nil) != (slowErr == nil) {
			t.Fatalf("whole: %v, byte by byte: %v", err, slowErr)
		}
		if err != nil {
			return
		}
		require.Equal(t, fast, slow)
		require.Equal(t, n, m)
		require.Len(t, fast.rows, int(n.rows))
		for _, row := range fast.rows {
			require.True(t, utf8.ValidString(row), "text is valid UTF-8: %q", row)
		}
		for cut := range min(len(strings.TrimSpace(string(answer))), 4096) {
			_, err := decode(strings.NewReader(string(answer[:cut])), limits{}, 0, &recorder{})
			require.Error(t, err, "cut after %d bytes", cut)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "soon": 0, "99999999": maxRetryAfter, "99999999999999999999": 0,
		"Mon, 01 Jan 2024 00:01:00 GMT": time.Minute, "Sun, 31 Dec 2023 00:00:00 GMT": 0,
	} {
		require.Equal(t, want, parseRetryAfter(header, now), header)
	}
}
