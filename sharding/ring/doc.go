// Package ring decides which member of a ring owns which share of the exporters.
//
// An exporter falls into one of 1024 partitions by the hash of its name, and a
// Table says who owns each partition. A table has a memory: Plan makes the next one
// of the last one, so that nothing moves without need, and nothing at all between
// two members that stay. buraksezer/consistent gives the preferred owner, where
// there is a choice.
//
// Partitions of a dead member are given away in one step. A partition of a member
// that lives moves in two: a Handoff asks for its release, and only the member's
// acknowledgement makes another one its owner. Each change of owner gives the
// partition a new generation, the fence of what is done under it.
//
// The package is pure: no I/O, no clock, no goroutine. The leader in package
// sharding calls Plan and Evict; everybody decodes tables.
package ring
