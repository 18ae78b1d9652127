// Package history judges what a set of replicas did, from journals of what they
// asked, pushed, committed and showed. The simulation writes one in virtual time;
// the end-to-end tests put one together from what the embedded Kusto, the receivers
// and the scraper have seen.
//
// The invariants, as docs/guide/sharding.md promises them:
//
//	I1  from its first push on, every due window of an exporter is pushed, or waits
//	    in the backlog, or is a dead letter
//	I2  each entry of a status is written once; its fence and its watermark never go
//	    back
//	I3  nobody asks or pushes for an exporter after somebody with a higher fence has
//	I4  a window that is pushed twice has the same content both times
//	I5  no series is shown by two replicas at one time
//	I6  scaling and rolling restarts repeat nothing
//
// The package starts nothing and knows no protocol. Check is pure.
package history
