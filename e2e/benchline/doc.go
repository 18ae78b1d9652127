// Package benchline measures this project against a peer and prints the result
// as one line that people and `make bench` can read:
//
//	bench <name> ours=<x> peer=<peer>:<y> ratio=<r> target=<t> ok|short
//
// Both sides run in one process, in turns, and the medians are compared, so a
// busy machine slows both alike. Benchmarks are ordinary tests whose names start
// with TestBench; they begin with Guard, since they are too slow for every run.
// Only tests import this package.
package benchline
