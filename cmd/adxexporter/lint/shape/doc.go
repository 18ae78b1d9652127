// Package shape reads the outline of a KQL query from its tokens: statements,
// operators and their arguments, and, where the query says so itself, the
// columns of its result and what kind of value each holds.
//
// It knows no table and evaluates nothing. Where it cannot be sure it says so
// (Columns.Open) instead of guessing, because its caller, the linter, must not
// complain about a query that works.
package shape
