package shape

import (
	"slices"

	"github.com/adx-mon/adxexporter/executor/kusto/kql"
)

// kindOf derives what sort of value an expression gives: from the functions in
// it, or from the columns it is made of.
func kindOf(expr Tokens, in Columns) (kind Kind, text string) {
	switch {
	case len(expr) == 1 && expr[0].Kind == kql.String:
		return Constant, expr[0].Value
	case len(expr) == 1 && !isName(expr[0]):
		return Constant, ""
	case len(until(expr, isComparison)) < len(expr):
		return Unknown, ""
	}
	expr = withoutBounded(expr)
	switch {
	case expr.Calls(isTimeFunction) || expr.Calls(isRounding) || hasName(expr, isWindow):
		return Time, ""
	case expr.Calls(IsNumericAggregate):
		return Measurement, ""
	}
	return inherited(expr, in), ""
}

// inherited returns the kind of the first column in the expression that has one.
func inherited(expr Tokens, in Columns) Kind {
	for i, token := range expr {
		if !isName(token) || expr.IsMember(i) || expr.Call(i) != "" {
			continue
		}
		if column, ok := in.Find(token.Value); ok && (column.Kind == Measurement || column.Kind == Time) {
			return column.Kind
		}
	}
	return Unknown
}

// withoutBounded leaves out the calls that have few different results whatever
// goes into them: a choice, an hour of the day, a number rounded.
func withoutBounded(expr Tokens) Tokens {
	var rest Tokens
	for i := 0; i < len(expr); i++ {
		name := expr.Call(i)
		if name == "" {
			rest = append(rest, expr[i])
			continue
		}
		call := expr[i : i+2+len(until(expr[i+2:], func(kql.Token) bool { return false }))]
		if isBounded(name) || isRounding(name) && !hasTimeSpan(call) {
			i += len(call)
			continue
		}
		rest = append(rest, expr[i])
	}
	return rest
}

func isComparison(token kql.Token) bool {
	return token.Kind == kql.Operator && slices.Contains([]string{"==", "!=", "<", ">", "<=", ">=", "=~", "!~"}, token.Text)
}

func hasName(expr Tokens, is func(string) bool) bool {
	for i, token := range expr {
		if token.Kind == kql.Name && !expr.IsMember(i) && is(token.Text) {
			return true
		}
	}
	return false
}

func isWindow(name string) bool {
	return name == "_startTime" || name == "_endTime" || name == "_endTimeExclusive"
}

// hasTimeSpan tells bin(x, 5m) from bin(x, 10): what is rounded by a time span is
// a time, or, which is rare, a time span.
func hasTimeSpan(call Tokens) bool {
	return slices.ContainsFunc(call, func(token kql.Token) bool {
		return token.Kind == kql.TimeSpan || token.Kind == kql.Typed && (token.Type == "timespan" || token.Type == "time") || token.IsName("_interval")
	})
}

func isRounding(name string) bool { return name == "bin" || name == "floor" || name == "bin_at" }

func isTimeFunction(name string) bool {
	switch name {
	case "now", "ago", "todatetime", "datetime_add", "ingestion_time", "unixtime_seconds_todatetime",
		"unixtime_milliseconds_todatetime", "startofday", "endofday", "startofmonth", "startofweek", "startofyear":
		return true
	}
	return false
}

// isBounded reports whether a function has few different results.
func isBounded(name string) bool {
	switch name {
	case "iff", "iif", "case", "isempty", "isnotempty", "isnull", "isnotnull", "isnan", "isinf", "isfinite", "sign",
		"hourofday", "dayofweek", "dayofmonth", "monthofyear", "getmonth", "getyear", "datetime_part", "tobool":
		return true
	}
	return false
}

// IsNumericAggregate reports whether a function makes one number of many rows.
func IsNumericAggregate(name string) bool {
	switch name {
	case "avg", "avgif", "sum", "sumif", "min", "max", "minif", "maxif", "count", "countif", "dcount", "dcountif",
		"count_distinct", "count_distinctif", "percentile", "percentilew", "stdev", "stdevif", "stdevp",
		"variance", "varianceif", "variancep", "covariance", "covariancep":
		return true
	}
	return false
}

// IsAggregate reports whether a function may stand where summarize wants an
// aggregate.
func IsAggregate(name string) bool {
	switch name {
	case "any", "take_any", "take_anyif", "arg_max", "arg_min", "argmax", "argmin", "percentiles", "percentilesw",
		"percentiles_array", "percentilesw_array", "make_list", "make_listif", "make_list_with_nulls", "makelist",
		"make_set", "make_setif", "makeset", "make_bag", "make_bagif", "make_dictionary", "hll", "hll_if", "hll_merge",
		"tdigest", "tdigest_merge", "merge_tdigest", "buildschema", "binary_all_and", "binary_all_or",
		"binary_all_xor":
		return true
	}
	return IsNumericAggregate(name)
}
