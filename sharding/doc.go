// Package sharding lets the replicas of one cluster-label set share out its
// exporters, so that each exporter is run by exactly one of them. It answers "may
// this replica act for this exporter, now?", and it never looks at what an
// exporter does.
//
// A Replica is a member of the set's ring. Guard is its right to act: executor
// asks it before a query, before each delivery and before a commit, through an
// interface that executor declares. Workload is told which partitions to take,
// release and drop. Alone is the ring of a single member, for a replica without
// Kubernetes.
//
// # The facts
//
// Everything that two replicas must agree on is in the API server and is changed
// by compare-and-swap only:
//
//   - A member is a Lease that it renews. Its holder is one life of a replica,
//     pod/uid/nonce. A Lease whose holder is empty or begins with "!fenced/" is a
//     member that can act no more.
//   - The ExporterRing says, for each of 1024 partitions, which life owns it and
//     since which epoch (the fence of its commits). Its status is written by the
//     leader, and each write is the next epoch. No replica computes ownership from
//     its own view of who lives.
//   - The annotation ack on a member's Lease is the newest epoch whose releases it
//     has completed.
//
// # The rules
//
// A member may act until the time at which it sent its last good renewal, plus
// Valid, by its own monotonic clock. The leader declares it dead after it has seen
// no change of the Lease for Dead, while itself connected, and after it has fenced
// the Lease. Dead is a quarter longer than Valid, so clock rates may differ by a
// quarter; wall clocks are never compared. Then, and only then, the next epoch
// gives the dead member's partitions to others.
//
// Between members that live, a partition moves in two steps. An epoch asks the
// owner to release it; the owner ends what is under way, shows it no longer, and
// acknowledges; the next epoch grants it. So an exporter has no two owners, and
// no series is shown twice.
//
// Leadership (client-go's leaderelection) is for efficiency: a leader that does
// not know yet that it has been succeeded can publish an unneeded epoch at worst,
// since each of its steps follows from facts and is a compare-and-swap.
//
// # Without an API server
//
// After Valid a replica runs, pushes and commits nothing. It goes on showing its
// last values while a majority of the ring's members, asked directly, say that
// they have no API server either and know no newer epoch.
package sharding
