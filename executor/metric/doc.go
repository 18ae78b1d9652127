// Package metric turns the rows of a Kusto answer into points.
//
// A Plan is compiled once for a transform and the columns of an answer; a Builder
// then fills a Batch row by row. A Transformer does both as the query.Consumer of
// an answer, and a Compiler keeps the plan from one answer to the next:
//
//	transformer.Reset(compiler, window.End)
//	stats, err := querier.Query(ctx, request, &transformer)
//	batch := transformer.Finish()
//
// The rules, of which testdata/stories shows each:
//
//   - A column that is missing, or whose type cannot do its job, fails the compile,
//     also when there are no rows. A bad row is counted by reason and never fails
//     the batch.
//   - Values: real, int, long, decimal, bool (0 or 1), timespan (seconds), datetime
//     (Unix seconds), and numbers written in a string or a dynamic. NaN and the
//     infinities are values; null and the empty string are none.
//   - Labels: any type. Null and empty mean that the series has no such label.
//   - Names are made valid. Label columns that collide fail the compile; of metric
//     names that collide, the first to appear in the answer has it.
//   - Of rows with equal series and time the last one counts.
//   - Beyond the limit, the same series are left out in every window.
//
// The Batch is what every output takes: it is laid out for encoders (labels of all
// rows in one arena, points grouped by family and series, in time order), and
// nothing in it refers to the answer it came from.
//
// The package does no I/O, reads no clock and starts no goroutine. executor fills
// batches; exposition and push/* read them; `adxexporter preview` and `test` print
// them.
package metric
