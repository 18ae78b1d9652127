// Package sim runs the real code of sharding and of the executor in virtual time,
// many replicas in one process, over an in-memory API server, under seeded schedules
// of faults, and has package history judge what came of it.
//
// A World has an API (api/apiserver/store with the rules of the CRDs, reached without
// HTTP), a Kusto, a receiver, and hosts. A Host is one process of a replica:
// sharding.Replica, the roster, the executor and its recorder, with a clock of its own
// that is off and runs at its own rate. Everything that a host says or hears goes
// through its gate, where it can be cut off, frozen, or dead; calls take time, and
// answers get lost.
//
// make sim runs it, for as many virtual hours as it is told.
package sim
