// Package engine evaluates KQL over tables in memory: text in, typed rows out.
//
// It is written for what metric queries use, and for being exact where a wrong
// answer would move a metric: datetime and timespan are ticks of 100 ns, string
// is never null, == and != are total over nulls while < is three-valued, int and
// long divide as integers, bin floors also below zero, join is innerunique by
// default.
//
// A query goes through three steps. Parse makes a tree with places in the
// source and notes where the text leaves what the service accepts (Deviation).
// The binder resolves names and types against a Catalog and compiles the tree
// into closures, so that a wrong column is an error also when there are no rows,
// and the schema of an answer is known without running it. Running pushes rows
// from the tables to the caller, holding only what summarize, join, sort and the
// like must hold.
//
// Every query is bounded: in nesting, in the number of compiled nodes, in rows
// passed between operators, and by its context.
//
// The engine does no I/O and starts no goroutine. The emulator serves it over
// HTTP; the linter and the command line's test command call it directly.
package engine
