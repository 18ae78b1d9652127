// Package ops is what an operator does with exporters in a cluster: it shows how
// they are, asks for a run, for dead letters to be tried again or for past windows,
// and says what came of it.
//
// What is shown and said follows from objects and the time alone. Everything goes
// through the API server, with no more than the verbs that a command needs: it never
// speaks to Kusto or to a replica, runs no window itself, and never writes a status.
// The commands status, run-now, retry and backfill call it.
package ops
