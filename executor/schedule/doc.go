// Package schedule decides which window of an exporter is next, and when.
//
// Windows are [start, end) on a grid of the interval from the Unix epoch, in
// whole seconds. The next window starts where the last one ended (the
// watermark) and ends at the next grid point, so windows never overlap, never
// leave a gap, and are never empty. An edited interval gives one short window,
// once.
//
// The package is pure: it does no I/O, starts no goroutine and reads no clock.
// executor calls it with the clock's time and the committed watermark.
package schedule
