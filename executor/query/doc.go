// Package query is the plain data that crosses between asking Kusto and
// transforming the answer: the question (Request), the answer (Column, Cell,
// handed to a Consumer) and what went wrong (Error, by Class).
//
// It does no I/O and imports nothing of this project and no Azure SDK, so the
// transform, the command line's offline commands and the fuzzers need neither.
// executor/kusto produces these values, executor/metric consumes them, and
// executor decides by them.
package query
